"""PyTorch's operators, on the CPU and on a GPU."""

from typing import Any

from upsample_op._case import Case
from upsample_op.benchmark._types import Call
from upsample_op.benchmark.rows import NotSupportedError


def interpolation(case: Case, backward: bool, x: Any, out: Any) -> Call:
    """Returns a call of the operator behind torch.nn.functional.interpolate that takes its result.

    Both tensors are `[N, C, H, W]`, contiguous or channels_last.
    """
    import torch

    low, high = (out, x) if backward else (x, out)
    shape, size = list(low.shape), list(high.shape[2:])
    scales = [float(factor) for factor in case.size]
    corners = () if case.interpolation == "nearest" else (False,)
    operators = getattr(torch.ops.aten, f"upsample_{case.interpolation}2d{'_backward' * backward}")
    address = out.data_ptr()

    def run() -> Any:
        if backward:
            return operators.grad_input(x, size, shape, *corners, *scales, grad_input=out)
        return operators.out(x, size, *corners, *scales, out=out)

    run()
    if out.data_ptr() != address:
        raise NotSupportedError("takes no memory for its result")
    return run
