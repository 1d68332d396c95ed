namespace OffByN.Model;

/// <summary>An operator's options. One record a kind, in <c>Options/</c>; field names and defaults are the schema's (spec, section 5.2).</summary>
public abstract record OperatorOptions;

/// <summary>Values of the schema's <c>Padding</c>.</summary>
public enum Padding : byte
{
    Same = 0,
    Valid = 1,
}

/// <summary>Values of the schema's <c>ActivationFunctionType</c>.</summary>
public enum Activation : byte
{
    None = 0,
    Relu = 1,
    ReluN1To1 = 2,
    Relu6 = 3,
    Tanh = 4,
    SignBit = 5,
}
