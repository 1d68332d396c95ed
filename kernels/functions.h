// Functions of float32 computed in float64, to be rounded once: exponential, exponential less 1, logarithm, hyperbolic tangent, sine, cosine, arc tangent of two, power, GELU.
// Each is within 2^-40 of itself before it is rounded, so that the result is the correctly rounded one but where the exact value lies that near to the middle of two floats:
// at most half an ulp and 2^-15 of one. NaN stays NaN.

#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF

// ln 2 in two parts. The first has 40 bits, so that its products with exponents are exact.
#define LN_2_HIGH 0x1.62e42fefa2p-1
#define LN_2_LOW 0x1.9ef35793c7673p-41

// exp(x) = 2^k exp(r), |r| <= ln 2 / 2, where the Taylor series up to r^12 leaves less than 2^-52. Beyond 104 all results are those of 104: infinity and 0, of float32.
double exponential(double x)
{
    if (isnan(x))
        return x;
    double bounded = x < -104 ? -104 : x > 104 ? 104 : x;
    double k = rint(bounded / (LN_2_HIGH + LN_2_LOW));
    double r = bounded - k * LN_2_HIGH - k * LN_2_LOW;
    double sum = 1;
    for (int n = 12; n > 0; n--)
        sum = 1 + r / n * sum;
    return sum * as_double((long)(k + 1023) << 52);
}

// exp(x) - 1. Below 2^-5 that would cancel: there the Taylor series up to x^8 leaves less than 2^-55.
double exponential_less_1(double x)
{
    if (!(fabs(x) < 0x1p-5))
        return exponential(x) - 1;
    double sum = 1;
    for (int n = 8; n > 1; n--)
        sum = 1 + x / n * sum;
    return x * sum;
}

// ln x = k ln 2 + ln m, m from sqrt(1/2) to sqrt(2), and ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172, where the Taylor series up to s^19 leaves less than 2^-54.
double logarithm(float x)
{
    if (x == 0)
        return -INFINITY;
    if (!(x > 0) || isinf(x))
        return x < 0 ? NAN : x;
    long bits = as_long((double)x);
    int k = (int)(bits >> 52) - 1023;
    double m = as_double((bits & 0xfffffffffffffL) | 0x3ff0000000000000L);
    if (m > M_SQRT2)
    {
        m = m / 2;
        k++;
    }
    double s = (m - 1) / (m + 1), square = s * s, sum = 0;
    for (int n = 19; n > 0; n -= 2)
        sum = sum * square + 1.0 / n;
    return k * LN_2_HIGH + (2 * s * sum + k * LN_2_LOW);
}

// tanh |x| = (1 - e) / (1 + e), e = exp(-2 |x|). Below 2^-5 that would cancel: there the Taylor series up to x^7 leaves less than 2^-45.
double hyperbolic_tangent(double x)
{
    double square = x * x;
    if (square < 0x1p-10)
        return x + x * square * (-1.0 / 3 + square * (2.0 / 15 - square * (17.0 / 315)));
    double e = exponential(-2 * fabs(x));
    return copysign((1 - e) / (1 + e), x);
}

// 2 / pi from 2^31 on, so that the first word is 0.
constant uint two_over_pi[9] = {0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561};

// |x| = (quarter + 4 n) pi / 2 + rest, |rest| <= pi / 4. From pi / 4 on |x| = m 2^e is multiplied with the 128 bits of 2 / pi that stand behind multiples of 4:
// what comes of it has 126 fraction bits, of which the nearest float32 to a multiple of pi / 2 takes 30.
typedef struct
{
    int quarter;
    double rest;
} reduced_angle;

reduced_angle reduced(float x)
{
    reduced_angle found = {0, fabs(x)};
    if (found.rest < M_PI_4)
        return found;
    int bits = as_int(x), at = (bits >> 23 & 0xff) - 120;
    uint m = (bits & 0x7fffff) | 0x800000, turn[4];
    ulong carried = 0;
    for (int word = 3; word >= 0; word--)
    {
        ulong pair = (ulong)two_over_pi[at / 32 + word] << 32 | two_over_pi[at / 32 + word + 1];
        carried = (carried >> 32) + (ulong)m * (uint)(pair << at % 32 >> 32);
        turn[word] = (uint)carried;
    }
    ulong high = (ulong)turn[0] << 32 | turn[1], low = (ulong)turn[2] << 32 | turn[3];
    ulong quarter = (high + (1UL << 61)) >> 62;
    found.quarter = quarter & 3;
    found.rest = ((double)(long)(high - (quarter << 62)) + (double)low * 0x1p-64) * (M_PI_2 * 0x1p-62);
    return found;
}

