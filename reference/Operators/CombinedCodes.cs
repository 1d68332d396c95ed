using System.Collections.Immutable;
using System.Numerics;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>ADD, SUB, MUL and SQUARED_DIFFERENCE on codes.</summary>
public sealed class CombinedCodes(PreparedCombination combination) : IReferenceOperator<PreparedCombination>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        if (combination.Output.Type == TensorType.Int16)
            Run<ushort>(inputs, outputs[0]);
        else
            Run<byte>(inputs, outputs[0]);
    }

    private void Run<TPattern>(ImmutableArray<ReadOnlyMemory<byte>> inputs, Memory<byte> output)
        where TPattern : unmanaged, IBinaryInteger<TPattern> =>
        ElementWise.Run<TPattern, TPattern, TPattern, Function<TPattern>>(
            combination.Broadcast, inputs[0], inputs[1], output, new(combination, combination.Body), new(combination, combination.Tail), combination.Block);

    private readonly struct Function<TPattern>(PreparedCombination combination, Terms terms) : IPairFunction<TPattern, TPattern, TPattern>
        where TPattern : unmanaged, IBinaryInteger<TPattern>
    {
        private readonly ImmutableArray<int> firsts = terms.First, seconds = terms.Second;
        private readonly Narrowing narrowing = terms.Narrowing;

        public TPattern Apply(TPattern first, TPattern second) =>
            TPattern.CreateTruncating(combination.Code(firsts[int.CreateTruncating(first)], seconds[int.CreateTruncating(second)], narrowing));
    }
}
