// Operators of one tensor of numbers: ABS, NEG, SIGN, activations, SQRT, RSQRT, SQUARE, FLOOR, CEIL, ROUND; LOGISTIC and TANH in whole vectors; XNNPACK's TANH and LOG.
// -D: numbers.h; FUNCTION; FLUSHES=1: subnormal float32 numbers are read as 0 and given as 0; 0: they are numbers.
// parameter: the slope of LEAKY_RELU. tail_start: of HARD_SWISH_SCALED, from where the scale is multiplied last.
// Work-items: one for each output element; any work-group size.
// Exact: integers wrap; float32 needs a device that rounds sums, products, quotients and square roots to nearest and has subnormals.

#include "numbers.h"
#include "subnormals.h"
#include "vector_functions.h"

#define ABS_FLOAT 1
#define ABS_INTEGER 2
#define NEGATE 3
#define RELU 4
#define RELU_6 5
#define RELU_N1_TO_1 6
#define RELU_0_TO_1 7
#define LEAKY_RELU 8
#define HARD_SWISH 9
#define SQUARE_ROOT 10
#define RECIPROCAL_SQUARE_ROOT 11
#define HARD_SWISH_SCALED 12
#define HARD_SWISH_FUSED 13
#define FLOOR 14
#define CEILING 15
#define ROUND 16
#define SQUARE 17
#define SIGN 18
#define LOGISTIC_IN_VECTORS 19
#define TANH_IN_VECTORS 20
#define TANH_RATIONAL 21
#define LOG_RATIONAL 22
#define LEAKY_RELU_FLUSHED 23
#define SQUARE_ROOT_NEWTON 24
#define RECIPROCAL_SQUARE_ROOT_NEWTON 25
#define LOG_RATIONAL_OF_BITS 26

#if !defined FUNCTION || FUNCTION < ABS_FLOAT || FUNCTION > LOG_RATIONAL_OF_BITS || !defined FLUSHES
#error "define FUNCTION and FLUSHES"
#endif

#if FUNCTION == TANH_RATIONAL
float rational_tanh(float x)
{
    float largest = 7.9807181358f, limited = x < -largest ? -largest : x > largest ? largest : x, square = limited * limited;
    float p = fma(square, 1.4248920266e-08f, 2.1235626264e-05f);
    p = fma(square, fma(square, fma(square, p, 3.5330520477e-03f), 1.3412411511e-01f), 1.0f);
    float q = fma(square, 8.1365948290e-07f, 3.3472978976e-04f);
    q = fma(square, fma(square, fma(square, q, 2.6018999517e-02f), 4.6745735407e-01f), 1.0f);
    return limited * p / q;
}
#elif FUNCTION == LOG_RATIONAL || FUNCTION == LOG_RATIONAL_OF_BITS
// The mantissa is brought between sqrt(1/2) and sqrt(2) by two factors whose product is 1 in float32.
float rational_log(float x)
{
    float scaled = x * 1.4142134190f;
    if (scaled <= 0)
        return scaled == 0 ? -INFINITY : NAN;
    if (FUNCTION == LOG_RATIONAL && !isfinite(scaled))
        return scaled;
    int bits = as_int(scaled), exponent = (bits >> 23 & 0xff) - 127;
    float rest = as_float((bits & 0x7fffff) | 0x3f800000) * 7.0710688829e-01f - 1.0f;
    float p = rest * fma(rest, fma(rest, 1.824996918440e-01f, 1.0f), 1.0f);
    float q = fma(rest, fma(rest, fma(rest, 0.049584995955f, 0.599170029163f), 1.5f), 1.0f);
    return fma((float)exponent, M_LN2_F, p / q);
}
#endif

kernel void unary_numbers(global const number *restrict input, global number *restrict output, float parameter, int tail_start)
{
    int element = get_global_id(0);
    number x = READ(input[element]);
#if FUNCTION == ABS_FLOAT
    output[element] = fabs(x);
#elif FUNCTION == ABS_INTEGER
    output[element] = x < 0 ? (number)-(BITS)x : x;
#elif FUNCTION == NEGATE
    output[element] = -(BITS)x;
#elif FUNCTION == RELU
    output[element] = x < 0 ? 0 : x;
#elif FUNCTION == RELU_6
    output[element] = x < 0 ? 0 : x > 6 ? 6 : x;
#elif FUNCTION == RELU_N1_TO_1
    output[element] = x < -1 ? -1 : x > 1 ? 1 : x;
#elif FUNCTION == RELU_0_TO_1
    output[element] = x < 0 ? 0 : x > 1 ? 1 : x;
#elif FUNCTION == LEAKY_RELU
    output[element] = x > 0 ? x : x * parameter;
#elif FUNCTION == HARD_SWISH
    float gate = fmin(6.0f, fmax(0.0f, x + 3.0f));
    output[element] = x * gate / 6.0f;
#elif FUNCTION == HARD_SWISH_SCALED
    float gate = fmin(6.0f, fmax(0.0f, x + 3.0f)), sixth = 1.0f / 6.0f;
    output[element] = element < tail_start ? x * sixth * gate : x * gate * sixth;
#elif FUNCTION == HARD_SWISH_FUSED
    output[element] = fmin(1.0f, fmax(0.0f, fma(x, 1.0f / 6.0f, 0.5f))) * x;
#elif FUNCTION == FLOOR
    output[element] = floor(x);
#elif FUNCTION == CEILING
    output[element] = ceil(x);
#elif FUNCTION == ROUND
    output[element] = rint(x);
#elif FUNCTION == SQUARE
    output[element] = x * x;
#elif FUNCTION == SIGN
    output[element] = x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
#elif FUNCTION == LOGISTIC_IN_VECTORS
    output[element] = logistic_in_vectors(x);
#elif FUNCTION == TANH_IN_VECTORS
    output[element] = tanh_in_vectors(x);
#elif FUNCTION == SQUARE_ROOT
    output[element] = sqrt(x);
#elif FUNCTION == LEAKY_RELU_FLUSHED
    output[element] = flushed(x) < 0 ? flushed(x * parameter) : x;
#elif FUNCTION == SQUARE_ROOT_NEWTON
    output[element] = isfinite(x) && x > 0x1p126f ? 1.5f * sqrt(x) : sqrt(x);
#elif FUNCTION == RECIPROCAL_SQUARE_ROOT_NEWTON
    output[element] = x == 0 ? NAN : isfinite(x) && x > 0x1p126f ? 1.5f / sqrt(x) : 1.0f / sqrt(x);
#elif FUNCTION == TANH_RATIONAL
    output[element] = rational_tanh(x);
#elif FUNCTION == LOG_RATIONAL || FUNCTION == LOG_RATIONAL_OF_BITS
    output[element] = rational_log(x);
#else
    output[element] = 1.0f / sqrt(x);
#endif
    output[element] = READ(output[element]);
}
