//! The viewer's state and what keys, mouse and bytes do to it.

mod actions;

use std::collections::VecDeque;
use std::ops::Range;

use crossterm::event::{KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::label;
use crate::model::{Lane, LaneKind, Trace};
use crate::raster::{Glyphs, Grid, Row, rows};
use crate::stats::{Collector, Statistics};
use crate::tui::feed::{Input, Options};
use crate::tui::layout::Layout;

use super::keys::{Action, action};
use super::viewport::Viewport;

/// Lines that the console keeps.
const CONSOLE_LINES: usize = 2000;

/// Which view is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Lanes over time.
    Timeline,
    /// A row for each task and interrupt.
    Tasks,
    /// The firmware's text.
    Console,
}

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

/// What the keyboard speaks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Mode {
    /// The view.
    Normal,
    /// The help is open.
    Help,
    /// A time is being typed.
    GoTo(String),
}

/// The viewer's state.
#[derive(Debug)]
pub struct App {
    pub(in crate::tui) trace: Trace,
    pub(in crate::tui) statistics: Statistics,
    pub(in crate::tui) view: View,
    pub(in crate::tui) mode: Mode,
    pub(in crate::tui) status: Status,
    pub(in crate::tui) follow: bool,
    pub(in crate::tui) cursor: u64,
    pub(in crate::tui) marks: [Option<u64>; 2],
    /// The rows, in the order on the screen.
    pub(in crate::tui) order: Vec<Row>,
    /// The selected lane, as a place in `order`.
    pub(in crate::tui) selected: usize,
    /// The first lane on the screen, as a place in `order`.
    pub(in crate::tui) scroll: usize,
    pub(in crate::tui) message: Option<String>,
    pub(in crate::tui) console: VecDeque<String>,
    pub(in crate::tui) glyphs: Glyphs,
    pub(in crate::tui) colour: bool,
    viewport: Viewport,
    area: Rect,
    collector: Collector,
    quit: bool,
}

impl App {
    /// A viewer of a whole trace.
    #[must_use]
    pub fn recorded(trace: Trace, options: &Options) -> Self {
        let window = options.window.clone().unwrap_or_else(|| trace.window());
        Self::new(trace, Status::Recorded, window, false, options)
    }

    /// A viewer of a trace that grows. It begins with the last 200 ms and follows.
    #[must_use]
    pub fn live(trace: Trace, options: &Options) -> Self {
        let default = trace.start()..trace.start() + (trace.clock_hz() / 5).max(1);
        let window = options.window.clone().unwrap_or(default);
        Self::new(trace, Status::Live, window, options.window.is_none(), options)
    }

    fn new(trace: Trace, status: Status, window: Range<u64>, follow: bool, options: &Options) -> Self {
        let mut collector = Collector::new();
        collector.update(&trace);
        let mut app = Self {
            statistics: Statistics::from_collector(&trace, &collector),
            order: Vec::new(),
            view: View::Timeline,
            mode: Mode::Normal,
            status,
            follow,
            cursor: window.start,
            marks: [None; 2],
            selected: 0,
            scroll: 0,
            message: None,
            console: VecDeque::new(),
            glyphs: options.glyphs,
            colour: options.colour,
            viewport: Viewport::new(window),
            area: Rect::new(0, 0, 80, 24),
            collector,
            quit: false,
            trace,
        };
        app.refresh();
        app
    }

    /// Whether the user wants to leave.
    #[must_use]
    pub const fn quits(&self) -> bool {
        self.quit
    }

    /// What is looked at.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The window of time on the screen, in cycles.
    #[must_use]
    pub fn window(&self) -> Range<u64> {
        self.viewport.window()
    }

    /// The cursor's time, in cycles.
    #[must_use]
    pub const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// The two marks, in cycles.
    #[must_use]
    pub const fn marks(&self) -> [Option<u64>; 2] {
        self.marks
    }

    /// The name of the selected row.
    #[must_use]
    pub fn selected_name(&self) -> String {
        self.selected_row().map(|row| row.name(&self.trace)).unwrap_or_default()
    }

    pub(in crate::tui) fn selected_row(&self) -> Option<Row> {
        self.order.get(self.selected).copied()
    }

    /// The selected lane, if the selected row is one.
    pub(in crate::tui) fn selected_lane(&self) -> Option<&Lane> {
        match self.selected_row()? {
            Row::Lane(at) => self.trace.lanes().get(at),
            Row::Instants(_) | Row::Counter(_) => None,
        }
    }

    pub(in crate::tui) fn layout(&self) -> Option<Layout> {
        let names = self.order.iter().map(|row| label::width(&row.name(&self.trace)));
        Layout::of(self.area, names.max().unwrap_or(0))
    }

    pub(in crate::tui) const fn area(&self) -> Rect {
        self.area
    }

    pub(in crate::tui) fn grid(&self, columns: usize) -> Grid {
        Grid::new(&self.trace, self.window(), columns)
    }

