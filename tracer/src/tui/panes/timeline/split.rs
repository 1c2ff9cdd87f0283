//! How the timeline shares its room between lanes and the panel below them.

use ratatui::layout::Rect;

use crate::tui::layout::Layout;

/// Lines of the panel, its rule included, where lanes want more than there is.
const PANEL: u16 = 9;
/// The fewest lines that are worth a panel.
const LEAST: u16 = 4;

/// Lanes above, the panel below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) lanes: Rect,
    pub(super) panel: Option<Rect>,
}

impl Split {
    pub(super) fn of(layout: &Layout, rows: usize) -> Self {
        let area = layout.lanes;
        let wanted = u16::try_from(rows).unwrap_or(u16::MAX).max(1);
        let lanes = match area.height.saturating_sub(wanted) {
            spare if spare >= LEAST => area.height - spare.max(LEAST),
            // A high screen keeps room for the panel, whatever the lanes want.
            _ if area.height >= 3 * PANEL => area.height - PANEL,
            _ => area.height,
        };
        let panel = Rect { y: area.y + lanes, height: area.height - lanes, ..area };
        Self { lanes: Rect { height: lanes, ..area }, panel: Some(panel).filter(|panel| panel.height > 0) }
    }
}
