// SPARSE_TO_DENSE: a default value, and others where rows of indices say; of several for one place the last stays.
// Layout: indices [count][rank], values [count] or one.
// -D ELEMENT: unsigned type of the elements' size; INDEX: type of the indices.
// axes: [rank][2] integers: the size of an axis of the output, the elements between its positions. value_step: 0 for one value.
// Work-items: one for each output element; any work-group size.
// Indices out of range name no element.

#if !defined ELEMENT || !defined INDEX
#error "define ELEMENT and INDEX"
#endif

typedef ELEMENT element_type;
typedef INDEX index_type;

kernel void sparse_to_dense(
    global const index_type *restrict indices, global const element_type *restrict values, global const element_type *restrict background, global element_type *restrict output,
    global const int *restrict axes, int rank, int count, int value_step)
{
    int element = get_global_id(0);
    element_type value = background[0];
    for (int row = 0; row < count; row++)
    {
        bool is_here = true;
        for (int axis = 0; axis < rank; axis++)
            is_here = is_here && indices[row * rank + axis] == element / axes[axis * 2 + 1] % axes[axis * 2];
        if (is_here)
            value = values[row * value_step];
    }
    output[element] = value;
}
