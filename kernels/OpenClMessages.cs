using System.Text.Json.Serialization;
using OffByN.Workers;

namespace OffByN.Kernels;

internal sealed record DescribeDevices;

internal sealed record DeviceList(DeviceFacts[] Devices);

/// <summary>A model in the arithmetic of a profile. Paths are absolute.</summary>
internal sealed record PipelineOrder(string ModelPath, string ModelSha256, string Profile, string ProfileHash, int[] Delegated, string? UserFolder);

internal sealed record PipelineReceipt;

/// <summary>One run. Paths are absolute; the capture holds the oracle's operator outputs and the graph inputs.</summary>
internal sealed record RunOrder(PipelineOrder Pipeline, string CapturePath, string IsolatedPath, string CumulativePath, bool ChainOnly);

/// <summary>Why operators were not computed, by position, and what the run was.</summary>
/// <param name="UserKernels">See <see cref="OpenClPipeline.UserKernels"/>.</param>
/// <param name="SeveralLaunches">See <see cref="OpenClPipeline.SeveralLaunches"/>.</param>
internal sealed record RunReceipt(
    DeviceFacts Device, string[] UserKernels, Dictionary<string, string> SeveralLaunches, Dictionary<int, string> NotIsolated, Dictionary<int, string> NotCumulative, OpenClTimings Timings);

/// <summary>The stages of a run in milliseconds.</summary>
/// <param name="Programs">OpenCL programs that were built.</param>
/// <param name="Build">Preparing operators, packing weights, building programs, unless that was done before; the device may finish its code at a kernel's first run.</param>
public sealed record OpenClTimings(int Programs, double Build, double Isolated, double Cumulative);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DescribeDevices))]
[JsonSerializable(typeof(DeviceList))]
[JsonSerializable(typeof(PipelineOrder))]
[JsonSerializable(typeof(PipelineReceipt))]
[JsonSerializable(typeof(RunOrder))]
[JsonSerializable(typeof(RunReceipt))]
internal sealed partial class OpenClJson : JsonSerializerContext;

internal static class OpenClVerbs
{
    public static readonly Verb<DescribeDevices, DeviceList> Describe = new("describe", OpenClJson.Default.DescribeDevices, OpenClJson.Default.DeviceList);

    public static readonly Verb<PipelineOrder, PipelineReceipt> Prepare = new("prepare", OpenClJson.Default.PipelineOrder, OpenClJson.Default.PipelineReceipt);

    public static readonly Verb<RunOrder, RunReceipt> Run = new("run", OpenClJson.Default.RunOrder, OpenClJson.Default.RunReceipt);
}
