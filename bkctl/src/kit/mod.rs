//! What bkctl carries inside itself: the kernel's sources for `vendor/bluekernel`, and the templates.

mod manifest;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Exit, Result};

include!(concat!(env!("OUT_DIR"), "/kit.rs"));

/// The kit's version: bkctl, kernel and templates carry the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file of the kit: its path (with `/`) and its bytes.
pub type File = (String, Vec<u8>);

/// Everything that stands in a project's `vendor/bluekernel`, but for the stamp.
///
/// # Errors
/// If the kit's own manifests cannot be rendered: a defect of this build of bkctl.
pub fn vendored() -> Result<Vec<File>> {
    let mut files = Vec::with_capacity(VENDORED.len() + 1);
    let mut manifests = Vec::new();
    for (path, bytes) in VENDORED {
        let bytes = if path.ends_with("Cargo.toml") {
            let text = std::str::from_utf8(bytes).map_err(|error| defect(path, &error))?;
            let text = manifest::member(text).map_err(|error| defect(path, &error))?;
            manifests.push((path.trim_end_matches("/Cargo.toml").to_owned(), text.clone()));
            text.into_bytes()
        } else {
            bytes.to_vec()
        };
        files.push(((*path).to_owned(), bytes));
    }
    let workspace = manifest::workspace(ROOT_MANIFEST, &manifests).map_err(|error| defect("Cargo.toml", &error))?;
    files.push(("Cargo.toml".into(), workspace.into_bytes()));
    files.sort();
    Ok(files)
}

/// The files of the template `name`, or `None` if there is no such template.
#[must_use]
pub fn template(name: &str) -> Option<Vec<(&'static str, &'static [u8])>> {
    let prefix = format!("{name}/");
    let files: Vec<_> =
        TEMPLATES.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?, *bytes))).collect();
    (!files.is_empty()).then_some(files)
}

/// The names of the templates.
#[must_use]
pub fn templates() -> Vec<&'static str> {
    let mut names: Vec<_> = TEMPLATES.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
    names.dedup();
    names
}

/// The toolchain channel that the kit is built and tested with, like `1.95.0`.
#[must_use]
pub fn toolchain() -> String {
    TOOLCHAIN
        .parse::<toml_edit::DocumentMut>()
        .ok()
        .and_then(|document| Some(document.get("toolchain")?.get("channel")?.as_str()?.to_owned()))
        .unwrap_or_else(|| "stable".into())
}

/// SHA-256 over paths and contents, in hexadecimal: equal if and only if the same files hold the same bytes. The order
/// does not matter; line ends of text files are taken as `\n`, so that a checkout on Windows has the same.
#[must_use]
pub fn hash<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable();
    let mut sha = Sha256::new();
    for (path, bytes) in files {
        let bytes = unix_line_ends(bytes);
        for part in [path.as_bytes(), &bytes] {
            sha.update((part.len() as u64).to_le_bytes());
            sha.update(part);
        }
    }
    hex(&sha.finalize())
}

/// SHA-256 of one file's bytes as in [`hash`], without its name.
#[must_use]
pub fn hash_file(bytes: &[u8]) -> String {
    hex(&Sha256::digest(unix_line_ends(bytes)))
}

fn unix_line_ends(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (place, byte) in bytes.iter().enumerate() {
        if !(*byte == b'\r' && bytes.get(place + 1) == Some(&b'\n')) {
            out.push(*byte);
        }
    }
    out
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn defect(path: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(Exit::Usage, format!("this build of bkctl is defective: its own {path} cannot be rendered: {error}"))
        .hint("install it again with ./install.sh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_sees_names_contents_and_borders_but_not_line_ends() {
        let one = hash([("a", b"x\ny".as_slice())]);
        assert_eq!(one, hash([("a", b"x\r\ny".as_slice())]));
        assert_ne!(one, hash([("b", b"x\ny".as_slice())]));
        assert_ne!(hash([("a", b"bc".as_slice())]), hash([("ab", b"c".as_slice())]));
        // FIPS 180-4's example, so that hex and digest are the usual ones.
        assert_eq!(hash_file(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_vendored_tree_is_whole() {
        let files = vendored().expect("renders");
        for path in ["Cargo.toml", "kernel/Cargo.toml", "kernel/src/lib.rs", "kernel/abi/src/wire.rs"] {
            assert!(files.iter().any(|(name, _)| name == path), "{path} is missing");
        }
        for (path, _) in &files {
            assert!(!path.contains("inspect/"), "{path} is host code");
        }
    }
}
