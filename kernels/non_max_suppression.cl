// NON_MAX_SUPPRESSION_V4, and V5 where it lowers no scores: boxes in the order of their scores, without those that overlap a chosen one.
// Layout: boxes [count][4], two opposite corners each (y, x, y, x).
// -D WITH_SCORES=1: the scores of the chosen boxes are an output; 0: they are not.
// heap, begins: room for `count` candidates: their boxes, and the number of chosen ones that each has been compared with. Equal scores come in the order of libstdc++'s heap.
// Work-items: a single one.
// Exact. Needs a device with subnormals and rounded quotients.

#pragma OPENCL FP_CONTRACT OFF

#if !defined WITH_SCORES
#error "define WITH_SCORES"
#endif

float lesser(float a, float b)
{
    return b < a ? b : a;
}

float greater(float a, float b)
{
    return a < b ? b : a;
}

float overlap(global const float *one, global const float *other)
{
    float one_top = lesser(one[0], one[2]), one_bottom = greater(one[0], one[2]), one_left = lesser(one[1], one[3]), one_right = greater(one[1], one[3]);
    float other_top = lesser(other[0], other[2]), other_bottom = greater(other[0], other[2]), other_left = lesser(other[1], other[3]), other_right = greater(other[1], other[3]);
    float area = (one_bottom - one_top) * (one_right - one_left), other_area = (other_bottom - other_top) * (other_right - other_left);
    if (area <= 0 || other_area <= 0)
        return 0;
    float height = greater(lesser(one_bottom, other_bottom) - greater(one_top, other_top), 0.0f), width = greater(lesser(one_right, other_right) - greater(one_left, other_left), 0.0f);
    float shared = height * width;
    return shared / (area + other_area - shared);
}

void rise(global int *heap, global int *begins, global const float *scores, int hole, int box, int begin)
{
    for (; hole > 0 && scores[heap[(hole - 1) / 2]] < scores[box]; hole = (hole - 1) / 2)
    {
        heap[hole] = heap[(hole - 1) / 2];
        begins[hole] = begins[(hole - 1) / 2];
    }
    heap[hole] = box;
    begins[hole] = begin;
}

kernel void non_max_suppression(
    global const float *restrict boxes, global const float *restrict scores, global const float *restrict overlap_threshold, global const float *restrict score_threshold,
    global int *restrict heap, global int *restrict begins, global int *restrict indices,
#if WITH_SCORES
    global float *restrict selected_scores,
#endif
    global int *restrict selected, int count, int most)
{
    int length = 0, chosen = 0;
    for (int i = 0; i < count; i++)
    {
        if (scores[i] > score_threshold[0])
            rise(heap, begins, scores, length++, i, 0);
    }
    int limit = min(length, most);
    while (chosen < limit && length > 0)
    {
        int box = heap[0], begin = begins[0], last = heap[length - 1], last_begin = begins[length - 1], hole = 0, child = 0;
        length--;
        while (child < (length - 1) / 2)
        {
            child = 2 * (child + 1);
            if (scores[heap[child]] < scores[heap[child - 1]])
                child--;
            heap[hole] = heap[child];
            begins[hole] = begins[child];
            hole = child;
        }
        if (length > 0 && length % 2 == 0 && child == (length - 2) / 2)
        {
            heap[hole] = heap[2 * child + 1];
            begins[hole] = begins[2 * child + 1];
            hole = 2 * child + 1;
        }
        if (length > 0)
            rise(heap, begins, scores, hole, last, last_begin);
        bool is_suppressed = false;
        for (int j = chosen - 1; j >= begin && !is_suppressed; j--)
            is_suppressed = overlap(boxes + box * 4, boxes + indices[j] * 4) >= overlap_threshold[0];
        if (is_suppressed)
            continue;
        indices[chosen] = box;
#if WITH_SCORES
        selected_scores[chosen] = scores[box];
#endif
        // A box that was chosen comes back, and is suppressed by itself.
        rise(heap, begins, scores, length++, box, chosen++);
    }
    selected[0] = chosen;
    for (int i = chosen; i < most; i++)
    {
        indices[i] = 0;
#if WITH_SCORES
        selected_scores[i] = 0;
#endif
    }
}
