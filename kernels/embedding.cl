// EMBEDDING_LOOKUP of float32 rows out of a table of codes: code * scale.
// Layout: rows [n], codes [table_rows][row_length], output [n][row_length].
// scales: one for each row of the table if scale_step is 1; one for all if it is 0.
// Work-items: one for each output element; any work-group size.
// Exact: on a device with subnormals; rows that the table lacks are zeros.

#pragma OPENCL FP_CONTRACT OFF

kernel void embedding(
    global const int *restrict rows, global const char *restrict codes, global float *restrict output, global const float *restrict scales,
    int table_rows, int row_length, int scale_step)
{
    int element = get_global_id(0), row = rows[element / row_length];
    output[element] = row < 0 || row >= table_rows ? 0 : codes[row * row_length + element % row_length] * scales[row * scale_step];
}
