using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Exploration;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Tests.Diagnosis;
using OffByN.Tests.Model;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Exploration;

/// <summary>A person at a terminal, word by word; the reference stands for the oracle.</summary>
public sealed class ExplorationPromptTests
{
    [Fact]
    public async Task Enter_goes_from_the_frontier_to_the_worst_element_and_on()
    {
        string text = await SayAsync("", "", "", "quit");
        AssertInOrder(text, "frontier:", "worst element:", "by how much", "high multiply", "by how much");
    }

    [Fact]
    public async Task Guesses_are_tried_where_one_is()
    {
        string text = await SayAsync("layer 0", "if plain-shift", "element", "if shift = 3", "quit");
        AssertInOrder(text, "what if plain-shift:", "explains", "what if shift = 3:", "actual column: shift = 3");
    }

    [Theory]
    [InlineData("layer 99", "there is no such operator")]
    [InlineData("layer -1", "layer expects the position")]
    [InlineData("element 1,2", "expected 4 indices")]
    [InlineData("if nonsense", "no hypothesis")]
    [InlineData("if", "no hypothesis")]
    [InlineData("help", "what a guess would explain")]
    [InlineData("[red]", "what a guess would explain")]
    public async Task What_it_does_not_understand_ends_nothing(string said, string answer)
    {
        string text = await SayAsync("layer 0", said, "frontier", "quit");
        AssertInOrder(text, answer, "frontier:");
    }

    [Fact]
    public async Task An_operator_is_chosen_from_the_list_with_the_keys()
    {
        using TestConsole console = new TestConsole().Width(160).Interactive();
        console.Input.PushTextWithEnter("layers");
        console.Input.PushKey(ConsoleKey.DownArrow);
        console.Input.PushKey(ConsoleKey.Enter);
        console.Input.PushTextWithEnter("q");
        await new ExplorationPrompt(await ExploreAsync(), console).RunAsync(CancellationToken.None);
        AssertInOrder(console.Output, "which operator?", "operator 1 DEPTHWISE_CONV_2D, tensor depthwise");
    }

    private static void AssertInOrder(string text, params string[] parts)
    {
        int at = 0;
        foreach (string part in parts)
        {
            int found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is not in, or not after what came before it:\n{text}");
            at = found + part.Length;
        }
    }

    private static async Task<string> SayAsync(params string[] lines)
    {
        using TestConsole console = new TestConsole().Width(160).Interactive();
        foreach (string line in lines)
            console.Input.PushTextWithEnter(line);
        await new ExplorationPrompt(await ExploreAsync(), console).RunAsync(CancellationToken.None);
        return console.Output;
    }

    internal static async Task<Harness.Exploration.Exploration> ExploreAsync()
    {
        Graph graph = SmallModels.Network();
        ModelInput input = InputReader.FromSeed(graph, 0);
        TensorSet right = PlantedDump.Of(graph, input, null), wrong = PlantedDump.Of(graph, input, "plain-shift");
        CandidateContext context = new(graph, LiteRt.Ref, [], input.Tensors, right, new(graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty));
        CandidateTensors tensors = new() { Against = IsolatedAgainst.OwnInputs, Cumulative = wrong };
        CaptureIdentity identity = new() { ModelSha256 = "", InputSha256 = input.Sha256, Runtime = "litert", Version = "2.3.0", LibrarySha256 = "", Flavour = Flavour.Ref, Tensors = [] };
        CaptureOutcome outcome = new(new(right, identity, new("", "", 1, "", default, "")) { Delegated = [], Unread = ImmutableSortedDictionary<string, string>.Empty }, null);
        VerificationReport report = await Verification.CompareAsync(
            new(graph, default, [input], [Flavour.Ref], null!, new Given(tensors)), [outcome], new Progress<string>(), CancellationToken.None);
        return new(report.Runs[0], context, tensors);
    }

    private sealed class Given(CandidateTensors tensors) : ICandidate
    {
        public CandidateDescription Description { get; } = new("given", "");

        public void Prepare(Graph graph, Profile profile)
        {
        }

        public Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) =>
            Task.FromResult<ImmutableArray<CandidateTensors>>([tensors]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
