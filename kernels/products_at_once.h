// One element of a matrix [rows, count] times the vectors of several columns at once, in Eigen's order on x86-64 without fused multiply-adds: it takes blocks of 8 rows and 4 columns.
// Needs real_products.h with CROSSWISE lanes.

// A sum is one in whole blocks, and in what is left of the columns; in what is left of the rows it is one of even and one of odd terms in whole groups of 8, where there are 4
// rows, and else 4 of every fourth term. Small products and those of one row are made element by element.
float product_at_once(global const float *weights, VECTOR const float *vector, int count, int row, int rows, int column, int columns)
{
    if (rows == 1 || count + rows + columns < 20)
        return product_of_numbers(weights, vector, count);
    float4 sums = 0;
    int i = 0;
    if (column < columns / 4 * 4 && row >= rows / 8 * 8)
    {
        if (row < rows / 4 * 4)
        {
            for (; i < count / 8 * 8; i += 2)
                sums.xy += vload2(0, weights + i) * vload2(0, vector + i);
        }
        else
        {
            for (; i < count / 4 * 4; i += 4)
                sums += vload4(0, weights + i) * vload4(0, vector + i);
        }
    }
    float sum = (sums.x + sums.y) + (sums.z + sums.w);
    for (; i < count; i++)
        sum += weights[i] * vector[i];
    return sum;
}
