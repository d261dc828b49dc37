// The numbers of the CPU kernels that follow from no formula. Each names the case that decides it,
// as `python -m upsample_op.benchmark --case` takes it. docs/measurements.md has the times that
// were measured, and says where there are none. This file includes the standard library only.
#pragma once

#include <cstdint>

namespace upsample {
namespace tuning {

// --- Caches and threads -------------------------------------------------------------------------

// Results are streamed where a call reads and writes as much as the last-level cache holds and,
// beyond that, this part of it (a half). bilinear-NHWC-float32-24x32x32x64-by2x2.
constexpr int64_t kPartBeyondCache = 2;

// The most that a call may count on in a last-level cache. nearest-NHWC-float32-24x32x32x64-by2x2.
constexpr int64_t kMostCacheBytes = 32 * 1024 * 1024;

// How far ahead of reading memory is prefetched. bilinear-NHWC-float32-8x128x128x64-by2x2.
constexpr int64_t kPrefetchBytes = 4096;

// The least number of bytes of the large tensor that a thread moves in a nanosecond in its caches:
// for copies and float pixels of a vector or more, and for all else.
// nearest-NHWC-float32-8x64x64x64-by2x2 and bilinear-NHWC-float32-8x64x64x3-by2x2.
constexpr int64_t kMovedPerNanosecond = 50;
constexpr int64_t kComputedPerNanosecond = 16;

// --- Tiles: parts of a row that are still in a cache when they are used again --------------------

// A tile of an output row of nearest, which is in L1 when it is copied to the next row.
// nearest-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kNearestTileBytes = 8 * 1024;

// A tile of an accumulator row, or one pixel if that is larger. Two tiles of float and the rows
// that stream past fit in a 256 KiB L2. bilinear-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kTileElements = 16384;

// A tile is worked on in spans of the wider row, which stay in L1 from reading to writing. Spans
// are longer where results aren't streamed. bilinear-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kSpanElements = 512;
constexpr int64_t kSpansInCache = 4;

// Rows up to this length are worked on whole, and so many at once that they have half as many
// elements together. bilinear-NHWC-float32-8x16x16x64-by2x2.
constexpr int64_t kShortRowElements = 2048;

// A tile of the row that is read, for kernels that compute all in registers. It stays in L2.
// bilinear-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kRegisterTileBytes = 128 * 1024;

// --- Forward ------------------------------------------------------------------------------------

// Rows of a gap that are streamed at the same time. bilinear-NHWC-float32-60x64x64x64-by3x3.
constexpr int64_t kStreamedRows = 2;

// The most rows of a gap to which permuted pixels are streamed at the same time.
// bilinear-NHWC-float32-1x256x256x3-by8x4.
constexpr int64_t kMostPermutedRows = 8;

// The most steps of a cycle of permutations. A longer cycle, which only factors that nobody uses
// have, leaves the cache. bilinear-NHWC-float32-8x64x64x5-by5x5.
constexpr int64_t kMostPermutedSteps = 256;

// --- Gradients ----------------------------------------------------------------------------------

// A span of sums where hardly anything is computed between loads.
// bilinear-NHWC-float32-12x128x128x64-by2x2.
constexpr int64_t kPlainSpanElements = 4096;

// Results between two prefetches where rows are worked on whole.
// bilinear-NHWC-float32-48x128x128x16-by2x2.
constexpr int64_t kElementsPerPrefetch = 256;

// A tile of a row of sums. bilinear-NHWC-bfloat16-10x77x80x256-by2x2.
constexpr int64_t kSumTileBytes = 256 * 1024;

// Results of some of a pixel's vectors that are computed before those of the next vectors, where
// elements are widened. bilinear-NHWC-bfloat16-48x64x64x256-by2x2.
constexpr int64_t kResultsPerVector = 1024;

// Results that are gathered before they are written, where they can't be written at once.
// bilinear-NHWC-float32-8x64x64x3-by2x2.
constexpr int64_t kGatheredElements = 1024;

// The greatest factor for which sums along a row are permuted. With larger ones most sums are
// dropped. bilinear-NHWC-float32-8x64x64x3-by8x8.
constexpr int64_t kMostPermutedFactor = 8;

}  // namespace tuning
}  // namespace upsample
