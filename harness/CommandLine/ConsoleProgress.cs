using System.Diagnostics;

namespace OffByN.Harness.CommandLine;

/// <summary>
/// What is going on: on one line of a terminal's stderr that the next message overwrites; where stderr is a file or a pipe, a line now and then, so that only what takes long leaves a
/// trace there.
/// </summary>
internal sealed class ConsoleProgress(TextWriter errors, bool quiet) : IProgress<string>, IDisposable
{
    /// <summary>Between lines that are not overwritten, and before the first.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly bool isTerminal = !Console.IsErrorRedirected;
    private long last = Stopwatch.GetTimestamp();

    public void Report(string value)
    {
        if (quiet)
            return;
        if (isTerminal)
        {
            errors.Write($"\r\x1b[2Koffbyn: {value} ...");
        }
        else if (Stopwatch.GetElapsedTime(last) >= Interval)
        {
            errors.WriteLine($"offbyn: {value} ...");
            last = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Makes room for something else on the line.</summary>
    public void Clear()
    {
        if (!quiet && isTerminal)
            errors.Write("\r\x1b[2K");
    }

    public void Dispose() => Clear();
}
