//! Collects what bkctl carries: the kernel's sources and the templates, as `include_bytes!` of each file.
//!
//! Which files, and under which names, is decided here and nowhere else. The workspace manifest of the vendored copy is
//! rendered at run time from the repository's own (`src/kit/manifest.rs`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What of the repository a project carries: from where, to where in `vendor/bluekernel`.
const VENDORED: &[&str] = &[
    "kernel/Cargo.toml",
    "kernel/build.rs",
    "kernel/bluekernel.x",
    "kernel/riscv.x",
    "kernel/src",
    "kernel/abi",
    "kernel/arch",
    "kernel/core",
    "kernel/macros",
    "boards/support",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// Folders and files that are of no use to somebody who only builds.
const LEFT_OUT: &[&str] = &["target", "tests", "benches", "examples", "proptest-regressions", "Cargo.lock"];

fn main() -> io::Result<()> {
    let manifest_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = manifest_dir.parent().unwrap_or(&manifest_dir).canonicalize()?;
    let mut vendored = Vec::new();
    for entry in VENDORED {
        collect(&root, &root.join(entry), LEFT_OUT, &mut vendored)?;
    }
    let mut templates = Vec::new();
    let folder = root.join("templates");
    collect(&folder, &folder, &["target", "vendor"], &mut templates)?;

    let mut code = String::new();
    write_list(&mut code, "VENDORED", &root, &mut vendored);
    write_list(&mut code, "TEMPLATES", &folder, &mut templates);
    for (name, file) in [("ROOT_MANIFEST", "Cargo.toml"), ("TOOLCHAIN", "rust-toolchain.toml")] {
        let path = root.join(file);
        println!("cargo:rerun-if-changed={}", path.display());
        let _ = writeln!(code, "static {name}: &str = include_str!({:?});", path.display().to_string());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("kit.rs");
    fs::write(out, code)
}

/// Adds the files at and below `path`; a path that does not exist adds nothing.
fn collect(root: &Path, path: &Path, left_out: &[&str], files: &mut Vec<String>) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", path.display());
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if left_out.contains(&name) || !path.exists() {
        return Ok(());
    }
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(root, &entry?.path(), left_out, files)?;
        }
    } else if let Ok(relative) = path.strip_prefix(root) {
        // Names in the kit use `/` on every system.
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        files.push(parts.join("/"));
    }
    Ok(())
}

fn write_list(code: &mut String, name: &str, root: &Path, files: &mut [String]) {
    files.sort();
    let _ = writeln!(code, "static {name}: &[(&str, &[u8])] = &[");
    for file in files {
        let path = root.join(&*file).display().to_string();
        let _ = writeln!(code, "    ({file:?}, include_bytes!({path:?})),");
    }
    code.push_str("];\n");
}
