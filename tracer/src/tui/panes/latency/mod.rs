//! How long things take: a distribution for each task, interrupt and mark, and the worst ten of the selected one. With what
//! the simulator told, also how long interrupts waited for their handlers, and what kept the slowest waiting.

mod distribution;
mod pend;
mod subject;
mod worst;

use ratatui::layout::Rect;

use crate::raster::Row;
use crate::time::Scale;
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::pane::Pane;
use super::table::{self, Column, Line, column};

use subject::Subject;
use worst::Long;

const COLUMNS: [Column; 7] = [
    column("COUNT", 9, 64),
    column("min", 11, 70),
    column("p50", 11, 0),
    column("p90", 11, 90),
    column("p99", 11, 0),
    column("p99.9", 11, 110),
    column("max", 11, 0),
];

/// Cells of the list of the worst.
const LIST: u16 = 36;

/// Which distribution is selected, and its worst.
#[derive(Debug, Default)]
pub(super) struct Latency {
    selected: usize,
    /// The place among the worst that the cursor was sent to.
    chosen: Option<usize>,
    /// Of what and when the worst were found.
    of: Option<(Subject, u64)>,
    worst: Vec<Long>,
}

impl Latency {
    fn subject(&self, session: &Session) -> Option<Subject> {
        let all = subject::all(session);
        all.get(self.selected.min(all.len().saturating_sub(1))).copied()
    }
}

impl Pane for Latency {
    fn name(&self) -> &'static str {
        "Latency"
    }

    fn hints(&self) -> &'static str {
        "k/j distribution  ,/. the worst ten  Enter timeline  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        let last = subject::all(session).len().saturating_sub(1);
        let by = match action {
            Action::RowUp => -1,
            Action::RowDown => 1,
            Action::RowsUp => -10,
            Action::RowsDown => 10,
            Action::NextEvent | Action::PreviousEvent => {
                let next = match (self.chosen, action) {
                    (None, _) => 0,
                    (Some(chosen), Action::NextEvent) => (chosen + 1).min(self.worst.len().saturating_sub(1)),
                    (Some(chosen), _) => chosen.saturating_sub(1),
                };
                if next < self.worst.len() {
                    self.chosen = Some(next);
                    self.go(session, next);
                }
                return true;
            }
            Action::Open => {
                let chosen = self.chosen.unwrap_or(0);
                if let Some(window) = self.worst.get(chosen).and_then(|long| long.window.clone()) {
                    session.show_with_room(window.start..window.end.max(window.start + 1));
                }
                return !self.worst.is_empty() && !self.go(session, chosen);
            }
            _ => return false,
        };
        self.selected = self.selected.saturating_add_signed(by).min(last);
        self.chosen = None;
        if let Some(lane) = self.subject(session).and_then(|subject| subject.lane(session)) {
            session.select(Row::Lane(lane));
        }
        true
    }

    /// Looks for the worst of what is selected.
    fn settle(&mut self, session: &Session, _: &Layout) {
        let Some(subject) = self.subject(session) else { return };
        let wanted = Some((subject, session.trace.events()));
        // Those of a lane are at hand; the others are looked for.
        if self.of != wanted || matches!(subject, Subject::Lane(..)) {
            self.of = wanted;
            let worst = worst::of(session, subject);
            // While a run goes on, longer ones come in front of the chosen one, or it is no longer among them.
            let chosen = self.chosen.and_then(|chosen| self.worst.get(chosen));
            self.chosen = chosen.and_then(|chosen| worst.iter().position(|long| long == chosen));
            self.worst = worst;
        }
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let (body, hz) = (layout.body, session.trace.clock_hz());
        let subjects = subject::all(session);
        let Some(selected) = self.subject(session) else {
            paint.text(body.x, body.y, body.width, " Nothing has been measured yet.", paint.theme.faint);
            return;
        };
        let scale = subject::scale(session);
        let lines: Vec<Line> = subjects.iter().filter_map(|subject| subject.line(session, scale, paint)).collect();
        let place = subjects.iter().position(|subject| *subject == selected);
        let wanted = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
        let upper = wanted.min((body.height / 2).max(4)).min(body.height);
        let title = format!("WHAT, in {}", scale.unit());
        table::draw(&title, &COLUMNS, &lines, place, Rect { height: upper, ..body }, paint);
        let y = body.y + upper + 1;
        if y >= body.bottom() {
            return;
        }
        let area = Rect { y, height: body.bottom() - y, ..body };
        let (lane, measure) = match selected {
            Subject::Lane(lane, measure) => (lane, measure),
            Subject::Pend(_) => return pend::draw(session, selected, &self.worst, self.chosen, area, paint),
        };
        let wide = area.width >= 2 * LIST;
        let chart = Rect { width: if wide { area.width - LIST } else { area.width }, ..area };
        if let Some(histogram) = session.derived.collector.histogram(lane, measure) {
            distribution::draw(histogram, hz, chart, paint);
        }
        if wide {
            self.list(session, Rect { x: area.x + chart.width, width: LIST, ..area }, paint);
        }
    }
}

impl Latency {
    /// The cursor goes to where number `place` of the worst begins; tells whether that is known.
    fn go(&self, session: &mut Session, place: usize) -> bool {
        let words = self.subject(session).and_then(|subject| pend::words(session, subject, place));
        let window = self.worst.get(place).and_then(|long| long.window.clone());
        if let Some(window) = &window {
            session.go_to(window.start);
        }
        session.message = match &window {
            Some(window) if window.start < session.trace.start() => {
                Some("that is so long ago that it is no longer kept".to_owned())
            }
            Some(_) => words,
            None => Some("when that was, the recording does not tell".to_owned()),
        };
        window.is_some()
    }

    fn list(&self, session: &Session, area: Rect, paint: &mut Paint<'_>) {
        let hz = session.trace.clock_hz();
        let longest = self.worst.first().map_or(0, |long| long.cycles);
        let (lengths, moments) = (Scale::of_durations(longest, hz), Scale::of_moments(session.trace.end(), hz));
        let heading = format!(" THE WORST {} {:>16} {}", lengths.unit(), "AT", moments.unit());
        paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
        for ((place, long), y) in self.worst.iter().enumerate().zip(area.y + 1..area.bottom()) {
            let style = if self.chosen == Some(place) { paint.theme.selected } else { paint.theme.plain };
            paint.text(area.x, y, area.width, &numbers(place, long, lengths, moments), style);
        }
    }
}

/// One of the worst: its place, how long it was, and when.
fn numbers(place: usize, long: &Long, lengths: Scale, moments: Scale) -> String {
    let at = long.window.as_ref().map_or_else(|| "?".to_owned(), |window| moments.number(window.start));
    format!(" {:>2} {:>10} {at:>16}", place + 1, lengths.number(long.cycles))
}
