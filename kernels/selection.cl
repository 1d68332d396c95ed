// SELECT and SELECT_V2: elements of `first` where the condition is other than 0, of `second` elsewhere.
// -D ELEMENT: unsigned type of the elements' size.
// Work-items: one for each output element, row-major; any work-group size.

#include "broadcast.h"

#if !defined ELEMENT
#error "define ELEMENT"
#endif

typedef ELEMENT element_type;

kernel void selection(
    global const uchar *restrict condition, global const element_type *restrict first, global const element_type *restrict second,
    global element_type *restrict output, global const int *restrict axes, int rank)
{
    int element = get_global_id(0);
    output[element] = condition[meeting(element, 0, 3, axes, rank)] != 0
        ? first[meeting(element, 1, 3, axes, rank)] : second[meeting(element, 2, 3, axes, rank)];
}
