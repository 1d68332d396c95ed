using System.Collections.Immutable;
using System.Globalization;
using OffByN.Golden.Snapshots;
using OffByN.Harness.Comparison;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Spectre.Console;

namespace OffByN.Harness.Goldens;

/// <summary>Snapshots and what differs between them, for a person at a terminal.</summary>
internal sealed class SnapshotView(IAnsiConsole console)
{
    private const int DigestLength = 12;

    /// <summary>What a comparison amounts to, in the first line; then each entry, and each tensor that changed.</summary>
    /// <param name="comparison">What was compared.</param>
    /// <param name="verdict">Of the whole.</param>
    /// <param name="found">What the golden was compared with, for the sentence.</param>
    public void Write(SnapshotComparison comparison, Verdict verdict, string found)
    {
        int tensors = comparison.Changed + comparison.Equal;
        string outcome = comparison.Changed > 0 ? $"{comparison.Changed} of {Sentences.Count(tensors, "tensor")} changed: golden against {Name(found)}"
            : tensors > 0 ? $"{Sentences.Count(tensors, "tensor")} equal: golden against {Name(found)}"
            : "nothing was compared";
        Line($"{Sentences.Word(verdict)}  {outcome}", TerminalReport.StyleOf(verdict));
        foreach (EntryComparison entry in comparison.Entries)
            Write(entry);
    }

    public void Write(OpenSnapshot golden)
    {
        Snapshot snapshot = golden.Snapshot;
        Line($"model {Name(golden.ModelPath)}, oracle {Name(snapshot.Oracle)}, keeps {(snapshot.StoresTensors ? "every tensor" : "digests alone")}, manifest {snapshot.Sha256}");
        foreach (SnapshotEntry entry in snapshot.Entries)
        {
            Line("");
            Line(Name(entry.Label), new Style(decoration: Decoration.Bold));
            WriteTexts("identity", entry.Identity);
            WriteTexts("recorded", entry.Record);
            foreach (SnapshotTensor tensor in entry.Inputs.Concat(entry.Tensors))
                Line($"  {tensor.Key,6}  {Short(tensor.Sha256)}  {tensor.Type.Lower()} {tensor.Shape}  {(tensor.Range is { } range ? $"{Name(range.Min)} to {Name(range.Max)}" : "")}  {Name(tensor.Name)}");
            foreach ((string key, string reason) in entry.Unread)
                Line($"  {Name(key),6}  was not given: {Sentences.Reason(reason)}");
        }
        foreach (Promotion promotion in snapshot.History)
            Write(promotion);
    }

    public void Write(Promotion promotion)
    {
        Line("");
        Line($"{promotion.Date.ToString("u", CultureInfo.InvariantCulture)}  replaced manifest {promotion.Replaced}: {Sentences.Reason(promotion.Reason)}");
        foreach (ReplacedDigest digest in promotion.Digests)
            Line($"  {Name(digest.Entry)}: tensor {Name(digest.Key)} {Name(digest.Name)} was {Short(digest.Sha256)}");
    }

    public void Line(string text, Style? style = null)
    {
        console.Write(new Text(text, style));
        console.WriteLine();
    }

    private void Write(EntryComparison entry)
    {
        string counts = entry.Failure is { } failure ? Sentences.Reason(failure) : $"{entry.Equal} equal, {entry.Changes.Length} changed";
        Line($"  {Name(entry.Label)}: {counts}");
        foreach (IdentityDifference difference in entry.Identity)
            Line($"    {difference}");
        foreach (TensorChange change in entry.Changes)
            Write(change);
    }

    private void Write(TensorChange change)
    {
        string tensor = $"    tensor {Name(change.Either.Key)} {Name(change.Either.Name)}, {change.Either.Type.Lower()} {change.Either.Shape}";
        switch (change)
        {
            case { Golden: null }:
                Line($"{tensor}: the golden has none");
                break;
            case { Found: null }:
                Line($"{tensor}: only the golden has it");
                break;
            case { How: Metrics metrics }:
                Line($"{tensor}: {Sentences.Share(metrics)}, by up to {Sentences.Distance(metrics)}");
                Line($"      worst {Sentences.Element(metrics)}; cosine {Sentences.Cosine(metrics)}, SQNR {Number(metrics.SqnrDb, "F2")} dB, RMSE {Number(metrics.Rmse, "G4")}"
                    + (metrics.RmseReal is { } real ? $" ({Number(real, "G4")} real)" : ""));
                Line($"      N: {string.Join(", ", metrics.Histogram.Where(bin => bin.From != 0 || bin.To != 0).Select(Text))}");
                break;
            case { How: NotComparable reason }:
                Line($"{tensor}: {Sentences.Reason(reason.Reason)}");
                break;
            default:
                Line($"{tensor}: golden {Short(change.Golden!.Sha256)} ({Range(change.Golden)}), found {Short(change.Found!.Sha256)} ({Range(change.Found)}); the bytes of one of them are not kept");
                break;
        }
    }

    private void WriteTexts(string title, ImmutableSortedDictionary<string, string> texts)
    {
        foreach ((string name, string text) in texts.Where(pair => pair.Value.Length > 0))
            Line($"  {title} {Name(name)}: {Sentences.Reason(text)}");
    }

    private static string Text(Bin bin) => (bin.From == bin.To ? $"{bin.From:+0;-0}" : $"{bin.From:+0;-0}..{bin.To:+0;-0}") + $": {Sentences.Count(bin.Count)}";

    private static string Range(SnapshotTensor tensor) => tensor.Range is { } range ? $"{Name(range.Min)} to {Name(range.Max)}" : tensor.Type.Lower();

    private static string Short(string digest) => digest[..DigestLength];

    private static string Number(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

    private static string Name(string text) => Sentences.Name(text);
}
