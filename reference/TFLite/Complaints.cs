using System.Runtime.InteropServices;
using System.Text;

namespace OffByN.TFLite;

/// <summary>What a TFLite runtime complains of, in its own words: kept, and passed on to stderr as it would do itself.</summary>
internal sealed unsafe partial class Complaints : IDisposable
{
    private const int LongestLine = 4096;

    private readonly List<string> lines = [];
    private readonly Lock gate = new();
    private readonly GCHandle self;

    public Complaints(nint options)
    {
        self = GCHandle.Alloc(this);
        Tflite.SetErrorReporter(options, &Take, GCHandle.ToIntPtr(self));
    }

    /// <summary>Only after the last interpreter with these options is gone.</summary>
    public void Dispose() => self.Free();

    /// <summary>All of them on one line.</summary>
    public override string ToString()
    {
        lock (gate)
            return string.Join("; ", lines);
    }

    /// <summary>The arguments are a va_list, which 64-bit Linux passes by its address.</summary>
    [UnmanagedCallersOnly]
    private static void Take(nint complaints, nint format, nint arguments)
    {
        Span<byte> line = stackalloc byte[LongestLine];
        fixed (byte* start = line)
            _ = Print(start, LongestLine, format, arguments);
        string text = Encoding.UTF8.GetString(line[..line.IndexOf((byte)0)]).Trim();
        Console.Error.WriteLine("ERROR: " + text);
        Complaints kept = (Complaints)GCHandle.FromIntPtr(complaints).Target!;
        lock (kept.gate)
            kept.lines.Add(text);
    }

    [LibraryImport("libc", EntryPoint = "vsnprintf")]
    private static partial int Print(byte* text, nint size, nint format, nint arguments);
}
