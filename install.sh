#!/bin/sh
# Sets a machine up for this kit and installs bkctl and bksim.
#
#   ./install.sh [--demo] [--yes] [--prefix DIR]
#
#   --demo         afterwards, show the whole road: bkctl demo
#   --yes          install missing system packages with apt, through sudo if need be
#   --prefix DIR   install to DIR/bin instead of ~/.cargo/bin
#
# Exit codes: 0 done, 2 something is missing (the message says what and how to get it), 3 the build failed, 130 Ctrl-C.
# Mirrors are honoured: RUSTUP_DIST_SERVER, RUSTUP_UPDATE_ROOT, CARGO_TARGET_DIR and cargo's own configuration are left
# as they are. Run again, it is quick and changes nothing.
set -eu

say() { printf '%s\n' "$*"; }
fail() {
    code=$1
    shift
    printf 'install.sh: %s\n' "$*" >&2
    exit "$code"
}
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0"; }
have() { command -v "$1" >/dev/null 2>&1; }

demo=no
yes=no
prefix=
while [ $# -gt 0 ]; do
    case $1 in
        --demo) demo=yes ;;
        --yes | -y) yes=yes ;;
        --prefix)
            [ $# -ge 2 ] || fail 2 "--prefix needs a folder"
            prefix=$2
            shift
            ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) fail 2 "unknown argument '$1'; try --help" ;;
    esac
    shift
done
trap 'exit 130' INT

case $prefix in
    '') bin=${CARGO_HOME:-$HOME/.cargo}/bin ;;
    /*) bin=$prefix/bin ;;
    *) bin=$PWD/$prefix/bin ;;
esac
cd "$(dirname "$0")"

# --- What the system must offer -----------------------------------------------------------------------------------------

# libclang reads the engine's C headers (bindgen). It is a library, so several places are looked at.
have_libclang() {
    if [ -n "${LIBCLANG_PATH:-}" ]; then return 0; fi
    if have ldconfig && ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so'; then return 0; fi
    for file in /usr/lib/llvm-*/lib/libclang*.so* /usr/lib/*/libclang*.so* /usr/lib/libclang*.so* /usr/lib64/libclang*.so* \
        /usr/local/lib/libclang*.so* /opt/homebrew/opt/llvm/lib/libclang.dylib /usr/local/opt/llvm/lib/libclang.dylib \
        /Library/Developer/CommandLineTools/usr/lib/libclang.dylib \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib/libclang.dylib; do
        [ -e "$file" ] && return 0
    done
    return 1
}

# One word a missing tool: git cc make cmake libclang
missing_tools() {
    have git || say git
    have cc || have gcc || have clang || say cc
    have make || have ninja || say make
    have cmake || say cmake
    have_libclang || say libclang
}

# The packages of manager $1 for the missing tools $2...
packages() {
    manager=$1
    shift
    for tool in "$@"; do
        case $manager:$tool in
            apt:cc) say gcc libc6-dev ;;
            apt:libclang) say libclang-dev ;;
            dnf:cc) say gcc ;;
            dnf:libclang) say clang-devel ;;
            pacman:cc) say gcc ;;
            pacman:libclang) say clang ;;
            brew:libclang) say llvm ;;
            brew:cc | brew:make) ;; # both come with the command line tools
            *) say "$tool" ;;
        esac
    done | tr '\n' ' ' | sed 's/ $//'
}

missing=$(missing_tools | tr '\n' ' ' | sed 's/ $//')
if [ -n "$missing" ]; then
    as_root=
    if [ "$(id -u)" -eq 0 ]; then
        can=yes
    elif [ $yes = yes ] && have sudo; then
        can=yes
        as_root=sudo
    else
        can=no
    fi
    # The words in $missing and in the package lists are separate arguments.
    # shellcheck disable=SC2086
    if [ $can = yes ] && have apt-get; then
        list=$(packages apt $missing)
        say "installing with apt: $list"
        DEBIAN_FRONTEND=noninteractive
        export DEBIAN_FRONTEND
        $as_root apt-get update -qq || fail 2 "apt-get update failed; see its message above"
        $as_root apt-get install -y -qq --no-install-recommends $list || fail 2 "apt-get install failed; see its message above"
        missing=$(missing_tools | tr '\n' ' ' | sed 's/ $//')
        [ -z "$missing" ] || fail 2 "still missing after the installation: $missing"
    else
        {
            say "install.sh: missing: $missing"
            say "Install them with the command for your system, then run ./install.sh again:"
            say "  Debian, Ubuntu   sudo apt-get update && sudo apt-get install -y $(packages apt $missing)"
            say "  Fedora           sudo dnf install -y $(packages dnf $missing)"
            say "  Arch             sudo pacman -S --needed $(packages pacman $missing)"
            case " $missing " in
                *" cc "* | *" make "*) say "  macOS            xcode-select --install" ;;
            esac
            brew=$(packages brew $missing)
            [ -z "$brew" ] || say "  macOS            brew install $brew"
            if have apt-get; then say "or let this script do it: ./install.sh --yes"; fi
        } >&2
        exit 2
    fi
fi

# --- The Rust toolchain that the repository pins ------------------------------------------------------------------------

if ! have rustup || ! have cargo; then
    {
        say "install.sh: rustup is missing. Get it from https://rustup.rs:"
        say "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
        say "or from your system's packages (Debian: rustup, Fedora: rustup, Arch: rustup, brew: rustup)."
    } >&2
    exit 2
fi

channel=$(sed -n 's/^channel *= *"\(.*\)".*/\1/p' rust-toolchain.toml)
targets=$(sed -n 's/^targets *= *\[\(.*\)\].*/\1/p' rust-toolchain.toml | tr -d '",')
components=$(sed -n 's/^components *= *\[\(.*\)\].*/\1/p' rust-toolchain.toml | tr -d '",')
[ -n "$channel" ] || fail 2 "rust-toolchain.toml names no channel"

