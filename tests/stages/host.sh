# The host side: format, lints, tests, documentation.

stage_format() {
    cargo fmt --all --check
}

stage_lints() {
    cargo clippy --workspace --all-targets --locked -- -D warnings
}

# Everything that needs no built program; tests/e2e and tests/probe have stages of their own. Always the whole workspace:
# with one package alone, cargo would choose other features for its dependencies and compile them again.
stage_host() {
    cargo test --workspace --exclude bluekernel-e2e --exclude bluekernel-probe-tests --locked
}

stage_docs() {
    # A module's overview may name its private parts: who reads it has the source.
    RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --workspace --no-deps --locked
    # Each public item of the kernel tells units, errors, whether it may wait, and from where; and the check can fail.
    python3 tests/rustdoc/check.py
    python3 -m unittest discover --quiet tests/rustdoc
}
