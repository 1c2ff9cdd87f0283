//! `bkctl size`: flash and RAM by region, section, crate and symbol, and the tasks' stacks; over budget is exit 1.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bluekernel_inspect::footprint::Footprint;
use serde::Serialize;

use super::firmware::{self, Firmware};
use crate::cli::{Global, Size};
use crate::error::{Exit, Result};
use crate::output::{self, Align, Format, Table};
use crate::units::show_count;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    elf: String,
    board: &'a str,
    build_id: Option<String>,
    #[serde(flatten)]
    footprint: &'a Footprint,
    budgets: Vec<Budget>,
    fits: bool,
}

/// What bk.toml allows a region, and what it holds.
#[derive(Clone, Debug, Serialize)]
struct Budget {
    region: String,
    budget: u64,
    used: u64,
    over: bool,
}

pub(super) fn run(global: &Global, args: &Size) -> Result {
    let firmware = firmware::place(&args.project)?.firmware(&args.project, args.elf.as_deref(), args.no_build)?;
    let footprint = footprint(&firmware);
    let budgets = budgets(&firmware, &footprint);
    let problems = problems(&footprint, &budgets);
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.size/1",
            elf: firmware.elf.display().to_string(),
            board: &firmware.place.board.name,
            build_id: firmware.image.build_id_hex(),
            footprint: &footprint,
            budgets,
            fits: problems.is_empty(),
        })?,
        Format::Text => output::text(&render(&footprint, &budgets, args.top))?,
    }
    for problem in &problems {
        anstream::eprintln!("{problem}");
    }
    Ok(if problems.is_empty() { Exit::Ok } else { Exit::Failed })
}

/// The footprint of a firmware on its board.
pub(super) fn footprint(firmware: &Firmware) -> Footprint {
    let regions = firmware.place.board.regions();
    let regions: Vec<(&str, u64, u64)> =
        regions.iter().map(|(name, base, size)| (name.as_str(), *base, *size)).collect();
    Footprint::of(&firmware.image, &regions)
}

fn budgets(firmware: &Firmware, footprint: &Footprint) -> Vec<Budget> {
    let Some(project) = &firmware.place.project else { return Vec::new() };
    let used: BTreeMap<&str, u64> =
        footprint.regions.iter().map(|region| (region.name.as_str(), region.used)).collect();
    project
        .manifest
        .budgets
        .iter()
        .map(|(region, budget)| {
            let used = used.get(region.as_str()).copied().unwrap_or(0);
            Budget { region: region.clone(), budget: budget.0, used, over: used > budget.0 }
        })
        .collect()
}

fn problems(footprint: &Footprint, budgets: &[Budget]) -> Vec<String> {
    let mut problems = Vec::new();
    for region in footprint.regions.iter().filter(|region| region.extent > region.size) {
        let over = region.extent - region.size;
        problems.push(format!("{} is too small for this firmware by {} bytes", region.name, show_count(over)));
    }
    for (section, address, bytes) in &footprint.outside {
        problems.push(format!(
            "section {section} ({} bytes at {address:#010x}) lies in no memory of the board",
            show_count(*bytes)
        ));
    }
    for budget in budgets.iter().filter(|budget| budget.over) {
        problems.push(format!(
            "{} holds {} bytes, {} more than the budget in bk.toml",
            budget.region,
            show_count(budget.used),
            show_count(budget.used - budget.budget)
        ));
    }
    problems
}

const NUMBER: Align = Align::Right;
const NAME: Align = Align::Left;

fn render(footprint: &Footprint, budgets: &[Budget], top: usize) -> String {
    let mut out = String::new();
    let mut regions = Table::new(&[
        ("region", NAME),
        ("from", NUMBER),
        ("used", NUMBER),
        ("of", NUMBER),
        ("%", NUMBER),
        ("budget", NUMBER),
    ]);
    for region in footprint.regions.iter() {
        let budget = budgets.iter().find(|budget| budget.region == region.name);
        regions.row([
            region.name.clone(),
            format!("{:#010x}", region.base),
            show_count(region.used),
            show_count(region.size),
            percent(region.used, region.size),
            budget.map_or_else(String::new, |budget| show_count(budget.budget)),
        ]);
    }
    out.push_str(&regions.render());

    let mut sections = Table::new(&[("section", NAME), ("address", NUMBER), ("flash", NUMBER), ("ram", NUMBER)]);
    for section in &footprint.sections {
        sections.row([
            section.name.clone(),
            format!("{:#010x}", section.address),
            show_count(section.flash),
            show_count(section.ram),
        ]);
    }
    let totals = &footprint.totals;
    let _ = writeln!(out, "\n{}", sections.render().trim_end());
    let _ = writeln!(
        out,
        "  total: flash {}, ram {} (as binutils' size counts: text {}, data {}, bss {})",
        show_count(footprint.flash),
        show_count(footprint.ram),
        totals.text,
        totals.data,
        totals.bss
    );

    let mut crates = Table::new(&[("crate", NAME), ("flash", NUMBER), ("ram", NUMBER)]);
    for one in &footprint.crates {
        crates.row([one.name.clone(), show_count(one.flash), show_count(one.ram)]);
    }
    let _ = write!(out, "\n{}", crates.render());

    let mut symbols = Table::new(&[("symbol", NAME), ("flash", NUMBER), ("ram", NUMBER)]);
    for symbol in footprint.symbols.iter().take(top) {
        symbols.row([shorten(&symbol.name, 72), show_count(symbol.flash), show_count(symbol.ram)]);
    }
    let _ = write!(out, "\n{}", symbols.render());
    if footprint.symbols.len() > top {
        let _ = writeln!(out, "  ... and {} more (--top N, --format json)", footprint.symbols.len() - top);
    }

    if !footprint.stacks.is_empty() {
        let mut stacks = Table::new(&[("stack of task", NAME), ("bytes", NUMBER)]);
        for stack in &footprint.stacks {
            stacks.row([stack.task.clone(), show_count(stack.bytes)]);
        }
        let _ = write!(out, "\n{}", stacks.render());
    }
    out
}

fn percent(used: u64, size: u64) -> String {
    let tenths = u128::from(used) * 1000 / u128::from(size.max(1));
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The end of a path says most.
fn shorten(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name.to_owned();
    }
    let tail: String = name.chars().skip(count - (most - 3)).collect();
    format!("...{tail}")
}
