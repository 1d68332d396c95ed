using OffByN.Harness.CommandLine;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.CommandLine;

/// <summary>What scripts depend on: exit codes, and one clear line on stderr without a stack trace.</summary>
public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("nonsense")]
    [InlineData("verify")]
    [InlineData("verify", "--nonsense")]
    [InlineData("verify", "/no/such/model.tflite")]
    [InlineData("inspect", "/no/such/model.tflite")]
    [InlineData("explain")]
    [InlineData("explain", "--acc", "1", "--multiplier", "5")]
    [InlineData("explain", "--acc", "1", "--multiplier", "5", "--shift", "99")]
    [InlineData("explain", "--acc", "many", "--multiplier", "5", "--shift", "1")]
    [InlineData("explain", "--acc", "1", "--scales", "1,2")]
    public async Task Bad_arguments_are_2(params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.StartsWith("offbyn: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_found_out_before_the_model_is_read()
    {
        (int code, _, string errors) = await RunAsync("verify", "/no/such/model.tflite", "--json", "/no/such/folder/report.json");

        Assert.Equal(2, code);
        Assert.Contains("/no/such/folder/report.json", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("offbyn: Cannot parse argument '-1' for option '--seed': expected a whole number of at least 0.", "verify", "model.tflite", "--seed", "-1")]
    [InlineData("offbyn: Unrecognized command or argument 'nonsense'.", "nonsense")]
    public async Task A_wrong_argument_is_told_in_a_users_words(string expected, params string[] arguments) =>
        Assert.Equal(expected, (await RunAsync(arguments)).Errors.Split('\n')[0]);

    [Fact]
    public async Task A_baseline_that_cannot_be_written_is_found_out_before_any_worker_starts()
    {
        (int code, _, string errors) = await RunAsync("verify", Path.Combine(Repository.Root, "examples", "command", "tiny.tflite"), "--baseline", "/no/such/folder/baseline.json", "--update");

        Assert.Equal(2, code);
        Assert.Contains("/no/such/folder/baseline.json", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("capturing", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("explain")]
    [InlineData("bisect")]
    [InlineData("inspect")]
    [InlineData("tap")]
    [InlineData("demo")]
    public async Task Every_command_shows_an_example(string command)
    {
        using StringWriter help = new();
        TextWriter before = Console.Out;
        Console.SetOut(help);
        try
        {
            Assert.Equal(0, (await RunAsync(command, "--help")).Code);
        }
        finally
        {
            Console.SetOut(before);
        }
        Assert.Contains($"offbyn {command}", help.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_has_a_line_for_each_command()
    {
        using StringWriter help = new();
        TextWriter before = Console.Out;
        Console.SetOut(help);
        try
        {
            Assert.Equal(0, (await RunAsync("--help")).Code);
        }
        finally
        {
            Console.SetOut(before);
        }
        string[] lines = help.ToString().TrimEnd().Split('\n');
        int commands = Array.FindIndex(lines, line => line.StartsWith("Commands:", StringComparison.Ordinal));
        Assert.Equal(12, lines.Length - commands - 1);
        Assert.All(lines[(commands + 1)..], line => Assert.Matches("^  [a-z]+ .*[a-z]", line));
    }

    /// <summary>tensorflow#102943, from scales: only XNNPACK's factor gives what TFLite gave.</summary>
    [Fact]
    public async Task Explaining_from_scales_names_XNNPACK_alone_among_the_legitimate()
    {
        (int code, string output, _) = await RunAsync(
            "explain", "--acc", "585", "--scales", "0.05296124517917633,0.024093778803944588,0.11484327912330627", "--zero-point", "-126",
            "--expected", "-120", "--actual", "-119");

        Assert.Equal(0, code);
        string[] expected = [.. output.Split('\n').Where(line => line.Contains("expected", StringComparison.Ordinal) && line.TrimStart().StartsWith('L'))];
        Assert.Contains("XNNPACK", Assert.Single(expected), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using TestConsole console = new() { Profile = { Width = 160 } };
        using StringWriter errors = new();
        int code = await Application.RunAsync(arguments, console, errors, CancellationToken.None);
        return (code, console.Output, errors.ToString());
    }
}
