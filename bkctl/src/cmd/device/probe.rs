//! `bkctl probe`: which probes there are, and what is behind one.

use std::fmt::Write as _;

use probe_rs::{Architecture, MemoryInterface as _};
use serde::Serialize;

use crate::cli::{Global, Probe};
use crate::error::{Exit, Result};
use crate::output::{self, Align, Format, Table};
use crate::target::probe::find;

#[derive(Serialize)]
struct List {
    schema: &'static str,
    probes: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    selector: String,
    accessible: bool,
}

#[derive(Serialize)]
struct Info {
    schema: &'static str,
    board: String,
    chip: String,
    target: String,
    /// As probe-rs calls it.
    probe_rs_target: String,
    architecture: &'static str,
    cores: Vec<String>,
    cpuid: Option<u32>,
}

pub(in crate::cmd) fn run(global: &Global, command: &Probe) -> Result {
    match command {
        Probe::List => list(global.format),
        Probe::Info { chip } => {
            let reach = super::chip(global, chip)?;
            let (board, target) = (reach.board.clone(), reach.title());
            let info = reach.connect(move |chip| {
                let session = chip.session();
                let architecture = match session.architecture() {
                    Architecture::Arm => "arm",
                    Architecture::Riscv => "riscv",
                    Architecture::Xtensa => "xtensa",
                };
                let cores = session.target().cores.iter().map(|core| format!("{}: {:?}", core.name, core.core_type));
                Ok(Info {
                    schema: "bk.probe.info/1",
                    board: board.name,
                    chip: board.chip.name,
                    target,
                    probe_rs_target: session.target().name.clone(),
                    architecture,
                    cores: cores.collect(),
                    cpuid: (architecture == "arm")
                        .then(|| chip.core()?.read_word_32(CPUID).map_err(told))
                        .transpose()?,
                })
            })?;
            match global.format {
                Format::Json => output::json(&info)?,
                Format::Text => output::text(&describe(&info))?,
            }
            Ok(Exit::Ok)
        }
    }
}

/// DDI 0403E, B3.2.3.
const CPUID: u64 = 0xe000_ed00;

fn told(error: probe_rs::Error) -> crate::error::Error {
    crate::target::probe::cause::told("cannot read CPUID", &error)
}

fn list(format: Format) -> Result {
    let found = find::all();
    match format {
        Format::Json => {
            let entry = |probe: find::Found| Entry {
                selector: probe.selector.to_string(),
                name: probe.name,
                accessible: probe.accessible,
            };
            output::json(&List { schema: "bk.probes/1", probes: found.into_iter().map(entry).collect() })?;
        }
        Format::Text if found.is_empty() => {
            anstream::eprintln!("no debug probe was found on USB; if one is plugged in, {}", find::ACCESS);
        }
        Format::Text => {
            let mut table = Table::new(&[("probe", Align::Left), ("selector", Align::Left), ("", Align::Left)]);
            for probe in found {
                let note = if probe.accessible { "" } else { "cannot be opened by this user" };
                table.row([probe.name, format!("probe:{}", probe.selector), note.to_owned()]);
            }
            output::text(&table.render())?;
        }
    }
    Ok(Exit::Ok)
}

fn describe(info: &Info) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "target  {}", info.target);
    let _ = writeln!(out, "board   {}", info.board);
    let _ = writeln!(out, "chip    {} (in probe-rs {})", info.chip, info.probe_rs_target);
    let _ = writeln!(out, "cores   {}", info.cores.join(", "));
    if let Some(cpuid) = info.cpuid {
        let _ = writeln!(out, "CPUID   {cpuid:#010x} ({})", core_name(cpuid));
    }
    out
}

/// The part number in CPUID: bits 15 to 4 (each core's Technical Reference Manual, "CPUID").
fn core_name(cpuid: u32) -> &'static str {
    match cpuid >> 4 & 0xfff {
        0xc20 => "Cortex-M0",
        0xc60 => "Cortex-M0+",
        0xc23 => "Cortex-M3",
        0xc24 => "Cortex-M4",
        0xc27 => "Cortex-M7",
        0xd20 => "Cortex-M23",
        0xd21 => "Cortex-M33",
        _ => "a core that bkctl has no name for",
    }
}
