#include "core/validate.h"

#include <algorithm>

#include "core/taps.h"

namespace upsample {
namespace {

template <typename Row, size_t kRows, typename Value>
constexpr bool IsInEnumOrder(const Row (&table)[kRows], Value Row::* value) {
  for (size_t i = 0; i < kRows; ++i) {
    if (static_cast<size_t>(table[i].*value) != i) return false;
  }
  return true;
}
static_assert(IsInEnumOrder(kDTypes, &DTypeInfo::dtype) &&
                  IsInEnumOrder(kInterpolations, &InterpolationInfo::interpolation) &&
                  IsInEnumOrder(kLayouts, &LayoutInfo::layout),
              "Info() indexes the tables by the value of the enumeration");

std::string ToString(const std::vector<int64_t>& numbers) {
  std::string text = "[";
  for (size_t i = 0; i < numbers.size(); ++i) {
    text += (i > 0 ? "," : "") + std::to_string(numbers[i]);
  }
  return text + "]";
}

// Returns, for example, "got shape [2,3,?]".
std::string GotShape(const Shape& shape) {
  std::string text = "got shape [";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += i > 0 ? "," : "";
    text += shape[i] == kUnknown ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

const char* InputName(Direction direction) {
  return direction == Direction::kForward ? "`inputs`" : "`grad_out`";
}

// Computes one side of the result.
Status ScaleSide(const Shape& shape, const char* side, int axis, const Spec& spec, Shape* result) {
  const int64_t given = shape[axis], factor = FactorOf(spec, axis);
  if (given == kUnknown) return {};
  if (spec.direction == Direction::kBackward) {
    if (given % factor != 0) {
      return InvalidArgument(std::string("`grad_out` ") + side + " must be a multiple of its " +
                             "factor " + std::to_string(factor) + ", " + GotShape(shape));
    }
    (*result)[axis] = given / factor;
    return {};
  }
  if (__builtin_mul_overflow(given, factor, &(*result)[axis])) {
    return InvalidArgument(std::string("the upsampled ") + side + " must be below 2^63, got " +
                           std::to_string(given) + " * " + std::to_string(factor));
  }
  return {};
}

// Checks the number of elements of the large tensor. An unknown dimension counts as 1, so the
// product of the others is a lower bound if it is not 0.
Status CheckElementCount(const Shape& shape) {
  int64_t count = 1;
  bool overflows = false;
  for (int64_t dim : shape) {
    if (dim == 0) return {};
    if (dim != kUnknown) overflows |= __builtin_mul_overflow(count, dim, &count);
  }
  if (!overflows) return {};
  return InvalidArgument("the upsampled tensor must have fewer than 2^63 elements, " +
                         GotShape(shape));
}

// Returns the names of the rows for which a condition holds, such as "float16, float32 or float64".
template <typename Row, size_t kRows, typename Condition>
std::string NamesOf(const Row (&table)[kRows], const std::string& quote, const Condition& holds) {
  std::string names, last;
  for (const Row& row : table) {
    if (!holds(row)) continue;
    if (!last.empty()) names += (names.empty() ? "" : ", ") + last;
    last = quote + row.name + quote;
  }
  return names + " or " + last;
}

// Returns the row of a name, or null.
template <typename Row, size_t kRows>
const Row* Find(const Row (&table)[kRows], const std::string& name) {
  const auto is_it = [&](const Row& row) { return name == row.name; };
  const Row* const row = std::find_if(table, table + kRows, is_it);
  return row == table + kRows ? nullptr : row;
}

// Returns the error that `argument` is none of the table's names.
template <typename Row, size_t kRows>
Status NoneOf(const Row (&table)[kRows], const std::string& argument, const std::string& given) {
  const auto any = [](const Row&) { return true; };
  return InvalidArgument("`" + argument + "` must be " + NamesOf(table, "'", any) + ", got '" +
                         given + "'");
}

}  // namespace

Status ParseSpec(Direction direction, const std::string& dtype, const std::vector<int64_t>& size,
                 const std::string& interpolation, const std::string& data_format, Spec* spec) {
  if (size.size() != 2 || size[0] < 1 || size[1] < 1) {
    return InvalidArgument("`size` must be 2 integers >= 1, got " + ToString(size));
  }
  const InterpolationInfo* const of_taps = Find(kInterpolations, interpolation);
  if (of_taps == nullptr) return NoneOf(kInterpolations, "interpolation", interpolation);
  const LayoutInfo* const of_axes = Find(kLayouts, data_format);
  if (of_axes == nullptr) return NoneOf(kLayouts, "data_format", data_format);
  const DTypeInfo* const of_elements = Find(kDTypes, dtype);
  if (of_elements == nullptr) {
    const auto any = [](const DTypeInfo&) { return true; };
    return InvalidArgument("no kernel for dtype " + dtype + "; there are kernels for " +
                           NamesOf(kDTypes, "", any));
  }
  *spec = {direction, of_elements->dtype,     size[0],
           size[1],   of_taps->interpolation, of_axes->layout};
  return CheckDType(spec->dtype, spec->interpolation, direction);
}

Status CheckDType(DType dtype, Interpolation interpolation, Direction direction) {
  const Arithmetic arithmetic = Info(dtype).arithmetic;
  if (arithmetic == Arithmetic::kReal) return {};
  const std::string upsampling = std::string(Info(interpolation).name) + " upsampling takes ";
  if (TapsOf(interpolation) > 1) {
    const auto is_real = [](const DTypeInfo& info) { return info.arithmetic == Arithmetic::kReal; };
    return InvalidArgument(upsampling + NamesOf(kDTypes, "", is_real) + ", got " +
                           Info(dtype).name);
  }
  if (direction == Direction::kForward || arithmetic == Arithmetic::kComplex) return {};
  const auto can_add = [](const DTypeInfo& info) { return info.arithmetic != Arithmetic::kNone; };
  return InvalidArgument("the gradient of " + upsampling + NamesOf(kDTypes, "", can_add) +
                         ", got " + Info(dtype).name);
}

Status ResultShape(const Shape& shape, const Spec& spec, Shape* result) {
  const Direction direction = spec.direction;
  const LayoutInfo& layout = Info(spec.layout);
  if (shape.size() != 4) {
    return InvalidArgument(std::string(InputName(direction)) + " must have rank 4 " +
                           layout.dimensions + ", " + GotShape(shape));
  }
  *result = shape;
  UPSAMPLE_RETURN_IF_ERROR(ScaleSide(shape, "height", layout.height, spec, result));
  UPSAMPLE_RETURN_IF_ERROR(ScaleSide(shape, "width", layout.width, spec, result));
  return CheckElementCount(direction == Direction::kForward ? *result : shape);
}

Status MakeProblem(const Shape& shape, const Spec& spec, Problem* problem, Shape* result) {
  UPSAMPLE_RETURN_IF_ERROR(ResultShape(shape, spec, result));
  for (const int64_t dim : shape) {
    if (dim < 0) return InvalidArgument("all dimensions must be known, " + GotShape(shape));
  }
  const Shape& low = spec.direction == Direction::kForward ? shape : *result;
  const LayoutInfo& layout = Info(spec.layout);
  *problem = {low[0],      low[layout.height], low[layout.width], low[layout.channels],
              spec.size_h, spec.size_w,        spec.layout,       spec.interpolation};
  return {};
}

}  // namespace upsample
