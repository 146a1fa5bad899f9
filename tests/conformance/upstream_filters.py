"""Writes filters.json: the filters of openedx-filters with their parameters and exceptions, as the installed package has them.

In an environment of its own:

    python3 -m venv filters && filters/bin/pip install openedx-filters==3.16.0
    filters/bin/python tests/conformance/upstream_filters.py            # writes the file
    filters/bin/python tests/conformance/upstream_filters.py --check    # compares; exits 1 if it differs
"""

import inspect
import json
import re
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from openedx_filters.exceptions import OpenEdxFilterException
from openedx_filters.tooling import OpenEdxPublicFilter

SUBDOMAINS = ["authentication", "content_authoring", "learning", "management"]
OUTPUT = Path(__file__).with_name("filters.json")


def main():
    filters = [described(subdomain, each) for subdomain in SUBDOMAINS for each in filters_of(subdomain)]
    catalog = {"package": "openedx-filters", "version": version("openedx-filters"), "filters": filters}
    text = json.dumps(catalog, indent=1) + "\n"
    if "--check" not in sys.argv:
        OUTPUT.write_text(text)
        return 0
    is_same = OUTPUT.read_text() == text
    print(f"{OUTPUT.name} is {'current' if is_same else 'not what the installed package has'}")
    return 0 if is_same else 1


def filters_of(subdomain):
    """The filters that a subdomain declares, in its order."""
    module = import_module(f"openedx_filters.{subdomain}.filters")
    return classes(module, OpenEdxPublicFilter, module.__name__)


def classes(owner, base, module):
    """The classes of a module or class that are derived from a base, and declared in the module."""
    declared = (each for each in vars(owner).values() if inspect.isclass(each))
    return [each for each in declared if issubclass(each, base) and each.__module__ == module]


def described(subdomain, each):
    return {
        "subdomain": subdomain,
        "name": each.__name__,
        "type": each.filter_type,
        "parameters": parameters(each.run_filter),
        "exceptions": [
            {"name": error.__name__, "parameters": parameters(error)}
            for error in classes(each, OpenEdxFilterException, each.__module__)
        ],
        "hidden_form_fields": getattr(each, "sensitive_form_data", []),
    }


def parameters(function):
    """The parameters that are named, without `**kwargs`."""
    named = inspect.signature(function).parameters.values()
    return [
        {"name": each.name, "annotation": without_modules(inspect.formatannotation(each.annotation))}
        for each in named
        if each.kind is not each.VAR_KEYWORD
    ]


def without_modules(annotation):
    return re.sub(r"\b(?:\w+\.)+", "", annotation)


sys.exit(main())
