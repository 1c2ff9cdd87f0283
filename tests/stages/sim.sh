# The simulator against judges that nobody here wrote, and what the book says of it against its tests.

# Cortex-M3 and what is above it are not in this list yet: bksim does not raise the alignment faults that QEMU raises.
sim_profiles="m0 rv32imc rv32imac rv32imafc rv64gc"

stage_sim() {
    local core_tests=$scratch/core_tests
    echo "core tests, engine against engine, determinism:"
    # The stage `host` has counted these: here their names are what matters.
    if ! cargo test --locked -p bksim >"$core_tests" 2>&1; then
        cat "$core_tests"
        return 1
    fi
    grep -E '^ +Running|^test result' "$core_tests" | sed 's/^test result: ok\. / /; s/; 0 ignored.*//'
    echo "the chapter Fidelity:"
    python3 tests/fidelity/test_page.py
    python3 tests/fidelity/page.py "$core_tests"
    echo "random instruction sequences on QEMU and here:"
    cargo build --locked -p bksim
    # shellcheck disable=SC2086
    cargo run --quiet --locked -p bluekernel-differential -- $sim_profiles
}
