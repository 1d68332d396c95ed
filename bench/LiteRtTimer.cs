using System.Diagnostics;
using System.Globalization;
using OffByN.Reference.Oracles;

namespace OffByN.Bench;

/// <summary>LiteRT's own invoke in a Python process, timed a few invocations at a time, so that it alternates with what it is compared with.</summary>
internal sealed class LiteRtTimer : IDisposable
{
    private readonly Process process;

    public LiteRtTimer(string model, Flavour flavour, int threads)
    {
        OracleRuntime runtime = PythonRuntime.FindAll().FirstOrDefault() ?? throw new InvalidOperationException(PythonRuntime.HowToGet);
        ProcessStartInfo start = new(Path.Combine(runtime.From, "bin", "python"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in new[] { Path.Combine(AppContext.BaseDirectory, "litert_speed.py"), model, flavour.ToString().ToLowerInvariant(), $"{threads}" })
            start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        if (process.StandardOutput.ReadLine() != "ready")
            throw new InvalidOperationException($"LiteRT did not start on {model}");
    }

    /// <summary>Milliseconds of each of <paramref name="invocations"/>.</summary>
    public double[] Run(int invocations)
    {
        process.StandardInput.WriteLine(invocations);
        return [.. process.StandardOutput.ReadLine()!.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
