// ARG_MAX and ARG_MIN: where along an axis the largest or smallest number is, the first of equals.
// Layout: input [outer][size][inner], output [outer][inner].
// -D NUMBER: type of the elements; INDEX: type of the output; MAXIMUM=1 or 0.
// Work-items: one for each output element; any work-group size.
// Exact: float32 needs a device with subnormals.

#if !defined NUMBER || !defined INDEX || !defined MAXIMUM
#error "define NUMBER, INDEX and MAXIMUM"
#endif

typedef NUMBER number;
typedef INDEX index_type;

kernel void arg_extremum(global const number *restrict input, global index_type *restrict output, int size, int inner)
{
    int element = get_global_id(0);
    global const number *line = input + element / inner * size * inner + element % inner;
    int found = 0;
    for (int i = 1; i < size; i++)
        found = (MAXIMUM ? line[i * inner] > line[found * inner] : line[i * inner] < line[found * inner]) ? i : found;
    output[element] = found;
}
