using OffByN.Golden;
using OffByN.Golden.Snapshots;
using OffByN.Model;
using OffByN.TestWorker;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class SnapshotFolderTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly TemporaryFolder temporary = new();

    private string Folder => temporary.File("golden");

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData(SnapshotContent.Tensors)]
    [InlineData(SnapshotContent.CompressedTensors)]
    public void A_first_capture_is_the_golden_and_gives_back_every_byte_and_field(SnapshotContent content)
    {
        SnapshotDraft draft = SampleSnapshots.Draft(1);
        Assert.Equal(WriteOutcome.Created, Write(draft, content));
        OpenSnapshot golden = SnapshotFolder.Open(Folder);
        foreach (((SnapshotEntry expected, TensorSet values), SnapshotEntry actual) in draft.Entries.Zip(golden.Snapshot.Entries))
        {
            Assert.Equal((expected.Flavour, expected.InputName, expected.Seed), (actual.Flavour, actual.InputName, actual.Seed));
            Assert.Equal(expected.Identity, actual.Identity);
            Assert.Equal(expected.Record, actual.Record);
            Assert.Equal(expected.Unread, actual.Unread);
            Assert.Equal(expected.Delegated.ToArray(), actual.Delegated.ToArray());
            Assert.Equal(expected.Tensors.Select(tensor => (tensor.Key, tensor.Name, tensor.Sha256, tensor.Range)), actual.Tensors.Select(tensor => (tensor.Key, tensor.Name, tensor.Sha256, tensor.Range)));
            Assert.All(actual.Tensors, tensor => Assert.Equal((0.5f, 3), (tensor.Quantization!.Scale, tensor.Quantization.ZeroPoint)));
            foreach (SnapshotTensor tensor in actual.Inputs.Concat(actual.Tensors))
                Assert.Equal(values.Tensors[tensor.Key].Data.ToArray(), golden.Data.Get(tensor)!.Data.ToArray());
        }
    }

    [Fact]
    public void What_flavours_share_is_stored_once()
    {
        const int Bytes = 1 << 16;
        SnapshotDraft draft = SampleSnapshots.Draft(1, Bytes);
        Write(draft);
        long data = Directory.EnumerateFiles(Folder, "*.safetensors").Sum(path => new FileInfo(path).Length);
        // Eight tensors of ref and the half of xnn that differs, the input, and two headers.
        Assert.InRange(data, 12 * Bytes, 12 * Bytes + 8192);
    }

    [Fact]
    public void Digests_alone_leave_of_the_bytes_only_an_input_that_no_seed_makes()
    {
        Write(SampleSnapshots.Draft(1, 1 << 20), SnapshotContent.Digests);
        Assert.True(Directory.EnumerateFiles(Folder).Sum(path => new FileInfo(path).Length) < 8192);
        OpenSnapshot golden = SnapshotFolder.Open(Folder);
        Assert.NotNull(golden.Data.Get(golden.Snapshot.Entries[0].Inputs[0]));
        Assert.All(golden.Snapshot.Entries[0].Tensors, tensor => Assert.Null(golden.Data.Get(tensor)));
    }

    [Fact]
    public void An_equal_capture_writes_nothing_whatever_its_circumstances()
    {
        SnapshotDraft draft = SampleSnapshots.Draft(1);
        Write(draft);
        (string, DateTime)[] before = Files();
        SnapshotDraft later = draft with
        {
            Entries = [.. draft.Entries.Select(entry => (entry.Entry with { Record = entry.Entry.Record.SetItem("threads", "8") }, entry.Values))],
        };
        Assert.Equal(WriteOutcome.Unchanged, Write(later));
        Assert.Equal(before, Files());
    }

    [Fact]
    public void A_capture_that_differs_waits_and_leaves_the_golden_alone()
    {
        Write(SampleSnapshots.Draft(1));
        byte[] manifest = File.ReadAllBytes(Manifest);
        Assert.Equal(WriteOutcome.Pending, Write(SampleSnapshots.Draft(2)));
        Assert.Equal(manifest, File.ReadAllBytes(Manifest));
        AssertHolds(SampleSnapshots.Draft(1));
        AssertHolds(SampleSnapshots.Draft(2), SnapshotFolder.OpenPending(Folder)!);
    }

    [Fact]
    public void An_equal_capture_takes_back_what_was_pending()
    {
        Write(SampleSnapshots.Draft(1));
        Write(SampleSnapshots.Draft(2));
        Assert.Equal(WriteOutcome.Unchanged, Write(SampleSnapshots.Draft(1)));
        Assert.Null(SnapshotFolder.OpenPending(Folder));
        Assert.Equal(3, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public void Accepting_promotes_with_the_reason_and_the_old_digests_and_deletes_the_old_bytes()
    {
        SnapshotDraft first = SampleSnapshots.Draft(1), second = first.With([1, 2, 3]);
        Write(first);
        string replaced = SnapshotFolder.Open(Folder).Snapshot.Sha256;
        Write(second);
        SnapshotFolder.Accept(Folder, "a new runtime", Now);
        AssertHolds(second);
        Promotion promotion = Assert.Single(SnapshotFolder.Open(Folder).Snapshot.History);
        Assert.Equal((Now, "a new runtime", replaced), (promotion.Date, promotion.Reason, promotion.Replaced));
        string old = first.Entries[0].Entry.Tensors[1].Sha256;
        Assert.Equal([("ref, dog.ppm", "1", old), ("xnn, dog.ppm", "1", old)], promotion.Digests.Select(digest => (digest.Entry, digest.Key, digest.Sha256)));
        Assert.Null(SnapshotFolder.OpenPending(Folder));
        Assert.Equal(3, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public void Nothing_pending_cannot_be_accepted()
    {
        Write(SampleSnapshots.Draft(1));
        Assert.Contains("nothing is pending", Assert.Throws<UserErrorException>(() => SnapshotFolder.Accept(Folder, "why", Now)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_waits_beside_a_golden_that_is_no_more_is_not_accepted()
    {
        Write(SampleSnapshots.Draft(1));
        Write(SampleSnapshots.Draft(2));
        byte[] pending = File.ReadAllBytes(Path.Combine(Folder, SnapshotFolder.PendingName));
        string[] data = [.. SnapshotFolder.OpenPending(Folder)!.Snapshot.Data];
        foreach (string name in data)
            File.Copy(Path.Combine(Folder, name), temporary.File(name));
        Write(SampleSnapshots.Draft(3), replace: true);
        File.WriteAllBytes(Path.Combine(Folder, SnapshotFolder.PendingName), pending);
        foreach (string name in data)
            File.Copy(temporary.File(name), Path.Combine(Folder, name));
        Assert.Contains("Capture again", Assert.Throws<UserErrorException>(() => SnapshotFolder.Accept(Folder, "why", Now)).Message, StringComparison.Ordinal);
        AssertHolds(SampleSnapshots.Draft(3));
    }

    [Fact]
    public void Replacing_is_told_in_the_history()
    {
        Write(SampleSnapshots.Draft(1));
        Assert.Equal(WriteOutcome.Replaced, Write(SampleSnapshots.Draft(2), replace: true));
        AssertHolds(SampleSnapshots.Draft(2));
        Assert.Equal(2 * SampleSnapshots.Tensors, Assert.Single(SnapshotFolder.Open(Folder).Snapshot.History).Digests.Length);
    }

    [Fact]
    public void Bytes_that_a_golden_lacks_are_added_when_an_equal_capture_has_them()
    {
        Write(SampleSnapshots.Draft(1), SnapshotContent.Digests);
        Assert.Equal(WriteOutcome.Completed, Write(SampleSnapshots.Draft(1)));
        AssertHolds(SampleSnapshots.Draft(1));
        string data = Directory.GetFiles(Folder, "*.safetensors")[0];
        File.WriteAllBytes(data, File.ReadAllBytes(data)[..^1]);
        Assert.Equal(WriteOutcome.Completed, Write(SampleSnapshots.Draft(1)));
        AssertHolds(SampleSnapshots.Draft(1));
        Assert.Empty(SnapshotFolder.Open(Folder).Snapshot.History);
    }

    [Fact]
    public void One_changed_tensor_is_one_changed_line_an_entry()
    {
        SnapshotDraft draft = SampleSnapshots.Draft(1);
        Write(draft, SnapshotContent.Digests);
        string[] before = File.ReadAllLines(Manifest);
        Write(draft.With(new byte[4096]), SnapshotContent.Digests, replace: true);
        string[] after = File.ReadAllLines(Manifest);
        int history = Array.FindIndex(after, line => line.StartsWith("  \"history\"", StringComparison.Ordinal));
        Assert.Equal(2, Enumerable.Range(0, history).Count(line => before[line] != after[line]));
    }

    [Fact]
    public void What_a_killed_writer_left_is_swept_and_what_is_not_ours_stays()
    {
        Write(SampleSnapshots.Draft(1));
        string orphan = new string('a', 64) + ".safetensors";
        foreach (string name in (string[])[orphan, $".{orphan}.{Guid.NewGuid():N}.tmp", $".manifest.json.{Guid.NewGuid():N}.tmp"])
            File.WriteAllText(Path.Combine(Folder, name), "half");
        string[] others = ["README.md", ".x.tmp", ".tmp", $".notes.{Guid.NewGuid():N}.tmp", "ab.safetensors"];
        foreach (string name in others)
            File.WriteAllText(Path.Combine(Folder, name), "mine");
        Write(SampleSnapshots.Draft(2), replace: true);
        AssertHolds(SampleSnapshots.Draft(2));
        Assert.Equal(
            others.Append(SnapshotFolder.ManifestName).Concat(SnapshotFolder.Open(Folder).Snapshot.Data).Order(StringComparer.Ordinal),
            Directory.GetFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Captures_into_one_place_at_once_leave_one_of_them()
    {
        SnapshotDraft[] drafts = [.. Enumerable.Range(0, 8).Select(generation => SampleSnapshots.Draft(generation))];
        await Task.WhenAll(drafts.Select(draft => Task.Run(() => Write(draft, replace: true))));
        OpenSnapshot golden = SnapshotFolder.Open(Folder);
        golden.Data.Verify(golden.Snapshot);
        Assert.Single(drafts, draft => Holds(draft, golden));
        Assert.Equal(drafts.Length - 1, golden.Snapshot.History.Length);
    }

    [Fact]
    public async Task A_reader_always_finds_a_whole_generation_while_others_take_its_place()
    {
        Write(SampleSnapshots.Draft(0));
        using CancellationTokenSource done = new();
        Task writing = Task.Run(() =>
        {
            for (int generation = 1; generation <= 40; generation++)
                Write(SampleSnapshots.Draft(generation), replace: true);
            done.Cancel();
        });
        int read = 0;
        for (; !done.IsCancellationRequested; read++)
        {
            OpenSnapshot golden = SnapshotFolder.Open(Folder);
            golden.Data.Verify(golden.Snapshot);
        }
        await writing;
        Assert.NotEqual(0, read);
    }

    private string Manifest => Path.Combine(Folder, SnapshotFolder.ManifestName);

    private WriteOutcome Write(SnapshotDraft draft, SnapshotContent content = SnapshotContent.Tensors, bool replace = false) =>
        SnapshotFolder.Write(Folder, draft, content, replace, Now);

    private (string, DateTime)[] Files() => [.. Directory.GetFiles(Folder).Order(StringComparer.Ordinal).Select(path => (path, File.GetLastWriteTimeUtc(path)))];

    private void AssertHolds(SnapshotDraft draft) => AssertHolds(draft, SnapshotFolder.Open(Folder));

    private static void AssertHolds(SnapshotDraft draft, OpenSnapshot snapshot) => Assert.True(Holds(draft, snapshot), "the snapshot holds something else");

    private static bool Holds(SnapshotDraft draft, OpenSnapshot snapshot) => draft.Entries.Zip(snapshot.Snapshot.Entries).All(pair =>
        pair.Second.Tensors.All(tensor => snapshot.Data.Get(tensor)!.Data.Span.SequenceEqual(pair.First.Values.Tensors[tensor.Key].Data.Span)));
}
