using OffByN.Harness.CommandLine;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Model.Writing;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Diagnosis;

public sealed class ExplainCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly StringWriter errors = new();
    private readonly TestConsole console = new TestConsole().Width(200);

    [Fact]
    public async Task A_layer_that_the_model_lacks_is_a_user_error_that_says_which_there_are()
    {
        Assert.Equal(2, await RunAsync("--layer", "31"));
        Assert.Contains("31 operators, expected 0 to 30", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_no_output_has_is_a_user_error()
    {
        Assert.Equal(2, await RunAsync("--layer", "nothing of that name"));
        Assert.Contains("no operator of", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_several_outputs_contain_is_a_user_error_that_lists_them()
    {
        Assert.Equal(2, await RunAsync("--layer", "depthwise"));
        Assert.Contains("could be operator", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_element_of_words_is_a_user_error()
    {
        Assert.Equal(2, await RunAsync("--layer", "0", "--element", "a,b"));
        Assert.Contains("whole numbers separated by commas", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_model_nor_accumulator_is_a_user_error()
    {
        Assert.Equal(2, await Application.RunAsync(["explain"], console, errors, CancellationToken.None));
        Assert.Contains("explain needs a model with --layer, or an accumulator", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--acc", "585")]
    [InlineData("--shift", "6")]
    [InlineData("--expected", "1")]
    public async Task Bare_numbers_beside_a_model_are_refused_and_not_passed_over(string option, string value)
    {
        Assert.Equal(2, await RunAsync("--layer", "0", option, value));
        Assert.StartsWith($"offbyn: {option} is for bare numbers", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--layer", "0")]
    [InlineData("--candidate", "reference")]
    public async Task What_needs_a_model_is_refused_without_one(string option, string value)
    {
        Assert.Equal(2, await Application.RunAsync(["explain", "--acc", "585", "--multiplier", "1527099593", "--shift", "6", option, value], console, errors, CancellationToken.None));
        Assert.StartsWith($"offbyn: {option} needs a model", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_without_outputs_is_said_to_have_none()
    {
        string model = folder.File("assign.tflite");
        File.WriteAllBytes(model, ModelWriter.Write(new()
        {
            Path = "",
            Sha256 = "",
            Tensors = [Numbers(0), Numbers(1)],
            Operators =
            [
                new() { Index = new(0), Code = BuiltinOperator.AssignVariable, Inputs = [new(0), new(0)], Outputs = [] },
                new() { Index = new(1), Code = BuiltinOperator.Relu, Inputs = [new(0)], Outputs = [new(1)] },
            ],
            Inputs = [new(0)],
            Outputs = [new(1)],
        }));
        Assert.Equal(0, await Application.RunAsync(["explain", model, "--layer", "0", "--quiet"], console, errors, CancellationToken.None));
        Assert.Contains("operator 0 ASSIGN_VARIABLE has no outputs", console.Output, StringComparison.Ordinal);

        static TensorInfo Numbers(int index) => new() { Index = new(index), Name = $"t{index}", Type = TensorType.Float32, Shape = [4] };
    }

    [SkippableFact]
    public async Task A_layer_that_does_not_diverge_is_said_not_to_and_its_trace_is_printed()
    {
        Requirement.LiteRt();
        Assert.Equal(0, await RunAsync("--candidate", "reference", "--layer", "3", "--element", "0,1,1,4"));
        Assert.Contains("does not diverge", console.Output, StringComparison.Ordinal);
        foreach (string step in new[] { "sum", "bias", "accumulator", "factor M", "multiplier m", "high multiply", "remainder", "rounded", "clamp" })
            Assert.Contains(step, console.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_element_outside_the_tensor_is_a_user_error_that_gives_its_shape()
    {
        Requirement.LiteRt();
        Assert.Equal(2, await RunAsync("--candidate", "reference", "--layer", "3", "--element", "0,1,1,4444"));
        Assert.Contains("expected 4 indices", errors.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_layer_that_diverges_shows_the_first_step_that_differs()
    {
        Requirement.LiteRt();
        Requirement.OpenCl();
        string kernels = Path.Combine(AppContext.BaseDirectory, "examples", "issue-188", "shift");
        Assert.Equal(0, await RunAsync("--candidate", $"kernels:{kernels}", "--layer", "0", "--taps"));
        string[] lines = console.Output.Split('\n');
        string marked = Assert.Single(lines, line => line.TrimStart().StartsWith("> ", StringComparison.Ordinal));
        Assert.True(marked.Contains("high multiply", StringComparison.Ordinal) || marked.Contains("rounded", StringComparison.Ordinal), marked);
        Assert.Contains("with the expected rounding", console.Output, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        folder.Dispose();
        errors.Dispose();
        console.Dispose();
    }

    private Task<int> RunAsync(params string[] arguments)
    {
        string model = folder.File("demo.tflite");
        File.WriteAllBytes(model, DemoModel.Write(new(Resolution: 32, Channels: 8, Classes: 10)));
        return Application.RunAsync(["explain", model, "--quiet", .. arguments], console, errors, CancellationToken.None);
    }
}
