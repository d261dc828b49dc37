#include "gpu/bodies/plan.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/taps.h"

namespace upsample {
namespace {

bool IsUnrolled(int64_t size) { return size >= 2 && size <= 4; }

Element RawElement(int64_t bytes) {
  return bytes == 1   ? Element::kRaw1
         : bytes == 2 ? Element::kRaw2
         : bytes == 4 ? Element::kRaw4
         : bytes == 8 ? Element::kRaw8
                      : Element::kRaw16;
}

// The list is in the order of core's types with arithmetic.
Element RealElement(DType dtype) {
  constexpr Element kElements[] = {Element::kFloat16, Element::kBFloat16, Element::kFloat32,
                                   Element::kFloat64};
  static_assert(std::size(kElements) == kRealTypes, "each has kernels");
  return kElements[Info(dtype).real];
}

// In the order of Element.
constexpr const char* kNames[] = {"1 byte",  "2 bytes",  "4 bytes", "8 bytes", "16 bytes",
                                  "float16", "bfloat16", "float32", "float64"};

// Returns the bytes of the widest vector that divides `bytes` and for which both tensors are
// aligned.
int64_t VectorBytes(int64_t bytes, const void* in, const void* out) {
  const auto addresses = reinterpret_cast<uintptr_t>(in) | reinterpret_cast<uintptr_t>(out);
  int64_t vector = kMaxVectorBytes;
  while (bytes % vector != 0 || addresses % vector != 0) vector /= 2;
  return vector;
}

int64_t DivideUp(int64_t n, int64_t d) { return (n + d - 1) / d; }

// The kernels compiled for 64-bit indices are the plainest ones: single elements, any factors.
void ChooseVariant(int64_t element_bytes, const void* in, const void* out, Plan* plan) {
  const bool moves_bytes = plan->element <= Element::kRaw16;
  const bool unrolls_w = IsUnrolled(plan->size_w) && !plan->wide_index;
  const int64_t row_bytes = plan->in_w * plan->size_w * element_bytes;
  int64_t vector_bytes = VectorBytes(row_bytes, in, out);
  // Three vectors hold as many pixels of three elements as one holds elements. Where an element
  // counts many instructions, this saves most of them. Nearest needs few, and elements of 4 bytes
  // reach memory's rate one by one.
  const bool fits_row = plan->inner == 1
                            ? vector_bytes >= 4 && vector_bytes >= 2 * element_bytes
                            : plan->inner == 3 && vector_bytes == kMaxVectorBytes &&
                                  vector_bytes >= (moves_bytes ? 8 : 4) * element_bytes &&
                                  plan->size_w != 3;
  plan->row_pixel = unrolls_w && fits_row ? static_cast<int>(plan->inner) : 0;
  const bool along_row = plan->row_pixel != 0;
  if (!along_row) vector_bytes = VectorBytes(plan->inner * element_bytes, in, out);
  if (plan->wide_index) vector_bytes = element_bytes;
  plan->vector = static_cast<int>(vector_bytes / element_bytes);
  if (moves_bytes && !along_row) {
    plan->element = RawElement(vector_bytes);
    plan->inner /= plan->vector;
    plan->vector = 1;
  }
  const bool unrolls_h = IsUnrolled(plan->size_h) &&
                         (!along_row || vector_bytes == kMaxVectorBytes) &&
                         (plan->row_pixel != 3 || plan->size_h == plan->size_w);
  plan->unrolled_h = unrolls_h && unrolls_w ? static_cast<int>(plan->size_h) : 0;
  plan->unrolled_w = along_row || plan->unrolled_h != 0 ? static_cast<int>(plan->size_w) : 0;
}

// Returns how many vectors, or groups of vectors, of a row are split among items.
int64_t ColumnsOf(const Plan& plan) {
  const int64_t in_row = plan.in_w * plan.inner;
  const int64_t out_row = in_row * plan.size_w;
  const int at_once = plan.vector * std::max(plan.row_pixel, 1);
  if (plan.direction == Direction::kForward) return out_row / at_once;
  if (plan.row_pixel == 0) return in_row / at_once;
  const int size = plan.unrolled_w;
  return out_row / (size / GreatestCommonDivisor(plan.vector, size) * at_once);
}

// Splits the rows of each plane into the strips with which a GPU takes the fewest steps. The
// threads that it runs at once, a wave, go down their strips together, a row in each step. A strip
// of R rows takes R + 1 steps, because a bilinear kernel reads one row more than it owns, and any
// kernel has something to compute before the first one. So short strips repeat much, and long ones
// leave the last wave, or the only one, with few threads. Of the lengths with equally many steps
// the shortest is taken: it has the most items.
//
// For bilinear kernels, 2.3 us and 1.0 us for each step is what eight recorded launches of up to
// 84 MB took, within a fifth (H200, benchmarks/results).
void ShareOut(int64_t planes, const Limits& limits, Plan* plan) {
  const bool walks_gaps = TapsOf(plan->interpolation) > 1 && plan->direction == Direction::kForward;
  const int64_t rows = plan->in_h + (walks_gaps ? 1 : 0);
  const int64_t resident = limits.resident_threads(*plan);
  plan->columns = ColumnsOf(*plan);
  int64_t fewest_steps = std::numeric_limits<int64_t>::max();
  for (int64_t length = rows; length >= 1;) {
    const int64_t strips = DivideUp(rows, length);
    const int64_t items = planes * strips * plan->columns;
    if (strips > 1 && !plan->wide_index && items >= limits.narrow_indices) break;
    const int64_t steps = DivideUp(items, resident) * (length + 1);
    if (steps <= fewest_steps) {
      fewest_steps = steps;
      plan->strips = strips;
      plan->rows_per_item = length;
      plan->items = items;
    }
    // This is the longest length that takes more strips, evened out.
    length = length == 1 ? 0 : DivideUp(rows, DivideUp(rows, length - 1));
  }
}

int64_t GreatestIndex(const Plan& plan) {
  return std::max({plan.items, plan.in_w * plan.size_w * plan.inner, plan.in_h * plan.size_h});
}

}  // namespace

Plan MakePlan(Direction direction, const Problem& problem, DType dtype, const void* in,
              const void* out, const Limits& limits) {
  Plan plan = {};
  plan.direction = direction;
  plan.interpolation = problem.interpolation;
  plan.in_h = problem.in_h;
  plan.in_w = problem.in_w;
  plan.size_h = problem.size_h;
  plan.size_w = problem.size_w;
  const bool moves_bytes =
      direction == Direction::kForward && problem.interpolation == Interpolation::kNearest;
  // To the kernels that compute, a complex number is two channels.
  const int parts = !moves_bytes && Info(dtype).arithmetic == Arithmetic::kComplex ? 2 : 1;
  const int64_t element_bytes = Info(dtype).bytes / parts;
  for (const bool wide_index : {false, true}) {
    plan.wide_index = wide_index;
    plan.element = moves_bytes ? RawElement(element_bytes) : RealElement(dtype);
    plan.inner = problem.inner() * parts;
    ChooseVariant(element_bytes, in, out, &plan);
    ShareOut(problem.planes(), limits, &plan);
    if (GreatestIndex(plan) < limits.narrow_indices) break;
  }
  plan.threads_per_block = kThreadsPerBlock;
  plan.blocks = std::min(limits.blocks, DivideUp(plan.items, kThreadsPerBlock));
  return plan;
}

int64_t VectorBytesOf(const Plan& plan) { return int64_t{plan.vector} * BytesOf(plan.element); }

std::string Describe(const Plan& plan) {
  const auto factor = [](int unrolled, int64_t size) {
    return std::to_string(size) + (unrolled != 0 ? "" : " (general)");
  };
  return std::string(Info(plan.interpolation).name) +
         (plan.direction == Direction::kForward ? " forward" : " backward") + ", " +
         (plan.row_pixel == 3 ? "3 x " : "") + std::to_string(plan.vector) + " x " +
         kNames[static_cast<int>(plan.element)] +
         (plan.row_pixel != 0 ? " along the row" : " inside a pixel") + ", factors " +
         factor(plan.unrolled_h, plan.size_h) + " and " + factor(plan.unrolled_w, plan.size_w) +
         (plan.wide_index ? ", 64-bit indices" : "");
}

}  // namespace upsample
