#!/usr/bin/env python3
"""The Avro schemas that upstream's events had in earlier releases, where they differ from those of the last one.

Finds the releases of `openedx-events` on PyPI from FIRST up to LAST, installs each in a folder of its own, makes the
schema of every event that can have one, and writes to `openedx-events/src/avro/releases`, where the Rust crate
embeds it:

* `<subdomain>.json`: for each event type the schemas that differ from that of LAST, with the releases that had them
* `releases.json`: the releases looked at; the events of LAST that did not exist in some releases, or for which upstream
  could not make a schema, so that no bytes of them exist; the events that LAST no longer has

    upstream_releases.py            write the files
    upstream_releases.py --check    compare the files with what would be written; exits 1 if they differ

Needs Python 3.11 or newer with venv, and PyPI. The releases' dependencies are installed once and shared, at the
versions that the tests against a live Python use (tests/interop/requirements.txt): what schemas look like is decided
by `openedx-events` alone. Everything is kept below the target directory, so that a second run takes seconds.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PACKAGE = "openedx-events"
FIRST = "9.0.0"
LAST = "11.2.0"

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "openedx-events" / "src" / "avro" / "releases"
REQUIREMENTS = ROOT / "tests" / "interop" / "requirements.txt"

# Why an event of the last release has no schema in an earlier one.
ABSENT = "absent"
NO_SCHEMA = "no schema"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--schemas-in", metavar="FOLDER", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.schemas_in:
        json.dump(schemas_in(arguments.schemas_in), sys.stdout)
        return 0

    python = shared_environment()
    releases = releases_on_pypi(python)
    say(f"{len(releases)} releases: {', '.join(releases)}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda release: schemas_of(python, release), releases))
    return check(files(releases, found)) if arguments.check else write(files(releases, found))


# Installing


def work_folder():
    """Where downloads and environments are kept between runs."""
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "upstream-releases"


def shared_environment():
    """A virtual environment with what the releases need beside themselves; the path of its Python."""
    requirements = [
        line for line in REQUIREMENTS.read_text().splitlines()
        if line and not line.startswith("#") and not line.startswith(PACKAGE + "==")
    ]
    folder = work_folder() / "venv"
    python = folder / "bin" / "python"
    # Written last, so that an environment that was left half made is made again.
    done = folder / "installed.json"
    wanted = json.dumps([sys.version, requirements])
    if not done.is_file() or done.read_text() != wanted:
        say(f"installing the dependencies in {folder}")
        venv.create(folder, clear=True, with_pip=True)
        run(pip(python, "install", "--quiet", "--ignore-requires-python", *requirements))
        done.write_text(wanted)
    return python


def releases_on_pypi(python):
    """The releases from FIRST to LAST, oldest first; without pre-releases, which `sourcelib` cannot name."""
    listing = run(pip(python, "index", "versions", "--pre", "--ignore-requires-python", PACKAGE))
    line = next(line for line in listing.splitlines() if line.startswith("Available versions: "))
    listed = line.removeprefix("Available versions: ").split(", ")
    final = [release for release in listed if re.fullmatch(r"\d+\.\d+\.\d+", release)]
    for release in sorted(set(listed) - set(final)):
        if numbers(FIRST)[0] <= numbers(release)[0]:
            say(f"{release} is a pre-release: left out")
    return sorted((release for release in final if numbers(FIRST) <= numbers(release) <= numbers(LAST)), key=numbers)


def schemas_of(python, release):
    """Installs a release and makes its schemas."""
    folder = work_folder() / release
    if not folder.is_dir():
        unfinished = folder.with_name(release + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        run(pip(python, "install", "--quiet", "--ignore-requires-python", "--no-deps",
                "--target", unfinished, f"{PACKAGE}=={release}"))
        unfinished.rename(folder)
    found = json.loads(run([python, __file__, "--schemas-in", folder]))
    if found["version"] != release:
        raise SystemExit(f"{folder} holds {found['version']} instead of {release}")
    say(f"{release}: {len(found['schemas'])} events with a schema, {len(found['errors'])} without")
    return found


def pip(python, *arguments):
    return [python, "-m", "pip", "--disable-pip-version-check", *arguments]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"failed with status {done.returncode}: {' '.join(map(str, command))}")
    return done.stdout


def schemas_in(folder):
    """Schemas of the release that is installed in this folder, by event type; runs in a process of its own."""
    sys.path.insert(0, str(folder))
    import openedx_events
    from openedx_events.event_bus.avro.serializer import AvroSignalSerializer
    from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals

    load_all_signals()
    schemas, errors = {}, {}
    for signal in OpenEdxPublicSignal.all_events():
        try:
            schemas[signal.event_type] = AvroSignalSerializer(signal).schema
        except Exception as error:  # upstream raises bare `Exception` for types without a schema
            errors[signal.event_type] = f"{type(error).__name__}: {error}"
    return {"version": openedx_events.__version__, "schemas": schemas, "errors": errors}


# Comparing


def files(releases, found):
    """The files' texts by their names."""
    by_subdomain, without = {}, {}
    for event_type, current in sorted(found[-1]["schemas"].items()):
        states = [state_in(each, event_type) for each in found]
        same_now = comparable(current)
        written = [
            {"first": releases[start], "last": releases[end], "schema": states[start]}
            for start, end in ranges(states)
            if not isinstance(states[start], str) and comparable(states[start]) != same_now
        ]
        if written:
            by_subdomain.setdefault(event_type.split(".")[2], {})[event_type] = written
        lacking = [
            {"first": releases[start], "last": releases[end], "reason": states[start]}
            for start, end in ranges(states) if isinstance(states[start], str)
        ]
        if lacking:
            without[event_type] = lacking
    texts = {f"{subdomain}.json": as_text(events) for subdomain, events in by_subdomain.items()}
    texts["releases.json"] = as_text(
        {"releases": releases, "without_schema": without, "removed": removed(releases, found)}
    )
    return texts


