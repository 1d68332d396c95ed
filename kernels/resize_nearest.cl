// RESIZE_NEAREST_NEIGHBOR.
// Layout: NHWC. -D ELEMENT: unsigned type of the elements' size.
// rows, columns: the input's row of each output row, and so for columns, made by the host.
// Work-items: one for each output element; any work-group size.

#if !defined ELEMENT
#error "define ELEMENT"
#endif

typedef ELEMENT element_type;

kernel void resize_nearest(
    global const element_type *restrict input, global element_type *restrict output, global const int *restrict rows, global const int *restrict columns,
    int input_height, int input_width, int output_height, int output_width, int channels)
{
    int element = get_global_id(0);
    int channel = element % channels, position = element / channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    output[element] = input[((batch * input_height + rows[y]) * input_width + columns[x]) * channels + channel];
}
