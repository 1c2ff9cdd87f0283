# The target side: the kernel compiles for each target with and without its features, and Miri reads what it can.

stage_target() {
    local features
    for features in "" trace; do
        cargo clippy -p bluekernel --target thumbv7m-none-eabi --no-default-features --features "$features" --locked \
            -- -D warnings
        cargo clippy -p bluekernel --target thumbv7m-none-eabi --features "$features" --locked -- -D warnings
    done
}

# Miri needs a nightly toolchain; where there is none, say so and let `tests/run` go on.
stage_miri() {
    if ! rustup toolchain list | grep -q '^nightly'; then
        echo "no nightly toolchain: Miri not run"
        return 0
    fi
    rustup component list --toolchain nightly | grep -q '^miri.*(installed)' \
        || rustup component add --toolchain nightly miri rust-src
    CARGO_TARGET_DIR=target/miri cargo +nightly miri test -p bluekernel-core --lib
}
