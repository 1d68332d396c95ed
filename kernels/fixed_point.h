// Integer primitives of quantized arithmetic, exact on every device. Each says its ties and its saturation; they are those of
// arithmetic/FixedPoint.cs. Needs codes.h.

// (a * b + 2^30) >> 31: ties toward +infinity. Exact unless a = b = INT_MIN, where TFLite saturates: a multiplier is never negative,
// and no caller passes INT_MIN twice.
ints high_multiply(ints a, ints b)
{
    return TO_INTS((TO_LONGS(a) * TO_LONGS(b) + (1L << 30)) >> 31);
}

// x / 2^n to nearest, 0 <= n <= 31. Ties away from zero where away is 1, toward +infinity where it is 0.
// Written without comparisons, which give 1 for scalars and -1 for vectors.
ints shift_right(ints x, ints n, ints away)
{
    ints ones = -1;
    ints mask = ~(ones << n);
    ints threshold = (mask >> 1) + (away & (x >> 31));
    return (x >> n) + (((threshold - (x & mask)) >> 31) & 1);
}

// x * multiplier * 2^(exponent - 31), rounded twice: by the high multiply, then by a shift as shift_right has it; -31 <= exponent.
// The shift to the left that a positive exponent asks for wraps.
ints multiply_rounding_twice(ints x, ints multiplier, ints exponent, ints away)
{
    return shift_right(high_multiply(x << max(exponent, 0), multiplier), max(-exponent, 0), away);
}

// a + b as int32 hardware adds: modulo 2^32.
ints wrapping_add(ints a, ints b)
{
    return AS_INTS(AS_UINTS(a) + AS_UINTS(b));
}

#if WIDTH == 1
// x * 2^n, saturated.
int shift_left(int x, int n)
{
    return convert_int_sat((long)x << n);
}

// 1 / (1 + a) for a in [0, 1) as F0 (31 fraction bits): three Newton steps.
int one_over_one_plus(int a)
{
    int half_denominator = (int)(((long)a + INT_MAX + 1) / 2);
    int x = 1515870810 + high_multiply(half_denominator, -1010580540);
    for (int step = 0; step < 3; step++)
        x += shift_left(high_multiply(x, (1 << 29) - high_multiply(half_denominator, x)), 2);
    return shift_left(x, 1);
}

typedef struct
{
    int mantissa, exponent;
} root_factor;

// 1 / sqrt(x), by five Newton steps in F3; x of 1 and less gives the largest factor below 1.
root_factor reciprocal_square_root(int x)
{
    root_factor result = {INT_MAX, 0};
    if (x <= 1)
        return result;
    int shift = 11;
    for (; x >= 1 << 29; shift++)
        x /= 4;
    int pairs = ((int)clz(x) - 1) / 2 - 1;
    shift -= pairs;
    x <<= 2 * pairs;
    const int one = 1 << 28;
    int half_x = shift_right(x >> 1, 1, 1), root = one;
    for (int step = 0; step < 5; step++)
    {
        int cube = shift_left(high_multiply(high_multiply(root, root), root), 6);
        root = shift_left(high_multiply(one + one / 2, root) - high_multiply(half_x, cube), 3);
    }
    int mantissa = high_multiply(root, 1518500250);
    result.mantissa = shift < 0 ? mantissa << -shift : mantissa;
    result.exponent = shift < 0 ? 0 : -shift;
    return result;
}
#endif
