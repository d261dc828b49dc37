"""Short names for the types in the benchmark's signatures."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Tensor: TypeAlias = Any  # TensorFlow and Keras have no types
Model: TypeAlias = Any
Call: TypeAlias = Callable[[], Any]  # what is timed
Info: TypeAlias = dict[str, Any]  # of environment.describe
Row: TypeAlias = dict[str, Any]  # of rows.row_of
