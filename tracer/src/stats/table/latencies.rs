//! How long interrupts waited for their handlers, as the simulator told it.

use super::columns::{Column, NAME, name};
use super::tasks::table;
use crate::stats::report::Statistics;
use crate::time;

const COLUMNS: [Column; 7] = [
    ("FROM PEND", false),
    ("COUNT", true),
    ("LATENCY min", true),
    ("p50", true),
    ("p99", true),
    ("max", true),
    ("THE LONGEST WAITED FOR", false),
];

/// By interrupt, in the simulator's order.
pub(super) fn by_interrupt(stats: &Statistics) -> String {
    let Some(seen) = &stats.latencies else { return String::new() };
    let rows = seen.exceptions.iter().map(|row| {
        let length = |cycles| time::duration(cycles, seen.core_hz);
        let longest = row.longest.first().map_or_else(|| "?".to_owned(), |wait| wait.cause(seen.core_hz));
        vec![
            name(&row.name, NAME),
            row.count.to_string(),
            length(row.min),
            length(row.p50),
            length(row.p99),
            length(row.max),
            longest,
        ]
    });
    table(&COLUMNS, rows.collect())
}
