// What a result must be, by another algorithm. Every pair of an input and an output is weighted by
// the tent around the output's centre, in whole numbers, and summed in long double. The gradient
// scatters along the same pairs. It shares no formula with csrc. This file includes core and the
// standard library only.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "case.h"
#include "check.h"
#include "elements.h"

namespace upsample::fuzz {

// The inputs on which each output of an axis depends, with their weights in units.
struct Axis {
  std::vector<std::vector<std::pair<int64_t, int64_t>>> inputs_of;
  int64_t unit;
  int64_t most_readers = 0;  // of an input
};

inline Axis AxisOf(Interpolation interpolation, int64_t in, int64_t size) {
  const bool is_nearest = interpolation == Interpolation::kNearest;
  Axis axis = {std::vector<std::vector<std::pair<int64_t, int64_t>>>(in * size),
               is_nearest ? 1 : 2 * size};
  std::vector<int64_t> readers(in);
  for (int64_t o = 0; o < in * size; ++o) {
    const int64_t centre = std::clamp<int64_t>(2 * o + 1 - size, 0, 2 * size * (in - 1));
    for (int64_t i = 0; i < in; ++i) {
      const int64_t tent = std::max<int64_t>(0, 2 * size - std::abs(centre - 2 * size * i));
      const int64_t box = i * size <= o && o < (i + 1) * size ? 1 : 0;
      const int64_t weight = is_nearest ? box : tent;
      if (weight == 0) continue;
      axis.inputs_of[o].emplace_back(i, weight);
      axis.most_readers = std::max(axis.most_readers, ++readers[i]);
    }
  }
  return axis;
}

// Calls with_pair(index in the low resolution, index in the high one, weight) for all pairs. The
// indices count numbers, of which a complex element has two.
template <typename WithPair>
void ForEachPair(const Problem& p, int64_t parts, const Axis& ys, const Axis& xs,
                 const WithPair& with_pair) {
  const auto index = [&](int64_t n, int64_t y, int64_t x, int64_t c, int64_t h, int64_t w) {
    const int64_t element = p.layout == Layout::kNHWC
                                ? ((n * h + y) * w + x) * p.channels + c / parts
                                : ((n * p.channels + c / parts) * h + y) * w + x;
    return element * parts + c % parts;
  };
  const int64_t height = p.in_h * p.size_h, width = p.in_w * p.size_w;
  for (int64_t n = 0; n < p.batch; ++n) {
    for (int64_t y = 0; y < height; ++y) {
      for (const auto& [in_y, weight_y] : ys.inputs_of[y]) {
        for (int64_t x = 0; x < width; ++x) {
          for (const auto& [in_x, weight_x] : xs.inputs_of[x]) {
            for (int64_t c = 0; c < p.channels * parts; ++c) {
              with_pair(index(n, in_y, in_x, c, p.in_h, p.in_w), index(n, y, x, c, height, width),
                        weight_y * weight_x);
            }
          }
        }
      }
    }
  }
}

// What goes into a number of the result.
struct Sum {
  long double value = 0;
  long double magnitude = 0;
  long double unweighted = 0;  // the sum of the magnitudes
  long double least = std::numeric_limits<long double>::infinity(), greatest = -least;
  int terms = 0;
  bool has_nan = false, has_infinity = false, has_negative_infinity = false;
  bool is_negative_zero = true;

  void Add(long double term, int64_t weight) {
    ++terms;
    is_negative_zero = is_negative_zero && term == 0 && std::signbit(term);
    has_nan = has_nan || std::isnan(term);
    has_infinity = has_infinity || (std::isinf(term) && term > 0);
    has_negative_infinity = has_negative_infinity || (std::isinf(term) && term < 0);
    least = std::min(least, term);
    greatest = std::max(greatest, term);
    if (!std::isfinite(term)) return;
    value += term * static_cast<long double>(weight);
    magnitude += std::abs(term) * static_cast<long double>(weight);
    unweighted += std::abs(term);
  }
};

class Reference {
 public:
  explicit Reference(const Case& the)
      : case_(the),
        format_(FormatOf(the.dtype)),
        ys_(AxisOf(the.problem.interpolation, the.problem.in_h, the.problem.size_h)),
        xs_(AxisOf(the.problem.interpolation, the.problem.in_w, the.problem.size_w)) {
    if (the.is_copy()) {
      Copy();
    } else {
      AddUp();
    }
  }

  // Ends the process unless `out` is what the result may be. If keeps_negative_zeros, a sum of
  // negative zeros alone must be one.
  void Check(const void* out, bool keeps_negative_zeros, const std::string& who) const {
    if (case_.is_copy()) {
      return Require(case_.out_bytes == 0 || std::memcmp(out, copy_.data(), copy_.size()) == 0,
                     who + ": not a copy");
    }
    for (size_t i = 0; i < sums_.size(); ++i) {
      const uint64_t bits = BitsAt(format_, out, static_cast<int64_t>(i));
      if (MayBe(sums_[i], keeps_negative_zeros, ValueOf(format_, bits))) continue;
      char text[160];
      std::snprintf(text, sizeof text, ": number %zu is %.21Lg, expected %.21Lg%s", i,
                    ValueOf(format_, bits), sums_[i].value, sums_[i].has_nan ? " and a NaN" : "");
      Fail(who + text);
    }
  }

