using System.Diagnostics;
using System.Globalization;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Bench;

/// <summary>
/// Milliseconds of one capture in a worker that is warm: load the tapped model, allocate, run, read every tensor, write them to a file. The best and the median of
/// repeated ones, for every oracle that is here.
/// </summary>
internal static class CaptureBenchmark
{
    private const int Runs = 15;

    public static async Task RunAsync(string model)
    {
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(model);
        Console.WriteLine("| oracle | flavour | threads | best ms | median ms |");
        Console.WriteLine("|---|---|---:|---:|---:|");
        foreach (OracleRuntime runtime in OracleCatalogue.Found())
        {
            WorkerClient worker = await WorkerClient.StartAsync(runtime.Program, WorkerLimits.Default).ConfigureAwait(false);
            await using (worker.ConfigureAwait(false))
            {
                string path = Path.Combine(worker.Folder, "model.tflite"), inputs = Path.Combine(worker.Folder, "inputs.safetensors");
                await File.WriteAllBytesAsync(path, Tapping.Tap(bytes, graph)).ConfigureAwait(false);
                SafeTensors.Write(inputs, InputReader.FromSeed(graph, 0).Tensors);
                foreach ((Flavour flavour, int threads) in from flavour in runtime.Flavours from threads in new[] { 1, 2 } select (flavour, threads))
                {
                    CaptureOrder order = new(
                        path, flavour.ToString().ToLowerInvariant(), threads, inputs, Path.Combine(worker.Folder, "capture.safetensors"),
                        [.. Tapping.Tapped(graph).Select(tensor => tensor.Value)], []);
                    double[] times = new double[Runs];
                    for (int run = 0; run < Runs; run++)
                    {
                        long start = Stopwatch.GetTimestamp();
                        await worker.AskAsync(OracleVerbs.Capture, order).ConfigureAwait(false);
                        times[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                    }
                    Array.Sort(times);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"| {runtime.Name} | {flavour.ToString().ToLowerInvariant()} | {threads} | {times[0]:f1} | {times[Runs / 2]:f1} |"));
                }
            }
        }
    }
}
