//! Stamps: what was generated into a project, from what, so that stale and edited files are told, never overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::kit;

/// Where the vendored kernel stands in a project.
pub const VENDOR: &str = "vendor/bluekernel";
/// The vendored kernel's stamp.
pub const VENDOR_STAMP: &str = "vendor/bluekernel/kit.toml";
/// The board files' stamp.
pub const BOARD_STAMP: &str = "board/generated.toml";

/// `vendor/bluekernel/kit.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorStamp {
    /// The kit's version.
    pub version: String,
    /// [`kit::hash`] of the folder's files but for this one.
    pub sha256: String,
}

/// `board/generated.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardStamp {
    /// The board's name.
    pub board: String,
    /// The hash of the board's and the chip's file.
    pub sha256: String,
    /// The kit's version.
    pub kit: String,
    /// SHA-256 of each generated file.
    pub files: BTreeMap<String, String>,
}

/// As TOML, with `comment` in front.
pub(super) fn render(comment: &str, stamp: &impl Serialize) -> String {
    let body = toml::to_string(stamp).unwrap_or_default();
    format!("# {comment}\n{body}")
}

/// What is not as it was generated, a sentence each. `board_hash` is the hash of the board's files as they are now.
#[must_use]
pub fn differences(root: &Path, board_hash: &str) -> Vec<String> {
    let mut found = Vec::new();
    match read::<BoardStamp>(&root.join(BOARD_STAMP)) {
        None => found.push(format!(
            "{BOARD_STAMP} is missing or cannot be read: cannot tell whether the board's files are current"
        )),
        Some(stamp) => {
            if stamp.sha256 != board_hash {
                found.push(format!(
                    "the board file of '{}' has changed since board/ and src/board.rs were generated from it",
                    stamp.board
                ));
            }
            for (file, sha256) in &stamp.files {
                match fs::read(root.join(file)) {
                    Err(_) => found.push(format!("{file} is missing; it was generated from the board file")),
                    Ok(bytes) if kit::hash_file(&bytes) != *sha256 => {
                        found.push(format!("{file} was edited after it was generated from the board file"));
                    }
                    Ok(_) => {}
                }
            }
        }
    }
    match read::<VendorStamp>(&root.join(VENDOR_STAMP)) {
        None => found.push(format!("{VENDOR_STAMP} is missing or cannot be read")),
        Some(stamp) => {
            if hash_folder(&root.join(VENDOR)) != stamp.sha256 {
                found.push(format!("{VENDOR} was edited after kit {} wrote it", stamp.version));
            }
        }
    }
    found
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    toml::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// [`kit::hash`] of a vendored folder as it stands; build output and the stamp are left out.
fn hash_folder(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, folder, &mut files);
    kit::hash(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())))
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<kit::File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    for path in paths {
        let Ok(relative) = path.strip_prefix(root) else { continue };
        let name = relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        if matches!(name.as_str(), "kit.toml" | "target" | "Cargo.lock") {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else if let Ok(bytes) = fs::read(&path) {
            files.push((name, bytes));
        }
    }
}
