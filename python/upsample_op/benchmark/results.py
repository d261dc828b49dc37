"""The JSON file of a run: a field of its head, or a row, in each line."""

import json
import pathlib
from typing import Any


def write(path: pathlib.Path, content: dict[str, Any]) -> None:
    """Writes a run, whose content has rows among others; the file is whole at each moment."""
    head = [f"{json.dumps(key)}:{_text(value)}" for key, value in content.items() if key != "rows"]
    rows = ",\n".join(_text(row) for row in content["rows"])
    partial = path.with_name(path.name + ".part")
    partial.write_text("{" + ",\n".join([*head, f'"rows":[\n{rows}\n]']) + "}\n")
    partial.replace(path)


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def rounded(value: Any) -> Any:
    """Returns a row, or what it holds, with all fractions to four digits, as they are kept."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
