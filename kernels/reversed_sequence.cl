// REVERSE_SEQUENCE: along one axis the first elements in reverse, how many is said for each position of another axis.
// -D ELEMENT: unsigned type of the elements' size; INDEX: type of lengths, [batch_size].
// Work-items: one for each output element; any work-group size.
// Exact: where a length is beyond the axis, nothing is reversed.

#if !defined ELEMENT || !defined INDEX
#error "define ELEMENT and INDEX"
#endif

typedef ELEMENT element_type;
typedef INDEX index_type;

kernel void reversed_sequence(
    global const element_type *restrict input, global const index_type *restrict lengths, global element_type *restrict output,
    int sequence_size, int sequence_stride, int batch_size, int batch_stride)
{
    int element = get_global_id(0), at = element / sequence_stride % sequence_size;
    long length = lengths[element / batch_stride % batch_size];
    bool is_reversed = at < length && length <= sequence_size;
    output[element] = input[is_reversed ? element + ((int)length - 1 - 2 * at) * sequence_stride : element];
}
