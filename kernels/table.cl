// An operator of one input of 8 or 16 bits, as the table of its results: unary functions, requantization, DEQUANTIZE.
// Elements are bit patterns: the result of a code stands at the code's pattern. body serves the elements below tail_start, tail the others.
// -D: CODE, the input's pattern (uchar or ushort); RESULT, the output's (uchar, ushort or uint).
// Work-items: one for each output element; any work-group size.
// Exact: the host computed every result.

#if !defined CODE || !defined RESULT
#error "define CODE and RESULT"
#endif

typedef CODE code;
typedef RESULT result;

kernel void table(
    global const code *restrict input, global result *restrict output, global const result *restrict body, global const result *restrict tail, int tail_start)
{
    int element = get_global_id(0);
    output[element] = element < tail_start ? body[input[element]] : tail[input[element]];
}
