using System.Collections.Immutable;
using System.Globalization;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Bench;

/// <summary>
/// The exactness table: models and inputs, in every flavour, against the reference and the OpenCL pipeline. For each run the operator outputs and elements that were
/// compared, how many differ beyond their bound, which is 0 for all but some float operators, isolated and cumulatively, and how many differ within it.
/// </summary>
internal static class ExactnessBenchmark
{
    private static readonly ImmutableArray<Flavour> Flavours = [Flavour.Ref, Flavour.Opt, Flavour.Xnn];

    /// <param name="arguments">Models, each followed by its inputs, if any; without input seed 0 is used.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        OracleRuntime runtime = PythonRuntime.FindAll().FirstOrDefault() ?? throw new InvalidOperationException(PythonRuntime.HowToGet);
        Console.WriteLine("| model | input | flavour | candidate | compared | elements | differ alone | differ in the chain | within a bound | why the rest was not compared |");
        Console.WriteLine("|---|---|---|---|---:|---:|---:|---:|---:|---|");
        long differing = 0;
        foreach ((string model, ImmutableArray<string> inputs) in Group(arguments))
        {
            (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(model);
            IReadOnlyList<ModelInput> read = inputs.IsEmpty ? [InputReader.FromSeed(graph, 0)] : InputReader.Read(graph, inputs);
            WorkerOracle oracle = new(runtime, WorkerLimits.Default);
            ImmutableArray<CaptureOutcome> captures = [];
            foreach (Func<ICandidate> create in new Func<ICandidate>[] { () => new ReferenceCandidate(), () => new OpenClPipelineCandidate() })
            {
                ICandidate candidate = create();
                await using (candidate.ConfigureAwait(false))
                {
                    VerificationRequest request = new(graph, bytes, read, Flavours, oracle, candidate);
                    if (captures.IsEmpty)
                        captures = await Verification.CaptureAsync(request, NoProgress.Instance, CancellationToken.None).ConfigureAwait(false);
                    VerificationReport report = await Verification.CompareAsync(request, captures, NoProgress.Instance, CancellationToken.None).ConfigureAwait(false);
                    differing += report.Runs.Sum(Print);
                }
            }
        }
        return differing == 0 ? 0 : 1;
    }

    private static long Print(RunReport run)
    {
        long isolated = run.Layers.Sum(layer => layer.Isolated?.Beyond ?? 0), cumulative = run.Layers.Sum(layer => layer.Cumulative?.Beyond ?? 0);
        long within = run.Layers.Sum(layer => layer.Isolated is { } metrics ? metrics.Differing - metrics.Beyond : 0);
        long elements = run.Layers.Sum(layer => layer.Isolated?.Elements ?? 0);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Path.GetFileNameWithoutExtension(run.Model.Path)} | {run.InputName} | {run.Oracle.Flavour.ToString().ToLowerInvariant()} | {run.Candidate.Kind} | {run.Coverage.Compared}/{run.Coverage.Total} | {elements:N0} | {isolated:N0} | {cumulative:N0} | {within:N0} | {WhyNot(run)} |"));
        return isolated + cumulative;
    }

    private static string WhyNot(RunReport run) => Printable.Of(run.Reason ?? string.Join("; ", run.Coverage.NotCompared.Select(tensor => tensor.Reason).Distinct()));

    private static IEnumerable<(string Model, ImmutableArray<string> Inputs)> Group(IReadOnlyList<string> arguments)
    {
        for (int at = 0; at < arguments.Count;)
        {
            string model = arguments[at++];
            List<string> inputs = [];
            while (at < arguments.Count && !arguments[at].EndsWith(".tflite", StringComparison.Ordinal))
                inputs.Add(arguments[at++]);
            yield return (model, [.. inputs]);
        }
    }
}
