using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Demo;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Tests.Workers;

/// <summary>What became of the answers that were asked of workers which were killed meanwhile.</summary>
/// <param name="Kills">Workers that were killed while they lived.</param>
/// <param name="Right">Answers with the bytes that an undisturbed run gives.</param>
/// <param name="NotCompared">Failures with a reason.</param>
/// <param name="Wrong">Answers with other bytes. Never.</param>
/// <param name="Lost">Answers that did not come, or failures without a reason. Never.</param>
public sealed record FaultTally(string Worker, int Kills, int Runs, int Right, int NotCompared, int Wrong, int Lost);

/// <summary>Asks a worker for ten answers at a time and kills its process (SIGKILL) at random moments, again and again until the answers are there.</summary>
public sealed class WorkerFaults
{
    private const int Batch = 10;

    private readonly string program;
    private readonly Func<Task<ImmutableArray<(TensorSet? Tensors, string? Reason)>>> run;

    private WorkerFaults(string program, Func<Task<ImmutableArray<(TensorSet? Tensors, string? Reason)>>> run) => (this.program, this.run) = (program, run);

    /// <summary>Ten captures of the generated model, with an input each.</summary>
    public static WorkerFaults OfOracle(OracleRuntime runtime) => new(runtime.Program.Project, async () =>
    {
        (Graph graph, byte[] model) = SmallModel();
        byte[] tapped = Tapping.Tap(model, graph);
        ImmutableArray<CaptureOutcome> outcomes = await new WorkerOracle(runtime, WorkerLimits.Default).CaptureAsync(
            [.. Seeds(graph).Select(input => new CaptureRequest(graph, tapped, input, Flavour.Opt))]).ConfigureAwait(false);
        return [.. outcomes.Select(outcome => (outcome.Capture?.Tensors, outcome.Failure?.Reason))];
    });

    /// <summary>Ten runs of the OpenCL pipeline on the generated model, with the tensors of the oracle's captures.</summary>
    /// <param name="path">Where the model is written; the worker reads it from there.</param>
    public static async Task<WorkerFaults> OfOpenClAsync(OracleRuntime runtime, string path)
    {
        (Graph graph, byte[] model) = SmallModel(path);
        await File.WriteAllBytesAsync(path, model).ConfigureAwait(false);
        byte[] tapped = Tapping.Tap(model, graph);
        ImmutableArray<ModelInput> inputs = [.. Seeds(graph)];
        ImmutableArray<CaptureOutcome> captures = await new WorkerOracle(runtime, WorkerLimits.Default).CaptureAsync(
            [.. inputs.Select(input => new CaptureRequest(graph, tapped, input, Flavour.Opt))]).ConfigureAwait(false);
        ImmutableArray<OpenClRequest> requests = [.. captures.Zip(inputs, (outcome, input) =>
            Harness.Verification.ContextOf(graph, input, outcome.Capture) is { } context
                ? new OpenClRequest(graph, context.Profile, context.Delegated, input.Tensors, context.Oracle)
                : throw new InvalidOperationException(outcome.Failure!.Reason))];
        return new("OffByN.Kernels", async () =>
        {
            await using OpenClCandidate pipeline = new(WorkerLimits.Default);
            ImmutableArray<Answer<OpenClResult>> answers = await pipeline.RunAsync(requests).ConfigureAwait(false);
            return [.. answers.Select(answer => (answer.Value?.Cumulative.Tensors, answer.Failure?.Reason))];
        });
    }

