//! Every event, as it was recorded, around the cursor.
//!
//! ```text
//! stream, keyframes ─▶ page.rs  decodes what is near, from the keyframe before it ─▶ line.rs  one event in words
//! ```
//!
//! No list of all events is kept: of ten million, a page is decoded from its keyframe in the time of a few hundred.

mod line;
mod page;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use crate::label;
use crate::time::{self, Scale};
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::pane::Pane;
use line::EventLine;
use page::{Start, page};

/// The events on the screen, and the one that the cursor stands on.
#[derive(Debug, Default)]
pub(super) struct Events {
    lines: Vec<EventLine>,
    /// The number of the event that was selected, and its time: of several at one time, the cursor alone cannot tell.
    at: Option<(u64, u64)>,
    /// Of what the lines were made.
    of: Option<Made>,
}

/// What the lines depend on.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    cursor: u64,
    at: Option<(u64, u64)>,
    events: u64,
    rows: usize,
    filter: Option<String>,
}

impl Events {
    /// The place in `lines` of the event that the cursor stands on: the one that was selected, else the first at that time,
    /// else the last before it.
    fn place(&self, session: &Session) -> Option<usize> {
        let selected = self.at.filter(|(_, time)| stands_at(session, *time));
        let events = || self.lines.iter().enumerate().filter(|(_, line)| line.number.is_some());
        let by_number = selected.and_then(|(number, _)| events().find(|(_, line)| line.number == Some(number)));
        by_number
            .or_else(|| events().find(|(_, line)| line.time == session.cursor))
            .or_else(|| events().rfind(|(_, line)| line.time < session.cursor))
            .or_else(|| events().next())
            .map(|(place, _)| place)
    }

    /// Goes to a line: the cursor to its time, the selection to its row.
    fn go_to(&mut self, session: &mut Session, place: usize) {
        let Some(line) = self.lines.get(place) else { return };
        if let Some(number) = line.number {
            self.at = Some((number, line.time));
        }
        if let Some(row) = line.row(session) {
            session.select(row);
        }
        session.go_to(line.time);
    }

    /// Goes to the event that is `by` lines away.
    fn step(&mut self, session: &mut Session, by: isize) {
        let events: Vec<usize> = (0..self.lines.len()).filter(|at| self.lines[*at].number.is_some()).collect();
        let Some(here) = self.place(session).and_then(|place| events.iter().position(|at| *at == place)) else {
            return;
        };
        let next = here.saturating_add_signed(by).min(events.len() - 1);
        if next == here {
            let end = if by < 0 { "first" } else { "last" };
            session.message = Some(format!("this is the {end} event"));
        }
        self.go_to(session, events[next]);
    }
}

/// Whether the cursor stands at `time`. It stands on cycles, of which the last is in front of the trace's end.
fn stands_at(session: &Session, time: u64) -> bool {
    session.cursor == time || (time == session.trace.end() && session.cursor + 1 == time)
}

impl Pane for Events {
    fn name(&self) -> &'static str {
        "Events"
    }

    fn hints(&self) -> &'static str {
        "k/j event  ,/. event of the row  F filter  / search  g go to  Enter timeline  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, layout: &Layout, action: Action) -> bool {
        let page = isize::try_from(layout.body.height / 2).unwrap_or(10);
        match action {
            Action::RowUp => self.step(session, -1),
            Action::RowDown => self.step(session, 1),
            Action::RowsUp => self.step(session, -page),
            Action::RowsDown => self.step(session, page),
            _ => return false,
        }
        true
    }

    fn mouse(&mut self, session: &mut Session, layout: &Layout, mouse: MouseEvent) {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.step(session, -3),
            MouseEventKind::ScrollDown => self.step(session, 3),
            MouseEventKind::Down(MouseButton::Left) => {
                if let Some(row) = mouse.row.checked_sub(layout.body.y + 1) {
                    self.go_to(session, usize::from(row));
                }
            }
            _ => {}
        }
    }

    /// Decodes what is around the cursor, if that is not on the screen yet.
    fn settle(&mut self, session: &Session, layout: &Layout) {
        let rows = usize::from(layout.body.height.saturating_sub(1));
        self.at = self.at.filter(|(_, time)| stands_at(session, *time));
        let wanted = Made {
            cursor: session.cursor,
            at: self.at,
            events: session.trace.events(),
            rows,
            filter: session.search.filter().map(str::to_owned),
        };
        if self.of.as_ref() != Some(&wanted) {
            let start = self.at.map_or(Start::Time(session.cursor), |(number, time)| Start::Number(number, time));
            self.lines = page(session, start, rows);
            self.of = Some(wanted);
        }
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let (area, theme, hz) = (layout.body, paint.theme, session.trace.clock_hz());
        if session.stream.kept() == 0 {
            let text = " The bytes of this trace were not kept, or there are none yet: no single event can be listed.";
            paint.text(area.x, area.y, area.width, text, theme.faint);
            return;
        }
        let wide = area.width >= 70;
        let who = if area.width >= 100 { 20 } else { 12 };
        let ascii = paint.ascii();
        let moments = Scale::of_moments(session.trace.end(), hz);
        let when = moments.number(session.trace.end()).len().max(12) + 2;
        let short = Scale::of_durations(0, hz);
        let text = |number: &str, time: &str, since: &str, name: &str, kind: &str, detail: &str| {
            let since = if wide { label::right(since, 11) } else { String::new() };
            format!(
                "{} {}{since}  {} {} {detail}",
                label::right(number, 9),
                label::right(time, when),
                label::fit(name, who, ascii),
                label::fit(kind, 9, ascii),
            )
        };
        let (time, since) = (format!("TIME {}", moments.unit()), format!("SINCE {}", short.unit()));
        let heading = text("EVENT", &time, &since, "WHO", "WHAT", "");
        let lines: Vec<(String, &EventLine)> = self
            .lines
            .iter()
            .map(|line| {
                let number = line.number.map_or_else(String::new, |number| number.to_string());
                let since = line.since.map_or_else(String::new, |cycles| match cycles < hz {
                    true => format!("+{}", short.number(cycles)),
                    // So long a silence has its own unit.
                    false => format!("+{}", time::duration(cycles, hz)),
                });
                (text(&number, &moments.number(line.time), &since, &line.who, line.what, &line.detail), line)
            })
            .collect();
        paint.text(area.x, area.y, area.width, &heading, theme.heading);
        let place = self.place(session);
        for (at, ((text, line), y)) in lines.iter().zip(area.y + 1..area.bottom()).enumerate() {
            let style = match line {
                _ if place == Some(at) => theme.selected,
                line if line.alarms => theme.alarm,
                line => line.class.map_or(theme.plain, |class| theme.state(class)),
            };
            paint.text(area.x, y, area.width, text, style);
        }
        if lines.is_empty() {
            paint.text(area.x, area.y + 1, area.width, " No event matches near the cursor.", theme.faint);
        }
    }
}
