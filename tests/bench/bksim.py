"""What a core's cycles are at each instruction, by bksim's cost tables: an image run a cycle at a time; and how long it masks
interrupts.

bksim is spoken to as simulator/protocol says. It stops between instructions, so every step tells how many instructions
took how many cycles, and the firmware is as it is: it reads no counter.
"""

import json
import struct
import subprocess

RPC = 0
# Armv7-M: `cpsid i`, `cpsie i`, and `msr PRIMASK, rN` but for N.
CPSID, CPSIE, MSR, MSR_PRIMASK = 0xb672, 0xb662, 0xf380, 0x8810
# `mov rN, rN` for N from 8 to 12: the markers of tests/firmware/operations.
MARKERS = {0x4600 | (n & 8) << 4 | n << 3 | n & 7: n for n in range(8, 13)}
PS_IN_A_SECOND = 10**12


class Bksim:
    """bksim with an image on a board, at reset; `options` are more of the message `create`."""

    def __init__(self, bkctl, elf, board, **options):
        shown = subprocess.run([bkctl, "board", "show", board, "--format", "json"], capture_output=True, text=True, check=True)
        self.child = subprocess.Popen([bkctl.with_name("bksim"), "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        self.call("hello", {"protocol": 1, "program": "tests/bench"})
        created = self.call("create", {"board": json.loads(shown.stdout)["board"], "elf": str(elf)} | options)
        self.core_hz = created["core_hz"]
        self.ps_in_a_cycle = PS_IN_A_SECOND // self.core_hz
        self.send({"method": "credit", "params": {"bytes": 1 << 30}})

    def send(self, message):
        text = json.dumps({"jsonrpc": "2.0"} | message).encode()
        self.child.stdin.write(struct.pack("<BI", RPC, len(text)) + text)
        self.child.stdin.flush()

    def call(self, method, params=None):
        """The answer; what the firmware sends meanwhile is passed over."""
        self.number += 1
        self.send({"id": self.number, "method": method} | ({"params": params} if params else {}))
        while True:
            stream, length = struct.unpack("<BI", self.child.stdout.read(5))
            payload = self.child.stdout.read(length)
            if stream == RPC and (answer := json.loads(payload)).get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"bksim: {method}: {answer['error']}")
                return answer["result"]

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def cycles(bkctl, elf, board):
    """{instructions executed: the cycle in which the next one begins}, to the end of the image."""
    bksim = Bksim(bkctl, elf, board)
    begins, stop, now = {0: 0}, "time", 0
    while stop == "time":
        stopped = bksim.call("run", {"until_ps": (now + 1) * bksim.ps_in_a_cycle})
        stop, now = stopped["stop"]["kind"], stopped["cycles"]
        begins[bksim.call("statistics")["instructions"]] = now
    bksim.close()
    if stopped["stop"] != {"kind": "exit", "code": 0}:
        raise RuntimeError(f"{elf} on {board}: {stopped}")
    return begins


def masked(bkctl, elf, board):
    """What a Cortex-M with PRIMASK does, in order: the markers it meets, as ("marker", number), and the stretches for which
    interrupts are masked, as ("masked", cycles), each where it ends."""
    bksim = Bksim(bkctl, elf, board)
    codes, told, since, closes, stop, now = {}, [], None, False, "time", 0
    while stop == "time":
        registers = bksim.call("registers")
        pc = registers["pc"]
        if pc not in codes:
            codes[pc] = struct.unpack("<HH", bytes(bksim.call("read", {"address": pc, "len": 4})["bytes"]))
        first, second = codes[pc]
        if closes:
            # The instruction before this one closed the mask.
            since, closes = now, False
        is_msr = first & ~0xf == MSR and second == MSR_PRIMASK
        if first in MARKERS:
            told.append(("marker", MARKERS[first]))
        elif first == CPSID or is_msr and registers["general"][first & 0xf] & 1:
            closes = since is None
        elif since is not None and (first == CPSIE or is_msr):
            told.append(("masked", now - since))
            since = None
        stopped = bksim.call("run", {"until_ps": (now + 1) * bksim.ps_in_a_cycle})
        stop, now = stopped["stop"]["kind"], stopped["cycles"]
    bksim.close()
    if stopped["stop"] != {"kind": "exit", "code": 0}:
        raise RuntimeError(f"{elf} on {board}: {stopped}")
    return told
