namespace OffByN.Model.Options;

/// <summary>AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D.</summary>
[SchemaUnion(5)]
public sealed record Pool2DOptions(
    Padding Padding = Padding.Same,
    int StrideW = 0,
    int StrideH = 0,
    int FilterWidth = 0,
    int FilterHeight = 0,
    Activation Activation = Activation.None) : OperatorOptions;
