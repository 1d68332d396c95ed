namespace OffByN.Model.Options;

[SchemaUnion(1)]
public sealed record Conv2DOptions(
    Padding Padding = Padding.Same,
    int StrideW = 0,
    int StrideH = 0,
    Activation Activation = Activation.None,
    int DilationW = 1,
    int DilationH = 1,
    TensorType QuantizedBiasType = TensorType.Float32) : OperatorOptions;

[SchemaUnion(2)]
public sealed record DepthwiseConv2DOptions(
    Padding Padding = Padding.Same,
    int StrideW = 0,
    int StrideH = 0,
    int DepthMultiplier = 0,
    Activation Activation = Activation.None,
    int DilationW = 1,
    int DilationH = 1) : OperatorOptions;

[SchemaUnion(49)]
public sealed record TransposeConvOptions(
    Padding Padding = Padding.Same,
    int StrideW = 0,
    int StrideH = 0,
    Activation Activation = Activation.None,
    TensorType QuantizedBiasType = TensorType.Float32) : OperatorOptions;

[SchemaUnion(106)]
public sealed record Conv3DOptions(
    Padding Padding = Padding.Same,
    int StrideD = 0,
    int StrideW = 0,
    int StrideH = 0,
    Activation Activation = Activation.None,
    int DilationD = 1,
    int DilationW = 1,
    int DilationH = 1) : OperatorOptions;
