"""Faults in the bodies of the CUDA kernels and their plans, which the emulator runs."""

from mutate.fault import Fault, tests_in

tests = tests_in("kernels")
VALUES = tests("emulator::gives_what_the_cpu_gives every_pair_of_factors_up_to_9")

FAULTS = [
    Fault(
        "rows-outside-of-the-image",
        "csrc/gpu/bodies/bilinear_forward.h",
        "const bool is_inside = y >= 0 && y < walk.in_h * size_h;",
        "const bool is_inside = y >= 0;",
        "a GPU writes behind the image",
        VALUES,
    ),
    Fault(
        "row-ahead",
        "csrc/gpu/bodies/bilinear_forward.h",
        "Least<Index>(gap + 2, end)",
        "Least<Index>(gap + 1, end)",
        "on a GPU rows are blended with themselves",
        VALUES,
    ),
    Fault(
        "copies-blend",
        "csrc/gpu/bodies/bilinear_forward.h",
        "high_ = tap.is_copy ? low_ : low_ + walk.inner;",
        "high_ = low_ + walk.inner;",
        "a GPU reads behind the last pixel",
        VALUES,
    ),
    Fault(
        "right-border-of-a-gpus-gradient",
        "csrc/gpu/bodies/bilinear_backward.h",
        "window[right] = is_last_ ? window[kHalo + kCentre - 1 - i] : after.values[i];",
        "window[right] = after.values[i];",
        "the gradient of the last column is wrong on a GPU",
        VALUES,
    ),
    Fault(
        "first-row-of-a-strip",
        "csrc/gpu/bodies/bilinear_backward.h",
        "if (gap >= begin)",
        "if (gap > begin)",
        "the first row of each strip of a gradient stays unwritten on a GPU",
        VALUES,
    ),
    Fault(
        "sum-without-the-last",
        "csrc/gpu/bodies/nearest_backward.h",
        "for (Index m = 1; m < V::SizeW(walk); ++m)",
        "for (Index m = 1; m < V::SizeW(walk) - 1; ++m)",
        "nearest's gradient on a GPU leaves out a column",
        VALUES,
    ),
    Fault(
        "phase-of-a-vector",
        "csrc/gpu/bodies/nearest_forward.h",
        "phase_ + i % kSize >= kSize",
        "phase_ + i % kSize > kSize",
        "by 3 along rows a GPU repeats some pixels four times",
        VALUES,
    ),
    Fault(
        "quotient-too-small",
        "csrc/gpu/bodies/walk.h",
        "(power + divisor - 1) / divisor",
        "power / divisor",
        "on a GPU pixels get into the row above",
        VALUES,
    ),
    Fault(
        "unaligned-vectors",
        "csrc/gpu/bodies/plan.cc",
        "while (bytes % vector != 0 || addresses % vector != 0) vector /= 2;",
        "while (bytes % vector != 0) vector /= 2;",
        "a slice of a tensor is a misaligned address on a GPU",
        tests("emulator::an_unaligned_tensor_narrows_the_vectors"),
    ),
    Fault(
        "64-bit-indices-too-late",
        "csrc/gpu/bodies/plan.cc",
        "if (GreatestIndex(plan) < limits.narrow_indices) break;",
        "if (GreatestIndex(plan) < 4 * limits.narrow_indices) break;",
        "on a GPU large tensors are indexed by numbers that overflow",
        tests("plans::more_than_2_31_elements indices_are_64_bits_from_2_30_on"),
    ),
    Fault(
        "unrolled-factor-drops-out",
        "csrc/gpu/bodies/plan.cc",
        "return size >= 2 && size <= 4;",
        "return size >= 2 && size <= 3;",
        "by 4 a GPU runs the general kernel",
        tests("plans::which_variant_runs every_compiled_variant_can_be_reached"),
    ),
    Fault(
        "complex-channels-on-a-gpu",
        "csrc/gpu/bodies/plan.cc",
        "plan.inner = problem.inner() * parts;",
        "plan.inner = problem.inner();",
        "half of a complex gradient stays unwritten on a GPU",
        tests("emulator::nearest_gradient_of_complex_numbers"),
    ),
    Fault(
        "last-strip-too-long",
        "csrc/gpu/bodies/bilinear_backward.h",
        "const Index end = Least<Index>(begin + walk.rows_per_item, walk.in_h);",
        "const Index end = begin + walk.rows_per_item;",
        "the last strip of a gradient runs into the next image on a GPU",
        tests("emulator::the_last_strip_may_be_shorter"),
    ),
]
