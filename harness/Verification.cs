using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Policy;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Oracles;

namespace OffByN.Harness;

/// <summary>Everything that a verification starts from, read and checked before any worker starts.</summary>
/// <param name="Model">The bytes of the model's file.</param>
public sealed record VerificationRequest(
    Graph Graph, ReadOnlyMemory<byte> Model, IReadOnlyList<ModelInput> Inputs, ImmutableArray<Flavour> Flavours, IOracle Oracle, ICandidate Candidate)
{
    /// <summary>The candidate as it was named after <c>--candidate</c>, here or in a report that is replayed; empty for one that no command line named.</summary>
    public string CandidateName { get; init; } = "";

    /// <summary>Whether it is wanted where in a tensor elements differ.</summary>
    public bool WithMaps { get; init; }

    /// <summary>Which operators of a run's frontier are to be explained; null for all.</summary>
    public Func<ImmutableArray<LayerIndex>, ImmutableArray<LayerIndex>>? ToExplain { get; init; }

    /// <summary>A run as the gate sees it that the report will pass; null without a gate.</summary>
    public Func<RunReport, RunReport>? Judged { get; init; }
}

/// <summary>One verification: a walk through the stages, each a pure function of what the one before it gave.</summary>
public static class Verification
{
    public static async Task<VerificationReport> RunAsync(VerificationRequest request, IProgress<string> progress, CancellationToken cancel)
    {
        if (RuntimeProfiles.Find(request.Oracle.Name, request.Flavours[0]) is { } profile)
            request.Candidate.Prepare(request.Graph, profile);
        return ManyInputs.AtOnce(request) >= request.Inputs.Count
            ? await CompareAsync(request, await CaptureAsync(request, progress, cancel).ConfigureAwait(false), progress, cancel).ConfigureAwait(false)
            : await new ManyInputs(request, progress).RunAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>The oracle's side: one outcome for each flavour and input.</summary>
    public static Task<ImmutableArray<CaptureOutcome>> CaptureAsync(VerificationRequest request, IProgress<string> progress, CancellationToken cancel)
    {
        progress.Report($"capturing {request.Oracle.Name}");
        return CaptureAsync(request, Tapping.Tap(request.Model, request.Graph), cancel);
    }

    internal static Task<ImmutableArray<CaptureOutcome>> CaptureAsync(VerificationRequest request, byte[] tapped, CancellationToken cancel) =>
        request.Oracle.CaptureAsync([.. Runs(request).Select(run => new CaptureRequest(request.Graph, tapped, run.Input, run.Flavour))], cancel);

    /// <summary>The candidate's side and everything after it, on captures of the same request.</summary>
    public static Task<VerificationReport> CompareAsync(
        VerificationRequest request, ImmutableArray<CaptureOutcome> captures, IProgress<string> progress, CancellationToken cancel) =>
        CompareAsync(request, captures, new DiagnosedRuns(), progress, cancel);

    internal static async Task<VerificationReport> CompareAsync(
        VerificationRequest request, ImmutableArray<CaptureOutcome> captures, DiagnosedRuns diagnosed, IProgress<string> progress, CancellationToken cancel)
    {
        (Flavour Flavour, ModelInput Input)[] runs = [.. Runs(request)];
        ImmutableArray<CandidateContext?> contexts = [.. runs.Zip(captures, (run, outcome) => ContextOf(request.Graph, run.Input, outcome.Capture))];
        progress.Report($"running {request.Candidate.Description.Kind}");
        ImmutableArray<CandidateTensors> tensors =
            await request.Candidate.RunAsync([.. contexts.OfType<CandidateContext>()], cancel).ConfigureAwait(false);
        progress.Report("comparing");
        Queue<CandidateTensors> next = new(tensors);
        ImmutableArray<CandidateTensors?> given = [.. contexts.Select(context => context is null ? null : next.Dequeue())];
        ImmutableArray<RunReport> compared =
        [
            .. Enumerable.Range(0, runs.Length).Select(run => contexts[run] is { } context
                ? RunComparison.Of(request, runs[run].Input, captures[run].Capture!, context, given[run]!, cancel)
                : RunComparison.NotCaptured(request, runs[run].Input, runs[run].Flavour, captures[run].Failure!)),
        ];
        ImmutableArray<ImmutableArray<LayerIndex>> chosen =
            [.. Enumerable.Range(0, runs.Length).Select(run => diagnosed.Choose(
                runs[run].Flavour, captures[run].Capture, compared[run].Frontier is { } frontier ? request.ToExplain?.Invoke(frontier) ?? frontier : null))];
        ImmutableArray<CandidateTensors?> again = await RunAgainAsync(request, chosen, contexts, given, progress, cancel).ConfigureAwait(false);
        progress.Report("diagnosing");
        VerificationReport report = Conclude(RunDiagnosis.Of(compared, chosen, contexts, given, again, diagnosed, cancel), Disagreements.Of(
            runs.Zip(contexts).GroupBy(run => run.First.Input.Sha256, run => run.Second).Select(flavours => flavours.OfType<CandidateContext>()), cancel));
        foreach (CandidateTensors one in given.Where((_, run) => chosen[run].IsEmpty).Concat(again).OfType<CandidateTensors>())
            request.Candidate.Release(one);
        return report;
    }

    /// <summary>A second run of a candidate that parts from the oracle; nulls where it is not diagnosed, or cannot be run.</summary>
    private static async Task<ImmutableArray<CandidateTensors?>> RunAgainAsync(
        VerificationRequest request, ImmutableArray<ImmutableArray<LayerIndex>> chosen, ImmutableArray<CandidateContext?> contexts, ImmutableArray<CandidateTensors?> given,
        IProgress<string> progress, CancellationToken cancel)
    {
        int[] parting = [.. Enumerable.Range(0, given.Length).Where(run => !chosen[run].IsEmpty && given[run] is { Against: IsolatedAgainst.OracleInputs })];
        CandidateTensors?[] again = new CandidateTensors?[given.Length];
        if (parting.Length > 0)
        {
            progress.Report($"running {request.Candidate.Description.Kind} again");
            ImmutableArray<CandidateTensors> tensors = await request.Candidate.RunAgainAsync([.. parting.Select(run => contexts[run]!)], cancel).ConfigureAwait(false);
            foreach ((int run, CandidateTensors second) in parting.Zip(tensors))
                again[run] = second;
        }
        return [.. again];
    }

    private static IEnumerable<(Flavour Flavour, ModelInput Input)> Runs(VerificationRequest request) =>
        from flavour in request.Flavours from input in request.Inputs select (flavour, input);

    /// <summary>What a candidate is run on; null where the oracle gave nothing.</summary>
    public static CandidateContext? ContextOf(Graph graph, ModelInput input, Capture? capture)
    {
        if (capture is null)
            return null;
        Profile profile = RuntimeProfiles.Find(capture.Identity.Runtime, capture.Identity.Version, capture.Identity.Flavour) ?? Profile.Unknown;
        graph = RunGraph.Of(graph, capture.Tensors);
        return new(graph, profile, capture.Delegated, input.Tensors, capture.Tensors, new ReferencePipeline(graph, profile, capture.Delegated)) { Unread = capture.Unread };
    }

    private static VerificationReport Conclude(ImmutableArray<RunReport> runs, ImmutableArray<LayerIndex> disagreements) => new()
    {
        Verdict = Verdicts.Of(runs),
        Matches = [.. runs.GroupBy(run => run.Oracle.Flavour).Where(group => group.All(run => run.Verdict == Verdict.Pass)).Select(group => group.Key)],
        Disagreements = disagreements,
        Runs = runs,
    };
}
