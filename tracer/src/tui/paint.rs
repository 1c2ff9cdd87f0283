//! Writing cells of the screen: never beyond it, never half a wide character.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::label;
use crate::raster::Glyphs;

use super::theme::Theme;

/// The screen, and how to write on it.
pub(super) struct Paint<'a> {
    buffer: &'a mut Buffer,
    pub(super) glyphs: Glyphs,
    pub(super) theme: Theme,
}

impl<'a> Paint<'a> {
    /// Begins with an empty screen of the theme.
    pub(super) fn new(buffer: &'a mut Buffer, glyphs: Glyphs, theme: Theme) -> Self {
        let area = *buffer.area();
        buffer.set_style(area, theme.plain);
        Self { buffer, glyphs, theme }
    }

    pub(super) fn area(&self) -> Rect {
        *self.buffer.area()
    }

    pub(super) fn ascii(&self) -> bool {
        self.glyphs == Glyphs::Ascii
    }

    /// Writes `text` at `x`, `y` into `width` cells: padded, or cut with an ellipsis.
    pub(super) fn text(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) {
        let area = self.area();
        if x >= area.right() || y >= area.bottom() {
            return;
        }
        let width = width.min(area.right() - x);
        let text = label::fit(text, usize::from(width), self.ascii());
        self.buffer.set_stringn(x, y, text, usize::from(width), style);
        // Also where the second half of a wide character is.
        self.buffer.set_style(Rect { x, y, width, height: 1 }, style);
    }

    /// Writes one character.
    pub(super) fn glyph(&mut self, x: u16, y: u16, glyph: char, style: Style) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_char(glyph).set_style(style);
        }
    }

    /// Adds `modifier` to the `height` cells below `x`, `y`, whatever stands there.
    pub(super) fn column(&mut self, x: u16, y: u16, height: u16, modifier: Modifier) {
        for y in y..y.saturating_add(height) {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.modifier.insert(modifier);
            }
        }
    }

    /// Empties `area`.
    pub(super) fn clear(&mut self, area: Rect) {
        for y in area.y..area.bottom() {
            self.text(area.x, y, area.width, "", self.theme.plain);
        }
    }
}
