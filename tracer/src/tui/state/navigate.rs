//! How the window, the cursor and the selection move. Whoever moves looks elsewhere than at the end: following stops.

use std::ops::Range;

use crate::model::Trace;
use crate::raster::Row;

use super::session::{Session, Status};

impl Session {
    /// Where the window may be. A trace that is shorter than the window leaves room for what comes.
    pub(in crate::tui) fn limits(&self) -> Range<u64> {
        let whole = self.trace.window();
        whole.start..whole.end.max(whole.start + 1)
    }

    /// Makes the window `numerator / denominator` as long; `at` stays where it is on the screen. Zooming at the cursor
    /// while following keeps following: the end stays where it is.
    pub(in crate::tui) fn zoom(&mut self, numerator: u64, denominator: u64, at: u64) {
        let limits = self.limits();
        self.viewport.zoom(numerator, denominator, at, &limits);
    }

    /// Moves the window by `eighths` of its length.
    pub(in crate::tui) fn pan(&mut self, eighths: i64) {
        self.follow = false;
        let limits = self.limits();
        self.viewport.pan(eighths, &limits);
    }

    /// Moves the cursor by a column; at the edge the window moves.
    pub(in crate::tui) fn step(&mut self, direction: i64) {
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

    /// Shows `window`, or as much of it as there is.
    pub(in crate::tui) fn show(&mut self, window: Range<u64>) {
        self.follow = false;
        let limits = self.limits();
        self.viewport.show(window, &limits);
    }

    /// Shows `range` with a tenth of room on both sides.
    pub(in crate::tui) fn show_with_room(&mut self, range: Range<u64>) {
        let room = (range.end.saturating_sub(range.start) / 10).max(1);
        self.show(range.start.saturating_sub(room)..range.end.saturating_add(room));
    }

    /// Shows what lies between the marks, or the span at the cursor.
    pub(in crate::tui) fn fit(&mut self) {
        let span = || self.selected_lane()?.at(self.cursor, self.trace.end());
        let range = self.marked().or_else(|| span().map(|span| span.start..span.end));
        match range {
            Some(range) => self.show_with_room(range),
            None => self.message = Some("nothing to fit: set marks A and B with m".to_owned()),
        }
    }

    /// The cursor goes to `time`; the window goes with it if it must.
    pub(in crate::tui) fn go_to(&mut self, time: u64) {
        self.follow = false;
        let limits = self.limits();
        self.cursor = time.clamp(limits.start, self.trace.end().max(limits.start));
        self.viewport.reveal(self.cursor, &limits);
    }

    /// The cursor goes to what `find` finds in the selected row.
    pub(in crate::tui) fn jump(&mut self, find: impl Fn(Row, &Trace, u64) -> Option<u64>, none: &str) {
        self.follow = false;
        match self.selected_row().and_then(|row| find(row, &self.trace, self.cursor)) {
            Some(time) => self.go_to(time),
            None => self.message = Some(none.to_owned()),
        }
    }

    /// Selects the row that is `by` below.
    pub(in crate::tui) fn select_by(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
    }

    pub(in crate::tui) fn toggle_follow(&mut self) {
        if self.status != Status::Live {
            self.message = Some("nothing to follow: the trace does not grow".to_owned());
            return;
        }
        self.follow = !self.follow;
        if self.follow {
            self.show_end();
        }
    }

    /// Moves window and cursor to the end of the trace.
    pub(super) fn show_end(&mut self) {
        let limits = self.limits();
        self.viewport.end_at(self.trace.end(), &limits);
        self.cursor = self.trace.end();
    }

    /// Keeps the cursor in the window and the trace.
    pub(in crate::tui) fn clamp_cursor(&mut self) {
        let window = self.window();
        self.cursor = self.cursor.clamp(window.start, window.end - 1).min(self.trace.end().max(window.start));
    }
}
