#!/usr/bin/env bash
# The exports before readers that nobody here wrote: Perfetto's own definitions, Python's JSON.
#
#   tests/exports/run.sh                    the scenario of tracer/tests/export.rs
#   tests/exports/run.sh BKCTL RUN.bkt...   recordings as well, against bkctl's own statistics
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/exports
export PYTHONDONTWRITEBYTECODE=1
target=$(cargo metadata --format-version 1 --no-deps --locked | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
venv=$target/exports-venv
if ! "$venv/bin/python" -c 'import perfetto' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r $here/requirements.txt
fi

# Writes the scenario's exports to the target folder, and compares them with the same numbers.
cargo test --quiet --locked -p bluekernel-tracer --test export
"$venv/bin/python" $here/check_perfetto.py "$target/tmp/scenario.pftrace" --scenario
"$venv/bin/python" $here/check_chrome.py "$target/tmp/scenario.json" --scenario
"$venv/bin/python" $here/check_perfetto.py "$target/tmp/drops.pftrace"

if (($# > 1)); then
    bkctl=$1
    shift
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    for recording in "$@"; do
        "$bkctl" trace stats "$recording" --format json >"$scratch/stats.json"
        "$bkctl" trace export "$recording" --to perfetto -o "$scratch/run.pftrace"
        "$bkctl" trace export "$recording" --to chrome -o "$scratch/run.json"
        "$venv/bin/python" $here/check_perfetto.py "$scratch/run.pftrace" --stats "$scratch/stats.json"
        "$venv/bin/python" $here/check_chrome.py "$scratch/run.json" --stats "$scratch/stats.json"
    done
fi
