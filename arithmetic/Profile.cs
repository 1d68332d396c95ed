using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>A named condition on an operator that a rule may ask for, beyond its code, type and delegation.</summary>
public sealed record Condition(string Name, Func<OperatorContext, bool> Holds)
{
    public override string ToString() => Name;
}

/// <summary>
/// One line of a profile: operators of this code, whose output has this type, delegated or not, follow this arithmetic. A null field matches everything.
/// </summary>
/// <param name="Arithmetic">Null where the runtime does something that nobody has found out.</param>
public sealed record Rule(BuiltinOperator Code, TensorType? Type, OperatorArithmetic? Arithmetic)
{
    public bool? Delegated { get; init; }

    public Condition? When { get; init; }

    /// <summary>The runtime takes no such operator: it refuses a model that has one.</summary>
    public bool IsRefused { get; init; }

    /// <summary>As <see cref="PreparedOperator.FlushesSubnormals"/>, of operators whose output is float32.</summary>
    public bool FlushesSubnormals { get; init; }

    public bool Matches(OperatorContext context, bool delegated) =>
        Code == context.Operator.Code
        && (Type is null || Type == context.Output(0).Type)
        && (Delegated is null || Delegated == delegated)
        && (When is null || When.Holds(context));
}

/// <summary>
/// What a runtime was found to do: an ordered list of rules, of which the first that matches an operator decides. Two profiles with equal rules have
/// equal hashes, whatever they are called.
/// </summary>
public sealed record Profile(string Name, ImmutableArray<Rule> Rules)
{
    /// <summary>Of a runtime that nobody has examined: every operator is not computed.</summary>
    public static readonly Profile Unknown = new("unknown", []);

    /// <summary>Lower-case hexadecimal sha256 of the rules' text.</summary>
    public string Hash { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Rules.Select(rule => rule.ToString())))));

    /// <summary>
    /// The outputs of the operators that the profile has a rule for under its delegate: which of them a runtime really delegates, only its capture tells.
    /// </summary>
    public ImmutableHashSet<TensorIndex> LikelyDelegated(Graph graph) =>
        [.. graph.Operators.Where(op => Rules.Any(rule => rule is { Delegated: true } && Matches(rule, new(graph, op)))).SelectMany(op => op.Outputs)];

    private static bool Matches(Rule rule, OperatorContext context)
    {
        try
        {
            return rule.Matches(context, delegated: true);
        }
        catch (NotComputableException)
        {
            return false;
        }
    }

    /// <summary>Whether the runtime was seen to refuse such an operator: there is nothing to compute.</summary>
    public bool Refuses(OperatorContext context, bool delegated) => RuleOf(context, delegated) is { IsRefused: true };

    /// <exception cref="NotComputableException">No rule matches: the arithmetic is unknown, and is not guessed. Or the runtime has none.</exception>
    public OperatorArithmetic ArithmeticOf(OperatorContext context, bool delegated) => RuleFor(context, delegated).Arithmetic!;

    /// <summary>As <see cref="ArithmeticOf"/>: the rule, which has an arithmetic.</summary>
    public Rule RuleFor(OperatorContext context, bool delegated)
    {
        Rule? rule = RuleOf(context, delegated);
        string what = $"{context.Operator.Name} {context.Output(0).Type.Lower()}{(delegated ? ", delegated" : "")}";
        return rule is { IsRefused: true } ? throw new NotComputableException($"the runtime of profile {Name} refuses this form of {what}")
            : rule is { Arithmetic: not null } ? rule : throw new NotComputableException($"arithmetic unknown: profile {Name} has no rule for {what}");
    }

    private Rule? RuleOf(OperatorContext context, bool delegated) => Rules.FirstOrDefault(rule => rule.Matches(context, delegated));
}
