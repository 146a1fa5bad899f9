"""Runs pipelines with openedx-filters. Each line of standard input is one, in JSON; its outcome is printed as a line."""

import json
import logging
import sys

from django.conf import settings

settings.configure()

from openedx_filters import PipelineStep, __version__  # noqa: E402
from openedx_filters.learning.filters import CourseEnrollmentStarted  # noqa: E402

logging.disable()


def step(run):
    """Makes a step of a function."""
    return type(run.__name__, (PipelineStep,), {"run_filter": lambda self, **data: run(**data)})


@step
def look(**data):
    return {}


@step
def forget(**data):
    data["mode"].upper()


@step
def upper(mode, **data):
    return {"mode": mode.upper()}


@step
def exclaim(mode, **data):
    return {"mode": mode + "!"}


@step
def tag(user, **data):
    user["tags"].append("tag")
    return {"user": user}


@step
def prevent(**data):
    raise CourseEnrollmentStarted.PreventEnrollment("no")


@step
def stop(**data):
    return object()


@step
def crash(**data):
    raise ValueError("broken")


@step
def half(user, **data):
    user["tags"].append("half")
    raise ValueError("broken")


def run(pipeline):
    """The outcome of a run."""
    config = {"pipeline": [f"__main__.{name}" for name in pipeline["steps"]]}
    if pipeline["fail_silently"] is not None:
        config["fail_silently"] = pipeline["fail_silently"]
    settings.OPEN_EDX_FILTERS_CONFIG = {CourseEnrollmentStarted.filter_type: config}
    try:
        user, _, mode = CourseEnrollmentStarted.run_filter(
            user={"name": "ada", "tags": []}, course_key="course-v1:a+b+c", mode="audit"
        )
    except CourseEnrollmentStarted.PreventEnrollment as halt:
        return f"halted: {halt.message}"
    except Exception as error:  # pylint: disable=broad-except
        return f"failed: {error}"
    return f"{mode} {','.join(user['tags'])}".rstrip()


print(json.dumps(__version__), flush=True)
for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
