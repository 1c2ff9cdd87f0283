//! The help, over everything else.

use crate::tui::layout::Layout;
use crate::tui::state::KEYS;

use super::paint::Paint;
use super::theme;

pub(super) fn draw(layout: &Layout, paint: &mut Paint<'_>) {
    let area = layout.body;
    let width = 48.min(area.width);
    let x = area.x + (area.width - width) / 2;
    let legend: &[&str] = if paint.ascii() {
        &["# runs   1-7 runs in eighths   % interrupted", "= ready  - waits  . sleeps  ? unknown  x lost"]
    } else {
        &["█ runs   ▁▂▃▄▅▆▇ in part   ▒ interrupted", "░ ready  ─ waits  · sleeps  ? unknown  ╳ lost"]
    };
    let mut y = area.y;
    let mut line = |text: &str, style| {
        if y < area.bottom() {
            paint.text(x, y, width, text, style);
            y += 1;
        }
    };
    line(" Keys (any key closes this)", theme::selected());
    for binding in KEYS {
        line(&format!(" {:<11} {}", binding.keys, binding.does), theme::plain());
    }
    line(" mouse       click: cursor, wheel: zoom", theme::plain());
    for text in legend {
        line(&format!(" {text}"), theme::plain());
    }
}
