//! A project's folder: where it is, what its `bk.toml` says, what was generated into it, how it is built.

pub mod cargo;
pub mod manifest;
pub mod name;
pub mod scaffold;
pub mod stamp;
pub mod template;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use manifest::Manifest;

/// The file that makes a folder a project.
pub const MANIFEST: &str = "bk.toml";

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    /// What bk.toml says.
    pub manifest: Manifest,
}

impl Project {
    /// The project that the current folder is in, if it is in one.
    ///
    /// # Errors
    /// If there is a bk.toml and it cannot be read.
    pub fn find() -> Result<Option<Self>> {
        let here = std::env::current_dir()
            .map_err(|error| Error::usage(format!("the current folder cannot be used: {error}")))?;
        here.ancestors().find(|folder| folder.join(MANIFEST).is_file()).map(Self::open).transpose()
    }

    /// The project that the current folder is in.
    ///
    /// # Errors
    /// If it is in none, or as [`Project::find`].
    pub fn here() -> Result<Self> {
        Self::find()?.ok_or_else(|| {
            Error::usage("no bk.toml in this folder or above it: not in a project")
                .hint("bkctl new NAME --board BOARD makes one; or name an ELF file and --board")
        })
    }

    /// The project in `root`.
    ///
    /// # Errors
    /// If its bk.toml cannot be read.
    pub fn open(root: &Path) -> Result<Self> {
        let manifest = Manifest::read(&root.join(MANIFEST))?;
        Ok(Self { root: root.to_owned(), manifest })
    }
}
