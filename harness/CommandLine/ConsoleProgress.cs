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

    public void Dispose()
    {
        if (watched)
            errors.Write("\r\x1b[2K");
    }
}
