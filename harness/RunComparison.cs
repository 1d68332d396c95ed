using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Localization;
using OffByN.Harness.Policy;
using OffByN.Reference.Oracles;

namespace OffByN.Harness;

/// <summary>One input in one flavour: what the comparison and the localization of its tensors give.</summary>
internal static class RunComparison
{
    public static RunReport Of(
        VerificationRequest request, ModelInput input, Capture capture, CandidateContext context, CandidateTensors candidate, CancellationToken cancel)
    {
        CaptureIdentity identity = capture.Identity;
        ImmutableArray<LayerComparison> layers = Frontier.TraceInheritance(request.Graph, LayerComparisons.Of(context, candidate, request.WithMaps, cancel));
        return new()
        {
            Verdict = Verdicts.Of(layers),
            Model = request.Graph,
            InputName = input.Name,
            InputSha256 = input.Sha256,
            Oracle = new(identity.Runtime, identity.Version, identity.Flavour, context.Profile == Profile.Unknown ? null : context.Profile)
            {
                Note = NoteOn(capture),
            },
            Candidate = request.Candidate.Description,
            Coverage = Verdicts.CoverageOf(layers, candidate.Extra),
            Layers = layers,
            Frontier = Frontier.Of(layers),
            Rankings = OutputRanking.Of(context, candidate),
            Reason = candidate.Failure,
        };
    }

    private static string? NoteOn(Capture capture)
    {
        CaptureRecord record = capture.Record;
        string?[] notes =
        [
            capture.Identity.Flavour == Flavour.Xnn && capture.Delegated.IsEmpty ? "nothing delegated, equals opt" : null,
            capture.Golden is null ? null : string.Create(
                CultureInfo.InvariantCulture, $"golden {capture.Golden}, captured {record.Date:yyyy-MM-dd} by {record.Harness} in {record.Host} on {record.Cpu}, threads {record.Threads}"),
        ];
        return notes.OfType<string>().ToArray() is { Length: > 0 } found ? string.Join("; ", found) : null;
    }

    public static RunReport NotCaptured(VerificationRequest request, ModelInput input, Flavour flavour, NotCaptured failure) => new()
    {
        Verdict = Verdict.NotCompared,
        Model = request.Graph,
        InputName = input.Name,
        InputSha256 = input.Sha256,
        Oracle = new(request.Oracle.Name.Split('@')[0], request.Oracle.Name.Split('@').ElementAtOrDefault(1) ?? "", flavour, null),
        Candidate = request.Candidate.Description,
        Coverage = new(0, 0, request.Graph.Operators.Sum(op => OperatorResultTensor.Of(request.Graph, op).Length), []),
        Layers = [],
        Frontier = null,
        Reason = $"the oracle gave nothing: {failure.Reason}",
    };
}
