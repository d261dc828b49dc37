"""Makes `tf.vectorized_map` and jacobians of the ops one call on a larger batch.

TensorFlow has no public way to say so. If the private one is gone, TensorFlow loops over single
calls and warns, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from upsample_op._types import Operation, Tensor

try:
    from tensorflow.python.ops.parallel_for import pfor
except ImportError:
    pfor = None


def register(
    op_name: str,
    function: Callable[..., Tensor],
    attributes_of: Callable[[Operation], dict[str, Any]],
) -> None:
    """Registers how an op with one batched input is vectorized.

    Args:
        op_name: the op's registered name.
        function: its generated wrapper, called as function(input, **attributes).
        attributes_of: a function from an operation to the wrapper's attributes.
    """
    if pfor is None:
        return

    @pfor.RegisterPFor(op_name)
    def _convert(pfor_input: Any) -> Any:
        # This goes from [iterations, batch, ...] to [iterations * batch, ...] and back.
        stacked = pfor_input.stacked_input(0)
        leading = tf.shape(stacked)[:2]
        merged = tf.reshape(stacked, tf.concat([[-1], tf.shape(stacked)[2:]], 0))
        result = function(merged, **attributes_of(pfor_input.op))
        unmerged = tf.reshape(result, tf.concat([leading, tf.shape(result)[1:]], 0))
        return pfor.wrap(unmerged, True)
