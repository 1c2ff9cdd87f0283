//! Arrows from whoever woke the selected task to that task.
//!
//! An arrow stands in one column, from row to row. It covers what other rows show there, so there are few: the one that the
//! cursor's state goes back to, and the others as long as there is room between them.

use ratatui::layout::Rect;

use crate::model::LaneKind;
use crate::objects::Arrow;
use crate::raster::{Glyphs, Grid};
use crate::tui::paint::Paint;
use crate::tui::state::Session;

/// Columns for each arrow: where there are more arrows, only the cursor's is drawn.
const ROOM: usize = 6;

/// The characters of an arrow.
struct Looks {
    line: char,
    from: char,
    up: char,
    down: char,
}

const fn looks(glyphs: Glyphs) -> Looks {
    match glyphs {
        Glyphs::Unicode => Looks { line: '│', from: '●', up: '▲', down: '▼' },
        Glyphs::Ascii => Looks { line: '|', from: 'o', up: '^', down: 'v' },
    }
}

pub(super) fn draw(session: &Session, scroll: usize, grid: &Grid, lanes: Rect, left: u16, paint: &mut Paint<'_>) {
    let Some(task) = session.selected_row().and_then(|row| session.task_of(row)) else { return };
    let current = session.flow().copied();
    let all = session.derived.objects().wakes_in(grid.window());
    // Counting stops where it is clear that there are too many.
    let most = grid.width() / ROOM;
    let near = all.len() <= most * 64;
    let own = all.iter().filter(|arrow| near && arrow.task == task).take(most + 1).copied().collect::<Vec<_>>();
    let own = if own.len() > most { Vec::new() } else { own };
    for arrow in own.iter().chain(current.iter()) {
        one(session, arrow, scroll, grid, lanes, left, paint);
    }
}

fn one(session: &Session, arrow: &Arrow, scroll: usize, grid: &Grid, lanes: Rect, left: u16, paint: &mut Paint<'_>) {
    let place = |kind: LaneKind| {
        let row = session.row_of(kind)?;
        session.rows.iter().position(|other| *other == row)
    };
    let from = Session::waker(arrow.by).and_then(place);
    let to = place(LaneKind::Task { number: arrow.task });
    let column = grid.column(arrow.time).and_then(|column| u16::try_from(column).ok());
    let (Some(from), Some(to), Some(column)) = (from, to, column) else { return };
    let looks = looks(paint.glyphs);
    let style = paint.theme.flow;
    let shown = |place: usize| {
        let row = u16::try_from(place.checked_sub(scroll)?).ok()?;
        (row < lanes.height).then_some(lanes.y + row)
    };
    for place in from.min(to)..=from.max(to) {
        let glyph = match place {
            place if place == to && from < to => looks.down,
            place if place == to => looks.up,
            place if place == from => looks.from,
            _ => looks.line,
        };
        if let Some(y) = shown(place).filter(|_| from != to) {
            paint.glyph(left + column, y, glyph, style);
        }
    }
}
