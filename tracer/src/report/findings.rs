//! What the lints found, with its proof drawn.

use std::fmt::Write;

use crate::lint::{Finding, Severity};
use crate::model::{LaneKind, Trace};
use crate::raster::{Row, rows};
use crate::time;

use super::html::escape;
use super::timeline;

/// Findings whose proof is drawn; the rest is told in words. The page stays small, and nobody reads more.
const DRAWN: usize = 12;

/// Findings that are told at all.
const TOLD: usize = 100;

/// Moments of a finding that are listed.
const MOMENTS: usize = 12;

/// Columns of a proof.
const COLUMNS: usize = 480;

/// The section's inside. `file` is the recording as a command takes it.
pub(super) fn draw(trace: &Trace, findings: &[Finding], file: &str) -> String {
    if findings.is_empty() {
        let lost = if trace.gaps().is_empty() { "" } else { ", as far as events were not lost" };
        return format!("<p>The lints found nothing{lost}.</p>");
    }
    let mut out = String::new();
    for (at, finding) in findings.iter().take(TOLD).enumerate() {
        one(&mut out, trace, finding, file, at < DRAWN);
    }
    if findings.len() > TOLD {
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "<p class=\"faint\">{} more: <code>bkctl trace lint {}</code></p>",
            findings.len() - TOLD,
            escape(file)
        );
    }
    out
}

fn one(out: &mut String, trace: &Trace, finding: &Finding, file: &str, drawn: bool) {
    let (severity, hz, evidence) = (finding.severity.name(), trace.clock_hz(), &finding.evidence);
    let often = if finding.occurrences > 1 { format!(", {} times", finding.occurrences) } else { String::new() };
    let _ = write!(
        out,
        "<article class=\"finding\"><span class=\"badge {severity}\">{severity}</span><h3>{}</h3> <span class=\"faint\">{}{often}</span><p>{}.</p>",
        escape(&finding.title),
        finding.lint.name(),
        escape(&finding.text)
    );
    // How it came about may lie before the place itself.
    let times = evidence.events.iter().map(|moment| moment.time);
    let first = times.min().unwrap_or(evidence.window.start).min(evidence.window.start);
    let window = first..evidence.window.end;
    let around = ((window.end - window.start) / 16).max(hz / 100_000).max(1);
    let start = window.start.saturating_sub(around).max(trace.start());
    let shown = start..window.end.saturating_add(around).min(trace.end()).max(start);
    if drawn {
        let caption = format!("{} .. {}", time::moment(shown.start, hz), time::moment(shown.end, hz));
        out.push_str(&timeline::draw(trace, shown.clone(), COLUMNS, &involved(trace, finding), &caption));
    }
    out.push_str("<ol>");
    for moment in evidence.events.iter().take(MOMENTS) {
        let _ =
            write!(out, "<li><span>{}</span><span>{}</span></li>", time::moment(moment.time, hz), escape(&moment.what));
    }
    let _ = write!(
        out,
        "</ol><p><code>bkctl trace view {} --window {}..{}</code></p></article>",
        escape(file),
        time::exact(trace.recorded(shown.start)),
        time::exact(trace.recorded(shown.end))
    );
}

/// The rows that `finding` is about, and the idle processor; every row, if it names none.
fn involved(trace: &Trace, finding: &Finding) -> Vec<Row> {
    let evidence = &finding.evidence;
    let all = rows(trace);
    let named = |row: &Row| {
        let Row::Lane(at) = row else { return false };
        match trace.lanes().get(*at).map(crate::model::Lane::kind) {
            Some(LaneKind::Task { number }) => evidence.tasks.iter().any(|task| task.number == number),
            Some(LaneKind::Interrupt { exception }) => {
                evidence.interrupts.iter().any(|interrupt| interrupt.number == exception)
            }
            _ => false,
        }
    };
    let some: Vec<Row> = all.iter().copied().filter(named).collect();
    if some.is_empty() { all.into_iter().take(timeline::MOST_ROWS).collect() } else { some }
}

/// How many are errors, and how many warnings.
pub(super) fn counts(findings: &[Finding]) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    (errors, findings.len() - errors)
}
