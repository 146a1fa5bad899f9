"""Prints what a run of openedx-filters takes, in nanoseconds: without steps, and with three of which two change a text."""

import json
import logging
import time

from django.conf import settings

settings.configure()

from openedx_filters import PipelineStep  # noqa: E402
from openedx_filters.learning.filters import CourseEnrollmentStarted  # noqa: E402

logging.disable()

RUNS = 2_000


class Reads(PipelineStep):
    def run_filter(self, user, **data):
        return {}


class Changes(PipelineStep):
    def run_filter(self, mode, **data):
        return {"mode": mode.upper()}


class ChangesMore(PipelineStep):
    def run_filter(self, mode, **data):
        return {"mode": mode.lower()}


def measured(steps):
    """The lower quartile of samples."""
    pipeline = [f"__main__.{step}" for step in steps]
    settings.OPEN_EDX_FILTERS_CONFIG = {CourseEnrollmentStarted.filter_type: {"pipeline": pipeline}}
    samples = []
    for _ in range(40):
        start = time.perf_counter_ns()
        for _ in range(RUNS):
            CourseEnrollmentStarted.run_filter(user="ada", course_key="course-v1:a+b+c", mode="audit")
        samples.append((time.perf_counter_ns() - start) / RUNS)
    return sorted(samples)[len(samples) // 4]


print(json.dumps([measured([]), measured(["Reads", "Changes", "ChangesMore"])]))
