using OffByN.Kernels;
using Xunit;

namespace OffByN.Tests.Kernels;

/// <summary>One device for all tests of kernels, which run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OpenClFixture : ICollectionFixture<OpenClFixture>, IDisposable
{
    public const string Name = "opencl";

    private readonly Lazy<OpenClDevice> device = new(OpenClDevice.Open);

    /// <summary>The device; skips the running test where there is none.</summary>
    public OpenClDevice Device()
    {
        Requirement.OpenCl();
        return device.Value;
    }

    public void Dispose()
    {
        if (device.IsValueCreated)
            device.Value.Dispose();
    }
}