# Asked without rustup's own downloads, so that a machine that has everything needs no network.
toolchain_is_there() {
    for target in $targets; do
        folder=$(RUSTUP_AUTO_INSTALL=0 rustup run "$channel" rustc --print target-libdir --target "$target" 2>/dev/null) || return 1
        [ -d "$folder" ] || return 1
    done
    RUSTUP_AUTO_INSTALL=0 rustup run "$channel" cargo --version >/dev/null 2>&1
}

if ! toolchain_is_there; then
    say "installing Rust $channel with the targets: $targets"
    set -- toolchain install "$channel" --profile minimal --no-self-update
    for target in $targets; do set -- "$@" --target "$target"; done
    for component in $components; do set -- "$@" --component "$component"; done
    rustup "$@" || fail 2 "rustup could not install Rust $channel; see its message above"
fi

# --- Build and install --------------------------------------------------------------------------------------------------

cargo build --locked -p bkctl -p bksim || fail 3 "the build failed; cargo's message is above"
built=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug
mkdir -p "$bin" || fail 2 "cannot make the folder $bin"

# By a rename, so that a running program is never half overwritten; bksim first, since bkctl needs it.
for program in bksim bkctl; do
    if cmp -s "$built/$program" "$bin/$program"; then
        continue
    fi
    cp "$built/$program" "$bin/.$program.$$" || fail 2 "cannot write to $bin"
    mv -f "$bin/.$program.$$" "$bin/$program" || fail 2 "cannot write to $bin"
    say "installed $bin/$program"
done
say "$("$bin/bkctl" --version) is in $bin"
case :$PATH: in
    *":$bin:"*) ;;
    *) say "It is not on your PATH yet: export PATH=\"$bin:\$PATH\"" ;;
esac

if [ $demo = yes ]; then
    say
    exec "$bin/bkctl" demo
fi
