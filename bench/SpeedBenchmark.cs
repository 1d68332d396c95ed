using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Oracles;

namespace OffByN.Bench;

/// <summary>
/// The C# reference (one thread) beside LiteRT's reference kernels, and the OpenCL pipeline beside LiteRT's optimized ones on as many threads: in turn, in one run,
/// medians and the ratio round by round.
/// </summary>
internal static class SpeedBenchmark
{
    private const int Rounds = 9;
    private const int Repetitions = 5;

    public static int Run(string model)
    {
        Graph graph = TfliteReader.Read(model);
        Compare("C# reference, 1 thread", Reference(graph), "LiteRT ref, 1 thread", model, Flavour.Ref, 1);
        int threads = Environment.ProcessorCount;
        using OpenClDevice device = OpenClDevice.Open();
        using OpenClPipeline pipeline = new(device, graph, LiteRt.Opt, ImmutableHashSet<TensorIndex>.Empty);
        TensorSet inputs = InputReader.FromSeed(graph, 0).Tensors;
        pipeline.RunCumulative(inputs, TensorSet.Empty);
        Compare($"OpenCL, {device.Facts.ComputeUnits} compute units", count => [.. pipeline.Measure(count)], $"LiteRT opt, {threads} threads", model, Flavour.Opt, threads);
        Compare($"OpenCL, {device.Facts.ComputeUnits} compute units", count => [.. pipeline.Measure(count)], $"LiteRT xnn, {threads} threads", model, Flavour.Xnn, threads);
        return 0;
    }

    private static Func<int, double[]> Reference(Graph graph)
    {
        ReferencePipeline pipeline = new(graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        TensorSet inputs = InputReader.FromSeed(graph, 0).Tensors;
        return count => [.. Enumerable.Range(0, count).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            Dictionary<TensorIndex, TensorValue> values = [];
            foreach (Operator op in graph.Operators)
            {
                OperatorResult result = pipeline.Run(op.Index, tensor =>
                    values.GetValueOrDefault(tensor) ?? (inputs.TryGetInput(tensor, out TensorValue? input) ? input : null));
                foreach ((TensorIndex output, TensorValue value) in op.Outputs.Zip(result.Outputs))
                    values[output] = value;
            }
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        })];
    }

    private static void Compare(string name, Func<int, double[]> run, string otherName, string model, Flavour flavour, int threads)
    {
        using LiteRtTimer other = new(model, flavour, threads);
        run(Repetitions);
        (double Ours, double Theirs)[] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => (Median(run(Repetitions)), Median(other.Run(Repetitions))))];
        double[] ratios = [.. rounds.Select(round => round.Ours / round.Theirs)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-28} {Median(rounds.Select(round => round.Ours)),8:F2} ms   {otherName,-24} {Median(rounds.Select(round => round.Theirs)),8:F2} ms   ratio {Median(ratios):F3} ({ratios.Min():F3} to {ratios.Max():F3})"));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return ordered[ordered.Length / 2];
    }
}
