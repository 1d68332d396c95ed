namespace OffByN.Model;

public sealed record Conv2DOptions(Padding Padding, int StrideWidth, int StrideHeight, Activation Activation, int DilationWidth, int DilationHeight, TensorType QuantizedBiasType) : OperatorOptions;
public sealed record DepthwiseConv2DOptions(Padding Padding, int StrideWidth, int StrideHeight, int DepthMultiplier, Activation Activation, int DilationWidth, int DilationHeight) : OperatorOptions;
public sealed record Pool2DOptions(Padding Padding, int StrideWidth, int StrideHeight, int FilterWidth, int FilterHeight, Activation Activation) : OperatorOptions;
public sealed record FullyConnectedOptions(Activation Activation, byte WeightsFormat, bool KeepNumDims, bool AsymmetricQuantizeInputs, TensorType QuantizedBiasType) : OperatorOptions;
public sealed record SoftmaxOptions(float Beta) : OperatorOptions;
