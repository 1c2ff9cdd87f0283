#!/usr/bin/env bash
# The exports before readers that nobody here wrote: Perfetto's own definitions, babeltrace2, lttng-analyses, sigrok, and
# Python's readers of JSON and CSV, and speedscope in headless Chromium.
# Debian's packages: babeltrace2 python3-bt2 python3-lttnganalyses sigrok-cli chromium npm.
#
#   tests/exports/run.sh                    the scenarios of tracer/tests/export*.rs
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

for judge in babeltrace2 lttng-cputop-mi sigrok-cli chromium npm; do
    if ! type "$judge" >/dev/null 2>&1; then
        echo "$judge is missing: apt-get install babeltrace2 python3-bt2 python3-lttnganalyses sigrok-cli chromium npm" >&2
        exit 1
    fi
done
speedscope=$target/exports-npm/node_modules/speedscope/dist/release
if [[ ! -e $speedscope/index.html ]]; then
    npm install --silent --no-audit --no-fund --prefix "$target/exports-npm" speedscope@1.25.0
fi

# Lists: all files of one recording, named $1.*, and its statistics.
lists() {
    $here/check_ctf.py "$1.ctf" --events "$1.jsonl" --stats "$1.stats.json"
    python3 $here/check_csv.py "$1.csv" --events "$1.jsonl"
}

# Writes the scenarios' exports to the target folder, and compares them with the same numbers.
cargo test --quiet --workspace --locked --test export --test export_events --test export_vcd
"$venv/bin/python" $here/check_perfetto.py "$target/tmp/scenario.pftrace" --scenario
"$venv/bin/python" $here/check_chrome.py "$target/tmp/scenario.json" --scenario
"$venv/bin/python" $here/check_perfetto.py "$target/tmp/drops.pftrace"
for name in scenario every drops empty; do
    lists "$target/tmp/$name"
done
for name in scenario quoted; do
    python3 $here/check_speedscope.py "$target/tmp/$name.json" --speedscope "$speedscope"
done
$here/check_lttng.py "$target/tmp/scenario.lttng" --stats "$target/tmp/scenario.stats.json"
python3 $here/check_vcd.py "$target/tmp/scenario.vcd" --chrome "$target/tmp/scenario.json"

if (($# > 1)); then
    bkctl=$1
    shift
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    for recording in "$@"; do
        run=$scratch/run
        rm -rf "$run".*
        "$bkctl" trace stats "$recording" --format json >"$run.stats.json"
        for format in perfetto chrome ctf lttng vcd csv jsonl; do
            "$bkctl" trace export "$recording" --to $format -o "$run.$format"
        done
        # A trace is not mixed with one that is there.
        cp -r "$run.ctf" "$scratch/before"
        status=0
        "$bkctl" trace export "$recording" --to lttng -o "$run.ctf" 2>/dev/null || status=$?
        ((status == 2))
        diff -r "$scratch/before" "$run.ctf"
        rm -r "$scratch/before"
        "$venv/bin/python" $here/check_perfetto.py "$run.perfetto" --stats "$run.stats.json"
        "$venv/bin/python" $here/check_chrome.py "$run.chrome" --stats "$run.stats.json"
        lists "$run"
        python3 $here/check_vcd.py "$run.vcd" --chrome "$run.chrome"
        python3 $here/check_speedscope.py "$run.chrome" --speedscope "$speedscope"
        # Where events were lost, lttng-analyses makes other guesses than we do.
        if python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["losses"]["gaps"])' <"$run.stats.json"; then
            $here/check_lttng.py "$run.lttng" --stats "$run.stats.json"
        fi
    done
fi
