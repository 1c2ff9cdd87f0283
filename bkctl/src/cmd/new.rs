//! `bkctl new`: a project.

use serde::Serialize;

use crate::cli::{Global, New};
use crate::error::{Exit, Result};
use crate::output::{self, Format};
use crate::project::scaffold::{self, Plan};
use crate::target::boards;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    path: String,
    board: &'a str,
    template: &'a str,
    kit: &'static str,
}

pub(super) fn run(global: &Global, args: &New) -> Result {
    let board = boards::find(&args.board, None)?;
    let path = scaffold::create(&Plan { path: &args.path, board: &board, template: &args.template })?;
    let shown = path.display().to_string();
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.new/1",
            path: shown,
            board: &board.name,
            template: &args.template,
            kit: crate::kit::VERSION,
        })?,
        Format::Text => {
            // A board with a probe has a simulated one too, and is used in the same way.
            let probe = if board.flash.method == "none" { "" } else { "    bkctl run\n" };
            output::text(&format!(
                "made {shown} for {} ({})\n\n    cd {shown}\n    cargo build --release\n    bkctl sim --for 2s\n{probe}",
                board.name, board.title
            ))?;
        }
    }
    Ok(Exit::Ok)
}
