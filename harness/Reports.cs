using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Policy;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness;

/// <summary>What is said of one operator output.</summary>
public enum LayerVerdict
{
    /// <summary>Every element that could be compared is the oracle's.</summary>
    Equal,

    /// <summary>It differs, no further than the operator's bound or the policy allows.</summary>
    Within,

    /// <summary>The operator alone, on the same inputs, gives something else than the oracle.</summary>
    Diverges,

    /// <summary>The operator alone is right; its cumulative output differs because its inputs already did.</summary>
    Inherited,

    /// <summary>Nothing was compared, or too little to say; the reason says why.</summary>
    NotCompared,
}

/// <summary>What is said of a run, or of a whole report.</summary>
public enum Verdict
{
    Pass,
    Fail,
    NotCompared,
}

/// <summary>Who computed a layer's value on the candidate's side.</summary>
public enum ComputedBy
{
    Candidate,
    Reference,
    Oracle,
}

/// <summary>
/// The comparison of one operator output. <see cref="Isolated"/> compares the operator alone, <see cref="Cumulative"/> the candidate's own chain; a column that could
/// not be computed is null and <see cref="Reason"/> says why.
/// </summary>
public sealed record LayerComparison
{
    /// <summary>The operator's position in the subgraph.</summary>
    public required LayerIndex Layer { get; init; }

    /// <summary>Which of the operator's outputs; its states are counted behind them.</summary>
    public required int Output { get; init; }

    public required Operator Operator { get; init; }

    public required TensorInfo Tensor { get; init; }

    public required LayerVerdict Verdict { get; init; }

    public string? Reason { get; init; }

    public ComputedBy ComputedBy { get; init; } = ComputedBy.Candidate;

    /// <summary>What of the policy or the baseline allows the differences that would fail it; empty when nothing needs to.</summary>
    public ImmutableArray<string> AllowedBy { get; init; } = [];

    /// <summary>
    /// The segment at whose end this operator stands and with which it was compared as one, or which covers it; null for an operator by itself.
    /// </summary>
    public Segment? Segment { get; init; }

    /// <summary>True for an operator inside a segment: the candidate did not give its output, and it was not compared but as a part of that segment.</summary>
    public bool IsCovered => Segment is { } segment && segment.Last != Layer;

    /// <summary>True for a variable tensor as it is after the run, which is no output.</summary>
    public bool IsState { get; init; }

    /// <summary>True for what goes out of a run, and so is gated in the candidate's own chain too: an output of the model, or a state, from which the next run starts.</summary>
    public bool LeavesModel { get; init; }

    /// <summary>The tensor as its operator leaves it.</summary>
    public OperatorResultTensor Result => new(Output, Tensor, IsState);

    public Metrics? Isolated { get; init; }

    public Metrics? Cumulative { get; init; }

    /// <summary>Where the output differs: alone where it does so alone, else cumulatively. Null where nothing differs, or nobody asked for it.</summary>
    public ErrorMap? Map { get; init; }

    /// <summary>The nearest operators before this one that diverge by themselves and feed it; empty when its cumulative output is right.</summary>
    public ImmutableArray<LayerIndex> InheritedFrom { get; init; } = [];

    /// <summary>What explains the isolated difference, best first; empty where nothing differs or nothing is known.</summary>
    public ImmutableArray<Cause> Causes { get; init; } = [];

    /// <summary>What the places and signs of the differences say by themselves, where nothing explains all of them.</summary>
    public ImmutableArray<string> Pattern { get; init; } = [];

    /// <summary>False where a second run of the candidate on the same inputs gave something else: then no arithmetic is searched for.</summary>
    public bool IsReproducible { get; init; } = true;
}

/// <summary>
/// Operators that can only be compared as one, since the candidate gave no values between them; ascending. They begin at the nearest values that it gave, and end with
/// the operator whose output it gave.
/// </summary>
public sealed record Segment(ImmutableArray<LayerIndex> Operators)
{
    public LayerIndex First => Operators[0];

    public LayerIndex Last => Operators[^1];
}

/// <summary>How much of the model was really compared. Counted in operator outputs and states.</summary>
/// <param name="Compared">Outputs with a verdict that rests on the candidate's own values.</param>
/// <param name="Substituted">Outputs that something else computed in the candidate's place.</param>
/// <param name="Total">All operator outputs and states of the model.</param>
public sealed record Coverage(int Compared, int Substituted, int Total, ImmutableArray<NotComparedTensor> NotCompared);

/// <summary>A tensor that was not compared, or one that the candidate gave and the model does not know (<see cref="Layer"/> null).</summary>
public sealed record NotComparedTensor(LayerIndex? Layer, string Tensor, string Reason);

