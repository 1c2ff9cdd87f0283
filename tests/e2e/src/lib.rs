//! Runs `bkctl` as a person would: the built programs, in folders outside the repository.
//!
//! The programs are built once a test process by the same command as `install.sh`, so that a test never runs yesterday's.
#![forbid(unsafe_code)]
// A test that cannot set its stage up has failed.
#![allow(clippy::missing_panics_doc)]

mod board;
pub mod device;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub use board::{BOARDS, Board, Fixture, MORE_BOARDS, MPS2, STM32F4};

/// The repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/e2e is two below").to_owned()
}

/// Cargo's target folder that this test runs from.
fn target_dir() -> PathBuf {
    let exe = std::env::current_exe().expect("own path");
    // target/debug/deps/cli-0123
    exe.ancestors().nth(3).expect("cargo's layout").to_owned()
}

/// The folder with `bkctl` and `bksim`, built now if need be.
#[must_use]
pub fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let status = Command::new(repository().join("tests/build"))
            .env("CARGO_TARGET_DIR", target_dir())
            .arg("--quiet")
            .status()
            .expect("it starts");
        assert!(status.success(), "bkctl and bksim do not build");
        target_dir().join("debug")
    })
}

/// A command whose environment is a user's, not cargo's: the test runner's own variables are taken out.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for variable in
        ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTFLAGS", "BKSIM", "BKCTL_TARGET", "BKCTL_LOG", "CARGO_MANIFEST_DIR"]
    {
        command.env_remove(variable);
    }
    command.env("NO_COLOR", "1").env("CARGO_TARGET_DIR", projects_target());
    command
}

/// One target folder for all generated projects: their dependencies are built once. Projects of different
/// tests must have names of their own, which [`Board::project`] sees to.
#[must_use]
pub fn projects_target() -> PathBuf {
    target_dir().join("e2e-projects")
}

/// `bkctl` with `arguments`, in `folder`.
pub fn bkctl(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command(programs().join("bkctl"));
    command.current_dir(folder).args(arguments);
    command
}

/// What a program did.
#[derive(Debug)]
pub struct Run {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// Its stdout.
    pub out: String,
    /// Its stderr.
    pub err: String,
}

/// Runs `command` to its end.
pub fn run(command: &mut Command) -> Run {
    finished(command.output().expect("the program starts"))
}

/// What a program that has ended did.
#[must_use]
pub fn finished(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Run {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that stderr contains each of `words`.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "'{word}' is not in stderr:\n{}", self.err);
        }
        self
    }

    /// Asserts that stderr holds exactly one error.
    #[track_caller]
    pub fn one_error(self) -> Self {
        let count = self.err.lines().filter(|line| line.starts_with("error:")).count();
        assert_eq!(count, 1, "stderr:\n{}", self.err);
        assert!(!self.err.contains("panicked"), "stderr:\n{}", self.err);
        self
    }

    /// Stdout as JSON.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in stdout:\n{}\nstderr:\n{}", self.out, self.err))
    }
}

/// A folder outside the repository that goes away with the test.
#[must_use]
pub fn scratch() -> TempDir {
    let dir = tempfile::Builder::new().prefix("bk e2e ").tempdir().expect("a temporary folder");
    assert!(!dir.path().starts_with(repository()));
    dir
}

/// The SHA-256 of a file in hexadecimal, as `sha256sum` prints it.
#[must_use]
pub fn sha256(file: &Path) -> String {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends `signal` (a name such as INT) to a process.
pub fn signal(pid: u32, signal: &str) {
    send(signal, &pid.to_string());
}

/// Sends `signal` to a process and all others of its group, as a terminal does with Ctrl-C.
pub fn signal_group(leader: u32, signal: &str) {
    send(signal, &format!("-{leader}"));
}

fn send(signal: &str, to: &str) {
    let status = Command::new("kill").args(["-s", signal, "--", to]).status().expect("kill starts");
    assert!(status.success());
}

/// The processes that `parent` has started and that still live, from Linux's /proc.
#[must_use]
pub fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if parent_of(pid) == Some(parent) {
            found.push(pid);
        }
    }
    found
}

/// The parent of a living process; `None` if it has ended.
#[must_use]
pub fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // pid (name) state ppid: the name may hold spaces and parentheses.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (state != "Z").then(|| fields.next()?.parse().ok()).flatten()
}
