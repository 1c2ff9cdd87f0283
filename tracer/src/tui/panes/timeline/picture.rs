//! Minimap, axis and lanes.

use std::collections::HashMap;
use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::label;
use crate::model::{Class, LaneKind};
use crate::raster::{Glyphs, Grid, Ink, Row, axis_lines};
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::arrows;

pub(super) fn draw(
    session: &Session,
    picture: &Picture,
    scroll: usize,
    layout: &Layout,
    lanes: Rect,
    with_arrows: bool,
    paint: &mut Paint<'_>,
) {
    let grid = session.grid(layout.columns());
    minimap(session, picture, layout, paint);
    axis(session, scroll, layout, lanes, &grid, paint);
    rows(session, picture, scroll, layout, lanes, paint);
    let left = lanes.x + layout.label_width;
    if with_arrows {
        arrows::draw(session, scroll, &grid, lanes, left, paint);
    }
    if let Some(column) = grid.column(session.cursor).and_then(|column| u16::try_from(column).ok()) {
        let height = lanes.height.min(u16::try_from(session.rows.len() - scroll).unwrap_or(u16::MAX));
        paint.column(left + column, lanes.y, height, Modifier::REVERSED);
    }
}

/// What the rows and the minimap show: made once for a window, however often it is drawn.
#[derive(Debug, Default)]
pub(super) struct Picture {
    of: Option<Made>,
    rows: HashMap<Row, Cells>,
    busy: Vec<Option<u8>>,
}

/// A row, column by column.
type Cells = Vec<Option<(char, Ink)>>;

/// What a picture depends on.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    window: Range<u64>,
    columns: usize,
    events: u64,
}

impl Picture {
    /// Makes what `rows` show, unless it is there.
    pub(super) fn update(&mut self, session: &Session, rows: &[Row], columns: usize) {
        let wanted = Made { window: session.window(), columns, events: session.trace.events() };
        if self.of.as_ref() != Some(&wanted) {
            let same = self.of.as_ref().is_some_and(|of| of.columns == columns && of.events == wanted.events);
            if !same {
                self.busy = busy(session, columns);
            }
            self.rows.clear();
            self.of = Some(wanted);
        }
        let grid = session.grid(columns);
        for row in rows {
            self.rows.entry(*row).or_insert_with(|| row.draw(&session.trace, &grid, session.glyphs));
        }
    }
}

/// In how many eighths of each column of the whole trace the processor was busy.
fn busy(session: &Session, columns: usize) -> Vec<Option<u8>> {
    let Some(idle) = session.trace.lane(LaneKind::Idle) else { return Vec::new() };
    let whole = Grid::new(&session.trace, session.trace.window(), columns);
    let mut sums = idle.sums();
    let mut before = sums.until(whole.time(0));
    (0..whole.width())
        .map(|at| {
            let until = sums.until(whole.time(at + 1).min(session.trace.end()));
            let occupancy = until.since(&before);
            before = until;
            let (total, idle) = (occupancy.total(), occupancy.of(Class::Running));
            let busy = (total > 0).then(|| (u128::from(total - idle) * 8).div_ceil(u128::from(total)));
            busy.map(|busy| u8::try_from(busy).unwrap_or(8))
        })
        .collect()
}

/// How busy the processor was over the whole trace, and where the window is.
fn minimap(session: &Session, picture: &Picture, layout: &Layout, paint: &mut Paint<'_>) {
    let row = layout.minimap;
    let left = row.x + layout.label_width;
    paint.text(row.x, row.y, layout.label_width, " overview", paint.theme.faint);
    let whole = Grid::new(&session.trace, session.trace.window(), layout.columns());
    for ((at, busy), x) in picture.busy.iter().enumerate().zip(left..layout.minimap.right()) {
        let Some(busy) = busy else { continue };
        let (glyph, style) = match busy {
            _ if whole.is_lost(at) => (session.glyphs.lost(), paint.theme.alarm),
            0 => (session.glyphs.class(Class::Sleeping), paint.theme.faint),
            8.. => (session.glyphs.class(Class::Running), paint.theme.state(Class::Running)),
            busy => (session.glyphs.part(*busy), paint.theme.state(Class::Running)),
        };
        paint.glyph(x, row.y, glyph, style);
    }
    // Brackets around the window, as far as they are inside the trace.
    let window = session.window();
    let column = |time: u64| whole.column(time.min(session.trace.end().saturating_sub(1)));
    let mut bracket = |time, glyph| {
        if let Some(at) = column(time).and_then(|at| u16::try_from(at).ok()) {
            paint.glyph(left + at, row.y, glyph, paint.theme.marker);
        }
    };
    bracket(window.end.saturating_sub(1), ']');
    bracket(window.start, '[');
}

