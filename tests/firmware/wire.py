"""The trace wire (kernel/abi/src/wire.rs), read independently of the tracer: as much of it as the tests here compare."""

import json
import struct
from typing import NamedTuple

MAGIC = b"\x89BKT\r\n\x1a\n"
SWITCH_IN, SWITCH_IN_EXT, IDLE, NAME = 0x01, 0x20, 0x52, 0xC1
FIELDS = {0x20: 1, 0x40: 1, 0x50: 1, 0x53: 3, 0x54: 3, 0x55: 1, 0x56: 4, 0x57: 3, 0x58: 1, 0x59: 1, 0x5A: 1, 0x5B: 1,
          0x5C: 2, 0x5D: 2, 0x5E: 2, 0x5F: 2, 0x60: 1, 0x61: 3, 0x62: 2, 0x63: 1, 0x64: 2, 0x65: 2, 0x67: 2, 0x68: 2,
          0x69: 3, 0x6A: 1, 0x6B: 1, 0x6C: 1, 0x6D: 1, 0x6E: 2, 0x6F: 1}


def stream(file):
    """The bytes behind the header of a recording."""
    data = file.read_bytes()
    assert data.startswith(MAGIC), f"{file} is no recording"
    (length,) = struct.unpack_from("<I", data, 12)
    json.loads(data[16:16 + length])
    return data[16 + length:]


class Record(NamedTuple):
    """A record; of a SYNC the head is 0."""

    # The trace clock's, in cycles.
    time: int
    head: int
    # Numbers; of a record with a length, its payload.
    fields: tuple


def named_task(payload):
    """Number and name of the task that a NAME names."""
    assert payload[0] == 1 and payload[1] < 0x80
    return payload[1], payload[2:].decode()


def records(data):
    """The records of a stream."""
    at = time = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        start = at
        try:
            head = data[at]
            if head == 0:
                while data[at] == 0:
                    at += 1
                assert at - start >= 8 and data[at] == 1, f"no SYNC at {start}"
                at += 1
                version, core, sequence, cycles, drops, running, flags = (number() for _ in range(7))
                assert version == 1
                time = cycles - 1
                yield Record(time, 0, (sequence, drops, running, flags))
                continue
            at += 1
            if head >= 0xC0:
                length = number()
                fields = [data[at:at + length]]
                at += length
            elif 0x71 <= head <= 0x7F or 0x81 <= head <= 0x9F:
                fields = [number(), number()]
            else:
                fields = [number() for _ in range(FIELDS.get(head, 0))]
            time += number()
        except IndexError:
            return  # A run may end inside a record.
        yield Record(time, head, tuple(fields))


class Event(NamedTuple):
    """Something that the scheduler did, or an interrupt."""

    time: int
    what: tuple
    # The record is the first one behind a SYNC.
    behind_sync: bool


def events(data):
    """The events that tell what runs: ("switch", task), ("idle",), ("exit",), ..."""
    running, behind_sync = None, False
    for time, head, fields in records(data):
        what = None
        if 0x01 <= head < 0x21:
            running = head - 0x01 if head < 0x20 else fields[0]
            what = "switch", running
        elif 0x21 <= head < 0x41:
            what = "ready", head - 0x21 if head < 0x40 else fields[0]
        elif 0x41 <= head < 0x51:
            what = "enter", head - 0x41 + 16 if head < 0x50 else fields[0]
        elif head == 0x51:
            what = ("exit",)
        elif head == 0x52:
            running, what = None, ("idle",)
        elif head == 0x53 or 0x81 <= head <= 0x9F:
            what = "block", running
        elif head == 0x54:
            what = "new", *fields[:2]
        elif head == 0x55:
            what = "end", fields[0]
        elif head == 0x56:
            what = "priority", *fields[:2]
        if what:
            yield Event(time, what, behind_sync)
        behind_sync = head == 0
