// The exponential of glibc from 2.28 on, on processors with fused multiply-adds: 0 of 2^32 differ from expf of glibc 2.36.
// x = (k + j / 32) ln 2 + r, exp(x) = 2^k 2^(j/32) exp(r), exp(r) by a polynomial of degree 3, all in float64 and rounded once.

#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF

constant double roots_of_2[32] =
{
    0x1.0000000000000p+0, 0x1.059b0d3158574p+0, 0x1.0b5586cf9890fp+0, 0x1.11301d0125b51p+0, 0x1.172b83c7d517bp+0, 0x1.1d4873168b9aap+0, 0x1.2387a6e756238p+0,
    0x1.29e9df51fdee1p+0, 0x1.306fe0a31b715p+0, 0x1.371a7373aa9cbp+0, 0x1.3dea64c123422p+0, 0x1.44e086061892dp+0, 0x1.4bfdad5362a27p+0, 0x1.5342b569d4f82p+0,
    0x1.5ab07dd485429p+0, 0x1.6247eb03a5585p+0, 0x1.6a09e667f3bcdp+0, 0x1.71f75e8ec5f74p+0, 0x1.7a11473eb0187p+0, 0x1.82589994cce13p+0, 0x1.8ace5422aa0dbp+0,
    0x1.93737b0cdc5e5p+0, 0x1.9c49182a3f090p+0, 0x1.a5503b23e255dp+0, 0x1.ae89f995ad3adp+0, 0x1.b7f76f2fb5e47p+0, 0x1.c199bdd85529cp+0, 0x1.cb720dcef9069p+0,
    0x1.d5818dcfba487p+0, 0x1.dfc97337b9b5fp+0, 0x1.ea4afa2a490dap+0, 0x1.f50765b6e4540p+0,
};

float glibc_exp(float x)
{
    if (isnan(x))
        return x;
    // Beyond 104 all results are those of 104: infinity and 0.
    double bounded = x < -104 ? -104 : x > 104 ? 104 : x;
    double thirty_seconds = 0x1.71547652b82fep+5, whole = rint(thirty_seconds * bounded), r = fma(thirty_seconds, bounded, -whole);
    int n = (int)whole;
    double scale = as_double(as_long(roots_of_2[n & 31]) + ((long)(n >> 5) << 52));
    double high = fma(0x1.c6af84b912394p-20, r, 0x1.ebfce50fac4f3p-13), low = fma(0x1.62e42ff0c52d6p-6, r, 1.0);
    return (float)(fma(high, r * r, low) * scale);
}
