using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>EMBEDDING_LOOKUP of float32 rows out of a table of codes: f32{code * scale}.</summary>
/// <param name="Rows">int32 [n]: which rows. TFLite refuses those that the table lacks; here they are zeros.</param>
/// <param name="Table">[rows, ...] of int8 or int4.</param>
/// <param name="Row">Elements of a row.</param>
/// <param name="Scales">One for each row of the table, or one for all.</param>
public sealed record PreparedEmbedding(Operator Operator, TensorInfo Rows, TensorInfo Table, TensorInfo Output, int Row, ImmutableArray<float> Scales)
    : PreparedOperator(Operator, Table.IsConstant ? [Rows] : [Rows, Table], [Output]);

/// <summary>Preparing EMBEDDING_LOOKUP.</summary>
public static class Embedding
{
    [Prepares(BuiltinOperator.EmbeddingLookup)]
    public static PreparedOperator Lookup(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo rows = context.Input(0), table = context.Input(1), output = context.Output(0);
        OperatorContext.Typed(rows, TensorType.Int32);
        Shape shape = table.Shape!;
        if (shape.Count < 2)
            throw new NotComputableException($"tensor {table.Index} ({table.Name}) is {shape}, expected 2 dimensions at least");
        OperatorContext.Shaped(output, [OperatorContext.Ranked(rows, 1)[0], .. shape.Skip(1)]);
        if (output.Type == table.Type)
            return Gathering.Rows(context, table, rows, output);
        OperatorContext.Typed(output, TensorType.Float32);
        // TFLite reads codes of uint8 as int8.
        OperatorContext.Typed(table, TensorType.Int8, TensorType.Int4);
        Quantization quantization = OperatorContext.Quantized(table);
        if (quantization.ZeroPoint != 0)
            throw new NotComputableException($"tensor {table.Index} ({table.Name}) has zero point {quantization.ZeroPoint}, expected 0");
        if (quantization.IsPerChannel && (quantization.Dimension != 0 || quantization.Scales.Length != shape[0]))
            throw new NotComputableException($"tensor {table.Index} ({table.Name}) has {quantization.Scales.Length} scales along axis {quantization.Dimension}, expected one for each row");
        if (table.Type == TensorType.Int4)
            context.Constant(1);
        int row = TensorView.Of(shape).Axes[0].Stride;
        if (table.Type == TensorType.Int4 && row % 2 != 0)
            throw new NotComputableException($"TFLite reads rows of {row} int4 codes, an odd number, from wrong halves of bytes");
        return new PreparedEmbedding(context.Operator, rows, table, output, row, quantization.IsPerChannel ? quantization.Scales : [quantization.Scale]);
    }
}
