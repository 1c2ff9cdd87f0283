//! The state that views share.

use std::ops::Range;

use ratatui::layout::Rect;

use crate::label;
use crate::model::{Lane, LaneKind, Trace};
use crate::raster::{Glyphs, Grid, Row, rows};
use crate::stats::{Collector, Statistics};
use crate::tui::feed::{Input, Options};
use crate::tui::layout::Layout;
use crate::tui::theme::Theme;

use super::console::Console;
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
    pub(in crate::tui) statistics: Statistics,
    pub(in crate::tui) status: Status,
    /// Whether the window stays at the end of a trace that grows.
    pub(in crate::tui) follow: bool,
    pub(in crate::tui) cursor: u64,
    pub(in crate::tui) marks: [Option<u64>; 2],
    /// The rows, in the order on the screen.
    pub(in crate::tui) rows: Vec<Row>,
    /// The selected row, as a place in `rows`.
    pub(in crate::tui) selected: usize,
    /// What the user should read until the next key.
    pub(in crate::tui) message: Option<String>,
    pub(in crate::tui) console: Console,
    pub(in crate::tui) glyphs: Glyphs,
    pub(in crate::tui) theme: Theme,
    /// The size of the screen.
    pub(in crate::tui) area: Rect,
    pub(super) viewport: Viewport,
    collector: Collector,
    /// Whether the trace has grown since the last look.
    grown: bool,
}

impl Session {
    pub(in crate::tui) fn new(trace: Trace, status: Status, window: Range<u64>, options: &Options) -> Self {
        let collector = Collector::new();
        let mut session = Self {
            statistics: Statistics::from_collector(&trace, &collector),
            rows: Vec::new(),
            follow: status == Status::Live && options.window.is_none(),
            status,
            cursor: window.start,
            marks: [None; 2],
            selected: 0,
            message: None,
            console: Console::default(),
            glyphs: options.glyphs,
            theme: options.theme,
            area: Rect::new(0, 0, 80, 24),
            viewport: Viewport::new(window),
            collector,
            grown: true,
            trace,
        };
        session.refresh();
        session
    }

    /// Something arrived from the run.
    pub(in crate::tui) fn input(&mut self, input: Input) {
        match input {
            Input::Bytes(bytes) => self.trace.push(&bytes),
            Input::Text(text) => self.console.push(&text),
            Input::Ended(why) => {
                self.trace.finish();
                self.status = Status::Ended(why);
            }
        }
        self.grown = true;
    }

    /// What follows from the trace: sums and the order of rows. The selected row stays selected.
    pub(in crate::tui) fn refresh(&mut self) {
        if std::mem::take(&mut self.grown) {
            self.collector.update(&self.trace);
            self.statistics = Statistics::from_collector(&self.trace, &self.collector);
            let selected = self.selected_row();
            self.rows = rows(&self.trace);
            match selected {
                Some(row) => self.select(row),
                // The first task is more interesting than the first interrupt.
                None => {
                    let task =
                        |row: &Row| self.lane_of(*row).is_some_and(|lane| matches!(lane.kind(), LaneKind::Task { .. }));
                    self.selected = self.rows.iter().position(task).unwrap_or(0);
                }
            }
        }
        if self.follow {
            self.show_end();
        }
        if let Status::Ended(_) = self.status {
            self.follow = false;
        }
        self.clamp_cursor();
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
