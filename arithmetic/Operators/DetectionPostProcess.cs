using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>What the known runtimes disagree about in TFLite_Detection_PostProcess.</summary>
/// <param name="Scores">How uint8 scores become float32, in whole blocks of 8; what remains is <see cref="DequantizeMethod.Centred"/>.</param>
public sealed record DetectionArithmetic(DequantizeMethod Scores) : OperatorArithmetic;

/// <summary>Four divisors of box encodings, or a box by its centre and size.</summary>
public readonly record struct CentreSize(float Y, float X, float Height, float Width);

/// <summary>
/// TFLite_Detection_PostProcess (spec, section 2.20): boxes are decoded from encodings [1, boxes, 4 or more] and anchors [boxes, 4], scored by [1, boxes, classes], thinned out
/// where they overlap, and listed by descending score. Outputs: boxes [1, n, 4] as top, left, bottom, right; classes [1, n]; scores [1, n]; their number [1]; all float32, with
/// n = most detections * classes of each.
/// </summary>
/// <param name="LabelOffset">1 where the first class is the background, which is left out; else 0.</param>
/// <param name="IsRegular">Each class is thinned out by itself; else each box by its best class.</param>
/// <param name="ClassesPerDetection">Of the fast kind: classes that a box is listed with.</param>
/// <param name="DetectionsPerClass">Of the regular kind: boxes that remain of each class.</param>
public sealed record PreparedDetection(
    Operator Operator, ImmutableArray<TensorInfo> Inputs, ImmutableArray<TensorInfo> Outputs, int Boxes, int EncodingSize, int Classes, int LabelOffset, CentreSize Divisors,
    bool IsRegular, int MostDetections, int ClassesPerDetection, int DetectionsPerClass, float ScoreThreshold, float OverlapThreshold, DequantizeMethod ScoreMethod)
    : PreparedOperator(Operator, Inputs, Outputs);

/// <summary>Preparing TFLite_Detection_PostProcess. Source: <c>kernels/detection_postprocess.cc</c>.</summary>
public static class DetectionPostProcess
{
    public const string Name = "TFLite_Detection_PostProcess";

    private const int DefaultDetectionsPerClass = 100;

    /// <summary>
    /// Places of the list that TFLite writes when it found a number of detections: the fast kind writes these, the regular kind zeros behind them up to the most detections.
    /// </summary>
    public static double WrittenOf(ImmutableDictionary<string, double> options, float detections) =>
        options.GetValueOrDefault("use_regular_nms") != 0 ? options.GetValueOrDefault("max_detections") : detections * options.GetValueOrDefault("max_classes_per_detection");

    /// <remarks>The file need not declare the outputs' shapes: they follow from the options.</remarks>
    [Prepares(BuiltinOperator.Custom, Name)]
    public static PreparedOperator Prepare(OperatorContext context, DetectionArithmetic arithmetic)
    {
        ImmutableDictionary<string, double> options = FlexOptions.Scalars(context.Operator.CustomOptions.Span)
            ?? throw new NotComputableException("its options are no map of numbers");
        TensorInfo encodings = context.Input(0), scores = context.Input(1), anchors = context.Input(2);
        Shape encoded = OperatorContext.Ranked(encodings, 3), scored = OperatorContext.Ranked(scores, 3);
        OperatorContext.Typed(encodings, TensorType.UInt8, TensorType.Float32);
        OperatorContext.Typed(scores, TensorType.UInt8, TensorType.Float32);
        OperatorContext.Typed(anchors, encodings.Type);
        int boxes = encoded[1], classes = Integer("num_classes"), labelOffset = scored[2] - classes;
        if (encoded[0] != 1 || encoded[2] < 4 || scored[0] != 1 || scored[1] != boxes || labelOffset is < 0 or > 1 || classes < 1)
            throw new NotComputableException($"encodings {encoded} and scores {scored} of {classes} classes do not belong together");
        OperatorContext.Shaped(anchors, [boxes, 4]);
        bool isRegular = options.GetValueOrDefault("use_regular_nms") != 0;
        (int most, int each) = (Integer("max_detections"), Integer("max_classes_per_detection"));
        int perClass = Math.Min(options.ContainsKey("detections_per_class") ? Integer("detections_per_class") : DefaultDetectionsPerClass, most);
        float overlap = (float)options.GetValueOrDefault("nms_iou_threshold");
        if (most < 1 || each < 1 || perClass < 1 || (long)most * each > int.MaxValue / 16 || overlap is not (> 0 and <= 1))
            throw new NotComputableException($"{most} detections of {each} classes with an overlap of {overlap} are refused by TFLite");
        if (!isRegular && each > classes)
            throw new NotComputableException($"{each} classes of a detection, of which there are {classes}, leave gaps in the outputs");
        int listed = most * each;
        return new PreparedDetection(
            context.Operator, [encodings, scores, anchors], [Output(0, [1, listed, 4]), Output(1, [1, listed]), Output(2, [1, listed]), Output(3, [1])],
            boxes, encoded[2], classes, labelOffset, new(Real("y_scale"), Real("x_scale"), Real("h_scale"), Real("w_scale")),
            isRegular, most, each, perClass, Real("nms_score_threshold"), overlap, arithmetic.Scores);

        int Integer(string key) => (int)Math.Clamp(options.GetValueOrDefault(key), int.MinValue, int.MaxValue);

        float Real(string key) => (float)options.GetValueOrDefault(key);

        TensorInfo Output(int position, Shape shape) => position < context.Operator.Outputs.Length && !context.Operator.Outputs[position].IsNone
            ? context.Graph[context.Operator.Outputs[position]] with { Type = TensorType.Float32, Shape = shape, Note = null }
            : throw new NotComputableException($"{Name} needs output {position}");
    }
}
