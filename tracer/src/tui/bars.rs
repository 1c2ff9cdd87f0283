//! The line at the top and the lines at the bottom.

use crate::{label, time};

use super::layout::Layout;
use super::paint::Paint;
use super::state::{Session, Status};
use super::words;

/// The views' names with the keys that show them, the one that is shown in brackets; then the window, and whether the
/// trace grows.
pub(super) fn title(session: &Session, tabs: &[(String, &str)], shown: usize, layout: &Layout, paint: &mut Paint<'_>) {
    let hz = session.trace.clock_hz();
    let window = session.window();
    let status = match (&session.status, session.follow) {
        (Status::Recorded, _) => "recorded".to_owned(),
        (Status::Live, true) => "LIVE, following".to_owned(),
        (Status::Live, false) => "LIVE, paused".to_owned(),
        (Status::Ended(_), _) => "ended".to_owned(),
    };
    let kept =
        session.kept_length().map_or_else(String::new, |cycles| format!(", last {} kept", time::duration(cycles, hz)));
    let length = time::duration(window.end - window.start, hz);
    let board = &session.trace.header().board;
    let filter = session.search.filter().map_or_else(String::new, |filter| format!(", only {filter}"));
    let text = format!(" {board}, {status}{kept}, {length} from {}{filter}", time::moment(window.start, hz));
    let area = layout.title;
    // Names where there is room for all; else the keys; else only the view that is shown.
    let long: usize = tabs.iter().map(|(key, name)| key.len() + name.len() + 3).sum();
    let short: usize = tabs.iter().map(|(key, _)| key.len() + 1).sum::<usize>() + 14;
    let room = usize::from(area.width).saturating_sub(label::width(&text));
    let mut x = area.x;
    for (place, (key, name)) in tabs.iter().enumerate() {
        let (tab, style) = match place == shown {
            true if long <= room => (format!("[{key} {name}]"), paint.theme.heading),
            true => (format!("[{key} {name}] "), paint.theme.heading),
            false if long <= room => (format!(" {key} {name} "), paint.theme.faint),
            false if short <= room => (format!("{key} "), paint.theme.faint),
            false => continue,
        };
        let width = u16::try_from(label::width(&tab)).unwrap_or(0);
        paint.text(x, area.y, width, &tab, style);
        x += width;
    }
    paint.text(x, area.y, area.right().saturating_sub(x), &text, paint.theme.plain);
}

/// What is at the cursor, what lies between the marks, which keys help. `prompt` is what is being typed, if anything.
pub(super) fn bottom(session: &Session, prompt: Option<&str>, hints: &str, layout: &Layout, paint: &mut Paint<'_>) {
    let theme = paint.theme;
    let area = layout.inspector;
    match words::inspector(session, usize::from(area.width)) {
        Some((text, true)) => paint.text(area.x, area.y, area.width, &text, theme.alarm),
        Some((text, false)) => paint.text(area.x, area.y, area.width, &text, theme.heading),
        None => {}
    }
    let area = layout.marks;
    let line = prompt.map(str::to_owned).or_else(|| session.message.clone()).or_else(|| marks(session));
    match &line {
        Some(text) => paint.text(area.x, area.y, area.width, text, theme.marker),
        None if layout.is_low() => {}
        None => paint.text(area.x, area.y, area.width, &notes(session), theme.alarm),
    }
    if !layout.is_low() || line.is_none() {
        let area = layout.hints;
        paint.text(area.x, area.y, area.width, &whole_words(hints, usize::from(area.width)), theme.faint);
    }
}

/// As many of the hints, two spaces apart, as fit into `width`; the last two, help and quit, always.
fn whole_words(hints: &str, width: usize) -> String {
    let mut words: Vec<&str> = hints.split("  ").collect();
    while words.len() > 2 && words.iter().map(|word| label::width(word) + 2).sum::<usize>() > width + 2 {
        words.remove(words.len() - 3);
    }
    words.join("  ")
}

/// The measure between the marks.
fn marks(session: &Session) -> Option<String> {
    let hz = session.trace.clock_hz();
    match session.marked.marks {
        [Some(a), Some(b)] => {
            let difference = a.abs_diff(b);
            let sign = if b < a { "-" } else { "" };
            Some(format!(
                "B-A {sign}{} ({sign}{difference} cycles)  A {}  B {}",
                time::duration(difference, hz),
                time::moment(a, hz),
                time::moment(b, hz),
            ))
        }
        [Some(a), None] => Some(format!("A {}  (m sets B)", time::moment(a, hz))),
        _ => None,
    }
}

/// Remarks about the trace.
fn notes(session: &Session) -> String {
    let notes = session.trace.notes();
    match (&session.status, notes) {
        (Status::Ended(why), []) => why.clone(),
        (_, []) if session.trace.events() == 0 => {
            "no events yet: is the firmware built with its feature `trace`?".to_owned()
        }
        (_, []) => String::new(),
        (_, [note]) => format!("note: {note}"),
        (_, [note, rest @ ..]) => format!("note: {note} (and {} more)", rest.len()),
    }
}
