//! Where things are on the screen. State and view both ask here, so that a click finds what was drawn.

use ratatui::layout::Rect;

/// The narrowest screen, in cells.
pub const MIN_WIDTH: u16 = 50;
/// The lowest screen, in lines.
pub const MIN_HEIGHT: u16 = 10;

/// The places of the timeline's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The line at the top.
    pub(super) title: Rect,
    /// Everything between title and the lines at the bottom: what other views than the timeline use.
    pub(super) body: Rect,
    /// The whole trace, small; labels at the left.
    pub(super) minimap: Rect,
    /// Times.
    pub(super) labels: Rect,
    /// Ticks, cursor and marks.
    pub(super) ticks: Rect,
    /// Lanes.
    pub(super) lanes: Rect,
    /// What is at the cursor.
    pub(super) inspector: Rect,
    /// The measure between the marks; as the hints where there is no room for both.
    pub(super) marks: Rect,
    /// Keys.
    pub(super) hints: Rect,
    /// Cells of a lane's label.
    pub(super) label_width: u16,
}

impl Layout {
    /// Lays out a screen of `area` with names of up to `name_width` cells; `None` if it is too small.
    pub(super) fn of(area: Rect, name_width: usize) -> Option<Self> {
        if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
            return None;
        }
        let row = |y: u16, height: u16| Rect { x: area.x, y: area.y + y, width: area.width, height };
        let bottom = if area.height < 16 { 2 } else { 3 };
        let lanes_height = area.height - 4 - bottom;
        let most = match area.width {
            ..70 => 10,
            70..100 => 16,
            _ => 24,
        };
        let name = u16::try_from(name_width).unwrap_or(most).clamp(4, most);
        Some(Self {
            title: row(0, 1),
            body: row(1, area.height - 1 - bottom),
            minimap: row(1, 1),
            labels: row(2, 1),
            ticks: row(3, 1),
            lanes: row(4, lanes_height),
            inspector: row(area.height - bottom, 1),
            marks: row(area.height - bottom + 1, 1),
            hints: row(area.height - 1, 1),
            // Selection, name, space, priority, space.
            label_width: name + 5,
        })
    }

    /// The columns right of the labels.
    pub(super) fn columns(&self) -> usize {
        usize::from(self.lanes.width - self.label_width)
    }

    /// Cells of a name.
    pub(super) fn name_width(&self) -> usize {
        usize::from(self.label_width - 5)
    }

    /// Whether marks and hints share a line.
    pub(super) fn is_low(&self) -> bool {
        self.marks == self.hints
    }

    /// The column of time at screen position `x`, if it is right of the labels.
    pub(super) fn column_at(&self, x: u16) -> Option<usize> {
        x.checked_sub(self.lanes.x + self.label_width).map(usize::from).filter(|column| *column < self.columns())
    }
}
