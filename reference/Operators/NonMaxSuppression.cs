using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>NON_MAX_SUPPRESSION_V4 and V5.</summary>
public sealed class NonMaxSuppression(PreparedNonMaxSuppression suppression) : IReferenceOperator<PreparedNonMaxSuppression>
{
    /// <param name="Begin">Chosen boxes before this one have been looked at.</param>
    private readonly record struct Candidate(int Index, float Score, int Begin);

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> boxes = MemoryMarshal.Cast<byte, float>(inputs[0].Span), scores = MemoryMarshal.Cast<byte, float>(inputs[1].Span);
        (float overlap, float least) = (MemoryMarshal.Read<float>(inputs[2].Span), MemoryMarshal.Read<float>(inputs[3].Span));
        float sigma = suppression.Sigma is null ? 0 : MemoryMarshal.Read<float>(inputs[4].Span), scale = sigma > 0 ? (float)(-0.5 / sigma) : 0;
        foreach (Memory<byte> output in outputs)
            output.Span.Clear();
        Span<int> indices = MemoryMarshal.Cast<byte, int>(outputs[0].Span);
        List<Candidate> heap = [];
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > least)
                Push(heap, new(i, scores[i], 0));
        }
        (int chosen, int most) = (0, Math.Min(heap.Count, suppression.Most));
        while (chosen < most && heap.Count > 0)
        {
            Candidate next = Pop(heap);
            (float score, bool isSuppressed, int begin) = (next.Score, false, chosen);
            for (int j = chosen - 1; j >= next.Begin && !isSuppressed; j--)
            {
                float shared = Overlap(boxes.Slice(next.Index * 4, 4), boxes.Slice(indices[j] * 4, 4));
                isSuppressed = shared >= overlap;
                if (!isSuppressed && sigma > 0)
                    score *= MathF.Exp((float)((float)(scale * shared) * shared));
                if (score <= least)
                    break;
            }
            if (isSuppressed)
                continue;
            if (score == next.Score)
            {
                indices[chosen] = next.Index;
                if (suppression.Sigma is not null)
                    MemoryMarshal.Cast<byte, float>(outputs[1].Span)[chosen] = score;
                chosen++;
            }
            // As TFLite has it, a box that was chosen comes back, and is suppressed by itself.
            if (score > least)
                Push(heap, new(next.Index, score, begin));
        }
        MemoryMarshal.Write(outputs[^1].Span, chosen);
    }

    /// <summary>Intersection over union of two boxes, each between two opposite corners.</summary>
    private static float Overlap(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        float oneTop = Lesser(one[0], one[2]), oneBottom = Greater(one[0], one[2]), oneLeft = Lesser(one[1], one[3]), oneRight = Greater(one[1], one[3]);
        float otherTop = Lesser(other[0], other[2]), otherBottom = Greater(other[0], other[2]), otherLeft = Lesser(other[1], other[3]), otherRight = Greater(other[1], other[3]);
        float area = (oneBottom - oneTop) * (oneRight - oneLeft), otherArea = (otherBottom - otherTop) * (otherRight - otherLeft);
        if (area <= 0 || otherArea <= 0)
            return 0;
        float height = Greater(Lesser(oneBottom, otherBottom) - Greater(oneTop, otherTop), 0), width = Greater(Lesser(oneRight, otherRight) - Greater(oneLeft, otherLeft), 0);
        float shared = height * width;
        return shared / ((float)(area + otherArea) - shared);
    }

    /// <summary>The first where one is NaN, as <c>std::min</c>.</summary>
    private static float Lesser(float a, float b) => b < a ? b : a;

    private static float Greater(float a, float b) => a < b ? b : a;

    private static void Push(List<Candidate> heap, Candidate candidate)
    {
        heap.Add(candidate);
        Rise(heap, heap.Count - 1, candidate);
    }

    /// <remarks>The hole at the top goes down to a leaf, then the last candidate up from there.</remarks>
    private static Candidate Pop(List<Candidate> heap)
    {
        (Candidate top, Candidate last, int length) = (heap[0], heap[^1], heap.Count - 1);
        heap.RemoveAt(length);
        if (length == 0)
            return top;
        (int hole, int child) = (0, 0);
        while (child < (length - 1) / 2)
        {
            child = 2 * (child + 1);
            if (heap[child].Score < heap[child - 1].Score)
                child--;
            heap[hole] = heap[child];
            hole = child;
        }
        if (length % 2 == 0 && child == (length - 2) / 2)
        {
            heap[hole] = heap[2 * child + 1];
            hole = 2 * child + 1;
        }
        Rise(heap, hole, last);
        return top;
    }

    private static void Rise(List<Candidate> heap, int hole, Candidate candidate)
    {
        for (; hole > 0 && heap[(hole - 1) / 2].Score < candidate.Score; hole = (hole - 1) / 2)
            heap[hole] = heap[(hole - 1) / 2];
        heap[hole] = candidate;
    }
}
