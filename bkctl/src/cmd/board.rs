//! `bkctl board`: what boards there are, what is known of one, and what is wrong with its files.

use std::fmt::Write as _;

use bluekernel_boards::diagnostic::{Diagnostic, Severity};
use bluekernel_boards::model::{Board as Model, Interrupts, Irq};
use serde::Serialize;

use crate::cli::{Board, Global};
use crate::error::{Exit, Result};
use crate::output::{self, Align, Format, Table};
use crate::project::Project;
use crate::target::boards;

#[derive(Serialize)]
struct List {
    schema: &'static str,
    boards: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    title: String,
    chip: String,
    core: String,
    tier: u8,
}

#[derive(Serialize)]
struct Show<'a> {
    schema: &'static str,
    sha256: &'a str,
    board: &'a Model,
}

#[derive(Serialize)]
struct Findings {
    schema: &'static str,
    boards: usize,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    board: String,
    severity: String,
    message: String,
    file: String,
    line: usize,
    label: String,
    help: Option<String>,
}

pub(super) fn run(global: &Global, command: &Board) -> Result {
    let project = Project::find()?;
    let root = project.as_ref().map(|project| project.root.as_path());
    match command {
        Board::List => list(global.format, boards::all(root)?),
        Board::Show { name } => show(global.format, &boards::find(name, root)?),
        Board::Lint { names } => lint(global.format, boards::lint(names, root)?),
    }
}

fn list(format: Format, found: Vec<Model>) -> Result {
    let boards: Vec<Entry> = found
        .into_iter()
        .map(|board| Entry {
            name: board.name,
            title: board.title,
            chip: board.chip.name,
            core: board.chip.core,
            tier: board.tier,
        })
        .collect();
    match format {
        Format::Json => output::json(&List { schema: "bk.boards/1", boards })?,
        Format::Text => {
            let mut table =
                Table::new(&[("board", Align::Left), ("chip", Align::Left), ("core", Align::Left), ("", Align::Left)]);
            for board in boards {
                table.row([board.name, board.chip, board.core, board.title]);
            }
            output::text(&table.render())?;
        }
    }
    Ok(Exit::Ok)
}

fn show(format: Format, board: &Model) -> Result {
    match format {
        Format::Json => output::json(&Show { schema: "bk.board/1", sha256: board.hash(), board })?,
        Format::Text => output::text(&describe(board))?,
    }
    Ok(Exit::Ok)
}

/// A warning is no failure.
fn lint(format: Format, checked: Vec<(String, Vec<Diagnostic>)>) -> Result {
    let boards = checked.len();
    let findings: Vec<(String, Diagnostic)> = checked
        .into_iter()
        .flat_map(|(board, findings)| findings.into_iter().map(move |finding| (board.clone(), finding)))
        .collect();
    let errors = findings.iter().filter(|(_, finding)| finding.severity == Severity::Error).count();
    match format {
        Format::Json => output::json(&Findings {
            schema: "bk.board-lint/1",
            boards,
            findings: findings
                .into_iter()
                .map(|(board, finding)| Finding {
                    board,
                    severity: finding.severity.to_string(),
                    line: finding.line(),
                    file: finding.file.name.clone(),
                    message: finding.message,
                    label: finding.label,
                    help: finding.help,
                })
                .collect(),
        })?,
        Format::Text => {
            let mut text = String::new();
            for (_, finding) in &findings {
                let _ = writeln!(text, "{}\n", finding.render(true));
            }
            let _ = writeln!(text, "{boards} boards, {errors} errors, {} warnings", findings.len() - errors);
            output::text(&text)?;
        }
    }
    Ok(if errors == 0 { Exit::Ok } else { Exit::Failed })
}

fn describe(board: &Model) -> String {
    let chip = &board.chip;
    let mut out = String::new();
    let _ = writeln!(out, "{}: {}", board.name, board.title);
    let _ = writeln!(out, "  chip         {} ({}), {}, {}", chip.name, chip.vendor, chip.core, chip.arch);
    let _ = writeln!(out, "  clock        {} Hz", output_count(board.core_hz));
    let _ = writeln!(out, "  Rust target  {}", chip.target);
    let _ = match &chip.interrupts {
        Interrupts::Nvic(nvic) => writeln!(out, "  interrupts   {}, {} priority bits", nvic.irqs, nvic.prio_bits),
        Interrupts::Plic(plic) => {
            writeln!(out, "  interrupts   {} at a PLIC, priorities up to {}", plic.sources, plic.priorities)
        }
    };
    let _ = match &board.kernel {
        Some(kernel) => {
            writeln!(out, "  time driver  {} at {} Hz", kernel.time_driver, output_count(kernel.time_hz))
        }
        None => writeln!(out, "  time driver  none: the kernel has no port for this chip"),
    };
    let console = board.console.uart.as_deref().unwrap_or("RTT");
    let _ = writeln!(out, "  console      {console}, {} baud", board.console.baud);
    let _ = writeln!(out, "  flashing     {}", board.flash.method);
    if let Some(qemu) = &board.qemu {
        let _ = writeln!(out, "  in QEMU      -M {}", qemu.machine);
    }
    let mut memory =
        Table::new(&[("memory", Align::Left), ("from", Align::Right), ("KiB", Align::Right), ("kind", Align::Left)]);
    for one in &chip.memory {
        let kind = format!("{:?}", one.kind).to_lowercase();
        memory.row([one.name.clone(), format!("{:#010x}", one.base), (one.size / 1024).to_string(), kind]);
    }
    let mut peripherals = Table::new(&[
        ("peripheral", Align::Left),
        ("from", Align::Right),
        ("interrupts", Align::Left),
        ("simulated as", Align::Left),
    ]);
    for one in &chip.peripherals {
        let irqs = describe_irqs(&one.irqs);
        let model = one.model.clone().unwrap_or_else(|| "-".into());
        peripherals.row([one.name.clone(), format!("{:#010x}", one.base), irqs, model]);
    }
    let _ = write!(out, "\n{}\n{}", memory.render(), peripherals.render());
    if !board.source.is_empty() || !chip.source.is_empty() {
        let sources: Vec<_> = board.source.iter().chain(&chip.source).map(String::as_str).collect();
        let _ = writeln!(out, "\n  sources: {}", sources.join("; "));
    }
    out
}

/// Interrupts by name and number; many in a row by the first and the last.
fn describe_irqs(irqs: &[Irq]) -> String {
    let told = |irq: &Irq| format!("{} {}", irq.name, irq.number);
    let rows = irqs.chunk_by(|one, next| one.number.checked_add(1) == Some(next.number));
    let words = rows.flat_map(|row| match row {
        [first, .., last] if row.len() > 4 => vec![format!("{} to {}", told(first), told(last))],
        _ => row.iter().map(told).collect(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn output_count(value: u64) -> String {
    crate::units::show_count(value)
}