 private:
  void Copy() {
    const int64_t bytes = Info(case_.dtype).bytes;
    copy_.resize(case_.out_bytes);
    ForEachPair(case_.problem, 1, ys_, xs_, [&](int64_t low, int64_t high, int64_t) {
      std::memcpy(&copy_[high * bytes], &case_.in[low * bytes], bytes);
    });
  }

  void AddUp() {
    const int64_t parts = Info(case_.dtype).arithmetic == Arithmetic::kComplex ? 2 : 1;
    sums_.resize(case_.out_bytes / format_.bytes);
    std::vector<long double> in(case_.in.size() / format_.bytes);
    for (size_t i = 0; i < in.size(); ++i) {
      in[i] = ValueOf(format_, BitsAt(format_, case_.in.data(), static_cast<int64_t>(i)));
    }
    ForEachPair(case_.problem, parts, ys_, xs_, [&](int64_t low, int64_t high, int64_t weight) {
      if (case_.is_forward()) {
        sums_[high].Add(in[low], weight);
      } else {
        sums_[low].Add(in[high], weight);
      }
    });
    for (Sum& sum : sums_) {
      sum.value /= static_cast<long double>(ys_.unit * xs_.unit);
      sum.magnitude /= static_cast<long double>(ys_.unit * xs_.unit);
    }
  }

  // The bound is in eps of the sum of the magnitudes. Each axis rounds a weight, a product and a
  // sum by half an eps of the arithmetic. That is three at most, of which the cases of
  // tests/cases.py reach two. A gradient sums many terms, and each sum may be rounded by half an
  // eps, and so may each subnormal product. A blend also rounds a difference of its taps, see
  // tests/cases.py, but it doesn't leave their range.
  bool MayBe(const Sum& sum, bool keeps_negative_zeros, long double found) const {
    const long double terms = static_cast<long double>(ys_.most_readers + xs_.most_readers);
    const long double eps = std::max(2 * format_.eps(), 3 * format_.sum_eps()) +
                            (case_.is_forward() ? 0 : terms / 2 * format_.sum_eps());
    const bool is_blend = case_.is_forward() && sum.terms > 1;
    const long double tolerance = eps * sum.magnitude + format_.smallest() +
                                  (is_blend ? 5 * format_.sum_eps() * sum.unweighted : 0) +
                                  static_cast<long double>(sum.terms) * format_.sum_smallest();
    // A gradient is summed along one axis before it is weighted along the other. If finite terms
    // may overflow in between, the order of the sum decides the result. The same holds for the
    // difference of two taps.
    const bool may_overflow =
        sum.magnitude + tolerance > format_.largest() ||
        ((!case_.is_forward() || is_blend) && sum.unweighted > format_.largest_sum());
    if (may_overflow && !std::isfinite(found)) return true;
    if (sum.has_nan || (sum.has_infinity && sum.has_negative_infinity)) return std::isnan(found);
    // The difference of an infinity and a number next to it is infinite.
    const bool is_infinite = sum.has_infinity || sum.has_negative_infinity;
    if (is_blend && is_infinite) return !std::isfinite(found);
    if (sum.has_infinity) return std::isinf(found) && found > 0;
    if (sum.has_negative_infinity) return std::isinf(found) && found < 0;
    if (is_blend && (found < sum.least || found > sum.greatest)) return false;
    // -0 + w * (-0 - -0) is 0.
    keeps_negative_zeros = keeps_negative_zeros && !is_blend;
    if (keeps_negative_zeros && sum.is_negative_zero && !std::signbit(found)) return false;
    return std::abs(found - sum.value) <= tolerance;
  }

  const Case& case_;
  const Format format_;
  const Axis ys_, xs_;
  std::vector<Sum> sums_;
  std::vector<char> copy_;
};

// Returns whether two results have the same bits, except for those of a NaN.
inline bool AreSameBits(const Case& the, const char* a, const char* b) {
  if (the.out_bytes == 0 || std::memcmp(a, b, the.out_bytes) == 0) return true;
  if (the.is_copy()) return false;
  const Format format = FormatOf(the.dtype);
  for (int64_t i = 0; i < the.out_bytes / format.bytes; ++i) {
    const uint64_t bits = BitsAt(format, a, i), others = BitsAt(format, b, i);
    if (bits != others && !(IsNan(format, bits) && IsNan(format, others))) return false;
  }
  return true;
}

}  // namespace upsample::fuzz
