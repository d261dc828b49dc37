#include "core/validate.h"

namespace upsample {
namespace {

constexpr bool TableIsInEnumOrder() {
  int index = 0;
  for (const DTypeInfo& info : kDTypes) {
    if (static_cast<int>(info.dtype) != index++) return false;
  }
  return true;
}
static_assert(TableIsInEnumOrder(), "Info() indexes kDTypes by the value of the enumeration");

std::string ToString(const std::vector<int64_t>& numbers) {
  std::string text = "[";
  for (size_t i = 0; i < numbers.size(); ++i) {
    text += (i > 0 ? "," : "") + std::to_string(numbers[i]);
  }
  return text + "]";
}

// "got shape [2,3,?]"
std::string GotShape(const Shape& shape) {
  std::string text = "got shape [";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += i > 0 ? "," : "";
    text += shape[i] == kUnknown ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

struct Axes {
  int height, width;
};

Axes AxesOf(Layout layout) { return layout == Layout::kNHWC ? Axes{1, 2} : Axes{2, 3}; }

const char* InputName(Direction direction) {
  return direction == Direction::kForward ? "`inputs`" : "`grad_out`";
}

// One side of the result.
Status ScaleSide(const Shape& shape, const char* side, int axis, int64_t factor,
                 Direction direction, Shape* result) {
  const int64_t given = shape[axis];
  if (given == kUnknown) return {};
  if (direction == Direction::kBackward) {
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

// Of the large tensor. An unknown dimension counts as 1: the product of the others is a lower bound
// if it is not 0.
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

// Names of the rows for which a condition holds: "float16, float32 or float64".
template <typename Condition>
std::string NamesOf(const Condition& holds) {
  std::string names, last;
  for (const DTypeInfo& info : kDTypes) {
    if (!holds(info)) continue;
    if (!last.empty()) names += (names.empty() ? "" : ", ") + last;
    last = info.name;
  }
  return names + " or " + last;
}

Status ParseDType(const std::string& name, DType* dtype) {
  std::string accepted;
  for (const DTypeInfo& info : kDTypes) {
    if (name == info.name) {
      *dtype = info.dtype;
      return {};
    }
    accepted += std::string(accepted.empty() ? "" : ", ") + info.name;
  }
  return InvalidArgument("no kernel for dtype " + name + "; there are kernels for " + accepted);
}

}  // namespace

Status ParseSpec(Direction direction, const std::string& dtype, const std::vector<int64_t>& size,
                 const std::string& interpolation, const std::string& data_format, Spec* spec) {
  if (size.size() != 2 || size[0] < 1 || size[1] < 1) {
    return InvalidArgument("`size` must be 2 integers >= 1, got " + ToString(size));
  }
  if (interpolation != "nearest" && interpolation != "bilinear") {
    return InvalidArgument("`interpolation` must be 'nearest' or 'bilinear', got '" +
                           interpolation + "'");
  }
  if (data_format != "NHWC" && data_format != "NCHW") {
    return InvalidArgument("`data_format` must be 'NHWC' or 'NCHW', got '" + data_format + "'");
  }
  *spec = {direction,
           DType::kBool,  // until it is parsed
           size[0],
           size[1],
           interpolation == "nearest" ? Interpolation::kNearest : Interpolation::kBilinear,
           data_format == "NHWC" ? Layout::kNHWC : Layout::kNCHW};
  UPSAMPLE_RETURN_IF_ERROR(ParseDType(dtype, &spec->dtype));
  return CheckDType(spec->dtype, spec->interpolation, direction);
}

Status CheckDType(DType dtype, Interpolation interpolation, Direction direction) {
  const Arithmetic arithmetic = Info(dtype).arithmetic;
  if (arithmetic == Arithmetic::kReal) return {};
  if (interpolation == Interpolation::kBilinear) {
    const auto is_real = [](const DTypeInfo& info) { return info.arithmetic == Arithmetic::kReal; };
    return InvalidArgument("bilinear upsampling takes " + NamesOf(is_real) + ", got " +
                           Info(dtype).name);
  }
  if (direction == Direction::kForward || arithmetic == Arithmetic::kComplex) return {};
  const auto can_add = [](const DTypeInfo& info) { return info.arithmetic != Arithmetic::kNone; };
  return InvalidArgument("the gradient of nearest upsampling takes " + NamesOf(can_add) + ", got " +
                         Info(dtype).name);
}

Status ResultShape(const Shape& shape, const Spec& spec, Shape* result) {
  const Direction direction = spec.direction;
  const bool is_nhwc = spec.layout == Layout::kNHWC;
  if (shape.size() != 4) {
    return InvalidArgument(std::string(InputName(direction)) + " must have rank 4 " +
                           (is_nhwc ? "[N, H, W, C]" : "[N, C, H, W]") + ", " + GotShape(shape));
  }
  const Axes axes = AxesOf(spec.layout);
  *result = shape;
  UPSAMPLE_RETURN_IF_ERROR(ScaleSide(shape, "height", axes.height, spec.size_h, direction, result));
  UPSAMPLE_RETURN_IF_ERROR(ScaleSide(shape, "width", axes.width, spec.size_w, direction, result));
  return CheckElementCount(direction == Direction::kForward ? *result : shape);
}

Status MakeProblem(const Shape& shape, const Spec& spec, Problem* problem, Shape* result) {
  UPSAMPLE_RETURN_IF_ERROR(ResultShape(shape, spec, result));
  for (const int64_t dim : shape) {
    if (dim < 0) return InvalidArgument("all dimensions must be known, " + GotShape(shape));
  }
  const Shape& low = spec.direction == Direction::kForward ? shape : *result;
  const Axes axes = AxesOf(spec.layout);
  *problem = {
      low[0],      low[axes.height], low[axes.width], low[spec.layout == Layout::kNHWC ? 3 : 1],
      spec.size_h, spec.size_w,      spec.layout,     spec.interpolation};
  return {};
}

}  // namespace upsample
