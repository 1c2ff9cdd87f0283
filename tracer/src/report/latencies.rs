//! How long interrupts waited for their handlers, and what kept the slowest waiting.

use std::cmp::Reverse;
use std::fmt::Write;

use crate::latency::{ExceptionLatency, Latencies, Moments, Wait, WaitedFor};
use crate::model::Trace;
use crate::time;

use super::html::escape;
use super::tables::Table;

/// Waits that are told of each interrupt.
const WORST: usize = 3;

/// Waits that are told at all.
const TOLD: usize = 60;

/// The section's inside. `file` is the recording as a command takes it.
pub(super) fn draw(trace: &Trace, seen: &Latencies, file: &str) -> String {
    let mut rows: Vec<&ExceptionLatency> = seen.exceptions.iter().collect();
    rows.sort_by_key(|row| (Reverse(row.max), row.exception));
    numbers(&rows, seen.core_hz) + &worst(&rows, trace, seen, file)
}

fn numbers(rows: &[&ExceptionLatency], core_hz: u64) -> String {
    let columns =
        ["Interrupt", "Count", "Latency min", "p50", "p99", "max", "Longest masked", "Masked, of the longest"];
    let caption = "Latency: from pend to the handler\u{2019}s first instruction, as the simulator saw it in all of the run. What kept \
                   them waiting it tells of the longest of each: so many of those waited for a mask most of the time.";
    let mut table = Table::new("latency", caption, &columns, core_hz);
    for row in rows {
        table.row(&row.name);
        table.number("latency.count", "", row.count);
        for (key, cycles) in
            [("latency.min", row.min), ("latency.p50", row.p50), ("latency.p99", row.p99), ("latency.max", row.max)]
        {
            table.time(key, "", cycles);
        }
        let masked = row.masked().count();
        match row.masked().map(|(wait, _)| wait.cycles).max() {
            Some(cycles) => table.time("masked.max", "", cycles),
            None => table.nothing(),
        }
        table.cell("masked.count", &masked.to_string(), &format!("{masked} of {}", row.longest.len()));
        table.end_row();
    }
    table.end()
}

fn worst(rows: &[&ExceptionLatency], trace: &Trace, seen: &Latencies, file: &str) -> String {
    let mut waits: Vec<(&ExceptionLatency, &Wait)> =
        rows.iter().flat_map(|row| row.longest.iter().take(WORST).map(move |wait| (*row, wait))).collect();
    waits.sort_by_key(|(_, wait)| Reverse(wait.cycles));
    if waits.is_empty() {
        return String::new();
    }
    let moments = Moments::of(trace, seen);
    let mut out = String::from(
        "<div class=\"scroll\" tabindex=\"0\"><table id=\"latency-worst\"><caption>The longest of each, and what took most of \
         the time.</caption><thead><tr><th scope=\"col\">Interrupt</th><th scope=\"col\">Waited</th><th \
         scope=\"col\">Pending from</th><th scope=\"col\" class=\"left\">It waited for</th><th scope=\"col\" class=\"left\">To \
         look at it</th></tr></thead><tbody>",
    );
    for (row, wait) in waits.iter().take(TOLD) {
        let window = moments.and_then(|moments| moments.window(row.exception, wait));
        let from = match &window {
            Some(window) => time::moment(window.start, trace.clock_hz()),
            None => format!("cycle {} of the core", wait.pended_at),
        };
        let badge = match wait.waited_for {
            Some(WaitedFor::Mask(_)) => "<span class=\"badge warning\">mask</span> ",
            _ => "",
        };
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "<tr><td>{}</td><td data-key=\"cycles\" data-value=\"{}\">{}</td><td>{from}</td><td class=\"left cause\">{badge}{}</td>",
            escape(&row.name),
            wait.cycles,
            time::duration(wait.cycles, seen.core_hz),
            escape(&wait.cause(seen.core_hz)),
        );
        let _ = match window {
            Some(window) => {
                let around = ((window.end - window.start) / 4).max(1);
                let (from, to) = (window.start.saturating_sub(around), window.end.saturating_add(around));
                write!(
                    out,
                    "<td class=\"left cause\"><code>bkctl trace view {} --window {}..{}</code></td></tr>",
                    escape(file),
                    time::exact(from),
                    time::exact(to)
                )
            }
            None => write!(out, "<td class=\"left faint\">\u{2013}</td></tr>"),
        };
    }
    out.push_str("</tbody></table></div>");
    if waits.len() > TOLD {
        let _ = write!(out, "<p class=\"faint\">{} more are not told here.</p>", waits.len() - TOLD);
    }
    out
}
