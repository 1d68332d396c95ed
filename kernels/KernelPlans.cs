using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using OffByN.Arithmetic;
using OffByN.Model;

namespace OffByN.Kernels;

/// <summary>
/// Marks the function that plans the launches of a prepared operator: <c>static KernelPlan X(PreparedX, KernelTarget)</c>, or
/// <c>static ImmutableArray&lt;KernelPlan&gt; X(PreparedX, KernelTarget)</c> where there may be several, one after the other.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PlansAttribute : Attribute;

/// <summary>Planning launches. Each family registers itself by <see cref="PlansAttribute"/>.</summary>
internal static class KernelPlans
{
    private static readonly FrozenDictionary<Type, Func<PreparedOperator, KernelTarget, ImmutableArray<KernelPlan>>> Plans = Find();

    /// <exception cref="NotComputableException">No kernel computes the operator, or not on this device, or not in this arithmetic.</exception>
    public static ImmutableArray<KernelPlan> Of(PreparedOperator prepared, KernelTarget target) =>
        Plans.TryGetValue(prepared.GetType(), out Func<PreparedOperator, KernelTarget, ImmutableArray<KernelPlan>>? plan)
            ? plan(prepared, target)
            : throw new NotComputableException($"no OpenCL kernel computes {prepared.Operator.Name} of {prepared.Outputs[0].Type.Lower()}");

    private static FrozenDictionary<Type, Func<PreparedOperator, KernelTarget, ImmutableArray<KernelPlan>>> Find() =>
        (from type in typeof(KernelPlans).Assembly.GetTypes()
         from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
         where method.IsDefined(typeof(PlansAttribute))
         select method).ToFrozenDictionary(method => method.GetParameters()[0].ParameterType, Bind);

    private static Func<PreparedOperator, KernelTarget, ImmutableArray<KernelPlan>> Bind(MethodInfo method)
    {
        MethodInfo bind = typeof(KernelPlans).GetMethod(nameof(Adapt), BindingFlags.Static | BindingFlags.NonPublic)!;
        return (Func<PreparedOperator, KernelTarget, ImmutableArray<KernelPlan>>)bind.MakeGenericMethod(method.GetParameters()[0].ParameterType).Invoke(null, [method])!;
    }

    private static Func<PreparedOperator, KernelTarget, ImmutableArray<KernelPlan>> Adapt<T>(MethodInfo method)
        where T : PreparedOperator
    {
        if (method.ReturnType == typeof(KernelPlan))
        {
            Func<T, KernelTarget, KernelPlan> one = method.CreateDelegate<Func<T, KernelTarget, KernelPlan>>();
            return (prepared, target) => [one((T)prepared, target)];
        }
        Func<T, KernelTarget, ImmutableArray<KernelPlan>> several = method.CreateDelegate<Func<T, KernelTarget, ImmutableArray<KernelPlan>>>();
        return (prepared, target) => several((T)prepared, target);
    }
}
