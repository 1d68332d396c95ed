"""A command for --candidate command:, see docs/command-candidate.md; standard library alone.

It stands for a device that computes tiny.tflite (see accelerator.cpp): it fuses the padding into the convolution, keeps its tensors
channel by channel in raw files, and cannot be fed single operators. Its requantization drops the bits that it shifts out, where TFLite
rounds; --rounding nearest mends that.

  python3 accelerator.py [--rounding nearest] model IN OUT
"""

import argparse
import json
import math
import pathlib
import struct


def load(path, code):
    """The elements of an .npy file."""
    data = path.read_bytes()
    start = 10 + struct.unpack_from("<H", data, 8)[0]
    return struct.unpack(f"<{(len(data) - start) // struct.calcsize(code)}{code}", data[start:])


def float32(value):
    """Scales are stored as float32."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def requantize(accumulator, factor, rounding):
    """accumulator * factor, the factor as a mantissa of 31 bits and a shift."""
    mantissa, exponent = math.frexp(factor)
    product = accumulator * round(mantissa * 2**31)
    shift = 31 - exponent
    if rounding == "truncate":
        return product >> shift if product >= 0 else -(-product >> shift)
    # TFLite rounds twice: to the high word, ties upwards, then to the code, ties away from zero.
    high = (product + 2**30) >> 31
    code = (abs(high) + (1 << (shift - 32))) >> (shift - 31)
    return code if high >= 0 else -code


def convolve(codes, size, channels, zero, weights, bias, factor, out_zero, padding, window, low, rounding):
    """Stride 1, channel-first in and out."""
    result, out_size = [], size + 2 * padding - window + 1
    for channel, offset in enumerate(bias):
        for y in range(out_size):
            for x in range(out_size):
                total = offset
                for dy in range(window):
                    for dx in range(window):
                        row, column = y + dy - padding, x + dx - padding
                        if 0 <= row < size and 0 <= column < size:
                            for i in range(channels):
                                code = codes[(i * size + row) * size + column]
                                total += (code - zero) * weights[((channel * window + dy) * window + dx) * channels + i]
                result.append(min(max(out_zero + requantize(total, factor, rounding), low), 127))
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounding", choices=["truncate", "nearest"], default="truncate")
    parser.add_argument("run", choices=["model"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    source, out = arguments.folder, arguments.out
    out.mkdir(exist_ok=True)

    pixels = load(source / "input_0.npy", "b")
    planes = [pixels[i * 3 + channel] for channel in range(3) for i in range(64)]
    factor = float32(0.02) * float32(0.005) / float32(0.05)
    first = convolve(planes, 8, 3, -3, load(source / "2.npy", "b"), load(source / "3.npy", "i"), factor, -128, 1, 3, -128, arguments.rounding)
    pooled = [
        max(first[(c * 8 + 2 * y + dy) * 8 + 2 * x + dx] for dy in (0, 1) for dx in (0, 1)) for c in range(8) for y in range(4) for x in range(4)
    ]
    factor = float32(0.05) * float32(0.004) / float32(0.08)
    last = convolve(pooled, 4, 8, -128, load(source / "6.npy", "b"), load(source / "7.npy", "i"), factor, 5, 0, 1, -128, arguments.rounding)

    tensors = {}
    for name, model_name, codes in [("conv_relu", "first", first), ("pool", "pooled", pooled), ("head", "last", last)]:
        (out / f"{name}.bin").write_bytes(struct.pack(f"{len(codes)}b", *codes))
        tensors[name] = {"tensor": model_name, "file": f"{name}.bin"}
    (out / "offbyn-dump.json").write_text(json.dumps({"version": 1, "layout": "nchw", "tensors": tensors}, indent=2) + "\n")


if __name__ == "__main__":
    main()
