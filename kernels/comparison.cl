// EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL: two tensors compared element by element, 1 where the relation holds, 0 elsewhere.
// -D NUMBER: the type of the elements; -D TERMS=1: NUMBER is the bit pattern of a code, and what is compared are terms; 0: the elements are.
// if_less, if_equal, if_greater, if_unordered: the result in each case; the last is a NaN's.
// first_terms, second_terms: the term of each code, at its bit pattern; asked for with TERMS=1 alone.
// Work-items: one for each output element, row-major; any work-group size.

#include "broadcast.h"

#if !defined NUMBER || !defined TERMS
#error "define NUMBER and TERMS"
#endif

typedef NUMBER number;

kernel void comparison(
    global const number *restrict first, global const number *restrict second, global uchar *restrict output,
#if TERMS
    global const int *restrict first_terms, global const int *restrict second_terms,
#endif
    global const int *restrict axes, int rank, int if_less, int if_equal, int if_greater, int if_unordered)
{
    int element = get_global_id(0);
    number a = first[meeting(element, 0, 2, axes, rank)], b = second[meeting(element, 1, 2, axes, rank)];
#if TERMS
    int x = first_terms[a], y = second_terms[b];
#else
    number x = a, y = b;
#endif
    output[element] = x < y ? if_less : x == y ? if_equal : x > y ? if_greater : if_unordered;
}
