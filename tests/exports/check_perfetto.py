#!/usr/bin/env python3
"""Reads a Perfetto export with Perfetto's own Protocol Buffers definitions (PyPI `perfetto`).

    check_perfetto.py FILE.pftrace [--scenario] [--stats STATS.json]
"""

import argparse
from pathlib import Path

from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackDescriptor, TrackEvent

from shown import Checks, Shown


def known(checks, message, where):
    """Every field number that we wrote exists in Perfetto's definitions, with the type we wrote."""
    unknown = UnknownFieldSet(message)
    checks.check(len(unknown) == 0, f"{where} has unknown fields {[field.field_number for field in unknown]}")
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            many = isinstance(value, (list, tuple)) or hasattr(value, "__len__")
            for item in value if many else [value]:
                known(checks, item, f"{where}.{field.name}")


def read(checks, data):
    trace = Trace()
    trace.ParseFromString(data)
    shown, tracks, open_slices, ranks = Shown(), {}, {}, []
    for index, packet in enumerate(trace.packet):
        where = f"packet {index}"
        known(checks, packet, where)
        checks.check(packet.trusted_packet_sequence_id == 1, f"{where} has no sequence")
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            checks.check(track.uuid not in tracks, f"{where}: uuid {track.uuid} twice")
            if tracks:
                checks.check(track.parent_uuid in tracks, f"{where}: its parent does not exist")
                ranks.append(track.sibling_order_rank)
            else:
                checks.check(track.process.process_name.endswith("(BlueKernel)"), f"{where}: {track.process}")
                checks.check(track.child_ordering == TrackDescriptor.EXPLICIT, f"{where}: tracks are in our order")
            tracks[track.uuid] = track
            continue
        if not checks.check(packet.HasField("track_event"), f"{where} is neither track nor event"):
            continue
        event, time = packet.track_event, packet.timestamp
        if not checks.check(event.track_uuid in tracks, f"{where}: its track does not exist"):
            continue
        track = tracks[event.track_uuid]
        is_counter = track.HasField("counter")
        checks.check(is_counter == (event.type == TrackEvent.TYPE_COUNTER), f"{where}: wrong kind of track")
        if event.type == TrackEvent.TYPE_SLICE_BEGIN:
            checks.check(track.uuid not in open_slices, f"{where}: a slice in a slice")
            open_slices[track.uuid] = (event.name, time)
        elif event.type == TrackEvent.TYPE_SLICE_END:
            if checks.check(track.uuid in open_slices, f"{where}: an end without a beginning"):
                name, start = open_slices.pop(track.uuid)
                shown.slices.setdefault(track.name, []).append((name, start, time))
        elif event.type == TrackEvent.TYPE_INSTANT:
            shown.moments.setdefault(track.name, []).append((event.name, time))
        elif event.type == TrackEvent.TYPE_COUNTER:
            checks.check(event.HasField("counter_value"), f"{where}: no value")
            shown.values.setdefault(track.name, []).append((time, event.counter_value))
        else:
            checks.check(False, f"{where}: type {event.type}")
    checks.check(not open_slices, f"slices without an end: {open_slices}")
    checks.check(ranks == sorted(set(ranks)), f"ranks are not in order: {ranks}")
    return shown


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--scenario", action="store_true", help="compare with scenario.json")
    parser.add_argument("--stats", type=Path, help="compare with `bkctl trace stats --format json`")
    arguments = parser.parse_args()
    checks = Checks()
    shown = read(checks, arguments.file.read_bytes())
    shown.rules(checks)
    if arguments.scenario:
        shown.scenario(checks)
    if arguments.stats:
        shown.statistics(checks, arguments.stats)
    checks.finish()


main()
