// An output filled with a pattern of bytes, repeated: what lies around the elements that PAD copies, and what SHAPE consists of.
// Work-items: one for each byte; any work-group size.

kernel void fill(global uchar *restrict output, global const uchar *restrict bytes, int count)
{
    output[get_global_id(0)] = bytes[get_global_id(0) % count];
}
