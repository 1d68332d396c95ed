using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using OffByN.Model.Flat;

namespace OffByN.Model.Options;

/// <summary>A field of an options table: the record's property, its id, its type, its default.</summary>
internal sealed record OptionsField(PropertyInfo Property, int Id, object? Default)
{
    public Type Type => Property.PropertyType;
}

/// <summary>One kind of options as its record declares it. The records of this assembly are found once, by their <see cref="SchemaUnionAttribute"/>.</summary>
internal sealed class OptionsKind
{
    private static readonly FrozenDictionary<byte, OptionsKind> ByNumber = Kinds().ToFrozenDictionary(kind => kind.Number);
    private static readonly FrozenDictionary<Type, OptionsKind> ByRecord = ByNumber.Values.ToFrozenDictionary(kind => kind.Record);
    private readonly ConstructorInvoker constructor;

    private OptionsKind(Type record, byte number)
    {
        Record = record;
        Number = number;
        ConstructorInfo primary = record.GetConstructors().Single();
        constructor = ConstructorInvoker.Create(primary);
        Fields =
        [
            .. primary.GetParameters().Select((parameter, position) => new OptionsField(
                record.GetProperty(parameter.Name!)!,
                parameter.GetCustomAttribute<SchemaFieldAttribute>()?.Id ?? position,
                DefaultOf(parameter))),
        ];
    }

    public Type Record { get; }

    public byte Number { get; }

    public ImmutableArray<OptionsField> Fields { get; }

    public static OptionsKind? Of(byte number) => ByNumber.GetValueOrDefault(number);

    public static OptionsKind Of(OperatorOptions options) => ByRecord[options.GetType()];

    /// <exception cref="UserErrorException">An enumeration has a value that the schema does not name.</exception>
    public OperatorOptions Read(FlatTable table)
    {
        object?[] values = new object?[Fields.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = table.Has(Fields[i].Id) ? Value(table, Fields[i]) : Fields[i].Default;
        return (OperatorOptions)constructor.Invoke(values.AsSpan());
    }

    private object Value(FlatTable table, OptionsField field)
    {
        if (field.Type == typeof(int))
            return table.Int(field.Id);
        if (field.Type == typeof(float))
            return table.Float(field.Id);
        if (field.Type == typeof(bool))
            return table.Bool(field.Id);
        if (field.Type == typeof(ImmutableArray<int>))
            return table.Ints(field.Id);
        object value = Enum.ToObject(field.Type, table.Byte(field.Id));
        return Enum.IsDefined(field.Type, value)
            ? value
            : throw table.File.Damaged(table.PositionOf(field.Id, 1), $"expected a {field.Type.Name} for {field.Property.Name} of {Record.Name}, found {value}");
    }

    private static object? DefaultOf(ParameterInfo parameter) =>
        parameter.DefaultValue is not { } value ? Activator.CreateInstance(parameter.ParameterType)
        : parameter.ParameterType.IsEnum ? Enum.ToObject(parameter.ParameterType, value)
        : value;

    private static IEnumerable<OptionsKind> Kinds() =>
        from type in typeof(OptionsKind).Assembly.GetTypes()
        let union = type.GetCustomAttribute<SchemaUnionAttribute>()
        where union is not null
        select new OptionsKind(type, union.Number);
}
