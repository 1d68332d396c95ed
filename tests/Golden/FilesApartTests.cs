using OffByN.Golden;
using OffByN.Harness.CommandLine;
using OffByN.Model;
using OffByN.Tests.Candidates;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Golden;

/// <summary>What is written takes the place of nothing that is read, whatever path leads there.</summary>
public sealed class FilesApartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FilesApartTests()
    {
        Directory.CreateDirectory(folder.File("sub"));
        Directory.CreateDirectory(folder.File("dump"));
        File.WriteAllText(folder.File("read"), "precious");
        File.WriteAllText(folder.File("dump/3.npy"), "precious");
        File.WriteAllText(folder.File("dump/report.json"), "an old report");
        File.CreateSymbolicLink(folder.File("symbolic"), folder.File("read"));
        File.CreateSymbolicLink(folder.File("folder"), folder.Path);
        System.Diagnostics.Process.Start("ln", [folder.File("read"), folder.File("hard")]).WaitForExit();
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("read", "read")]
    [InlineData("./read", "read")]
    [InlineData("sub/../read", "read")]
    [InlineData("symbolic", "read")]
    [InlineData("read", "symbolic")]
    [InlineData("hard", "read")]
    [InlineData("folder/read", "read")]
    [InlineData("folder/folder/hard", "symbolic")]
    [InlineData("dump/3.npy", "dump")]
    [InlineData("folder/dump/3.npy", "./dump/")]
    public void A_file_that_is_read_is_not_written_by_any_name(string written, string read)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => FilesApart.Require([folder.File(written)], [folder.File(read)]));
        Assert.Contains("which is read here", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new", "folder/new")]
    [InlineData("sub/new", "sub/../folder/sub/new")]
    [InlineData("read", "hard")]
    public void A_file_is_not_written_twice_by_any_name(string first, string second) => Assert.Contains(
        "a file of its own for each report", Assert.Throws<UserErrorException>(() => FilesApart.Require([folder.File(first), folder.File(second)], [])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("new", "read")]
    [InlineData("sub/read", "read")]
    [InlineData("dump/report.json", "dump")]
    [InlineData("dump/4.npy", "dump")]
    [InlineData("read", "not-there")]
    [InlineData("not/there", "read")]
    public void Other_files_may_be_written(string written, string read) => FilesApart.Require([folder.File(written), folder.File("another")], [folder.File(read)]);

    public static TheoryData<string[]> Commands => new()
    {
        { ["verify", "MODEL", "--json", "MODEL"] },
        { ["verify", "MODEL", "--html", "LINK"] },
        { ["verify", "MODEL", "--input", "READ", "--junit", "READ"] },
        { ["verify", "MODEL", "--policy", "READ", "--markdown", "READ"] },
        { ["verify", "MODEL", "--labels", "READ", "--sarif", "READ"] },
        { ["verify", "MODEL", "--baseline", "READ", "--json", "READ"] },
        { ["verify", "MODEL", "--baseline", "READ", "--update", "--json", "READ"] },
        { ["verify", "MODEL", "--baseline", "MODEL", "--update"] },
        { ["verify", "MODEL", "--mapping", "READ", "--candidate", "dump:DUMP", "--json", "READ"] },
        { ["verify", "MODEL", "--candidate", "dump:DUMP", "--json", "DUMP/3.npy"] },
        { ["verify", "MODEL", "--candidate", "kernels:DUMP", "--json", "DUMP/conv_2d.cl"] },
        { ["verify", "MODEL", "--candidate", "command:python3 READ", "--json", "READ"] },
        { ["verify", "MODEL", "--oracle", "golden:DUMP", "--json", "DUMP/manifest.json"] },
        { ["stress", "--candidate", "kernels:DUMP", "--json", "DUMP/conv_2d.cl"] },
        { ["tap", "MODEL", "LINK"] },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_refuses_before_any_work_and_everything_stays_as_it_was(string[] command)
    {
        File.WriteAllText(folder.File("dump/conv_2d.cl"), "precious");
        File.WriteAllText(folder.File("dump/manifest.json"), "precious");
        File.Copy(TinyModel.File, folder.File("model.tflite"));
        File.CreateSymbolicLink(folder.File("link"), "model.tflite");
        string[] before = [.. folder.Files];
        string[] arguments = [.. command.Select(word => word.Replace("MODEL", folder.File("model.tflite"), StringComparison.Ordinal).Replace("LINK", folder.File("link"), StringComparison.Ordinal)
            .Replace("READ", folder.File("read"), StringComparison.Ordinal).Replace("DUMP", folder.File("dump"), StringComparison.Ordinal))];
        using TestConsole console = new();
        using StringWriter errors = new();

        Assert.Equal(2, await Application.RunAsync(arguments, console, errors, CancellationToken.None));

        Assert.Contains("expected a file of its own", errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(console.Output);
        Assert.Equal(before, folder.Files);
        Assert.Equal(File.ReadAllBytes(TinyModel.File), File.ReadAllBytes(folder.File("model.tflite")));
        Assert.All(new[] { "read", "dump/3.npy", "dump/conv_2d.cl", "dump/manifest.json" }, name => Assert.Equal("precious", File.ReadAllText(folder.File(name))));
    }
}
