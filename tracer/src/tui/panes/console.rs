//! The firmware's text.

use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::{Session, Status};

use super::pane::Pane;

/// The last lines that the firmware printed.
#[derive(Debug)]
pub(super) struct Console;

impl Pane for Console {
    fn name(&self) -> &'static str {
        "Console"
    }

    fn hints(&self) -> &'static str {
        "1-9 views  ? help  q quit"
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let area = layout.body;
        if session.console.is_empty() {
            let text = match session.status {
                Status::Recorded => " A recording holds the trace only; the firmware's text is not in it.",
                Status::Live | Status::Ended(_) => " The firmware has printed nothing yet.",
            };
            paint.text(area.x, area.y, area.width, text, paint.theme.faint);
            return;
        }
        for (line, y) in session.console.tail(usize::from(area.height)).zip(area.y..) {
            paint.text(area.x, y, area.width, line, paint.theme.plain);
        }
    }
}
