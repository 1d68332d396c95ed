using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>What is asked of two elements.</summary>
public enum Relation
{
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// <summary>
/// Two tensors compared element by element. Codes are compared by their terms, which stand at [bit pattern]; the tables are empty where numbers are compared as they are.
/// </summary>
public sealed record PreparedComparison(
    Operator Operator, TensorInfo First, TensorInfo Second, TensorInfo Output, Broadcast Broadcast, Relation Relation, ImmutableArray<int> FirstTerms, ImmutableArray<int> SecondTerms)
    : PreparedOperator(Operator, [First, Second], [Output])
{
    public bool ComparesTerms => !FirstTerms.IsEmpty;
}

/// <summary>Preparing EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL.</summary>
public static class Comparison
{
    [Prepares(BuiltinOperator.Equal)]
    public static PreparedOperator Equal(OperatorContext context, PairArithmetic arithmetic) => Prepare(context, Relation.Equal);

    [Prepares(BuiltinOperator.NotEqual)]
    public static PreparedOperator NotEqual(OperatorContext context, PairArithmetic arithmetic) => Prepare(context, Relation.NotEqual);

    [Prepares(BuiltinOperator.Less)]
    public static PreparedOperator Less(OperatorContext context, PairArithmetic arithmetic) => Prepare(context, Relation.Less);

    [Prepares(BuiltinOperator.LessEqual)]
    public static PreparedOperator LessEqual(OperatorContext context, PairArithmetic arithmetic) => Prepare(context, Relation.LessEqual);

    [Prepares(BuiltinOperator.Greater)]
    public static PreparedOperator Greater(OperatorContext context, PairArithmetic arithmetic) => Prepare(context, Relation.Greater);

    [Prepares(BuiltinOperator.GreaterEqual)]
    public static PreparedOperator GreaterEqual(OperatorContext context, PairArithmetic arithmetic) => Prepare(context, Relation.GreaterEqual);

    /// <remarks>8-bit codes are compared as numbers in fixed point, int16 ones so only for equality; elsewhere int16 codes are compared as they are.</remarks>
    private static PreparedComparison Prepare(OperatorContext context, Relation relation)
    {
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        OperatorContext.Typed(
            first, TensorType.Float32, TensorType.Int32, TensorType.Int64, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Bool);
        OperatorContext.Typed(second, first.Type);
        OperatorContext.Typed(output, TensorType.Bool);
        bool equality = relation is Relation.Equal or Relation.NotEqual;
        if (first.Type == TensorType.Bool && !equality)
            throw new NotComputableException("bool is compared for equality alone");
        if (first.Type == TensorType.Int16 && first.Quantization is null && relation == Relation.NotEqual)
            throw new NotComputableException("TFLite's NOT_EQUAL writes nothing for int16 without quantization");
        bool scaled = first.Type is TensorType.UInt8 or TensorType.Int8 || (first.Type == TensorType.Int16 && equality && first.Quantization is not null);
        Broadcast broadcast = Broadcast.Of(output, first, second);
        return new(
            context.Operator, first, second, output, broadcast, relation,
            scaled ? Scaled(first) : [], scaled ? Scaled(second) : []);
    }

    /// <summary>(code - zero point) * 2^8 * scale, rounded twice.</summary>
    private static ImmutableArray<int> Scaled(TensorInfo tensor)
    {
        Quantization quantization = CodeTable.PerTensor(tensor);
        if (quantization.Scale >= 1)
            throw new NotComputableException($"a scale of 1 or more is undefined in TFLite's comparison, found {quantization.Scale}");
        ChannelScale scale = ChannelScale.From(quantization.Scale);
        return TermTables.Of(tensor.Type, code => Requantization.Reference.Apply((code - quantization.ZeroPoint) << 8, scale));
    }
}
