using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Localization;
using OffByN.Harness.Policy;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness;

/// <summary>Everything that a verification starts from, read and checked before any worker starts.</summary>
/// <param name="Model">The bytes of the model's file.</param>
public sealed record VerificationRequest(
    Graph Graph, ReadOnlyMemory<byte> Model, IReadOnlyList<ModelInput> Inputs, ImmutableArray<Flavour> Flavours, IOracle Oracle, ICandidate Candidate)
{
    /// <summary>Whether it is wanted where in a tensor elements differ.</summary>
    public bool WithMaps { get; init; }
}

/// <summary>One verification: a walk through the stages, each a pure function of what the one before it gave.</summary>
public static class Verification
{
    /// <summary>Runs that are captured and compared together, at most: their tensors are in memory at a time, those of the others are not.</summary>
    private const int MostRunsAtOnce = 16;

    /// <summary>Of the oracle's tensors together; the candidate's take up to twice as much.</summary>
    private const long BytesAtOnce = 32L << 20;

    /// <summary>Inputs for which workers are kept: what is asked again where one dies late.</summary>
    private const int InputsKept = 128;

    /// <summary>Runs of a flavour whose operators are diagnosed; more inputs tell little more, and take as long each.</summary>
    private const int RunsDiagnosed = 4;

    public static async Task<VerificationReport> RunAsync(VerificationRequest request, IProgress<string> progress, CancellationToken cancel)
    {
        if (KnownProfiles.Find($"{request.Oracle.Name.Replace('@', '-')}/{request.Flavours[0].ToString().ToLowerInvariant()}") is { } profile)
            request.Candidate.Prepare(request.Graph, profile);
        int inputsAtOnce = Math.Max(RunsAtOnce(request.Graph) / request.Flavours.Length, 1);
        if (request.Inputs.Count <= inputsAtOnce)
            return await CompareAsync(request, await CaptureAsync(request, progress, cancel).ConfigureAwait(false), progress, cancel).ConfigureAwait(false);

        ManyInputs counted = new(request.Inputs.Count, progress);
        DiagnosisBudget budget = new();
        List<VerificationReport> reports = [];
        foreach (int[] kept in Enumerable.Range(0, request.Inputs.Count).Chunk(InputsKept))
        {
            int[][] parts = [.. kept.Chunk(inputsAtOnce)];
            reports.AddRange(await RunKeptAsync(request, parts, counted, budget, cancel).ConfigureAwait(false)
                ?? await RunPartsAsync(request, parts, counted, budget, cancel).ConfigureAwait(false));
        }
        return VerificationReport.Merge([.. reports]);
    }

