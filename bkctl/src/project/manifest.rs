//! `bk.toml`: what bkctl knows about a project.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Deserializer, de};

use crate::error::{Error, Result};
use crate::units::parse_size;

/// The version of the file's form that this bkctl reads.
pub const SCHEMA: u32 = 1;

/// `bk.toml`. Unknown keys are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The board's name.
    pub board: String,
    /// The version of the kit that made the project, or last upgraded it.
    pub kit: String,
    /// Where its firmware runs unless told otherwise: `sim` or `probe`.
    #[serde(default = "default_target")]
    pub target: String,
    /// The most bytes that each memory region may take.
    #[serde(default)]
    pub budgets: BTreeMap<String, Size>,
}

/// A number of bytes, written as `4096` or `"4KiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a size, like 4096 or \"4KiB\"")]
        enum Either {
            Number(u64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(bytes) => Ok(Self(bytes)),
            Either::Text(text) => parse_size(&text).map(Self).map_err(de::Error::custom),
        }
    }
}

fn default_target() -> String {
    "sim".into()
}

impl Manifest {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it is missing, is not TOML, holds unknown keys, or is of another schema: with the line.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::file("read", path, &error))?;
        Self::parse(&text).map_err(|error| Error::usage(format!("{}: {error}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        if manifest.schema != SCHEMA {
            return Err(format!("schema {} is not known; this bkctl reads schema {SCHEMA}", manifest.schema));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_take_both_forms() {
        let text = "schema = 1\nboard = \"b\"\nkit = \"0\"\n[budgets]\nFLASH = \"4KiB\"\nRAM = 100\n";
        let manifest = Manifest::parse(text).expect("parses");
        assert_eq!(manifest.budgets["FLASH"], Size(4096));
        assert_eq!(manifest.budgets["RAM"], Size(100));
        assert_eq!(manifest.target, "sim");
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let error = Manifest::parse("schema = 1\nbord = \"b\"\nkit = \"0\"\n").expect_err("unknown key");
        assert!(error.contains("line 2") && error.contains("bord"), "{error}");
        let error = Manifest::parse("schema = 9\nboard = \"b\"\nkit = \"0\"\n").expect_err("schema");
        assert!(error.contains('9'), "{error}");
    }
}
