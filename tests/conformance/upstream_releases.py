#!/usr/bin/env python3
"""The Avro schemas that upstream's events had in earlier releases, where they differ from those of the last one.

Finds the releases of `openedx-events` on PyPI from FIRST up to LAST, installs each in a folder of its own, makes the
schema of every event that can have one, and writes to `openedx-events/src/avro/releases`, where the Rust crate
embeds it:

* `<subdomain>.json`: for each event type the schemas that differ from that of LAST, with the releases that had them
* `releases.json`: the releases looked at; the events of LAST that did not exist in some releases, or for which upstream
  could not make a schema, so that no bytes of them exist; the events that LAST no longer has

and, for the tests, `tests/conformance/older_bytes.json`: events as those releases write them.

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
from itertools import groupby
from pathlib import Path

PACKAGE = "openedx-events"
FIRST = "9.0.0"
LAST = "11.2.0"

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "openedx-events" / "src" / "avro" / "releases"
OLDER_BYTES = ROOT / "tests" / "conformance" / "older_bytes.json"
REQUIREMENTS = ROOT / "tests" / "interop" / "requirements.txt"
PEER = ROOT / "tests" / "interop" / "peer.py"

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
    differing, lacking = compared(releases, found)
    texts = {
        OUTPUT / f"{subdomain}.json": as_text({event: differing[event] for event in events})
        for subdomain, events in groupby(differing, key=lambda event: event.split(".")[2])
    }
    texts[OUTPUT / "releases.json"] = as_text(
        {"releases": releases, "without_schema": lacking, "removed": removed(releases, found)}
    )
    texts[OLDER_BYTES] = as_text(older_bytes(python, differing))
    return check(texts) if arguments.check else write(texts)


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
    wanted = sorted((each for each in final if numbers(FIRST) <= numbers(each) <= numbers(LAST)), key=numbers)
    if (wanted[0], wanted[-1]) != (FIRST, LAST):
        raise SystemExit(f"PyPI lacks {FIRST} or {LAST}")
    return wanted


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


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, **options)
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


def compared(releases, found):
    """For each event of the last release: the schemas that it had before, and where it had none."""
    differing, lacking = {}, {}
    for event_type, current in sorted(found[-1]["schemas"].items()):
        states = [state_in(each, event_type) for each in found]
        for start, end in ranges(states):
            between = {"first": releases[start], "last": releases[end]}
            if isinstance(states[start], str):
                lacking.setdefault(event_type, []).append(between | {"reason": states[start]})
            elif comparable(states[start]) != comparable(current):
                differing.setdefault(event_type, []).append(between | {"schema": states[start]})
    return differing, lacking


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


# Bytes of those releases


def older_bytes(python, differing):
    """Two events for each schema, as the last release that had it writes them: one of values, one of as little as may be.

    What is in the fields follows from their names, as a schema does not tell a key from other text.
    """
    events = {}
    for event_type, entries in differing.items():
        for entry in entries:
            records = [values(entry["schema"], full) for full in (True, False)]
            written = ask(python, entry["last"], [{"event_type": event_type, "record": record} for record in records])
            events.setdefault(event_type, []).extend(
                {"release": entry["last"], "record": record, "avro_hex": answer["avro_hex"]}
                for record, answer in zip(records, written)
            )
    return events


def ask(python, release, questions):
    """What the peer of tests/interop answers when it runs with this release."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    environment = os.environ | {"PYTHONPATH": str(work_folder() / release)}
    answered = run([python, PEER], input=lines, env=environment)
    versions, *answers = [json.loads(line) for line in answered.splitlines()]
    if versions[PACKAGE] != release or any("error" in answer for answer in answers):
        raise SystemExit(f"{release} answers {answered}")
    return answers


def values(schema, full, name=""):
    """JSON for a schema: with every optional value, or with none and everything falsy."""
    if isinstance(schema, list):
        return values(schema[1], full, name) if full else None
    if isinstance(schema, dict) and schema["type"] == "record":
        return {field["name"]: values(field["type"], full, field["name"]) for field in schema["fields"]}
    if isinstance(schema, dict) and schema["type"] == "array":
        return [values(schema["items"], full, name)] if full else []
    if isinstance(schema, dict) and schema["type"] == "map":
        return {"one": values(schema["values"], full, name)} if full else {}
    if schema == "string":
        return next((text for pattern, text in TEXTS.items() if re.search(pattern, name)), "a text" if full else "")
    return {"boolean": full, "long": 7 if full else 0}[schema]


# By what a field is called: what it holds.
TEXTS = {
    "uuid$|^invite_key$|^transaction_id$": "0a1b2c3d-4e5f-6789-abcd-ef0123456789",
    "^created$|^modified$|_at$": "2026-01-31T12:00:00.000001+00:00",
    "^course_(key|id)$": "course-v1:edX+DemoX+R1",
    "^usage_key$": "block-v1:edX+DemoX+R1+type@discussion+block@d1",
    "^library_key$": "lib:edX:L1",
    # No keys in those releases, but names within the library.
    "^collection_key$|^container_key$": "algebra",
}


# Writing


def as_text(value):
    """JSON in ASCII, a member a line. Event types are sorted before; the members of a schema keep upstream's order."""
    return json.dumps(value, indent=1) + "\n"


def write(texts):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for old in set(OUTPUT.glob("*.json")) - texts.keys():
        old.unlink()
        say(f"removed {old.relative_to(ROOT)}")
    for path, text in texts.items():
        path.write_text(text, encoding="ascii")
        say(f"wrote {path.relative_to(ROOT)}: {len(text):,} bytes")
    return 0


def check(texts):
    paths = {OLDER_BYTES, *OUTPUT.glob("*.json"), *texts}
    written = {path: path.read_text(encoding="ascii") for path in paths if path.is_file()}
    differing = sorted(path for path in paths if written.get(path) != texts.get(path))
    for path in differing:
        say(f"{path.relative_to(ROOT)} is not what the releases give")
    if not differing:
        say(f"{len(texts)} files are what the releases give")
    return 1 if differing else 0


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
