//! The line at the top and the lines at the bottom.

use crate::model::{Class, Lane, LaneKind, Span, State};
use crate::raster::Row;
use crate::tui::layout::Layout;
use crate::tui::state::{App, Mode, Status, View};
use crate::{label, time};

use super::paint::Paint;
use super::theme;

/// Views, window, and whether the trace grows.
pub(super) fn title(app: &App, layout: &Layout, paint: &mut Paint<'_>) {
    let hz = app.trace.clock_hz();
    // The tasks' numbers are those of the whole trace.
    let window = if app.view == View::Tasks { app.trace.window() } else { app.window() };
    let tabs = [(View::Timeline, "1 Timeline"), (View::Tasks, "2 Tasks"), (View::Console, "3 Console")];
    let area = layout.title;
    let mut x = area.x;
    for (view, name) in tabs {
        let text = if view == app.view { format!("[{name}]") } else { format!(" {name} ") };
        let width = u16::try_from(text.len()).unwrap_or(0);
        // Where there is little room, the tabs that are not shown give way.
        if view == app.view || area.width >= 70 {
            let style = if view == app.view { theme::heading() } else { theme::faint() };
            paint.text(x, area.y, width, &text, style);
            x += width;
        }
    }
    let status = match (&app.status, app.follow) {
        (Status::Recorded, _) => "recorded".to_owned(),
        (Status::Live, true) => "LIVE, following".to_owned(),
        (Status::Live, false) => "LIVE, paused".to_owned(),
        (Status::Ended(_), _) => "ended".to_owned(),
    };
    let length = time::duration(window.end - window.start, hz);
    let board = &app.trace.header().board;
    let text = format!(" {board}, {status}, {length} from {}", time::moment(window.start, hz));
    paint.text(x, area.y, area.right() - x, &text, theme::plain());
}

/// What is at the cursor, what lies between the marks, which keys help.
pub(super) fn bottom(app: &App, layout: &Layout, paint: &mut Paint<'_>) {
    let area = layout.inspector;
    match inspector(app, usize::from(area.width)) {
        Some((text, true)) => paint.text(area.x, area.y, area.width, &text, theme::alarm()),
        Some((text, false)) => paint.text(area.x, area.y, area.width, &text, theme::heading()),
        None => {}
    }
    let area = layout.marks;
    let line = last_line(app);
    match (line, layout.is_low()) {
        (Some(text), _) => paint.text(area.x, area.y, area.width, &text, theme::marker()),
        (None, false) => paint.text(area.x, area.y, area.width, &notes(app), theme::alarm()),
        (None, true) => {}
    }
    if !layout.is_low() || last_line(app).is_none() {
        let area = layout.hints;
        let text = "w/s zoom  a/d pan  ,/. event  m mark  f fit  0 all  Space follow  ? help  q quit";
        let short = "w/s zoom  a/d pan  ,/. event  ? help  q quit";
        let text = if usize::from(area.width) < text.len() { short } else { text };
        paint.text(area.x, area.y, area.width, text, theme::faint());
    }
}

/// The prompt, a message, or the measure between the marks.
fn last_line(app: &App) -> Option<String> {
    let hz = app.trace.clock_hz();
    if let Mode::GoTo(text) = &app.mode {
        return Some(format!("go to (1.5ms, 200us, 2s, 40000cy): {text}_"));
    }
    if let Some(message) = &app.message {
        return Some(message.clone());
    }
    match app.marks {
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
fn notes(app: &App) -> String {
    let notes = app.trace.notes();
    match (&app.status, notes) {
        (Status::Ended(why), []) => why.clone(),
        (_, []) if app.trace.events() == 0 => {
            "no events yet: is the firmware built with its feature `trace`?".to_owned()
        }
        (_, []) => String::new(),
        (_, [note]) => format!("note: {note}"),
        (_, [note, rest @ ..]) => format!("note: {note} (and {} more)", rest.len()),
    }
}

/// The selected lane at the cursor, in words that fit `width` if they can; whether it is about a loss.
fn inspector(app: &App, width: usize) -> Option<(String, bool)> {
    let hz = app.trace.clock_hz();
    let now = time::moment(app.cursor, hz);
    if let Some(gap) = app.trace.gaps_in(app.cursor..app.cursor + 1).iter().find(|gap| gap.start <= app.cursor) {
        let bytes = if gap.uncounted { format!(" and {} bytes", gap.bytes) } else { String::new() };
        let from = time::moment(gap.start, hz);
        let length = time::duration(gap.end - gap.start, hz);
        return Some((format!("{now}: {} events{bytes} lost in {length} from {from}", gap.events), true));
    }
    if let Some(text) = user(app, &now) {
        return Some((text, false));
    }
    let lane = app.selected_lane()?;
    let span = lane.at(app.cursor, app.trace.end())?;
    let what = state(app, lane, &span);
    let length = time::duration(span.end - span.start, hz);
    let open = if span.open { "so far " } else { "" };
    let name = app.trace.lane_name(lane);
    let from = time::moment(span.start, hz);
    let text = format!("{now}: {name} {what}, {open}{length}");
    let whole = format!("{text} from {from}");
    Some((if label::width(&whole) <= width { whole } else { text }, false))
}

/// A selected moment or value at the cursor, in words.
fn user(app: &App, now: &str) -> Option<String> {
    let row = app.selected_row()?;
    let name = row.name(&app.trace);
    match row {
        Row::Lane(_) => None,
        Row::Counter(at) => {
            let track = app.trace.counters().get(at)?;
            let (least, most) = track.extremes(0..track.points.len())?;
            let value = track.value_at(app.cursor).map_or_else(|| "not set yet".to_owned(), |value| value.to_string());
            Some(format!("{now}: {name} is {value} ({least} to {most} in all)"))
        }
        Row::Instants(at) => {
            let points = &app.trace.instant_tracks().get(at)?.points;
            let last = points.partition_point(|(time, _)| *time <= app.cursor).checked_sub(1)?;
            let (time, value) = points.get(last)?;
            Some(format!(
                "{now}: {name} with {value} at {}, {} of {}",
                time::moment(*time, app.trace.clock_hz()),
                last + 1,
                points.len()
            ))
        }
    }
}

/// A state in words that fit the lane.
fn state(app: &App, lane: &Lane, span: &Span) -> String {
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
            format!("blocked on {} {}", reason.name(), app.trace.header().object(object))
        }
        (State::Ready, LaneKind::Task { number }) => {
            let priority = app.trace.priority_at(number, span.start);
            priority.map_or_else(|| "ready".to_owned(), |priority| format!("ready at priority {priority}"))
        }
        (State::Running, LaneKind::Task { number }) => {
            let priority = app.trace.priority_at(number, span.start);
            priority.map_or_else(|| "running".to_owned(), |priority| format!("running at priority {priority}"))
        }
        (state, _) => {
            debug_assert!(state.class() != Class::Waiting);
            state.name().to_owned()
        }
    }
}
