//! The line at the top and the lines at the bottom.

use crate::model::{Class, Lane, LaneKind, Span, State};
use crate::raster::Row;
use crate::{label, time};

use super::layout::Layout;
use super::paint::Paint;
use super::state::{Session, Status};

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
    let length = time::duration(window.end - window.start, hz);
    let board = &session.trace.header().board;
    let text = format!(" {board}, {status}, {length} from {}", time::moment(window.start, hz));
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
    match inspector(session, usize::from(area.width)) {
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
    match session.marks {
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

/// The selected lane at the cursor, in words that fit `width` if they can; whether it is about a loss.
fn inspector(session: &Session, width: usize) -> Option<(String, bool)> {
    let hz = session.trace.clock_hz();
    let now = time::moment(session.cursor, hz);
    if let Some(gap) =
        session.trace.gaps_in(session.cursor..session.cursor + 1).iter().find(|gap| gap.start <= session.cursor)
    {
        let bytes = if gap.uncounted { format!(" and {} bytes", gap.bytes) } else { String::new() };
        let from = time::moment(gap.start, hz);
        let length = time::duration(gap.end - gap.start, hz);
        return Some((format!("{now}: {} events{bytes} lost in {length} from {from}", gap.events), true));
    }
    if let Some(text) = user(session, &now) {
        return Some((text, false));
    }
    let lane = session.selected_lane()?;
    let span = lane.at(session.cursor, session.trace.end())?;
    let what = state(session, lane, &span);
    let length = time::duration(span.end - span.start, hz);
    let open = if span.open { "so far " } else { "" };
    let name = session.trace.lane_name(lane);
    let from = time::moment(span.start, hz);
    let text = format!("{now}: {name} {what}, {open}{length}");
    let whole = format!("{text} from {from}");
    Some((if label::width(&whole) <= width { whole } else { text }, false))
}

/// A selected moment or value at the cursor, in words.
fn user(session: &Session, now: &str) -> Option<String> {
    let row = session.selected_row()?;
    let name = row.name(&session.trace);
    match row {
        Row::Lane(_) => None,
        Row::Counter(at) => {
            let track = session.trace.counters().get(at)?;
            let (least, most) = track.extremes(0..track.points.len())?;
            let value =
                track.value_at(session.cursor).map_or_else(|| "not set yet".to_owned(), |value| value.to_string());
            Some(format!("{now}: {name} is {value} ({least} to {most} in all)"))
        }
        Row::Instants(at) => {
            let points = &session.trace.instant_tracks().get(at)?.points;
            let last = points.partition_point(|(time, _)| *time <= session.cursor).checked_sub(1)?;
            let (time, value) = points.get(last)?;
            Some(format!(
                "{now}: {name} with {value} at {}, {} of {}",
                time::moment(*time, session.trace.clock_hz()),
                last + 1,
                points.len()
            ))
        }
    }
}

/// A state in words that fit the lane.
fn state(session: &Session, lane: &Lane, span: &Span) -> String {
    let quiet = match lane.kind() {
        LaneKind::Task { .. } => "is dormant",
        LaneKind::Interrupt { .. } => "is not active",
        LaneKind::Idle => "does not idle",
        LaneKind::Mark { .. } => "is closed",
        LaneKind::Future { .. } => "waits",
    };
    match (span.state, lane.kind()) {
        (State::Dormant, _) => quiet.to_owned(),
        (State::Running, LaneKind::Idle) => "sleeps".to_owned(),
        (State::Running, LaneKind::Mark { .. }) => "is open".to_owned(),
        (State::Running, LaneKind::Future { .. }) => "is polled".to_owned(),
        (State::Blocked { reason, object: 0 }, _) => format!("blocked on {}", reason.name()),
        (State::Blocked { reason, object }, _) => {
            format!("blocked on {} {}", reason.name(), session.trace.header().object(object))
        }
        (State::Ready, LaneKind::Task { number }) => {
            let priority = session.trace.priority_at(number, span.start);
            priority.map_or_else(|| "ready".to_owned(), |priority| format!("ready at priority {priority}"))
        }
        (State::Running, LaneKind::Task { number }) => {
            let priority = session.trace.priority_at(number, span.start);
            priority.map_or_else(|| "running".to_owned(), |priority| format!("running at priority {priority}"))
        }
        (state, _) => {
            debug_assert!(state.class() != Class::Waiting);
            state.name().to_owned()
        }
    }
}
