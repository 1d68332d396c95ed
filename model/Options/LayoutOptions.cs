using System.Collections.Immutable;

namespace OffByN.Model.Options;

/// <summary>Values of the schema's <c>MirrorPadMode</c>.</summary>
public enum MirrorPadMode : byte
{
    Reflect = 0,
    Symmetric = 1,
}

[SchemaUnion(10)]
public sealed record ConcatenationOptions(int Axis = 0, Activation Activation = Activation.None) : OperatorOptions;

/// <summary>The shape in input 1, when there is one, wins over <paramref name="NewShape"/>.</summary>
[SchemaUnion(17)]
public sealed record ReshapeOptions(ImmutableArray<int> NewShape = default) : OperatorOptions
{
    public ImmutableArray<int> NewShape { get; init; } = NewShape.IsDefault ? [] : NewShape;
}

[SchemaUnion(19)]
public sealed record SpaceToDepthOptions(int BlockSize = 0) : OperatorOptions;

[SchemaUnion(94)]
public sealed record DepthToSpaceOptions(int BlockSize = 0) : OperatorOptions;

[SchemaUnion(23)]
public sealed record GatherOptions(int Axis = 0, int BatchDims = 0) : OperatorOptions;

[SchemaUnion(55)]
public sealed record ShapeOptions(TensorType OutType = TensorType.Float32) : OperatorOptions;

[SchemaUnion(30)]
public sealed record SqueezeOptions(ImmutableArray<int> SqueezeDims = default) : OperatorOptions
{
    public ImmutableArray<int> SqueezeDims { get; init; } = SqueezeDims.IsDefault ? [] : SqueezeDims;
}

[SchemaUnion(32)]
public sealed record StridedSliceOptions(
    int BeginMask = 0,
    int EndMask = 0,
    int EllipsisMask = 0,
    int NewAxisMask = 0,
    int ShrinkAxisMask = 0,
    bool Offset = false) : OperatorOptions;

[SchemaUnion(35)]
public sealed record SplitOptions(int NumSplits = 0) : OperatorOptions;

[SchemaUnion(79)]
public sealed record SplitVOptions(int NumSplits = 0) : OperatorOptions;

[SchemaUnion(59)]
public sealed record PackOptions(int ValuesCount = 0, int Axis = 0) : OperatorOptions;

[SchemaUnion(64)]
public sealed record UnpackOptions(int Num = 0, int Axis = 0) : OperatorOptions;

[SchemaUnion(77)]
public sealed record MirrorPadOptions(MirrorPadMode Mode = MirrorPadMode.Reflect) : OperatorOptions;

[SchemaUnion(61)]
public sealed record OneHotOptions(int Axis = 0) : OperatorOptions;

[SchemaUnion(87)]
public sealed record ReverseSequenceOptions(int SeqDim = 0, int BatchDim = 0) : OperatorOptions;
