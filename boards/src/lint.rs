//! What a file can say that no hardware can be, and what the other tools would trip over.
//!
//! Every rule looks at the joined board; a finding names its place by file and key, so that the registry can show the
//! line.

mod core;
mod finding;
mod map;
mod names;
mod time;

use crate::model::Board;

pub use self::finding::{File, Finding};
pub use self::map::MODELS;
pub(crate) use self::time::{Driver, driver_of, stellaris_enable, stm32_enable};

/// Everything there is to say about `board`, by rule.
#[must_use]
pub fn check(board: &Board) -> Vec<Finding> {
    let mut findings = Vec::new();
    names::check(board, &mut findings);
    map::check(board, &mut findings);
    core::check(board, &mut findings);
    time::check(board, &mut findings);
    findings
}

/// A file's name and the name inside must agree: one is typed, the other is shown.
pub(crate) fn file_name(file: File, inside: &str, stem: &str) -> Option<Finding> {
    (inside != stem).then(|| {
        let message = format!("the file is called `{stem}.toml`, but the board in it `{inside}`");
        Finding::error(file, "board.name", message, "not the file's name").help(format!("write `name = \"{stem}\"`"))
    })
}
