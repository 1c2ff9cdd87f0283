//! One character for one cell. Every state has its own glyph in both sets, so that neither colour nor Unicode carries
//! information alone.

use crate::model::Class;

use super::grid::Cell;

/// Which characters to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Block elements and box drawing.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

impl Glyphs {
    /// The character of a lane's cell. A column in which events were lost shows that above all else.
    #[must_use]
    pub fn cell(self, cell: Cell) -> char {
        if cell.lost {
            return self.lost();
        }
        match (cell.class, cell.eighths) {
            (Class::Running, Some(eighths)) => self.part(eighths),
            (class, _) => self.class(class),
        }
    }

    /// The character of a state that fills its column.
    #[must_use]
    pub const fn class(self, class: Class) -> char {
        match (self, class) {
            (_, Class::Dormant) => ' ',
            (_, Class::Unknown) => '?',
            (Self::Unicode, Class::Running) => '█',
            (Self::Unicode, Class::Interrupted) => '▒',
            (Self::Unicode, Class::Ready) => '░',
            (Self::Unicode, Class::Waiting) => '─',
            (Self::Unicode, Class::Sleeping) => '·',
            (Self::Ascii, Class::Running) => '#',
            (Self::Ascii, Class::Interrupted) => '%',
            (Self::Ascii, Class::Ready) => '=',
            (Self::Ascii, Class::Waiting) => '-',
            (Self::Ascii, Class::Sleeping) => '.',
        }
    }

    /// The character for running in `eighths` of a column, 1 to 7.
    #[must_use]
    pub fn part(self, eighths: u8) -> char {
        const BLOCKS: [char; 8] = ['▁', '▁', '▂', '▃', '▄', '▅', '▆', '▇'];
        match self {
            Self::Unicode => BLOCKS[usize::from(eighths.min(7))],
            Self::Ascii => char::from(b'0' + eighths.clamp(1, 7)),
        }
    }

    /// The character for lost events.
    #[must_use]
    pub const fn lost(self) -> char {
        match self {
            Self::Unicode => '╳',
            Self::Ascii => 'x',
        }
    }

    /// The character for a moment that user code marked.
    #[must_use]
    pub const fn instant(self) -> char {
        match self {
            Self::Unicode => '◆',
            Self::Ascii => '*',
        }
    }

    /// The character for `value` on a scale from `least` to `most`, in eight steps (with ASCII the digits 1 to 8).
    #[must_use]
    pub fn level(self, value: i64, least: i64, most: i64) -> char {
        const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let range = i128::from(most) - i128::from(least);
        let above = i128::from(value) - i128::from(least);
        // A value that never changes stands at the bottom.
        let step = if range == 0 { 0 } else { (above * 7 + range / 2) / range };
        let step = usize::try_from(step).unwrap_or(0).min(7);
        match self {
            Self::Unicode => BLOCKS[step],
            Self::Ascii => char::from(b'1' + u8::try_from(step).unwrap_or(0)),
        }
    }

    /// The characters of an axis: line and tick.
    #[must_use]
    pub const fn axis(self) -> (char, char) {
        match self {
            Self::Unicode => ('─', '┬'),
            Self::Ascii => ('-', '+'),
        }
    }

    /// What the characters mean, one by one.
    #[must_use]
    pub const fn legend(self) -> [&'static str; 8] {
        match self {
            Self::Unicode => [
                "█ runs",
                "▁▂▃▄▅▆▇ runs in part",
                "▒ interrupted",
                "░ ready",
                "─ waits",
                "· sleeps",
                "? unknown",
                "╳ events lost",
            ],
            Self::Ascii => [
                "# runs",
                "1-7 runs in eighths",
                "% interrupted",
                "= ready",
                "- waits",
                ". sleeps",
                "? unknown",
                "x events lost",
            ],
        }
    }
}
