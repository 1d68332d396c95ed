namespace OffByN.Model.Options;

[SchemaUnion(11)]
public sealed record AddOptions(Activation Activation = Activation.None, bool PotScaleInt16 = true) : OperatorOptions;

[SchemaUnion(28)]
public sealed record SubOptions(Activation Activation = Activation.None, bool PotScaleInt16 = true) : OperatorOptions;

[SchemaUnion(21)]
public sealed record MulOptions(Activation Activation = Activation.None) : OperatorOptions;

[SchemaUnion(29)]
public sealed record DivOptions(Activation Activation = Activation.None) : OperatorOptions;

/// <summary>MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_PROD.</summary>
[SchemaUnion(27)]
public sealed record ReducerOptions(bool KeepDims = false) : OperatorOptions;

[SchemaUnion(102)]
public sealed record CumsumOptions(bool Exclusive = false, bool Reverse = false) : OperatorOptions;

[SchemaUnion(40)]
public sealed record ArgMaxOptions(TensorType OutputType = TensorType.Float32) : OperatorOptions;

[SchemaUnion(57)]
public sealed record ArgMinOptions(TensorType OutputType = TensorType.Float32) : OperatorOptions;

[SchemaUnion(37)]
public sealed record CastOptions(
    TensorType InDataType = TensorType.Float32,
    TensorType OutDataType = TensorType.Float32) : OperatorOptions;