/// Labels, ticks, cursor and marks.
fn axis(session: &Session, scroll: usize, layout: &Layout, lanes: Rect, grid: &Grid, paint: &mut Paint<'_>) {
    let (labels, ticks) = axis_lines(grid, session.trace.clock_hz(), session.glyphs);
    let width = layout.lanes.width - layout.label_width;
    let left = layout.labels.x + layout.label_width;
    paint.text(left, layout.labels.y, width, &labels, paint.theme.plain);
    paint.text(left, layout.ticks.y, width, &ticks, paint.theme.faint);
    let rows = usize::from(lanes.height);
    if session.rows.len() > rows {
        let text = format!(" {}-{}/{}", scroll + 1, (scroll + rows).min(session.rows.len()), session.rows.len());
        paint.text(layout.ticks.x, layout.ticks.y, layout.label_width, &text, paint.theme.faint);
    }
    if let Some(range) = session.marked() {
        between(session, range, layout, grid, left, paint);
    }
    let mut pin = |time: u64, glyph: char| {
        if let Some(column) = grid.column(time).and_then(|column| u16::try_from(column).ok()) {
            paint.glyph(left + column, layout.ticks.y, glyph, paint.theme.marker);
        }
    };
    for (time, _) in &session.marked.bookmarks {
        pin(*time, if session.glyphs == Glyphs::Ascii { '!' } else { '◇' });
    }
    pin(session.cursor, if session.glyphs == Glyphs::Ascii { 'v' } else { '▼' });
    for (mark, glyph) in session.marked.marks.iter().zip(['A', 'B']) {
        if let Some(time) = mark {
            pin(*time, glyph);
        }
    }
}

/// Draws what lies between the marks as a heavier line.
fn between(session: &Session, range: Range<u64>, layout: &Layout, grid: &Grid, left: u16, paint: &mut Paint<'_>) {
    let window = grid.window();
    if range.end < window.start || range.start >= window.end {
        return;
    }
    let column = |time: u64| grid.column(time.clamp(window.start, window.end - 1)).unwrap_or(0);
    let glyph = if session.glyphs == Glyphs::Ascii { '=' } else { '━' };
    for column in column(range.start)..=column(range.end) {
        if let Ok(column) = u16::try_from(column) {
            paint.glyph(left + column, layout.ticks.y, glyph, paint.theme.marker);
        }
    }
}

fn rows(session: &Session, picture: &Picture, scroll: usize, layout: &Layout, lanes: Rect, paint: &mut Paint<'_>) {
    let shown = session.rows.iter().enumerate().skip(scroll).take(usize::from(lanes.height));
    for ((place, row), y) in shown.zip(lanes.y..) {
        let selected = place == session.selected;
        let priority = row.priority(&session.trace).map(|priority| priority.to_string());
        let text = format!(
            "{}{} {} ",
            if selected { '>' } else { ' ' },
            label::fit(&row.name(&session.trace), layout.name_width(), paint.ascii()),
            label::right(priority.as_deref().unwrap_or(""), 2),
        );
        let style = if selected { paint.theme.heading } else { paint.theme.plain };
        paint.text(lanes.x, y, layout.label_width, &text, style);
        let left = lanes.x + layout.label_width;
        for (cell, x) in picture.rows.get(row).into_iter().flatten().zip(left..lanes.right()) {
            if let Some((glyph, ink)) = cell {
                paint.glyph(x, y, *glyph, paint.theme.ink(*ink));
            }
        }
    }
}
