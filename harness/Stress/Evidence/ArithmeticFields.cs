using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Model;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>A field of an operator's parameter record that has not the same value in all profiles.</summary>
/// <param name="Name">Of the record's property.</param>
/// <param name="Value">That of the rule in question.</param>
/// <param name="Others">The values that other rules have for the same operator and type.</param>
public sealed record VariedField(string Name, object? Value, ImmutableArray<object?> Others);

/// <summary>Parameter records field by field.</summary>
public static class ArithmeticFields
{
    /// <summary>The fields of a rule's record in which other rules, of any profile, differ for the same operator and type.</summary>
    public static ImmutableArray<VariedField> Of(BuiltinOperator code, TensorType type, OperatorArithmetic arithmetic) =>
    [
        // A real number is how far a result may be from another, and chooses none.
        .. from property in Properties(arithmetic)
           where property.PropertyType != typeof(double)
           let own = property.GetValue(arithmetic)
           let others = Rules(code, type).Where(other => other.GetType() == arithmetic.GetType()).Select(property.GetValue).Where(value => !Equals(value, own)).Distinct().ToImmutableArray()
           where !others.IsEmpty
           select new VariedField(property.Name, own, others),
    ];

    /// <summary>The record with one field changed.</summary>
    public static OperatorArithmetic With(OperatorArithmetic arithmetic, string field, object? value)
    {
        OperatorArithmetic copy = (OperatorArithmetic)arithmetic.GetType().GetMethod("<Clone>$")!.Invoke(arithmetic, null)!;
        copy.GetType().GetProperty(field)!.SetValue(copy, value);
        return copy;
    }

    /// <summary>A profile that has one rule, which no known profile need have.</summary>
    public static Profile ProfileOf(Rule rule) => new("alternative", [rule]);

    /// <summary>What a value is called in tables: a requantization by its name, everything else as the code spells it.</summary>
    public static string Spell(object? value) => value switch
    {
        null => "none",
        Requantization requantization => Requantizations.GetValueOrDefault(requantization) ?? $"{requantization.Product} {requantization.Rounding}",
        OperatorArithmetic arithmetic => Spell(arithmetic),
        string text => text,
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ when value.GetType().GetMethod("<Clone>$") is not null => string.Join(' ', Properties(value).Select(property => Spell(property.GetValue(value)))),
        _ => value.ToString()!,
    };

    /// <summary>The fields that are not the default of their type, or all where the record has no defaults.</summary>
    private static string Spell(OperatorArithmetic arithmetic)
    {
        string[] fields = [.. Properties(arithmetic).Where(property => IsTelling(property.GetValue(arithmetic))).Select(property => $"{property.Name} {Spell(property.GetValue(arithmetic))}")];
        return fields.Length == 0 ? "one way" : string.Join(", ", fields);
    }

    private static bool IsTelling(object? value) => value is not (null or false or 1 or Rounding.HalfAway);

    private static readonly Dictionary<Requantization, string> Requantizations = typeof(Requantization)
        .GetFields(BindingFlags.Static | BindingFlags.Public).Where(field => field.FieldType == typeof(Requantization))
        .ToDictionary(field => (Requantization)field.GetValue(null)!, field => field.Name);

    private static readonly ConcurrentDictionary<(BuiltinOperator Code, TensorType Type), ImmutableArray<OperatorArithmetic>> RulesOfAll = [];

    private static ImmutableArray<OperatorArithmetic> Rules(BuiltinOperator code, TensorType type) => RulesOfAll.GetOrAdd((code, type), static key =>
    [
        .. KnownProfiles.All.SelectMany(profile => profile.Rules).Where(rule => rule.Code == key.Code && (rule.Type is null || rule.Type == key.Type))
            .Select(rule => rule.Arithmetic).OfType<OperatorArithmetic>().Distinct(),
    ]);

    private static IEnumerable<PropertyInfo> Properties(object record) =>
        record.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite && property.GetIndexParameters().Length == 0);
}
