// GATHER and GATHER_ND: runs of elements chosen by indices.
// Layout: indices [batches][count][axes]; output [batches][outers][count][run], of which each run is the input's that starts at
// (batch * outers + outer) * outer_elements + the sum of index * stride over the axes.
// -D ELEMENT: unsigned type of the elements' size; INDEX: type of the indices.
// axes: [rank][2] integers: the size of an axis that is indexed, the elements between its positions.
// Work-items: one for each output element; any work-group size.
// Exact: a run whose indices are out of range is zeros.

#if !defined ELEMENT || !defined INDEX
#error "define ELEMENT and INDEX"
#endif

typedef ELEMENT element_type;
typedef INDEX index_type;

kernel void gather(
    global const element_type *restrict input, global const index_type *restrict indices, global element_type *restrict output,
    int outers, int outer_elements, int count, int run, global const int *restrict axes, int rank)
{
    int element = get_global_id(0);
    int outer = element / run / count, row = outer / outers * count + element / run % count;
    int from = outer * outer_elements + element % run;
    bool is_inside = true;
    for (int axis = 0; axis < rank; axis++)
    {
        long index = indices[row * rank + axis];
        is_inside = is_inside && index >= 0 && index < axes[axis * 2];
        from += is_inside ? (int)index * axes[axis * 2 + 1] : 0;
    }
    output[element] = is_inside ? input[from] : 0;
}
