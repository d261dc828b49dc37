// How a target says that something is wrong. This file includes the standard library only.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace upsample::fuzz {

// Ends the process. libFuzzer takes that for a crash, and keeps the input.
[[noreturn]] inline void Fail(const std::string& what) {
  std::fprintf(stderr, "FOUND: %s\n", what.c_str());
  std::abort();
}

inline void Require(bool holds, const std::string& what) {
  if (!holds) Fail(what);
}

}  // namespace upsample::fuzz
