using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using OffByN.Harness.Candidates;
using OffByN.Harness.Demo;
using OffByN.Harness.Explanation;
using OffByN.Harness.Reporting;
using OffByN.Model;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>explain MODEL --layer</c>: a verification, then one element of one layer of it.</summary>
internal sealed class LayerExplanation
{
    private readonly VerificationOptions verification = new(modelIsOptional: true, replays: true);

    private readonly Option<string?> layer = new("--layer") { Description = "The operator: its position in the subgraph, or the name of its output", HelpName = "N|NAME" };

    private readonly Option<string?> element = new("--element")
    {
        Description = "The element of its output, one index for each dimension; without it the one that is furthest off", HelpName = "i,j,k,c",
    };

    private readonly Option<bool> taps = new("--taps") { Description = "Print every product of the sum" };

    public void AddTo(Command command)
    {
        verification.AddTo(command);
        command.Options.Add(layer);
        command.Options.Add(element);
        command.Options.Add(taps);
    }

    public bool IsAskedFor(ParseResult parsed) => verification.HasModel(parsed);

    public async Task<int> RunAsync(ParseResult parsed, IAnsiConsole console, TextWriter errors, CancellationToken cancel)
    {
        VerificationRequest request = verification.Read(parsed);
        Operator op = OperatorOf(request.Graph, parsed.GetValue(layer)
            ?? throw new UserErrorException("explain needs a layer: expected --layer N or --layer NAME beside the model. See 'offbyn explain --help'."));
        ImmutableArray<int>? index = parsed.GetValue(element) is { } text ? IndexOf(text) : null;
        RecordingCandidate candidate = new(request.Candidate);
        await using (candidate.ConfigureAwait(false))
        {
            VerificationReport report;
            using (ConsoleProgress progress = new(errors, verification.Quiet(parsed)))
                report = await Verification.RunAsync(request with { Candidate = candidate }, progress, cancel).ConfigureAwait(false);
            return Print(report, candidate.Recorded, op, index, parsed.GetValue(taps), console);
        }
    }

    private static int Print(
        VerificationReport report, ImmutableArray<(CandidateContext Context, CandidateTensors Tensors)> recorded, Operator op, ImmutableArray<int>? element, bool withTaps, IAnsiConsole console)
    {
        (RunReport Run, (CandidateContext Context, CandidateTensors Tensors) Values)[] runs = [.. report.Runs.Where(run => !run.Layers.IsEmpty).Zip(recorded)];
        if (runs.Length == 0)
        {
            TerminalReport.WriteOutcome(report, console);
            return report.ExitCode;
        }
        (RunReport run, (CandidateContext context, CandidateTensors tensors)) = runs.FirstOrDefault(
            pair => pair.Run.Layers.Any(entry => entry.Layer == op.Index && entry.Verdict == LayerVerdict.Diverges), runs[0]);
        LayerComparison compared = run.Layers.First(entry => entry.Layer == op.Index);
        if (ElementExplanation.Of(context, tensors, run, compared, element) is { } explanation)
        {
            ElementView.Print(explanation, withTaps, console);
            return 0;
        }
        console.WriteLine($"{Sentences.Operator(compared)}: {Sentences.Judgement(compared)}. Its steps are not known here: {Sentences.Reason(context.Reference.Obstacle(op.Index) ?? compared.Reason)}");
        if (Sentences.Worst(compared, compared.Isolated ?? compared.Cumulative) is { } worst)
            console.WriteLine($"worst element: {worst}");
        return 0;
    }

    private static Operator OperatorOf(Graph graph, string name)
    {
        if (int.TryParse(name, NumberStyles.Integer, CultureInfo.InvariantCulture, out int index))
        {
            return (uint)index < (uint)graph.Operators.Length ? graph.Operators[index]
                : throw new UserErrorException($"--layer {index}: {graph.Path} has {graph.Operators.Length} operators, expected 0 to {graph.Operators.Length - 1}.");
        }
        Operator[] named = [.. graph.Operators.Where(op => op.Outputs.Any(output => !output.IsNone && graph[output].Name == name))];
        if (named.Length == 0)
            named = [.. graph.Operators.Where(op => op.Outputs.Any(output => !output.IsNone && graph[output].Name.Contains(name, StringComparison.OrdinalIgnoreCase)))];
        return named switch
        {
            [Operator only] => only,
            [] => throw new UserErrorException($"--layer {Printable.Of(name)}: no operator of {graph.Path} has an output of that name. 'offbyn inspect {graph.Path}' lists them."),
            _ => throw new UserErrorException($"--layer {Printable.Of(name)}: that could be operator {string.Join(", ", named.Take(8).Select(op => op.Index))}{(named.Length > 8 ? ", ..." : "")}. Give its number."),
        };
    }

    private static ImmutableArray<int> IndexOf(string text)
    {
        string[] parts = text.Split(',');
        int[] indices = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out indices[i]))
                throw new UserErrorException($"--element expects whole numbers separated by commas, such as 0,12,33,5; found '{Printable.Of(text)}'.");
        }
        return [.. indices];
    }
}
