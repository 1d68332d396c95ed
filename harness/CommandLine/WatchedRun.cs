using System.Collections.Immutable;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.CommandLine;

/// <summary>One run of a verification with everything that it compared, so that single elements can be looked at.</summary>
internal sealed record WatchedRun(RunReport Run, CandidateContext Context, CandidateTensors Tensors)
{
    /// <summary>
    /// Verifies, and keeps the tensors of one run: the first in which the operator diverges, else the first that has any. Null where nothing was compared.
    /// </summary>
    /// <param name="request">What is verified.</param>
    /// <param name="layer">The operator to look at; null for any.</param>
    /// <param name="progress">Where it says what it does.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<(VerificationReport Report, WatchedRun? Watched)> VerifyAsync(
        VerificationRequest request, LayerIndex? layer, IProgress<string> progress, CancellationToken cancel)
    {
        RecordingCandidate candidate = new(request.Candidate);
        VerificationReport report = await Verification.RunAsync(request with { Candidate = candidate }, progress, cancel).ConfigureAwait(false);
        ImmutableArray<RunReport> compared = [.. report.Runs.Where(run => !run.Layers.IsEmpty)];
        RunReport? chosen = compared.FirstOrDefault(run => run.Layers.Any(entry => entry.Verdict == LayerVerdict.Diverges && (layer is null || entry.Layer == layer))) ?? compared.FirstOrDefault();
        if (chosen is null)
            return (report, null);
        if (report.Runs.Length == 1)
            return (report, new(chosen, candidate.Recorded[0].Context, candidate.Recorded[0].Tensors));
        // The tensors of all runs together may not fit in memory: those of one are made again.
        ModelInput input = request.Inputs.First(one => one.Sha256 == chosen.InputSha256);
        VerificationRequest again = request with { Inputs = [input], Flavours = [chosen.Oracle.Flavour] };
        ImmutableArray<CaptureOutcome> captures = await Verification.CaptureAsync(again, progress, cancel).ConfigureAwait(false);
        if (Verification.ContextOf(request.Graph, input, captures[0].Capture) is not { } context)
            return (report, null);
        return (report, new(chosen, context, (await request.Candidate.RunAsync([context], cancel).ConfigureAwait(false))[0]));
    }
}
