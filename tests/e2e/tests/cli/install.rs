//! `install.sh` on machines that lack something: what it says, and that it stops.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use bluekernel_e2e::{command, repository, run, scratch};

/// A PATH with only what the script itself needs, and `more`.
fn tools(folder: &Path, more: &[&str]) {
    for tool in ["sh", "sed", "tr", "dirname", "id", "grep", "cat", "cmp", "cp", "mv", "mkdir"].iter().chain(more) {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join(tool))
            .find(|file| file.exists());
        if let Some(found) = found {
            symlink(found, folder.join(tool)).expect("linked");
        }
    }
}

fn install(path: &Path, arguments: &[&str]) -> bluekernel_e2e::Run {
    run(command(repository().join("install.sh")).env("PATH", path).args(arguments))
}

#[test]
fn no_cmake() {
    let folder = scratch();
    tools(folder.path(), &["git", "cc", "make", "rustup", "cargo", "ldconfig"]);
    install(folder.path(), &["--prefix", "/nonexistent"]).exits(2).says(&[
        "missing: cmake",
        "apt-get install -y cmake",
        "dnf install -y cmake",
        "pacman -S --needed cmake",
        "brew install cmake",
    ]);
}

#[test]
fn no_compiler_and_no_make() {
    let folder = scratch();
    tools(folder.path(), &["git", "cmake", "rustup", "cargo", "ldconfig"]);
    install(folder.path(), &["--prefix", "/nonexistent"]).exits(2).says(&[
        "cc",
        "make",
        "xcode-select --install",
        "gcc",
    ]);
}

#[test]
fn no_rustup() {
    let folder = scratch();
    // Stand-ins, so that only rustup is missing on every machine.
    tools(folder.path(), &["git", "ldconfig"]);
    for tool in ["cc", "make", "cmake"] {
        fs::copy("/bin/true", folder.path().join(tool)).expect("copied");
    }
    let done = run(command(repository().join("install.sh"))
        .env("PATH", folder.path())
        .env("LIBCLANG_PATH", "/anywhere")
        .args(["--prefix", "/nonexistent"]));
    done.exits(2).says(&["rustup is missing", "https://rustup.rs"]);
}

#[test]
fn wrong_arguments() {
    let path = std::env::var("PATH").unwrap_or_default();
    for arguments in [&["--demmo"][..], &["--prefix"]] {
        run(command(repository().join("install.sh")).env("PATH", &path).args(arguments)).exits(2);
    }
    let help = run(command(repository().join("install.sh")).env("PATH", &path).arg("--help")).exits(0);
    assert!(help.out.contains("--prefix DIR"));
}
