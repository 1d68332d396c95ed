namespace OffByN.Model;

/// <summary>
/// An operator's options. One record a kind, in <c>Options/</c>. A record is its kind's schema: the primary constructor's parameters are
/// the table's fields in the order of their ids, and their defaults are the schema's (spec, section 5.2). Reading and writing follow from it.
/// </summary>
public abstract record OperatorOptions;

/// <summary>The value of <c>builtin_options_type</c> that announces this kind of options.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SchemaUnionAttribute(byte number) : Attribute
{
    public byte Number => number;
}

/// <summary>The schema's field id where it is not the parameter's position.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class SchemaFieldAttribute(int id) : Attribute
{
    public int Id => id;
}

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
