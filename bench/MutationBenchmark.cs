using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Localization;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Bench;

/// <summary>
/// Mistakes planted in OpenCL kernels, one at a time, and what the diagnosis makes of them. A case is one mutation in one operator of one model that changes any element.
/// Of each model the first operators of every kind are taken.
/// </summary>
internal static class MutationBenchmark
{
    private const int OperatorsOfAKind = 2;

    private sealed record Case(Mutation Mutation, string Model, string Operator, long Differing, Cause? Cause, double Milliseconds)
    {
        public bool IsFound => Mutation.Slug is { } slugs && Cause is not null && Cause.Members.Any(member => slugs.Split('|').Contains(SlugOf(member.Hypothesis)));

        public bool IsWrong => Cause is { IsConfirmed: true } && !IsFound;

        private static string SlugOf(Hypothesis hypothesis) => string.Join('+', hypothesis.Mistakes.Select(mistake => mistake.Slug));
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        string? only = arguments.FirstOrDefault(argument => argument.StartsWith("only=", StringComparison.Ordinal))?["only=".Length..];
        List<Case> cases = [];
        foreach (string model in arguments.Where(argument => argument.EndsWith(".tflite", StringComparison.Ordinal)))
            cases.AddRange(await RunAsync(model, only).ConfigureAwait(false));
        Print(cases);
        return cases.Any(one => one.IsWrong) ? 1 : 0;
    }

    private static async Task<List<Case>> RunAsync(string path, string? only)
    {
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(path);
        OracleRuntime runtime = PythonRuntime.FindAll().FirstOrDefault() ?? throw new InvalidOperationException(PythonRuntime.HowToGet);
        ModelInput input = InputReader.FromSeed(graph, 0);
        WorkerOracle oracle = new(runtime, WorkerLimits.Default);
        // The optimized kernels requantize fully connected operators in integers too, which is what the mistakes are planted in.
        CaptureOutcome outcome = (await oracle.CaptureAsync([new(graph, Tapping.Tap(bytes, graph), input, Flavour.Opt)]).ConfigureAwait(false))[0];
        CandidateContext context = Verification.ContextOf(graph, input, outcome.Capture)
            ?? throw new UserErrorException($"{path}: {outcome.Failure!.Reason}");
        LayerIndex[] chosen = [.. graph.Operators.Where(op => context.Reference.Prepared(op.Index) is not null).GroupBy(op => op.Code)
            .SelectMany(kind => kind.Take(OperatorsOfAKind)).Select(op => op.Index)];
        using OpenClDevice device = OpenClDevice.Open();
        List<Case> cases = [];
        foreach (Mutation mutation in Mutations.All.Where(mutation => only is null || mutation.Name.Contains(only, StringComparison.Ordinal)))
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-mutation-");
            try
            {
                if (!mutation.Write(Path.Combine(AppContext.BaseDirectory, "kernels"), folder.FullName))
                    throw new InvalidOperationException($"{mutation.Name} changes no kernel");
                cases.AddRange(Diagnose(mutation, context, Run(device, context, chosen, folder.FullName), chosen));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        return cases;
    }

    /// <summary>The chosen operators on the oracle's inputs. In this process: a worker for every mutation would take most of the time.</summary>
    private static CandidateTensors Run(OpenClDevice device, CandidateContext context, LayerIndex[] chosen, string folder)
    {
        Graph some = context.Graph with { Operators = [.. chosen.Select(layer => context.Graph[layer])] };
        using OpenClPipeline pipeline = new(device, some, context.Profile, context.Delegated, folder);
        OpenClCapture capture = pipeline.RunIsolated(new(context.Oracle.Tensors.SetItems(context.Inputs.Tensors)));
        foreach ((LayerIndex layer, string reason) in capture.NotComputed)
            Console.WriteLine($"operator {layer} was not computed: {reason}");
        return new() { Against = IsolatedAgainst.OracleInputs, Isolated = capture.Tensors, Cumulative = capture.Tensors };
    }

    private static IEnumerable<Case> Diagnose(Mutation mutation, CandidateContext context, CandidateTensors tensors, LayerIndex[] chosen)
    {
        ImmutableArray<LayerComparison> layers = LayerComparisons.Of(context, tensors, withMaps: false, CancellationToken.None);
        foreach (LayerIndex layer in (Frontier.Of(layers) ?? []).Intersect(chosen))
        {
            long start = Stopwatch.GetTimestamp();
            if (Diagnoses.Of(context, tensors, [layer], CancellationToken.None) is not [OperatorDiagnosis diagnosis])
                continue;
            Cause? cause = Diagnoses.Causes(diagnosis).FirstOrDefault();
            Case one = new(
                mutation, Path.GetFileNameWithoutExtension(context.Graph.Path), $"{layer} {context.Graph[layer].Name}", diagnosis.Differing, cause,
                Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (one.IsWrong || (mutation.Slug is not null && !one.IsFound))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"MISS {mutation.Name} | {one.Model} {one.Operator} | {one.Differing} differ | {(cause is null ? "nothing" : $"{(cause.IsConfirmed ? "confirmed " : "")}{cause.Hypothesis.Id}, explains {cause.Score.Explains:P1}, margin {cause.Margin}")}"));
            yield return one;
        }
    }

    private static void Print(List<Case> cases)
    {
        Console.WriteLine();
        Console.WriteLine("| planted | catalogue entry | cases | in the top class | class of one | confirmed | wrongly confirmed |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (IGrouping<Mutation, Case> group in cases.GroupBy(one => one.Mutation).OrderBy(group => group.Key.Slug is null))
        {
            Console.WriteLine($"| {group.Key.Name} | {group.Key.Slug ?? "(control)"} | {group.Count()} | {(group.Key.Slug is null ? "" : group.Count(one => one.IsFound))} | {group.Count(one => one is { IsFound: true, Cause.Members.Length: 1 })} | {group.Count(one => one.Cause is { IsConfirmed: true })} | {group.Count(one => one.IsWrong)} |");
        }
        Case[] planted = [.. cases.Where(one => one.Mutation.Slug is not null)], controls = [.. cases.Where(one => one.Mutation.Slug is null)];
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{planted.Length} cases of {planted.Select(one => one.Mutation).Distinct().Count()} mutations in {cases.Select(one => (one.Model, one.Operator)).Distinct().Count()} operators of {cases.Select(one => one.Model).Distinct().Count()} models: in the top class {Share(planted, one => one.IsFound)}, class of one {Share(planted, one => one is { IsFound: true, Cause.Members.Length: 1 })}, wrongly confirmed {planted.Count(one => one.IsWrong)}. Controls: {controls.Length} cases, confirmed {controls.Count(one => one.Cause is { IsConfirmed: true })}."));
        double[] times = [.. cases.Select(one => one.Milliseconds).Order()];
        if (times.Length > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Diagnosis of an operator: median {times[times.Length / 2]:0} ms, longest {times[^1]:0} ms."));
    }

    private static string Share(Case[] cases, Func<Case, bool> holds) => cases.Length == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{cases.Count(holds)} ({(double)cases.Count(holds) / cases.Length:P1})");
}
