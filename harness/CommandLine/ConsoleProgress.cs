namespace OffByN.Harness.CommandLine;

/// <summary>What is going on, on one line of a terminal's stderr that the next message overwrites; nothing where nobody watches.</summary>
internal sealed class ConsoleProgress(TextWriter errors, bool quiet) : IProgress<string>, IDisposable
{
    private readonly bool watched = !quiet && !Console.IsErrorRedirected;

    public void Report(string value)
    {
        if (watched)
            errors.Write($"\r\x1b[2Koffbyn: {value} ...");
    }

    /// <summary>Makes room for something else on the line.</summary>
    public void Clear()
    {
        if (watched)
            errors.Write("\r\x1b[2K");
    }

    public void Dispose() => Clear();
}
