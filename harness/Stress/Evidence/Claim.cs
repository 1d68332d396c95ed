using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>What a rule says that a runtime gives: values, to the bit or within a bound.</summary>
/// <param name="Values">Row-major, as a tensor has them.</param>
/// <param name="Bound">Null where every bit is claimed.</param>
public sealed record Claim(TensorType Type, ReadOnlyMemory<byte> Values, ErrorBound? Bound)
{
    /// <summary>Of one element.</summary>
    public int Bytes => Math.Max(1, Type.Bits() / 8);

    public int Count => Values.Length / Bytes;

    public ReadOnlySpan<byte> At(int i) => Values.Span.Slice(i * Bytes, Bytes);

    /// <summary>How far an element may be off, in real units; 0 where every bit is claimed.</summary>
    public double SlackAt(int i) => Bound is null ? 0 : Bound.Slack[i];

    /// <summary>
    /// False where nothing is claimed of an element: the runtime writes nothing, or no bound is known. Without one, what is infinite, or was clamped to the largest number, is claimed still.
    /// </summary>
    public bool IsKnown(int i) => double.IsFinite(SlackAt(i)) || (double.IsNaN(SlackAt(i)) && Math.Abs(MemoryMarshal.Read<float>(At(i))) >= float.MaxValue);

    /// <summary>Whether a result is one that is claimed.</summary>
    public bool Allows(int i, ReadOnlySpan<byte> result) => AreEqual(At(i), result, Type)
        || (Type == TensorType.Float32 && Math.Abs((double)MemoryMarshal.Read<float>(At(i)) - MemoryMarshal.Read<float>(result)) <= SlackAt(i));

    /// <summary>As comparisons have it: all NaN are one, and so are both zeros.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, TensorType type) =>
        type == TensorType.Float32 ? MemoryMarshal.Read<float>(a) is var x && MemoryMarshal.Read<float>(b) is var y && (x == y || (float.IsNaN(x) && float.IsNaN(y))) : a.SequenceEqual(b);
}
