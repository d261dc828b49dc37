"""Converts models of public packages and compares: `python -m zoo`, from tests/.

What is known of each model is kept in build/zoo/rows/, so that the table has all of them after
`make zoo ONLY=name`; RECORD=1 writes the table into benchmarks/results/.
"""

import argparse
import json
import re
import subprocess
import sys

from rich.console import Console

import record
from zoo import environment, table
from zoo.models import MODELS

_ROWS = environment.FOLDER / "rows"
_RESULTS = environment.ROOT / "benchmarks/results"


def main():
    """Runs the models that are asked for, and returns 1 if one of them fails."""
    options = _parse()
    names = [name for name in MODELS if any(word in name for word in options.only.split(","))]
    if not names:
        print(f"no model's name has {options.only!r} in it; there are: {', '.join(MODELS)}")
        return 1
    console = Console(width=None if sys.stdout.isatty() else 190)
    _ROWS.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in names:
        row = _row_of(name, options)
        _path(name).write_text(json.dumps(row, indent=1))
        failed += [name] if row["failures"] else []
        verdict = "; ".join(row["failures"]) or "right"
        console.print(f"{row.get('seconds', 0):5.0f} s  {name}: {verdict}", markup=False)
    rows = [json.loads(_path(name).read_text()) for name in MODELS if _path(name).exists()]
    table.print_table(rows, console)
    if options.record:
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        (_RESULTS / "zoo.json").write_text(f"[\n{lines}\n]\n")
        (_RESULTS / "zoo.txt").write_text(table.text(rows))
    return 1 if failed else 0


def _parse():
    parser = argparse.ArgumentParser(prog="make zoo", description=__doc__)
    parser.add_argument("--only", default="", help="parts of names of models, with commas")
    parser.add_argument("--no-times", action="store_true", help="compare only, which is faster")
    parser.add_argument("--limit", type=float, default=1800, help="seconds for a model, at most")
    parser.add_argument("--record", action="store_true", help="write benchmarks/results/zoo.*")
    return parser.parse_args()


def _path(name):
    return _ROWS / f"{re.sub('[^a-z0-9+]+', '-', name.lower())}.json"


def _row_of(name, options):
    """Returns a model's row, from a process of its own; a crash or a hang is a failure in it."""
    family = MODELS[name]
    row = {"model": name, "failures": []}
    path = _path(name)
    path.unlink(missing_ok=True)
    try:
        python = environment.python_of(family)
        times = "no-times" if options.no_times else "times"
        found = subprocess.run(
            [python, "-m", "zoo.worker", name, path, times],
            env=environment.variables_of(family),
            capture_output=True,
            text=True,
            timeout=options.limit,
        )
        path.with_suffix(".log").write_text(found.stdout + found.stderr)
        end = f"the process ended with {found.returncode}" if found.returncode else ""
    except environment.InstallationError as error:
        end = f"can't be installed: {error}"
    except subprocess.TimeoutExpired:
        end = f"not done after {options.limit:.0f} s"
    if path.exists():
        row = json.loads(path.read_text())
    if end and not row["failures"]:
        row["failures"].append(f"{row.get('stage', 'installation')}: {end}")
    row["packages"] = list(family.packages)
    row["commit"] = record.commit()
    return row


if __name__ == "__main__":
    sys.exit(main())
