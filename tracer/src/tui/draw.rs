//! Draws the state. Nothing here changes it.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::label;

use super::app::{App, Mode};
use super::layout::{Layout, MIN_HEIGHT, MIN_WIDTH};
use super::paint::Paint;
use super::prompt::Prompt;
use super::{bars, help};

/// Draws `app` over the whole frame. The frame should have the size that [`App::resize`] was told last.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let session = app.session();
    let mut paint = Paint::new(frame.buffer_mut(), session.glyphs, session.theme);
    let Some(layout) = session.layout().filter(|_| paint.area() == session.area) else {
        let area = paint.area();
        let text = format!("{}x{} is too small: {MIN_WIDTH}x{MIN_HEIGHT} is needed", area.width, area.height);
        paint.text(0, area.height / 2, area.width, &text, session.theme.plain);
        return;
    };
    let prompt = match app.mode() {
        Mode::Prompt(prompt) => Some(prompt),
        Mode::Normal | Mode::Help(_) => None,
    };
    bars::title(session, &app.tabs(), app.shown(), &layout, &mut paint);
    app.pane().draw(session, &layout, &mut paint);
    bars::bottom(session, prompt.map(Prompt::shown).as_deref(), app.pane().hints(), &layout, &mut paint);
    if let Mode::Help(scroll) = app.mode() {
        help::draw(app.keymap(), *scroll, &layout, &mut paint);
    }
    if let Some(prompt) = prompt {
        completions(prompt, &layout, &mut paint);
    }
}

/// The palette's list, above the line that is typed.
fn completions(prompt: &Prompt, layout: &Layout, paint: &mut Paint<'_>) {
    let all = prompt.completions();
    let rows = all.len().min(usize::from(layout.body.height.saturating_sub(1)).min(10));
    let skip = (prompt.chosen() + 1).saturating_sub(rows);
    let height = u16::try_from(rows).unwrap_or(0);
    let area = Rect { y: layout.inspector.y - height, height, width: layout.body.width.min(64), ..layout.body };
    paint.clear(area);
    for ((place, (name, does)), y) in all.iter().enumerate().skip(skip).take(rows).zip(area.y..) {
        let style = if place == prompt.chosen() { paint.theme.selected } else { paint.theme.plain };
        let text = format!(" {} {does}", label::fit(name, 18, paint.ascii()));
        paint.text(area.x, y, area.width, &text, style);
    }
}