    /// The screen has another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.area = Rect::new(0, 0, width, height);
        self.keep_selection_visible();
    }

    /// Something arrived from the run. Call [`App::tick`] before drawing.
    pub fn input(&mut self, input: Input) {
        match input {
            Input::Bytes(bytes) => self.trace.push(&bytes),
            Input::Text(text) => self.text(&text),
            Input::Ended(why) => {
                self.trace.finish();
                self.status = Status::Ended(why);
            }
        }
    }

    /// Takes account of all that arrived: once a frame, not once an input.
    pub fn tick(&mut self) {
        self.refresh();
        if self.follow {
            let limits = self.limits();
            self.viewport.end_at(self.trace.end(), &limits);
            self.cursor = self.trace.end();
        }
        if let Status::Ended(_) = self.status {
            self.follow = false;
        }
        self.clamp_cursor();
    }

    /// A key was pressed.
    pub fn key(&mut self, key: KeyEvent) {
        let action = action(key);
        let leaves = action == Some(Action::Quit) && key.modifiers.contains(KeyModifiers::CONTROL);
        if matches!(self.mode, Mode::GoTo(_)) && !leaves {
            if key.kind != KeyEventKind::Release {
                self.type_key(key.code);
            }
            return;
        }
        let Some(action) = action else { return };
        self.message = None;
        if self.mode == Mode::Help && action != Action::Quit {
            self.mode = Mode::Normal;
            return;
        }
        self.act(action);
    }

    /// The mouse was used.
    pub fn mouse(&mut self, mouse: MouseEvent) {
        let Some(layout) = self.layout().filter(|_| self.view == View::Timeline && self.mode == Mode::Normal) else {
            return;
        };
        let at = Position::new(mouse.column, mouse.row);
        let Some(column) = layout.column_at(mouse.column) else { return };
        let time = self.grid(layout.columns()).time(column);
        let limits = self.limits();
        match mouse.kind {
            MouseEventKind::ScrollUp => self.viewport.zoom(2, 3, time, &limits),
            MouseEventKind::ScrollDown => self.viewport.zoom(3, 2, time, &limits),
            MouseEventKind::Down(MouseButton::Left) if layout.minimap.contains(at) => {
                let whole = Grid::new(&self.trace, self.trace.window(), layout.columns());
                let half = self.viewport.length() / 2;
                let start = whole.time(column).saturating_sub(half);
                self.viewport.show(start..start.saturating_add(self.viewport.length()), &limits);
                self.cursor = whole.time(column);
            }
            MouseEventKind::Down(MouseButton::Left) | MouseEventKind::Drag(MouseButton::Left) => {
                self.cursor = time;
                if layout.lanes.contains(at) {
                    let lane = self.scroll + usize::from(mouse.row - layout.lanes.y);
                    self.selected = lane.min(self.order.len().saturating_sub(1));
                }
            }
            _ => return,
        }
        self.follow = false;
        self.clamp_cursor();
    }

    fn text(&mut self, text: &str) {
        if self.console.is_empty() {
            self.console.push_back(String::new());
        }
        for c in text.chars() {
            match c {
                '\n' => self.console.push_back(String::new()),
                '\r' => {}
                c => {
                    if let Some(line) = self.console.back_mut()
                        && line.len() < 4096
                    {
                        line.push(c);
                    }
                }
            }
        }
        while self.console.len() > CONSOLE_LINES {
            self.console.pop_front();
        }
    }

    /// What follows from the trace: sums and the order of lanes. The selected lane stays selected.
    fn refresh(&mut self) {
        self.collector.update(&self.trace);
        self.statistics = Statistics::from_collector(&self.trace, &self.collector);
        let selected = self.order.get(self.selected).copied();
        self.order = rows(&self.trace);
        if selected.is_none() {
            // The first task is more interesting than the first interrupt.
            let lane = |row: &Row| match row {
                Row::Lane(at) => self.trace.lanes().get(*at).map(Lane::kind),
                Row::Instants(_) | Row::Counter(_) => None,
            };
            let task = |row: &Row| matches!(lane(row), Some(LaneKind::Task { .. }));
            self.selected = self.order.iter().position(task).unwrap_or(0);
        }
        if let Some(place) = selected.and_then(|row| self.order.iter().position(|other| *other == row)) {
            self.selected = place;
        }
        self.keep_selection_visible();
    }

    /// Where the window may be. A trace that is shorter than the window leaves room for what comes.
    fn limits(&self) -> Range<u64> {
        let whole = self.trace.window();
        whole.start..whole.end.max(whole.start + 1)
    }

    fn clamp_cursor(&mut self) {
        let window = self.window();
        self.cursor = self.cursor.clamp(window.start, window.end - 1).min(self.trace.end().max(window.start));
    }

    fn keep_selection_visible(&mut self) {
        let Some(layout) = self.layout() else { return };
        let rows = usize::from(layout.lanes.height).max(1);
        self.scroll = self.scroll.min(self.order.len().saturating_sub(rows));
        if self.selected < self.scroll {
            self.scroll = self.selected;
        } else if self.selected >= self.scroll + rows {
            self.scroll = self.selected + 1 - rows;
        }
    }
}
