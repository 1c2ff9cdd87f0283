# The simulator against judges that nobody here wrote, and what the book says of it against its tests.

# Cortex-M3 and what is above it are not in this list yet: bksim does not raise the alignment faults that QEMU raises.
sim_profiles="m0 m3 m4f m7f m33f rv32imac rv32imafc rv64gc"

stage_sim() {
    local core_tests=$scratch/core_tests
    echo "core tests:"
    # The stage `host` has counted these: here their names are what matters. The whole workspace, as there: with one
    # package alone cargo would compile its dependencies again.
    if ! cargo test --workspace --exclude bluekernel-e2e --exclude bluekernel-probe-tests --locked --no-fail-fast \
        --lib --test cpu --test riscv --test serve --test hostile >"$core_tests" 2>&1; then
        grep -E '^(test .* FAILED|error|thread .* panicked)' -A2 "$core_tests"
        return 1
    fi
    python3 tests/fidelity/parts.py "$core_tests"
    echo "the chapter Fidelity:"
    python3 -m unittest discover --quiet tests/fidelity
    python3 tests/fidelity/page.py "$core_tests"
    tests/build
    echo "random instruction sequences on QEMU and here:"
    # shellcheck disable=SC2086
    "$(built differential)" $sim_profiles
    echo "firmware of each board on QEMU and here:"
    python3 tests/firmware/boards.py
    echo "instructions of firmware on QEMU and here:"
    python3 tests/firmware/counts.py
}

# A million sequences for each core, from a seed that nobody has seen; a thousand runs of what interrupts itself by chance.
stage_long_sim() {
    BKSIM_DETERMINISM_RUNS=${BKSIM_DETERMINISM_RUNS:-1000} cargo test --workspace --locked --test serve chance -- --nocapture
    tests/build
    # shellcheck disable=SC2086
    "$(built differential)" $sim_profiles --fresh --count "${BKSIM_SEQUENCES:-1000000}" --results tests/differential/results
}
