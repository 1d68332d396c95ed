// Elements moved from an input to an output in nested loops: CONCATENATION, SPLIT, PACK, PAD, SLICE, TRANSPOSE, TILE, SPACE_TO_DEPTH and their like, which are one or
// a few such launches.
// -D ELEMENT: unsigned type of the elements' size; TRANSLATE=1: the output gets the code that `codes` has for the input's, 0: the input's element.
// axes: [rank][3] integers, innermost loop first: its number of steps, then the elements that input and output move on a step (0: repeated; negative: backwards).
// from, to: the elements at which the loops begin.
// Work-items: one for each element that is moved; any work-group size.

#if !defined ELEMENT || !defined TRANSLATE
#error "define ELEMENT and TRANSLATE"
#endif

typedef ELEMENT element_type;

kernel void copy(
    global const element_type *restrict input, global element_type *restrict output, int from, int to,
#if TRANSLATE
    global const uchar *restrict codes,
#endif
    global const int *restrict axes, int rank)
{
    int step = get_global_id(0);
    for (int axis = 0; axis < rank; axis++)
    {
        int count = axes[axis * 3], at = step % count;
        step /= count;
        from += at * axes[axis * 3 + 1];
        to += at * axes[axis * 3 + 2];
    }
#if TRANSLATE
    output[to] = codes[input[from]];
#else
    output[to] = input[from];
#endif
}
