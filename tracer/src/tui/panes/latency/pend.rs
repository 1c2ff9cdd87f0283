//! The longest waits of an interrupt for its handler, and what kept it waiting.

use ratatui::layout::Rect;

use crate::label;
use crate::time::{self, Scale};
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::subject::Subject;
use super::worst::Long;
use super::{LIST, numbers};

/// What number `place` of the longest waited for, in words; `None` if the simulator told nothing of `subject`.
pub(super) fn words(session: &Session, subject: Subject, place: usize) -> Option<String> {
    let (row, core_hz) = subject.told(session)?;
    let wait = row.longest.get(place)?;
    Some(format!("{} waited {}: {}", row.name, time::duration(wait.cycles, core_hz), wait.cause(core_hz)))
}

/// Draws the list, and in full what the `chosen` one waited for.
pub(super) fn draw(
    session: &Session,
    subject: Subject,
    worst: &[Long],
    chosen: Option<usize>,
    area: Rect,
    paint: &mut Paint<'_>,
) {
    let Some((row, core_hz)) = subject.told(session) else { return };
    let lengths = Scale::of_durations(row.max, core_hz);
    let moments = Scale::of_moments(session.trace.end(), session.trace.clock_hz());
    let heading = format!(" THE WORST {} {:>16} {}  WAITED FOR", lengths.unit(), "AT", moments.unit());
    paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
    for ((place, (long, wait)), y) in worst.iter().zip(&row.longest).enumerate().zip(area.y + 1..area.bottom()) {
        let style = if chosen == Some(place) { paint.theme.selected } else { paint.theme.plain };
        let numbers = label::fit(&numbers(place, long, lengths, moments), usize::from(LIST - 4), paint.ascii());
        paint.text(area.x, y, area.width, &format!("{numbers}  {}", wait.cause(core_hz)), style);
    }
    // The list cuts what is long.
    let place = chosen.unwrap_or(0);
    let (Some(words), Some(wait)) = (words(session, subject, place), row.longest.get(place)) else { return };
    let text = format!("{words}. Pending since cycle {} of the core.", wait.pended_at);
    let first = area.y.saturating_add(u16::try_from(row.longest.len() + 2).unwrap_or(u16::MAX));
    let lines = label::wrap(&text, usize::from(area.width.saturating_sub(2)));
    for (line, y) in lines.iter().zip(first..area.bottom()) {
        paint.text(area.x + 1, y, area.width - 1, line, paint.theme.plain);
    }
}
