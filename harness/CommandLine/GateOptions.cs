using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Golden;
using OffByN.Harness.Policy;
using OffByN.Model;

namespace OffByN.Harness.CommandLine;

/// <summary>The options that say what a candidate is held to, beyond being exact.</summary>
internal sealed class GateOptions
{
    private readonly Option<string?> policy = new("--policy") { Description = "Allowances and required accuracy, a YAML file (docs/policy.md)", HelpName = "FILE" };

    private readonly Option<string?> labels = new("--labels") { Description = "The right class of each input, a number a line: report the accuracy of both", HelpName = "FILE" };

    private readonly Option<string?> baseline = new("--baseline") { Description = "Divergences that are known: fail on what is worse", HelpName = "FILE" };

    private readonly Option<bool> update = new("--update") { Description = "Write the baseline: a new one, or one that is nowhere looser than before" };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { policy, labels, baseline, update })
            command.Options.Add(option);
    }

    /// <summary>The baseline, where it is to be written.</summary>
    public IEnumerable<string> Written(ParseResult parsed) => parsed.GetValue(update) && parsed.GetValue(baseline) is { } path ? [path] : [];

    /// <summary>The files that are read and not written.</summary>
    public IEnumerable<string> FilesRead(ParseResult parsed) =>
        new[] { parsed.GetValue(policy), parsed.GetValue(labels), parsed.GetValue(update) ? null : parsed.GetValue(baseline) }.OfType<string>();

    /// <summary>Reads and checks the files before any worker starts.</summary>
    /// <exception cref="UserErrorException">One cannot be used, or one is missing that another asks for.</exception>
    public Gate Read(ParseResult parsed, int inputs)
    {
        VerificationPolicy rules = parsed.GetValue(policy) is { } file ? PolicyFile.Read(file) : VerificationPolicy.Exact;
        ImmutableArray<int> classes = parsed.GetValue(labels) is { } list ? Labels.Read(list, inputs) : [];
        if (rules.Accuracy is { MaxAccuracyDrop: not null } && classes.IsEmpty)
            throw new UserErrorException($"{parsed.GetValue(policy)} asks for maxAccuracyDrop, which needs the right class of each input: give --labels FILE.");
        string? path = parsed.GetValue(baseline);
        if (path is null && parsed.GetValue(update))
            throw new UserErrorException("--update writes a baseline: expected --baseline FILE with it.");
        if (path is not null && parsed.GetValue(update))
            AtomicFile.Create(path).Dispose();
        Baseline? known = path is null ? null : BaselineFile.Read(path);
        if (path is not null && known is null && !parsed.GetValue(update))
            throw new UserErrorException($"{path}: no such baseline. Make it from today's divergences with --update.");
        return new Gate(rules, known, classes);
    }

    /// <summary>Judges a report, and writes the baseline where that was asked for and nothing gets looser.</summary>
    /// <exception cref="UserErrorException">The baseline is of something else, or cannot be written.</exception>
    public VerificationReport Judge(VerificationReport report, Gate gate, ParseResult parsed, DateOnly today)
    {
        gate.Baseline?.RequireSame(report);
        if (!parsed.GetValue(update))
            return Verdicts.Judge(report, gate, today);
        string path = parsed.GetValue(baseline)!;
        Baseline? now = Baseline.Of(Verdicts.Judge(report, gate with { Baseline = null }, today), path, gate.Baseline);
        if (now is null || gate.Baseline?.Allows(now) == false)
        {
            string reason = now is null ? "not everything could be run" : "something is worse than it says";
            VerificationReport judged = Verdicts.Judge(report, gate, today);
            return judged with { Findings = [.. judged.Findings, new(FindingKind.Baseline, $"baseline {path} was not written: {reason}")] };
        }
        BaselineFile.Write(now);
        VerificationReport held = Verdicts.Judge(report, gate with { Baseline = now }, today);
        return held with { Findings = [.. held.Findings, new(FindingKind.Baseline, $"baseline {path}: {now.Entries.Count} outputs and states that differ were written")] };
    }
}
