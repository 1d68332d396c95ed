using System.Collections.Immutable;
using System.Text;
using OffByN.Model;
using Silk.NET.OpenCL;

namespace OffByN.Kernels;

/// <summary>An OpenCL device, with a context and an in-order queue. Not safe for concurrent use.</summary>
public sealed unsafe class OpenClDevice : IDisposable
{
    /// <summary>The environment variable that chooses a device: its index, or a part of its name.</summary>
    public const string Variable = "OFFBYN_OPENCL_DEVICE";

    private const int NoPlatform = -1001;

    private OpenClDevice(CL api, nint id, DeviceFacts facts)
    {
        (Api, Id, Facts) = (api, id, facts);
        int error;
        Context = api.CreateContext(null, 1, &id, null!, null, &error);
        Check(error, "clCreateContext");
        Queue = api.CreateCommandQueue(Context, id, CommandQueueProperties.ProfilingEnable, &error);
        Check(error, "clCreateCommandQueue");
    }

    public DeviceFacts Facts { get; }

    internal CL Api { get; }

    internal nint Id { get; }

    internal nint Context { get; }

    internal nint Queue { get; }

    /// <summary>All devices of all platforms.</summary>
    /// <exception cref="OpenClException">There is none; the message says what is missing.</exception>
    public static ImmutableArray<DeviceFacts> List() => [.. Find(Load()).Select(found => found.Facts)];

    /// <summary>The device that <see cref="Variable"/> names, else the first.</summary>
    /// <exception cref="OpenClException">There is none; the message says what is missing.</exception>
    /// <exception cref="UserErrorException">The variable names none of the devices.</exception>
    public static OpenClDevice Open() => Open(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The device at an index or with a part of a name, case-insensitive; the first where <paramref name="wanted"/> is null or empty.</summary>
    /// <inheritdoc cref="Open()" path="/exception"/>
    public static OpenClDevice Open(string? wanted)
    {
        CL api = Load();
        ImmutableArray<(nint Id, DeviceFacts Facts)> all = Find(api);
        (nint id, DeviceFacts? facts) = string.IsNullOrEmpty(wanted) ? all[0]
            : int.TryParse(wanted, out int index) ? all.ElementAtOrDefault(index)
            : all.FirstOrDefault(device => device.Facts.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase));
        return facts is not null ? new(api, id, facts) : throw new UserErrorException(
            $"{Variable}={Printable.Of(wanted!)}: expected the index or a part of the name of one of: {string.Join(", ", all.Select(device => $"{device.Facts.Index} {device.Facts.Name}"))}");
    }

    public void Dispose()
    {
        Api.ReleaseCommandQueue(Queue);
        Api.ReleaseContext(Context);
        Api.Dispose();
    }

    /// <summary>Waits until everything enqueued is done.</summary>
    internal void Finish() => Check(Api.Finish(Queue), "clFinish");

    /// <summary>The time that one run of a kernel takes on the device, in milliseconds.</summary>
    internal double Time(BoundKernel kernel)
    {
        nint profile = kernel.Enqueue(isTimed: true);
        if (profile == 0)
            return 0;
        Finish();
        ulong start, end;
        Check(Api.GetEventProfilingInfo(profile, ProfilingInfo.Start, sizeof(ulong), &start, null), "clGetEventProfilingInfo");
        Check(Api.GetEventProfilingInfo(profile, ProfilingInfo.End, sizeof(ulong), &end, null), "clGetEventProfilingInfo");
        Api.ReleaseEvent(profile);
        return (end - start) / 1e6;
    }

    /// <exception cref="OpenClException"><paramref name="code"/> is not success.</exception>
    internal static void Check(int code, string call)
    {
        if (code != (int)ErrorCodes.Success)
            throw new OpenClException($"{call} failed: {(Enum.IsDefined((ErrorCodes)code) ? ((ErrorCodes)code).ToString() : "error")} ({code})");
    }

