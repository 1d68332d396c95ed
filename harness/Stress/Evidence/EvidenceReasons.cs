using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Pairs of values between which no element can decide, and why. A test prepares operators with both and finds them the same.</summary>
public static class EvidenceReasons
{
    /// <summary>Null for a pair that elements decide.</summary>
    public static string? Of(EvidenceKey key)
    {
        bool isFloat = key.Type.IsFloat(), hasCodes = key.Type.CodeRange() is not null;
        return (key.Field, key.Operator) switch
        {
            ("Hybrid", _) when key.Alternative == nameof(HybridScaling.Unknown) => "with Unknown nothing is computed",
            ("ClampsInfinity", _) when !isFloat => "integers are never infinite",
            ("Order", _) when !isFloat => "a sum of integers is the same in every order",
            ("Bounds", _) when !hasCodes => "bounds of plain numbers are not rounded",
            ("Bounds" or "ClampsInfinity", "SQUARED_DIFFERENCE") => "it has no fused activation, and no clamp",
            ("Requantization" or "Scale", _) when !hasCodes => "plain numbers have no scales",
            ("Method", "ADD" or "SUB" or "MEAN" or "SUM") when !hasCodes => "plain numbers have no scales",
            ("Method", "SQUARED_DIFFERENCE") => "it has one method",
            ("Method", "SOFTMAX") when key.Type == TensorType.Float32 => "the type has one method",
            ("ReadsUnsigned", _) when key.Type != TensorType.Int8 => "only int8 is read as another type",
            ("CopiesSingle", _) when !hasCodes => "the product of one number is that number",
            ("Requantize", "QUANTIZE") when key.Type == TensorType.Int16 => "only codes of 8 bits have a vector body",
            ("Requantization" or "TailRequantization" or "TailBlock", "MEAN") when key is { Type: TensorType.UInt8, Followed: not nameof(Requantization.Reference) } =>
                "the sum of uint8 codes is not negative, where alone the two roundings part",
            _ => null,
        };
    }
}
