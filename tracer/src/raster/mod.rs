//! From time to columns of characters: what the text timeline and the terminal viewer share.
//!
//! A [`Row`] is a line of it. A [`Grid`] lays a window of time over columns; a [`Cell`] says what to draw of one lane in one column; a [`Glyphs`]
//! turns it into a character; an [`axis`] labels the columns.

mod axis;
mod glyphs;
mod grid;
mod row;

pub use axis::{Tick, axis, axis_lines};
pub use glyphs::Glyphs;
pub use grid::{Cell, Grid};
pub use row::{Ink, Row, rows};