    private static CL Load()
    {
        try
        {
            return CL.GetApi();
        }
        catch (Exception e) when (e is FileNotFoundException or DllNotFoundException)
        {
            throw new OpenClException("no OpenCL loader (libOpenCL.so.1) on this machine; Debian: apt-get install ocl-icd-libopencl1 pocl-opencl-icd", e);
        }
    }

    private static ImmutableArray<(nint Id, DeviceFacts Facts)> Find(CL api)
    {
        uint platforms;
        int code = api.GetPlatformIDs(0, null, &platforms);
        if (code == NoPlatform || (code == 0 && platforms == 0))
            throw new OpenClException("no OpenCL platform is registered on this machine (/etc/OpenCL/vendors); Debian: apt-get install pocl-opencl-icd");
        Check(code, "clGetPlatformIDs");
        nint[] ids = new nint[platforms];
        fixed (nint* pointer = ids)
            Check(api.GetPlatformIDs(platforms, pointer, null), "clGetPlatformIDs");
        ImmutableArray<(nint, DeviceFacts)>.Builder found = ImmutableArray.CreateBuilder<(nint, DeviceFacts)>();
        foreach (nint platform in ids)
        {
            foreach (nint device in DevicesOf(api, platform))
                found.Add((device, FactsOf(api, platform, device, found.Count)));
        }
        return found.Count > 0 ? found.ToImmutable() : throw new OpenClException($"none of the {platforms} OpenCL platforms has a device");
    }

    private static nint[] DevicesOf(CL api, nint platform)
    {
        uint count;
        if (api.GetDeviceIDs(platform, DeviceType.All, 0, null, &count) != 0 || count == 0)
            return [];
        nint[] devices = new nint[count];
        fixed (nint* pointer = devices)
            Check(api.GetDeviceIDs(platform, DeviceType.All, count, pointer, null), "clGetDeviceIDs");
        return devices;
    }

    private static DeviceFacts FactsOf(CL api, nint platform, nint device, int index)
    {
        const DeviceFpConfig ieee = DeviceFpConfig.RoundToNearest | DeviceFpConfig.Denorm | DeviceFpConfig.InfNan | DeviceFpConfig.CorrectlyRoundedDivideSqrt;
        DeviceFpConfig single = (DeviceFpConfig)Number<ulong>(DeviceInfo.SingleFPConfig);
        return new(
            index, Text(DeviceInfo.Name), PlatformText(PlatformInfo.Name), Text(DeviceInfo.Version), Text(DeviceInfo.DriverVersion),
            ((DeviceType)Number<ulong>(DeviceInfo.Type)).HasFlag(DeviceType.Cpu), (int)Number<uint>(DeviceInfo.MaxComputeUnits),
            (long)Number<ulong>(DeviceInfo.LocalMemSize), (int)Number<uint>(DeviceInfo.MemBaseAddrAlign) / 8,
            single.HasFlag(DeviceFpConfig.RoundToNearest), single.HasFlag(ieee), Number<ulong>(DeviceInfo.DoubleFPConfig) != 0);

        T Number<T>(DeviceInfo what)
            where T : unmanaged
        {
            T value;
            Check(api.GetDeviceInfo(device, what, (nuint)sizeof(T), &value, null), "clGetDeviceInfo");
            return value;
        }

        string Text(DeviceInfo what) => TextOf((size, buffer, length) => api.GetDeviceInfo(device, what, size, (void*)buffer, (nuint*)length), "clGetDeviceInfo");

        string PlatformText(PlatformInfo what) =>
            TextOf((size, buffer, length) => api.GetPlatformInfo(platform, what, size, (void*)buffer, (nuint*)length), "clGetPlatformInfo");
    }

    /// <summary>A string that an OpenCL query gives: asks for its length first.</summary>
    internal static string TextOf(Func<nuint, nint, nint, int> query, string call)
    {
        nuint length;
        Check(query(0, 0, (nint)(&length)), call);
        byte[] bytes = new byte[length];
        fixed (byte* pointer = bytes)
            Check(query(length, (nint)pointer, 0), call);
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0').Trim();
    }
}
