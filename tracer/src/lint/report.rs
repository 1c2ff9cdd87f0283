//! The findings, as a person or a program reads them.

use std::fmt::Write as _;

use serde::Serialize;

use crate::label;
use crate::model::Trace;
use crate::time;

use super::finding::{Finding, Named, Severity};

/// The schema name that the JSON carries.
pub const LINT_SCHEMA: &str = "bk.trace.lint/1";

/// How long the lines of the text are.
const WIDTH: usize = 116;

/// What the lints found in a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LintReport {
    /// [`LINT_SCHEMA`].
    pub schema: &'static str,
    /// The board's name.
    pub board: String,
    /// Cycles in a second.
    pub clock_hz: u64,
    /// How many findings are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// Cycles within losses: what happened there nobody knows.
    pub lost_cycles: u64,
    /// What was found, errors first.
    pub findings: Vec<Finding>,
}

impl LintReport {
    /// Of `findings` in `trace`.
    #[must_use]
    pub fn new(trace: &Trace, findings: Vec<Finding>) -> Self {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        Self {
            schema: LINT_SCHEMA,
            board: trace.header().board.clone(),
            clock_hz: trace.clock_hz(),
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            lost_cycles: trace.gaps().iter().map(|gap| gap.end - gap.start).sum(),
            findings,
        }
    }

    /// As text: each finding with where to look and what happened there.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for finding in &self.findings {
            self.finding(&mut out, finding);
        }
        if self.lost_cycles > 0 {
            let lost = time::duration(self.lost_cycles, self.clock_hz);
            let _ = writeln!(out, "note: events of {lost} were lost: what happened there is not known");
        }
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let _ = writeln!(out, "{}, {}", plural(self.errors, "error"), plural(self.warnings, "warning"));
        out
    }

    fn finding(&self, out: &mut String, finding: &Finding) {
        let evidence = &finding.evidence;
        let times = if finding.occurrences > 1 { format!("  ({} times)", finding.occurrences) } else { String::new() };
        let (severity, lint) = (finding.severity.name(), finding.lint.name());
        let _ = writeln!(out, "{severity}: {}{times}  [{lint}]", finding.title);
        for line in label::wrap(&format!("{}.", finding.text), WIDTH) {
            let _ = writeln!(out, "  {line}");
        }
        for (what, all) in
            [("tasks", &evidence.tasks), ("objects", &evidence.objects), ("interrupts", &evidence.interrupts)]
        {
            if !all.is_empty() {
                let _ = writeln!(out, "  {what}: {}", list(all));
            }
        }
        let (from, to) = (time::exact(evidence.window.start), time::exact(evidence.window.end));
        let _ = writeln!(out, "  --window {from}..{to}");
        let moments: Vec<String> =
            evidence.events.iter().map(|event| time::moment(event.time, self.clock_hz)).collect();
        let width = moments.iter().map(String::len).max().unwrap_or(0);
        for (event, moment) in evidence.events.iter().zip(&moments) {
            let _ = writeln!(out, "  {moment:>width$}  {}", event.what);
        }
        out.push('\n');
    }
}

fn list(all: &[Named]) -> String {
    all.iter().map(|named| named.name.as_str()).collect::<Vec<_>>().join(", ")
}
