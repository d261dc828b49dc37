"""The table of all rows, for a terminal and for benchmarks/results/."""

import io

from rich.console import Console
from rich.table import Table

_WIDTH = 190
_LEGEND = """enabled(): ops of ours in the graph of the stock model under it, of all that resize;
difference: largest relative one from stock, of outputs / gradients of the first training step;
ms: of a training step, stock / ours / ours folded."""
_TIMES = ("stock", "ours", "folded")


def print_table(rows, console):
    """Prints the table, then what was left alone, and what failed.

    Args:
        rows: the rows that worker.py and __main__.py make.
        console: a console of rich.
    """
    table = Table(title="models of public packages, converted by upsample_op.convert_model")
    for heading in ("model", "class", "replaced", "folded", "left", "enabled()"):
        table.add_column(heading)
    for heading in (
        "difference ours",
        "folded",
        "reload",
        "round trip",
        "ms tf.function",
        "ms jit",
        "verdict",
    ):
        table.add_column(heading)
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)
    console.print(_LEGEND, markup=False, highlight=False)
    for row in rows:
        for line in _remarks(row):
            console.print(f"{row['model']}: {line}", markup=False, highlight=False, soft_wrap=True)


def text(rows):
    """Returns what print_table() prints as plain text."""
    file = io.StringIO()
    print_table(rows, Console(file=file, width=_WIDTH, no_color=True))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _cells(row):
    ours, folded = row.get("ours", {}), row.get("folded", {})
    times = row.get("milliseconds", {})
    return (
        row["model"],
        row.get("class", "-"),
        str(ours.get("replaced", "-")),
        str(folded.get("folded", "-")),
        str(len(ours["left"])) if ours else "-",
        _kernels(row.get("switch")),
        _difference(row.get("ours difference")),
        _difference(row.get("folded difference")),
        _in_short(row, "reload"),
        _in_short(row, "round trip"),
        _milliseconds(times.get("tf.function")),
        _milliseconds(times.get("jit")),
        "[red]failed[/]" if row["failures"] else "not done" if row.get("stage") else "right",
    )


def _kernels(found):
    if not found:
        return "-"
    ours, stock = found["kernels in the graph"], found["stock resizes in the graph"]
    return f"{ours} of {ours + stock}"


def _difference(found):
    return f"{found['outputs']:.0e} / {found['gradients']:.0e}" if found else "-"


def _in_short(row, what):
    found = [row.get(f"{name} {what}") for name in ("ours", "folded")]
    if None in found:
        return "-"
    if found == ["equal", "equal"]:
        return "equal"
    is_stocks = row.get(f"stock {what}", "equal") != "equal"
    return "as stock: none" if is_stocks else "differs"


def _milliseconds(found):
    return " / ".join(f"{found[name]:.3g}" for name in _TIMES if name in found) if found else "-"


def _remarks(row):
    """Yields remarks for which the row has no room."""
    for entry in row.get("ours", {}).get("left", ()):
        yield f"left alone {entry['path']} ({entry['layer']}): {entry['reason']}"
    if "switch" in row and not row["ours"]["replaced"] + row["folded"]["folded"]:
        yield "convert_model sees nothing that upsamples; what does is reached by enabled()"
    if row.get("stock reload", "equal") != "equal":
        yield f"the stock model can't be reloaded: {row['stock reload']}"
    if "stock fails" in row:
        yield f"no times, stock fails too: {row['stock fails']}"
    for failure in row["failures"]:
        yield f"FAILED {failure}"
