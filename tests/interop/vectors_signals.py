"""Signals of a Python program, for the events that `vectors.rs` declares."""

from datetime import datetime
from typing import Dict, List
from uuid import UUID

import attr
from ccx_keys.locator import CCXLocator
from opaque_keys.edx.keys import CourseKey, UsageKey
from opaque_keys.edx.locator import (
    LibraryCollectionLocator,
    LibraryContainerLocator,
    LibraryLocatorV2,
    LibraryUsageLocatorV2,
)
from openedx_events.tooling import OpenEdxPublicSignal


@attr.s(frozen=True)
class ShelfData:
    name = attr.ib(type=str)
    keeper = attr.ib(type=str, default=None)


@attr.s(frozen=True)
class StockData:
    boolean = attr.ib(type=bool)
    long = attr.ib(type=int)
    byte = attr.ib(type=int)
    short = attr.ib(type=int)
    unsigned_short = attr.ib(type=int)
    word = attr.ib(type=int)
    unsigned = attr.ib(type=int)
    double = attr.ib(type=float)
    single = attr.ib(type=float)
    text = attr.ib(type=str)
    uuid = attr.ib(type=UUID)
    time = attr.ib(type=datetime)
    local_time = attr.ib(type=datetime)
    course_key = attr.ib(type=CourseKey)
    usage_key = attr.ib(type=UsageKey)
    ccx = attr.ib(type=CCXLocator)
    library = attr.ib(type=LibraryLocatorV2)
    library_block = attr.ib(type=LibraryUsageLocatorV2)
    collection = attr.ib(type=LibraryCollectionLocator)
    container = attr.ib(type=LibraryContainerLocator)
    colour = attr.ib(type=str)
    full = attr.ib(type=int)
    shelves = attr.ib(type=List[ShelfData])
    rows = attr.ib(type=List[List[float]])
    by_name = attr.ib(type=Dict[str, ShelfData])
    maybe_number = attr.ib(type=int, default=None)
    maybe_text = attr.ib(type=str, default=None)
    maybe_time = attr.ib(type=datetime, default=None)
    maybe_key = attr.ib(type=CourseKey, default=None)
    maybe_shelf = attr.ib(type=ShelfData, default=None)
    is_open = attr.ib(type=bool, default=True)
    days = attr.ib(type=int, default=7)
    notes = attr.ib(type=List[str], factory=list)
    counts = attr.ib(type=Dict[str, int], factory=dict)


@attr.s(frozen=True)
class LabelData:
    picture = attr.ib(type=bytes)
    code = attr.ib(type=bytes, default=b"none")


STOCK_COUNTED = OpenEdxPublicSignal(
    event_type="org.example.warehouse.stock.counted.v1",
    data={"stock": StockData, "number": int, "course_key": CourseKey},
)

LABEL_SCANNED = OpenEdxPublicSignal(
    event_type="org.example.warehouse.label.scanned.v1",
    data={"label": LabelData},
)
