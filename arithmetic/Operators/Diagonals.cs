using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing MATRIX_DIAG and MATRIX_SET_DIAG: the last axis of an input becomes the diagonals of matrices.</summary>
public static class Diagonals
{
    /// <summary>Square matrices; off their diagonals is 0, of codes too.</summary>
    [Prepares(BuiltinOperator.MatrixDiag)]
    public static PreparedOperator MatrixDiag(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo diagonal = context.Input(0), output = Typed(context);
        Shape shape = diagonal.Shape!;
        if (shape.Count == 0)
            throw new NotComputableException("a scalar, expected diagonals");
        OperatorContext.Shaped(output, [.. shape, shape.Last]);
        return Copies.Prepare(context, [diagonal], [output], Diagonal(0, diagonal, output)) with { Background = [.. new byte[Copies.ElementBytes(output.Type)]] };
    }

    /// <summary>The matrices of input 0 with other diagonals.</summary>
    [Prepares(BuiltinOperator.MatrixSetDiag)]
    public static PreparedOperator MatrixSetDiag(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), diagonal = context.Input(1), output = Typed(context);
        Shape shape = input.Shape!;
        if (shape.Count < 2)
            throw new NotComputableException($"{shape}, expected matrices");
        OperatorContext.Shaped(output, shape);
        OperatorContext.Shaped(diagonal, [.. shape.SkipLast(2), Math.Min(shape.Last, shape[shape.Count - 2])]);
        return Copies.Prepare(
            context, [input, diagonal], [output], CopyBlock.Of(0, TensorView.Of(shape), 0, TensorView.Of(shape)), Diagonal(1, diagonal, output));
    }

    private static TensorInfo Typed(OperatorContext context)
    {
        TensorInfo output = context.Output(0);
        OperatorContext.Typed(output, TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64);
        return output;
    }

    private static CopyBlock? Diagonal(int input, TensorInfo diagonal, TensorInfo output)
    {
        Shape matrices = output.Shape!;
        (int rows, int columns, int length) = (matrices[matrices.Count - 2], matrices.Last, diagonal.Shape!.Last);
        int count = length == 0 ? 0 : diagonal.Shape.Elements / length;
        return CopyBlock.Of(
            input, TensorView.Of([count, length]), 0, new(0, [new(count, rows * columns), new(length, columns + 1)]));
    }
}
