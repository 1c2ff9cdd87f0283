//! What each action of the keyboard does.

use crossterm::event::KeyCode;

use crate::model::Trace;
use crate::raster::Row;
use crate::time;

use super::super::keys::Action;
use super::{App, Mode, Status, View};

impl App {
    pub(super) fn act(&mut self, action: Action) {
        let limits = self.limits();
        match action {
            Action::Quit => self.quit = true,
            Action::Help => self.mode = Mode::Help,
            Action::View(1) => self.view = View::Timeline,
            Action::View(2) => self.view = View::Tasks,
            Action::View(_) => self.view = View::Console,
            // Zooming while following keeps following: the end stays where it is.
            Action::ZoomIn => self.viewport.zoom(2, 3, self.cursor, &limits),
            Action::ZoomOut => self.viewport.zoom(3, 2, self.cursor, &limits),
            Action::PanLeft => self.pan(-1),
            Action::PanRight => self.pan(1),
            Action::CursorLeft => self.step(-1),
            Action::CursorRight => self.step(1),
            Action::LaneUp => self.selected = self.selected.saturating_sub(1),
            Action::LaneDown => self.selected = (self.selected + 1).min(self.order.len().saturating_sub(1)),
            Action::Fit => self.fit(),
            Action::Full => {
                self.follow = false;
                self.viewport.show(self.trace.window(), &limits);
            }
            Action::NextEvent => self.jump(Row::next_change, "no later event in this row"),
            Action::PreviousEvent => self.jump(Row::previous_change, "no earlier event in this row"),
            Action::Mark => self.mark(),
            Action::GoTo => self.mode = Mode::GoTo(String::new()),
            Action::Follow => self.toggle_follow(),
            Action::First => self.go_to(limits.start),
            Action::Last => self.go_to(self.trace.end()),
            Action::Cancel => self.marks = [None; 2],
        }
        self.keep_selection_visible();
        self.clamp_cursor();
    }

    fn pan(&mut self, direction: i64) {
        self.follow = false;
        let limits = self.limits();
        self.viewport.pan(direction, &limits);
    }

    /// Moves the cursor by a column; at the edge the window moves.
    fn step(&mut self, direction: i64) {
        self.follow = false;
        let columns = self.layout().map_or(60, |layout| layout.columns());
        let grid = self.grid(columns);
        let column = grid.column(self.cursor).unwrap_or(0);
        if (direction < 0 && column == 0) || (direction > 0 && column + 1 >= columns) {
            self.pan(direction);
        } else {
            let next = if direction < 0 { column - 1 } else { column + 1 };
            self.cursor = grid.time(next);
        }
    }

    fn fit(&mut self) {
        self.follow = false;
        let range = match self.marks {
            [Some(a), Some(b)] => Some(a.min(b)..a.max(b)),
            _ => self
                .selected_lane()
                .and_then(|lane| lane.at(self.cursor, self.trace.end()))
                .map(|span| span.start..span.end),
        };
        let Some(range) = range else { return };
        // A tenth of room on both sides.
        let room = ((range.end - range.start) / 10).max(1);
        let limits = self.limits();
        self.viewport.show(range.start.saturating_sub(room)..range.end.saturating_add(room), &limits);
    }

    fn jump(&mut self, find: impl Fn(Row, &Trace, u64) -> Option<u64>, none: &str) {
        self.follow = false;
        match self.selected_row().and_then(|row| find(row, &self.trace, self.cursor)) {
            Some(time) => self.go_to(time),
            None => self.message = Some(none.to_owned()),
        }
    }

    fn go_to(&mut self, time: u64) {
        self.follow = false;
        let limits = self.limits();
        self.cursor = time.clamp(limits.start, self.trace.end().max(limits.start));
        self.viewport.reveal(self.cursor, &limits);
    }

    fn mark(&mut self) {
        self.marks = match self.marks {
            [None, _] => [Some(self.cursor), None],
            [a, None] => [a, Some(self.cursor)],
            _ => [Some(self.cursor), None],
        };
    }

    fn toggle_follow(&mut self) {
        if self.status != Status::Live {
            self.message = Some("nothing to follow: the trace does not grow".to_owned());
            return;
        }
        self.follow = !self.follow;
        if self.follow {
            let limits = self.limits();
            self.viewport.end_at(self.trace.end(), &limits);
            self.cursor = self.trace.end();
        }
    }

    pub(super) fn type_key(&mut self, key: KeyCode) {
        let Mode::GoTo(text) = &mut self.mode else { return };
        match key {
            KeyCode::Esc => self.mode = Mode::Normal,
            KeyCode::Backspace => {
                text.pop();
            }
            KeyCode::Char(c) if text.len() < 40 && !c.is_control() => text.push(c),
            KeyCode::Enter => {
                let text = std::mem::take(text);
                self.mode = Mode::Normal;
                match time::parse(&text, self.trace.clock_hz()) {
                    Ok(time) => self.go_to(time),
                    Err(error) => self.message = Some(error.to_string()),
                }
                self.clamp_cursor();
            }
            _ => {}
        }
    }
}
