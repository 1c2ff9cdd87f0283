//! Tasks and interrupts.

use super::columns::{Cells, Column, NAME, columns, name};
use crate::stats::report::Statistics;

const USAGE: [Column; 11] = [
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

/// Who used the processor, and how soon each task ran when it was woken.
pub(super) fn usage(stats: &Statistics) -> String {
    let row = |row: &crate::stats::TaskRow| {
        let cells = Cells { hz: stats.clock_hz, at_least: row.at_least };
        let priority = row.priority.map_or_else(|| "?".to_owned(), |priority| priority.to_string());
        let free = match (row.stack_free, row.stack_bytes) {
            (Some(free), Some(bytes)) => format!("{free}/{bytes}"),
            (Some(free), None) => free.to_string(),
            (None, _) => "-".to_owned(),
        };
        vec![
            row.name.clone(),
            priority,
            cells.percent(row.cpu),
            cells.number(row.switches),
            cells.number(row.runs),
            cells.long(row.ready_cycles),
            cells.about(&row.response, row.response.p50),
            cells.about(&row.response, row.response.p99),
            cells.most(&row.response),
            cells.long(row.waiting_cycles + row.sleeping_cycles),
            free,
        ]
    };
    // A firmware that does not tell its stacks gets no empty column.
    let tells_stacks = stats.tasks.iter().any(|row| row.stack_free.is_some());
    let titles = &USAGE[..USAGE.len() - usize::from(!tells_stacks)];
    columns(titles, &stats.tasks.iter().map(row).collect::<Vec<_>>())
}

const WORK: [Column; 8] = [
    ("TASK", false),
    ("DONE", true),
    ("COMPLETION p50", true),
    ("p99", true),
    ("max", true),
    ("EXECUTION p50", true),
    ("max", true),
    ("INTERVAL p50", true),
];

/// What each task did at a time: jobs, or what it does between two waits.
pub(super) fn work(stats: &Statistics) -> String {
    let row = |row: &crate::stats::TaskRow| {
        let cells = Cells { hz: stats.clock_hz, at_least: row.at_least };
        vec![
            row.name.clone(),
            cells.number(row.completion.count),
            cells.about(&row.completion, row.completion.p50),
            cells.about(&row.completion, row.completion.p99),
            cells.most(&row.completion),
            cells.about(&row.execution, row.execution.p50),
            cells.most(&row.execution),
            cells.about(&row.interval, row.interval.p50),
        ]
    };
    table(&WORK, stats.tasks.iter().filter(|row| row.completion.count > 0).map(row).collect())
}

const PERIODIC: [Column; 9] = [
    ("PERIODIC", false),
    ("PERIOD", true),
    ("DEADLINE", true),
    ("JOBS", true),
    ("JITTER", true),
    ("MISSED", true),
    ("WORST BY", true),
    ("OVERRUN", true),
    ("SKIPPED", true),
];

/// Whether jobs were in time.
pub(super) fn periodic(stats: &Statistics) -> String {
    let row = |(row, periodic): (&crate::stats::TaskRow, &crate::stats::PeriodicRow)| {
        let cells = Cells { hz: stats.clock_hz, at_least: row.at_least };
        let exact = Cells { at_least: false, ..cells };
        let told = |cycles: Option<u64>| cycles.map_or_else(|| "?".to_owned(), |cycles| exact.long(cycles));
        vec![
            row.name.clone(),
            told(periodic.period),
            told(periodic.deadline),
            cells.number(periodic.jobs),
            cells.long(periodic.jitter),
            cells.number(periodic.misses),
            if periodic.misses > 0 { cells.long(periodic.worst_late) } else { "-".to_owned() },
            cells.number(periodic.overruns),
            cells.number(periodic.skipped),
        ]
    };
    let rows = stats.tasks.iter().filter_map(|task| Some((task, task.periodic.as_ref()?)));
    table(&PERIODIC, rows.map(row).collect())
}

const INTERRUPTS: [Column; 8] = [
    ("INTERRUPT", false),
    ("CPU %", true),
    ("COUNT", true),
    ("DURATION min", true),
    ("p50", true),
    ("p99", true),
    ("max", true),
    ("INTERVAL p50", true),
];

/// Interrupts.
pub(super) fn interrupts(stats: &Statistics) -> String {
    let row = |row: &crate::stats::InterruptRow| {
        let cells = Cells { hz: stats.clock_hz, at_least: row.at_least };
        vec![
            name(&row.name, NAME),
            cells.percent(row.cpu),
            cells.number(row.count),
            cells.about(&row.duration, row.duration.min),
            cells.about(&row.duration, row.duration.p50),
            cells.about(&row.duration, row.duration.p99),
            cells.most(&row.duration),
            cells.about(&row.interval, row.interval.p50),
        ]
    };
    table(&INTERRUPTS, stats.interrupts.iter().map(row).collect())
}

/// Nothing without rows.
pub(super) fn table(titles: &[Column], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() { String::new() } else { columns(titles, &rows) }
}
