//! Everything about one task.

use std::fmt::Write;

use super::columns::{Cells, Column, columns, name};
use crate::stats::histogram::Summary;
use crate::stats::report::Statistics;
use crate::stats::rows::BlockedRow;
use crate::time;

const DISTRIBUTION: [Column; 9] = [
    ("", false),
    ("COUNT", true),
    ("min", true),
    ("mean", true),
    ("p50", true),
    ("p90", true),
    ("p99", true),
    ("p99.9", true),
    ("max", true),
];

const BLOCKED: [Column; 9] = [
    ("BLOCKED", false),
    ("FOR", false),
    ("COUNT", true),
    ("min", true),
    ("mean", true),
    ("p50", true),
    ("p90", true),
    ("p99", true),
    ("max", true),
];

/// The most cells of an object's name here: the line has 100.
const NAME: usize = 18;

impl Statistics {
    /// Everything about the task at place `at` of [`Statistics::tasks`]; nothing if there is none.
    #[must_use]
    pub fn task_text(&self, at: usize) -> String {
        let Some(row) = self.tasks.get(at) else { return String::new() };
        let cells = Cells { hz: self.clock_hz, at_least: row.at_least };
        let mut out = String::new();
        let priority = row.priority.map_or_else(|| "?".to_owned(), |priority| priority.to_string());
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}  task {}, priority {priority}, {} at the end", row.name, row.number, row.state);
        let _ = writeln!(
            out,
            "cpu {} %: ran {} in {} switches, interrupted {}, ready {}, waited {}, slept {}",
            cells.percent(row.cpu),
            cells.long(row.run_cycles),
            cells.number(row.switches),
            cells.long(row.interrupted_cycles),
            cells.long(row.ready_cycles),
            cells.long(row.waiting_cycles),
            cells.long(row.sleeping_cycles)
        );
        if let (Some(free), Some(bytes)) = (row.stack_free, row.stack_bytes) {
            let used = bytes.saturating_sub(free);
            let _ = write!(out, "stack {bytes} bytes, at most {used} used, {free} free");
            match row.stack_history.last() {
                Some(last) => drop(writeln!(out, " since {}", time::moment(last.time, self.clock_hz))),
                None => out.push('\n'),
            }
        }
        if let Some(periodic) = &row.periodic {
            let told = |cycles: Option<u64>| {
                cycles.map_or_else(|| "?".to_owned(), |cycles| time::duration(cycles, self.clock_hz))
            };
            let _ = writeln!(
                out,
                "period {}, deadline {}: {} jobs, {} missed, {} overruns, {} releases skipped, jitter {}",
                told(periodic.period),
                told(periodic.deadline),
                cells.number(periodic.jobs),
                cells.number(periodic.misses),
                cells.number(periodic.overruns),
                cells.number(periodic.skipped),
                cells.long(periodic.jitter)
            );
        }
        out.push('\n');
        let mut rows: Vec<(&str, &Summary)> = vec![
            ("response", &row.response),
            ("completion", &row.completion),
            ("execution", &row.execution),
            ("ready", &row.ready),
            ("interval", &row.interval),
        ];
        if let Some(periodic) = &row.periodic {
            rows.extend([("late", &periodic.late), ("margin", &periodic.margin)]);
        }
        let distribution = |(what, of): &(&str, &Summary)| {
            let mut row = vec![(*what).to_owned(), cells.number(of.count)];
            row.extend([of.min, of.mean, of.p50, of.p90, of.p99, of.p999].map(|cycles| cells.about(of, cycles)));
            row.push(cells.most(of));
            row
        };
        out.push_str(&columns(&DISTRIBUTION, &rows.iter().map(distribution).collect::<Vec<_>>()));
        let wait = |wait: &BlockedRow| {
            let (of, object) = (&wait.duration, wait.object.as_deref().unwrap_or_default());
            let mut row = vec![wait.reason.to_owned(), name(object, NAME), cells.number(of.count)];
            row.extend([of.min, of.mean, of.p50, of.p90, of.p99].map(|cycles| cells.about(of, cycles)));
            row.push(cells.most(of));
            row
        };
        if !row.blocked.is_empty() {
            out.push('\n');
            out.push_str(&columns(&BLOCKED, &row.blocked.iter().map(wait).collect::<Vec<_>>()));
        }
        if !row.slowest.is_empty() {
            out.push_str("\nSLOWEST\n");
        }
        for window in &row.slowest {
            let long = time::duration(window.end.saturating_sub(window.start), self.clock_hz);
            let (start, end) = (time::exact(window.start), time::exact(window.end));
            let _ = writeln!(out, "{long:>10}  --window {start}..{end}");
        }
        out
    }
}
