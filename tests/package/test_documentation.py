"""README, CONTRIBUTING.md and docs/ say what is so: examples run, links lead somewhere."""

import doctest
import importlib
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
}
MAKEFILE = (ROOT / "Makefile").read_text()
PICTURES = ROOT / "docs" / "pictures"


def blocks(language):
    """Returns [(document, its blocks of a language)], of those documents that have some."""
    pattern = re.compile(rf"```{language}\n(.*?)```", re.DOTALL)
    found = {name: pattern.findall(text) for name, text in DOCUMENTS.items()}
    return [pytest.param(its, id=name) for name, its in found.items() if its]


@pytest.mark.parametrize("examples", blocks("python"))
def test_the_python_of_documents_runs(examples):
    namespace = {}
    for example in examples:
        exec(example, namespace)


@pytest.mark.parametrize("sessions", blocks("pycon"))
def test_the_sessions_of_documents_print_what_they_say(sessions):
    test = doctest.DocTestParser().get_doctest("\n".join(sessions), {}, "sessions", None, 0)
    result = doctest.DocTestRunner().run(test)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("module", ["kernels", "ops", "_case"])
def test_docstrings(module):
    module = importlib.import_module(f"upsample_op.{module}")
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0


def anchor(heading):
    """Returns the name that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    for link in re.findall(r"\]\(([^)\s]+)\)", DOCUMENTS[name]):
        if link.startswith("https://"):
            continue
        path, _, heading = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
            assert heading in map(anchor, headings), link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_verbs_of_make_exist(name):
    text = DOCUMENTS[name]
    code = re.findall(r"```sh\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`]+)`", text)
    verbs = {verb for line in code for verb in re.findall(r"^make ([a-z-]+)", line, re.MULTILINE)}
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert verbs <= targets


def test_every_document_is_in_the_index():
    index = DOCUMENTS["docs/index.md"]
    documents = {pathlib.Path(name).name for name in DOCUMENTS if name.startswith("docs/")}
    assert documents - {"index.md"} <= set(re.findall(r"\]\(([\w.]+)\)", index))


def test_readme_is_short():
    assert len(DOCUMENTS["README.md"].split()) <= 800


def texts(picture):
    """Returns what is written in an SVG file."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text())


def test_pictures_are_what_their_program_draws(tmp_path):
    subprocess.run([sys.executable, PICTURES / "draw.py", tmp_path], check=True)
    drawn = {path.name: texts(path) for path in tmp_path.glob("*.svg")}
    assert drawn == {path.name: texts(path) for path in PICTURES.glob("*.svg")}
    assert len(drawn["grids.svg"]) > 40
