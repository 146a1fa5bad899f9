#!/usr/bin/env python3
"""Makes events.jsonl and bad_events.jsonl: recorded cases of tests/conformance, and two events that have none.

Run it without arguments from anywhere; it takes no input but the recorded cases, so it always writes the same.
"""

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "conformance" / "vectors"
ENROLLED = "org.openedx.learning.course.enrollment.created.v1"


def cloud_event(case):
    """The case as a CloudEvent: upstream's metadata and data in one object."""
    metadata = json.loads(case["metadata_json"])
    return {
        "specversion": "1.0",
        "type": metadata["event_type"],
        "id": metadata["id"],
        "source": metadata["source"],
        "time": metadata["time"],
        "datacontenttype": "application/json",
        "minorversion": metadata["minorversion"],
        "sourcehost": metadata["sourcehost"],
        "sourcelib": ".".join(map(str, metadata["sourcelib"])),
        "data": case["record"],
    }


def without_wire_form():
    """The two events whose pictures upstream cannot write, so that there is nothing of them to record."""
    signatory = {
        "image": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
        "name": "Grace Hopper",
        "organization": "edX",
        "title": "Dean",
    }
    configuration = {
        "certificate_type": "verified",
        "course_key": "course-v1:edX+DemoX+2026",
        "title": "Verified Certificate",
        "signatories": [signatory],
        "is_active": True,
    }
    for number, action in enumerate(["changed", "deleted"], start=1):
        yield {
            "specversion": "1.0",
            "type": f"org.openedx.content_authoring.course.certificate_config.{action}.v1",
            "id": f"5f2c8f6e-0000-4000-8000-00000000000{number}",
            "source": "openedx/cms/web",
            "time": f"2026-01-31T12:00:0{number}+00:00",
            "datacontenttype": "application/json",
            "minorversion": 0,
            "sourcehost": "studio.example.org",
            "sourcelib": "11.2.0",
            "data": {"certificate_config": configuration},
        }


def typical_events():
    """One event of each type that has recorded cases: the typical one."""
    for path in sorted(VECTORS.glob("*.json")):
        cases = json.loads(path.read_text(encoding="ascii"))["cases"]
        yield cloud_event(next(case for case in cases if case["name"].endswith("typical")))


def line(event):
    return json.dumps(event, separators=(",", ":")).encode("ascii")


def changed(event, **members):
    """A copy with other members; one that is None is left out."""
    members = {**json.loads(line(event)), **members}
    return line({name: value for name, value in members.items() if value is not None})


def with_data(event, change):
    """A copy whose data `change` has altered."""
    copy = json.loads(line(event))
    change(copy["data"]["enrollment"])
    return line(copy)


def bad_lines(good):
    """Lines with one fault each. What is wrong with each stands in tests/cli/bad_events.rs, in the same order."""
    yield line(good)[:200]
    yield b"Traceback (most recent call last):"
    yield b"[" + line(good) + b"]"
    yield line(good)[:-2] + b"\xff" + line(good)[-2:]
    yield changed(good, specversion="0.3")
    yield changed(good, type=None)
    yield changed(good, type=None, event_type=ENROLLED)
    yield changed(good, type="org.openedx.learning.course.enrolment.created.v1")
    yield changed(good, id="7")
    yield changed(good, source="")
    yield changed(good, time="2026-01-31 12:00:00")
    yield changed(good, datacontenttype="application/xml")
    yield changed(good, minorversion=-1)
    yield changed(good, sourcelib="11.2.0rc1")
    yield changed(good, tags=["a", "b"])
    yield changed(good, data=None)
    yield changed(good, data=None, data_base64="e30=")
    yield changed(good, redacted=True)
    yield line(good)[:-1] + b',"id":"7dc03a4a-bfc3-1cae-a841-1cb5cecc8fd3"}'
    yield with_data(good, lambda enrollment: enrollment.pop("mode"))
    yield with_data(good, lambda enrollment: enrollment.update(mod="audit"))
    yield with_data(good, lambda enrollment: enrollment["user"].update(id="100"))
    yield with_data(good, lambda enrollment: enrollment["course"].update(course_key="course-v1:edX"))
    yield with_data(good, lambda enrollment: enrollment.update(creation_date="yesterday"))
    yield with_data(good, lambda enrollment: enrollment["user"]["pii"].update(email=["ada@example.org"]))
    yield with_data(good, lambda enrollment: enrollment.update(user="ada@example.org"))


def main():
    events = sorted([*typical_events(), *without_wire_form()], key=lambda event: event["type"])
    (HERE / "events.jsonl").write_bytes(b"".join(line(event) + b"\n" for event in events))

    good = next(event for event in events if event["type"] == ENROLLED)
    mixed = [line(good)]
    for number, bad in enumerate(bad_lines(good)):
        mixed.append(bad)
        # Good ones and blank ones between, as the others have to go on.
        if number % 5 == 4:
            mixed += [b"", line(good) + b"\r"]
    # The last one has no line break.
    (HERE / "bad_events.jsonl").write_bytes(b"\n".join(mixed))


if __name__ == "__main__":
    main()
