using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Golden;
using OffByN.Harness.Reporting;
using OffByN.Model;

namespace OffByN.Harness.CommandLine;

/// <summary>The options that ask for report files: <c>--json FILE</c> and its like.</summary>
internal sealed class ReportOptions
{
    private readonly ImmutableArray<(ReportFormat Format, Option<string?> Option)> formats =
        [.. ReportFormats.All.Select(format => (format, new Option<string?>($"--{format.Name}") { Description = format.Description, HelpName = "FILE" }))];

    public void AddTo(Command command)
    {
        foreach ((_, Option<string?> option) in formats)
            command.Options.Add(option);
    }

    /// <summary>Whether a report is asked for that shows where in a tensor elements differ.</summary>
    public bool NeedMaps(ParseResult parsed) => formats.Any(format => format.Format.ShowsMaps && parsed.GetValue(format.Option) is not null);

    /// <summary>The files that were asked for.</summary>
    public IEnumerable<string> Written(ParseResult parsed) => formats.Select(format => parsed.GetValue(format.Option)).OfType<string>();

    /// <summary>Makes sure, before any work, that every file that was asked for can be written.</summary>
    /// <exception cref="UserErrorException">One of them cannot.</exception>
    public ReportFiles Open(ParseResult parsed)
    {
        ReportFiles files = new();
        try
        {
            foreach ((ReportFormat format, Option<string?> option) in formats)
            {
                if (parsed.GetValue(option) is { } path)
                    files.Add(format, AtomicFile.Create(path));
            }
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }
}

/// <summary>Report files that are written all at the end; a command that ends before leaves none of them behind.</summary>
internal sealed class ReportFiles : IDisposable
{
    private readonly List<(ReportFormat Format, AtomicFile File)> files = [];

    public void Add(ReportFormat format, AtomicFile file) => files.Add((format, file));

    public void Write(VerificationReport report)
    {
        foreach ((ReportFormat format, AtomicFile file) in files)
        {
            using MemoryStream rendered = new();
            format.Write(report, rendered);
            file.Write(rendered.GetBuffer().AsSpan(0, (int)rendered.Length));
        }
        foreach ((_, AtomicFile file) in files)
            file.Commit();
    }

    public void Dispose()
    {
        foreach ((_, AtomicFile file) in files)
            file.Dispose();
    }
}
