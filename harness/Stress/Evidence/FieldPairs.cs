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

/// <summary>A pair, and the two parameter records of an operator that differ in it alone.</summary>
public sealed record FieldPair(EvidenceKey Key, OperatorArithmetic Own, OperatorArithmetic Other)
{
    /// <summary>Whether the pair is a known order of sums and the bound of all orders.</summary>
    private bool IsOrder => Key.Field == nameof(ConvolutionArithmetic.Order) && new[] { Key.Followed, Key.Alternative }.Contains(nameof(SumOrder.Unknown));

    /// <summary>The pairs between which a case's operator could decide under a profile.</summary>
    public static ImmutableArray<FieldPair> Of(OperatorCase one, Profile profile, bool? delegated = null)
    {
        (Graph graph, Operator op) = GraphOf(one);
        OperatorArithmetic own;
        try
        {
            own = profile.ArithmeticOf(new(graph, op), delegated ?? profile.LikelyDelegated(graph).Count > 0);
        }
        catch (NotComputableException)
        {
            return [];
        }
        TensorType type = graph[op.Outputs[0]].Type;
        return
        [
            .. from field in ArithmeticFields.Of(op.Code, type, own)
               from other in field.Others
               select new FieldPair(
                   new(op.Name, type, profile.Name, field.Name, ArithmeticFields.Spell(field.Value), ArithmeticFields.Spell(other)), own,
                   ArithmeticFields.With(own, field.Name, other)),
        ];
    }

    /// <summary>The pairs of a profile that generated cases have, by family.</summary>
    /// <param name="cases">Of each family.</param>
    public static ILookup<EvidenceKey, string> Of(Profile profile, ImmutableArray<string> families, int cases) => families.AsParallel()
        .SelectMany(family => Enumerable.Range(0, cases).SelectMany(number => Of(OperatorCases.Make(family, number), profile)).Select(pair => (pair.Key, family)).Distinct())
        .OrderBy(found => found.family, StringComparer.Ordinal).ToLookup(found => found.Key, found => found.family);

    /// <summary>A case of the same kind in which the two values are sought to make different results; null where they prepare the same operator, which cannot.</summary>
    /// <exception cref="NotComputableException">One of them does not compute it.</exception>
    public OperatorCase? Aimed(OperatorCase made)
    {
        OperatorCase sharp = Own is ConvolutionArithmetic own && Other is ConvolutionArithmetic other ? Aiming.Scaled(made, own, other) : Aiming.Sharpened(made);
        (Graph graph, Operator op) = GraphOf(sharp);
        ImmutableArray<PreparedOperator> ways = [ArithmeticFields.Prepare(graph, op, Own), ArithmeticFields.Prepare(graph, op, Other)];
        return PreparedComparison.AreSame(ways[0], ways[1]) ? null : IsOrder ? sharp : Aiming.At(sharp, ways, thorough: true);
    }

    /// <summary>Whether an oracle must take a side on some element of a case.</summary>
    public bool IsToldApartBy(OperatorCase one) => Results(one, Own) is { } own && AlternativeOf(one) is { } other && !own.Span.SequenceEqual(other.Span);

    /// <summary>The elements on which the oracle had to take a side, and the side that it took.</summary>
    /// <param name="oracle">Its first output.</param>
    public EvidenceCount Judge(OperatorCase one, ReadOnlySpan<byte> oracle)
    {
        if (Results(one, Own) is not { } own || AlternativeOf(one) is not { } other)
            return EvidenceCount.None;
        if (IsOrder && Key.Followed == nameof(SumOrder.Unknown))
            return WithinBound(own.Span, oracle, BoundOf(one));
        int bytes = Math.Max(1, Key.Type.Bits() / 8);
        EvidenceCount count = EvidenceCount.None;
        for (int at = 0; at < own.Length; at += bytes)
        {
            ReadOnlySpan<byte> taken = oracle.Slice(at, bytes), mine = own.Span.Slice(at, bytes), theirs = other.Span.Slice(at, bytes);
            if (!mine.SequenceEqual(theirs))
                count += new EvidenceCount(0, 1, taken.SequenceEqual(mine) ? 1 : 0, taken.SequenceEqual(theirs) ? 1 : 0);
        }
        return count with { Cases = count.Elements > 0 ? 1 : 0 };
    }

    /// <summary>
    /// Of an unknown order: elements that are not what the reference's order gives, and lie within the bound of all orders. One that is equal says nothing.
    /// </summary>
    private static EvidenceCount WithinBound(ReadOnlySpan<byte> sequential, ReadOnlySpan<byte> oracle, ErrorBound? bound)
    {
        ReadOnlySpan<float> own = MemoryMarshal.Cast<byte, float>(sequential), taken = MemoryMarshal.Cast<byte, float>(oracle);
        EvidenceCount count = EvidenceCount.None;
        for (int i = 0; i < own.Length && bound is not null; i++)
        {
            if (own[i] != taken[i])
                count += new EvidenceCount(0, 1, Math.Abs((double)own[i] - taken[i]) <= bound.Slack[i] ? 1 : 0, 0);
        }
        return count with { Cases = count.Elements > 0 ? 1 : 0 };
    }

    /// <summary>The first output by the alternative; of another order by the reverse of the reference's.</summary>
    private ReadOnlyMemory<byte>? AlternativeOf(OperatorCase one) => !IsOrder ? Results(one, Other)
        : Key.Type == TensorType.Float32 && Results(one, Own) is { } own && BoundOf(one) is { } bound && Reversed(one) is { } reversed
            && Results(reversed, Own) is { } turned && Reversed(turned.Span) is var other && IsWithin(own.Span, other, bound)
            ? other : (ReadOnlyMemory<byte>?)null;

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

    /// <summary>How far two orders may lie apart.</summary>
    private ErrorBound? BoundOf(OperatorCase one)
    {
        OperatorArithmetic unknown = Key.Followed == nameof(SumOrder.Unknown) ? Own : Other;
        (CaseModel model, ReferencePipeline reference) = PipelineOf(one, unknown);
        return reference.BoundOf(new LayerIndex(0), 0, model.Input.Tensors.Given);
    }

    private static (Graph Graph, Operator Op) GraphOf(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        return (graph, graph.Operators[0]);
    }

    /// <summary>The first output in an arithmetic; null where it cannot be computed.</summary>
    private static ReadOnlyMemory<byte>? Results(OperatorCase one, OperatorArithmetic arithmetic)
    {
        (CaseModel model, ReferencePipeline reference) = PipelineOf(one, arithmetic);
        OperatorResult result = reference.Run(new LayerIndex(0), model.Input.Tensors.Given);
        // A bare null would become an empty memory here.
        return result.Reason is null ? result.Outputs[0].Data : (ReadOnlyMemory<byte>?)null;
    }

    private static (CaseModel Model, ReferencePipeline Reference) PipelineOf(OperatorCase one, OperatorArithmetic arithmetic)
    {
        CaseModel model = CaseModel.Of([one]);
        return (model, new(model.Graph, new Profile("alternative", [new Rule(one.Code, null, arithmetic)]), ImmutableHashSet<TensorIndex>.Empty));
    }
}
