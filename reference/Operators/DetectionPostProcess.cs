using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>TFLite_Detection_PostProcess. Boxes are numbered as in the encodings.</summary>
public sealed class DetectionPostProcess(PreparedDetection detection) : IReferenceOperator<PreparedDetection>, IBoundedOperator
{
    private const int Block = 8;

    private readonly record struct Corners(float Top, float Left, float Bottom, float Right);

    private readonly record struct Detection(int Box, int Class, float Score);

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        (Corners[] corners, List<Detection> found) = Find(inputs);
        Span<Corners> boxes = MemoryMarshal.Cast<byte, Corners>(outputs[0].Span);
        Span<float> classes = MemoryMarshal.Cast<byte, float>(outputs[1].Span), listed = MemoryMarshal.Cast<byte, float>(outputs[2].Span);
        boxes.Clear();
        classes.Clear();
        listed.Clear();
        for (int i = 0; i < found.Count; i++)
            (boxes[i], classes[i], listed[i]) = (corners[found[i].Box], found[i].Class, found[i].Score);
        MemoryMarshal.Cast<byte, float>(outputs[3].Span)[0] = detection.IsRegular ? found.Count : found.Count / Each;
    }

    /// <remarks>TFLite's fast kind writes what it found, its regular kind zeros behind that, up to the most detections.</remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        int listed = detection.Outputs[1].Shape!.Elements, found = detection.IsRegular ? detection.MostDetections : Find(inputs).Found.Count;
        if (output == 3 || found == listed)
            return null;
        double[] slack = new double[detection.Outputs[output].Shape!.Elements];
        slack.AsSpan(slack.Length / listed * found).Fill(double.PositiveInfinity);
        return new($"exact in the first {found} of {listed} places; TFLite writes nothing into the others", [.. slack]);
    }

    private (Corners[] Corners, List<Detection> Found) Find(ImmutableArray<ReadOnlyMemory<byte>> inputs)
    {
        Corners[] corners = Decode(Numbers(inputs[0].Span, detection.Inputs[0]), Numbers(inputs[2].Span, detection.Inputs[2]));
        float[] scores = Scores(inputs[1].Span);
        return (corners, detection.IsRegular ? Regular(corners, scores) : Fast(corners, scores));
    }

    /// <summary>Classes that a box is listed with in the fast kind.</summary>
    private int Each => detection.ClassesPerDetection;

    /// <summary>Encodings and anchors as numbers: f32{(code - zero point) * scale}.</summary>
    private static float[] Numbers(ReadOnlySpan<byte> data, TensorInfo tensor)
    {
        if (tensor.Type == TensorType.Float32)
            return MemoryMarshal.Cast<byte, float>(data).ToArray();
        float[] numbers = new float[data.Length];
        (float scale, float zeroPoint) = tensor.Quantization is { } quantization ? (quantization.Scale, quantization.ZeroPoint) : (0, 0);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = (data[i] - zeroPoint) * scale;
        return numbers;
    }

    private float[] Scores(ReadOnlySpan<byte> data)
    {
        TensorInfo tensor = detection.Inputs[1];
        float[] scores = Numbers(data, tensor);
        if (tensor.Type == TensorType.Float32 || detection.ScoreMethod == DequantizeMethod.Centred || tensor.Quantization is not { } quantization)
            return scores;
        float constant = (float)(-quantization.ZeroPoint * (double)quantization.Scale);
        for (int i = 0; i < scores.Length / Block * Block; i++)
            scores[i] = (float)(data[i] * quantization.Scale) + constant;
        return scores;
    }

    /// <summary>Centres and halves of the sizes in float64, each rounded to float32 before they are added up.</summary>
    private Corners[] Decode(ReadOnlySpan<float> encodings, ReadOnlySpan<float> anchors)
    {
        Corners[] corners = new Corners[detection.Boxes];
        CentreSize by = detection.Divisors;
        for (int box = 0; box < corners.Length; box++)
        {
            ReadOnlySpan<float> encoding = encodings.Slice(box * detection.EncodingSize, 4), anchor = anchors.Slice(box * 4, 4);
            float y = (float)((double)encoding[0] / by.Y * anchor[2] + anchor[0]), x = (float)((double)encoding[1] / by.X * anchor[3] + anchor[1]);
            float halfHeight = (float)(0.5 * Math.Exp((double)encoding[2] / by.Height) * anchor[2]), halfWidth = (float)(0.5 * Math.Exp((double)encoding[3] / by.Width) * anchor[3]);
            corners[box] = new(y - halfHeight, x - halfWidth, y + halfHeight, x + halfWidth);
        }
        return corners;
    }

    private List<Detection> Fast(Corners[] corners, float[] scores)
    {
        int[][] classes = [.. Enumerable.Range(0, detection.Boxes).Select(box => BestClasses(ScoresOf(box)))];
        float[] best = [.. classes.Select((indices, box) => ScoreOf(box, indices[0]))];
        return [.. Thinned(corners, best, detection.MostDetections).SelectMany(box => Enumerable.Range(0, Each).Select(i =>
            new Detection(box, classes[box][i], ScoreOf(box, classes[box][i]))))];

        float[] ScoresOf(int box) => [.. Enumerable.Range(0, detection.Classes).Select(one => ScoreOf(box, one))];

        float ScoreOf(int box, int one) => scores[box * (detection.Classes + detection.LabelOffset) + detection.LabelOffset + one];
    }

    /// <summary>Class after class, merged into one list by score, in which an earlier class goes before a later one of equal score.</summary>
    private List<Detection> Regular(Corners[] corners, float[] scores)
    {
        int stride = detection.Classes + detection.LabelOffset;
        List<Detection> found = [];
        for (int one = 0; one < detection.Classes; one++)
        {
            float[] own = [.. Enumerable.Range(0, detection.Boxes).Select(box => scores[box * stride + detection.LabelOffset + one])];
            found = [.. found.Concat(Thinned(corners, own, detection.DetectionsPerClass).Select(box => new Detection(box, one, own[box])))
                .OrderByDescending(detected => detected.Score).Take(detection.MostDetections)];
        }
        return found;
    }

    /// <summary>The best boxes, of which none overlaps a better one too much.</summary>
    private List<int> Thinned(Corners[] corners, float[] scores, int most)
    {
        int[] candidates = [.. Enumerable.Range(0, scores.Length).Where(box => scores[box] >= detection.ScoreThreshold).OrderByDescending(box => scores[box])];
        List<int> selected = [];
        foreach (int box in candidates)
        {
            if (selected.Count == most)
                break;
            if (!selected.Any(better => Overlap(corners[better], corners[box]) > detection.OverlapThreshold))
                selected.Add(box);
        }
        return selected;
    }

    /// <summary>Intersection over union.</summary>
    private static float Overlap(Corners a, Corners b)
    {
        float areaA = (float)((a.Bottom - a.Top) * (a.Right - a.Left)), areaB = (float)((b.Bottom - b.Top) * (b.Right - b.Left));
        if (areaA <= 0 || areaB <= 0)
            return 0;
        float height = Larger(Smaller(a.Bottom, b.Bottom) - Larger(a.Top, b.Top), 0), width = Larger(Smaller(a.Right, b.Right) - Larger(a.Left, b.Left), 0);
        float intersection = height * width;
        return intersection / ((float)(areaA + areaB) - intersection);

        static float Larger(float x, float y) => x < y ? y : x;

        static float Smaller(float x, float y) => y < x ? y : x;
    }

    /// <summary>The best classes of a box, in descending order. Of equal scores the first comes first where one is asked for; else as <c>std::partial_sort</c> leaves them.</summary>
    private int[] BestClasses(float[] scores)
    {
        if (Each > 1)
            return PartialSort.Descending(scores, Each);
        int best = 0;
        for (int one = 1; one < scores.Length; one++)
            best = scores[one] > scores[best] ? one : best;
        return [best];
    }
}
