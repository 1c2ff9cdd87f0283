//! What is at the cursor, in words.

use crate::model::{Actor, Class, Lane, LaneKind, Span, State};
use crate::objects::Arrow;
use crate::raster::Row;
use crate::{label, time};

use super::state::Session;

/// Who woke somebody.
pub(super) fn waker(session: &Session, arrow: &Arrow) -> String {
    match arrow.by {
        _ if arrow.timed_out => "its time was over".to_owned(),
        Actor::Task(number) => format!("by {}", session.trace.header().task(number)),
        Actor::Handler(exception) => format!("by {}", session.trace.header().exception(exception.into())),
        Actor::Kernel => "by the kernel".to_owned(),
        Actor::Unknown => "by nobody knows whom: events were lost".to_owned(),
    }
}

/// The selected lane at the cursor, in words that fit `width` if they can; whether it is about a loss.
pub(super) fn inspector(session: &Session, width: usize) -> Option<(String, bool)> {
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
pub(super) fn state(session: &Session, lane: &Lane, span: &Span) -> String {
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
