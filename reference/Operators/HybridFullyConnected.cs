using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>FULLY_CONNECTED of float32 with int8 weights.</summary>
public sealed class HybridFullyConnected(PreparedHybridFullyConnected layer) : IReferenceOperator<PreparedHybridFullyConnected>
{
    /// <summary>Columns of one step of TFLite's vector body.</summary>
    private const int Block = 16;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        ReadOnlySpan<sbyte> weights = MemoryMarshal.Cast<byte, sbyte>(layer.Weights.Data.Span);
        sbyte[] codes = new sbyte[layer.Depth];
        for (int row = 0; row < output.Length / layer.Columns; row++)
        {
            DynamicCodes quantized = DynamicCodes.Of(input.Slice(row * codes.Length, codes.Length), layer.IsAsymmetric, codes);
            for (int i = 0; i < layer.Columns; i++)
            {
                int sum = Sum(weights.Slice(i * codes.Length, codes.Length), codes, quantized.ZeroPoint);
                float scale = quantized.Scale * layer.Scales[layer.Scales.Length == 1 ? 0 : i];
                float result = layer.Bias[i] + (float)(sum * scale);
                output[row * layer.Columns + i] = result < layer.Low ? layer.Low : result > layer.High ? layer.High : result;
            }
        }
    }

    /// <remarks>
    /// The vector body gives a weight the sign of the input's code before it multiplies with the code's magnitude: -128 has no negative, and stays (<c>sse_tensor_utils.cc</c>).
    /// </remarks>
    internal static int Sum(ReadOnlySpan<sbyte> weights, ReadOnlySpan<sbyte> codes, int zeroPoint)
    {
        int sum = 0, total = 0;
        for (int k = 0; k < codes.Length; k++)
        {
            bool isStuck = k < codes.Length / Block * Block && weights[k] == sbyte.MinValue && codes[k] < 0;
            sum += isStuck ? -(weights[k] * codes[k]) : weights[k] * codes[k];
            total += weights[k];
        }
        return sum - total * zeroPoint;
    }
}
