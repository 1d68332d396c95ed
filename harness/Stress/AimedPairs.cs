using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Harness.Stress;

/// <summary>Codes of two inputs.</summary>
public static partial class Aiming
{
    /// <summary>Codes of the shared input for which partners are sought: all of 8 bits, a few of 16.</summary>
    private const int MostShared = 256, MostWideShared = 4, MostThoroughShared = 8;

    /// <summary>
    /// Pairs of codes that the ways, or the vector body and the scalar tail of one, combine to different codes, wherever the broadcast lets them meet. The input of
    /// fewer elements is shared: its codes are chosen first, those of the other to suit them.
    /// </summary>
    private static OperatorCase Paired(OperatorCase one, Random random, ImmutableArray<PreparedCombination> ways, bool thorough)
    {
        Broadcast broadcast = ways[0].Broadcast;
        ImmutableArray<(PreparedCombination Way, Terms Terms)> bodies = [.. ways.Select(way => (way, way.Body))], tails = [.. ways.Select(way => (way, way.Tail))];
        int shared = one.Inputs[0].Shape.Elements < one.Inputs[1].Shape.Elements ? 0 : 1;
        TensorType type = one.Inputs[0].Type;
        (int low, int high) = type.CodeRange()!.Value;
        // In a row without whole blocks all is tail; else what only the tails make different would be lost in the rest.
        var parts = thorough && ways.Max(way => way.Block) <= broadcast.Row.Count && HasPartners(bodies) ? bodies : thorough ? tails : [.. bodies, .. tails];
        int wanted = type == TensorType.Int16 ? thorough ? MostThoroughShared : MostWideShared : MostShared;
        IEnumerable<int> codes = type == TensorType.Int16 ? Enumerable.Range(0, wanted).Select(_ => random.Next(low, high + 1)).ToArray() : Enumerable.Range(low, high - low + 1);
        Dictionary<int, int[]> partners = codes.Distinct().Select(code => (Code: code, Partners: PartnersOf(code, parts))).Where(found => found.Partners.Length > 0)
            .ToDictionary(found => found.Code, found => found.Partners);
        return partners.Count == 0 ? one : Placed(one, random, broadcast, shared, partners, thorough);

        bool HasPartners(ImmutableArray<(PreparedCombination Way, Terms Terms)> some) =>
            Enumerable.Range(0, 16).Any(_ => PartnersOf(random.Next(low, high + 1), some).Length > 0);

        int[] PartnersOf(int code, ImmutableArray<(PreparedCombination Way, Terms Terms)> some)
        {
            int mask = high - low;
            List<int> found = [];
            for (int other = low; other <= high; other++)
            {
                (int first, int second) = shared == 0 ? (code & mask, other & mask) : (other & mask, code & mask);
                if (Differ(some, part => part.Way.Code(part.Terms.First[first], part.Terms.Second[second], part.Terms.Narrowing)))
                    found.Add(other);
            }
            return [.. found];
        }
    }

    /// <summary>Every fourth element keeps its codes, unless all are wanted.</summary>
    private static OperatorCase Placed(OperatorCase one, Random random, Broadcast broadcast, int shared, Dictionary<int, int[]> partners, bool all)
    {
        int[] codes = [.. partners.Keys];
        CaseTensor sharing = one.Inputs[shared], other = one.Inputs[1 - shared];
        byte[] sharedValues = [.. sharing.Value!], otherValues = [.. other.Value!];
        Dictionary<int, int> chosen = [];
        HashSet<int> taken = [];
        for (int row = 0; row < broadcast.Rows; row++)
        {
            for (int column = 0; column < broadcast.Row.Count; column++)
            {
                int i = broadcast.Start(shared, row) + column * broadcast.Row.Strides[shared], j = broadcast.Start(1 - shared, row) + column * broadcast.Row.Strides[1 - shared];
                if (!chosen.TryGetValue(i, out int code))
                {
                    // The better of a few: the one with most partners.
                    code = chosen[i] = Enumerable.Range(0, 3).Select(_ => codes[random.Next(codes.Length)]).MaxBy(candidate => partners[candidate].Length);
                    Store(sharedValues, i, code, sharing.Type);
                }
                if ((!all && random.Next(4) == 0) || !taken.Add(j))
                    continue;
                int[] fitting = partners[code];
                Store(otherValues, j, fitting[random.Next(fitting.Length)], other.Type);
            }
        }
        return one with { Inputs = one.Inputs.SetItem(shared, sharing with { Value = sharedValues }).SetItem(1 - shared, other with { Value = otherValues }) };
    }
}