    /// <summary>The parts, in workers that are kept over all of them; null where one of those died and nothing that it answered counts.</summary>
    private static async Task<List<VerificationReport>?> RunKeptAsync(
        VerificationRequest request, int[][] parts, ManyInputs counted, DiagnosisBudget budget, CancellationToken cancel)
    {
        (IKeepsWorkers oracle, IKeepsWorkers candidate) = (request.Oracle, request.Candidate);
        oracle.Keep();
        candidate.Keep();
        bool isSettled = false;
        try
        {
            List<VerificationReport> reports = await RunPartsAsync(request, parts, counted, budget, cancel).ConfigureAwait(false);
            isSettled = await oracle.SettleAsync(cancel).ConfigureAwait(false) & await candidate.SettleAsync(cancel).ConfigureAwait(false);
            return isSettled ? reports : null;
        }
        finally
        {
            if (!isSettled)
            {
                counted.Forget(parts.Sum(part => part.Length));
                await oracle.SettleAsync(CancellationToken.None).ConfigureAwait(false);
                await candidate.SettleAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static async Task<List<VerificationReport>> RunPartsAsync(
        VerificationRequest request, int[][] parts, ManyInputs counted, DiagnosisBudget budget, CancellationToken cancel)
    {
        List<VerificationReport> reports = [];
        byte[] tapped = Tapping.Tap(request.Model, request.Graph);
        Task<(VerificationRequest Part, ImmutableArray<CaptureOutcome> Captures)> next = CapturePartAsync(parts[0]);
        for (int part = 0; part < parts.Length; part++)
        {
            (VerificationRequest asked, ImmutableArray<CaptureOutcome> captures) = await next.ConfigureAwait(false);
            // The oracle goes on with the next inputs while these are compared.
            if (part + 1 < parts.Length)
                next = CapturePartAsync(parts[part + 1]);
            reports.Add(await CompareAsync(asked, captures, budget, new Quiet(), cancel).ConfigureAwait(false));
            foreach (CaptureOutcome outcome in captures)
            {
                if (outcome.Capture is { } capture)
                    request.Oracle.Release(capture);
            }
            counted.Add(parts[part].Length);
            if (request.WithMaps)
                KeepMapsOfTheWorst(reports);
        }
        return reports;

        async Task<(VerificationRequest, ImmutableArray<CaptureOutcome>)> CapturePartAsync(int[] inputs)
        {
            VerificationRequest part = request with { Inputs = [.. inputs.Select(input => request.Inputs[input])] };
            return (part, await CaptureAsync(part, tapped, cancel).ConfigureAwait(false));
        }
    }

    /// <summary>Only the worst run is looked at closely, so of each two reports one lets its maps go.</summary>
    private static void KeepMapsOfTheWorst(List<VerificationReport> reports)
    {
        int[] mapped = [.. Enumerable.Range(0, reports.Count).Where(i => reports[i].Runs.Any(run => run.Layers.Any(layer => layer.Map is not null)))];
        RunReport? worst = Decisive.WorstOf(mapped.SelectMany(i => reports[i].Runs));
        foreach (int i in mapped)
            reports[i] = reports[i] with { Runs = [.. reports[i].Runs.Select(run => run == worst ? run : run with { Layers = [.. run.Layers.Select(layer => layer with { Map = null })] })] };
    }

    private static int RunsAtOnce(Graph graph)
    {
        long bytes = Tapping.Tapped(graph).Sum(tensor => graph[tensor] is { Shape: { } shape } info ? info.Type.Bytes(shape.Elements) : 0);
        return (int)Math.Clamp(BytesAtOnce / Math.Max(bytes, 1), 1, MostRunsAtOnce);
    }

    /// <summary>The oracle's side: one outcome for each flavour and input.</summary>
    public static Task<ImmutableArray<CaptureOutcome>> CaptureAsync(VerificationRequest request, IProgress<string> progress, CancellationToken cancel)
    {
        progress.Report($"capturing {request.Oracle.Name}");
        return CaptureAsync(request, Tapping.Tap(request.Model, request.Graph), cancel);
    }

    private static Task<ImmutableArray<CaptureOutcome>> CaptureAsync(VerificationRequest request, byte[] tapped, CancellationToken cancel) =>
        request.Oracle.CaptureAsync([.. Runs(request).Select(run => new CaptureRequest(request.Graph, tapped, run.Input, run.Flavour))], cancel);

    /// <summary>The candidate's side and everything after it, on captures of the same request.</summary>
    public static Task<VerificationReport> CompareAsync(
        VerificationRequest request, ImmutableArray<CaptureOutcome> captures, IProgress<string> progress, CancellationToken cancel) =>
        CompareAsync(request, captures, new DiagnosisBudget(), progress, cancel);

    private static async Task<VerificationReport> CompareAsync(
        VerificationRequest request, ImmutableArray<CaptureOutcome> captures, DiagnosisBudget budget, IProgress<string> progress, CancellationToken cancel)
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
                ? Compare(request, runs[run].Input, captures[run].Capture!, context, given[run]!, cancel)
                : NotCaptured(request, runs[run].Input, runs[run].Flavour, captures[run].Failure!)),
        ];
        HashSet<int> diagnosed = [.. Enumerable.Range(0, runs.Length).Where(run => compared[run].Frontier is { IsEmpty: false } && budget.Take(runs[run].Flavour))];
        ImmutableArray<CandidateTensors?> again = await RunAgainAsync(request, diagnosed, contexts, given, progress, cancel).ConfigureAwait(false);
        progress.Report("diagnosing");
        VerificationReport report = Conclude(Diagnose(compared, diagnosed, contexts, given, again, cancel), Disagreements.Of(
            runs.Zip(contexts).GroupBy(run => run.First.Input.Sha256, run => run.Second).Select(flavours => flavours.OfType<CandidateContext>()), cancel));
        foreach (CandidateTensors one in given.Concat(again).OfType<CandidateTensors>())
            request.Candidate.Release(one);
        return report;
    }

