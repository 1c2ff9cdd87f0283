//! The path as text.

use std::fmt::Write;

use crate::{label, time};

use super::report::Path;

/// Further segments are told in JSON only.
const MAX_LINES: usize = 60;

impl Path {
    /// The path for people: the sum by cause, then the segments in order of time.
    #[must_use]
    pub fn to_text(&self) -> String {
        let hz = self.clock_hz;
        let all = self.end.saturating_sub(self.start);
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}  {} .. {}  {}  --window {}..{}\n",
            self.name,
            time::moment(self.start, hz),
            time::moment(self.end, hz),
            time::duration(all, hz),
            time::exact(self.start),
            time::exact(self.end)
        );
        let mut line = |long: &str, part: &str, times: &str, text: &str| {
            let (long, part, times) = (label::right(long, 10), label::right(part, 7), label::right(times, 6));
            let _ = writeln!(out, "{long}  {part}  {times}  {text}");
        };
        line("TIME", "%", "TIMES", "CAUSE");
        for share in &self.shares {
            let part = format!("{:.2}", share.part * 100.0);
            line(&time::duration(share.cycles, hz), &part, &share.times.to_string(), &share.why.text);
        }
        let part = if all == 0 { "-" } else { "100.00" };
        line(&time::duration(all, hz), part, "", "all of it");
        let _ = writeln!(out, "\n{}  {}  CAUSE", label::right("FROM", 10), label::right("LONG", 10));
        for segment in self.segments.iter().take(MAX_LINES) {
            let from = format!("+{}", time::duration(segment.start - self.start, hz));
            let long = time::duration(segment.end - segment.start, hz);
            let _ = writeln!(out, "{}  {}  {}", label::right(&from, 10), label::right(&long, 10), segment.why.text);
        }
        if let Some(more) = self.segments.len().checked_sub(MAX_LINES).filter(|more| *more > 0) {
            let _ = writeln!(out, "{more} more; --format json has all");
        }
        out
    }
}
