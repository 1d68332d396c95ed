// Two tensors of numbers combined element by element: ADD, SUB, MUL, DIV, FLOOR_DIV, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE, PRELU on float32, on integers,
// on codes whose quantization plays no part. A clamp follows.
// -D: numbers.h; FUNCTION; FLUSHES=1: subnormal float32 numbers are read as 0 and given as 0; 0: they are numbers.
// bounds: the smallest and the largest result that the clamp lets through; NaN passes.
// Work-items: one for each output element, row-major; any work-group size.
// Exact: integers wrap, dividing them by 0 gives 0; float32 needs a device that rounds sums, products and quotients to nearest and has subnormals.

#include "numbers.h"
#include "subnormals.h"
#include "broadcast.h"

#define ADD 1
#define SUBTRACT 2
#define MULTIPLY 3
#define DIVIDE_FLOAT 4
#define DIVIDE_INTEGER 5
#define FLOOR_DIVIDE 6
#define MAXIMUM 7
#define MINIMUM 8
#define SQUARED_DIFFERENCE 9
#define PRELU 10

#if !defined FUNCTION || FUNCTION < ADD || FUNCTION > PRELU || !defined FLUSHES
#error "define FUNCTION and FLUSHES"
#endif

#if FLUSHES
#define READ(x) flushed(x)
#else
#define READ(x) (x)
#endif

number function(number first, number second, number low, number high)
{
#if FUNCTION == ADD
    return (BITS)first + (BITS)second;
#elif FUNCTION == SUBTRACT
    return (BITS)first - (BITS)second;
#elif FUNCTION == MULTIPLY
    return (BITS)first * (BITS)second;
#elif FUNCTION == DIVIDE_FLOAT
    return first / second;
#elif FUNCTION == DIVIDE_INTEGER
    return second == 0 ? 0 : second == -1 ? (number)(0 - (BITS)first) : first / second;
#elif FUNCTION == FLOOR_DIVIDE
    if (second == 0)
        return first > 0 ? high : first < 0 ? low : 0;
    if (second == -1)
        return first == low ? high : -first;
    return first / second - (first % second != 0 && (first < 0) != (second < 0));
#elif FUNCTION == MAXIMUM
    return first > second ? first : second;
#elif FUNCTION == MINIMUM
    return first < second ? first : second;
#elif FUNCTION == SQUARED_DIFFERENCE
    BITS difference = (BITS)first - (BITS)second;
    return difference * difference;
#else
    return first >= 0 ? first : first * second;
#endif
}

kernel void binary_numbers(
    global const number *restrict first, global const number *restrict second, global number *restrict output, global const number *restrict bounds,
    global const int *restrict axes, int rank)
{
    int element = get_global_id(0);
    number low = bounds[0], high = bounds[1];
    number result = function(READ(first[meeting(element, 0, 2, axes, rank)]), READ(second[meeting(element, 1, 2, axes, rank)]), low, high);
    output[element] = READ(result < low ? low : result > high ? high : result);
}
