namespace OffByN.Reference.Operators;

/// <summary>
/// <c>std::partial_sort</c> of indices by descending value as libstdc++ does it, by a heap: among equal values its order is that library's own, and TFLite's results show it.
/// </summary>
internal static class PartialSort
{
    /// <summary>The indices of the <paramref name="count"/> largest values.</summary>
    public static int[] Descending(float[] values, int count)
    {
        int[] indices = [.. Enumerable.Range(0, values.Length)];
        Span<int> heap = indices.AsSpan(0, count);
        for (int parent = (count - 2) / 2; parent >= 0 && count > 1; parent--)
            Sink(heap, parent, heap[parent]);
        for (int next = count; next < indices.Length; next++)
        {
            if (Before(indices[next], heap[0]))
            {
                int taken = indices[next];
                indices[next] = heap[0];
                Sink(heap, 0, taken);
            }
        }
        for (int last = count - 1; last > 0; last--)
        {
            int taken = heap[last];
            heap[last] = heap[0];
            Sink(heap[..last], 0, taken);
        }
        return heap.ToArray();

        bool Before(int one, int other) => values[one] > values[other];

        // The top holds what comes last. The hole goes down to a leaf first, then the value up from there.
        void Sink(Span<int> heap, int top, int value)
        {
            int hole = top, child = top;
            while (child < (heap.Length - 1) / 2)
            {
                child = 2 * (child + 1);
                if (Before(heap[child], heap[child - 1]))
                    child--;
                heap[hole] = heap[child];
                hole = child;
            }
            if (heap.Length % 2 == 0 && child == (heap.Length - 2) / 2)
            {
                child = 2 * (child + 1) - 1;
                heap[hole] = heap[child];
                hole = child;
            }
            while (hole > top && Before(heap[(hole - 1) / 2], value))
            {
                heap[hole] = heap[(hole - 1) / 2];
                hole = (hole - 1) / 2;
            }
            heap[hole] = value;
        }
    }
}
