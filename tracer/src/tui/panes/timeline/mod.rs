//! Lanes over time.

mod lanes;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::raster::Grid;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::pane::Pane;

/// Minimap, axis and lanes.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The first row on the screen, as a place in the session's rows.
    scroll: usize,
}

impl Pane for Timeline {
    fn name(&self) -> &'static str {
        "Timeline"
    }

    fn hints(&self) -> &'static str {
        "w/s zoom  a/d pan  ,/. event  m mark  f fit  0 all  Space follow  ? help  q quit"
    }

    fn mouse(&mut self, session: &mut Session, layout: &Layout, mouse: MouseEvent) {
        let at = Position::new(mouse.column, mouse.row);
        let Some(column) = layout.column_at(mouse.column) else { return };
        let time = session.grid(layout.columns()).time(column);
        match mouse.kind {
            MouseEventKind::ScrollUp => session.zoom(2, 3, time),
            MouseEventKind::ScrollDown => session.zoom(3, 2, time),
            MouseEventKind::Down(MouseButton::Left) if layout.minimap.contains(at) => {
                let whole = Grid::new(&session.trace, session.trace.window(), layout.columns());
                let window = session.window();
                let length = window.end - window.start;
                let start = whole.time(column).saturating_sub(length / 2);
                session.show(start..start.saturating_add(length));
                session.cursor = whole.time(column);
            }
            MouseEventKind::Down(MouseButton::Left) | MouseEventKind::Drag(MouseButton::Left) => {
                session.cursor = time;
                if layout.lanes.contains(at) {
                    let row = self.scroll + usize::from(mouse.row - layout.lanes.y);
                    session.selected = row.min(session.rows.len().saturating_sub(1));
                }
            }
            _ => return,
        }
        session.follow = false;
    }

    /// Keeps the selected row on the screen.
    fn settle(&mut self, session: &Session, layout: &Layout) {
        let rows = usize::from(layout.lanes.height).max(1);
        self.scroll = self.scroll.min(session.rows.len().saturating_sub(rows));
        if session.selected < self.scroll {
            self.scroll = session.selected;
        } else if session.selected >= self.scroll + rows {
            self.scroll = session.selected + 1 - rows;
        }
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        lanes::draw(session, self.scroll, layout, paint);
    }
}
