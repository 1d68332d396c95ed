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
        (Requantizer one, Requantizer two) => AreEqualFieldwise(Read(one), Read(two)),
        (IEnumerable one, IEnumerable two) => one.Cast<object?>().SequenceEqual(two.Cast<object?>(), Elements.Only),
        _ when a.GetType().IsPrimitive || a.GetType().IsEnum => a.Equals(b),
        _ => AreEqualFieldwise(a, b),
    };

    private static bool AreEqualFieldwise(object a, object b) => Properties.GetOrAdd(a.GetType(), static type => [.. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .Where(property => property.GetIndexParameters().Length == 0 && (property.CanWrite || type.IsValueType))]).All(property => AreEqual(property.GetValue(a), property.GetValue(b)));

    /// <summary>
    /// The requantizer with what it reads alone: no tail where no channel has one or it is as the body, of a factor the form that its product takes, and nothing of what becomes of INT_MIN
    /// where the product is a high multiply, which is less than its factor.
    /// </summary>
    private static Requantizer Read(Requantizer given)
    {
        bool hasTail = given.TailStart < given.Scales.Length && given.Tail != given.Body;
        bool isSingle = given.Body.Product == Product.Float32 && (!hasTail || given.Tail.Product == Product.Float32);
        return given with
        {
            TailStart = hasTail ? given.TailStart : given.Scales.Length,
            Tail = hasTail ? given.Tail : given.Body,
            WrapsBelow = given.WrapsBelow && (given.Body.Product != Product.HighMultiply || (hasTail && given.Tail.Product != Product.HighMultiply)),
            Scales = isSingle ? [.. given.Scales.Select(scale => ChannelScale.From(scale.Single))] : given.Scales,
        };
    }

    private sealed class Elements : IEqualityComparer<object?>
    {
        public static readonly Elements Only = new();

        public new bool Equals(object? x, object? y) => AreEqual(x, y);

        public int GetHashCode(object? obj) => 0;
    }
}
