//! Locks, queues, and whose priority they raised.

use super::columns::{Cells, Column, NAME, name};
use super::tasks::table;
use crate::objects::ObjectKind;
use crate::stats::report::Statistics;

const LOCKS: [Column; 9] = [
    ("LOCK", false),
    ("KIND", false),
    ("HOLDS", true),
    ("HELD p50", true),
    ("p99", true),
    ("max", true),
    ("WAITS", true),
    ("WAITED p99", true),
    ("max", true),
];

/// How long locks were owned, and waited for.
pub(super) fn locks(stats: &Statistics) -> String {
    let row = |row: &crate::stats::ObjectRow| {
        let cells = Cells { hz: stats.clock_hz, at_least: row.at_least };
        vec![
            name(&row.name, NAME),
            row.kind.name().to_owned(),
            cells.number(row.held.count),
            cells.about(&row.held, row.held.p50),
            cells.about(&row.held, row.held.p99),
            cells.most(&row.held),
            cells.number(row.waited.count),
            cells.about(&row.waited, row.waited.p99),
            cells.most(&row.waited),
        ]
    };
    table(&LOCKS, stats.objects.iter().filter(|row| row.kind.is_owned()).map(row).collect())
}

const LEVELS: [Column; 9] = [
    ("OBJECT", false),
    ("KIND", false),
    ("OPERATIONS", true),
    ("LEVEL", true),
    ("mean", true),
    ("EMPTY %", true),
    ("FULL %", true),
    ("WAITS", true),
    ("WAITED max", true),
];

/// How full queues and their like were, and all others that tasks waited for. Releases of periodic work are told with the tasks.
pub(super) fn levels(stats: &Statistics) -> String {
    let row = |row: &crate::stats::ObjectRow| {
        let cells = Cells { hz: stats.clock_hz, at_least: row.at_least };
        let none = || "-".to_owned();
        let level = row.level.as_ref();
        let part =
            |cycles: u64, of: u64| if of == 0 { none() } else { format!("{:.2}", cycles as f64 * 100.0 / of as f64) };
        vec![
            name(&row.name, NAME),
            row.kind.name().to_owned(),
            cells.number(row.operations),
            level.map_or_else(none, |level| format!("{}..{}", level.min, level.max)),
            level.map_or_else(none, |level| format!("{:.2}", level.mean)),
            level.map_or_else(none, |level| part(level.empty_cycles, level.known_cycles)),
            level.and_then(|level| Some(part(level.full_cycles?, level.known_cycles))).unwrap_or_else(none),
            cells.number(row.waited.count),
            cells.most(&row.waited),
        ]
    };
    let shown = |row: &&crate::stats::ObjectRow| !row.kind.is_owned() && row.kind != ObjectKind::Period;
    table(&LEVELS, stats.objects.iter().filter(shown).map(row).collect())
}

const INHERITANCE: [Column; 7] = [
    ("INHERITED BY", false),
    ("MUTEX", false),
    ("FROM", true),
    ("TO", true),
    ("TIMES", true),
    ("LONG p99", true),
    ("max", true),
];

/// When tasks had others' priorities.
pub(super) fn inheritance(stats: &Statistics) -> String {
    let row = |row: &crate::stats::InheritanceRow| {
        let cells = Cells { hz: stats.clock_hz, at_least: stats.losses.gaps > 0 };
        vec![
            row.name.clone(),
            row.mutex.as_deref().map_or_else(|| "?".to_owned(), |mutex| name(mutex, NAME)),
            row.from.map_or_else(|| "?".to_owned(), |from| from.to_string()),
            row.to.to_string(),
            cells.number(row.duration.count),
            cells.about(&row.duration, row.duration.p99),
            cells.most(&row.duration),
        ]
    };
    table(&INHERITANCE, stats.inheritance.iter().map(row).collect())
}
