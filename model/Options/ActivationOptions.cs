namespace OffByN.Model.Options;

[SchemaUnion(9)]
public sealed record SoftmaxOptions(float Beta = 0) : OperatorOptions;

[SchemaUnion(12)]
public sealed record L2NormOptions(Activation Activation = Activation.None) : OperatorOptions;

[SchemaUnion(13)]
public sealed record LocalResponseNormalizationOptions(
    int Radius = 0,
    float Bias = 0,
    float Alpha = 0,
    float Beta = 0) : OperatorOptions;

[SchemaUnion(75)]
public sealed record LeakyReluOptions(float Alpha = 0) : OperatorOptions;

[SchemaUnion(116)]
public sealed record GeluOptions(bool Approximate = false) : OperatorOptions;
