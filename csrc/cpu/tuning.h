// The numbers of the CPU kernels that follow from no formula. Each names a case that it decides
// about, as `python -m upsample_op.benchmark --case` takes it; docs/measurements.md has the times
// that were taken, and says where none were. Includes the standard library only.
#pragma once

#include <cstdint>

namespace upsample {
namespace tuning {

// --- Caches and threads -------------------------------------------------------------------------

// Results are written past the caches where a call reads and writes as much as the last-level cache
// holds, and this part of it (a half) beyond. bilinear-NHWC-float32-24x32x32x64-by2x2.
constexpr int64_t kPartBeyondCache = 2;

// What a call may count on of a last-level cache, at most.
// nearest-NHWC-float32-24x32x32x64-by2x2.
constexpr int64_t kMostCacheBytes = 32 * 1024 * 1024;

// How far ahead of what is read memory is asked for. bilinear-NHWC-float32-8x128x128x64-by2x2.
constexpr int64_t kPrefetchBytes = 4096;

// Bytes of the large tensor that a thread moves in a nanosecond, in its caches, at least: copies
// and float pixels of a vector or more; and all else. nearest-NHWC-float32-8x64x64x64-by2x2 and
// bilinear-NHWC-float32-8x64x64x3-by2x2.
constexpr int64_t kMovedPerNanosecond = 50;
constexpr int64_t kComputedPerNanosecond = 16;

// --- Tiles: parts of a row that are still in a cache when they are used again --------------------

// A tile of an output row of nearest, in L1 when it is copied to the next row.
// nearest-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kNearestTileBytes = 8 * 1024;

// A tile of an accumulator row, or one pixel if that is larger: of float, two tiles and the rows
// that stream past fit in a 256 KiB L2. bilinear-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kTileElements = 16384;

// A tile is worked on in spans of the wider row, in L1 from being read to being written; longer
// ones where results aren't streamed. bilinear-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kSpanElements = 512;
constexpr int64_t kSpansInCache = 4;

// Rows up to this length are worked on whole, and several at once that make half as many elements
// together. bilinear-NHWC-float32-8x16x16x64-by2x2.
constexpr int64_t kShortRowElements = 2048;

// A tile of the row that is read, in L2, where all is computed in registers.
// bilinear-NHWC-float32-8x128x128x128-by2x2.
constexpr int64_t kRegisterTileBytes = 128 * 1024;

// --- Forward ------------------------------------------------------------------------------------

// Rows of a gap that are streamed at the same time. bilinear-NHWC-float32-60x64x64x64-by3x3.
constexpr int64_t kStreamedRows = 2;

// Rows of a gap, at most, that permuted pixels are streamed to at the same time.
// bilinear-NHWC-float32-1x256x256x3-by8x4.
constexpr int64_t kMostPermutedRows = 8;

// Steps of a cycle of permutations. A longer one, of a factor that nobody has, leaves the cache.
// bilinear-NHWC-float32-8x64x64x5-by5x5.
constexpr int64_t kMostPermutedSteps = 256;

// --- Gradients ----------------------------------------------------------------------------------

// A span of sums where next to nothing is computed between loads.
// bilinear-NHWC-float32-12x128x128x64-by2x2.
constexpr int64_t kPlainSpanElements = 4096;

// Results between two prefetches where rows are worked on whole.
// bilinear-NHWC-float32-48x128x128x16-by2x2.
constexpr int64_t kElementsPerPrefetch = 256;

// A tile of a row of sums. bilinear-NHWC-bfloat16-10x77x80x256-by2x2.
constexpr int64_t kSumTileBytes = 256 * 1024;

// Of a pixel's vectors, results that are computed before the next vectors' where elements are
// widened. bilinear-NHWC-bfloat16-48x64x64x256-by2x2.
constexpr int64_t kResultsPerVector = 1024;

// Results that are gathered before they are written, where they can't be written at once.
// bilinear-NHWC-float32-8x64x64x3-by2x2.
constexpr int64_t kGatheredElements = 1024;

// The greatest factor for which sums along a row are permuted: of larger ones most are in vain.
// bilinear-NHWC-float32-8x64x64x3-by8x8.
constexpr int64_t kMostPermutedFactor = 8;

}  // namespace tuning
}  // namespace upsample
