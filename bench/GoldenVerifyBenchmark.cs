using System.Diagnostics;
using System.Globalization;
using OffByN.Golden.Snapshots;

namespace OffByN.Bench;

/// <summary>
/// <c>verify --oracle golden:DIR --candidate dump:FILE</c>, the whole command from process start to end, on equal tensors, and on tensors of which every thousandth
/// element is off by one, which are then diagnosed. Beside it what numpy takes to read the same tensors and say how many elements differ and by how much, in a whole process too.
/// </summary>
internal static class GoldenVerifyBenchmark
{
    private const int Repetitions = 11;

    private const string Numpy = """
        import json, struct, sys, time
        import numpy as np
        def read(path):
            data = open(path, 'rb').read()
            length = struct.unpack('<Q', data[:8])[0]
            types = {'U8': 'u1', 'I8': 'i1', 'I16': '<i2', 'I32': '<i4', 'I64': '<i8', 'F32': '<f4'}
            return {name: np.frombuffer(data[8 + length + e['data_offsets'][0]:8 + length + e['data_offsets'][1]], types[e['dtype']])
                    for name, e in json.loads(data[8:8 + length]).items() if name != '__metadata__'}
        golden, dump = read(sys.argv[1]), read(sys.argv[2])
        start, size = time.perf_counter(), 0
        for key, digest in json.loads(sys.argv[3]).items():
            expected, actual = golden[digest].astype(np.int64), dump[key].astype(np.int64)
            difference = actual - expected
            np.count_nonzero(difference), np.abs(difference).max(), np.sqrt(np.mean(difference.astype(np.float64) ** 2))
            np.dot(expected, actual) / (float(np.dot(expected, expected)) * float(np.dot(actual, actual)) + 1e-300) ** 0.5
            size += dump[key].nbytes
        print(f'{size / (time.perf_counter() - start) / 1e6:.0f}')
        """;

    public static int Run(string model)
    {
        using TemporaryDirectory folder = new();
        string golden = folder.File("golden"), dump = folder.File("dump.safetensors"), equal = folder.File("equal.safetensors");
        OpenSnapshot snapshot = OffByNProgram.Capture(model, golden);
        OffByNProgram.WriteDump(snapshot, equal, differs: false);
        OffByNProgram.WriteDump(snapshot, dump, differs: true);
        Measure("verify against the golden, the whole command", 0, "verify", model, "--oracle", $"golden:{golden}", "--candidate", $"dump:{equal}");
        Measure("the same where every tensor differs, with the diagnosis", 1, "verify", model, "--oracle", $"golden:{golden}", "--candidate", $"dump:{dump}");
        Measure("of that, starting the program and doing nothing", 0, "--version");
        Console.WriteLine($"numpy: {WithNumpy(snapshot, golden, dump)}");
        Console.WriteLine("polygraphy: not measured here");
        return 0;
    }

    private static void Measure(string what, int expected, params string[] arguments)
    {
        double[] seconds = [.. Enumerable.Range(0, Repetitions).Select(_ => Seconds(expected, arguments)).Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: median {1000 * seconds[Repetitions / 2]:f0} ms, fastest {1000 * seconds[0]:f0} ms of {Repetitions}"));
    }

    private static double Seconds(int expected, params string[] arguments) => OffByNProgram.Run(arguments) is var (code, output, seconds) && code == expected
        ? seconds
        : throw new InvalidOperationException($"expected exit code {expected}, found {code}: {output}");

    private static string WithNumpy(OpenSnapshot snapshot, string golden, string dump)
    {
        string? python = Reference.Oracles.PythonRuntime.FindAll().Select(runtime => Path.Combine(runtime.From, "bin", "python")).FirstOrDefault(File.Exists);
        if (python is null)
            return "no Python environment is here";
        string digests = System.Text.Json.JsonSerializer.Serialize(
            snapshot.Snapshot.Entries[0].Tensors.Where(tensor => Reference.Oracles.GoldenEntries.IndexOf(tensor.Key) is not null).ToDictionary(tensor => tensor.Key, tensor => tensor.Sha256));
        ProcessStartInfo info = new(python) { ArgumentList = { "-c", Numpy, Path.Combine(golden, snapshot.Snapshot.Data[0]), dump, digests }, RedirectStandardOutput = true };
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(info)!;
        string rate = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return string.Create(CultureInfo.InvariantCulture, $"{1000 * Stopwatch.GetElapsedTime(start).TotalSeconds:f0} ms for the process, {rate} MB/s while comparing (differing, largest, RMSE, cosine; no operators)");
    }
}
