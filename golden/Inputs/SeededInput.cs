using System.Buffers.Binary;
using OffByN.Model;

namespace OffByN.Golden.Inputs;

/// <summary>
/// Inputs from a seed. One <see cref="SplitMix64"/> runs through the graph's inputs in their order, one number an element:
/// codes are its highest bits (all codes equally likely), int32 and int64 its highest 2 bits (0..3), bool its highest.
/// A float is low + (high - low) * unit, computed in double and rounded once, where unit is <see cref="SplitMix64.NextUnit"/>
/// and [low, high] the real range of the output of the first QUANTIZE that reads the input, or [-1, 1] when none does.
/// </summary>
internal static class SeededInput
{
    /// <exception cref="UserErrorException">The input has a type that no number stands for.</exception>
    public static TensorValue Next(Graph graph, TensorInfo input, Shape shape, ref SplitMix64 random)
    {
        TensorType type = input.Type;
        (double low, double high) = type.IsFloat() ? RangeOf(graph, input.Index) : default;
        // int4 is held one code a byte.
        int width = Math.Max(8, type.Bits()) / 8;
        byte[] data = new byte[(long)width * shape.Elements];
        for (int i = 0; i < data.Length; i += width)
        {
            Span<byte> element = data.AsSpan(i, width);
            switch (type)
            {
                case TensorType.UInt8:
                    element[0] = (byte)random.NextBits(8);
                    break;
                case TensorType.Int8:
                    element[0] = (byte)((int)random.NextBits(8) - 128);
                    break;
                case TensorType.Int4:
                    element[0] = (byte)((int)random.NextBits(4) - 8);
                    break;
                case TensorType.Int16:
                    BinaryPrimitives.WriteInt16LittleEndian(element, (short)((int)random.NextBits(16) - 32768));
                    break;
                case TensorType.Int32:
                case TensorType.Int64:
                    element[0] = (byte)random.NextBits(2);
                    break;
                case TensorType.Bool:
                    element[0] = (byte)random.NextBits(1);
                    break;
                case TensorType.Float16:
                    BinaryPrimitives.WriteHalfLittleEndian(element, (Half)(low + (high - low) * random.NextUnit()));
                    break;
                case TensorType.Float32:
                    BinaryPrimitives.WriteSingleLittleEndian(element, (float)(low + (high - low) * random.NextUnit()));
                    break;
                default:
                    throw new UserErrorException($"{graph.Path}: input {input.Index} \"{input.Name}\": a seed gives no {type.Lower()} values; give the input as a file");
            }
        }
        return new TensorValue(type, shape, data);
    }

    private static (double Low, double High) RangeOf(Graph graph, TensorIndex input)
    {
        foreach (Operator op in graph.Operators)
        {
            if (op.Code == BuiltinOperator.Quantize && op.Inputs is [var read, ..] && read == input && op.Outputs is [var written, ..]
                && graph[written] is { Quantization: { } quantization } output && output.Type.CodeRange() is var (lowest, highest))
                return (quantization.Scale * ((double)lowest - quantization.ZeroPoint), quantization.Scale * ((double)highest - quantization.ZeroPoint));
        }
        return (-1, 1);
    }
}
