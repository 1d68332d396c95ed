namespace OffByN.Model.Options;

/// <summary>Values of the schema's <c>LSTMKernelType</c>.</summary>
public enum LstmKernelType : byte
{
    Full = 0,
    Basic = 1,
}

[SchemaUnion(6)]
public sealed record SvdfOptions(
    int Rank = 0,
    Activation Activation = Activation.None,
    bool AsymmetricQuantizeInputs = false) : OperatorOptions;

[SchemaUnion(7)]
public sealed record RnnOptions(
    Activation Activation = Activation.None,
    bool AsymmetricQuantizeInputs = false) : OperatorOptions;

[SchemaUnion(31)]
public sealed record SequenceRnnOptions(
    bool TimeMajor = false,
    Activation Activation = Activation.None,
    bool AsymmetricQuantizeInputs = false) : OperatorOptions;

[SchemaUnion(14)]
public sealed record LstmOptions(
    Activation Activation = Activation.None,
    float CellClip = 0,
    float ProjClip = 0,
    LstmKernelType KernelType = LstmKernelType.Full,
    bool AsymmetricQuantizeInputs = false) : OperatorOptions;

[SchemaUnion(71)]
public sealed record UnidirectionalSequenceLstmOptions(
    Activation Activation = Activation.None,
    float CellClip = 0,
    float ProjClip = 0,
    bool TimeMajor = false,
    bool AsymmetricQuantizeInputs = false,
    bool DiagonalRecurrentTensors = false) : OperatorOptions;
