"""The JSON file of a run: a field of its head, or a row, in each line."""

import json
import pathlib
from typing import Any


def write(path: pathlib.Path, content: dict[str, Any]) -> None:
    """Writes a run, whose content has rows among others; the file is whole at each moment."""
    text = {key: json.dumps(value, separators=(",", ":")) for key, value in content.items()}
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in content["rows"])
    text["rows"] = f"[\n{rows}\n]"
    partial = path.with_name(path.name + ".part")
    partial.write_text("{" + ",\n".join(f'"{key}":{its}' for key, its in text.items()) + "}\n")
    partial.replace(path)


def rounded(row: dict[str, Any]) -> Any:
    """Returns a row with all fractions to four digits, as they are kept."""
    return json.loads(json.dumps(row), parse_float=lambda text: float(f"{float(text):.4g}"))
