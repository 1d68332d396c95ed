using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Golden;

/// <summary>
/// A file's bytes, mapped read-only instead of copied. They can be read as long as any <see cref="Memory{T}"/> over them is held, also
/// after the file was deleted.
/// </summary>
public sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly Mapping mapping;
    private readonly int length;

    private MappedFile(Mapping mapping, int length) => (this.mapping, this.length) = (mapping, length);

    /// <exception cref="UserErrorException">The file cannot be read, is empty, or exceeds 2^31-1 bytes.</exception>
    public static MappedFile Open(string path)
    {
        try
        {
            // The size is asked for before opening: opening a pipe would wait for its writer.
            FileInfo file = new(path);
            if (!file.Exists)
                throw new UserErrorException($"{path}: no such file");
            if (file.Length is 0 or > int.MaxValue)
                throw new UserErrorException($"{path}: expected a file of 1 to {int.MaxValue} bytes, found {file.Length}");
            // Another file may have taken its place since: the length that counts is that of the one that was opened.
            using FileStream opened = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (opened.Length is 0 or > int.MaxValue)
                throw new UserErrorException($"{path}: expected a file of 1 to {int.MaxValue} bytes, found {opened.Length}");
            int length = (int)opened.Length;
            using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(opened, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            return new MappedFile(new Mapping(map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read)), length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Unmaps the files that these values are views of, instead of waiting until nothing refers to them any more. Whoever reads one afterwards gets an
    /// <see cref="ObjectDisposedException"/>; no span over one may be in use. Values in other memory stay as they are.
    /// </summary>
    public static void Release(IEnumerable<TensorValue> values)
    {
        foreach (TensorValue value in values)
        {
            if (MemoryMarshal.TryGetMemoryManager(value.Data, out MappedFile? file))
                file.mapping.Dispose();
        }
    }

    public override Span<byte> GetSpan() => new(mapping.Start, length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length);
        return new MemoryHandle(mapping.Start + elementIndex, pinnable: this);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>
    /// Unmaps when nothing refers to it any more, but a minute late: a span does not keep its memory alive, and a function may still
    /// read through one after the last reference to the <see cref="TensorSet"/> is gone.
    /// </summary>
    private sealed class Mapping : IDisposable
    {
        private const long GraceMilliseconds = 60_000;

        private readonly MemoryMappedViewAccessor view;
        private byte* start;
        private long unreachableSince;

        public Mapping(MemoryMappedViewAccessor view)
        {
            this.view = view;
            byte* mapped = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref mapped);
            start = mapped + view.PointerOffset;
        }

        ~Mapping()
        {
            long now = Environment.TickCount64;
            if (unreachableSince == 0)
                unreachableSince = now;
            if (now - unreachableSince < GraceMilliseconds)
            {
                GC.ReRegisterForFinalize(this);
                return;
            }
            Unmap();
        }

        public byte* Start => start is null ? throw new ObjectDisposedException(nameof(MappedFile)) : start;

        public void Dispose()
        {
            if (start is null)
                return;
            GC.SuppressFinalize(this);
            Unmap();
        }

        private void Unmap()
        {
            start = null;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
        }
    }
}
