using System.Text;
using OffByN.Harness;
using OffByN.Harness.Policy;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Tests.Reporting;
using Xunit;

namespace OffByN.Tests.Policy;

public sealed class BaselineTests : IDisposable
{
    private static readonly DateOnly Today = new(2026, 5, 1);

    private static readonly (int[]?, int[]?) Same = ([0, 0, 0], [0, 0, 0]);

    private readonly TemporaryFolder folder = new();

    private string File => folder.File("baseline.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_recorded_passes_and_is_read_back()
    {
        VerificationReport report = Report([2, -1], [0, 1]);
        Baseline baseline = Record(report);
        Assert.Equal(2, baseline.Entries.Count);
        Baseline read = BaselineFile.Read(File)!;
        Assert.Equal(baseline with { Entries = read.Entries }, read);
        Assert.Equal(baseline.Entries.AsEnumerable(), read.Entries);
        VerificationReport judged = Judge(report, read);
        Assert.Equal(Verdict.Pass, judged.Verdict);
        Assert.Empty(judged.Findings);
        Assert.All(judged.Runs[0].Layers.Where(layer => layer.AllowedBy.Length > 0), layer => Assert.Equal([$"baseline {File}"], layer.AllowedBy.ToArray()));
    }

    [Theory]
    [InlineData(new[] { 2, -1, 1 }, new[] { 0, 1 })]
    [InlineData(new[] { 3 }, new[] { 0, 1 })]
    [InlineData(new[] { 2, -1 }, new[] { 0, 2 })]
    [InlineData(new[] { 2, -1 }, new[] { 1, 1 })]
    public void More_elements_or_larger_differences_fail(int[] depthwise, int[] softmax) =>
        Assert.Equal(Verdict.Fail, Judge(Report(depthwise, softmax), Record(Report([2, -1], [0, 1]))).Verdict);

    [Fact]
    public void What_differs_elsewhere_fails()
    {
        Baseline baseline = Record(Report([2, -1], [0, 1]));
        VerificationReport elsewhere = SampleReports.Of([SampleReports.Run(Flavour.Ref, "dog.ppm", [([1], [1]), Same, Same, Same, Same, Same])]);
        Assert.Equal(Verdict.Fail, Judge(elsewhere, baseline).Verdict);
        VerificationReport otherInput = Report([2, -1], [0, 1]);
        otherInput = otherInput with { Runs = [otherInput.Runs[0] with { InputSha256 = new string('c', 64) }] };
        Assert.Equal(Verdict.Fail, Judge(otherInput, baseline).Verdict);
    }

    [Fact]
    public void What_is_better_passes_and_is_told()
    {
        VerificationReport judged = Judge(Report([1], [0, 1]), Record(Report([2, -1], [0, 1])));
        Assert.Equal(Verdict.Pass, judged.Verdict);
        Assert.Equal(FindingKind.Loose, Assert.Single(judged.Findings).Kind);
    }

    [Fact]
    public void A_better_report_is_tighter_and_a_worse_one_is_not()
    {
        Baseline known = Record(Report([2, -1], [0, 1]));
        Assert.True(known.Allows(Of(Report([1], []), known)!));
        Assert.Empty(Of(Report([], []), known)!.Entries);
        Assert.False(known.Allows(Of(Report([3], []), known)!));
    }

    [Fact]
    public void What_was_not_compared_now_is_not_forgotten()
    {
        Baseline known = Record(Report([2, -1], [0, 1]));
        VerificationReport partial = SampleReports.Of([SampleReports.Run(Flavour.Ref, "dog.ppm", [Same, (null, null), Same, Same, Same, Same])]);
        Assert.Equal(1, Assert.Single(Of(partial, known)!.Entries).Key.Layer);
        Assert.Null(Of(SampleReports.NotCompared, known));
    }

    [Fact]
    public void A_baseline_of_something_else_is_refused_with_both()
    {
        Baseline baseline = Record(Report([1], []));
        VerificationReport other = Report([1], []);
        other = other with { Runs = [other.Runs[0] with { Oracle = other.Runs[0].Oracle with { Version = "2.4.0" } }] };
        string message = Assert.Throws<UserErrorException>(() => baseline.RequireSame(other)).Message;
        Assert.Contains("litert 2.3.0", message, StringComparison.Ordinal);
        Assert.Contains("litert 2.4.0", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_baseline_is_refused()
    {
        Record(Report([2, -1], [0, 1]));
        byte[] sound = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length < sound.Length - 2; length += 11)
        {
            System.IO.File.WriteAllBytes(File, sound[..length]);
            Assert.Throws<UserErrorException>(() => BaselineFile.Read(File));
        }
        System.IO.File.WriteAllText(File, Encoding.UTF8.GetString(sound).Replace("baseline/1", "baseline/2", StringComparison.Ordinal));
        Assert.Contains("offbyn/baseline/1", Assert.Throws<UserErrorException>(() => BaselineFile.Read(File)).Message, StringComparison.Ordinal);
        Assert.Null(BaselineFile.Read(folder.File("none.json")));
    }

    private Baseline Record(VerificationReport report)
    {
        Baseline baseline = Of(report, null)!;
        BaselineFile.Write(baseline);
        return baseline;
    }

    private Baseline? Of(VerificationReport report, Baseline? old) => Baseline.Of(Verdicts.Judge(report, Gate.Exact, Today), File, old);

    private static VerificationReport Judge(VerificationReport report, Baseline baseline) => Verdicts.Judge(report, Gate.Exact with { Baseline = baseline }, Today);

    private static VerificationReport Report(int[] depthwise, int[] softmax) =>
        SampleReports.Of([SampleReports.Run(Flavour.Ref, "dog.ppm", [Same, (depthwise, depthwise), Same, Same, Same, ([0, 0, 0], softmax)])]);
}
