using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Kernels;
using OffByN.Model;

namespace OffByN.Bench;

/// <summary>
/// Times whole runs of a network in the OpenCL pipeline: all kernels enqueued at once, median and fastest of many, and the process's processor time, which
/// other programs on the machine disturb less. PoCL reads its number of threads when it starts, so each number runs in a process of its own.
/// </summary>
internal static class OpenClBenchmark
{
    private const string ThreadsVariable = "POCL_MAX_PTHREAD_COUNT";
    private const int Repetitions = 101;

    /// <param name="model">Path of a .tflite file.</param>
    /// <param name="isPerLayer">Whether to print each operator's median time too.</param>
    public static int Run(string model, bool isPerLayer)
    {
        if (Environment.GetEnvironmentVariable(ThreadsVariable) is not { } threads)
            return new[] { 1, Environment.ProcessorCount }.Distinct().Max(count => RunWith(count));
        Graph graph = TfliteReader.Read(model);
        using OpenClDevice device = OpenClDevice.Open();
        long start = Stopwatch.GetTimestamp();
        using OpenClPipeline pipeline = new(device, graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        double build = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        OpenClCapture capture = pipeline.RunCumulative(RandomInputs(graph), TensorSet.Empty);
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (!capture.NotComputed.IsEmpty)
            Print($"not computed: {capture.NotComputed.Count} of {graph.Operators.Length} operators, such as {capture.NotComputed.First().Value}");
        TimeSpan used = Environment.CpuUsage.TotalTime;
        ImmutableArray<double> runs = pipeline.Measure(Repetitions);
        double processor = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / Repetitions;
        double[] sorted = [.. runs.Order()];
        Print($"{device.Facts}");
        Print($"threads {threads}: {pipeline.Programs} programs prepared in {build:0} ms, first run {first:0} ms");
        Print($"threads {threads}: median {sorted[Repetitions / 2]:0.00} ms, fastest {sorted[0]:0.00} ms, processor time {processor:0.00} ms a run ({Repetitions} runs)");
        foreach ((LayerIndex layer, string kernel, double milliseconds) in isPerLayer ? pipeline.MeasureLayers(Repetitions) : [])
            Print($"  {layer.Value,3} {milliseconds,7:0.000} ms  {kernel}");
        return 0;

        int RunWith(int count)
        {
            ProcessStartInfo self = new(Environment.ProcessPath!, Environment.GetCommandLineArgs()[1..]);
            if (Path.GetFileNameWithoutExtension(self.FileName) == "dotnet")
                self.ArgumentList.Insert(0, Environment.GetCommandLineArgs()[0]);
            self.Environment[ThreadsVariable] = count.ToString(CultureInfo.InvariantCulture);
            using Process process = Process.Start(self)!;
            process.WaitForExit();
            return process.ExitCode;
        }
    }

    private static TensorSet RandomInputs(Graph graph)
    {
        Random random = new(0);
        return new(graph.Inputs.Select(index =>
        {
            TensorInfo input = graph[index];
            byte[] data = new byte[input.Type.Bytes(input.Shape!.Elements)];
            random.NextBytes(data);
            return KeyValuePair.Create(TensorSet.InputKeyOf(index), new TensorValue(input.Type, input.Shape, data));
        }));
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
