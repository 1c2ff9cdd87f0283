//! The help, over everything else: made from the table of actions.

use crate::label;

use super::keys::{ACTIONS, Keymap};
use super::layout::Layout;
use super::paint::Paint;

/// Cells of a column: keys, words.
const COLUMN: u16 = 39;
const KEYS: usize = 9;

/// The lines of the help.
fn lines(keymap: &Keymap, ascii: bool) -> Vec<String> {
    let mut lines: Vec<String> = ACTIONS
        .iter()
        .map(|entry| format!("{} {}", label::fit(&keymap.keys_of(entry.action), KEYS, ascii), entry.does))
        .collect();
    lines.push(format!("{} click: cursor, wheel: zoom", label::fit("mouse", KEYS, ascii)));
    lines.extend(legend(ascii).iter().map(|line| (*line).to_owned()));
    lines
}

const fn legend(ascii: bool) -> [&'static str; 4] {
    if ascii {
        ["# runs   1-7 runs in eighths", "% interrupted   = ready", "- waits   . sleeps", "? unknown   x lost"]
    } else {
        ["█ runs   ▁▂▃▄▅▆▇ in part", "▒ interrupted   ░ ready", "─ waits   · sleeps", "? unknown   ╳ lost"]
    }
}

/// How far the help can be scrolled on this screen.
pub(super) fn scroll_limit(keymap: &Keymap, layout: &Layout) -> usize {
    let (columns, rows) = shape(layout);
    lines(keymap, true).len().div_ceil(columns).saturating_sub(rows)
}

/// Columns, and rows below the heading.
fn shape(layout: &Layout) -> (usize, usize) {
    (usize::from(layout.body.width / COLUMN).max(1), usize::from(layout.body.height).saturating_sub(1).max(1))
}

pub(super) fn draw(keymap: &Keymap, scroll: usize, layout: &Layout, paint: &mut Paint<'_>) {
    let area = layout.body;
    let lines = lines(keymap, paint.ascii());
    let (columns, rows) = shape(layout);
    let high = lines.len().div_ceil(columns);
    paint.clear(area);
    let more = if high > rows { "k/j scroll, " } else { "" };
    let heading = format!(" KEYS ({more}any other key closes)");
    paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
    for (at, line) in lines.iter().enumerate() {
        let (Ok(column), Some(row)) = (u16::try_from(at / high), (at % high).checked_sub(scroll)) else { continue };
        let Some(y) = u16::try_from(row).ok().filter(|row| usize::from(*row) < rows) else { continue };
        paint.text(area.x + 1 + column * COLUMN, area.y + 1 + y, COLUMN - 1, line, paint.theme.plain);
    }
}
