using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Localization;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>bisect</c>: the first divergence, with few taps.</summary>
internal static class BisectCommand
{
    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        VerificationOptions options = new(replays: true);
        Command command = new("bisect", """
            Find the first operator whose output differs, tapping the oracle at a few tensors instead of all.

            Example:
              offbyn bisect mobilenet.tflite --input dog.ppm --candidate kernels:mine
              offbyn bisect report.json

            Exit codes: 0 the model's last output is equal, 1 a divergence was found, 3 nothing could be compared.
            """);
        options.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            VerificationRequest request = options.Read(parsed);
            if (request.Inputs.Count != 1 || request.Flavours.Length != 1)
                throw new UserErrorException($"bisect takes one input and one flavour, found {request.Inputs.Count} and {request.Flavours.Length}.");
            await using (request.Candidate.ConfigureAwait(false))
            {
                using ConsoleProgress progress = new(errors, options.Quiet(parsed));
                return await RunAsync(request, console, progress, cancel).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(
        VerificationRequest request, IAnsiConsole console, ConsoleProgress progress, CancellationToken cancel)
    {
        (Graph graph, ModelInput input) = (request.Graph, request.Inputs[0]);
        ImmutableArray<LayerIndex> positions = [.. graph.Operators.Where(op => op.Outputs is [{ IsNone: false }, ..]).Select(op => op.Index)];
        CandidateTensors? candidate = null;
        NotCaptured? failure = null;
        BisectionResult result = await Bisection.SearchAsync(positions, async layer =>
        {
            progress.Report($"comparing operator {layer}");
            TensorIndex tap = graph[layer].Outputs[0];
            CaptureRequest tapped = new(graph, Tapping.Tap(request.Model, graph, [tap]), input, request.Flavours[0]) { Taps = [tap] };
            CaptureOutcome outcome = (await request.Oracle.CaptureAsync([tapped], cancel).ConfigureAwait(false))[0];
            failure ??= outcome.Failure;
            if (Verification.ContextOf(graph, input, outcome.Capture) is not { } context)
                return null;
            candidate ??= (await request.Candidate.RunAsync([context], cancel).ConfigureAwait(false))[0];
            return context.Oracle.TryGet(tap, out TensorValue? expected) && candidate.Cumulative.TryGet(tap, out TensorValue? actual)
                ? TensorComparer.Compare(expected, actual, graph[tap].Quantization, FloatBound.Exact) as Metrics
                : null;
        }).ConfigureAwait(false);
        progress.Clear();
        return Print(graph, result, positions.Length, candidate?.Failure ?? failure?.Reason ?? "the candidate gave no tensor that the oracle has", console);
    }

    private static int Print(Graph graph, BisectionResult result, int positions, string obstacle, IAnsiConsole console)
    {
        if (result.Probes.IsEmpty)
        {
            console.MarkupLineInterpolated($"[magenta bold]NOT COMPARED[/]  {Sentences.Reason(obstacle)}");
            return 3;
        }
        string compared = $"{result.Probes.Length} of {positions} tensors compared";
        if (result is { FirstDiffering: null, Unreached: { } last })
        {
            console.MarkupLineInterpolated($"[magenta bold]NOT COMPARED[/]  the output of operator {result.Probes[^1].Layer} is the oracle's, but that of operator {last}, the last, could not be compared ({compared}); verify compares every operator");
            return 3;
        }
        if (result.FirstDiffering is not { } first)
        {
            console.MarkupLineInterpolated($"[green bold]EQUAL[/]  the output of operator {result.Probes[^1].Layer}, the last, is the oracle's ({compared})");
            console.MarkupLineInterpolated($"{Bisection.Assumption}");
            return 0;
        }
        console.MarkupLineInterpolated($"[red bold]DIFFERS[/]  first at {Name(graph, first)}: {Sentences.Element(result.Probes.Last(probe => probe.Layer == first).Metrics)}");
        console.MarkupLineInterpolated($"last equal: {(result.LastEqual is { } equal ? Name(graph, equal) : "the model's inputs")} ({compared})");
        console.MarkupLineInterpolated($"{Bisection.Assumption}");
        console.WriteLine();
        foreach (Probe probe in result.Probes)
            console.MarkupLineInterpolated($"  {Name(graph, probe.Layer)}: {(probe.Differs ? $"{Sentences.Share(probe.Metrics)} by {(probe.Metrics.Differing == 1 ? "" : "up to ")}{Sentences.Distance(probe.Metrics)}" : "equal")}");
        return 1;
    }

    private static string Name(Graph graph, LayerIndex layer) => $"operator {layer} {Sentences.Name(graph[layer].Name)}";
}
