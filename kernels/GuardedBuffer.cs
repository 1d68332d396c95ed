using Silk.NET.OpenCL;

namespace OffByN.Kernels;

/// <summary>
/// Device memory between two guard zones, so that a write out of bounds is noticed instead of spoiling a neighbour. The zones, and data that
/// was not written yet, hold a pattern that depends on the position.
/// </summary>
internal sealed unsafe class GuardedBuffer : IDisposable
{
    private const int LeastGuard = 4096;

    /// <summary>What guard zones hold at each position, over and over. Its length is odd, so that data moved by some power of two does not fit.</summary>
    private static readonly byte[] Pattern = [.. Enumerable.Range(0, 200_003).Select(position => (byte)((uint)position * 2654435761u >> 24))];

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
        Fill(0, guard);
        Fill(guard + bytes, guard);
    }

    public string Name { get; }

    public int Bytes { get; }

    public nint Handle { get; }

    /// <summary>Forgets the value: what a kernel then leaves unwritten equals nothing that was there before.</summary>
    public void Poison() => Fill(guard, Bytes);

    public void Write(ReadOnlySpan<byte> data) => Transfer(write: true, guard, data);

    public byte[] Read() => Read(guard, Bytes);

    /// <summary>Where a guard zone was written: "3 bytes after its end"; null where none was.</summary>
    public string? Overrun()
    {
        int after = FirstChange(guard + Bytes);
        if (after < guard)
            return $"{after} bytes after its end";
        int before = FirstChange(0);
        return before < guard ? $"up to {guard - before} bytes before its start" : null;
    }

    public void Dispose()
    {
        device.Api.ReleaseMemObject(Handle);
        device.Api.ReleaseMemObject(whole);
    }

    /// <summary>How many bytes of the guard zone at an offset are as they were.</summary>
    private int FirstChange(int offset)
    {
        ReadOnlySpan<byte> zone = Read(offset, guard);
        for (int at = 0; at < guard;)
        {
            ReadOnlySpan<byte> pattern = PatternAt(offset + at, guard - at);
            int same = zone[at..].CommonPrefixLength(pattern);
            at += same;
            if (same < pattern.Length)
                return at;
        }
        return guard;
    }

    private void Fill(int offset, int count)
    {
        for (int end = offset + count; offset < end;)
        {
            ReadOnlySpan<byte> pattern = PatternAt(offset, end - offset);
            Transfer(write: true, offset, pattern);
            offset += pattern.Length;
        }
    }

    /// <summary>What belongs at an offset, up to the pattern's end or as many bytes as are asked for.</summary>
    private static ReadOnlySpan<byte> PatternAt(int offset, int count)
    {
        int start = offset % Pattern.Length;
        return Pattern.AsSpan(start, Math.Min(count, Pattern.Length - start));
    }

    private byte[] Read(int offset, int count)
    {
        byte[] data = GC.AllocateUninitializedArray<byte>(count);
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
}
