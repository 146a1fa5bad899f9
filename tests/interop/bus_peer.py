"""Upstream's Redis bus as a peer: reads JSON lines, answers in lines. Run as

    bus_peer.py SETTINGS

with Django's settings in JSON.

    {"produce": TOPIC, "events": [{"record", "metadata"}, ...]}
                                -> {"produced"}: what the real producer was given, each with metadata of its own
    {"construct": {...}}        -> {"constructed"}: a real consumer with these arguments is made, and nothing is read
    {"consume": {...}, "raise"} -> {"consuming"}, and then {"received": {"event_type", "record", "metadata",
                                   "from_event_bus"}} for each call of a receiver, which then raises if it is to. It does
                                   not come back to further requests, as the consumer never ends but by an error.
    {"consume_events": {...}}   -> {"returned"}: the management command with these options has ended without an error
    anything that fails         -> {"error"}

The first line, before any request, has the versions. {"log"} comes in between, for each line that is logged as an error.

Floats that JSON has no number for are as in peer.py. A field of a received event that has its default is {"$default": value}:
upstream's reader puts defaults in the place of falsy values, so that either may have been sent.
"""

import datetime
import json
import logging
import math
import sys
import uuid
from importlib.metadata import version
from pathlib import Path

import attr
import django
from django.conf import settings

# Python leaves the folder of the script out of its path, as it runs isolated. Nothing may be written there.
sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True


def main():
    settings.configure(
        INSTALLED_APPS=["openedx_events", "edx_event_bus_redis"],
        EVENT_BUS_CONSUMER="edx_event_bus_redis.RedisEventConsumer",
        EVENT_BUS_PRODUCER="edx_event_bus_redis.create_producer",
        **json.loads(sys.argv[1]),
    )
    django.setup()
    # Not shown, as they are no errors.
    logging.captureWarnings(True)
    logging.getLogger().addHandler(ErrorLines(logging.ERROR))
    packages = ["openedx-events", "edx-event-bus-redis", "fastavro", "redis", "walrus"]
    answer({name: version(name) for name in packages})
    for line in sys.stdin.buffer:
        try:
            answer(answer_to(json.loads(line)))
        except Exception as error:  # whatever the package raises is its answer
            answer({"error": f"{type(error).__name__}: {error}"})


class ErrorLines(logging.Handler):
    def emit(self, record):
        answer({"log": record.getMessage()})


def answer(message):
    print(json.dumps(message, allow_nan=False), flush=True)


def answer_to(request):
    # The package reads its settings when it is imported.
    from edx_event_bus_redis import RedisEventConsumer

    if "produce" in request:
        for event in request["events"]:
            produce(request["produce"], event)
        return {"produced": len(request["events"])}
    if "construct" in request:
        RedisEventConsumer(**request["construct"])
        return {"constructed": True}
    if "consume" in request:
        listen(bool(request.get("raise")))
        consumer = RedisEventConsumer(**request["consume"])
        answer({"consuming": True})
        consumer.consume_indefinitely()
        return {"ended": True}
    if "consume_events" in request:
        from django.core.management import call_command

        call_command("consume_events", **request["consume_events"])
        return {"returned": True}
    raise ValueError(f"unknown request {sorted(request)}")


def produce(topic, event):
    from openedx_events.event_bus import get_producer
    from openedx_events.tooling import OpenEdxPublicSignal
    from peer import event_data

    metadata = metadata_of(event["metadata"])
    signal = OpenEdxPublicSignal.get_signal_by_type(metadata.event_type)
    get_producer().send(
        signal=signal,
        topic=topic,
        # Upstream asks for one and does not use it on Redis.
        event_key_field=next(iter(signal.init_data)),
        event_data=event_data(signal, event["record"]),
        event_metadata=metadata,
    )


def metadata_of(members):
    """Metadata from JSON. `EventsMetadata.from_json` leaves the minor version out."""
    from openedx_events.data import EventsMetadata

    converted = {
        "id": uuid.UUID(members["id"]),
        "time": datetime.datetime.fromisoformat(members["time"]),
        "sourcelib": tuple(members["sourcelib"]),
    }
    return EventsMetadata(**{**members, **converted})


def listen(is_to_raise):
    from openedx_events.tooling import OpenEdxPublicSignal

    def received(signal, metadata, from_event_bus, **kwargs):
        data = {key: json_of(kwargs[key]) for key in signal.init_data}
        answer({
            "received": {
                "event_type": signal.event_type,
                "record": data,
                "metadata": metadata.to_json_data(),
                "from_event_bus": from_event_bus,
            }
        })
        if is_to_raise:
            raise RuntimeError("the receiver was asked to fail")

    for signal in OpenEdxPublicSignal.all_events():
        signal.connect(received, weak=False)


def json_of(value):
    """An object that a receiver was given, as JSON."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, (list, tuple)):
        return [json_of(each) for each in value]
    if isinstance(value, dict):
        return {key: json_of(each) for key, each in value.items()}
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if hasattr(type(value), "__attrs_attrs__"):
        return {field.name: field_of(field, getattr(value, field.name)) for field in type(value).__attrs_attrs__}
    # Keys and UUIDs.
    return str(value)


def field_of(field, value):
    if field.default is attr.NOTHING:
        return json_of(value)
    default = field.default.factory() if isinstance(field.default, attr.Factory) else field.default
    if value is not default and value != default:
        return json_of(value)
    # One of the defaults is the class `dict` itself, by mistake.
    return {"$default": None if isinstance(value, type) else json_of(value)}


if __name__ == "__main__":
    main()
