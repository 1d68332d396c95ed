// Operators of one tensor of float32 that call the C library: EXP, LOG, LOGISTIC, TANH, ELU, SIN, COS, GELU.
// -D: numbers.h; FUNCTION; FLUSHES=1: subnormal numbers are read as 0 and given as 0; 0: they are numbers.
// tail_start: of LOGISTIC_BESIDE_VECTORS, from where elements are beside whole vectors.
// Work-items: one for each output element; any work-group size.
// Within an ulp of the C library's, by functions.h; needs a device with float64, and float32 that keeps to IEEE 754.

#include "numbers.h"
#include "functions.h"
#include "subnormals.h"
#include "vector_functions.h"

#define LOGISTIC 1
#define LOGISTIC_ROUNDED 2
#define TANH 3
#define EXP 4
#define LOG 5
#define ELU 6
#define LOGISTIC_BESIDE_VECTORS 7
#define EXP_OF_ROUNDED_ARGUMENT 8
#define SINE 9
#define COSINE 10
#define GELU 11
#define GELU_BY_TANH 12

#if !defined FUNCTION || FUNCTION < LOGISTIC || FUNCTION > GELU_BY_TANH || !defined FLUSHES
#error "define FUNCTION and FLUSHES"
#endif

kernel void library_function(global const float *restrict input, global float *restrict output, int tail_start)
{
    int element = get_global_id(0);
    float x = READ(input[element]);
#if FUNCTION == LOGISTIC
    // As TFLite's reference kernel: 1 above 16.619..., the exponential below -9.
    output[element] = x > 16.619047164916992f ? 1 : x < -9 ? (float)exponential(x) : 1.0f / (1.0f + (float)exponential(-x));
#elif FUNCTION == LOGISTIC_ROUNDED
    output[element] = (float)(1 / (1 + exponential(-x)));
#elif FUNCTION == LOGISTIC_BESIDE_VECTORS
    float e = (float)exponential(x > 16.6355324f ? 16.6355324f : x);
    output[element] = element < tail_start ? logistic_in_vectors(x) : e / (1 + e);
#elif FUNCTION == TANH
    output[element] = (float)hyperbolic_tangent(x);
#elif FUNCTION == EXP
    output[element] = (float)exponential(x);
#elif FUNCTION == EXP_OF_ROUNDED_ARGUMENT
    // As XNNPACK: 2^y of a y that is float32; NaN becomes 0.
    float y = x * 1.44269504f;
    output[element] = isnan(x) ? 0 : y >= 127.5f ? INFINITY : (float)exponential((double)y * (LN_2_HIGH + LN_2_LOW));
#elif FUNCTION == ELU
    output[element] = x < 0 ? (float)exponential_less_1(x) : x;
#elif FUNCTION == SINE
    output[element] = (float)sine(x);
#elif FUNCTION == COSINE
    output[element] = (float)cosine(x);
#elif FUNCTION == GELU
    output[element] = (float)gelu(x);
#elif FUNCTION == GELU_BY_TANH
    output[element] = (float)gelu_by_tanh(x);
#else
    output[element] = (float)logarithm(x);
#endif
    output[element] = READ(output[element]);
}
