"""Upstream's package as a peer: reads JSON lines, answers each with a line.

    {"event_type", "record"}    -> {"avro_hex"}: what the package writes for an event of these values
    {"event_type", "avro_hex"}  -> {"record", "event_error"}: what Avro reads by the package's schema; and null, or why
                                   the package makes no event of the bytes
    anything that fails         -> {"error"}

The first line, before any request, has the versions.

A float that JSON has no number for is {"$float": "nan"}, "inf" or "-inf".

Reading goes by fastavro and not by the package's own reader, which replaces a falsy value of a field that has a default.
"""

import io
import json
import math
import sys
from functools import cache
from importlib.metadata import version
from typing import get_args, get_origin

import fastavro
from openedx_events.event_bus.avro.deserializer import DEFAULT_DESERIALIZERS, deserialize_bytes_to_event_data
from openedx_events.event_bus.avro.serializer import AvroSignalSerializer, serialize_event_data_to_bytes
from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals


def main():
    load_all_signals()
    answer({name: version(name) for name in ["openedx-events", "fastavro"]})
    # Bytes, and not text, so that only a line feed ends a line.
    for line in sys.stdin.buffer:
        try:
            answer(answer_to(json.loads(line)))
        except Exception as error:  # whatever the package raises is its answer
            answer({"error": f"{type(error).__name__}: {error}"})


def answer(message):
    print(json.dumps(message, allow_nan=False), flush=True)


def answer_to(request):
    signal = OpenEdxPublicSignal.get_signal_by_type(request["event_type"])
    if "record" in request:
        return {"avro_hex": serialize_event_data_to_bytes(event_data(signal, request["record"]), signal).hex()}
    encoded = bytes.fromhex(request["avro_hex"])
    stream = io.BytesIO(encoded)
    record = fastavro.schemaless_reader(stream, schema(signal))
    if unread := stream.read():
        raise ValueError(f"{len(unread)} bytes are left over")
    return {"record": json_of(record), "event_error": event_error(signal, encoded)}


@cache
def schema(signal):
    return fastavro.parse_schema(AvroSignalSerializer(signal).schema)


def event_error(signal, encoded):
    try:
        deserialize_bytes_to_event_data(encoded, signal)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def event_data(signal, record):
    """What `send_event` would be given: objects of the data classes, by the keys of the event."""
    return {key: value_of(data_type, record[key]) for key, data_type in signal.init_data.items()}


def value_of(data_type, value):
    """An object of this type from JSON. Every field is passed, so that no default takes the place of a value."""
    if value is None:
        return None
    if data_type in DEFAULT_DESERIALIZERS:
        return DEFAULT_DESERIALIZERS[data_type](value)
    if hasattr(data_type, "__attrs_attrs__"):
        fields = {field.name: field for field in data_type.__attrs_attrs__}
        if unknown := value.keys() - fields.keys():
            raise ValueError(f"{data_type.__name__} has no field {', '.join(sorted(unknown))}")
        return data_type(**{fields[name].alias: value_of(fields[name].type, each) for name, each in value.items()})
    if data_type is float and isinstance(value, dict):
        return float(value["$float"])
    if get_origin(data_type) is list:
        (item,) = get_args(data_type)
        return [value_of(item, each) for each in value]
    if get_origin(data_type) is dict:
        _, item = get_args(data_type)
        return {key: value_of(item, each) for key, each in value.items()}
    return value


def json_of(value):
    """A record with words for what JSON has no number for."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": str(value)}
    if isinstance(value, list):
        return [json_of(each) for each in value]
    if isinstance(value, dict):
        return {key: json_of(each) for key, each in value.items()}
    return value


if __name__ == "__main__":
    main()
