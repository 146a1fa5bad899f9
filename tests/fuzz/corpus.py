#!/usr/bin/env python3
"""The corpus of the fuzz targets: packed, as it is in the repository, or as cargo-fuzz wants it.

    corpus.py seed     write the recorded vectors and keys into work/<target>/, where cargo-fuzz finds them
    corpus.py unpack   write corpus/<target>.hex into work/<target>/, a file for each line
    corpus.py pack     write work/<target>/ into corpus/<target>.hex, sorted, one input a line in hex
"""

import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
PACKED, WORK = HERE / "corpus", HERE / "work"
CONFORMANCE = HERE.parent / "conformance"

# The targets of the key types of keys.json.
KEYS = {
    "CourseKey": "course_key",
    "UsageKey": "usage_key",
    "CCXLocator": "ccx_locator",
    "LibraryLocatorV2": "library_locator_v2",
    "LibraryUsageLocatorV2": "library_usage_locator_v2",
    "LibraryCollectionLocator": "library_collection_locator",
    "LibraryContainerLocator": "library_container_locator",
}


def write(target, data):
    folder = WORK / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def seed():
    types = sorted(signal["event_type"] for signal in json.loads((CONFORMANCE / "catalog.json").read_text())["signals"])
    place = {event_type: bytes([index]) for index, event_type in enumerate(types)}
    for file in sorted((CONFORMANCE / "vectors").iterdir()):
        vectors = json.loads(file.read_text())
        for case in vectors["cases"]:
            data = bytes.fromhex(case["avro_hex"])
            if len(data) < 4000:
                write("decode", place[vectors["event_type"]] + data)
    for event_type, cases in json.loads((CONFORMANCE / "bad_bytes.json").read_text()).items():
        for case in cases:
            data = bytes.fromhex(case["avro_hex"])
            if len(data) < 4000:
                write("decode", place[event_type] + data)
    for event_type, cases in json.loads((CONFORMANCE / "older_bytes.json").read_text()).items():
        for case in cases:
            major, minor, patch = map(int, case["release"].split("."))
            release = bytes([(major - 9) << 6 | patch << 5 | minor])
            write("older_release", place[event_type] + release + bytes.fromhex(case["avro_hex"]))
    for key_type, lists in json.loads((CONFORMANCE / "keys.json").read_text()).items():
        for case in lists["valid"] + lists["invalid"]:
            text = case["input"].encode("utf-8", "surrogatepass")
            if len(text) < 1000:
                write(KEYS[key_type], text)


def unpack():
    for file in sorted(PACKED.glob("*.hex")):
        for line in file.read_text().splitlines():
            write(file.stem, bytes.fromhex(line))


def pack():
    PACKED.mkdir(exist_ok=True)
    for folder in sorted(WORK.iterdir()):
        inputs = sorted(file.read_bytes().hex() for file in folder.iterdir())
        (PACKED / f"{folder.name}.hex").write_text("".join(f"{line}\n" for line in inputs))


COMMANDS = {"seed": seed, "unpack": unpack, "pack": pack}
if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
    sys.exit(__doc__)
COMMANDS[sys.argv[1]]()
