"""Writes the figures of a verb's run into docs/reliability.md, so nobody does it by hand."""

import datetime
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).parents[1]
PAGE = ROOT / "docs/reliability.md"


def record(verb, command, figures, page=PAGE):
    """Replaces what the page says about a verb's last run.

    Args:
        verb: the section's name, which the page marks by `<!-- begin verb -->` and `<!-- end verb
            -->`.
        command: the command line that was run, such as "make fuzz SECONDS=600".
        figures: {what: figure}, in the order of the page.
        page: the page's file.

    Raises:
        ValueError: the page has no such section.
    """
    begin, end = f"<!-- begin {verb} -->", f"<!-- end {verb} -->"
    text = page.read_text()
    if not re.search(f"{re.escape(begin)}.*{re.escape(end)}", text, re.DOTALL):
        raise ValueError(f"{page} has no section marked {begin!r}")
    rows = "\n".join(f"| {what} | {figure} |" for what, figure in figures.items())
    today = datetime.datetime.now(datetime.timezone.utc).date()
    section = (
        f"`{command}`, {today}, commit {commit()}, {_processor()}:\n\n"
        f"| what | figure |\n|---|---|\n{rows}\n"
    )
    head, rest = text.split(begin, 1)
    tail = rest.split(end, 1)[1]
    page.write_text(f"{head}{begin}\n{section}{end}{tail}")


def commit():
    """Returns the commit's short name, with a + if the tree differs from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def _processor():
    """Returns the processor's name from Linux."""
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found[1] if found else "unknown processor"
