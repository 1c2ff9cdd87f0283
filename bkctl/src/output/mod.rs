//! What commands print: text for people, JSON for programs.

mod table;

use std::io::{self, Write as _};

use serde::Serialize;

pub use table::{Align, Table};

use crate::error::Result;

/// How a command answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document; its `schema` field names its form.
    Json,
}

/// Writes one JSON document to stdout.
///
/// # Errors
/// If stdout cannot be written.
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Writes text to stdout as it is.
///
/// # Errors
/// If stdout cannot be written.
pub fn text(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
