//! What tracing cost.

use std::fmt::Write;

use super::columns::{Cells, Column, NAME, name};
use super::tasks::table;
use crate::stats::report::Statistics;
use crate::stats::tracing::TracingLaneRow;
use crate::time;

const KINDS: [Column; 7] = [
    ("TRACING OF", false),
    ("EVENTS", true),
    ("CYCLES mean", true),
    ("min", true),
    ("p99", true),
    ("max", true),
    ("IN ALL", true),
];

const LANES: [Column; 4] = [("TRACING IN", false), ("EVENTS", true), ("TIME", true), ("% OF ITS OWN", true)];

/// The line above the tables.
pub(super) fn line(stats: &Statistics) -> String {
    let Some(tracing) = &stats.tracing else { return String::new() };
    let bound = if tracing.at_least { ">=" } else { "" };
    let mut out = format!(
        "tracing: {bound}{} for {bound}{} events, {bound}{:.2} % of the processor\n",
        time::duration(tracing.cycles, stats.clock_hz),
        tracing.events,
        tracing.share * 100.0
    );
    if stats.without_tracing {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "tracing is subtracted: all other numbers are as if it took no time");
    }
    out
}

/// By kind of event.
pub(super) fn kinds(stats: &Statistics) -> String {
    let Some(tracing) = &stats.tracing else { return String::new() };
    let cells = Cells { hz: stats.clock_hz, at_least: tracing.at_least };
    let rows = tracing.kinds.iter().map(|row| {
        let about = |cycles: u64| format!("{}{cycles}", if tracing.at_least { "~" } else { "" });
        vec![
            row.kind.to_owned(),
            cells.number(row.cost.count),
            about(row.cost.mean),
            about(row.cost.min),
            about(row.cost.p99),
            cells.number(row.cost.max),
            cells.long(row.cycles),
        ]
    });
    table(&KINDS, rows.collect())
}

/// By whose time it was.
pub(super) fn lanes(stats: &Statistics) -> String {
    let Some(tracing) = &stats.tracing else { return String::new() };
    let cells = Cells { hz: stats.clock_hz, at_least: tracing.at_least };
    let row = |row: &TracingLaneRow| {
        // A part of what was seen: with losses it can be more or less.
        let about = if tracing.at_least { "~" } else { "" };
        vec![
            name(&row.name, NAME),
            cells.number(row.events),
            cells.long(row.cycles),
            format!("{about}{:.2}", row.share * 100.0),
        ]
    };
    table(&LANES, tracing.tasks.iter().chain(&tracing.interrupts).map(row).collect())
}
