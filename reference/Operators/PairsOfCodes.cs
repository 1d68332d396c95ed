using System.Collections.Immutable;
using System.Numerics;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>DIV on codes.</summary>
public sealed class DividedCodes(PreparedDivision division) : CodeOperator(division.Output.Type), IReferenceOperator<PreparedDivision>
{
    protected override void Run<TCode>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs) =>
        ElementWise.Run<TCode, TCode, TCode, Function<TCode>>(division.Broadcast, inputs[0], inputs[1], outputs[0], new(division), new(division));

    private readonly struct Function<TCode>(PreparedDivision division) : IPairFunction<TCode, TCode, TCode>
        where TCode : unmanaged, IBinaryInteger<TCode>
    {
        public TCode Apply(TCode first, TCode second) =>
            TCode.CreateTruncating(division.Code(int.CreateTruncating(first), int.CreateTruncating(second)));
    }
}

/// <summary>PRELU on codes.</summary>
public sealed class PreluCodes(PreparedPrelu prelu) : IReferenceOperator<PreparedPrelu>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        if (prelu.Output.Type == TensorType.Int16)
            Run<ushort>(inputs, outputs[0]);
        else
            Run<byte>(inputs, outputs[0]);
    }

    private void Run<TPattern>(ImmutableArray<ReadOnlyMemory<byte>> inputs, Memory<byte> output)
        where TPattern : unmanaged, IBinaryInteger<TPattern> =>
        ElementWise.Run<TPattern, byte, TPattern, Function<TPattern>>(prelu.Broadcast, inputs[0], inputs[1], output, new(prelu), new(prelu));

    private readonly struct Function<TPattern>(PreparedPrelu prelu) : IPairFunction<TPattern, byte, TPattern>
        where TPattern : unmanaged, IBinaryInteger<TPattern>
    {
        public TPattern Apply(TPattern first, byte second)
        {
            int input = prelu.InputTerms[int.CreateTruncating(first)];
            return TPattern.CreateTruncating(input >= 0 ? prelu.Requantizer.Code(input, 0) : prelu.Requantizer.Code(input * prelu.SlopeTerms[second], 1));
        }
    }
}

/// <summary>The six comparisons.</summary>
public sealed class ComparedPairs(PreparedComparison comparison) : IReferenceOperator<PreparedComparison>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        if (comparison.ComparesTerms && comparison.First.Type == TensorType.Int16)
            Terms<ushort>(inputs, outputs[0]);
        else if (comparison.ComparesTerms)
            Terms<byte>(inputs, outputs[0]);
        else
            Numbers(inputs, outputs[0]);
    }

    private void Numbers(ImmutableArray<ReadOnlyMemory<byte>> inputs, Memory<byte> output)
    {
        switch (comparison.First.Type)
        {
            case TensorType.Float32:
                Numbers<float>(inputs, output);
                break;
            case TensorType.Int64:
                Numbers<long>(inputs, output);
                break;
            case TensorType.Int32:
                Numbers<int>(inputs, output);
                break;
            case TensorType.Int16:
                Numbers<short>(inputs, output);
                break;
            default:
                Numbers<byte>(inputs, output);
                break;
        }
    }

    private void Terms<TPattern>(ImmutableArray<ReadOnlyMemory<byte>> inputs, Memory<byte> output)
        where TPattern : unmanaged, IBinaryInteger<TPattern> =>
        ElementWise.Run<TPattern, TPattern, byte, OfTerms<TPattern>>(comparison.Broadcast, inputs[0], inputs[1], output, new(comparison), new(comparison));

    private void Numbers<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, Memory<byte> output)
        where T : unmanaged, INumber<T> =>
        ElementWise.Run<T, T, byte, OfNumbers<T>>(comparison.Broadcast, inputs[0], inputs[1], output, new(comparison.Relation), new(comparison.Relation));

    private static bool Holds<T>(Relation relation, T first, T second)
        where T : INumber<T> => relation switch
        {
            Relation.Equal => first == second,
            Relation.NotEqual => first != second,
            Relation.Less => first < second,
            Relation.LessEqual => first <= second,
            Relation.Greater => first > second,
            _ => first >= second,
        };

    private readonly struct OfTerms<TPattern>(PreparedComparison comparison) : IPairFunction<TPattern, TPattern, byte>
        where TPattern : unmanaged, IBinaryInteger<TPattern>
    {
        public byte Apply(TPattern first, TPattern second) => (byte)(Holds(
            comparison.Relation, comparison.FirstTerms[int.CreateTruncating(first)], comparison.SecondTerms[int.CreateTruncating(second)]) ? 1 : 0);
    }

    private readonly struct OfNumbers<T>(Relation relation) : IPairFunction<T, T, byte>
        where T : unmanaged, INumber<T>
    {
        public byte Apply(T first, T second) => (byte)(Holds(relation, first, second) ? 1 : 0);
    }
}
