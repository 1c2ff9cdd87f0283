//! The state that views share.

use std::ops::Range;

use bluekernel_inspect::footprint::Footprint;
use ratatui::layout::Rect;

use crate::label;
use crate::latency::Latencies;
use crate::model::{Lane, LaneKind, Trace};
use crate::raster::{Glyphs, Grid, Row, rows};
use crate::tui::feed::{Input, Options};
use crate::tui::layout::Layout;
use crate::tui::notebook::Marked;
use crate::tui::theme::Theme;

use super::console::Console;
use super::derived::Derived;
use super::machine::Restored;
use super::marked::Kept;
use super::search::Search;
use super::stream::Stream;
use super::viewport::Viewport;

/// Whether the trace grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Status {
    /// It is a recording.
    Recorded,
    /// It grows.
    Live,
    /// It has grown and is over; why.
    Ended(String),
}

/// What is looked at.
#[derive(Debug)]
pub(in crate::tui) struct Session {
    pub(in crate::tui) trace: Trace,
    /// The bytes that the trace was read from; empty if they were not kept.
    pub(in crate::tui) stream: Stream,
    /// Sums and the history of objects.
    pub(in crate::tui) derived: Derived,
    /// What the firmware takes of flash and RAM, if that is known.
    pub(in crate::tui) footprint: Option<Footprint>,
    /// What the simulator saw of the run, if it was told.
    pub(in crate::tui) latencies: Option<Latencies>,
    pub(in crate::tui) status: Status,
    /// Whether the window stays at the end of a trace that grows.
    pub(in crate::tui) follow: bool,
    pub(in crate::tui) cursor: u64,
    /// Bookmarks and marks.
    pub(in crate::tui) marked: Marked,
    /// Who keeps them, if anybody does.
    pub(super) kept: Option<Kept>,
    /// What is looked for, and what is shown.
    pub(in crate::tui) search: Search,
    /// The rows, in the order on the screen.
    pub(in crate::tui) rows: Vec<Row>,
    /// The selected row, as a place in `rows`.
    pub(in crate::tui) selected: usize,
    /// What the user should read until the next key.
    pub(in crate::tui) message: Option<String>,
    pub(in crate::tui) console: Console,
    /// The machine at a moment, if there is one behind the trace.
    pub(in crate::tui) restored: Restored,
    pub(in crate::tui) glyphs: Glyphs,
    pub(in crate::tui) theme: Theme,
    /// The size of the screen.
    pub(in crate::tui) area: Rect,
    pub(super) viewport: Viewport,
    /// Bytes of memory that the history of a run may take.
    pub(super) history: usize,
    /// Up to where the stream is to be forgotten, when the trace is.
    pub(super) leaving: Option<u64>,
    /// Whether the trace has grown since the last look.
    grown: bool,
}

impl Session {
    pub(in crate::tui) fn new(trace: Trace, status: Status, window: Range<u64>, options: &Options) -> Self {
        let mut session = Self {
            derived: Derived::new(&trace),
            rows: Vec::new(),
            follow: status == Status::Live && options.window.is_none(),
            status,
            footprint: options.footprint.clone(),
            latencies: options.latencies.clone(),
            cursor: window.start,
            marked: Marked::default(),
            kept: None,
            search: Search::default(),
            selected: 0,
            message: None,
            console: Console::default(),
            restored: Restored::default(),
            glyphs: options.glyphs,
            theme: options.theme,
            area: Rect::new(0, 0, 80, 24),
            viewport: Viewport::new(window),
            grown: true,
            history: options.history,
            leaving: None,
            stream: Stream::default(),
            trace,
        };
        // The history of objects waits until the first picture is there.
        session.derived.sum_up(&session.trace);
        session.order_rows();
        session
    }

    /// Something arrived from the run.
    pub(in crate::tui) fn input(&mut self, input: Input) {
        match input {
            Input::Bytes(bytes) => {
                self.trace.push(&bytes);
                self.stream.extend(&bytes);
            }
            Input::Text(text) => self.console.push(&text),
            Input::Ended(why) => {
                self.trace.finish();
                self.status = Status::Ended(why);
            }
        }
        self.grown = true;
    }

