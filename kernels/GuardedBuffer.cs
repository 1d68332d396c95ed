using Silk.NET.OpenCL;

namespace OffByN.Kernels;

/// <summary>
/// Device memory between two guard zones, so that a write out of bounds is noticed instead of spoiling a neighbour. The zones, and data that
/// was not written yet, hold a pattern that depends on the position.
/// </summary>
internal sealed unsafe class GuardedBuffer : IDisposable
{
    private const int LeastGuard = 4096;

    private readonly OpenClDevice device;
    private readonly nint whole;
    private readonly int guard;

    public GuardedBuffer(OpenClDevice device, string name, int bytes)
    {
        (this.device, Name, Bytes) = (device, name, bytes);
        guard = Math.Max(LeastGuard, device.Facts.AlignmentBytes);
        int error;
        whole = device.Api.CreateBuffer(device.Context, MemFlags.ReadWrite, (nuint)guard + (nuint)bytes + (nuint)guard, null, &error);
        OpenClDevice.Check(error, $"clCreateBuffer of {bytes} bytes for {name}");
        nuint* region = stackalloc nuint[] { (nuint)guard, (nuint)Math.Max(bytes, 1) };
        Handle = device.Api.CreateSubBuffer(whole, MemFlags.ReadWrite, BufferCreateType.Region, region, &error);
        OpenClDevice.Check(error, "clCreateSubBuffer");
        Poison();
    }

    public string Name { get; }

    public int Bytes { get; }

    public nint Handle { get; }

    /// <summary>Forgets the value: what a kernel then leaves unwritten equals nothing that was there before.</summary>
    public void Poison() => Transfer(write: true, 0, Pattern(0, guard + Bytes + guard));

    public void Write(ReadOnlySpan<byte> data) => Transfer(write: true, guard, data);

    public byte[] Read() => Read(guard, Bytes);

    /// <summary>Where a guard zone was written: "3 bytes after its end"; null where none was.</summary>
    public string? Overrun()
    {
        int after = Read(guard + Bytes, guard).AsSpan().CommonPrefixLength(Pattern(guard + Bytes, guard));
        if (after < guard)
            return $"{after} bytes after its end";
        byte[] before = Read(0, guard), expected = Pattern(0, guard);
        for (int position = guard - 1; position >= 0; position--)
        {
            if (before[position] != expected[position])
                return $"{guard - position} bytes before its start";
        }
        return null;
    }

    public void Dispose()
    {
        device.Api.ReleaseMemObject(Handle);
        device.Api.ReleaseMemObject(whole);
    }

    private byte[] Read(int offset, int count)
    {
        byte[] data = new byte[count];
        Transfer(write: false, offset, data);
        return data;
    }

    private void Transfer(bool write, int offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        fixed (byte* pointer = data)
        {
            OpenClDevice.Check(
                write
                    ? device.Api.EnqueueWriteBuffer(device.Queue, whole, true, (nuint)offset, (nuint)data.Length, pointer, 0, null, null)
                    : device.Api.EnqueueReadBuffer(device.Queue, whole, true, (nuint)offset, (nuint)data.Length, pointer, 0, null, null),
                write ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer");
        }
    }

    private static byte[] Pattern(int start, int count)
    {
        byte[] pattern = new byte[count];
        for (int i = 0; i < count; i++)
            pattern[i] = (byte)((uint)(start + i) * 2654435761u >> 24);
        return pattern;
    }
}
