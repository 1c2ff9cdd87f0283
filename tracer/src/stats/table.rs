//! The report as text.

use std::fmt::Write;

use crate::{label, time};

use super::report::Statistics;
use super::worst::WorstKind;

/// One column: its title and whether its cells stand at the right.
type Column = (&'static str, bool);

const TASK_COLUMNS: [Column; 11] = [
    ("TASK", false),
    ("PRIO", true),
    ("CPU %", true),
    ("SWITCHES", true),
    ("RUNS", true),
    ("READY", true),
    ("RESPONSE p50", true),
    ("p99", true),
    ("max", true),
    ("BLOCKED", true),
    ("STACK FREE", true),
];

const INTERRUPT_COLUMNS: [Column; 7] = [
    ("INTERRUPT", false),
    ("CPU %", true),
    ("COUNT", true),
    ("DURATION min", true),
    ("p50", true),
    ("p99", true),
    ("max", true),
];

impl Statistics {
    /// The report as a table for people. `>=` stands before numbers that lost events make lower bounds; `~` before
    /// percentiles and minima, which then speak of what was seen only.
    #[must_use]
    pub fn to_text(&self) -> String {
        let hz = self.clock_hz;
        let cycles = self.window.end.saturating_sub(self.window.start);
        let mut out = String::new();
        let percent = |part: u64| if cycles == 0 { 0.0 } else { part as f64 * 100.0 / cycles as f64 };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}  {} .. {}  ({}, {} events)",
            self.board,
            time::moment(self.window.start, hz),
            time::moment(self.window.end, hz),
            time::duration(cycles, hz),
            self.events
        );
        let _ = writeln!(
            out,
            "cpu: tasks {:.2} %, interrupts {:.2} %, kernel {:.2} %, idle {:.2} %{}",
            percent(self.cpu.tasks),
            percent(self.cpu.interrupts),
            percent(self.cpu.kernel),
            percent(self.cpu.idle),
            if self.cpu.unknown > 0 { format!(", unknown {:.2} %", percent(self.cpu.unknown)) } else { String::new() }
        );
        if self.losses.gaps > 0 {
            let _ = writeln!(
                out,
                "lost: {} events and {} bytes in {} gaps ({}); numbers with >= are lower bounds, with ~ of what was seen",
                self.losses.events,
                self.losses.bytes,
                self.losses.gaps,
                time::duration(self.losses.cycles, hz)
            );
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        out.push('\n');
        // A firmware that does not tell its stacks gets no empty column.
        let tells_stacks = self.tasks.iter().any(|row| row.stack_free.is_some());
        let titles = &TASK_COLUMNS[..TASK_COLUMNS.len() - usize::from(!tells_stacks)];
        out.push_str(&columns(titles, &self.task_cells()));
        if !self.interrupts.is_empty() {
            out.push('\n');
            out.push_str(&columns(&INTERRUPT_COLUMNS, &self.interrupt_cells()));
        }
        out
    }

    /// The `count` longest waits as text, each with the window to look at it.
    #[must_use]
    pub fn worst_text(&self, count: usize) -> String {
        let mut out = String::new();
        for worst in self.worst(count) {
            let what = match (worst.kind, &worst.object) {
                (WorstKind::Response, _) => "ready, but did not run".to_owned(),
                (WorstKind::Mutex, Some(object)) => format!("blocked on mutex {object}"),
                (WorstKind::Mutex, None) => "blocked on a mutex".to_owned(),
            };
            let _ = writeln!(
                out,
                "{:>10}  {}  {what}  --window {}..{}",
                time::duration(worst.cycles, self.clock_hz),
                worst.name,
                time::exact(worst.start),
                time::exact(worst.end),
            );
        }
        out
    }

    fn task_cells(&self) -> Vec<Vec<String>> {
        let hz = self.clock_hz;
        self.tasks
            .iter()
            .map(|row| {
                let bound = if row.at_least { ">=" } else { "" };
                let about = if row.at_least { "~" } else { "" };
                let number = |value: u64| format!("{bound}{value}");
                let long = |value: u64| format!("{bound}{}", time::duration(value, hz));
                let seen = |value: u64, bound: &str| match row.response.count {
                    0 => "-".to_owned(),
                    _ => format!("{bound}{}", time::duration(value, hz)),
                };
                let priority = row.priority.map_or_else(|| "?".to_owned(), |priority| priority.to_string());
                let free = match (row.stack_free, row.stack_bytes) {
                    (Some(free), Some(bytes)) => format!("{free}/{bytes}"),
                    (Some(free), None) => free.to_string(),
                    (None, _) => "-".to_owned(),
                };
                vec![
                    row.name.clone(),
                    priority,
                    format!("{bound}{:.2}", row.cpu * 100.0),
                    number(row.switches),
                    number(row.runs),
                    long(row.ready_cycles),
                    seen(row.response.p50, about),
                    seen(row.response.p99, about),
                    seen(row.response.max, bound),
                    long(row.waiting_cycles + row.sleeping_cycles),
                    free,
                ]
            })
            .collect()
    }

    fn interrupt_cells(&self) -> Vec<Vec<String>> {
        let hz = self.clock_hz;
        self.interrupts
            .iter()
            .map(|row| {
                let bound = if row.at_least { ">=" } else { "" };
                let about = if row.at_least { "~" } else { "" };
                let seen = |value: u64, bound: &str| match row.duration.count {
                    0 => "-".to_owned(),
                    _ => format!("{bound}{}", time::duration(value, hz)),
                };
                vec![
                    row.name.clone(),
                    format!("{bound}{:.2}", row.cpu * 100.0),
                    format!("{bound}{}", row.count),
                    seen(row.duration.min, about),
                    seen(row.duration.p50, about),
                    seen(row.duration.p99, about),
                    seen(row.duration.max, bound),
                ]
            })
            .collect()
    }
}

/// Sets cells under their titles, each column as wide as its widest cell.
fn columns(titles: &[Column], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(at, (title, _))| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| label::width(cell));
            cells.chain([label::width(title)]).max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for ((cell, width), (_, right)) in cells.zip(&widths).zip(titles) {
            if !text.is_empty() {
                text.push_str("  ");
            }
            text.push_str(&if *right { label::right(cell, *width) } else { label::fit(cell, *width, true) });
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line(&mut titles.iter().map(|(title, _)| *title));
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    out
}
