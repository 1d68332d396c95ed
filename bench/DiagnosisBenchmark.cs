using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Localization;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Bench;

/// <summary>How long the diagnosis of a run takes, operator by operator and all together, with a user's kernels that part from TFLite everywhere.</summary>
internal static class DiagnosisBenchmark
{
    public static async Task<int> RunAsync(string model, string input, string kernels)
    {
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(model);
        OracleRuntime runtime = PythonRuntime.FindAll().FirstOrDefault() ?? throw new InvalidOperationException(PythonRuntime.HowToGet);
        ModelInput read = InputReader.Read(graph, [input])[0];
        CaptureOutcome outcome = (await new WorkerOracle(runtime, WorkerLimits.Default).CaptureAsync([new(graph, Tapping.Tap(bytes, graph), read, Flavour.Ref)]).ConfigureAwait(false))[0];
        CandidateContext context = Verification.ContextOf(graph, read, outcome.Capture) ?? throw new UserErrorException(outcome.Failure!.Reason);
        OpenClPipelineCandidate candidate = new(kernels);
        await using (candidate.ConfigureAwait(false))
        {
            CandidateTensors tensors = (await candidate.RunAsync([context], CancellationToken.None).ConfigureAwait(false))[0];
            ImmutableArray<LayerIndex> frontier = Frontier.Of(LayerComparisons.Of(context, tensors, withMaps: false, CancellationToken.None)) ?? [];
            Diagnoses.Of(context, tensors, frontier.Take(1), CancellationToken.None);
            List<OperatorDiagnosis> found = [];
            long all = Stopwatch.GetTimestamp();
            foreach (LayerIndex layer in frontier)
            {
                long start = Stopwatch.GetTimestamp();
                found.AddRange(Diagnoses.Of(context, tensors, [layer], CancellationToken.None));
                Print($"operator {layer,3} {graph[layer].Name,-18} {Stopwatch.GetElapsedTime(start).TotalMilliseconds,7:0} ms");
            }
            ImmutableArray<Cause> causes = Diagnoses.OfRun([.. found]);
            Print($"{frontier.Length} operators and the run together: {Stopwatch.GetElapsedTime(all).TotalMilliseconds:0} ms");
            foreach (Cause cause in causes)
                Print($"{cause.Hypothesis.Id}: {cause.Operators.Length} operators, confirmed {cause.IsConfirmed}, margin {cause.Margin}");
        }
        return 0;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