/// <summary>The candidate as the report names it.</summary>
/// <param name="Kind"><c>opencl</c>, <c>reference</c>, <c>dump</c>, ...</param>
/// <param name="Description">Device, path or runtime, for people.</param>
public sealed record CandidateDescription(string Kind, string Description);

/// <summary>The oracle as the report names it.</summary>
/// <param name="Runtime"><c>litert</c>, <c>native</c>, ...</param>
/// <param name="Version">Of the runtime; empty when it could not be asked.</param>
/// <param name="Flavour">What was asked for.</param>
/// <param name="Profile">What the runtime was found to do; null when that is unknown.</param>
public sealed record OracleDescription(string Runtime, string Version, Flavour Flavour, Profile? Profile)
{
    /// <summary>What the flavour's name alone would hide; null for nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>One flavour of the oracle on one input, compared with the candidate.</summary>
public sealed record RunReport
{
    public required Verdict Verdict { get; init; }

    public required Graph Model { get; init; }

    public required string InputName { get; init; }

    public required string InputSha256 { get; init; }

    public required OracleDescription Oracle { get; init; }

    public required CandidateDescription Candidate { get; init; }

    public required Coverage Coverage { get; init; }

    /// <summary>One for each operator output and state, in subgraph order.</summary>
    public required ImmutableArray<LayerComparison> Layers { get; init; }

    /// <summary>The operators that diverge by themselves, ascending; null when that is unknown, never empty then.</summary>
    public required ImmutableArray<LayerIndex>? Frontier { get; init; }

    /// <summary>What explains the frontier's operators together, over all inputs of the flavour; what explains most operators first.</summary>
    public ImmutableArray<Cause> Diagnosis { get; init; } = [];

    /// <summary>How the candidate ranks the classes of each model output beside the oracle.</summary>
    public ImmutableArray<OutputRanking> Rankings { get; init; } = [];

    /// <summary>Why nothing at all could be compared; null when something was.</summary>
    public string? Reason { get; init; }
}

/// <summary>How a report came about, for whoever replays it.</summary>
/// <param name="Arguments">The model, then the options that say what was verified, as they were given: <c>--input=dog.ppm</c>.</param>
/// <param name="GoldenSha256">Of the manifest of the golden that was the oracle; null where a runtime was.</param>
public sealed record RecordedCommand(ImmutableArray<string> Arguments, string? GoldenSha256);

/// <summary>A whole verification: every flavour and input, and what follows from them together.</summary>
public sealed record VerificationReport
{
    public required Verdict Verdict { get; init; }

    /// <summary>The flavours that the candidate equals in every operator.</summary>
    public required ImmutableArray<Flavour> Matches { get; init; }

    /// <summary>Operators in which the oracle's own flavours differ; empty with a single flavour.</summary>
    public required ImmutableArray<LayerIndex> Disagreements { get; init; }

    public required ImmutableArray<RunReport> Runs { get; init; }

    /// <summary>The command that made it; null for a report that no command made.</summary>
    public RecordedCommand? Command { get; init; }

    /// <summary>The report on all inputs, from reports of the same model, oracle and candidate on some of them each.</summary>
    public static VerificationReport Merge(ImmutableArray<VerificationReport> parts)
    {
        ImmutableArray<RunReport> runs = [.. parts.SelectMany(part => part.Runs).OrderBy(run => run.Oracle.Flavour)];
        // The last part's says what explains all that were diagnosed so far.
        Dictionary<Flavour, ImmutableArray<Cause>> diagnoses = runs.Where(run => !run.Diagnosis.IsEmpty).GroupBy(run => run.Oracle.Flavour)
            .ToDictionary(group => group.Key, group => group.Last().Diagnosis);
        runs = [.. runs.Select(run => RunDiagnosis.Led(run, diagnoses.GetValueOrDefault(run.Oracle.Flavour, run.Diagnosis)))];
        return new()
        {
            Verdict = Policy.Verdicts.Of(runs),
            Matches = [.. parts[0].Matches.Where(flavour => parts.All(part => part.Matches.Contains(flavour)))],
            Disagreements = [.. parts.SelectMany(part => part.Disagreements).Distinct().OrderBy(layer => layer.Value)],
            Runs = runs,
        };
    }

    /// <summary>Agreement and accuracy over all inputs, for each flavour and ranked output.</summary>
    public ImmutableArray<OutputAccuracy> Accuracy { get; init; } = [];

    /// <summary>What there is to say of the policy and the baseline.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    /// <summary>The process exit code that belongs to the verdict: 0 pass, 1 fail, 3 not compared.</summary>
    public int ExitCode => Verdict switch { Verdict.Pass => 0, Verdict.Fail => 1, _ => 3 };
}
