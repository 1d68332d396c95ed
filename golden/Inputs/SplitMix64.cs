namespace OffByN.Golden.Inputs;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): a 64-bit state that grows by a constant, and
/// its mixture as output. Integer arithmetic modulo 2^64 alone, so a seed gives the same numbers on every machine.
/// </summary>
public struct SplitMix64(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The highest <paramref name="count"/> bits of the next number, 1 to 32 of them.</summary>
    public uint NextBits(int count) => (uint)(Next() >> (64 - count));

    /// <summary>A multiple of 2^-53 in [0, 1): the highest 53 bits of the next number.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1L << 53));
}
