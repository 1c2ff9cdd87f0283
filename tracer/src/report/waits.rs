//! The longest waits, with where to look at each.

use std::fmt::Write;

use crate::model::Trace;
use crate::raster::rows;
use crate::stats::{Statistics, WorstKind, WorstWindow};
use crate::time;

use super::html::escape;
use super::timeline::{self, MOST_ROWS};

/// How many are told.
const WORST: usize = 10;

/// How many are drawn.
const DRAWN: usize = 3;

/// Columns of each.
const COLUMNS: usize = 320;

/// The section's inside. `file` is the recording as a command takes it.
pub(super) fn draw(trace: &Trace, statistics: &Statistics, file: &str) -> String {
    let mut out = String::from(
        "<div class=\"scroll\" tabindex=\"0\"><table id=\"worst\"><thead><tr><th scope=\"col\">Task</th><th scope=\"col\" class=\"left\">What</th>\
         <th scope=\"col\">How long</th><th scope=\"col\">From</th><th scope=\"col\" class=\"left\">To look at it</th></tr></thead><tbody>",
    );
    for worst in statistics.worst(WORST) {
        let what = match (worst.kind, &worst.object) {
            (WorstKind::Response, _) => "woken, did not run".to_owned(),
            (WorstKind::Mutex, Some(object)) => format!("waited for mutex {object}"),
            (WorstKind::Mutex, None) => "waited for a mutex".to_owned(),
        };
        let around = (worst.cycles / 4).max(1);
        let _ = write!(
            out,
            "<tr><td>{}</td><td class=\"left\">{}</td><td>{}</td><td>{}</td><td class=\"left\"><code>bkctl trace view {} --window {}..{}</code></td></tr>",
            escape(&worst.name),
            escape(&what),
            time::duration(worst.cycles, statistics.clock_hz),
            time::moment(worst.start, statistics.clock_hz),
            escape(file),
            time::exact(trace.recorded(worst.start).saturating_sub(around)),
            time::exact(trace.recorded(worst.end).saturating_add(around)),
        );
    }
    out.push_str("</tbody></table></div>");
    for worst in drawn(statistics.worst(WORST)) {
        let around = (worst.cycles / 4).max(1);
        let start = worst.start.saturating_sub(around).max(trace.start());
        let window = start..worst.end.saturating_add(around).min(trace.end()).max(start);
        let (from, to) = (time::moment(worst.start, statistics.clock_hz), time::moment(worst.end, statistics.clock_hz));
        let caption = format!("{}: {from} .. {to}", escape(&worst.name));
        let all = rows(trace);
        out.push_str(&timeline::draw(trace, window, COLUMNS, &all[..all.len().min(MOST_ROWS)], &caption));
    }
    out
}

/// The longest of each task, a few of them.
fn drawn(worst: &[WorstWindow]) -> impl Iterator<Item = &WorstWindow> {
    let first = |at: usize| !worst[..at].iter().any(|other| other.task == worst[at].task);
    worst.iter().enumerate().filter(move |(at, _)| first(*at)).map(|(_, worst)| worst).take(DRAWN)
}
