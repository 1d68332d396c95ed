using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Harness.Comparison;
using OffByN.Harness.Goldens;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference;
using OffByN.Reference.Oracles;
using OffByN.Tests.Model;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class GoldenOracleTests : IDisposable
{
    private static readonly byte[] Model = ModelWriter.Write(SmallModels.Network());

    private static readonly Graph Graph = TfliteReader.Parse(Model, "network.tflite");

    private static readonly ModelInput Input = InputReader.FromSeed(Graph, 3);

    private readonly TemporaryFolder temporary = new();

    private string Folder => temporary.File("golden");

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData(SnapshotContent.Tensors)]
    [InlineData(SnapshotContent.CompressedTensors)]
    [InlineData(SnapshotContent.Digests)]
    public async Task A_golden_gives_what_was_captured_also_where_it_keeps_digests_alone(SnapshotContent content)
    {
        Capture captured = Captured();
        Capture given = (await AskAsync(Write(captured, content))).Capture!;
        Assert.Equal(captured.Tensors.Tensors.Keys, given.Tensors.Tensors.Keys);
        foreach ((string key, TensorValue expected) in captured.Tensors.Tensors)
            Assert.Equal(expected.Data.ToArray(), given.Tensors.Tensors[key].Data.ToArray());
        Assert.Equal(captured.Identity with { Tensors = default }, given.Identity with { Tensors = default });
        Assert.Equal(captured.Identity.Tensors.ToArray(), given.Identity.Tensors.ToArray());
        Assert.Equal(captured.Record, given.Record);
        Assert.Equal(Folder, given.Golden);
    }

    [Fact]
    public async Task A_digest_that_the_reference_does_not_reproduce_gives_no_value_but_a_reason()
    {
        Capture captured = Captured();
        byte[] other = captured.Tensors.Tensors["6"].Data.ToArray();
        other[5] ^= 1;
        captured = captured with { Tensors = new(captured.Tensors.Tensors.SetItem("6", captured.Tensors.Tensors["6"] with { Data = other })) };
        Capture given = (await AskAsync(Write(captured, SnapshotContent.Digests))).Capture!;
        Assert.False(given.Tensors.Tensors.ContainsKey("6"));
        Assert.Contains("the reference computes something else", given.Unread["6"], StringComparison.Ordinal);
        // What follows from the lost value is not guessed either.
        Assert.Contains("cannot compute it", given.Unread["7"], StringComparison.Ordinal);
        Assert.True(given.Tensors.Tensors.ContainsKey("3"));
    }

    [Fact]
    public async Task What_neither_bytes_nor_reference_give_the_runtime_is_asked_for_and_believed_by_its_digest()
    {
        Capture captured = Captured();
        byte[] other = captured.Tensors.Tensors["6"].Data.ToArray();
        other[5] ^= 1;
        captured = captured with { Tensors = new(captured.Tensors.Tensors.SetItem("6", captured.Tensors.Tensors["6"] with { Data = other })) };
        Write(captured, SnapshotContent.Digests);

        CaptureRequest request = new(Graph, Model, Input, Flavour.Ref);
        Capture given = (await new GoldenOracle(SnapshotFolder.Open(Folder), new Runtime(new(captured, null))).CaptureAsync([request])).Single().Capture!;
        Assert.Equal(other, given.Tensors.Tensors["6"].Data.ToArray());
        Assert.Empty(given.Unread);

        given = (await new GoldenOracle(SnapshotFolder.Open(Folder), new Runtime(new(Captured(), null))).CaptureAsync([request])).Single().Capture!;
        Assert.False(given.Tensors.Tensors.ContainsKey("6"));
        Assert.EndsWith("runtime gives something else today", given.Unread["6"], StringComparison.Ordinal);
        // What follows from it is the same today, and its digest says so.
        Assert.True(given.Tensors.Tensors.ContainsKey("7"));

        given = (await new GoldenOracle(SnapshotFolder.Open(Folder), new Runtime(new(null, new(NotCapturedKind.Crashed, "died", "")))).CaptureAsync([request])).Single().Capture!;
        Assert.EndsWith("runtime does not give it today: died", given.Unread["6"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_refuses_another_profile_with_both_hashes_and_asks_for_none_where_none_was_known()
    {
        Capture today = Captured(), profiled = today with { Identity = today.Identity with { Profile = LiteRt.Ref.Hash } };
        Write(profiled);
        IdentityDifference difference = Assert.Single(Assert.Single(SnapshotCheck.Compare(SnapshotFolder.Open(Folder), Graph, [Input], [new(today, null)], default).Entries).Identity);
        Assert.Equal($"profile.sha256: golden {LiteRt.Ref.Hash}, found none", difference.ToString());
        Directory.Delete(Folder, recursive: true);
        Write(today);
        Assert.Empty(Assert.Single(SnapshotCheck.Compare(SnapshotFolder.Open(Folder), Graph, [Input], [new(profiled, null)], default).Entries).Identity);
    }

    [Fact]
    public async Task Another_model_is_refused_with_both_digests()
    {
        GoldenOracle golden = Write(Captured());
        Graph other = Graph with { Sha256 = new string('e', 64) };
        NotCaptured failure = (await golden.CaptureAsync([new(other, Model, Input, Flavour.Ref)])).Single().Failure!;
        Assert.Equal(NotCapturedKind.Refused, failure.Kind);
        Assert.Contains($"model.sha256: golden {Graph.Sha256}, found {other.Sha256}", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_input_is_refused_with_both_digests()
    {
        ModelInput other = InputReader.FromSeed(Graph, 4);
        NotCaptured failure = (await AskAsync(Write(Captured()), other)).Failure!;
        Assert.Contains($"input.sha256: golden {Input.Sha256}, found {other.Sha256}", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_flavour_is_refused_and_those_that_are_there_are_named()
    {
        NotCaptured failure = (await Write(Captured()).CaptureAsync([new(Graph, Model, Input, Flavour.Xnn)])).Single().Failure!;
        Assert.Contains("no entry of flavour xnn, but ref, seed 3", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_profile_is_refused()
    {
        Capture captured = Captured();
        captured = captured with { Identity = captured.Identity with { Profile = new string('f', 64) } };
        NotCaptured failure = (await AskAsync(Write(captured))).Failure!;
        Assert.Contains($"profile.sha256: golden {new string('f', 64)}, found {LiteRt.Ref.Hash}", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_inputs_come_from_the_golden_or_from_their_seed()
    {
        Assert.Equal(Input.Sha256, Write(Captured()).Inputs(Graph).Single().Sha256);
        ModelInput file = Input with { Name = "dog.ppm", Seed = null };
        Directory.Delete(Folder, recursive: true);
        GoldenOracle golden = Write(Captured(), SnapshotContent.Digests, file);
        Assert.Equal(("dog.ppm", Input.Sha256), (golden.Inputs(Graph).Single().Name, golden.Inputs(Graph).Single().Sha256));
    }

    [Fact]
    public void A_check_names_the_tensor_that_changed_and_how_also_from_digests()
    {
        foreach (SnapshotContent content in Enum.GetValues<SnapshotContent>())
        {
            Write(Captured(), content);
            Capture today = Captured();
            byte[] data = today.Tensors.Tensors["6"].Data.ToArray();
            data[7] += 3;
            today = today with { Tensors = new(today.Tensors.Tensors.SetItem("6", today.Tensors.Tensors["6"] with { Data = data })) };
            SnapshotComparison comparison = SnapshotCheck.Compare(SnapshotFolder.Open(Folder), Graph, [Input], [new(today, null)], default);
            EntryComparison entry = Assert.Single(comparison.Entries);
            TensorChange change = Assert.Single(entry.Changes);
            Assert.Equal((5, "6", false), (entry.Equal, change.Either.Key, comparison.IsIncomplete));
            Metrics how = Assert.IsType<Metrics>(change.How);
            Assert.Equal((1, 3, 7), (how.Differing, how.MaxAbs, how.Worst!.Flat));
            Directory.Delete(Folder, recursive: true);
        }
    }

    [Fact]
    public void A_check_with_another_runtime_is_refused_before_anything_is_compared()
    {
        Write(Captured());
        Capture today = Captured();
        today = today with { Identity = today.Identity with { Version = "2.4.0" } };
        EntryComparison entry = Assert.Single(SnapshotCheck.Compare(SnapshotFolder.Open(Folder), Graph, [Input], [new(today, null)], default).Entries);
        Assert.Equal("version: golden 2.3.0, found 2.4.0", Assert.Single(entry.Identity).ToString());
        Assert.NotNull(entry.Failure);
        Assert.Equal(0, entry.Equal);
    }

    [Fact]
    public void A_check_notices_a_tensor_that_the_runtime_no_longer_gives()
    {
        Write(Captured());
        Capture today = Captured();
        today = today with { Tensors = new(today.Tensors.Tensors.Remove("7")) };
        EntryComparison entry = Assert.Single(SnapshotCheck.Compare(SnapshotFolder.Open(Folder), Graph, [Input], [new(today, null)], default).Entries);
        Assert.Equal("tensors: golden 6 tensors, of them alone 7, found 5 tensors", Assert.Single(entry.Identity).ToString());
    }

    /// <summary>What the reference computes, as if LiteRT had: the store and its identity are under test here, not the arithmetic.</summary>
    private static Capture Captured()
    {
        ReferencePipeline pipeline = new(Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        Dictionary<string, TensorValue> values = new(Input.Tensors.Tensors);
        foreach (Operator op in Graph.Operators)
        {
            OperatorResult result = pipeline.Run(op.Index, tensor => values.GetValueOrDefault(TensorSet.KeyOf(tensor)) ?? values[TensorSet.InputKeyOf(tensor)]);
            values[TensorSet.KeyOf(op.Outputs[0])] = result.Outputs[0];
        }
        CaptureIdentity identity = new()
        {
            ModelSha256 = Graph.Sha256,
            InputSha256 = Input.Sha256,
            Runtime = "litert",
            Version = "2.3.0",
            LibrarySha256 = new string('1', 64),
            Flavour = Flavour.Ref,
            Tensors = [.. Tapping.Tapped(Graph).OrderBy(tensor => tensor.Value)],
        };
        CaptureRecord record = new("CPython 3.11.2", "cpu", 2, "0.1.0", DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture), "a warning\n");
        return new(new TensorSet(values), identity, record) { Delegated = [], Unread = ImmutableSortedDictionary<string, string>.Empty };
    }

    private sealed class Runtime(CaptureOutcome outcome) : IOracle
    {
        public string Name => "runtime";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref];

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default) =>
            Task.FromResult<ImmutableArray<CaptureOutcome>>([.. requests.Select(_ => outcome)]);
    }

    private GoldenOracle Write(Capture capture, SnapshotContent content = SnapshotContent.Tensors, ModelInput? input = null)
    {
        SnapshotFolder.Write(Folder, new("network.tflite", "litert@2.3.0", [GoldenEntries.Of(Graph, input ?? Input, capture)]), content, replace: false, default);
        return new GoldenOracle(SnapshotFolder.Open(Folder));
    }

    private static async Task<CaptureOutcome> AskAsync(GoldenOracle golden, ModelInput? input = null) =>
        (await golden.CaptureAsync([new(Graph, Model, input ?? Input, Flavour.Ref)])).Single();
}
