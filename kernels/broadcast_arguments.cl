// BROADCAST_ARGS: the shape that two shapes broadcast to, aligned at their ends.
// -D NUMBER: type of the sizes, of which 32 bits are looked at.
// Work-items: one for each size of the output; any work-group size.

#if !defined NUMBER
#error "define NUMBER"
#endif

typedef NUMBER number;

kernel void broadcast_arguments(
    global const number *restrict first, global const number *restrict second, global number *restrict output, int first_rank, int second_rank, int rank)
{
    int axis = get_global_id(0), back = rank - axis;
    int one = back <= first_rank ? (int)first[first_rank - back] : 1, other = back <= second_rank ? (int)second[second_rank - back] : 1;
    output[axis] = one == 1 ? other : one;
}
