#!/usr/bin/env python3
"""The corpus of the fuzz targets: packed, as it is in the repository, or as cargo-fuzz wants it.

    corpus.py seed                write the recorded vectors and keys into work/<target>/, where cargo-fuzz finds them
    corpus.py unpack [FOLDER]     write corpus/<target>.hex into work/<target>/, a file for each line
    corpus.py pack                write work/<target>/ into corpus/<target>.hex, sorted, one input a line in hex
    corpus.py add TARGET HEX…     add inputs to corpus/<target>.hex, such as one that crashed
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


def write(target, data, into=WORK):
    folder = into / target
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
    seed_cloud_events()
    seed_writer_schemas()
    seed_bus()
    seed_filters()


def seed_filters():
    """Expressions, and texts that are nearly one."""
    path = "enrollment.mode"
    tests = ['enrollment.user.id == 7', f"{path} != 'audit'", f'{path} in ["audit", "verified"]', f"{path} contains 'ver'",
             "enrollment.is_active", "enrollment.user.id < 9e3", "enrollment.creation_date >= '2022-01-01T00:00:00Z'",
             "type contains 'enrollment'", "metadata.minorversion <= 0", "metadata.time > '2020-01-01T00:00:00+01:00'",
             "metadata.source == 'openedx/lms/web'", "data.enrollment.user.pii.name == null", f"{path} in []",
             "enrollment.course.course_key == 'course-v1:edX+DemoX+2026'"]
    wrong = ["", "(", "not", "a", "type ==", "type = 1", "type == 1", "'", '"\\', "1.e", "-1", "type in [,]", "type.a", "é", "\u2028",
             "metadata", "metadata.x == 1", "enrollment == 1", "enrollment.user.id == 99999999999999999999", "a." * 500 + "b == 1"]
    nested = ["(" * depth + "enrollment.is_active" + ")" * depth for depth in (1, 99, 101)] + ["not " * 99 + "enrollment.is_active"]
    chains = [f" {word} ".join(tests) for word in ("and", "or", "and not", "or (not")] + [" or ".join(tests * 20)]
    for text in tests + wrong + nested + chains:
        write("filter", text.encode())


def seed_cloud_events():
    """Whole events, and parts of events with many members."""
    event = json.loads(next((CONFORMANCE / "vectors").iterdir()).read_text())
    whole = {"specversion": "1.0", "type": event["event_type"], "source": "openedx/lms/web",
             "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f", "time": "2026-01-31T12:00:00Z", "minorversion": 0,
             "sourcehost": "host", "sourcelib": "11.2.0", "datacontenttype": "application/json",
             "data": event["cases"][0].get("record", {})}
    write("cloud_event", b"\x00" + json.dumps(whole).encode())
    for name in whole:
        write("cloud_event", b"\x00" + json.dumps({**whole, name: None}).encode())
        write("cloud_event", b"\x00" + json.dumps({**whole, name: "\u0000"}).encode())
    for kind, part in [(1, '"m0":1'), (1, '"subject":"x"'), (1, '"data_base64":"AA=="'), (1, '"redacted":true'), (1, '"M":{}'),
                       (2, "{}"), (2, "[]"), (2, "null"), (2, "[" * 200), (3, '"m0":1'), (3, '"course":{}'), (3, '"a":[[[]]]')]:
        for count in (0, 5, 0x1a, 0x2e):
            write("cloud_event", bytes([kind, count]) + part.encode())


def seed_writer_schemas():
    """Schemas as text, and changes to those of the catalog, with data."""
    for text in ["", "null", '"long"', '["null", "string"]', '{"type": "array", "items": "null"}', '{"type": "map", "values": "int"}',
                 '{"type": "fixed", "name": "f", "size": 0}', '{"type": "enum", "name": "e", "symbols": ["a", "b"], "default": "a"}',
                 '{"type": "record", "name": "r", "fields": [{"name": "a", "type": "r"}]}', "[" * 200,
                 '{"type": "record", "name": "CloudEvent", "namespace": "a.b", "fields": [{"name": "a", "type": {"type": "array", '
                 '"items": {"type": "array", "items": "null"}}, "default": []}]}']:
        for data in (b"", b"\0", b"\x80\x01\0", b"\x02\x02\0\0"):
            write("writer_schema", b"\x00\x00" + text.encode() + b"\x00" + data)
    for place in range(0, 70, 7):
        for change in range(0, 256, 9):
            for data in (b"\0" * 40, b"\x02" * 40):
                write("writer_schema", bytes([place, 1, change, change >> 3, change]) + data)
                write("writer_schema", bytes([place, 2, 0, 0x60, 0x74, 0, change >> 3, change]) + data)
    for event_type, cases in json.loads((CONFORMANCE / "older_bytes.json").read_text()).items():
        for case in cases:
            write("writer_schema", bytes([len(event_type), 1, 0, 0, 0x40]) + bytes.fromhex(case["avro_hex"]))


def seed_bus():
    """What a server replies, settings, and headers of dead letters, as they should be and nearly so."""
    stream = reply("length", 2, "first-entry", [b"1-0", [b"type", b"a"]], "last-generated-id", b"2-0", "entries-added", 2,
                   "max-deleted-entry-id", b"0-0", "entries-read", 1)
    group = reply(["name", b"group", "pending", 1, "last-delivered-id", b"1-0", "entries-read", 1, "lag", 1])
    consumers = reply(["name", b"one", "pending", 1, "idle", 7], ["name", b"two", "pending", 0, "idle", 9])
    entries = reply(*[[b"%d-0" % number, [b"type", b"org.example.a.b.c.v1", b"id", b"x", b"event_data", b"\0\xff"]]
                      for number in range(3)], [b"4-0", None])
    transaction = b"+OK\r\n+QUEUED\r\n+QUEUED\r\n" + reply(b"1-0", b"2-0")
    errors = [b"-%s something is wrong\r\n" % code for code in
              (b"NOGROUP", b"BUSYGROUP", b"NOPERM", b"WRONGTYPE", b"OOM", b"ERR", b"LOADING", b"READONLY", b"NOSCRIPT")]
    for operation, replies in [
        (0, stream + group + consumers), (0, stream + reply()), (0, group), (1, entries), (1, b"*-1\r\n"), (1, b"*0\r\n"),
        (1, b"*1\r\n*2\r\n$3\r\n1-0\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"), (2, b"$6\r\nschema\r\n"), (2, b"$-1\r\n"),
        (3, stream + b"+OK\r\n" + stream), (4, stream + b"+OK\r\n"), (5, b":1\r\n:1\r\n"), (6, transaction),
        (6, b"+OK\r\n" + errors[4] * 2 + b"-EXECABORT discarded\r\n"), (6, transaction[:-3]), (7, b":1\r\n" + entries),
        (7, stream + group + b"+OK\r\n:1\r\n" * 5 + reply([b"topic", [[b"1-0", [b"a", b"b"]]]]) + b":1\r\n" * 9),
        *[(operation, error * 3) for error in errors for operation in (1, 7)],
    ]:
        write("redis_replies", bytes([operation]) + replies)
    producer = {"org.openedx.learning.course.unenrollment.completed.v1":
                {"a": {"event_key_field": "enrollment.course.course_key", "enabled": True}}}
    values = {
        "EVENT_BUS_URL": ["memory:", "redis://user:password@host:6379/0", ""],
        "EVENT_BUS_TOPIC_PREFIX": ["prod", "two words"],
        "EVENT_BUS_REQUIRED": [True, "yes", 7],
        "EVENT_BUS_OVERFLOW": ["spill", "block", "other"],
        "EVENT_BUS_SPILL_PATH": ["spill"],
        "EVENT_BUS_KEEP_DONE": ["168h", "1", "99999999999999999999h"],
        "EVENT_BUS_REDIS_STREAM_MAX_LEN": [10000, "10000", -1, 1e300],
        "EVENT_BUS_PRODUCER_CONFIG": [producer, {"unknown": {}}, {"a": 1}, []],
        "EVENT_BUS_CONSUMER_CONFIG": [{"workers": 8, "retry": {"max_attempts": 2, "initial_backoff": "1s"},
                                       "stuck_after": "never", "ack_policy": "always",
                                       "receivers": {"a::b": {"timeout": "10s", "dedup": True}}}, {"workers": -1}],
        "EVENT_BUS_UNKNOWN": ["x"],
    }
    for name, each in values.items():
        for value in each:
            text = json.dumps(value)
            write("settings", b"\x01" + json.dumps({name: value}).encode())
            write("settings", b"\x02" + f"{name}={value if isinstance(value, str) else text}".encode())
            if not isinstance(value, dict):
                write("settings", b"\x00" + f"{name} = {text}".encode())
            layers = [b"\x01" + json.dumps({name: value}).encode(), b"\x02" + f"{name}={text}".encode()]
            write("settings", b"\xff" + b"\x0c".join(layers + layers[:1]))
    write("settings", b"\x01" + b'{"EVENT_BUS_PRODUCER_CONFIG":' + b"[" * 200)
    write("settings", b"\x00" + b"EVENT_BUS_PRODUCER_CONFIG = " + b"[" * 200)
    write("settings", b"\x00" + b"[EVENT_BUS_CONSUMER_CONFIG]\nworkers = 8\nretry = { max_attempts = 8 }\nreceivers.'a::b' = {}")
    # Names by their places in bus.rs.
    version, reason, error, attempts, receiver = 0, 1, 3, 4, 5
    for headers in [
        [(version, b"1"), (reason, b"crashed")],
        *[[(6, b"type"), (version, b"1"), (reason, text), (error, b"no such course"), (attempts, b"5"), (receiver, b"a::b")]
          for text in (b"undecodable", b"unknown_type", b"receiver_failed", b"crashed", b"unpublishable", b"bored", b"\xff")],
        *[[(version, b"1"), (reason, b"crashed"), (error, b""), (attempts, text)]
          for text in (b"0", b"4294967295", b"4294967296", b"-1", b"+1", b"", b"\xff")],
        [(version, b"1"), (attempts, b"1")], [(version, b"1"), (receiver, b"a")], [(version, b"1")], [(reason, b"crashed")],
        [(version, b"1"), (reason, b"crashed"), (version, b"1"), (reason, b"undecodable"), (error, b"x"), (error, b"y")],
        [(7, b"x" * 255)] * 9,
    ]:
        write("dead_letter", b"".join(bytes([name, len(value)]) + value for name, value in headers))


def reply(*values):
    """Values as a Redis server replies them: `reply(1, b"a")` is a list of two."""
    def one(value):
        match value:
            case None:
                return b"*-1\r\n"
            case int():
                return b":%d\r\n" % value
            case str():
                return one(value.encode())
            case bytes():
                return b"$%d\r\n%s\r\n" % (len(value), value)
            case _:
                return b"*%d\r\n" % len(value) + b"".join(map(one, value))
    return one(list(values))


def unpack(folder=WORK):
    for file in sorted(PACKED.glob("*.hex")):
        for line in file.read_text().splitlines():
            write(file.stem, bytes.fromhex(line), pathlib.Path(folder))


def pack():
    PACKED.mkdir(exist_ok=True)
    for folder in sorted(WORK.iterdir()):
        inputs = sorted(file.read_bytes().hex() for file in folder.iterdir())
        (PACKED / f"{folder.name}.hex").write_text("".join(f"{line}\n" for line in inputs))


def add(target, *inputs):
    file = PACKED / f"{target}.hex"
    lines = {*file.read_text().splitlines(), *inputs}
    file.write_text("".join(f"{line}\n" for line in sorted(lines)))


# With the fewest and the most arguments of each.
COMMANDS = {"seed": (seed, 0, 0), "unpack": (unpack, 0, 1), "pack": (pack, 0, 0), "add": (add, 2, 1000)}
command, least, most = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0, 0))
if command is None or not least <= len(sys.argv) - 2 <= most:
    sys.exit(__doc__)
command(*sys.argv[2:])
