// CONV_2D without groups, and FULLY_CONNECTED, as a matrix product for processors with wide vectors.
// Layout: input and output NHWC. A row is one output position: its taps in the weights' order (HWI), as int16 code - zero point, 0 where a
// tap lies outside the image or beyond the end. panels: int16 weight - zero point, [output channels / 32][pairs][32][2], where a pair is two
// neighbours in a row. bias and factors are padded with zeros to whole panels.
// -D: codes.h (WIDTH=16), requantize.h; TILE_ROWS: rows that are summed side by side, two vectors of accumulators each.
// Work-groups of one work-item: block_rows rows (a multiple of TILE_ROWS), widened once into local memory, times panels_per_item panels.
// Exact: products of 9-bit numbers, int32 accumulators that wrap.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"
#include "vectors.h"

#if !defined TILE_ROWS
#error "define TILE_ROWS"
#endif

#define PANEL 32

// The compiler says whether the device multiplies and adds pairs of int16; asking for the instruction where it is missing would end the process.
#if defined __AVX512BW__ && defined __has_builtin
#if __has_builtin(__builtin_ia32_pmaddwd512)
#define HAS_PAIR_INSTRUCTION
#endif
#endif

#ifdef HAS_PAIR_INSTRUCTION
typedef short short32 __attribute__((ext_vector_type(32)));

uint16 multiply_pairs(int16 a, int16 b)
{
    return __builtin_astype(__builtin_ia32_pmaddwd512(__builtin_astype(a, short32), __builtin_astype(b, short32)), uint16);
}
#else
uint16 multiply_pairs(int16 a, int16 b)
{
    return as_uint16(((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16));
}
#endif

void widen(local short *row, global const code *codes, int count, short zero_point)
{
    int i = 0;
    for (; i + 16 <= count; i += 16)
        ((local packed_shorts *)(row + i))->value = convert_short16(vload16(0, codes + i)) - zero_point;
    for (; i + 8 <= count; i += 8)
        ((local packed_shorts8 *)(row + i))->value = convert_short8(vload8(0, codes + i)) - zero_point;
    for (; i < count; i++)
        row[i] = (short)(codes[i] - zero_point);
}

void clear(local short *row, int count)
{
    for (int i = 0; i < count; i++)
        row[i] = 0;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) void conv_2d_packed(
    global const code *restrict input, global const int *restrict panels, global const int *restrict bias, global code *restrict output,
    REQUANTIZATION_PARAMETERS, int input_zero_point,
    int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int dilation_height, int dilation_width,
    int pad_top, int pad_left, int positions, int pairs, int block_rows, int panels_per_item, local short *rows)
{
    int block = get_global_id(0) * block_rows, count = min(block_rows, positions - block);
    int tiles = (count + TILE_ROWS - 1) / TILE_ROWS;
    // Taps that lie side by side in the image are widened in one go.
    int run = dilation_width == 1 ? kernel_width : 1;
    for (int r = 0; r < tiles * TILE_ROWS; r++)
    {
        local short *row = rows + r * 2 * pairs;
        int position = block + r, end = 0;
        int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
        for (int tap_y = 0; tap_y < kernel_height && r < count; tap_y++)
        {
            int line = y * stride_height - pad_top + tap_y * dilation_height;
            for (int tap_x = 0; tap_x < kernel_width; tap_x += run, end += run * input_channels)
            {
                int column = x * stride_width - pad_left + tap_x * dilation_width;
                global const code *codes = input + ((batch * input_height + line) * input_width + column) * input_channels;
                if (line < 0 || line >= input_height)
                    clear(row + end, run * input_channels);
                else if (column >= 0 && column + run <= input_width)
                    widen(row + end, codes, run * input_channels, input_zero_point);
                else
                {
                    int before = clamp(-column, 0, run), inside = clamp(input_width - column, before, run) - before;
                    clear(row + end, run * input_channels);
                    widen(row + end + before * input_channels, codes + before * input_channels, inside * input_channels, input_zero_point);
                }
            }
        }
        clear(row + end, 2 * pairs - end);
    }
    int first_panel = get_global_id(1) * panels_per_item;
    int last_panel = min(first_panel + panels_per_item, (output_channels + PANEL - 1) / PANEL);
    for (int p = first_panel; p < last_panel; p++)
    {
        global const int *panel = panels + p * pairs * PANEL;
        int channel = p * PANEL;
        scaling left_channels = scaling_of(channel, REQUANTIZATION_ARGUMENTS);
        scaling right_channels = scaling_of(channel + 16, REQUANTIZATION_ARGUMENTS);
        for (int tile = 0; tile < tiles; tile++)
        {
            local const short *tile_rows = rows + tile * TILE_ROWS * 2 * pairs;
            uint16 left[TILE_ROWS], right[TILE_ROWS];
#pragma unroll
            for (int r = 0; r < TILE_ROWS; r++)
            {
                left[r] = as_uint16(vload16(0, bias + channel));
                right[r] = as_uint16(vload16(1, bias + channel));
            }
            for (int k = 0; k < pairs; k++)
            {
                int16 left_weights = vload16(2 * k, panel), right_weights = vload16(2 * k + 1, panel);
#pragma unroll
                for (int r = 0; r < TILE_ROWS; r++)
                {
                    int16 pair = as_int(vload2(r * pairs + k, tile_rows));
                    left[r] += multiply_pairs(pair, left_weights);
                    right[r] += multiply_pairs(pair, right_weights);
                }
            }
#pragma unroll
            for (int r = 0; r < TILE_ROWS; r++)
            {
                int row = tile * TILE_ROWS + r;
                if (row >= count)
                    break;
                global code *codes = output + (block + row) * output_channels + channel;
                store_codes(codes, requantize(as_int16(left[r]), left_channels), output_channels - channel);
                store_codes(codes + 16, requantize(as_int16(right[r]), right_channels), output_channels - channel - 16);
            }
        }
    }
}
