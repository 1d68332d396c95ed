// ONE_HOT: one element where the index names the position along the depth, another elsewhere.
// Layout: indices [outer][inner], output [outer][depth][inner].
// -D ELEMENT: unsigned type of the elements' size; INDEX: type of the indices, of which 32 bits are looked at.
// on, off: one element each.
// Work-items: one for each output element; any work-group size.

#if !defined ELEMENT || !defined INDEX
#error "define ELEMENT and INDEX"
#endif

typedef ELEMENT element_type;
typedef INDEX index_type;

kernel void one_hot(
    global const index_type *restrict indices, global const element_type *restrict on, global const element_type *restrict off,
    global element_type *restrict output, int depth, int inner)
{
    int element = get_global_id(0), at = element / inner % depth;
    int index = (int)indices[element / inner / depth * inner + element % inner];
    output[element] = index == at ? on[0] : off[0];
}
