# The tracer: its own tests, the judges of its exports, its page in a browser, and the simulator's view of a run against the
# kernel's own, and against its flight recorder's.

# The tests in a folder as the stage `host` compiles them: alone, their package would be compiled with other features.
tests_in() {
    local tests test
    tests=$(cargo test --workspace --exclude bluekernel-e2e --exclude bluekernel-probe-tests --locked --no-run \
        --message-format json | python3 -c '
import json, sys
for line in sys.stdin:
    made = json.loads(line)
    if made.get("executable") and made["profile"]["test"] and made["manifest_path"].endswith(f"/{sys.argv[1]}/Cargo.toml"):
        print(made["executable"])' "$1")
    cd "$1"
    for test in $tests; do
        "$test"
    done
}

stage_trace() {
    local bkctl
    (tests_in tracer)
    cargo test --locked -p bluekernel --lib --features trace-flight flight
    cargo test --locked -p bluekernel --lib --features trace-uart uart
    tests/exports/run.sh
    tests/build
    bkctl=$(built bkctl)
    python3 tests/report/check.py --bkctl "$bkctl"
    printf '1 passed, 0 failed\n'
    python3 tests/firmware/ghost.py --bkctl "$bkctl"
    python3 tests/firmware/flight.py --bkctl "$bkctl"
    python3 tests/firmware/cost.py --bkctl "$bkctl"
    # Hostile input for all that reads: a minute here, an hour in `full`.
    "$(built fuzz)" --seconds 60
}

stage_long_trace() {
    local seconds=${BK_FUZZ_SECONDS:-3600} said=$scratch/fuzz
    tests/build
    "$(built fuzz)" --seconds "$seconds" | tee "$said"
    # What the last long one found stays beside it.
    { date -u "+%F, $seconds s"; cat "$said"; } >tests/fuzz/results/long.txt
}
