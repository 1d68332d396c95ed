using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Model.Writing;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Detections() => new()
    {
        ["NON_MAX_SUPPRESSION_V4"] = random => Suppression(random, isSoft: false),
        ["NON_MAX_SUPPRESSION_V5"] = random => Suppression(random, isSoft: true),
        ["TFLite_Detection_PostProcess float32"] = random => Detection(random, TensorType.Float32),
        ["TFLite_Detection_PostProcess uint8"] = random => Detection(random, TensorType.UInt8),
    };

    /// <summary>Few scores, so that many are equal; some boxes have no area.</summary>
    private static OperatorCase Suppression(Random random, bool isSoft)
    {
        (int boxes, int most) = (random.Next(1, 60), random.Next(0, 20));
        CaseTensor Scalar(float value) => new CaseTensor(TensorType.Float32, []) { IsConstant = random.Next(4) != 0 }.With<float>([value]);
        CaseTensor corners = new(TensorType.Float32, [boxes, 4]) { Range = (0, 8), Grid = random.Next(2) == 0 ? 1 : 0 };
        CaseTensor scores = new(TensorType.Float32, [boxes]) { Range = (-0.25, 1), Grid = random.Pick(1, 4, 16) / 32f };
        ImmutableArray<CaseTensor> inputs = [corners, scores, CaseTensor.Integer(most), Scalar(random.Next(0, 11) * 0.1f), Scalar(random.Pick(-1, 0, 1, 3) * 0.125f)];
        CaseTensor indices = new(TensorType.Int32, [most]), count = new(TensorType.Int32, []);
        return isSoft
            ? new(BuiltinOperator.NonMaxSuppressionV5, inputs.Add(Scalar(random.Pick(0, 0, 1, 2) * 0.4f)), indices) { MoreOutputs = [new(TensorType.Float32, [most]), count] }
            : new(BuiltinOperator.NonMaxSuppressionV4, inputs, indices) { MoreOutputs = [count] };
    }

    private static OperatorCase Detection(Random random, TensorType type)
    {
        (int boxes, int classes, int background, int coordinates) = (random.Next(1, 40), random.Next(1, 12), random.Next(2), random.Pick(4, 4, 6));
        bool isRegular = random.Next(2) == 0;
        (int most, int each) = (random.Next(1, 12), isRegular ? 1 : random.Next(1, Math.Min(classes, 4) + 1));
        CaseTensor Numbers(Shape shape, float scale, int zeroPoint, double low, double high) => type == TensorType.Float32
            ? new(type, shape) { Range = (low, high), Grid = (float)((high - low) / 32) } : new(type, shape, scale, zeroPoint);
        CaseTensor encodings = Numbers([1, boxes, coordinates], 0.05f, random.Next(100, 156), -4, 4);
        CaseTensor anchors = Numbers([boxes, 4], 1 / 255f, 0, 0.1, 1) with { IsConstant = true };
        // Few scores, so that many are equal.
        CaseTensor scores = Numbers([1, boxes, classes + background], random.NextScale(1e-3, 0.01), random.Next(10), 0, 1);
        if (type == TensorType.UInt8)
            scores = scores with { Range = (0, random.Pick(5, 40, 255)) };
        Dictionary<string, object> options = new()
        {
            ["max_detections"] = most, ["max_classes_per_detection"] = each, ["use_regular_nms"] = isRegular,
            ["nms_score_threshold"] = random.Next(2) == 0 ? 1e-8f : 0.01f * random.Next(1, 30), ["nms_iou_threshold"] = random.Next(1, 20) * 0.05f, ["num_classes"] = classes,
            ["y_scale"] = 10f, ["x_scale"] = 10f, ["h_scale"] = 5f, ["w_scale"] = 5f,
        };
        if (random.Next(2) == 0)
            options["detections_per_class"] = random.Next(1, 5);
        int listed = most * each;
        CaseTensor Output(Shape shape) => new(TensorType.Float32, shape);
        return new(BuiltinOperator.Custom, [encodings, scores, anchors], Output([1, listed, 4]))
        {
            Custom = (DetectionPostProcess.Name, FlexMap.Write(options)), MoreOutputs = [Output([1, listed]), Output([1, listed]), Output([1])],
        };
    }
}
