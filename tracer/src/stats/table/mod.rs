//! The report as text.

mod columns;
mod detail;
mod latencies;
mod objects;
mod tasks;
mod tracing;

use std::fmt::Write;

use crate::time;

use super::histogram::Summary;
use super::report::Statistics;
use super::worst::WorstKind;

impl Statistics {
    /// The report as tables for people, 100 columns wide if names are short. `>=` stands before numbers that lost events make lower bounds; `~` before
    /// percentiles and minima, which then speak of what was seen only.
    #[must_use]
    pub fn to_text(&self) -> String {
        let hz = self.clock_hz;
        let cycles = self.window.end.saturating_sub(self.window.start);
        let mut out = String::new();
        // The parts sum to the window, or to what is left of it without tracing.
        let whole = self.cpu.whole();
        let percent = |part: u64| if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 };
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
        if self.switch.count > 0 {
            let long = |cycles| time::duration(cycles, hz);
            let Summary { count, min, p50, p99, max, .. } = self.switch;
            let _ = writeln!(
                out,
                "switch: {count} of known cause, min {}, p50 {}, p99 {}, max {}",
                long(min),
                long(p50),
                long(p99),
                long(max)
            );
        }
        out.push_str(&tracing::line(self));
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
        let sections = [
            tasks::usage(self),
            tasks::work(self),
            tasks::periodic(self),
            tasks::interrupts(self),
            latencies::by_interrupt(self),
            objects::locks(self),
            objects::levels(self),
            objects::inheritance(self),
            tracing::kinds(self),
            tracing::lanes(self),
        ];
        for section in sections.iter().filter(|section| !section.is_empty()) {
            out.push('\n');
            out.push_str(section);
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
}
