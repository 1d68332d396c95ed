// How the elements of several inputs meet in an output whose dimensions are those of the inputs, or repeat an input that has 1 there.
// axes: [rank][1 + inputs] integers, innermost axis first: its number of steps, then the elements that each input moves on a step (0: it is repeated).

// The element of an input, one of `inputs`, that meets an element of the output.
int meeting(int element, int input, int inputs, global const int *restrict axes, int rank)
{
    int met = 0;
    for (int axis = 0; axis < rank; axis++)
    {
        int count = axes[axis * (1 + inputs)];
        met += element % count * axes[axis * (1 + inputs) + 1 + input];
        element /= count;
    }
    return met;
}
