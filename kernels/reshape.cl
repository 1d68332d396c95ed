// RESHAPE, SQUEEZE and EXPAND_DIMS: the input's bytes under another shape.
// Work-items: one for each byte; any work-group size.

kernel void reshape(global const uchar *restrict input, global uchar *restrict output)
{
    output[get_global_id(0)] = input[get_global_id(0)];
}
