//! A table: a heading that stays, lines that move as far as the selected one needs.

use std::borrow::Cow;

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::label;
use crate::tui::paint::Paint;

/// A column of numbers, to the right of the names.
pub(super) struct Column {
    title: Cow<'static, str>,
    /// Cells.
    width: u16,
    /// The screen width from which on it is shown.
    from: u16,
}

/// A column.
pub(super) const fn column(title: &'static str, width: u16, from: u16) -> Column {
    Column { title: Cow::Borrowed(title), width, from }
}

impl Column {
    /// The same with the unit of its numbers in the heading.
    pub(super) fn in_unit(&self, unit: &str) -> Self {
        let space = if unit.is_empty() { "" } else { " " };
        Self { title: format!("{}{space}{unit}", self.title).into(), ..*self }
    }
}

/// A line: a name, then a cell for each column.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
    pub(super) style: Style,
}

/// The widest name.
const NAME: u16 = 28;

/// Draws `lines` under a heading. The name takes what the columns leave; texts of the last column may be cut.
pub(super) fn draw(
    title: &str,
    columns: &[Column],
    lines: &[Line],
    selected: Option<usize>,
    area: Rect,
    paint: &mut Paint<'_>,
) {
    let shown: Vec<(usize, &Column)> =
        columns.iter().enumerate().filter(|(_, column)| area.width >= column.from).collect();
    let taken: u16 = shown.iter().map(|(_, column)| column.width).sum();
    let name_width = area.width.saturating_sub(taken + 1).min(NAME);
    let heading = paint.theme.heading;
    let mut line = |y: u16, name: &str, cells: &[&str], style: Style| {
        paint.text(area.x, y, area.width, "", style);
        paint.text(area.x, y, name_width, &format!(" {name}"), style);
        let mut x = area.x + name_width;
        for (at, column) in &shown {
            let cell = cells.get(*at).copied().unwrap_or_default();
            let width = column.width.min(area.right().saturating_sub(x));
            // One cell stays free between columns, however long a text is.
            let cell = label::fit(cell, usize::from(width.saturating_sub(1)).min(label::width(cell)), paint.ascii());
            paint.text(x, y, width, &label::right(&cell, usize::from(width)), style);
            x += column.width;
        }
    };
    if area.height == 0 {
        return;
    }
    let titles: Vec<&str> = columns.iter().map(|column| &*column.title).collect();
    line(area.y, title, &titles, heading);
    let rows = usize::from(area.height - 1);
    let skip = selected.map_or(0, |at| (at + 1).saturating_sub(rows));
    for ((place, entry), y) in lines.iter().enumerate().skip(skip).take(rows).zip(area.y + 1..) {
        let cells: Vec<&str> = entry.cells.iter().map(String::as_str).collect();
        let style = if selected == Some(place) { entry.style.add_modifier(Modifier::REVERSED) } else { entry.style };
        line(y, &entry.name, &cells, style);
    }
}
