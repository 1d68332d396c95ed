using System.Collections.Frozen;
using System.Reflection;
using OffByN.Arithmetic;

namespace OffByN.Kernels;

/// <summary>Marks the function that plans the launch of a prepared operator: <c>static KernelPlan X(PreparedX, KernelTarget)</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PlansAttribute : Attribute;

/// <summary>Planning launches. Each family registers itself by <see cref="PlansAttribute"/>.</summary>
internal static class KernelPlans
{
    private static readonly FrozenDictionary<Type, Func<PreparedOperator, KernelTarget, KernelPlan>> Plans = Find();

    /// <exception cref="NotComputableException">No kernel computes the operator, or not on this device, or not in this arithmetic.</exception>
    public static KernelPlan Of(PreparedOperator prepared, KernelTarget target) =>
        Plans.TryGetValue(prepared.GetType(), out Func<PreparedOperator, KernelTarget, KernelPlan>? plan)
            ? plan(prepared, target)
            : throw new NotComputableException($"no OpenCL kernel computes {prepared.Operator.Name}");

    private static FrozenDictionary<Type, Func<PreparedOperator, KernelTarget, KernelPlan>> Find() =>
        (from type in typeof(KernelPlans).Assembly.GetTypes()
         from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
         where method.IsDefined(typeof(PlansAttribute))
         select method).ToFrozenDictionary(method => method.GetParameters()[0].ParameterType, Bind);

    private static Func<PreparedOperator, KernelTarget, KernelPlan> Bind(MethodInfo method)
    {
        MethodInfo bind = typeof(KernelPlans).GetMethod(nameof(Adapt), BindingFlags.Static | BindingFlags.NonPublic)!;
        return (Func<PreparedOperator, KernelTarget, KernelPlan>)bind.MakeGenericMethod(method.GetParameters()[0].ParameterType).Invoke(null, [method])!;
    }

    private static Func<PreparedOperator, KernelTarget, KernelPlan> Adapt<T>(MethodInfo method)
        where T : PreparedOperator
    {
        Func<T, KernelTarget, KernelPlan> plan = method.CreateDelegate<Func<T, KernelTarget, KernelPlan>>();
        return (prepared, target) => plan((T)prepared, target);
    }
}