// Taylor series up to r^15 and r^16, which leave less than 2^-53 for |r| <= pi / 4.
double sine_of_rest(double r)
{
    double square = r * r, sum = 1;
    for (int n = 14; n > 0; n -= 2)
        sum = 1 - square / (n * (n + 1)) * sum;
    return r * sum;
}

double cosine_of_rest(double r)
{
    double square = r * r, sum = 1;
    for (int n = 15; n > 0; n -= 2)
        sum = 1 - square / (n * (n + 1)) * sum;
    return sum;
}

double sine(float x)
{
    if (!isfinite(x))
        return NAN;
    reduced_angle angle = reduced(x);
    double result = angle.quarter & 1 ? cosine_of_rest(angle.rest) : sine_of_rest(angle.rest);
    return copysign(1.0, (double)x) * (angle.quarter & 2 ? -result : result);
}

double cosine(float x)
{
    if (!isfinite(x))
        return NAN;
    reduced_angle angle = reduced(x);
    double result = angle.quarter & 1 ? sine_of_rest(angle.rest) : cosine_of_rest(angle.rest);
    return angle.quarter == 1 || angle.quarter == 2 ? -result : result;
}

// The angle of (x, y). The arc tangent of the smaller over the larger, |t| <= 1, is that of (t - 1) / (t + 1) and pi / 4 from tan(pi / 8) on; the Taylor series up to t^39
// leaves less than 2^-55 below.
double arc_tangent(float y, float x)
{
    if (isnan(x) || isnan(y))
        return NAN;
    double height = fabs(y), width = fabs(x), larger = height > width ? height : width, smaller = height > width ? width : height;
    double t = larger == 0 ? 0 : smaller == larger ? 1 : smaller / larger, start = 0, sum = 0;
    if (t > M_SQRT2 - 1)
    {
        start = M_PI_4;
        t = (t - 1) / (t + 1);
    }
    double square = t * t;
    for (int n = 39; n > 0; n -= 2)
        sum = 1.0 / n - square * sum;
    double angle = start + t * sum;
    angle = height > width ? M_PI_2 - angle : angle;
    return copysign(signbit(x) ? M_PI - angle : angle, (double)y);
}

// x^y = exp(y ln |x|), with the sign of x where y is odd. |y ln |x|| is 104 at most where it matters, and known to 2^-43.
double power(float x, float y)
{
    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y) || (x < 0 && isfinite(x) && isfinite(y) && trunc(y) != y))
        return NAN;
    double magnitude = x == -1 ? 1 : exponential(y * logarithm(fabs(x)));
    return signbit(x) && trunc(y) == y && fabs(y) < 0x1p24f && (int)fabs(y) % 2 != 0 ? -magnitude : magnitude;
}

// x Phi(x) = x / 2 * erfc(-x / sqrt 2), by z = |x| / sqrt 2. Below 2 the error function is a series of positive terms, 2 z / sqrt pi exp(-z^2) (1 + 2 z^2 / 3 (1 + 2 z^2 / 5 (...))), of
// which 48 leave less than 2^-60; above, its complement is exp(-z^2) / sqrt pi / (z + 1/2 / (z + 2/2 / (z + 3/2 / ...))), of which 50 leave less than 2^-55.
double gelu(float x)
{
    double z = fabs(x) * M_SQRT1_2, bell = exponential(-0.5 * x * x) * (M_2_SQRTPI / 2), complement, sum;
    if (z < 2)
    {
        sum = 1;
        for (int n = 97; n > 1; n -= 2)
            sum = 1 + (double)x * x / n * sum;
        complement = 1 - 2 * z * bell * sum;
    }
    else
    {
        sum = z;
        for (int n = 50; n > 0; n--)
            sum = z + 0.5 * n / sum;
        complement = bell / sum;
    }
    return 0.5 * x * (x < 0 ? complement : 2 - complement);
}

// x / 2 (1 + tanh(u)) = x / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3).
double gelu_by_tanh(float x)
{
    double u = M_2_SQRTPI * M_SQRT1_2 * (x + 0.044715 * x * x * x);
    return u < -52 ? x * 0.0 : x / (1 + exponential(-2 * u));
}
