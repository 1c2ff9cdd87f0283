#!/usr/bin/env python3
"""Opens a Chrome export in speedscope (npm `speedscope`) in headless Chromium, and compares the profiles that it lists,
one a track, and their lengths, with the file.

    check_speedscope.py FILE.json --speedscope FOLDER

FOLDER is the package's `dist/release`. speedscope is handed the file as its own command does it: a script that calls
`speedscope.loadFileFromBase64`, named in the address. Nothing comes from the network.
"""

import argparse
import base64
import html
import json
import re
import subprocess
import tempfile
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from pathlib import Path

from shown import Checks


def listed(file, speedscope):
    """The profiles in speedscope's list: name and length as it writes it."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "profile.js"
        content = base64.b64encode(file.read_bytes()).decode()
        script.write_text(f"speedscope.loadFileFromBase64({json.dumps(file.name)}, {json.dumps(content)})")
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={scratch}/user",
            # Until the page is done: time that runs as fast as the page works.
            "--virtual-time-budget=60000", "--dump-dom",
            f"{(speedscope / 'index.html').resolve().as_uri()}#localProfilePath={script}",
        ]
        page = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", timeout=300).stdout
    rows = re.findall(r'<tr title="([^"]*)".*?<td[^>]*>([^<]*)</td></tr>', page, re.DOTALL)
    return [(html.unescape(name), length) for (name, length) in rows]


def tracks(file):
    """The tracks with slices: speedscope's name for each, and how long its slices are together, in microseconds."""
    events = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    (process,) = [event["args"]["name"] for event in events if event["name"] == "process_name"]
    lengths = {}
    for event in events:
        if event["ph"] in ("B", "E"):
            sign = 1 if event["ph"] == "E" else -1
            lengths[event["tid"]] = lengths.get(event["tid"], 0) + sign * event["ts"]
    return [(f"{process} (pid 1), {names[track]} (tid {track})", length) for (track, length) in sorted(lengths.items())]


def shortened(microseconds):
    """The ways in which speedscope may write a length: two decimals and a unit, the last digit rounded either way."""
    for unit, size in (("s", 1_000_000), ("ms", 1_000), ("µs", 1)):
        if microseconds >= size or unit == "µs":
            digits = [(microseconds / size).quantize(Decimal("0.01"), how) for how in (ROUND_DOWN, ROUND_UP)]
            return [f"{number}{unit}" for number in digits]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--speedscope", type=Path, required=True)
    arguments = parser.parse_args()
    checks = Checks()
    found, expected = listed(arguments.file, arguments.speedscope), tracks(arguments.file)
    checks.check([name for name, _ in found] == [name for name, _ in expected], f"profiles {found}, tracks {expected}")
    for (name, length), (_, microseconds) in zip(found, expected):
        checks.check(length in shortened(microseconds), f"{name}: {length}, expected {microseconds} µs")
    checks.finish()


main()
