# The target side: the kernel and its firmware compile for each target with and without features; Miri reads what it can.

stage_target() {
    local target features
    for target in thumbv6m-none-eabi thumbv7m-none-eabi thumbv7em-none-eabihf thumbv8m.main-none-eabi \
        riscv32imc-unknown-none-elf riscv64gc-unknown-none-elf; do
        for features in "" trace; do
            cargo clippy -p bluekernel --target $target --no-default-features --features "$features" --locked -- -D warnings
            cargo clippy -p bluekernel --target $target --features "$features" --locked -- -D warnings
        done
    done
    # Everything at once.
    features=alloc,checks,cpu-time,defmt,embassy-time,embedded-hal,embedded-hal-async,executor,keep-report,log
    features+=,round-robin,stack-guard,task-names,trace,zero-latency
    cargo clippy -p bluekernel --target thumbv7em-none-eabihf --features $features --locked -- -D warnings
    cargo clippy -p bluekernel --target thumbv7m-none-eabi --features small,trace,async --locked -- -D warnings
    # The trace's other forms.
    for features in trace-flight trace-uart trace-filter,trace-calls,trace-polls,alloc \
        trace,trace-no-interrupts,trace-no-jobs,trace-no-marks,trace-no-memory,trace-no-objects,trace-no-timers; do
        cargo clippy -p bluekernel --target thumbv7m-none-eabi --features $features --locked -- -D warnings
    done
    (cd tests/firmware && CARGO_TARGET_DIR=$root/target/firmware cargo clippy --release --locked -- -D warnings)
    (cd tests/firmware && CARGO_TARGET_DIR=$root/target/firmware cargo clippy -p float --target thumbv7em-none-eabihf \
        --release --locked -- -D warnings)
    (cd tests/firmware && CARGO_TARGET_DIR=$root/target/firmware cargo clippy -p suite --features extras --release --locked \
        -- -D warnings)
    (cd tests/firmware && CARGO_TARGET_DIR=$root/target/firmware cargo clippy -p suite --features stm32f4 \
        --target thumbv7em-none-eabihf --release --locked -- -D warnings)
}

# Each firmware on QEMU, against values that the check computes itself.
stage_firmware() {
    python3 tests/firmware/check.py
    python3 tests/firmware/overflow.py
    python3 tests/firmware/safety.py
    python3 tests/firmware/adapters.py
    python3 tests/firmware/sizes.py
    python3 tests/firmware/latency.py
}

# The kernel's behaviours on the host, on the simulator and on QEMU, side by side.
stage_suite() {
    python3 tests/firmware/suite.py
}

# Each known defect of such kernels, as a patch, turns its test red.
stage_defects() {
    python3 tests/defects/run.py
}

# Interrupts at random instants against everything, on each port.
stage_storm() {
    python3 tests/firmware/storm.py
}

# 10 million on each port: hours. What was found is kept in tests/firmware/storm/results.
stage_long_storm() {
    python3 tests/firmware/storm.py --long
}

# Every interleaving of small programs, and how many there are. The stage `host` has counted these tests.
stage_explore() {
    local told=$scratch/explored
    if ! cargo test --workspace --exclude bluekernel-e2e --exclude bluekernel-probe-tests --locked --lib explore \
        -- --nocapture >"$told" 2>&1; then
        cat "$told"
        return 1
    fi
    grep 'explored' "$told"
}

# The larger programs, too.
stage_long_explore() {
    BK_EXPLORE_DEEP=1 stage_explore
}

# Miri needs a nightly toolchain; where there is none, say so and let `tests/run` go on.
stage_miri() {
    if ! rustup toolchain list | grep -q '^nightly'; then
        echo "no nightly toolchain: Miri not run"
        return 0
    fi
    rustup component list --toolchain nightly | grep -q '^miri.*(installed)' \
        || rustup component add --toolchain nightly miri rust-src
    export CARGO_TARGET_DIR=$root/target/miri
    cargo +nightly miri test -p bluekernel-core --lib
    local all=(tests/suite/tests/*.rs) behaviours=() file
    for file in "${all[@]}"; do
        grep -q '^// Not under Miri: ' "$file" || behaviours+=(--test "$(basename -s .rs "$file")")
    done
    # Tasks that wait for ever are threads that never end, and what they own is never freed.
    MIRIFLAGS=-Zmiri-ignore-leaks cargo +nightly miri test -p bluekernel-suite "${behaviours[@]}"
    printf 'under Miri: %d behaviours of %d\n' $((${#behaviours[@]} / 2)) ${#all[@]}
}
