using System.Collections.Immutable;
using System.Diagnostics;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Kernels;

/// <summary>
/// The worker's side: what it does for each request. The device stays open, programs stay built and the last pipeline ready, since runs of one model follow each other.
/// Says on stderr what it is about to do, so that a crash has a last word.
/// </summary>
internal sealed class OpenClSession : IDisposable
{
    private OpenClDevice? device;
    private KernelPrograms? programs;
    private Graph? file;
    private (Graph Graph, string? UserFolder, ImmutableArray<OperatorArithmetic?> Arithmetics, OpenClPipeline Pipeline)? ready;

    public static DeviceList Describe(DescribeDevices request) => new([.. WithoutDevice(OpenClDevice.List)]);

    /// <summary>Builds what a run will need, before there is one.</summary>
    public PipelineReceipt Prepare(PipelineOrder order)
    {
        PipelineFor(order, FileOf(order));
        return new();
    }

    public RunReceipt Run(RunOrder order)
    {
        TensorSet capture = SafeTensors.Read(order.CapturePath);
        long start = Stopwatch.GetTimestamp();
        OpenClPipeline pipeline = PipelineFor(order.Pipeline, RunGraph.Of(FileOf(order.Pipeline), capture, ready?.Graph));
        double build = Lap(ref start);
        OpenClCapture isolated = order.ChainOnly ? OpenClCapture.Empty : pipeline.RunIsolated(capture);
        double isolatedTime = Lap(ref start);
        // Where no operator reads another's output, both are the same run.
        OpenClCapture cumulative = order.ChainOnly || IsChained(ready!.Value.Graph) ? pipeline.RunCumulative(capture, capture) : isolated;
        double cumulativeTime = Lap(ref start);
        SafeTensors.Write(order.IsolatedPath, isolated.Tensors);
        SafeTensors.Write(order.CumulativePath, cumulative.Tensors);
        return new(
            device!.Facts, [.. pipeline.UserKernels], new(pipeline.SeveralLaunches), ByPosition(isolated), ByPosition(cumulative), new(pipeline.Programs, build, isolatedTime, cumulativeTime));
    }

    public void Dispose()
    {
        ready?.Pipeline.Dispose();
        programs?.Dispose();
        device?.Dispose();
    }

    private Graph FileOf(PipelineOrder order)
    {
        if (file?.Sha256 != order.ModelSha256)
            file = TfliteReader.Read(order.ModelPath);
        return file.Sha256 == order.ModelSha256 ? file
            : throw new WorkerFailureException(FailureKind.Refused, $"{order.ModelPath} has changed: its sha256 is {file.Sha256}, expected {order.ModelSha256}");
    }

    private OpenClPipeline PipelineFor(PipelineOrder order, Graph graph)
    {
        device ??= WithoutDevice(OpenClDevice.Open);
        Profile profile = KnownProfiles.Named(order.Profile);
        if (profile.Hash != order.ProfileHash)
            throw new WorkerFailureException(FailureKind.Refused, $"profile {order.Profile} has the hash {profile.Hash}, expected {order.ProfileHash}");
        ImmutableHashSet<TensorIndex> delegated = [.. order.Delegated.Select(tensor => new TensorIndex(tensor))];
        ImmutableArray<OperatorArithmetic?> arithmetics = [.. graph.Operators.Select(op => ArithmeticOf(graph, op, profile, delegated))];
        if (ready is { } before && before.Graph == graph && before.UserFolder == order.UserFolder && before.Arithmetics.SequenceEqual(arithmetics))
            return before.Pipeline;
        ready?.Pipeline.Dispose();
        ready = null;
        if (programs?.Source.UserFolder != order.UserFolder)
        {
            programs?.Dispose();
            programs = null;
        }
        programs ??= new(device, new(order.UserFolder), Console.Error.WriteLine);
        OpenClPipeline pipeline = new(device, graph, profile, delegated, programs, progress: Console.Error.WriteLine);
        ready = (graph, order.UserFolder, arithmetics, pipeline);
        return pipeline;
    }

    private static bool IsChained(Graph graph)
    {
        HashSet<TensorIndex> computed = [.. graph.Operators.SelectMany(op => op.Outputs)];
        return graph.Operators.Any(op => op.Inputs.Any(computed.Contains));
    }

    private static OperatorArithmetic? ArithmeticOf(Graph graph, Operator op, Profile profile, ImmutableHashSet<TensorIndex> delegated)
    {
        try
        {
            return profile.ArithmeticOf(new(graph, op), op.Outputs.Any(delegated.Contains));
        }
        catch (NotComputableException)
        {
            return null;
        }
    }

    private static Dictionary<int, string> ByPosition(OpenClCapture capture) =>
        capture.NotComputed.ToDictionary(entry => entry.Key.Value, entry => entry.Value);

    private static double Lap(ref long start)
    {
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        return elapsed;
    }

    private static T WithoutDevice<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (OpenClException e)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, e.Message);
        }
    }
}
