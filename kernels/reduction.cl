// REDUCE_MAX, REDUCE_MIN on numbers or codes as they are; SUM, MEAN on integers and float32; REDUCE_PROD on integers.
// -D: numbers.h; FUNCTION; TOTAL, TOTAL_BITS: what the elements are added up as, and in which unsigned type that wraps.
// kept, reduced: [rank][2] integers, innermost axis first: its size, the elements between its positions. Each output element starts where the kept axes lead, and takes
// everything along the reduced ones, `count` elements.
// divisor: what the result is divided by, integers toward 0.
// Work-items: one for each output element, row-major; any work-group size.
// Exact: integers wrap; float32 is added up in row-major order, as TFLite's reference kernel does, on a device with subnormals and rounded quotients.
// VECTOR_ROWS: float32 sums of `count` elements that lie together, in Eigen's order: from the first multiple of 16 bytes on in two vectors of 4 by turns, the rest last.

#include "numbers.h"
#include "broadcast.h"

#define SUM 1
#define PRODUCT 2
#define MAXIMUM 3
#define MINIMUM 4

#if !defined FUNCTION || FUNCTION < SUM || FUNCTION > MINIMUM
#error "define FUNCTION"
#endif
#if !defined TOTAL || !defined TOTAL_BITS
#error "define TOTAL and TOTAL_BITS"
#endif

#ifdef VECTOR_ROWS
#define LANES 4

TOTAL row_sum(global const number *row, int lead, int count)
{
    int vectors = (count - lead) / LANES, i = 0;
    TOTAL result = 0;
    if (vectors > 0)
    {
        float4 even = vload4(0, row + lead), odd;
        if (vectors > 1)
        {
            odd = vload4(1, row + lead);
            for (i = 2; i + 1 < vectors; i += 2)
            {
                even += vload4(i, row + lead);
                odd += vload4(i + 1, row + lead);
            }
            even += odd;
            if (i < vectors)
                even += vload4(i, row + lead);
        }
        result = (even.s0 + even.s2) + (even.s1 + even.s3);
    }
    for (i = 0; i < lead; i++)
        result += row[i];
    for (i = lead + vectors * LANES; i < count; i++)
        result += row[i];
    return result;
}
#endif

kernel void reduction(
    global const number *restrict input, global number *restrict output, global const int *restrict kept, int kept_rank,
    global const int *restrict reduced, int reduced_rank, int count, int divisor)
{
    int element = get_global_id(0);
#ifdef VECTOR_ROWS
    int start = element * count;
    TOTAL result = row_sum(input + start, min(count, -start & (LANES - 1)), count);
#else
    int start = meeting(element, 0, 1, kept, kept_rank);
    TOTAL result = FUNCTION == PRODUCT ? 1 : 0;
    for (int i = 0; i < count; i++)
    {
        TOTAL next = input[start + meeting(i, 0, 1, reduced, reduced_rank)];
#if FUNCTION == SUM
        result = (TOTAL_BITS)result + (TOTAL_BITS)next;
#elif FUNCTION == PRODUCT
        result = (TOTAL_BITS)result * (TOTAL_BITS)next;
#elif FUNCTION == MAXIMUM
        result = i == 0 || next > result ? next : result;
#else
        result = i == 0 || next < result ? next : result;
#endif
    }
#endif
    output[element] = divisor <= 1 ? result : result / divisor;
}
