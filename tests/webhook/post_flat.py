"""Posts events of upstream as flat forms, and answers with the same events as CloudEvents.

A form has the fields of nested dicts with their names joined by an underscore, as `requests` writes them.
"""

import importlib.metadata
import json
import sys
from datetime import datetime, timezone
from uuid import UUID

import attr
import django
import requests
from django.conf import settings

settings.configure()
django.setup()

from opaque_keys.edx.keys import CourseKey  # noqa: E402
from openedx_events.data import EventsMetadata  # noqa: E402
from openedx_events.learning.data import (  # noqa: E402
    CourseData,
    CourseEnrollmentData,
    PersistentCourseGradeData,
    UserData,
    UserPersonalData,
)

url = json.load(sys.stdin)["url"]
time = datetime(2026, 1, 31, 9, 30, 5, 120000, tzinfo=timezone.utc)
whole = datetime(2026, 2, 1, tzinfo=timezone.utc)
personal = UserPersonalData(username="ada", email="ada+1@example.com", name='Ada  Lovelace & ü "100%"')
user = UserData(pii=personal, id=42, is_active=False)
key = CourseKey.from_string("course-v1:edX+DemoX+2026")
course = CourseData(course_key=key, display_name="Größe *~'()", start=whole)
events = [
    ("org.openedx.learning.student.registration.completed.v1", {"user": user}),
    (
        "org.openedx.learning.course.enrollment.created.v1",
        {
            "enrollment": CourseEnrollmentData(
                user=user, course=course, mode="", is_active=True, creation_date=time, created_by=None
            )
        },
    ),
    (
        "org.openedx.learning.course.persistent_grade_summary.changed.v1",
        {
            "grade": PersistentCourseGradeData(
                user_id=-1,
                course=course,
                course_edited_timestamp=time,
                course_version="",
                grading_policy_hash="",
                percent_grade=0.00001,
                letter_grade="A",
                passed_timestamp=whole,
            )
        },
    ),
]


def as_text(_instance, _field, value):
    return str(value) if isinstance(value, CourseKey) else value


def fields(values, prefix=""):
    for name, value in values.items():
        if isinstance(value, dict):
            yield from fields(value, f"{prefix}{name}_")
        else:
            yield prefix + name, value


def as_json(value):
    return value.isoformat() if isinstance(value, datetime) else str(value)


answers = []
for number, (event_type, data) in enumerate(events):
    metadata = EventsMetadata(
        event_type=event_type,
        id=UUID(f"02672f60-1b03-11ec-953b-0242ac1200{number:02}"),
        source="openedx/lms/web",
        sourcehost="lms.example.com",
        time=time,
        sourcelib=(11, 2, 0),
    )
    payload = {name: attr.asdict(value, value_serializer=as_text) for name, value in data.items()}
    requests.post(url, dict(fields({**payload, "event_metadata": attr.asdict(metadata)})), timeout=60)
    event = {
        "specversion": "1.0",
        "type": event_type,
        "id": str(metadata.id),
        "source": metadata.source,
        "time": metadata.time.isoformat(),
        "minorversion": metadata.minorversion,
        "sourcehost": metadata.sourcehost,
        "sourcelib": "11.2.0",
        "data": payload,
    }
    answers.append(json.dumps(event, default=as_json))
json.dump({"package": "requests", "version": importlib.metadata.version("requests"), "answer": answers}, sys.stdout)
