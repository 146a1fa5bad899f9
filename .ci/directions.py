"""The directions between the rooms of openedx-events/src that matter: who must not name whom.

A file names a room with `crate::room` or, from a file beside or below it, with `super::room`. Comments and docs may
name whatever they explain.
"""

import re
import sys
from pathlib import Path

SOURCES = Path(__file__).parent.parent / "openedx-events" / "src"

# Rooms, the files that may not name them, and the exceptions. The crate's root declares every room.
RULES = [
    (["bus", "cli", "evolution"], "", ["bus/", "cli/", "evolution/", "bin/", "lib.rs"]),
    (["bus::produce", "bus::consume"], "bus/backends/", []),
    (["testing"], "", ["testing/", "lib.rs"]),
    (["signal"], "receiver/", []),
    (["filters"], "signal/", []),
    (["bus", "cli"], "filters/", []),
]


def code(text):
    """The text without comments, and without the texts of messages."""
    return re.sub(r'//[^\n]*|"(?:\\.|[^"\\])*"', "", text)


def named(file):
    """The paths that a file names, from the crate's root on, each with its line."""
    room = ["crate", *file.relative_to(SOURCES).with_suffix("").parts]
    if file.name == "mod.rs":
        room.pop()
    text = code(file.read_text())
    for match in re.finditer(r"\b(crate|openedx_events|(?:super::)*super|self)::(\{?[\w:{},\s]*)", text):
        start, rest = match.groups()
        ups = start.count("super")
        base = ["crate"] if start in ("crate", "openedx_events") else room[: len(room) - ups]
        for path in expanded(rest):
            yield "::".join([*base, path])[len("crate::"):], text.count("\n", 0, match.start()) + 1


def expanded(rest):
    """`a::{b, c::d}` as `a::b` and `a::c::d`; of nested braces the outer ones alone."""
    before, brace, inside = rest.partition("{")
    return [before + each.strip() for each in inside.split("}")[0].split(",")] if brace else [rest]


def main():
    wrong = []
    for file in sorted(SOURCES.rglob("*.rs")):
        name = file.relative_to(SOURCES).as_posix()
        for path, line in named(file):
            for rooms, below, exceptions in RULES:
                if name.startswith(below) and not name.startswith(tuple(exceptions)):
                    wrong += [f"{name}:{line} names {room}" for room in rooms if f"{path}::".startswith(f"{room}::")]
    print("\n".join(wrong) or "every room knows only those that it may")
    return bool(wrong)


sys.exit(main())