    /// What follows from the trace: sums and the order of rows. The selected row stays selected. `now` if everything
    /// must be true to the last event: a key was pressed, or the run has ended. `whole` if the history of objects is wanted
    /// from the beginning on: while a run goes on, as of when it was worked out last.
    pub(in crate::tui) fn refresh(&mut self, now: bool, whole: bool) {
        let since = self.recent();
        if std::mem::take(&mut self.grown) || self.derived.lacks(&self.trace, since) {
            let now = now || self.status != Status::Live;
            self.derived.sum_up(&self.trace);
            self.forget();
            // Not both in one frame.
            if now || !self.is_forgetting() {
                // What lay before is forgotten now.
                let since = since.max(self.trace.start());
                self.derived.update_objects(&self.trace, since, now);
            }
            self.order_rows();
        }
        let whole = self.status == Status::Live && whole || self.looks_back();
        self.derived.update_whole(&self.trace, whole);
        if self.follow {
            self.show_end();
        }
        if let Status::Ended(_) = self.status {
            self.follow = false;
        }
        self.clamp_cursor();
    }

    /// Whether something on the screen is not of all that has arrived, and will be without anything more arriving.
    pub(in crate::tui) fn is_behind(&self) -> bool {
        self.status == Status::Live && self.derived.is_behind(&self.trace)
    }

    /// Puts the rows in order, without those that the filter rules out.
    pub(in crate::tui) fn order_rows(&mut self) {
        let selected = self.selected_row();
        self.rows = rows(&self.trace);
        self.search.filter_rows(&self.trace, &mut self.rows);
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
        match selected {
            Some(row) => self.select(row),
            // The first task is more interesting than the first interrupt.
            None => {
                let task = |row: &Row| self.task_of(*row).is_some();
                self.selected = self.rows.iter().position(task).unwrap_or(0);
            }
        }
    }

    /// The window of time on the screen, in cycles.
    pub(in crate::tui) fn window(&self) -> Range<u64> {
        self.viewport.window()
    }

    pub(in crate::tui) fn selected_row(&self) -> Option<Row> {
        self.rows.get(self.selected).copied()
    }

    /// The selected lane, if the selected row is one.
    pub(in crate::tui) fn selected_lane(&self) -> Option<&Lane> {
        self.lane_of(self.selected_row()?)
    }

    /// The lane of `row`, if it is one.
    pub(in crate::tui) fn lane_of(&self, row: Row) -> Option<&Lane> {
        match row {
            Row::Lane(at) => self.trace.lanes().get(at),
            Row::Instants(_) | Row::Counter(_) => None,
        }
    }

    /// The task whose row it is, if it is a task's.
    pub(in crate::tui) fn task_of(&self, row: Row) -> Option<u32> {
        match self.lane_of(row)?.kind() {
            LaneKind::Task { number } => Some(number),
            _ => None,
        }
    }

    /// The row of a lane.
    pub(in crate::tui) fn row_of(&self, kind: LaneKind) -> Option<Row> {
        self.trace.lane_place(kind).map(Row::Lane)
    }

    /// Selects `row`, if it is shown.
    pub(in crate::tui) fn select(&mut self, row: Row) {
        if let Some(place) = self.rows.iter().position(|other| *other == row) {
            self.selected = place;
        }
    }

    /// Where things are on the screen; `None` if it is too small.
    pub(in crate::tui) fn layout(&self) -> Option<Layout> {
        let names = self.rows.iter().map(|row| label::width(&row.name(&self.trace)));
        Layout::of(self.area, names.max().unwrap_or(0))
    }

    /// The window laid over the columns of the screen.
    pub(in crate::tui) fn grid(&self, columns: usize) -> Grid {
        Grid::new(&self.trace, self.window(), columns)
    }
}
