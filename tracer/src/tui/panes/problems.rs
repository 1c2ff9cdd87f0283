//! What the lints found, with the proof of the selected finding.

use ratatui::layout::Rect;

use crate::label;
use crate::lint::{Finding, Lints, Severity};
use crate::model::LaneKind;
use crate::time::Scale;
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::{AsOf, Behind, Session, Status};

use super::pane::Pane;
use super::table::{self, Column, Line, column};

const COLUMNS: [Column; 3] = [column("SEVERITY", 10, 0), column("TIMES", 8, 0), column("AT", 18, 64)];

/// The findings, and which one is selected.
#[derive(Debug, Default)]
pub(super) struct Problems {
    findings: Behind<Vec<Finding>>,
    selected: usize,
}

impl Problems {
    fn finding(&self) -> Option<&Finding> {
        self.findings().get(self.selected)
    }

    fn findings(&self) -> &[Finding] {
        self.findings.get().map_or(&[], |(findings, _)| findings)
    }
}

impl Pane for Problems {
    fn name(&self) -> &'static str {
        "Problems"
    }

    fn hints(&self) -> &'static str {
        "k/j finding  Enter timeline  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        let by = match action {
            Action::RowUp => -1,
            Action::RowDown => 1,
            Action::RowsUp => -10,
            Action::RowsDown => 10,
            Action::Open => {
                if let Some(finding) = self.finding() {
                    let evidence = &finding.evidence;
                    let task = evidence.tasks.first().map(|task| LaneKind::Task { number: task.number });
                    let interrupt = evidence.interrupts.first();
                    let interrupt = interrupt.map(|named| LaneKind::Interrupt { exception: named.number });
                    if let Some(row) = task.or(interrupt).and_then(|kind| session.row_of(kind)) {
                        session.select(row);
                    }
                    session.show_with_room(evidence.window.clone());
                    session.go_to(evidence.window.start);
                    session.message = Some(finding.title.clone());
                }
                // The timeline shows it.
                return false;
            }
            _ => return false,
        };
        let last = self.findings().len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
        true
    }

    fn settle(&mut self, session: &Session, _: &Layout) {
        let trace = &session.trace;
        if session.status == Status::Live {
            self.findings.follow(trace, |trace| Lints::default().run(trace));
        } else {
            let lints = Lints { latencies: session.latencies.clone(), ..Lints::default() };
            self.findings.at_once(trace, |trace| match session.derived.whole(trace) {
                Some((objects, as_of)) if as_of == AsOf::now(trace) => lints.run_with(trace, objects),
                _ => lints.run(trace),
            });
        }
        self.selected = self.selected.min(self.findings().len().saturating_sub(1));
    }

    fn is_behind(&self, session: &Session) -> bool {
        session.status == Status::Live && self.findings.is_behind(&session.trace)
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let body = layout.body;
        let moments = Scale::of_moments(session.trace.end(), session.trace.clock_hz());
        let Some((findings, as_of)) = self.findings.get() else {
            paint.text(body.x, body.y, body.width, " The lints are looking at the run.", paint.theme.faint);
            return;
        };
        let as_of = as_of.words(&session.trace);
        if findings.is_empty() {
            let lost = if session.trace.gaps().is_empty() { "" } else { ", as far as events arrived" };
            let text = format!(" No lint found anything{as_of}{lost}.");
            paint.text(body.x, body.y, body.width, &text, paint.theme.plain);
            return;
        }
        let line = |finding: &Finding| Line {
            name: finding.lint.name().to_owned(),
            cells: vec![
                finding.severity.name().to_owned(),
                finding.occurrences.to_string(),
                moments.show(finding.evidence.window.start),
            ],
            style: if finding.severity == Severity::Error { paint.theme.alarm } else { paint.theme.plain },
        };
        let lines: Vec<Line> = findings.iter().map(line).collect();
        let wanted = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
        let upper = wanted.min((body.height / 2).max(3));
        let selected = Some(self.selected);
        table::draw(&format!("FINDING{as_of}"), &COLUMNS, &lines, selected, Rect { height: upper, ..body }, paint);
        if let Some(finding) = self.finding() {
            let y = (body.y + upper + 1).min(body.bottom());
            proof(finding, moments, Rect { y, height: body.bottom() - y, ..body }, paint);
        }
    }
}

/// What it is, how it came about, and what happened when.
fn proof(finding: &Finding, moments: Scale, area: Rect, paint: &mut Paint<'_>) {
    let width = usize::from(area.width.saturating_sub(2));
    let theme = paint.theme;
    let mut lines = Vec::new();
    lines.extend(label::wrap(&finding.title, width).into_iter().map(|text| (text, theme.heading)));
    lines.extend(label::wrap(&finding.text, width).into_iter().map(|text| (text, theme.plain)));
    for moment in &finding.evidence.events {
        lines.push((format!("{:>16}  {}", moments.show(moment.time), moment.what), theme.user));
    }
    for ((text, style), y) in lines.iter().zip(area.y..area.bottom()) {
        paint.text(area.x + 1, y, area.width - 1, text, *style);
    }
}
