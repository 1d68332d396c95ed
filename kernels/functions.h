// Exponential, exponential less 1, logarithm and hyperbolic tangent of a float32, computed in float64 and rounded once.
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
