//! Writing cells of the screen: never beyond it, never half a wide character.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::label;

/// The screen, and how to write on it.
pub(super) struct Paint<'a> {
    buffer: &'a mut Buffer,
    ascii: bool,
    colour: bool,
}

impl<'a> Paint<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, ascii: bool, colour: bool) -> Self {
        Self { buffer, ascii, colour }
    }

    pub(super) fn area(&self) -> Rect {
        *self.buffer.area()
    }

    pub(super) const fn ascii(&self) -> bool {
        self.ascii
    }

    /// Writes `text` at `x`, `y` into `width` cells: padded, or cut with an ellipsis.
    pub(super) fn text(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) {
        let area = self.area();
        if x >= area.right() || y >= area.bottom() {
            return;
        }
        let width = width.min(area.right() - x);
        let text = label::fit(text, usize::from(width), self.ascii);
        self.buffer.set_stringn(x, y, text, usize::from(width), self.look(style));
    }

    /// Writes one character.
    pub(super) fn glyph(&mut self, x: u16, y: u16, glyph: char, style: Style) {
        let style = self.look(style);
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_char(glyph).set_style(style);
        }
    }

    /// Without colours, only what is not a colour.
    fn look(&self, style: Style) -> Style {
        if self.colour {
            return style;
        }
        let modifiers = style.add_modifier & (Modifier::REVERSED | Modifier::BOLD | Modifier::UNDERLINED);
        Style::default().add_modifier(modifiers)
    }
}
