// libFuzzer's target for core/validate.cc and xla/spec_numbers.h: any attributes, any shapes and
// any numbers of a program. A shape must be accepted exactly if 128-bit arithmetic accepts it. This
// file includes core, xla/spec_numbers.h and the standard library only.
#include "core/validate.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

#include "check.h"
#include "reader.h"
#include "xla/spec_numbers.h"

namespace upsample::fuzz {
namespace {

// Reads a length that is small, near a power of two, or anything.
int64_t ReadNumber(Reader* reader) {
  const int kind = reader->Byte();
  if (kind < 96) return kind % 8;
  if (kind < 104) return kUnknown;
  if (kind < 200) {
    return static_cast<int64_t>((uint64_t{1} << (kind % 64)) + static_cast<uint64_t>(kind % 3) - 1);
  }
  return reader->Number(8);
}

std::vector<int64_t> ReadNumbers(Reader* reader, int usual) {
  const int kind = reader->Byte();
  std::vector<int64_t> numbers(kind < 224 ? usual : kind % 8);
  for (int64_t& number : numbers) number = ReadNumber(reader);
  return numbers;
}

bool IsSpec(const std::vector<int64_t>& size, const std::string& interpolation,
            const std::string& layout) {
  return size.size() == 2 && size[0] >= 1 && size[1] >= 1 &&
         (interpolation == "nearest" || interpolation == "bilinear") &&
         (layout == "NHWC" || layout == "NCHW");
}

// Fails unless numbers are accepted exactly if they are those of the spec that they give.
void CheckNumbers(const std::vector<int64_t>& numbers) {
  Spec spec;
  const Status status = SpecOf(numbers.data(), numbers.size(), &spec);
  Require(status.ok() == status.message.empty(), "an error without a message");
  const auto is_below = [&](int place, int64_t end) {
    return numbers[place] >= 0 && numbers[place] < end;
  };
  const bool is_spec = numbers.size() == 6 && is_below(0, 2) && is_below(1, std::size(kDTypes)) &&
                       numbers[2] >= 1 && numbers[3] >= 1 && is_below(4, 2) && is_below(5, 2);
  Require(status.ok() == is_spec, "wrong verdict on a program's numbers");
  if (!is_spec) return;
  const SpecNumbers again = NumbersOf(spec);
  Require(std::equal(numbers.begin(), numbers.end(), again.begin()), "another spec");
}

// Returns the exact product, where 2^63 and more count as 2^63.
__int128 Product(__int128 a, __int128 b) {
  const __int128 limit = __int128{1} << 63;
  return a * b < limit ? a * b : limit;
}

// Fails unless the verdict on `shape`, which has rank 4 and known or unknown lengths, is right, and
// the result is that of exact arithmetic. The elements of the larger tensor are counted.
void CheckResult(const Shape& shape, const Spec& spec, const Status& status, const Shape& result) {
  const int height = spec.layout == Layout::kNHWC ? 1 : 2;
  const __int128 limit = __int128{1} << 63;
  bool is_good = true, has_zero = false;
  __int128 count = 1;
  for (int axis = 0; axis < 4; ++axis) {
    const bool is_side = axis == height || axis == height + 1;
    const int64_t factor = !is_side ? 1 : axis == height ? spec.size_h : spec.size_w;
    const __int128 given = shape[axis];
    __int128 length = given;
    if (given != kUnknown) {
      const bool is_forward = spec.direction == Direction::kForward;
      length = is_forward ? Product(given, factor) : given / factor;
      const __int128 longer = is_forward ? length : given;
      is_good &= longer < limit && (is_forward || given % factor == 0);
      has_zero |= longer == 0;
      count = Product(count, longer);
    }
    Require(!status.ok() || result[axis] == length, "another length than the exact one");
  }
  Require(status.ok() == (is_good && (has_zero || count < limit)),
          status.ok() ? "accepts what is too large or no multiple" : "refuses: " + status.message);
}

void Check(Reader* reader) {
  const char* const interpolations[] = {"nearest", "bilinear", "nearest ", ""};
  const char* const layouts[] = {"NHWC", "NCHW", "NHW", ""};
  const std::string interpolation = interpolations[reader->Byte() % 16 % 5 % 4];
  const std::string layout = layouts[reader->Byte() % 16 % 5 % 4];
  const Direction direction = reader->Bool() ? Direction::kBackward : Direction::kForward;
  const std::vector<int64_t> size = ReadNumbers(reader, 2);
  const Shape shape = ReadNumbers(reader, 4);
  CheckNumbers(ReadNumbers(reader, 6));
  Spec spec;
  Status status = ParseSpec(direction, "float32", size, interpolation, layout, &spec);
  Require(status.ok() == IsSpec(size, interpolation, layout), "wrong verdict on attributes");
  Require(status.ok() == status.message.empty(), "an error without a message");
  if (!status.ok()) return;

  Shape result;
  status = ResultShape(shape, spec, &result);
  Require(status.ok() == status.message.empty(), "an error without a message");
  Require(shape.size() == 4 || !status.ok(), "accepts another rank than 4");
  bool is_shape = shape.size() == 4, is_known = is_shape;
  for (const int64_t length : shape) {
    is_shape &= length >= kUnknown;
    is_known &= length >= 0;
  }
  if (is_shape) CheckResult(shape, spec, status, result);
  if (!is_known) return;

  Problem problem;
  Shape again;
  Require(MakeProblem(shape, spec, &problem, &again).ok() == status.ok(),
          "MakeProblem is of another opinion than ResultShape");
  if (!status.ok()) return;
  const Shape& low = direction == Direction::kForward ? shape : result;
  const Shape found = layout == "NHWC"
                          ? Shape{problem.batch, problem.in_h, problem.in_w, problem.channels}
                          : Shape{problem.batch, problem.channels, problem.in_h, problem.in_w};
  Require(again == result && found == low, "another problem than the shape's");
}

}  // namespace
}  // namespace upsample::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  upsample::fuzz::Reader reader(data, size);
  upsample::fuzz::Check(&reader);
  return 0;
}
