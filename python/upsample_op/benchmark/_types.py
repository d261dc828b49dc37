"""Short names for the types in the benchmark's signatures. For type checkers; never imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

Call: TypeAlias = Callable[[], Any]  # what is timed
Info: TypeAlias = dict[str, Any]  # of environment.describe
Row: TypeAlias = dict[str, Any]  # of a table: case, direction, seconds by contender and so on
Shape: TypeAlias = tuple[int, int, int, int]

Name = TypeVar("Name")  # of a contender
