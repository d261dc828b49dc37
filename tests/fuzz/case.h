// One upsampling, made of the bytes of an input: any problem, small enough to be done in
// milliseconds, and the values of its tensor. This file includes core and the standard library
// only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/dtype.h"
#include "core/problem.h"
#include "elements.h"
#include "reader.h"

namespace upsample::fuzz {

struct Case {
  Direction direction;
  DType dtype;
  Problem problem;
  std::vector<char> in;
  int64_t out_bytes;

  bool is_forward() const { return direction == Direction::kForward; }
  bool is_nearest() const { return problem.interpolation == Interpolation::kNearest; }
  bool is_copy() const { return is_forward() && is_nearest(); }
};

// Returns the name that tests/cases.py has for it.
inline std::string Describe(const Case& the) {
  const Problem& p = the.problem;
  const bool is_nhwc = p.layout == Layout::kNHWC;
  const std::string shape = is_nhwc ? std::to_string(p.in_h) + "x" + std::to_string(p.in_w) + "x" +
                                          std::to_string(p.channels)
                                    : std::to_string(p.channels) + "x" + std::to_string(p.in_h) +
                                          "x" + std::to_string(p.in_w);
  return std::string(the.is_nearest() ? "nearest" : "bilinear") + (is_nhwc ? "-NHWC-" : "-NCHW-") +
         Info(the.dtype).name + "-" + std::to_string(p.batch) + "x" + shape + "-by" +
         std::to_string(p.size_h) + "x" + std::to_string(p.size_w) +
         (the.is_forward() ? " forward" : " backward");
}

// Reads a factor, most often one that has a specialisation, or nearly.
inline int64_t ReadFactor(Reader* reader) {
  const int64_t most[] = {4, 4, 9, 9, 17, 99, 99, 300};
  return reader->Between(1, reader->OneOf(most));
}

inline int64_t ReadSide(Reader* reader) {
  const int64_t most[] = {4, 9, 9, 40, 40, 70, 300, 20000};
  return reader->Between(1, reader->OneOf(most));
}

// Halves the longest axis until the larger tensor has no more elements than a byte allows. That is
// seldom as many as a row of several tiles has.
inline void ReadShape(Reader* reader, Problem* p) {
  const int budget = reader->Byte();
  const int64_t most = budget < 200 ? 1024 : budget < 245 ? 5000 : budget < 254 ? 20000 : 80000;
  const int64_t rows[] = {1, 2, 3, 5, 9, 40};
  p->size_h = ReadFactor(reader);
  p->size_w = ReadFactor(reader);
  p->batch = reader->Between(1, 4);
  p->in_h = reader->Between(1, reader->OneOf(rows));
  p->in_w = ReadSide(reader);
  p->channels = ReadSide(reader);
  int64_t* const sides[] = {&p->in_w, &p->channels, &p->in_h, &p->batch, &p->size_h, &p->size_w};
  while (p->batch * p->out_h() * p->out_w() * p->channels > most) {
    int64_t* const longest = *std::max_element(std::begin(sides), std::end(sides),
                                               [](int64_t* a, int64_t* b) { return *a < *b; });
    *longest = (*longest + 1) / 2;
  }
  int64_t* const may_be_empty[] = {&p->batch, &p->in_h, &p->in_w, &p->channels};
  if (reader->Byte() == 255) *reader->OneOf(may_be_empty) = 0;
}

// Returns the bits of a number: any finite one, one near 1 or a small integer.
inline uint64_t AnyNumber(const Format& format, int kind, Generator* generator) {
  const uint64_t bits = generator->Bits();
  const uint64_t mantissa = bits & ((uint64_t{1} << format.mantissa_bits) - 1);
  const uint64_t sign = bits >> 63 != 0 ? format.sign() : 0;
  const uint64_t highest = (uint64_t{1} << format.exponent_bits) - 2;
  uint64_t exponent = static_cast<uint64_t>(Format::Bias(format.exponent_bits)) - (bits >> 61) % 4;
  if (kind == 1) exponent = (bits >> 52) % (highest + 1);
  if (kind == 2) exponent = (bits >> 52) % 2 == 0 ? (bits >> 53) % 3 : highest - (bits >> 53) % 3;
  return sign | exponent << format.mantissa_bits | mantissa;
}

// Returns the bits of an infinity, a NaN or a zero of either sign, or of the smallest or largest
// number.
inline uint64_t SpecialNumber(const Format& format, int64_t kind) {
  const uint64_t infinity = format.infinity();
  const uint64_t specials[] = {
      infinity, infinity | format.sign(), infinity | 1, 0, format.sign(), 1, infinity - 1};
  return specials[kind];
}

// Fills the tensor with numbers of a kind, and with specials among them as often as a byte says.
inline void FillWithNumbers(Reader* reader, Case* the) {
  const Format format = FormatOf(the->dtype);
  const int64_t count = static_cast<int64_t>(the->in.size()) / format.bytes;
  const int kind = reader->Byte() % 5, frequency = reader->Byte();
  const int64_t special = reader->Between(0, 7);
  Generator generator(reader->Number(2));
  const uint64_t constant = AnyNumber(format, 0, &generator);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = kind < 3 ? AnyNumber(format, kind, &generator) : constant;
    if (kind == 4) bits = format.sign();
    if (generator.Below(1024) < frequency) {
      bits = SpecialNumber(format, special < 7 ? special : generator.Below(7));
    }
    SetBits(format, bits, i, the->in.data());
  }
}

inline void FillWithBytes(Reader* reader, Case* the) {
  Generator generator(reader->Number(2));
  for (char& byte : the->in) byte = static_cast<char>(generator.Bits());
}

inline Case ReadCase(Reader* reader) {
  Case the = {};
  the.direction = reader->Bool() ? Direction::kBackward : Direction::kForward;
  the.problem.interpolation = reader->Bool() ? Interpolation::kBilinear : Interpolation::kNearest;
  the.problem.layout = reader->Bool() ? Layout::kNCHW : Layout::kNHWC;
  const DType reals[] = {DType::kFloat32, DType::kFloat16, DType::kBFloat16, DType::kFloat64};
  const DType sums[] = {DType::kFloat32, DType::kFloat16,   DType::kBFloat16,
                        DType::kFloat64, DType::kComplex64, DType::kComplex128};
  const int dtype = reader->Byte();
  the.dtype = !the.is_nearest()  ? reals[dtype % std::size(reals)]
              : the.is_forward() ? kDTypes[dtype % std::size(kDTypes)].dtype
                                 : sums[dtype % std::size(sums)];
  ReadShape(reader, &the.problem);
  const Problem& p = the.problem;
  const int64_t low = p.batch * p.in_h * p.in_w * p.channels * Info(the.dtype).bytes;
  const int64_t high = low * p.size_h * p.size_w;
  the.in.resize(the.is_forward() ? low : high);
  the.out_bytes = the.is_forward() ? high : low;
  if (Info(the.dtype).arithmetic == Arithmetic::kNone) {
    FillWithBytes(reader, &the);
  } else {
    FillWithNumbers(reader, &the);
  }
  return the;
}

}  // namespace upsample::fuzz
