namespace OffByN.Model.Reading;

/// <summary>What the file says once for all operators of a kind.</summary>
internal readonly record struct OperatorKind(BuiltinOperator Code, string? CustomCode, int Version)
{
    /// <summary>For messages.</summary>
    public string Name => CustomCode is null ? Code.SchemaName() : Printable.Of(CustomCode);

    public static OperatorKind Of(Operator layer) => new(layer.Code, layer.CustomCode, layer.Version);
}
