// ADD, SUB, MUL and SQUARED_DIFFERENCE on codes: two terms combined element by element, requantized.
// -D: codes.h (WIDTH=1), requantize.h; COMBINATION=SUM, PRODUCT_OF_TERMS or SQUARE_OF_SUM; BODY_NARROWING, TAIL_NARROWING=NONE, WRAP_16 or SATURATE_16: what happens
// to a rounded result before it meets the zero point; 16 bits of it stay, and the sum wraps in 16 bits.
// body_first, ...: the term of each code, at its bit pattern, made by the host: all that is done to one input alone. body serves the whole blocks of a row, tail
// what remains of it.
// Work-items: one for each output element, row-major; any work-group size.
// Exact: int32 combination that wraps.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"
#include "broadcast.h"

#define SUM 1
#define PRODUCT_OF_TERMS 2
#define SQUARE_OF_SUM 3
#define NONE 1
#define WRAP_16 2
#define SATURATE_16 3

#if !defined COMBINATION || !defined BODY_NARROWING || !defined TAIL_NARROWING
#error "define COMBINATION, BODY_NARROWING and TAIL_NARROWING"
#endif

int combine(int first, int second)
{
#if COMBINATION == SUM
    return wrapping_add(first, second);
#elif COMBINATION == PRODUCT_OF_TERMS
    return as_int(as_uint(first) * as_uint(second));
#else
    uint sum = as_uint(first) + as_uint(second);
    return as_int(sum * sum);
#endif
}

code narrowed(int rounded, int narrowing, scaling s)
{
    short narrow = narrowing == SATURATE_16 ? convert_short_sat(rounded) : (short)rounded;
    return CONVERT_CODES()(min(max((int)(short)(narrow + s.zero_point), s.low), s.high));
}

kernel void combination(
    global const code *restrict first, global const code *restrict second, global code *restrict output,
    global const int *restrict body_first, global const int *restrict body_second, global const int *restrict tail_first, global const int *restrict tail_second,
    global const int *restrict axes, int rank, int block, REQUANTIZATION_PARAMETERS)
{
    int element = get_global_id(0);
    pattern a = first[meeting(element, 0, 2, axes, rank)], b = second[meeting(element, 1, 2, axes, rank)];
    bool is_body = element % axes[0] < axes[0] / block * block;
    int combined = is_body ? combine(body_first[a], body_second[b]) : combine(tail_first[a], tail_second[b]);
    scaling s = scaling_of(0, REQUANTIZATION_ARGUMENTS);
#if BODY_NARROWING != NONE || TAIL_NARROWING != NONE
    int narrowing = is_body ? BODY_NARROWING : TAIL_NARROWING;
    if (narrowing != NONE)
    {
        // Vector code shifts everything out to the left where scalar code shifts by the lower 5 bits of the number.
        output[element] = narrowed(s.exponent > 31 ? 0 : rescale(combined, s), narrowing, s);
        return;
    }
#endif
    output[element] = CONVERT_CODES()(requantize(combined, s));
}
