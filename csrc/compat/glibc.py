"""Makes stand-ins for glibc's libraries as they were before glibc 2.34, for the linker.

That version moved the functions of libpthread, libdl and librt into libc, each with a new version
of its symbol beside the old one. A linker takes the new one, and the result doesn't load with an
older glibc, though nothing else has changed. It takes the old one from a library that stands before
libc and has only that. Of the stand-ins, the linked result keeps only the names and the versions.

    python glibc.py <C compiler> <folder>
"""

import collections
import pathlib
import re
import subprocess
import sys

# Where the functions were, by the beginnings of their names.
LIBRARIES = {
    "libpthread.so.0": r"pthread_|sem_",
    "libdl.so.2": r"dl",
    "librt.so.1": r"shm_|mq_|timer_|aio_|lio_",
}
NEWEST = (
    2,
    27,
)  # TensorFlow's own floor; a function that has only newer versions can't be mended


def versions_of_functions(compiler):
    """Returns {function: versions that this machine's libc has of it, the default one last}."""
    libc = run(compiler, "-print-file-name=libc.so.6").strip()
    found = collections.defaultdict(list)
    pattern = r"DF \.text.*\s(\(?)GLIBC_([\d.]+)\)?\s+(\w+)$"
    for hidden, version, name in re.findall(pattern, run("objdump", "-T", libc), re.MULTILINE):
        version = tuple(map(int, version.split(".")))
        found[name].append((not hidden, version))
    return {name: [version for _, version in sorted(all_)] for name, all_ in found.items()}


def make(compiler, folder, soname, functions):
    """Links a library of empty functions {name: version}."""
    by_version = collections.defaultdict(list)
    for name, version in functions.items():
        by_version[version].append(name)
    source, script = folder / f"{soname}.c", folder / f"{soname}.map"
    source.write_text("".join(f"void {name}(void) {{}}\n" for name in functions))
    script.write_text(
        "".join(
            f"GLIBC_{'.'.join(map(str, version))} {{ {'; '.join(names)}; }};\n"
            for version, names in sorted(by_version.items())
        )
    )
    command = [compiler, "-shared", "-nostdlib", "-fno-builtin", "-w", "-x", "c", source, "-o"]
    command += [folder / soname, f"-Wl,-soname,{soname}"]
    # Before glibc 2.34 there is nothing to stand in for, and no linker takes an empty script.
    run(*command, *([f"-Wl,--version-script={script}"] if functions else []))


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main(compiler, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    older = {
        name: max(version for version in versions if version <= NEWEST)
        for name, versions in versions_of_functions(compiler).items()
        if versions[-1] > NEWEST >= min(versions)
    }
    for soname, begin in LIBRARIES.items():
        make(compiler, folder, soname, {n: v for n, v in older.items() if re.match(begin, n)})


if __name__ == "__main__":
    main(*sys.argv[1:])
