// Kinds whose table has no fields.
namespace OffByN.Model.Options;

[SchemaUnion(22)]
public sealed record PadOptions : OperatorOptions;

[SchemaUnion(24)]
public sealed record BatchToSpaceNdOptions : OperatorOptions;

[SchemaUnion(25)]
public sealed record SpaceToBatchNdOptions : OperatorOptions;

[SchemaUnion(26)]
public sealed record TransposeOptions : OperatorOptions;

[SchemaUnion(33)]
public sealed record ExpOptions : OperatorOptions;

[SchemaUnion(34)]
public sealed record TopkV2Options : OperatorOptions;

[SchemaUnion(36)]
public sealed record LogSoftmaxOptions : OperatorOptions;

[SchemaUnion(38)]
public sealed record DequantizeOptions : OperatorOptions;

[SchemaUnion(39)]
public sealed record MaximumMinimumOptions : OperatorOptions;

[SchemaUnion(43)]
public sealed record PadV2Options : OperatorOptions;

[SchemaUnion(48)]
public sealed record SliceOptions : OperatorOptions;

[SchemaUnion(51)]
public sealed record TileOptions : OperatorOptions;

[SchemaUnion(52)]
public sealed record ExpandDimsOptions : OperatorOptions;

[SchemaUnion(76)]
public sealed record SquaredDifferenceOptions : OperatorOptions;

[SchemaUnion(78)]
public sealed record AbsOptions : OperatorOptions;

[SchemaUnion(89)]
public sealed record QuantizeOptions : OperatorOptions;

[SchemaUnion(91)]
public sealed record HardSwishOptions : OperatorOptions;
