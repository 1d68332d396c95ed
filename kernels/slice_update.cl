// DYNAMIC_UPDATE_SLICE: the input with a slice replaced that begins where start says, moved so that it lies inside.
// -D ELEMENT: unsigned type of the elements' size; INDEX: type of start, [rank].
// axes: [rank][4] integers, outermost first: size and distance of positions in the input, size and distance of positions in the slice.
// Work-items: one for each output element; any work-group size.

#if !defined ELEMENT || !defined INDEX
#error "define ELEMENT and INDEX"
#endif

typedef ELEMENT element_type;
typedef INDEX index_type;

kernel void slice_update(
    global const element_type *restrict input, global const element_type *restrict update, global const index_type *restrict start,
    global element_type *restrict output, global const int *restrict axes, int rank)
{
    int element = get_global_id(0), from = 0;
    bool is_inside = true;
    for (int axis = 0; axis < rank; axis++)
    {
        global const int *a = axes + axis * 4;
        long most = a[0] - a[2];
        int at = element / a[1] % a[0] - (int)clamp((long)start[axis], 0L, most);
        is_inside = is_inside && at >= 0 && at < a[2];
        from += at * a[3];
    }
    output[element] = is_inside ? update[from] : input[element];
}