    /// <summary>Runs until so many workers were killed.</summary>
    public async Task<FaultTally> DisturbAsync(int kills, int seed)
    {
        long start = Stopwatch.GetTimestamp();
        ImmutableArray<(TensorSet? Tensors, string? Reason)> undisturbed = await run().ConfigureAwait(false);
        TimeSpan usual = Stopwatch.GetElapsedTime(start);
        if (undisturbed.FirstOrDefault(answer => answer.Tensors is null).Reason is { } reason)
            throw new InvalidOperationException($"{program} gives no answer even where nobody disturbs it: {reason}");

        Random random = new(seed);
        FaultTally tally = new(program, 0, 0, 0, 0, 0, 0);
        while (tally.Kills < kills)
        {
            Task<ImmutableArray<(TensorSet? Tensors, string? Reason)>> running = run();
            int killed = 0;
            // The next one comes sooner or later than the run's end: some runs lose one worker, some one for each answer.
            while (tally.Kills + killed < kills && await Task.WhenAny(running, Task.Delay(usual * random.NextDouble())).ConfigureAwait(false) != running)
                killed += KillWorkers();
            ImmutableArray<(TensorSet? Tensors, string? Reason)> answers = await running.ConfigureAwait(false);
            tally = Count(tally with { Kills = tally.Kills + killed, Runs = tally.Runs + 1 }, undisturbed, answers);
        }
        return tally;
    }

    private static FaultTally Count(
        FaultTally tally, ImmutableArray<(TensorSet? Tensors, string? Reason)> undisturbed, ImmutableArray<(TensorSet? Tensors, string? Reason)> answers)
    {
        int right = 0, notCompared = 0, wrong = 0;
        foreach (((TensorSet? expected, _), (TensorSet? actual, string? reason)) in undisturbed.Zip(answers))
        {
            right += actual is not null && AreEqual(expected!, actual) ? 1 : 0;
            wrong += actual is not null && !AreEqual(expected!, actual) ? 1 : 0;
            notCompared += actual is null && !string.IsNullOrEmpty(reason) ? 1 : 0;
        }
        return tally with
        {
            Right = tally.Right + right,
            NotCompared = tally.NotCompared + notCompared,
            Wrong = tally.Wrong + wrong,
            Lost = tally.Lost + undisturbed.Length - right - notCompared - wrong,
        };
    }

    private static bool AreEqual(TensorSet expected, TensorSet actual) =>
        expected.Tensors.Count == actual.Tensors.Count && expected.Tensors.All(entry =>
            actual.Tensors.TryGetValue(entry.Key, out TensorValue? value) && value.Type == entry.Value.Type && value.Shape.Equals(entry.Value.Shape)
            && value.Data.Span.SequenceEqual(entry.Value.Data.Span));

    /// <summary>Kills this process's children that run the program, as the system does when memory runs out.</summary>
    private int KillWorkers()
    {
        int killed = 0;
        foreach (int child in Children().Where(IsWorker))
        {
            try
            {
                using Process process = Process.GetProcessById(child);
                process.Kill();
                killed++;
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // It ended by itself since it was listed.
            }
        }
        return killed;
    }

    private bool IsWorker(int process) => Read($"/proc/{process}/cmdline").Contains($"{program}.dll", StringComparison.Ordinal);

    private static IEnumerable<int> Children() => Directory.EnumerateDirectories("/proc")
        .Where(folder => ParentOf(Read(Path.Combine(folder, "stat"))) == Environment.ProcessId)
        .Select(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture));

    /// <summary>The second field after the name, which is in brackets and may hold anything.</summary>
    private static int? ParentOf(string stat) =>
        stat.Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string parent, ..]
        && int.TryParse(parent, CultureInfo.InvariantCulture, out int id) ? id : null;

    /// <summary>Empty where the process, or what looked like one, is gone.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static (Graph Graph, byte[] Model) SmallModel(string path = "small.tflite")
    {
        byte[] model = DemoModel.Write(new DemoShape(Resolution: 64, Channels: 8, Classes: 101));
        return (TfliteReader.Parse(model, path), model);
    }

    private static IEnumerable<ModelInput> Seeds(Graph graph) => Enumerable.Range(0, Batch).Select(seed => InputReader.FromSeed(graph, (ulong)seed));
}
