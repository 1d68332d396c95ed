using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using OffByN.Arithmetic;
using OffByN.Model;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Whether two prepared operators hold the same numbers: then they compute the same from every input.</summary>
public static class PreparedComparison
{
    private static readonly ConcurrentDictionary<Type, ImmutableArray<PropertyInfo>> Properties = [];

    public static bool AreSame(PreparedOperator a, PreparedOperator b) => AreEqual(a, b);

    /// <summary>Records property by property, arrays element by element; what the graph gave is the same object, or equal.</summary>
    private static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        _ when ReferenceEquals(a, b) => true,
        (null, _) or (_, null) => false,
        _ when a.GetType() != b.GetType() => false,
        (ImmutableArray<int> one, ImmutableArray<int> two) => one.AsSpan().SequenceEqual(two.AsSpan()),
        (ImmutableArray<byte> one, ImmutableArray<byte> two) => one.AsSpan().SequenceEqual(two.AsSpan()),
        (ImmutableArray<float> one, ImmutableArray<float> two) => one.AsSpan().SequenceEqual(two.AsSpan()),
        (ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> two) => one.Span.SequenceEqual(two.Span),
        (Operator or TensorInfo or string, _) => a.Equals(b),
        (IEnumerable one, IEnumerable two) => one.Cast<object?>().SequenceEqual(two.Cast<object?>(), Elements.Only),
        _ when a.GetType().IsPrimitive || a.GetType().IsEnum => a.Equals(b),
        _ => Properties.GetOrAdd(a.GetType(), static type => [.. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.GetIndexParameters().Length == 0 && (property.CanWrite || type.IsValueType))]).All(property => AreEqual(property.GetValue(a), property.GetValue(b))),
    };

    private sealed class Elements : IEqualityComparer<object?>
    {
        public static readonly Elements Only = new();

        public new bool Equals(object? x, object? y) => AreEqual(x, y);

        public int GetHashCode(object? obj) => 0;
    }
}
