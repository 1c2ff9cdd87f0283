//! Draws the state. Nothing here changes it.

mod bars;
mod console;
mod help;
mod paint;
mod tasks;
mod theme;
mod timeline;

use ratatui::Frame;

use crate::raster::Glyphs;

use super::layout::{MIN_HEIGHT, MIN_WIDTH};
use super::state::{App, Mode, View};
use paint::Paint;

/// Draws `app` over the whole frame. The frame should have the size that [`App::resize`] was told last.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let mut paint = Paint::new(frame.buffer_mut(), app.glyphs == Glyphs::Ascii, app.colour);
    let Some(layout) = app.layout().filter(|_| paint.area() == app.area()) else {
        let area = paint.area();
        let text = format!("{}x{} is too small: {MIN_WIDTH}x{MIN_HEIGHT} is needed", area.width, area.height);
        paint.text(0, area.height / 2, area.width, &text, theme::plain());
        return;
    };
    bars::title(app, &layout, &mut paint);
    match app.view {
        View::Timeline => timeline::draw(app, &layout, &mut paint),
        View::Tasks => tasks::draw(app, &layout, &mut paint),
        View::Console => console::draw(app, &layout, &mut paint),
    }
    bars::bottom(app, &layout, &mut paint);
    if app.mode == Mode::Help {
        help::draw(&layout, &mut paint);
    }
}
