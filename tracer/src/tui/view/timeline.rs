//! Minimap, axis and lanes.

use ratatui::style::Modifier;

use crate::label;
use crate::model::{Class, LaneKind};
use crate::raster::{Glyphs, Grid, Ink, axis_lines};
use crate::tui::layout::Layout;
use crate::tui::state::App;

use super::paint::Paint;
use super::theme;

pub(super) fn draw(app: &App, layout: &Layout, paint: &mut Paint<'_>) {
    let grid = app.grid(layout.columns());
    minimap(app, layout, paint);
    axis(app, layout, &grid, paint);
    lanes(app, layout, &grid, paint);
}

/// How busy the processor was over the whole trace, and where the window is.
fn minimap(app: &App, layout: &Layout, paint: &mut Paint<'_>) {
    let row = layout.minimap;
    let left = row.x + layout.label_width;
    paint.text(row.x, row.y, layout.label_width, " overview", theme::faint());
    let whole = Grid::new(&app.trace, app.trace.window(), layout.columns());
    if let Some(idle) = app.trace.lane(LaneKind::Idle) {
        for (at, x) in (0..whole.width()).zip(left..) {
            let occupancy = idle.occupancy(whole.time(at)..whole.time(at + 1).min(app.trace.end()));
            let (total, idle) = (occupancy.total(), occupancy.of(Class::Running));
            if total == 0 {
                continue;
            }
            let busy = (u128::from(total - idle) * 8).div_ceil(u128::from(total));
            let busy = u8::try_from(busy).unwrap_or(8);
            let (glyph, style) = match busy {
                _ if whole.is_lost(at) => (app.glyphs.lost(), theme::alarm()),
                0 => (app.glyphs.class(Class::Sleeping), theme::faint()),
                8.. => (app.glyphs.class(Class::Running), theme::state(Class::Running)),
                busy => (app.glyphs.part(busy), theme::state(Class::Running)),
            };
            paint.glyph(x, row.y, glyph, style);
        }
    }
    // Brackets around the window, as far as they are inside the trace.
    let window = app.window();
    let column = |time: u64| whole.column(time.min(app.trace.end().saturating_sub(1)));
    let mut bracket = |time, glyph| {
        if let Some(at) = column(time).and_then(|at| u16::try_from(at).ok()) {
            paint.glyph(left + at, row.y, glyph, theme::marker());
        }
    };
    bracket(window.end.saturating_sub(1), ']');
    bracket(window.start, '[');
}

/// Labels, ticks, cursor and marks.
fn axis(app: &App, layout: &Layout, grid: &Grid, paint: &mut Paint<'_>) {
    let (labels, ticks) = axis_lines(grid, app.trace.clock_hz(), app.glyphs);
    let width = layout.lanes.width - layout.label_width;
    let left = layout.labels.x + layout.label_width;
    paint.text(left, layout.labels.y, width, &labels, theme::plain());
    paint.text(left, layout.ticks.y, width, &ticks, theme::faint());
    let rows = usize::from(layout.lanes.height);
    if app.order.len() > rows {
        let text = format!(" {}-{}/{}", app.scroll + 1, (app.scroll + rows).min(app.order.len()), app.order.len());
        paint.text(layout.ticks.x, layout.ticks.y, layout.label_width, &text, theme::faint());
    }
    let mut pin = |time: u64, glyph: char| {
        if let Some(column) = grid.column(time).and_then(|column| u16::try_from(column).ok()) {
            paint.glyph(left + column, layout.ticks.y, glyph, theme::marker());
        }
    };
    pin(app.cursor, if app.glyphs == Glyphs::Ascii { 'v' } else { '▼' });
    for (mark, glyph) in app.marks.iter().zip(['A', 'B']) {
        if let Some(time) = mark {
            pin(*time, glyph);
        }
    }
}

fn lanes(app: &App, layout: &Layout, grid: &Grid, paint: &mut Paint<'_>) {
    let cursor = grid.column(app.cursor);
    let shown = app.order.iter().enumerate().skip(app.scroll).take(usize::from(layout.lanes.height));
    for ((place, row), y) in shown.zip(layout.lanes.y..) {
        let selected = place == app.selected;
        let priority = row.priority(&app.trace).map(|priority| priority.to_string());
        let text = format!(
            "{}{} {} ",
            if selected { '>' } else { ' ' },
            label::fit(&row.name(&app.trace), layout.name_width(), paint.ascii()),
            label::right(priority.as_deref().unwrap_or(""), 2),
        );
        let style = if selected { theme::heading() } else { theme::plain() };
        paint.text(layout.lanes.x, y, layout.label_width, &text, style);
        let left = layout.lanes.x + layout.label_width;
        for ((column, cell), x) in row.draw(&app.trace, grid, app.glyphs).into_iter().enumerate().zip(left..) {
            let (glyph, mut style) = match cell {
                Some((glyph, Ink::Lost)) => (glyph, theme::alarm()),
                Some((glyph, Ink::User)) => (glyph, theme::user()),
                Some((glyph, Ink::State(class))) => (glyph, theme::state(class)),
                None => (' ', theme::plain()),
            };
            if cursor == Some(column) {
                style = style.add_modifier(Modifier::REVERSED);
            }
            paint.glyph(x, y, glyph, style);
        }
    }
}
