using OffByN.Model;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Pairs of values of a field that is read, between which no element can decide all the same, and why. A test computes with both values and finds the same.</summary>
public static class EvidenceReasons
{
    /// <summary>Null for a pair that elements decide.</summary>
    public static string? Of(EvidenceKey key) => (key.Field, key.Operator) switch
    {
        ("TailRequantization" or "TailBlock", "MEAN") when key.Type == TensorType.UInt8 => "the sum of uint8 codes is not negative, where alone the two roundings part",
        ("FractionBits", "LEAKY_RELU") when key is { Type: TensorType.Float32, Followed: "none" } && key.Profile.StartsWith("native", StringComparison.Ordinal) =>
            "the runtime flushes all subnormal numbers, those that XNNPACK's products lose among them",
        _ => null,
    };
}
