//! Lanes over time.
//!
//! ```text
//! picture.rs  minimap, axis and lanes
//! arrows.rs   who woke the selected task
//! panel.rs    what is at the cursor, and who used the processor
//! split.rs    how they share the room
//! ```

mod arrows;
mod panel;
mod picture;
mod split;

use std::ops::Range;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::raster::Grid;
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::pane::Pane;
use picture::Picture;
use split::Split;

/// What the mouse holds while its button is down.
#[derive(Debug, Default)]
enum Hold {
    #[default]
    Nothing,
    /// The minimap.
    Minimap,
    /// The picture, in this column while this window was shown.
    Picture(usize, Range<u64>),
}

/// Minimap, axis, lanes and the panel.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The first row on the screen, as a place in the session's rows.
    scroll: usize,
    hold: Hold,
    picture: Picture,
    /// Whether arrows are hidden, to see what they cover.
    bare: bool,
}

impl Timeline {
    /// Puts the window's middle where the mouse is on the minimap.
    fn jump_on_minimap(session: &mut Session, layout: &Layout, column: usize) {
        let whole = Grid::new(&session.trace, session.trace.window(), layout.columns());
        let window = session.window();
        let length = window.end - window.start;
        let start = whole.time(column).saturating_sub(length / 2);
        session.show(start..start.saturating_add(length));
        session.cursor = whole.time(column);
    }

    /// Moves the window by as much time as lies under the way of the mouse.
    fn drag(&self, session: &mut Session, layout: &Layout, column: usize) {
        let Hold::Picture(from, window) = &self.hold else { return };
        let grid = Grid::new(&session.trace, window.clone(), layout.columns());
        let way = grid.time(column).abs_diff(grid.time(*from));
        let length = window.end - window.start;
        let start = if column > *from { window.start.saturating_sub(way) } else { window.start.saturating_add(way) };
        session.show(start..start.saturating_add(length));
    }
}

impl Pane for Timeline {
    fn name(&self) -> &'static str {
        "Timeline"
    }

    fn hints(&self) -> &'static str {
        "w/s zoom  a/d pan  ,/. event  [/] wakes  / search  m mark  f fit  0 all  Space follow  ? help  q quit"
    }

    fn act(&mut self, _: &mut Session, _: &Layout, action: Action) -> bool {
        let mine = action == Action::Arrows;
        self.bare ^= mine;
        mine
    }

    fn mouse(&mut self, session: &mut Session, layout: &Layout, mouse: MouseEvent) {
        let at = Position::new(mouse.column, mouse.row);
        let Some(column) = layout.column_at(mouse.column) else { return };
        let time = session.grid(layout.columns()).time(column);
        match mouse.kind {
            MouseEventKind::ScrollUp => session.zoom(2, 3, time),
            MouseEventKind::ScrollDown => session.zoom(3, 2, time),
            MouseEventKind::ScrollLeft => session.pan(-1),
            MouseEventKind::ScrollRight => session.pan(1),
            MouseEventKind::Down(MouseButton::Left) if layout.minimap.contains(at) => {
                self.hold = Hold::Minimap;
                Self::jump_on_minimap(session, layout, column);
            }
            MouseEventKind::Drag(MouseButton::Left) => match self.hold {
                Hold::Nothing => {}
                Hold::Minimap => Self::jump_on_minimap(session, layout, column),
                Hold::Picture(..) => self.drag(session, layout, column),
            },
            MouseEventKind::Up(_) => self.hold = Hold::Nothing,
            MouseEventKind::Down(MouseButton::Left) => {
                self.hold = Hold::Picture(column, session.window());
                session.cursor = time;
                let lanes = Split::of(layout, session.rows.len()).lanes;
                if lanes.contains(at) {
                    let row = self.scroll + usize::from(mouse.row - lanes.y);
                    session.selected = row.min(session.rows.len().saturating_sub(1));
                }
            }
            _ => return,
        }
        // What is held goes on from what is shown now.
        if let (Hold::Picture(..), false) = (&self.hold, matches!(mouse.kind, MouseEventKind::Drag(_))) {
            self.hold = Hold::Picture(column, session.window());
        }
        session.follow = false;
    }

    /// Keeps the selected row on the screen, and makes what the rows show.
    fn settle(&mut self, session: &Session, layout: &Layout) {
        let rows = usize::from(Split::of(layout, session.rows.len()).lanes.height).max(1);
        self.scroll = self.scroll.min(session.rows.len().saturating_sub(rows));
        if session.selected < self.scroll {
            self.scroll = session.selected;
        } else if session.selected >= self.scroll + rows {
            self.scroll = session.selected + 1 - rows;
        }
        let shown = session.rows.iter().skip(self.scroll).take(rows).copied().collect::<Vec<_>>();
        self.picture.update(session, &shown, layout.columns());
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let split = Split::of(layout, session.rows.len());
        picture::draw(session, &self.picture, self.scroll, layout, split.lanes, !self.bare, paint);
        if let Some(area) = split.panel {
            panel::draw(session, area, paint);
        }
    }
}
