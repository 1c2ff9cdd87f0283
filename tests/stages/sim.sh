# The simulator against judges that nobody here wrote, and what the book says of it against its tests.

# Cortex-M3 and what is above it are not in this list yet: bksim does not raise the alignment faults that QEMU raises.
sim_profiles="m0 rv32imac rv32imafc rv64gc"

stage_sim() {
    local core_tests=$scratch/core_tests
    echo "core tests, engine against engine, determinism:"
    # The stage `host` has counted these: here their names are what matters. The whole workspace, as there: with one
    # package alone cargo would compile its dependencies again.
    if ! cargo test --workspace --exclude bluekernel-e2e --exclude bluekernel-probe-tests --locked \
        --lib --test cpu --test riscv --test serve >"$core_tests" 2>&1; then
        cat "$core_tests"
        return 1
    fi
    grep -A3 -E '^ +Running.*(bksim|cpu|riscv|serve)-' "$core_tests" | grep -E '^running'
    echo "the chapter Fidelity:"
    python3 tests/fidelity/test_page.py
    python3 tests/fidelity/page.py "$core_tests"
    echo "random instruction sequences on QEMU and here:"
    # shellcheck disable=SC2086
    cargo build --workspace --locked && "${CARGO_TARGET_DIR:-target}/debug/differential" $sim_profiles
}
