using OffByN.Model.Options;
using OffByN.Model.Writing;
using Xunit;

namespace OffByN.Tests.Model;

public sealed class FlexOptionsTests
{
    private static readonly byte[] Map = FlexMap.Write(new() { ["max_detections"] = 10, ["nms_iou_threshold"] = 0.6f, ["use_regular_nms"] = true });

    /// <summary>The options of SSD MobileNet V1 as its converter wrote them, keys of 1, values of 4 bytes.</summary>
    private const string Written =
        "y_scale|_output_quantized|max_detections|nms_score_threshold|w_scale|x_scale|nms_iou_threshold|h_scale|max_classes_per_detection|num_classes|";

    [Fact]
    public void Integers_floats_and_bools_are_read_by_their_keys()
    {
        Assert.Equal(
            [("max_detections", 10.0), ("nms_iou_threshold", 0.6f), ("use_regular_nms", 1.0)],
            FlexOptions.Scalars(Map)!.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public void The_options_of_a_converted_SSD_are_read()
    {
        byte[] keys = [.. Written.Select(letter => letter == '|' ? (byte)0 : (byte)letter)];
        byte[] rest = Convert.FromHexString(
            "0A86302977456A135851970A000000010000000A000000010000000000A040010000000A0000009A99193F77CC2B325A0000000000A0400000204100"
            + "0020416A0E06060E0E060E0E0E322601");
        Assert.Equal(
            [("_output_quantized", 1), ("h_scale", 5), ("max_classes_per_detection", 1), ("max_detections", 10), ("nms_iou_threshold", 0.6f), ("nms_score_threshold", 1e-8f),
                ("num_classes", 90), ("w_scale", 5), ("x_scale", 10), ("y_scale", 10)],
            FlexOptions.Scalars([.. keys, .. rest])!.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public void Damaged_options_are_null_or_other_numbers_and_never_an_exception()
    {
        Random random = new(5);
        for (int trial = 0; trial < 20_000; trial++)
        {
            byte[] damaged = [.. Map];
            for (int i = random.Next(4); i >= 0; i--)
                damaged[random.Next(2) == 0 ? damaged.Length - 1 - random.Next(40) : random.Next(damaged.Length)] = (byte)random.Next(256);
            FlexOptions.Scalars(damaged.AsSpan(0, random.Next(2) == 0 ? damaged.Length : random.Next(damaged.Length)));
        }
        Assert.Null(FlexOptions.Scalars([]));
        Assert.Null(FlexOptions.Scalars([1, 4, 1]));
    }
}
