//! Boards by name: the project's own first, then the user's, then the built-in ones.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use bluekernel_boards::diagnostic::Diagnostic;
use bluekernel_boards::model::Board;
use bluekernel_boards::{BoardError, Registry, SearchPath};

use crate::error::{Error, Result};
use crate::folders;

/// The registry over the project in `project`, the user's folder and the built-in boards.
fn registry(project: Option<&Path>) -> Registry {
    Registry::new(SearchPath::new(project, folders::config().as_deref()))
}

/// The board called `name`; `project` is the project's folder, if there is one.
///
/// # Errors
/// If there is none (the nearest names are offered), or its files are wrong (with file and line).
pub fn find(name: &str, project: Option<&Path>) -> Result<Board> {
    registry(project).board(name).map_err(told)
}

/// All boards.
///
/// # Errors
/// If a board's files are wrong.
pub fn all(project: Option<&Path>) -> Result<Vec<Board>> {
    let registry = registry(project);
    registry.names().iter().map(|name| registry.board(name).map_err(told)).collect()
}

/// What is to be said about the files of boards: of those in `names`, or of all.
///
/// # Errors
/// If there is no such board, or a file cannot be read.
pub fn lint(names: &[String], project: Option<&Path>) -> Result<Vec<(String, Vec<Diagnostic>)>> {
    let registry = registry(project);
    let names = if names.is_empty() { registry.names() } else { names.to_vec() };
    let check = |name: String| match registry.check(&name) {
        Ok(checked) => Ok((name, checked.findings)),
        Err(BoardError::Invalid(findings)) => Ok((name, findings)),
        Err(error) => Err(told(error)),
    };
    names.into_iter().map(check).collect()
}

fn told(error: BoardError) -> Error {
    match error {
        BoardError::Unknown { name, nearest, known } => {
            let hint = match nearest {
                Some(near) => format!("did you mean {near}? (bkctl board list shows all)"),
                None => format!("the boards are: {}", known.join(", ")),
            };
            Error::usage(format!("there is no board '{name}'")).hint(hint)
        }
        other => {
            let colour = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            Error::usage(other.render(colour))
        }
    }
}
