// Operators of two tensors of float32 that call the C library: ATAN2, POW.
// -D: FUNCTION; POWER_OF_ONE: of one exponent for all, which is a number of products where it is whole (powers.h).
// Work-items: one for each output element, row-major; any work-group size.
// Within an ulp of the C library's, by functions.h; needs a device with float64, and float32 that keeps to IEEE 754.

#define NUMBER float
#define BITS float
#define SATURATES 1
#include "numbers.h"
#include "powers.h"
#include "functions.h"
#include "broadcast.h"

#define ARC_TANGENT 1
#define POWER 2
#define POWER_OF_ONE 3

#if !defined FUNCTION || FUNCTION < ARC_TANGENT || FUNCTION > POWER_OF_ONE
#error "define FUNCTION"
#endif

kernel void library_function_of_two(
    global const float *restrict first, global const float *restrict second, global float *restrict output, global const int *restrict axes, int rank)
{
    int element = get_global_id(0);
    float x = first[meeting(element, 0, 2, axes, rank)], y = second[meeting(element, 1, 2, axes, rank)];
#if FUNCTION == ARC_TANGENT
    output[element] = (float)arc_tangent(x, y);
#elif FUNCTION == POWER_OF_ONE
    output[element] = y > 0.5f && y < 0x1p31f && fabs(y - round(y)) < 1e-5f ? power_of_products(x, (uint)round(y)) : (float)power(x, y);
#else
    output[element] = (float)power(x, y);
#endif
}
