"""What upstream's event-bus-redis needs for an event, in nanoseconds: python.py REDIS_URL"""

import json
import sys
import time
from datetime import datetime, timezone

import django
from django.conf import settings

settings.configure(
    USE_TZ=True,
    DATABASES={},
    EVENT_BUS_REDIS_CONNECTION_URL=sys.argv[1],
    EVENT_BUS_REDIS_STREAM_MAX_LEN=100_000,
    LOGGING_CONFIG=None,
)
django.setup()

from edx_event_bus_redis import RedisEventConsumer, create_producer
from opaque_keys.edx.keys import CourseKey
from openedx_events.data import EventsMetadata
from openedx_events.learning.data import CourseData, CourseEnrollmentData, UserData, UserPersonalData
from openedx_events.learning.signals import COURSE_ENROLLMENT_CREATED

EVENTS = 2_000
ROUNDS = 5
TOPIC = "bench-python"


def user(number, username, name):
    pii = UserPersonalData(username=username, email=f"{username}@example.com", name=name)
    return UserData(id=number, is_active=True, pii=pii)


ENROLLMENT = CourseEnrollmentData(
    user=user(42, "ada", "Ada Lovelace"),
    course=CourseData(
        course_key=CourseKey.from_string("course-v1:edX+DemoX+Course_0000"),
        display_name="Demonstration Course",
        start=datetime(2026, 1, 1, tzinfo=timezone.utc),
        end=datetime(2026, 12, 31, 23, 59, 59, tzinfo=timezone.utc),
    ),
    mode="verified",
    is_active=True,
    creation_date=datetime(2026, 11, 20, 12, 34, 56, 789012, tzinfo=timezone.utc),
    created_by=user(7, "staff", "Grace Hopper"),
)

producer = create_producer()
# Its backlog is what was there before, which it reads in the same way as what is new.
consumer = RedisEventConsumer(TOPIC, "bench", "python", check_backlog=True)
received = 0
started = 0
samples = {"produce": [], "consume": []}


def receive(**_):
    global received
    received += 1
    if received == EVENTS:
        # It looks at this after each event.
        consumer._shut_down()


COURSE_ENROLLMENT_CREATED.connect(receive)

for _ in range(ROUNDS):
    started = time.perf_counter_ns()
    for _ in range(EVENTS):
        producer.send(
            signal=COURSE_ENROLLMENT_CREATED,
            topic=TOPIC,
            event_key_field="enrollment.course.course_key",
            event_data={"enrollment": ENROLLMENT},
            event_metadata=EventsMetadata(event_type=COURSE_ENROLLMENT_CREATED.event_type, minorversion=0),
        )
    samples["produce"].append((time.perf_counter_ns() - started) / EVENTS)

    received = 0
    consumer._shut_down_loop = False
    started = time.perf_counter_ns()
    consumer.consume_indefinitely()
    samples["consume"].append((time.perf_counter_ns() - started) / EVENTS)
    assert received == EVENTS, received

print(json.dumps(samples))
