// A command for --candidate command:, see docs/command-candidate.md. It computes tiny.tflite with TFLite's arithmetic, the whole network or
// operator by operator:
//
//   0 PAD          1x8x8x3   -> 1x10x10x3
//   1 CONV_2D      3x3, RELU -> 1x8x8x8
//   2 MAX_POOL_2D  2x2       -> 1x4x4x8
//   3 CONV_2D      1x1       -> 1x4x4x4
//
//   g++ -O2 -std=c++17 -o accelerator accelerator.cpp
//   accelerator model|operators IN OUT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

// int8 tensors, channels last. real = scale * (code - zero).
struct Tensor { int size, channels; double scale; int zero; };

constexpr Tensor kInput{8, 3, 0.02f, -3}, kPadded{10, 3, 0.02f, -3}, kFirst{8, 8, 0.05f, -128}, kPooled{4, 8, 0.05f, -128}, kLast{4, 4, 0.08f, 5};
constexpr double kFirstWeights = 0.005f, kLastWeights = 0.004f;

// The elements of an .npy file: what follows the header, whose length stands at byte 8.
template <typename T>
std::vector<T> Load(const std::string& path, size_t count) {
  std::ifstream file(path, std::ios::binary);
  char start[10];
  if (!file.read(start, 10)) throw std::runtime_error("cannot read " + path);
  file.seekg(10 + (uint8_t)start[8] + 256 * (uint8_t)start[9]);
  std::vector<T> values(count);
  if (!file.read(reinterpret_cast<char*>(values.data()), count * sizeof(T))) throw std::runtime_error("too short: " + path);
  return values;
}

void Save(const std::string& path, const Tensor& tensor, const std::vector<int8_t>& codes) {
  std::string header = "{'descr': '|i1', 'fortran_order': False, 'shape': (1, " + std::to_string(tensor.size) + ", " + std::to_string(tensor.size) + ", " +
                       std::to_string(tensor.channels) + "), }";
  header.resize(117, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY" << '\x01' << '\0' << (char)118 << '\0' << header;
  file.write(reinterpret_cast<const char*>(codes.data()), codes.size());
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

// round(2 * a * b / 2^32), ties upwards; both factors smallest is the one case that overflows.
int32_t HighMul(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  int64_t product = (int64_t)a * b;
  return (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (1ll << 31));
}

// round(value / 2^shift), ties away from zero.
int32_t ShiftRight(int32_t value, int shift) {
  int32_t mask = (1 << shift) - 1, remainder = value & mask, threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> shift) + (remainder > threshold ? 1 : 0);
}

// A square convolution without padding, stride 1; weights are output channel, row, column, input channel.
std::vector<int8_t> Convolve(const Tensor& in, const std::vector<int8_t>& codes, const Tensor& out, const std::vector<int8_t>& weights,
                             const std::vector<int32_t>& bias, double weightScale, bool relu) {
  int exponent, window = in.size - out.size + 1;
  auto mantissa = (int64_t)std::round(std::frexp(in.scale * weightScale / out.scale, &exponent) * (1ll << 31));
  std::vector<int8_t> result;
  for (int y = 0; y < out.size; y++)
    for (int x = 0; x < out.size; x++)
      for (int c = 0; c < out.channels; c++) {
        int32_t sum = bias[c];
        for (int dy = 0; dy < window; dy++)
          for (int dx = 0; dx < window; dx++)
            for (int i = 0; i < in.channels; i++)
              sum += (codes[((y + dy) * in.size + x + dx) * in.channels + i] - in.zero) * weights[((c * window + dy) * window + dx) * in.channels + i];
        int32_t code = out.zero + ShiftRight(HighMul(sum, (int32_t)mantissa), -exponent);
        result.push_back((int8_t)std::clamp(code, relu ? out.zero : -128, 127));
      }
  return result;
}

std::vector<int8_t> Pad(const std::vector<int8_t>& codes) {
  std::vector<int8_t> result(kPadded.size * kPadded.size * kPadded.channels, (int8_t)kPadded.zero);
  for (int y = 0; y < kInput.size; y++)
    std::copy_n(&codes[y * kInput.size * 3], kInput.size * 3, &result[((y + 1) * kPadded.size + 1) * 3]);
  return result;
}

std::vector<int8_t> Pool(const std::vector<int8_t>& codes) {
  std::vector<int8_t> result;
  for (int y = 0; y < kPooled.size; y++)
    for (int x = 0; x < kPooled.size; x++)
      for (int c = 0; c < kPooled.channels; c++) {
        auto at = [&](int dy, int dx) { return codes[((2 * y + dy) * kFirst.size + 2 * x + dx) * kFirst.channels + c]; };
        result.push_back(std::max({at(0, 0), at(0, 1), at(1, 0), at(1, 1)}));
      }
  return result;
}

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: accelerator model|operators IN OUT");
  std::string run = argv[1], in = std::string(argv[2]) + "/", out = std::string(argv[3]) + "/";
  auto size = [](const Tensor& t) { return (size_t)t.size * t.size * t.channels; };
  auto input = Load<int8_t>(in + "input_0.npy", size(kInput));
  auto firstWeights = Load<int8_t>(in + "2.npy", 8 * 3 * 3 * 3), lastWeights = Load<int8_t>(in + "6.npy", 4 * 8);
  auto firstBias = Load<int32_t>(in + "3.npy", 8), lastBias = Load<int32_t>(in + "7.npy", 4);
  bool isFed = run == "operators";
  // What an operator reads: TFLite's value where it is fed, else what was computed before.
  auto given = [&](const char* name, const Tensor& t, const std::vector<int8_t>& own) { return isFed ? Load<int8_t>(in + name, size(t)) : own; };

  auto padded = Pad(input);
  auto first = Convolve(kPadded, given("4.npy", kPadded, padded), kFirst, firstWeights, firstBias, kFirstWeights, true);
  auto pooled = Pool(given("5.npy", kFirst, first));
  auto last = Convolve(kPooled, given("8.npy", kPooled, pooled), kLast, lastWeights, lastBias, kLastWeights, false);

  Save(out + "4.npy", kPadded, padded);
  Save(out + "5.npy", kFirst, first);
  Save(out + "8.npy", kPooled, pooled);
  Save(out + "9.npy", kLast, last);
  std::ofstream(out + "offbyn-dump.json") << "{\"version\": 1, \"operators\": true}\n";
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
