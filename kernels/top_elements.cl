// TOPK_V2: the largest elements of each row, largest first, of equals the first one first, NaN after every number; and where they stand in the row.
// Layout: input [rows][size], values and positions [rows][count].
// -D NUMBER: type of the elements; INDEX: type of the positions.
// Work-items: one for each input element, which counts those that come before it; any work-group size.
// Exact: float32 needs a device with subnormals.

#if !defined NUMBER || !defined INDEX
#error "define NUMBER and INDEX"
#endif

typedef NUMBER number;
typedef INDEX index_type;

kernel void top_elements(
    global const number *restrict input, global number *restrict values, global index_type *restrict positions, int size, int count)
{
    int row = get_global_id(0) / size, own = get_global_id(0) % size;
    global const number *line = input + row * size;
    number value = line[own];
    int before = 0;
    for (int i = 0; i < size; i++)
    {
        bool is_less = line[i] < value || (line[i] != line[i] && value == value);
        bool is_more = line[i] > value || (line[i] == line[i] && value != value);
        before += is_more || (!is_less && i < own);
    }
    if (before < count)
    {
        values[row * count + before] = value;
        positions[row * count + before] = own;
    }
}
