using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>A function of two elements; a struct, so that the loop is compiled for it.</summary>
internal interface IPairFunction<TFirst, TSecond, TResult>
{
    TResult Apply(TFirst first, TSecond second);
}

/// <summary>The loop of every element-wise operator of two inputs.</summary>
internal static class ElementWise
{
    /// <param name="body">For whole blocks of <paramref name="block"/> elements of a row.</param>
    /// <param name="tail">For the elements that remain of a row.</param>
    public static void Run<TFirst, TSecond, TResult, TFunction>(
        Broadcast broadcast, ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, Memory<byte> result, TFunction body, TFunction tail, int block = 1)
        where TFirst : unmanaged
        where TSecond : unmanaged
        where TResult : unmanaged
        where TFunction : struct, IPairFunction<TFirst, TSecond, TResult>
    {
        Span<TResult> results = MemoryMarshal.Cast<byte, TResult>(result.Span);
        if (results.IsEmpty)
            return;
        ReadOnlySpan<TFirst> firsts = MemoryMarshal.Cast<byte, TFirst>(first.Span);
        ReadOnlySpan<TSecond> seconds = MemoryMarshal.Cast<byte, TSecond>(second.Span);
        (int length, int firstStep, int secondStep) = (broadcast.Row.Count, broadcast.Row.Strides[0], broadcast.Row.Strides[1]);
        int whole = length / block * block;
        int rows = results.Length / length;
        for (int row = 0; row < rows; row++)
        {
            int a = broadcast.Start(0, row), b = broadcast.Start(1, row);
            Span<TResult> line = results.Slice(row * length, length);
            for (int i = 0; i < whole; i++)
                line[i] = body.Apply(firsts[a + i * firstStep], seconds[b + i * secondStep]);
            for (int i = whole; i < line.Length; i++)
                line[i] = tail.Apply(firsts[a + i * firstStep], seconds[b + i * secondStep]);
        }
    }
}
