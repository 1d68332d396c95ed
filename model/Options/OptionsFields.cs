using System.Collections.Immutable;
using System.Text.Json;

namespace OffByN.Model.Options;

/// <summary>One field of an operator's options: its schema name in camel case, its value, and whether that is the schema's default.</summary>
public readonly record struct OptionsFieldValue(string Name, object? Value, bool IsDefault);

/// <summary>Options as names and values, for people and for reports.</summary>
public static class OptionsFields
{
    /// <summary>The fields in the order of the schema. A vector is an <see cref="ImmutableArray{T}"/> of int, its default the empty one.</summary>
    public static ImmutableArray<OptionsFieldValue> Of(OperatorOptions options) =>
    [
        .. from field in OptionsKind.Of(options).Fields
           let value = field.Property.GetValue(options)
           select new OptionsFieldValue(
               JsonNamingPolicy.CamelCase.ConvertName(field.Property.Name),
               value,
               value is ImmutableArray<int> { IsEmpty: true } || Equals(value, field.Default)),
    ];
}
