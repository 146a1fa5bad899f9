# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests a Python service against the vectors in a folder: events as they are on the event bus, and the same as JSON.

    python check_vectors.py [--import MODULE]... [FOLDER]

Without FOLDER it is that of this script. The signals are those of openedx_events, and those that are declared by the modules
and, if DJANGO_SETTINGS_MODULE is set, by Django's apps. For each vector that has a signal here

- the schema of the signal is that of the vector;
- the bytes are read as what the JSON says;
- what the JSON says is written as the same bytes.

The last line is "N vectors passed, M failed, K skipped (no such signal here)". The exit code is 1 if a vector failed, or none had
a signal. A test can call `check(folder)` instead.

openedx_events reads the default of a field in place of an empty or zero value. This is no failure, and the script names the fields.
It cannot write bytes, so that an event with a field of bytes is only read.
"""

import argparse
import base64
import importlib
import json
import os
import sys
from pathlib import Path
from typing import get_args, get_origin

import attr
from openedx_events.event_bus.avro.deserializer import DEFAULT_DESERIALIZERS, deserialize_bytes_to_event_data
from openedx_events.event_bus.avro.serializer import AvroSignalSerializer, serialize_event_data_to_bytes
from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Tests a Python service against vectors of events.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--import", dest="modules", action="append", default=[], metavar="MODULE", help="declares signals")
    options = parser.parse_args(arguments)
    sys.path.insert(0, os.getcwd())
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        importlib.import_module("django").setup()
    load_all_signals()
    for module in options.modules:
        importlib.import_module(module)
    passed, failed, skipped, notes = check(options.folder)
    for note, places in notes.items():
        print(f"note: {note}:", *sorted(places), sep="\n  ")
    for failure in failed:
        print(f"failed: {failure}")
    print(f"{passed} vectors passed, {len(failed)} failed, {len(skipped)} skipped (no such signal here)")
    if not passed and not failed:
        print("nothing was tested: name the modules that declare signals with --import")
    return 0 if passed and not failed else 1


def check(folder):
    """The number of vectors that passed, what failed, the vectors without a signal, and notes, each with what it is about."""
    passed, failed, skipped, notes = 0, [], [], {}
    for event_type, entry in json.loads((folder / "vectors.json").read_text("utf-8"))["events"].items():
        try:
            signal = OpenEdxPublicSignal.get_signal_by_type(event_type)
        except KeyError:
            skipped += [f"{event_type}/{case}" for case in entry["cases"]]
            continue
        for case in entry["cases"]:
            try:
                problems = list(differences(signal, folder / event_type, case, notes))
            except Exception as error:  # whatever the package raises is a failure of the vector
                problems = [f"{type(error).__name__}: {error}"]
            failed += [f"{event_type}/{case}: {problems[0]}"] if problems else []
            passed += not problems
    return passed, failed, skipped, {note: places for note, places in notes.items() if places}


def differences(signal, folder, case, notes):
    schema = AvroSignalSerializer(signal).schema
    yield from compare(json.loads((folder / "schema.avsc").read_text("utf-8")), schema, "the schema", set())
    record = json.loads((folder / f"{case}.json").read_text("utf-8"))
    encoded = (folder / f"{case}.avro").read_bytes()
    event = {name: value_of(data_type, record[name]) for name, data_type in signal.init_data.items()}

    replaced = notes.setdefault("a default is read in place of an empty or zero value", set())
    yield from compare(event, deserialize_bytes_to_event_data(encoded, signal), signal.event_type, replaced)

    if has_bytes(schema):
        notes.setdefault("only read, as openedx_events cannot write bytes", set()).add(signal.event_type)
    elif (written := serialize_event_data_to_bytes(event, signal)) != encoded:
        yield f"written as {written.hex()} instead of {encoded.hex()}"


def value_of(data_type, value):
    """An object of this type from JSON. Every field is passed, so that no default takes the place of a value."""
    if value is None:
        return None
    if data_type in DEFAULT_DESERIALIZERS:
        return DEFAULT_DESERIALIZERS[data_type](value)
    if data_type is bytes:
        return base64.b64decode(value)
    if attr.has(data_type):
        return data_type(**{each.alias: value_of(each.type, value[each.name]) for each in attr.fields(data_type)})
    if get_origin(data_type) is list:
        return [value_of(get_args(data_type)[0], each) for each in value]
    if get_origin(data_type) is dict:
        return {name: value_of(get_args(data_type)[1], each) for name, each in value.items()}
    return value


def compare(expected, found, path, replaced):
    """How a value differs. Adds to `replaced` what is falsy and was read as the default of its field."""
    if type(expected) is not type(found):
        yield f"{path}: {found!r} instead of {expected!r}"
    elif attr.has(type(expected)):
        for field in attr.fields(type(expected)):
            value, read, place = getattr(expected, field.name), getattr(found, field.name), f"{path}.{field.name}"
            if not value and value != read and field.default is not attr.NOTHING and read == default_of(field):
                replaced.add(place)
            else:
                yield from compare(value, read, place, replaced)
    elif isinstance(expected, list) and len(expected) == len(found):
        for place, (value, read) in enumerate(zip(expected, found)):
            yield from compare(value, read, f"{path}[{place}]", replaced)
    elif isinstance(expected, dict) and expected.keys() == found.keys():
        for name, value in expected.items():
            yield from compare(value, found[name], f"{path}.{name}", replaced)
    elif expected != found:
        yield f"{path}: {found!r} instead of {expected!r}"


def default_of(field):
    return field.default.factory() if isinstance(field.default, attr.Factory) else field.default


def has_bytes(schema):
    if isinstance(schema, dict):
        return any(has_bytes(schema.get(name)) for name in ("type", "items", "values", "fields"))
    return any(map(has_bytes, schema)) if isinstance(schema, list) else schema == "bytes"


if __name__ == "__main__":
    sys.exit(main())
