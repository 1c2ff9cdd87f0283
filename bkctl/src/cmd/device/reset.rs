//! `bkctl reset`: the chip begins anew, or waits at its first instruction.

use serde::Serialize;

use crate::cli::{Global, Reset};
use crate::error::{Exit, Result};
use crate::output::{self, Format};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    chip: &'a str,
    target: String,
    halted: bool,
    pc: Option<u32>,
}

pub(in crate::cmd) fn run(global: &Global, args: &Reset) -> Result {
    let reach = super::chip(global, &args.chip)?;
    let halt = args.halt;
    let pc = reach.connect(move |chip| {
        if halt {
            chip.reset_and_halt()?;
            let (registers, _) = chip.registers()?;
            return Ok(Some(registers.r[15]));
        }
        chip.reset()?;
        Ok(None)
    })?;
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.reset/1",
            board: &reach.board.name,
            chip: &reach.board.chip.name,
            target: reach.title(),
            halted: halt,
            pc,
        })?,
        Format::Text => match pc {
            Some(pc) => anstream::eprintln!("reset; the core is halted at {pc:#010x}"),
            None => anstream::eprintln!("reset; the core runs"),
        },
    }
    Ok(Exit::Ok)
}
