//! The firmware's text.

use crate::tui::layout::Layout;
use crate::tui::state::{App, Status};

use super::paint::Paint;
use super::theme;

pub(super) fn draw(app: &App, layout: &Layout, paint: &mut Paint<'_>) {
    let area = layout.body;
    if app.console.is_empty() {
        let text = match app.status {
            Status::Recorded => " A recording holds the trace only; the firmware's text is not in it.",
            Status::Live | Status::Ended(_) => " The firmware has printed nothing yet.",
        };
        paint.text(area.x, area.y, area.width, text, theme::faint());
        return;
    }
    let rows = usize::from(area.height);
    // An unfinished last line that is empty is not worth a row.
    let count = app.console.len() - usize::from(app.console.back().is_some_and(String::is_empty));
    let lines = app.console.iter().take(count).skip(count.saturating_sub(rows));
    for (line, y) in lines.zip(area.y..) {
        paint.text(area.x, y, area.width, line, theme::plain());
    }
}
