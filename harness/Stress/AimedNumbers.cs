using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress;

/// <summary>Numbers, and shapes that hold long sums of them.</summary>
public static partial class Aiming
{
    /// <summary>Numbers beyond the integer type of a CAST, on both sides, beside others that it holds.</summary>
    private static OperatorCase Overflowing(OperatorCase one, Random random)
    {
        double largest = Math.ScaleB(1, one.Output.Type.Bits() - 1);
        float[] values = MemoryMarshal.Cast<byte, float>(one.Inputs[0].Value).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.Next(8) switch
            {
                0 => (float)(largest * (random.NextDouble() - 0.5)),
                1 => float.NaN,
                _ => (float)((random.Next(2) == 0 ? 1 : -1) * largest * (1 + random.NextDouble() * Math.ScaleB(1, random.Next(6)))),
            };
        }
        return one with { Inputs = one.Inputs.SetItem(0, one.Inputs[0].With<float>(values)) };
    }

    /// <summary>A case of float32 whose sums are long: the longer, the more orders give other numbers. Cases of other operators stay as they are.</summary>
    public static OperatorCase Lengthy(OperatorCase one)
    {
        const int Terms = 96, Others = 24;
        Random random = new(one.Number ^ 0x10E6);
        if (one.Output.Type != TensorType.Float32 || one.Inputs.Length < 2 || one.Inputs[1].Type is not (TensorType.Float32 or TensorType.Int32))
            return one;
        switch (one)
        {
            case { Code: BuiltinOperator.BatchMatmul, Options: BatchMatMulOptions options }:
                (int height, int depth) = (random.Next(1, 9), random.Next(500, 3000));
                return one with
                {
                    Inputs =
                    [
                        one.Inputs[0] with { Shape = options.AdjX ? [depth, height] : [height, depth], Value = null },
                        one.Inputs[1] with { Shape = options.AdjY ? [Others, depth] : [depth, Others], Value = null },
                    ],
                    Output = one.Output with { Shape = [height, Others] },
                };
            case { Code: BuiltinOperator.FullyConnected, Options: FullyConnectedOptions { KeepNumDims: false } }:
                int rows = random.Next(1, 6);
                ImmutableArray<CaseTensor> inputs =
                [
                    one.Inputs[0] with { Shape = [rows, Terms], Value = null }, one.Inputs[1] with { Shape = [Others, Terms], Value = null },
                    .. one.Inputs.Skip(2).Select(bias => bias.IsAbsent ? bias : bias with { Shape = [Others], Value = null }),
                ];
                return one with { Inputs = inputs, Output = one.Output with { Shape = [rows, Others] } };
            case { Code: BuiltinOperator.Mean or BuiltinOperator.Sum }:
                bool isLast = random.Next(2) == 0;
                CaseTensor input = one.Inputs[0] with { Shape = isLast ? [4, Others, Terms] : [4, Terms, Others], Value = null };
                return one with { Inputs = [input, CaseTensor.Integers(isLast ? 2 : 1)], Output = one.Output with { Shape = [4, Others] }, Options = new ReducerOptions(false) };
            default:
                return one;
        }
    }
}
