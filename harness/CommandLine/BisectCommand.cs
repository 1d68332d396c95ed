using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Harness.Comparison;
using OffByN.Harness.Localization;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Workers;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>bisect</c>: the first divergence, with few taps.</summary>
internal static class BisectCommand
{
    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        VerificationOptions options = new(replays: true);
        Command command = new("bisect", """
            Find the first operator of the candidate's own chain whose output or state differs, tapping the oracle at few tensors instead of all: at what leaves the model, at what the
            chain takes from the oracle, and on the way to the difference. Bounds are those of verify. With --flavour xnn, and where only a run tells shapes, all are tapped.

            Example:
              offbyn bisect mobilenet.tflite --input dog.ppm --candidate kernels:mine
              offbyn bisect report.json

            Exit codes: 0 all that leaves the model is equal, 1 a divergence was found, 3 something of it could not be compared and nothing differs, 2 bad input.
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

    private static async Task<int> RunAsync(VerificationRequest request, IAnsiConsole console, ConsoleProgress progress, CancellationToken cancel)
    {
        (Found found, bool isSettled) = await KeptWorkers.DuringAsync([request.Oracle, request.Candidate], () => FindAsync(request, progress, cancel), cancel).ConfigureAwait(false);
        if (!isSettled)
            found = await FindAsync(request, progress, cancel).ConfigureAwait(false);
        progress.Clear();
        if (found.Result?.FirstDiffering is { } first)
        {
            PrintDifference(request.Graph, found, first, console);
            return 1;
        }
        LayerComparison[] unknown = [.. found.Ends.Values.Where(end => end.Cumulative is not { Elements: > 0 })];
        if (found.Obstacle is null && unknown.Length == 0)
        {
            console.MarkupLineInterpolated($"[green bold]EQUAL[/]  what leaves the model is the oracle's, exactly or within its bound ({Sentences.Count(found.Ends.Count, "operator")} compared)");
            console.MarkupLineInterpolated($"{Bisection.Assumption}");
            return 0;
        }
        console.MarkupLineInterpolated($"[magenta bold]NOT COMPARED[/]  {Sentences.Reason(found.Obstacle ?? $"{Sentences.OperatorAndResult(unknown[0])}: {unknown[0].Reason}")}");
        if (found.Obstacle is null)
            console.WriteLine($"{Sentences.Count(unknown.Length)} of {Sentences.Count(found.Ends.Count, "operator")} that decide could not be compared, and no other differs; verify compares every operator");
        return Application.NotCompared;
    }

    private static async Task<Found> FindAsync(VerificationRequest request, ConsoleProgress progress, CancellationToken cancel)
    {
        TappedChain chain = new(request, cancel);
        Dictionary<LayerIndex, LayerComparison> compared = [];
        progress.Report("comparing what leaves the model");
        (ImmutableArray<LayerIndex> ends, string? obstacle) = await chain.EndsAsync().ConfigureAwait(false);
        foreach (LayerIndex end in obstacle is null ? ends : [])
            await CompareAsync(end).ConfigureAwait(false);
        Dictionary<LayerIndex, LayerComparison> ofEnds = new(compared);
        LayerComparison? differing = ends.Where(compared.ContainsKey).Select(end => compared[end]).FirstOrDefault(Differs);
        return new(ofEnds, compared, obstacle)
        {
            Result = differing is null ? null : await Bisection.SearchAsync(chain.UpTo(differing.Layer), async layer => (await CompareAsync(layer).ConfigureAwait(false)).Cumulative is { Elements: > 0 } metrics ? metrics : null).ConfigureAwait(false),
        };

        async Task<LayerComparison> CompareAsync(LayerIndex layer)
        {
            progress.Report($"comparing operator {layer}");
            return compared.TryGetValue(layer, out LayerComparison? known) ? known : compared[layer] = Deciding(await chain.CompareAsync(layer).ConfigureAwait(false));
        }
    }

    /// <summary>Of all that an operator leaves what differs, else what could not be compared.</summary>
    private static LayerComparison Deciding(ImmutableArray<LayerComparison> results) =>
        results.FirstOrDefault(Differs) ?? results.FirstOrDefault(result => result.Cumulative is not { Elements: > 0 }) ?? results[0];

    private static bool Differs(LayerComparison result) => result.Cumulative is { Beyond: > 0 };

    private static void PrintDifference(Graph graph, Found found, LayerIndex first, IAnsiConsole console)
    {
        LayerComparison differing = found.Compared[first];
        int unknown = found.Compared.Values.Count(result => result.Cumulative is not { Elements: > 0 });
        console.MarkupLineInterpolated($"[red bold]DIFFERS[/]  first at {Sentences.OperatorAndResult(differing)}: {Sentences.Element(differing.Cumulative)}");
        console.MarkupLineInterpolated($"last equal: {(found.Result!.LastEqual is { } equal ? Sentences.Operator(found.Compared[equal]) : "the model's inputs")} ({found.Compared.Count - unknown} of {graph.Operators.Length} operators compared{(unknown == 0 ? "" : $", {unknown} could not be")})");
        console.MarkupLineInterpolated($"{Bisection.Assumption}");
        console.WriteLine();
        foreach (Probe probe in found.Result.Probes)
            console.MarkupLineInterpolated($"  {Sentences.Operator(found.Compared[probe.Layer])}: {Judgement(probe.Metrics)}");
    }

    private static string Judgement(Metrics metrics) => metrics switch
    {
        { Beyond: > 0 } => $"{Sentences.Share(metrics)} by {(metrics.Differing == 1 ? "" : "up to ")}{Sentences.Distance(metrics)}",
        { Differing: > 0 } => "within its bound",
        _ => "equal",
    };

    /// <summary>What a bisection found.</summary>
    /// <param name="Ends">The operators that decide, and what of each does.</param>
    /// <param name="Compared">These and all that were compared on the way.</param>
    /// <param name="Obstacle">Why nothing was compared; null where something was.</param>
    private sealed record Found(IReadOnlyDictionary<LayerIndex, LayerComparison> Ends, IReadOnlyDictionary<LayerIndex, LayerComparison> Compared, string? Obstacle)
    {
        /// <summary>Where it first differs; null where no end does.</summary>
        public BisectionResult? Result { get; init; }
    }
}
