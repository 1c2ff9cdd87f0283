//! Building a project: plain `cargo build --release`, its messages read, its ELF found.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::error::{Error, Exit, Result};
use crate::interrupt;

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The Rust target, to say what is missing.
    pub target: String,
    /// Which binary, if there are several.
    pub bin: Option<String>,
    /// Without default features.
    pub no_default_features: bool,
    /// Say nothing unless it fails.
    pub quiet: bool,
    /// More arguments.
    pub extra: Vec<String>,
    /// More environment variables.
    pub env: Vec<(&'static str, String)>,
}

/// Builds the package in `root` and returns its ELF. Cargo's own words go to stderr.
///
/// # Errors
/// Exit 3 if cargo is missing, the build fails, or it makes no binary; exit 2 if it makes several and none was chosen.
pub fn build(root: &Path, options: &Options) -> Result<PathBuf> {
    // Cargo gets the Ctrl-C too; this side waits for it.
    let _guard = interrupt::guard(|| {});
    let colour = io::stderr().is_terminal();
    let mut command = Command::new("cargo");
    command
        .current_dir(root)
        .args(["build", "--release"])
        .arg(if colour { "--message-format=json-diagnostic-rendered-ansi" } else { "--message-format=json" })
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if options.quiet {
        command.arg("--quiet");
    }
    if let Some(bin) = &options.bin {
        command.args(["--bin", bin]);
    }
    if options.no_default_features {
        command.arg("--no-default-features");
    }
    command.args(&options.extra).envs(options.env.iter().map(|(name, value)| (name, value)));
    tracing::debug!(?command, "build");
    let mut child = command.spawn().map_err(|error| cannot_start(&error))?;

    let mut executables = Vec::new();
    let mut missing_target = None;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
            match message["reason"].as_str() {
                Some("compiler-message") => {
                    let text = message["message"]["rendered"].as_str().unwrap_or_default();
                    if message["message"]["code"]["code"] == "E0463" {
                        missing_target = missing_target.or_else(|| target_in(&message["message"]));
                    }
                    if !options.quiet || message["message"]["level"] == "error" {
                        anstream::eprint!("{text}");
                    }
                }
                Some("compiler-artifact") => {
                    if let (Some(file), Some(name)) =
                        (message["executable"].as_str(), message["target"]["name"].as_str())
                    {
                        executables.push((name.to_owned(), PathBuf::from(file)));
                    }
                }
                _ => {}
            }
        }
    }
    let status = child.wait().map_err(|error| cannot_start(&error))?;
    if interrupt::asked() {
        return Err(Error::new(Exit::Interrupted, "interrupted while building"));
    }
    if !status.success() {
        let error = Error::new(Exit::Build, format!("cargo could not build the project in {}", root.display()));
        let missing =
            missing_target.or_else(|| target_is_missing(root, &options.target).then(|| options.target.clone()));
        return Err(match missing {
            Some(target) => Error::new(
                Exit::Build,
                format!("the Rust target {target} is not installed for this project's toolchain"),
            )
            .hint(format!("rustup target add {target}")),
            None => error.hint("cargo's message is above"),
        });
    }
    match executables.as_slice() {
        [] => Err(Error::new(Exit::Build, format!("the package in {} makes no binary", root.display()))
            .hint("it needs a src/main.rs, or a [[bin]] in Cargo.toml")),
        [(_, file)] => Ok(file.clone()),
        several => {
            let names: Vec<_> = several.iter().map(|(name, _)| name.as_str()).collect();
            Err(Error::usage(format!("the project has several binaries: {}", names.join(", ")))
                .hint("choose one with --bin NAME"))
        }
    }
}

/// The ELF of an earlier build, for `--no-build`.
///
/// # Errors
/// As [`build`]; exit 2 if it was never built.
pub fn existing(root: &Path, options: &Options) -> Result<PathBuf> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version=1"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| cannot_start(&error))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| Error::new(Exit::Build, format!("cargo cannot read the package in {}", root.display())))?;
    let target_dir = PathBuf::from(metadata["target_directory"].as_str().unwrap_or("target"));
    let folder = target_dir.join(&options.target).join("release");
    let mut names: Vec<&str> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|package| package["targets"].as_array().into_iter().flatten())
        .filter(|target| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin")))
        .filter_map(|target| target["name"].as_str())
        .collect();
    if let Some(bin) = &options.bin {
        names.retain(|name| name == bin);
    }
    match names.as_slice() {
        [name] => {
            let file = folder.join(name);
            if file.is_file() {
                Ok(file)
            } else {
                Err(Error::usage(format!("{} was not built yet", file.display())).hint("leave --no-build out"))
            }
        }
        [] => Err(Error::usage("no such binary in the project").hint("see [[bin]] in Cargo.toml")),
        several => Err(Error::usage(format!("the project has several binaries: {}", several.join(", ")))
            .hint("choose one with --bin NAME")),
    }
}

fn cannot_start(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        Error::new(Exit::Build, "cargo is not on the PATH").hint("install Rust with rustup: https://rustup.rs")
    } else {
        Error::new(Exit::Build, format!("cargo cannot be started: {error}"))
    }
}

/// The target that rustc's E0463 ("can't find crate for `core`") calls not installed. The words are rustc's, so this may
/// fail one day; [`target_is_missing`] then still finds the usual case.
fn target_in(message: &Value) -> Option<String> {
    let notes = message["children"].as_array()?.iter().filter_map(|child| child["message"].as_str());
    let note = notes.into_iter().find(|note| note.ends_with("target may not be installed"))?;
    note.split('`').nth(1).map(str::to_owned)
}

/// Whether the toolchain of `root` has no library for `target`. Asked only after a failure: it costs a process.
fn target_is_missing(root: &Path, target: &str) -> bool {
    let output = Command::new(std::env::var_os("RUSTC").as_deref().unwrap_or(OsStr::new("rustc")))
        .current_dir(root)
        .args(["--print", "target-libdir", "--target", target])
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        output.status.success() && !Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}
