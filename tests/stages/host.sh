# The host side: format, lints, tests, documentation.

stage_format() {
    cargo fmt --all --check
}

stage_lints() {
    cargo clippy --workspace --all-targets --locked -- -D warnings
}

# Everything that needs no built program; tests/e2e has its own stage.
stage_host() {
    cargo test --workspace --exclude bluekernel-e2e --exclude bluekernel-layering --locked
}

stage_layering() {
    cargo test -p bluekernel-layering --locked
}

stage_docs() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
}
