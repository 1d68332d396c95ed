using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Harness.Stress.Cases;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Two values of one field between which an oracle decides.</summary>
/// <param name="Followed">The value in the oracle's profile.</param>
/// <param name="Alternative">A value that another rule has.</param>
public sealed record EvidenceKey(string Operator, TensorType Type, string Profile, string Field, string Followed, string Alternative);

/// <summary>A pair, and two rules for an operator whose parameter records differ in it alone.</summary>
public sealed record FieldPair(EvidenceKey Key, Rule Own, Rule Other)
{
    /// <summary>Whether the pair is a known order of sums and the bound of all orders.</summary>
    private bool IsOrder => IsOfOrders && new[] { Key.Followed, Key.Alternative }.Contains(nameof(SumOrder.Unknown));

    private bool IsOfOrders => Key.Field == nameof(ConvolutionArithmetic.Order);

    /// <summary>The pairs of the record that a profile has for a case's operator, whether or not the operator reads them.</summary>
    public static ImmutableArray<FieldPair> Of(OperatorCase one, Profile profile, bool? delegated = null)
    {
        (Graph graph, Operator op) = GraphOf(one);
        Rule rule;
        try
        {
            rule = profile.RuleFor(new(graph, op), delegated ?? profile.LikelyDelegated(graph).Count > 0);
        }
        catch (NotComputableException)
        {
            return [];
        }
        TensorType type = graph[op.Outputs[0]].Type;
        // Of the rule itself all but its arithmetic is decided.
        Rule own = new(op.Code, null, rule.Arithmetic) { FlushesSubnormals = rule.FlushesSubnormals };
        return
        [
            .. from field in ArithmeticFields.Of(op.Code, type, own.Arithmetic!)
               from other in field.Others
               select new FieldPair(
                   new(op.Name, type, profile.Name, field.Name, ArithmeticFields.Spell(field.Value), ArithmeticFields.Spell(other)), own,
                   own with { Arithmetic = ArithmeticFields.With(own.Arithmetic!, field.Name, other) }),
        ];
    }

    /// <summary>The pairs of a profile that operators of generated cases read (<see cref="IsReadBy"/>), by family.</summary>
    /// <param name="cases">Of each family.</param>
    public static ILookup<EvidenceKey, string> Read(Profile profile, ImmutableArray<string> families, int cases) => families.AsParallel()
        .SelectMany(family =>
        {
            HashSet<EvidenceKey> read = [];
            for (int number = 0; number < cases; number++)
            {
                OperatorCase made = OperatorCases.Make(family, number);
                foreach (FieldPair pair in Of(made, profile))
                {
                    if (!read.Contains(pair.Key) && pair.IsReadBy(made))
                        read.Add(pair.Key);
                }
            }
            return read.Select(key => (Key: key, Family: family));
        })
        .OrderBy(found => found.Family, StringComparer.Ordinal).ToLookup(found => found.Key, found => found.Family);

    /// <summary>
    /// Whether the two values prepare different operators, of a case with such scales. Where they never do, the operator does not read the field; where one of them computes nothing,
    /// there are no two values.
    /// </summary>
    public bool IsReadBy(OperatorCase made)
    {
        try
        {
            return new[] { made, Sharp(made) }.Select(Ways).Any(ways => !PreparedComparison.AreSame(ways[0], ways[1]));
        }
        catch (NotComputableException)
        {
            return false;
        }
    }

    /// <summary>A case of the same kind in which the two values are sought to make different results; null where they prepare the same operator, which cannot.</summary>
    /// <exception cref="NotComputableException">One of them does not compute it.</exception>
    /// <param name="keepsScales">Whether the case's scales stay as they are: a runtime may have kept it from its delegate for them.</param>
    public OperatorCase? Aimed(OperatorCase made, bool keepsScales = false)
    {
        OperatorCase sharp = keepsScales ? made : Sharp(made);
        ImmutableArray<PreparedOperator> ways = Ways(sharp);
        return PreparedComparison.AreSame(ways[0], ways[1]) ? null : IsOfOrders ? Aiming.Lengthy(sharp) : Aiming.At(sharp, ways, thorough: true);
    }

    private OperatorCase Sharp(OperatorCase made) =>
        Own.Arithmetic is ConvolutionArithmetic own && Other.Arithmetic is ConvolutionArithmetic other ? Aiming.Scaled(made, own, other) : Aiming.Sharpened(made);

    /// <summary>By <see cref="Own"/>, then by <see cref="Other"/>.</summary>
    private ImmutableArray<PreparedOperator> Ways(OperatorCase one)
    {
        (Graph graph, Operator op) = GraphOf(one);
        return [.. new[] { Own, Other }.Select(rule => Preparation.Of(graph, op, ArithmeticFields.ProfileOf(rule), delegated: false))];
    }

    /// <summary>Whether an oracle must take a side on some element of a case.</summary>
    public bool IsToldApartBy(OperatorCase one)
    {
        if (ClaimOf(one, Own) is not { } own || AlternativeOf(one) is not { } other)
            return false;
        for (int i = 0; i < own.Count; i++)
        {
            if (!Claim.AreEqual(own.At(i), other.At(i), Key.Type) && own.IsKnown(i) && other.IsKnown(i))
                return true;
        }
        return false;
    }

