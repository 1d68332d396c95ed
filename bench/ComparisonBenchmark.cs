using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;

namespace OffByN.Bench;

/// <summary>
/// Candidate bytes compared per second on one thread, all statistics included: two tensors that are equal, two where one element in
/// three is off by 1 (or, one time in eight, by 2), and two that have nothing in common. The best of repeated runs.
/// </summary>
internal static class ComparisonBenchmark
{
    private const int Runs = 15;

    // All tensors of a MobileNet V1 1.0 224, and something no cache holds.
    private static readonly int[] Sizes = [5_046_715, 64 << 20];

    public static void Run()
    {
        Console.WriteLine("type          bytes     equal  one third differs  unrelated   (GB/s)");
        foreach (TensorType type in (TensorType[])[TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Float32])
        {
            foreach (int size in Sizes)
            {
                int elements = size * 8 / type.Bits();
                TensorValue expected = Noise(type, elements, seed: 1);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{type.Lower(),-8} {expected.Data.Length,10} {Speed(expected, expected with { Data = expected.Data.ToArray() }),9:f2} {Speed(expected, OffByOne(expected)),18:f2} {Speed(expected, Noise(type, elements, seed: 2)),10:f2}"));
            }
        }
    }

    private static double Speed(TensorValue expected, TensorValue actual)
    {
        Quantization quantization = new([0.1f], [3], 0);
        double[] seconds = new double[Runs];
        for (int run = 0; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            if (TensorComparer.Compare(expected, actual, quantization, FloatBound.Exact) is not Metrics)
                throw new InvalidOperationException("not compared");
            seconds[run] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return expected.Data.Length / seconds.Min() / 1e9;
    }

    private static TensorValue Noise(TensorType type, int elements, int seed)
    {
        Random random = new(seed);
        byte[] data = new byte[type.Bytes(elements)];
        if (type == TensorType.Float32)
        {
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(data.AsSpan()))
                value = (float)(random.NextDouble() * 2 - 1);
        }
        else
        {
            random.NextBytes(data);
        }
        return new TensorValue(type, [elements], data);
    }

    private static TensorValue OffByOne(TensorValue expected)
    {
        Random random = new(3);
        byte[] data = expected.Data.ToArray();
        int width = expected.Type.Bits() / 8;
        for (int i = 0; i < data.Length; i += width)
        {
            int step = random.Next(8) == 0 ? 2 : 1;
            // Only the lowest byte moves, and never across its ends, so that the element moves by the step.
            if (random.Next(3) == 0)
                data[i] = (byte)(data[i] + ((data[i] & 0x7F) < 64 ? step : -step));
        }
        return expected with { Data = data };
    }
}
