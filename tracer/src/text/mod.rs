//! A timeline as text, for logs and reviews.

mod timeline;

pub use crate::raster::Glyphs as Style;
pub use timeline::{MIN_WIDTH, timeline};
