using System.Collections.Immutable;
using System.Diagnostics;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Kernels;

/// <summary>The worker's side: what it does for each request. Says on stderr what it is about to do, so that a crash has a last word.</summary>
internal static class OpenClSession
{
    public static DeviceList Describe(DescribeDevices request) => new([.. WithoutDevice(OpenClDevice.List)]);

    public static RunReceipt Run(RunOrder order)
    {
        Graph graph = TfliteReader.Read(order.ModelPath);
        if (graph.Sha256 != order.ModelSha256)
            throw new WorkerFailureException(FailureKind.Refused, $"{order.ModelPath} has changed: its sha256 is {graph.Sha256}, expected {order.ModelSha256}");
        Profile profile = KnownProfiles.Named(order.Profile);
        if (profile.Hash != order.ProfileHash)
            throw new WorkerFailureException(FailureKind.Refused, $"profile {order.Profile} has the hash {profile.Hash}, expected {order.ProfileHash}");
        TensorSet capture = SafeTensors.Read(order.CapturePath);
        using OpenClDevice device = WithoutDevice(OpenClDevice.Open);
        long start = Stopwatch.GetTimestamp();
        using OpenClPipeline pipeline = new(
            device, graph, profile, order.Delegated.Select(tensor => new TensorIndex(tensor)).ToImmutableHashSet(), order.UserFolder,
            progress: Console.Error.WriteLine);
        double build = Lap(ref start);
        OpenClCapture isolated = pipeline.RunIsolated(capture);
        double isolatedTime = Lap(ref start);
        OpenClCapture cumulative = pipeline.RunCumulative(capture, capture);
        double cumulativeTime = Lap(ref start);
        SafeTensors.Write(order.IsolatedPath, isolated.Tensors);
        SafeTensors.Write(order.CumulativePath, cumulative.Tensors);
        return new(
            device.Facts, ByPosition(isolated), ByPosition(cumulative), new(pipeline.Programs, build, isolatedTime, cumulativeTime));
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
