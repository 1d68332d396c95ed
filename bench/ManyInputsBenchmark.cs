using System.Diagnostics;
using System.Globalization;

namespace OffByN.Bench;

/// <summary>
/// <c>verify MODEL --seeds 0..99 --flavour opt</c>, the whole command: inputs a second, every layer and every statistic, isolated and cumulative. Beside it the
/// command on one input, whose time is mostly starting up, and the most memory that the program itself held: anonymous, and tensors of its workers that it had mapped.
/// </summary>
internal static class ManyInputsBenchmark
{
    private const int Inputs = 100;

    public static int Run(string model)
    {
        double one = Measure(model, 1), many = Measure(model, Inputs);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"beyond the first: {(Inputs - 1) / (many - one):f1} inputs a second"));
        return 0;
    }

    private static double Measure(string model, int inputs)
    {
        long start = Stopwatch.GetTimestamp();
        double before = ProcessorSeconds();
        using Process program = OffByNProgram.Start("verify", model, "--seeds", $"0..{inputs - 1}", "--flavour", "opt");
        Task<string> output = program.StandardOutput.ReadToEndAsync(), errors = program.StandardError.ReadToEndAsync();
        (long anonymous, long mapped) = (0, 0);
        while (!program.WaitForExit(50))
            (anonymous, mapped) = (Math.Max(anonymous, Kilobytes(program.Id, "RssAnon")), Math.Max(mapped, Kilobytes(program.Id, "RssShmem")));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (program.ExitCode != 0)
            throw new InvalidOperationException($"verify ended with {program.ExitCode}: {output.Result}{errors.Result}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{inputs} inputs: {seconds:f2} s, {inputs / seconds:f1} a second, {ProcessorSeconds() - before:f1} s of processor time, {anonymous >> 10} MiB anonymous, {mapped >> 10} MiB mapped; {output.Result.Split('\n')[0]}"));
        return seconds;
    }

    /// <summary>What the processes took that this one has waited for, and those that they waited for.</summary>
    private static double ProcessorSeconds()
    {
        const double Ticks = 100;
        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / Ticks;
    }

    private static long Kilobytes(int process, string name)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has just ended.
            return 0;
        }
    }
}
