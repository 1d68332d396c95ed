using System.Diagnostics;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Snapshots;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Bench;

/// <summary>The program itself, in a process of its own, as a script runs it.</summary>
internal static class OffByNProgram
{
    public static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new(Program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>The one that ./offbyn runs: compiled ahead of time where set-up could do that.</summary>
    private static string Program
    {
        get
        {
            string artifacts = AppContext.BaseDirectory[..(AppContext.BaseDirectory.LastIndexOf("artifacts", StringComparison.Ordinal) + "artifacts".Length)];
            string compiled = Path.Combine(artifacts, "programs", "OffByN.Harness", "release", "offbyn");
            return File.Exists(compiled) ? compiled : Path.Combine(artifacts, "bin", "OffByN.Harness", "release", "offbyn");
        }
    }

    /// <summary>Exit code, output, and seconds from start to end.</summary>
    public static (int Code, string Output, double Seconds) Run(params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using Process program = Start(arguments);
        Task<string> errors = program.StandardError.ReadToEndAsync();
        string output = program.StandardOutput.ReadToEnd();
        program.WaitForExit();
        return (program.ExitCode, output + errors.Result, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>A snapshot of the model in one flavour on seeded input, by the default oracle.</summary>
    /// <exception cref="UserErrorException">There is no oracle here.</exception>
    public static OpenSnapshot Capture(string model, string folder)
    {
        (int code, string output, _) = Run("golden", "capture", model, "--seed", "0", "--flavour", "ref", "--out", folder);
        return code == 0 ? SnapshotFolder.Open(folder) : throw new UserErrorException($"golden capture ended with {code}: {output}");
    }

    /// <summary>The tensors of a snapshot's entry as a dump; of those that differ every thousandth element is off by one.</summary>
    public static void WriteDump(OpenSnapshot golden, string path, bool differs)
    {
        Dictionary<string, TensorValue> tensors = [];
        foreach (SnapshotTensor tensor in golden.Snapshot.Entries[0].Tensors.Where(tensor => GoldenEntries.IndexOf(tensor.Key) is not null))
        {
            TensorValue value = golden.Data.Get(tensor)!;
            byte[] data = value.Data.ToArray();
            for (int i = 0; differs && i < data.Length; i += 1000)
                data[i] ^= 1;
            tensors[tensor.Key] = value with { Data = data };
        }
        SafeTensors.Write(path, new TensorSet(tensors));
    }
}
