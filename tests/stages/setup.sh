# What the tests need on this machine, beside rustup and git.

# Debian packages: cmake, clang and libclang build the simulator's engine; the rest are judges that nobody here wrote.
debian_packages="cmake make clang libclang-dev gcc-arm-none-eabi libnewlib-arm-none-eabi
    gcc-riscv64-unknown-elf tmux
    babeltrace2 python3-bt2 python3-lttnganalyses sigrok-cli chromium"

stage_setup() {
    local missing=() package
    if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
        # npm comes along with a node from elsewhere.
        type npm >/dev/null 2>&1 || missing+=(npm)
        for package in $debian_packages qemu-system-arm qemu-system-misc; do
            dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
        done
        if ((${#missing[@]})); then
            if ((EUID != 0)); then
                echo "missing packages: ${missing[*]} (apt-get install them, or run as root)"
                return 1
            fi
            apt-get update -qq
            # qemu-utils of another release may stand in the way of qemu-system-arm; the trailing dash removes it.
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" qemu-utils- >/dev/null
        fi
    fi
    # Honours rust-toolchain.toml; auto-install may be off.
    rustup toolchain install >/dev/null
    rustc --version
    cargo fetch --locked
}
