using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Stress;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Operators;

namespace OffByN.Bench;

/// <summary>The kernels' own exponential, logarithm, logistic function, hyperbolic tangent, sine and cosine beside the C library's, over every float32: how far apart, and how often.</summary>
internal static class FunctionsBenchmark
{
    private const int Block = 1 << 24;

    public static int Run()
    {
        using OpenClDevice device = OpenClDevice.Open();
        Console.WriteLine(device.Facts);
        CaseTensor tensor = new(TensorType.Float32, [Block]);
        foreach (BuiltinOperator code in new[] { BuiltinOperator.Exp, BuiltinOperator.Log, BuiltinOperator.Logistic, BuiltinOperator.Tanh, BuiltinOperator.Sin, BuiltinOperator.Cos })
        {
            CaseModel model = CaseModel.Of([new(code, [tensor.With<float>(new float[Block])], tensor)]);
            ReferencePipeline reference = new(model.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
            string key = model.Input.Tensors.Tensors.Keys.Single();
            using OpenClPipeline pipeline = new(device, model.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
            (long differing, double units) = (0, 0);
            for (long block = 0; block < 1L << 32; block += Block)
            {
                float[] numbers = new float[Block];
                for (int i = 0; i < Block; i++)
                    numbers[i] = BitConverter.UInt32BitsToSingle((uint)(block + i));
                TensorValue input = new(TensorType.Float32, tensor.Shape, MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray());
                ReadOnlySpan<float> expected = MemoryMarshal.Cast<byte, float>(reference.Run(new(0), _ => input).Outputs[0].Data.Span);
                ReadOnlySpan<float> actual = MemoryMarshal.Cast<byte, float>(pipeline.RunIsolated(new([KeyValuePair.Create(key, input)])).Tensors.Tensors.Values.Single().Data.Span);
                for (int i = 0; i < Block; i++)
                {
                    if (expected[i].Equals(actual[i]))
                        continue;
                    differing++;
                    units = Math.Max(units, Math.Abs((double)expected[i] - actual[i]) / Math.Max(Math.Abs((double)expected[i]), ErrorBound.LeastNormal) / ErrorBound.Roundoff);
                }
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{code.SchemaName()}: {differing} of 2^32 differ, the furthest by {units:0.00} u"));
        }
        return 0;
    }
}
