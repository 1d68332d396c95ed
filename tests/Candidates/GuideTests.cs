using System.Diagnostics;
using System.Text.RegularExpressions;
using OffByN.Harness.Candidates;
using Xunit;

namespace OffByN.Tests.Candidates;

/// <summary><c>docs/first-dump.md</c>, followed to the letter: its commands are run one after the other, and what they print is looked for.</summary>
public sealed partial class GuideTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [SkippableFact]
    public async Task Every_command_of_the_guide_exits_and_prints_as_it_says()
    {
        Requirement.LiteRt();
        Skip.If(Words.FindProgram("python3") is null, "python3 is not installed");
        string program = Path.Combine(Repository.Root, "artifacts", "bin", "OffByN.Harness", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "offbyn");
        File.CreateSymbolicLink(temporary.File("offbyn"), program);
        File.CreateSymbolicLink(temporary.File("examples"), Path.Combine(Repository.Root, "examples"));

        (string Command, string[] Lines)[] steps = [.. Steps(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "first-dump.md")))];
        foreach ((string command, string[] lines) in steps)
        {
            (int code, string printed) = await RunAsync(command);

            int expected = Exit().Match(command) is { Success: true } match ? match.Groups[1].Value[0] - '0' : 0;
            Assert.True(code == expected, $"{command}\nexited with {code}\n{printed}");
            Assert.All(lines, line => Assert.Contains(Spaced(line), printed, StringComparison.Ordinal));
        }
        Assert.Equal(11, steps.Length);
    }

    /// <summary>Each line of a console block that begins with a prompt, and those under it.</summary>
    private static IEnumerable<(string Command, string[] Lines)> Steps(string page)
    {
        foreach (Match block in Console().Matches(page))
        {
            string[] lines = block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach ((int at, string line) in lines.Index().Where(line => line.Item.StartsWith("$ ", StringComparison.Ordinal)))
                yield return (line[2..], [.. lines.Skip(at + 1).TakeWhile(next => !next.StartsWith("$ ", StringComparison.Ordinal))]);
        }
    }

    private async Task<(int Code, string Printed)> RunAsync(string command)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", command]) { WorkingDirectory = temporary.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        // The reports' lines for a step of GitHub Actions are not what the guide is about.
        start.Environment.Remove("GITHUB_ACTIONS");
        using Process shell = Process.Start(start)!;
        Task<string> errors = shell.StandardError.ReadToEndAsync();
        string output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        return (shell.ExitCode, Spaced(output + await errors));
    }

    /// <summary>Columns and line breaks are the terminal's.</summary>
    private static string Spaced(string text) => Space().Replace(text, " ").Trim();

    [GeneratedRegex("```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Console();

    [GeneratedRegex("# exits with ([0-9])$")]
    private static partial Regex Exit();

    [GeneratedRegex("\\s+")]
    private static partial Regex Space();
}
