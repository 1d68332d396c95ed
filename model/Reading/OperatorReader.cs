using System.Collections.Immutable;
using OffByN.Model.Flat;
using OffByN.Model.Options;

namespace OffByN.Model.Reading;

/// <summary>Reads the operators of a subgraph that has <paramref name="tensors"/> tensors.</summary>
internal sealed class OperatorReader(FlatTable model, int tensors)
{
    private readonly ImmutableArray<OperatorKind> kinds = Kinds(model);

    public ImmutableArray<Operator> Read(FlatTable subgraph)
    {
        FlatTables tables = subgraph.Tables(Schema.SubGraph.Operators);
        ImmutableArray<Operator>.Builder operators = ImmutableArray.CreateBuilder<Operator>(tables.Count);
        for (int i = 0; i < tables.Count; i++)
            operators.Add(Read(tables[i], i));
        return operators.MoveToImmutable();
    }

    private Operator Read(FlatTable table, int index)
    {
        uint opcode = table.UInt(Schema.Operator.OpcodeIndex);
        if (opcode >= kinds.Length)
            throw table.File.Damaged(table.Position, $"expected operator {index} to have one of {kinds.Length} operator codes, found code index {opcode}");
        OperatorKind kind = kinds[(int)opcode];
        return new Operator
        {
            Index = new LayerIndex(index),
            Code = kind.Code,
            CustomCode = kind.CustomCode,
            Version = kind.Version,
            Inputs = TensorList.Read(table, Schema.Operator.Inputs, tensors, $"operator {index} ({kind.Name}) input", optional: true),
            Outputs = TensorList.Read(table, Schema.Operator.Outputs, tensors, $"operator {index} ({kind.Name}) output", optional: true),
            Intermediates = TensorList.Read(table, Schema.Operator.Intermediates, tensors, $"operator {index} ({kind.Name}) intermediate", optional: true),
            Options = table.Table(Schema.Operator.BuiltinOptions) is { } options
                ? OptionsKind.Of(table.Byte(Schema.Operator.BuiltinOptionsType))?.Read(options)
                : null,
            CustomOptions = CustomOptions(table),
        };
    }

    private static ReadOnlyMemory<byte> CustomOptions(FlatTable table) => Outside.Bytes(
        table, Schema.Operator.LargeCustomOptionsOffset, Schema.Operator.LargeCustomOptionsSize, "custom options")
        ?? table.Bytes(Schema.Operator.CustomOptions);

    private static ImmutableArray<OperatorKind> Kinds(FlatTable model)
    {
        FlatTables tables = model.Tables(Schema.Model.OperatorCodes);
        ImmutableArray<OperatorKind>.Builder kinds = ImmutableArray.CreateBuilder<OperatorKind>(tables.Count);
        for (int i = 0; i < tables.Count; i++)
            kinds.Add(Kind(tables[i], i));
        return kinds.MoveToImmutable();
    }

    /// <summary>Codes above 127 did not fit the field of old files, which newer writers fill with 127.</summary>
    private static OperatorKind Kind(FlatTable table, int index)
    {
        int code = Math.Max(table.SByte(Schema.OperatorCode.DeprecatedBuiltinCode), table.Int(Schema.OperatorCode.BuiltinCode));
        if (code < 0)
            throw table.File.Damaged(table.Position, $"expected operator code {index} to be at least 0, found {code}");
        bool custom = code == (int)BuiltinOperator.Custom;
        return new OperatorKind(
            (BuiltinOperator)code,
            custom ? table.String(Schema.OperatorCode.CustomCode) ?? "" : null,
            table.Int(Schema.OperatorCode.Version, absent: 1));
    }
}
