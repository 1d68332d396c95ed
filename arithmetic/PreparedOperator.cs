using System.Collections.Immutable;
using System.Reflection;
using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>
/// An operator with every number it needs but the values of its inputs. The C# reference and the OpenCL pipeline both execute these, so what
/// they are exact to is decided once.
/// </summary>
/// <param name="Operator">The operator in its graph.</param>
/// <param name="Inputs">The inputs whose values come with each run, in the order in which an implementation takes them.</param>
/// <param name="Outputs">The outputs, with type and shape.</param>
public abstract record PreparedOperator(Operator Operator, ImmutableArray<TensorInfo> Inputs, ImmutableArray<TensorInfo> Outputs)
{
    /// <summary>Those of <see cref="Inputs"/> that the operator leaves changed (LSTM, SVDF). Their values after the run are results behind its outputs.</summary>
    public virtual ImmutableArray<TensorInfo> States => [];

    /// <summary>Everything that the operator computes: <see cref="Outputs"/>, then <see cref="States"/>. An implementation writes them in this order.</summary>
    public ImmutableArray<TensorInfo> Results => [.. Outputs, .. States];

    /// <summary>
    /// False where the runtime adds floats in an order that is not known, or approximates a function: then its results are known up to a bound, which follows from the
    /// values of the inputs.
    /// </summary>
    public virtual bool IsExact => true;

    /// <summary>Whether the runtime reads subnormal float32 numbers as 0 and gives 0 in their place: XNNPACK's threads do.</summary>
    public bool FlushesSubnormals { get; init; }

    /// <summary>
    /// True where it is made of functions of float32: an exponential, a logarithm, a sine and the like. The runtime and the reference call the C library's; what has functions of
    /// its own is right up to a bound, even where the reference is exact.
    /// </summary>
    public virtual bool CallsLibrary => false;

    /// <summary>
    /// Whether a chain of operators goes on from the oracle's value behind this one: where results are right up to a bound only, an ulp would be beyond every bound in exact operators behind it.
    /// </summary>
    /// <param name="ownFunctions">Whether what computes the chain has functions of its own in place of the C library's.</param>
    public bool EndsChain(bool ownFunctions) => !IsExact || (ownFunctions && CallsLibrary);
}

/// <summary>The parameter record of an operator family: which of the known arithmetics it follows. Its text form goes into the profile's hash.</summary>
public abstract record OperatorArithmetic;

/// <summary>
/// Marks the function that prepares a builtin operator, or the custom operator of some name: <c>static PreparedOperator X(OperatorContext, XArithmetic)</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class PreparesAttribute(BuiltinOperator code, string? custom = null) : Attribute
{
    public BuiltinOperator Code { get; } = code;

    /// <summary>The name of a custom operator; null for a builtin one.</summary>
    public string? Custom { get; } = custom;
}

/// <summary>Preparing operators. Each family registers itself by <see cref="PreparesAttribute"/>.</summary>
public static class Preparation
{
    private static readonly ImmutableDictionary<(BuiltinOperator, string?), Func<OperatorContext, OperatorArithmetic, PreparedOperator>> Prepare = Find();

    /// <summary>The operator as a profile's runtime computes it.</summary>
    /// <param name="delegated">Whether the runtime gave the operator to its delegate.</param>
    /// <exception cref="NotComputableException">No arithmetic is known for it; the message says what is missing.</exception>
    public static PreparedOperator Of(Graph graph, Operator op, Profile profile, bool delegated)
    {
        if (!Prepare.TryGetValue((op.Code, op.CustomCode), out Func<OperatorContext, OperatorArithmetic, PreparedOperator>? prepare))
            throw new NotComputableException(Missing(op));
        OperatorContext context = new(graph, op);
        Rule rule = profile.RuleFor(context, delegated);
        PreparedOperator prepared = prepare(context, rule.Arithmetic!);
        return rule.FlushesSubnormals && prepared.Outputs[0].Type == TensorType.Float32 ? prepared with { FlushesSubnormals = true } : prepared;
    }

    private static string Missing(Operator op) => op.Code switch
    {
        BuiltinOperator.VarHandle => $"{op.Name} names a variable, which is no value",
        BuiltinOperator.ReadVariable => $"{op.Name} gives what the model keeps from run to run: the oracle's value is taken as an input of what follows",
        BuiltinOperator.AssignVariable or BuiltinOperator.CallOnce => $"{op.Name} changes what the model keeps from run to run, and gives nothing",
        _ => $"{op.Name} is not implemented",
    };

    private static ImmutableDictionary<(BuiltinOperator, string?), Func<OperatorContext, OperatorArithmetic, PreparedOperator>> Find() =>
        (from type in typeof(Preparation).Assembly.GetTypes()
         from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
         from prepares in method.GetCustomAttributes<PreparesAttribute>()
         select (Name: (prepares.Code, prepares.Custom), Function: Bind(method))).ToImmutableDictionary(found => found.Name, found => found.Function);

    private static Func<OperatorContext, OperatorArithmetic, PreparedOperator> Bind(MethodInfo method)
    {
        Type arithmetic = method.GetParameters()[1].ParameterType;
        MethodInfo bind = typeof(Preparation).GetMethod(nameof(Adapt), BindingFlags.Static | BindingFlags.NonPublic)!;
        return (Func<OperatorContext, OperatorArithmetic, PreparedOperator>)bind.MakeGenericMethod(arithmetic).Invoke(null, [method])!;
    }

    private static Func<OperatorContext, OperatorArithmetic, PreparedOperator> Adapt<T>(MethodInfo method)
        where T : OperatorArithmetic
    {
        Func<OperatorContext, T, PreparedOperator> prepare = method.CreateDelegate<Func<OperatorContext, T, PreparedOperator>>();
        return (context, arithmetic) => prepare(context, arithmetic as T
            ?? throw new NotComputableException($"the profile gives {context.Operator.Name} {arithmetic.GetType().Name}, expected {typeof(T).Name}"));
    }
}