    /// <summary>The elements on which the oracle had to take a side, and the side that it took.</summary>
    /// <param name="oracle">Its first output.</param>
    public EvidenceCount Judge(OperatorCase one, ReadOnlySpan<byte> oracle) =>
        ClaimOf(one, Own) is not { } own || (IsOrder && Key.Followed == nameof(SumOrder.Unknown) ? ClaimOf(one, Other) : AlternativeOf(one)) is not { } other
            ? EvidenceCount.None : Judge(own, other, oracle);

    /// <summary>
    /// The side that an oracle took wherever two claims differ, in a value or in how far it may be off: that of the one which allows what it gave. Where both allow it, the element says
    /// no more than that it is within the bounds; where neither does, it speaks against the value that is followed.
    /// </summary>
    public static EvidenceCount Judge(Claim own, Claim other, ReadOnlySpan<byte> oracle)
    {
        EvidenceCount count = EvidenceCount.None;
        for (int i = 0; i < own.Count; i++)
        {
            bool areEqual = Claim.AreEqual(own.At(i), other.At(i), own.Type);
            if (!own.IsKnown(i) || !other.IsKnown(i) || (areEqual && own.SlackAt(i) == other.SlackAt(i)))
                continue;
            ReadOnlySpan<byte> taken = oracle.Slice(i * own.Bytes, own.Bytes);
            bool withOwn = own.Allows(i, taken), withOther = other.Allows(i, taken);
            if (!withOwn || !withOther)
                count += new EvidenceCount(0, 1, withOwn ? 1 : 0, withOther ? 1 : 0, 0);
            else if (!areEqual)
                count += new EvidenceCount(0, 0, 0, 0, 1);
        }
        return count with { Cases = count.Elements > 0 ? 1 : 0 };
    }

    /// <summary>The first output by the alternative; of another order by the reverse of the reference's, which is a claim to the bit.</summary>
    private Claim? AlternativeOf(OperatorCase one) => !IsOrder ? ClaimOf(one, Other)
        : Key.Type == TensorType.Float32 && ClaimOf(one, Own) is { } own && BoundOf(one, Key.Followed == nameof(SumOrder.Unknown) ? Own : Other) is { } bound && Reversed(one) is { } reversed
            && ClaimOf(reversed, Own) is { } turned && Reversed(turned.Values.Span) is var other && IsWithin(own.Values.Span, other, bound)
            ? new(Key.Type, other, null) : null;

    /// <summary>
    /// All numbers in reverse, which turns every axis round, and with it the order of every sum. Null where it cannot. A window whose padding is not the same before and after
    /// is another one then, with other sums.
    /// </summary>
    private static OperatorCase? Reversed(OperatorCase one)
    {
        OperatorCase given = one.Materialized();
        return given.Inputs.Any(input => input.Type is not (TensorType.Float32 or TensorType.Int32)) ? null : given with
        {
            Inputs = [.. given.Inputs.Select(input => input.Type == TensorType.Float32 ? input with { Value = Reversed(input.Value) } : input)],
        };
    }

    private static byte[] Reversed(ReadOnlySpan<byte> numbers)
    {
        byte[] reversed = numbers.ToArray();
        MemoryMarshal.Cast<byte, float>(reversed.AsSpan()).Reverse();
        return reversed;
    }

    private static bool IsWithin(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, ErrorBound bound)
    {
        ReadOnlySpan<float> own = MemoryMarshal.Cast<byte, float>(expected), other = MemoryMarshal.Cast<byte, float>(actual);
        for (int i = 0; i < own.Length; i++)
        {
            if (!(Math.Abs((double)own[i] - other[i]) <= bound.Slack[i]))
                return false;
        }
        return true;
    }

    private static (Graph Graph, Operator Op) GraphOf(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        return (graph, graph.Operators[0]);
    }

    /// <summary>The first output by a rule; null where it cannot be computed.</summary>
    private static Claim? ClaimOf(OperatorCase one, Rule rule)
    {
        (CaseModel model, ReferencePipeline reference) = PipelineOf(one, rule);
        OperatorResult result = reference.Run(new LayerIndex(0), model.Input.Tensors.Given);
        return result.Reason is null ? new(result.Outputs[0].Type, result.Outputs[0].Data, reference.BoundOf(new LayerIndex(0), 0, model.Input.Tensors.Given)) : null;
    }

    private static ErrorBound? BoundOf(OperatorCase one, Rule rule)
    {
        (CaseModel model, ReferencePipeline reference) = PipelineOf(one, rule);
        return reference.BoundOf(new LayerIndex(0), 0, model.Input.Tensors.Given);
    }

    private static (CaseModel Model, ReferencePipeline Reference) PipelineOf(OperatorCase one, Rule rule)
    {
        CaseModel model = CaseModel.Of([one]);
        return (model, new(model.Graph, ArithmeticFields.ProfileOf(rule), ImmutableHashSet<TensorIndex>.Empty));
    }
}
