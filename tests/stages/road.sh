# The whole road by the programs that people run, and the judges beside it.

stage_e2e() {
    cargo test --workspace --locked --test cli
}

stage_road() {
    cargo test --workspace --locked --test road
}

# The real probe-rs on the simulated chip.
stage_probe() {
    cargo test --workspace --locked --test probe-rs
}

# Where cargo has put a program.
built() {
    local folder
    folder=$(cargo metadata --format-version 1 --no-deps --locked \
        | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
    printf '%s/debug/%s\n' "$folder" "$1"
}

# install.sh into a fresh prefix, with the demo; what is compiled already is used.
stage_install() {
    local prefix=$scratch/prefix home=$scratch/cache begin
    XDG_CACHE_HOME=$home ./install.sh --prefix "$prefix" --demo | tee "$scratch/first"
    "$prefix/bin/bkctl" --version
    "$prefix/bin/bksim" --version
    sha256sum "$prefix"/bin/* >"$scratch/installed"
    # Again: quick, and nothing is different: neither the programs nor the trace's hash.
    begin=$SECONDS
    XDG_CACHE_HOME=$home ./install.sh --prefix "$prefix" --demo >"$scratch/again"
    printf 'again: %d s\n' $((SECONDS - begin))
    sha256sum --check --quiet "$scratch/installed"
    grep '^  trace hash' "$scratch/first" >"$scratch/hash"
    grep -qxFf "$scratch/hash" "$scratch/again"
    printf '2 passed, 0 failed\n'
}

# The same with nothing there: a fresh clone, no compiled crate, no registry cache.
stage_cold_install() {
    git clone -q . "$scratch/clone"
    # rustup keeps its home; cargo's is fresh but for its configuration, which may name a mirror of the registry.
    mkdir -p "$scratch/cargo"
    cp "${CARGO_HOME:-$HOME/.cargo}"/config* "$scratch/cargo/" 2>/dev/null || true
    (cd "$scratch/clone" && env -u CARGO_TARGET_DIR CARGO_HOME="$scratch/cargo" XDG_CACHE_HOME="$scratch/cold" \
        ./install.sh --prefix "$scratch/cold-prefix" --demo)
    printf '1 passed, 0 failed\n'
}

# probe-rs's own program, of the version that bkctl is built with, on a simulated chip.
stage_stock_probe() {
    local version
    version=$(sed -n 's/^probe-rs = { version = "=\([^"]*\)".*/\1/p' Cargo.toml)
    CARGO_TARGET_DIR=$root/target/stock/build \
        cargo install --quiet --locked --root "$root/target/stock" --version "$version" probe-rs-tools
    tests/build
    python3 tests/probe/stock.py "$(built bkctl)" "$root/target/stock/bin/probe-rs"
}

# The property tests with many more cases than in `host`.
stage_long_fuzz() {
    PROPTEST_CASES=${PROPTEST_CASES:-20000} cargo test --locked -p bluekernel-core -p bluekernel-inspect \
        -p bluekernel-boards -p bluekernel-tracer -p bksim-protocol
    BKSIM_FUZZ_SEEDS=${BKSIM_FUZZ_SEEDS:-20000} cargo test --locked -p bksim --lib --test cpu --test riscv --test serve
    BKSIM_FUZZ_SEEDS=${BKSIM_HOSTILE_SEEDS:-2000} cargo test --locked -p bksim --test hostile
}

# A generated project as an editor sees it: rust-analyzer finds no error in it.
stage_editor() {
    rustup component add rust-analyzer
    local bkctl
    tests/build
    bkctl=$(built bkctl)
    local board
    for board in qemu-mps2-an385 stm32f4-discovery; do
        cd "$scratch"
        "$bkctl" new "edited-$board" --board "$board"
        cd "edited-$board"
        if ! CARGO_TARGET_DIR=$scratch/edited-target rustup run "$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)" \
            rust-analyzer diagnostics . >"$scratch/diagnostics" 2>&1; then
            tr '\r' '\n' <"$scratch/diagnostics" | grep -o 'at crate.*' | grep -v 'WeakWarning'
            return 1
        fi
    done
    printf '2 passed, 0 failed\n'
}