def removed(releases, found):
    """The events that the last release no longer has, with the releases that had them."""
    types = set().union(*(types_of(each) for each in found)) - types_of(found[-1])
    having = {
        event_type: [release for release, each in zip(releases, found) if event_type in types_of(each)]
        for event_type in sorted(types)
    }
    return {event_type: {"first": each[0], "last": each[-1]} for event_type, each in having.items()}


def types_of(found):
    return found["schemas"].keys() | found["errors"].keys()


def state_in(found, event_type):
    """An event's schema in a release, or why it has none."""
    if event_type in found["schemas"]:
        return found["schemas"][event_type]
    return NO_SCHEMA if event_type in found["errors"] else ABSENT


def ranges(states):
    """First and last index of each run of states that are the same for a reader."""
    start = 0
    for end in range(1, len(states) + 1):
        if end == len(states) or comparable(states[end]) != comparable(states[start]):
            yield start, end - 1
            start = end


def comparable(schema):
    """The schema without its `doc`: names, types, order and defaults are what matters for reading bytes."""
    if isinstance(schema, dict):
        return {key: comparable(value) for key, value in schema.items() if key != "doc"}
    if isinstance(schema, list):
        return [comparable(each) for each in schema]
    return schema


def numbers(release):
    """The numbers of a release, for comparing."""
    return tuple(int(number) for number in re.findall(r"\d+", release)[:3])


# Writing


def as_text(value):
    """JSON in ASCII, a member a line. Event types are sorted before; the members of a schema keep upstream's order."""
    return json.dumps(value, indent=1) + "\n"


def write(texts):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for old in OUTPUT.glob("*.json"):
        if old.name not in texts:
            old.unlink()
            say(f"removed {old.relative_to(ROOT)}")
    for name, text in sorted(texts.items()):
        (OUTPUT / name).write_text(text, encoding="ascii")
        say(f"wrote {(OUTPUT / name).relative_to(ROOT)}: {len(text):,} bytes")
    return 0


def check(texts):
    written = {path.name: path.read_text(encoding="ascii") for path in OUTPUT.glob("*.json")}
    differing = sorted(name for name in written.keys() | texts.keys() if written.get(name) != texts.get(name))
    for name in differing:
        say(f"{(OUTPUT / name).relative_to(ROOT)} is not what the releases give")
    if not differing:
        say(f"{len(texts)} files are what the releases give")
    return 1 if differing else 0


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
