// Operators of one tensor of numbers: ABS, NEG, SIGN, activations, SQRT, RSQRT, SQUARE, FLOOR, CEIL, ROUND; LOGISTIC and TANH in whole vectors.
// -D: numbers.h; FUNCTION.
// parameter: the slope of LEAKY_RELU. tail_start: of HARD_SWISH_SCALED, from where the scale is multiplied last.
// Work-items: one for each output element; any work-group size.
// Exact: integers wrap; float32 needs a device that rounds sums, products, quotients and square roots to nearest and has subnormals.

#include "numbers.h"
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
#define LOGISTIC_IN_VECTORS 21
#define TANH_IN_VECTORS 22

#if !defined FUNCTION || FUNCTION < ABS_FLOAT || FUNCTION > TANH_IN_VECTORS
#error "define FUNCTION"
#endif

kernel void unary_numbers(global const number *restrict input, global number *restrict output, float parameter, int tail_start)
{
    int element = get_global_id(0);
    number x = input[element];
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
#else
    output[element] = 1.0f / sqrt(x);
#endif
}
