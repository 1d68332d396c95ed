using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using Google.FlatBuffers;
using OffByN.Model.Flat;
using OffByN.Model.Writing;

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

    /// <summary>Writes the options as a table of their kind; fields at their default are left out, as every writer does.</summary>
    public int Write(FlatBufferBuilder builder, OperatorOptions options)
    {
        object?[] values = [.. Fields.Select(field => field.Property.GetValue(options))];
        int[] vectors = [.. values.Select(value => value is ImmutableArray<int> { IsEmpty: false } ints ? builder.Vector(ints.AsSpan()) : 0)];
        builder.StartTable(Fields.Select(field => field.Id + 1).DefaultIfEmpty(0).Max());
        for (int i = 0; i < values.Length; i++)
            Put(builder, Fields[i], values[i], vectors[i]);
        return builder.EndTable();
    }

    private static void Put(FlatBufferBuilder builder, OptionsField field, object? value, int vector)
    {
        switch (value)
        {
            case int number:
                builder.AddInt(field.Id, number, (int)field.Default!);
                break;
            case float number:
                builder.AddFloat(field.Id, number, (float)field.Default!);
                break;
            case bool flag:
                builder.AddBool(field.Id, flag, (bool)field.Default!);
                break;
            case Enum name:
                builder.AddByte(field.Id, Convert.ToByte(name, null), Convert.ToByte(field.Default, null));
                break;
            default:
                builder.AddOffset(field.Id, vector, 0);
                break;
        }
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
