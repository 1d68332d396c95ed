// LOGISTIC and TANH of float32 as TFLite's optimized kernels compute whole vectors on x86-64: Eigen without fused multiply-adds, every product and every sum rounded.
// The numbers are those of arithmetic/VectorFunctions.cs.

#pragma OPENCL FP_CONTRACT OFF

// exp(x / 2)^2 over itself plus 1, where exp of the rest on either side of 0 is a polynomial of degree 5, odd and even terms apart.
float logistic_in_vectors(float x)
{
    if (x < -104)
        return 0;
    float half_x = (x < 16.6355324f || isnan(x) ? x : 16.6355324f) * 0.5f;
    float octaves = floor(half_x * 1.44269504f + 0.5f);
    float rest = octaves * -0.693359375f + half_x;
    rest = octaves * 2.12194440e-4f + rest;
    float square = rest * rest;
    float even = square * 4.1898667812347412109375e-2f + 0.49999141693115234375f;
    float odd = square * 8.33471305668354034423828125e-3f + 0.16666877269744873046875f;
    float e = square * (rest * odd + even) + (rest + 1);
    e = isnan(e) ? e : ldexp(e, (int)octaves);
    e *= e;
    return e / (1 + e);
}

// A quotient of two polynomials, of degrees 9 and 8; 1 from 7.907 on.
float tanh_in_vectors(float x)
{
    x = x < -7.90738964f ? -7.90738964f : x > 7.90738964f ? 7.90738964f : x;
    float square = x * x, cube = square * x;
    float numerator = ((1.394553628e-8f * square + 2.102733560e-5f) * square + 3.520756727e-3f) * square + 1.340216100e-1f;
    float denominator = (((8.015776984e-7f * square + 3.326951409e-4f) * square + 2.597254514e-2f) * square + 4.673548340e-1f) * square + 1;
    return (cube * numerator + x) / denominator;
}
