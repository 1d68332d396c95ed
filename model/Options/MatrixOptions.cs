namespace OffByN.Model.Options;

/// <summary>Values of the schema's <c>FullyConnectedOptionsWeightsFormat</c>.</summary>
public enum WeightsFormat : byte
{
    Default = 0,
    Shuffled4x16Int8 = 1,
}

[SchemaUnion(8)]
public sealed record FullyConnectedOptions(
    Activation Activation = Activation.None,
    WeightsFormat WeightsFormat = WeightsFormat.Default,
    bool KeepNumDims = false,
    bool AsymmetricQuantizeInputs = false,
    TensorType QuantizedBiasType = TensorType.Float32) : OperatorOptions;

[SchemaUnion(101)]
public sealed record BatchMatMulOptions(
    bool AdjX = false,
    bool AdjY = false,
    bool AsymmetricQuantizeInputs = false) : OperatorOptions;