    /// <summary>A second run of a candidate that parts from the oracle; nulls where it is not diagnosed, or cannot be run.</summary>
    private static async Task<ImmutableArray<CandidateTensors?>> RunAgainAsync(
        VerificationRequest request, HashSet<int> diagnosed, ImmutableArray<CandidateContext?> contexts, ImmutableArray<CandidateTensors?> given,
        IProgress<string> progress, CancellationToken cancel)
    {
        int[] parting = [.. diagnosed.Where(run => given[run] is { Against: IsolatedAgainst.OracleInputs }).Order()];
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

    /// <summary>Causes for every operator of a frontier, then what explains all of a flavour's runs together.</summary>
    private static ImmutableArray<RunReport> Diagnose(
        ImmutableArray<RunReport> runs, HashSet<int> diagnosed, ImmutableArray<CandidateContext?> contexts, ImmutableArray<CandidateTensors?> given,
        ImmutableArray<CandidateTensors?> again, CancellationToken cancel)
    {
        ImmutableArray<ImmutableArray<LayerIndex>> racing = [.. runs.Select((run, i) => run.Frontier is { } frontier && again[i] is { } second
            ? Reproducibility.Differing(run.Model, frontier, given[i]!, second) : [])];
        ImmutableArray<ImmutableArray<OperatorDiagnosis>> found = [.. runs.Select((run, i) => diagnosed.Contains(i)
            ? Diagnoses.Of(contexts[i]!, given[i]!, run.Frontier!.Value.Except(racing[i]), cancel) : [])];
        Dictionary<Flavour, ImmutableArray<Cause>> together = runs.Zip(found).GroupBy(pair => pair.First.Oracle.Flavour).ToDictionary(
            group => group.Key, group => Diagnoses.OfRun([.. group.SelectMany(pair => pair.Second)]));
        return
        [
            .. runs.Select((run, i) => run with
            {
                Layers = [.. run.Layers.Select(layer => Explained(layer, found[i], racing[i]))],
                Diagnosis = together[run.Oracle.Flavour],
            }),
        ];
    }

    private static LayerComparison Explained(LayerComparison layer, ImmutableArray<OperatorDiagnosis> diagnoses, ImmutableArray<LayerIndex> racing)
    {
        if (layer.Output != 0 || diagnoses.FirstOrDefault(diagnosis => diagnosis.Case.Layer == layer.Layer) is not { } own)
            return layer with { IsReproducible = !racing.Contains(layer.Layer) };
        ImmutableArray<Cause> causes = Diagnoses.Causes(own);
        return layer with { Causes = causes, Pattern = causes is [{ Score.IsExact: true }, ..] ? [] : ErrorPattern.Of(own.Case) };
    }

    private static IEnumerable<(Flavour Flavour, ModelInput Input)> Runs(VerificationRequest request) =>
        from flavour in request.Flavours from input in request.Inputs select (flavour, input);

    /// <summary>What a candidate is run on; null where the oracle gave nothing.</summary>
    public static CandidateContext? ContextOf(Graph graph, ModelInput input, Capture? capture)
    {
        if (capture is null)
            return null;
        Profile profile = KnownProfiles.Find(
            $"{capture.Identity.Runtime}-{capture.Identity.Version}/{capture.Identity.Flavour.ToString().ToLowerInvariant()}") ?? Profile.Unknown;
        return new(graph, profile, capture.Delegated, input.Tensors, capture.Tensors, new ReferencePipeline(graph, profile, capture.Delegated));
    }

    private static RunReport Compare(
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

    private static RunReport NotCaptured(VerificationRequest request, ModelInput input, Flavour flavour, NotCaptured failure) => new()
    {
        Verdict = Verdict.NotCompared,
        Model = request.Graph,
        InputName = input.Name,
        InputSha256 = input.Sha256,
        Oracle = new(request.Oracle.Name.Split('@')[0], request.Oracle.Name.Split('@').ElementAtOrDefault(1) ?? "", flavour, null),
        Candidate = request.Candidate.Description,
        Coverage = new(0, 0, request.Graph.Operators.Sum(op => op.Outputs.Length), []),
        Layers = [],
        Frontier = null,
        Reason = $"the oracle gave nothing: {failure.Reason}",
    };

    private static VerificationReport Conclude(ImmutableArray<RunReport> runs, ImmutableArray<LayerIndex> disagreements) => new()
    {
        Verdict = Verdicts.Of(runs),
        Matches = [.. runs.GroupBy(run => run.Oracle.Flavour).Where(group => group.All(run => run.Verdict == Verdict.Pass)).Select(group => group.Key)],
        Disagreements = disagreements,
        Runs = runs,
    };

    /// <summary>How many runs of each flavour are still diagnosed.</summary>
    private sealed class DiagnosisBudget
    {
        private readonly Dictionary<Flavour, int> taken = [];

        public bool Take(Flavour flavour) => (taken[flavour] = taken.GetValueOrDefault(flavour) + 1) <= RunsDiagnosed;
    }

    /// <summary>How far a run over many inputs is.</summary>
    private sealed class ManyInputs(int total, IProgress<string> progress)
    {
        private readonly long start = Stopwatch.GetTimestamp();
        private int done;

        public void Add(int inputs)
        {
            done += inputs;
            double rate = done / Stopwatch.GetElapsedTime(start).TotalSeconds;
            progress.Report(string.Create(CultureInfo.InvariantCulture, $"{done} of {total} inputs, {rate:F1} a second, {(total - done) / rate:F0} s left"));
        }

        public void Forget(int inputs) => done = Math.Max(done - inputs, 0);
    }

    private sealed class Quiet : IProgress<string>
    {
        public void Report(string value)
        {
        }
    }
}
