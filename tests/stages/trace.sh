# The tracer: its own tests, the judges of its exports, its page in a browser, and the simulator's view of a run against the
# kernel's own.

stage_trace() {
    local bkctl
    cargo test --locked -p bluekernel-tracer
    cargo test --locked -p bluekernel --lib --features trace-flight flight
    cargo test --locked -p bluekernel --lib --features trace-uart uart
    tests/exports/run.sh
    cargo build --locked -p bkctl -p bksim
    bkctl=$(built bkctl)
    python3 tests/report/check.py --bkctl "$bkctl"
    printf '1 passed, 0 failed\n'
    python3 tests/firmware/ghost.py --bkctl "$bkctl"
    python3 tests/firmware/cost.py --bkctl "$bkctl"
    # Hostile input for all that reads: a minute here, an hour in `full`.
    cargo run --locked -p bluekernel-fuzz -- --seconds 60
}

stage_long_trace() {
    local seconds=${BK_FUZZ_SECONDS:-3600} said=$scratch/fuzz
    cargo run --locked -p bluekernel-fuzz -- --seconds "$seconds" | tee "$said"
    # What the last long one found stays beside it.
    { date -u "+%F, $seconds s"; cat "$said"; } >tests/fuzz/results/long.txt
}
