//! Below the lanes: what is at the cursor, line by line, and who used the processor between the marks or in the window.

use ratatui::layout::Rect;

use crate::label;
use crate::model::{Class, JobStep, Lane, LaneKind, State, Who};
use crate::objects::Holder;
use crate::raster::Row;
use crate::time;
use crate::tui::paint::Paint;
use crate::tui::state::Session;
use crate::tui::words;

use super::super::chart::bar;

/// Cells of the right half: a name, a share, a bar.
const SHARES: u16 = 34;

pub(super) fn draw(session: &Session, area: Rect, paint: &mut Paint<'_>) {
    let wide = area.width >= 2 * SHARES;
    let left = if wide { area.width - SHARES } else { area.width };
    rule(session, area, left, paint);
    let lines = inspector(session);
    for ((name, value), y) in lines.iter().zip(area.y + 1..area.bottom()) {
        paint.text(area.x + 1, y, 9, name, paint.theme.faint);
        paint.text(area.x + 10, y, left.saturating_sub(11), value, paint.theme.plain);
    }
    if wide {
        let area = Rect { x: area.x + left, y: area.y + 1, width: SHARES, height: area.height - 1 };
        shares(session, area, paint);
    }
}

/// A line with two headings.
fn rule(session: &Session, area: Rect, left: u16, paint: &mut Paint<'_>) {
    let (line, _) = paint.glyphs.axis();
    let rule: String = std::iter::repeat_n(line, usize::from(area.width)).collect();
    paint.text(area.x, area.y, area.width, &rule, paint.theme.faint);
    let name = session.selected_row().map(|row| row.name(&session.trace)).unwrap_or_default();
    let mut heading = |x: u16, text: &str| {
        let width = u16::try_from(label::width(text)).unwrap_or(0).min(area.right().saturating_sub(x));
        paint.text(x, area.y, width, text, paint.theme.heading);
    };
    heading(area.x + 1, &format!(" {name} at {} ", time::moment(session.cursor, session.trace.clock_hz())));
    if left < area.width {
        let what = if session.marked().is_some() { " CPU from A to B " } else { " CPU in the window " };
        heading(area.x + left, what);
    }
}

/// What is known of the selected row at the cursor.
fn inspector(session: &Session) -> Vec<(&'static str, String)> {
    let (trace, hz) = (&session.trace, session.trace.clock_hz());
    let mut lines = Vec::new();
    let Some(row) = session.selected_row() else { return lines };
    let Some(lane) = session.lane_of(row) else { return points(session, row) };
    let Some(span) = lane.at(session.cursor, trace.end()) else { return lines };
    let length = time::duration(span.end - span.start, hz);
    let open = if span.open { ", so far" } else { "" };
    lines.push(("state", words::state(session, lane, &span).trim_start_matches("is ").to_owned()));
    lines.push(("since", format!("{}, for {length}{open}", time::moment(span.start, hz))));
    if let State::Blocked { object, .. } = span.state
        && object != 0
    {
        lines.extend(object_lines(session, object));
    }
    if let LaneKind::Task { number } = lane.kind() {
        if let Some(arrow) = session.flow() {
            let ran = match arrow.run {
                Some(run) => format!(", ran {} later", time::duration(run - arrow.time, hz)),
                None => ", has not run since".to_owned(),
            };
            let woken = format!("{} {}{ran}", time::moment(arrow.time, hz), words::waker(session, arrow));
            lines.push(("woken", woken));
        }
        lines.extend(job(session, number));
        let facts = trace.task(number);
        if let (Some(free), Some(size)) = (facts.stack_free, facts.stack_bytes) {
            lines.push(("stack", format!("{free} of {size} bytes never used")));
        }
    }
    lines.extend(tracing(session, lane));
    lines
}

/// Events of a window whose costs are looked at one by one for each frame.
const COSTS: usize = 1 << 14;

/// How much of the lane's own time, and of all, tracing took between the marks or in the window; if the recording tells.
fn tracing(session: &Session, lane: &Lane) -> Option<(&'static str, String)> {
    let (trace, whole) = (&session.trace, session.trace.window());
    let tracing = trace.tracing()?;
    let (range, what) = match session.marked() {
        Some(range) => (range, "A to B"),
        None => (session.window(), "the window"),
    };
    let range = range.start.max(whole.start)..range.end.min(whole.end);
    let percent = |part: u64, of: u64| part as f64 * 100.0 / of.max(1) as f64;
    let length = range.end.saturating_sub(range.start);
    let mut text = format!("{:.2} % of {what}", percent(tracing.cycles(range.clone()), length));
    let ran = lane.occupancy(range.clone()).of(Class::Running);
    if ran > 0 && tracing.count(range.clone()) <= COSTS {
        let who = trace.lane_place(lane.kind()).map(Who::Lane);
        let own = tracing.costs(range).filter(|cost| Some(cost.who) == who).map(|cost| cost.cycles).sum();
        text = format!("{text}, {:.2} % of the time of {} in it", percent(own, ran), trace.lane_name(lane));
    }
    Some(("tracing", text))
}

/// A moment or a value: where it stands among the others.
fn points(session: &Session, row: Row) -> Vec<(&'static str, String)> {
    let (trace, hz) = (&session.trace, session.trace.clock_hz());
    let around = |next: Option<u64>| next.map_or_else(|| "none".to_owned(), |time| time::moment(time, hz));
    let mut lines = Vec::new();
    if let Row::Counter(at) = row
        && let Some(track) = trace.counters().get(at)
        && let Some((least, most)) = track.extremes(0..track.points.len())
    {
        let value = track.value_at(session.cursor).map_or_else(|| "not set yet".to_owned(), |value| value.to_string());
        lines.push(("value", value));
        lines.push(("range", format!("{least} to {most}, set {} times", track.points.len())));
    }
    lines.push(("previous", around(row.previous_change(trace, session.cursor))));
    lines.push(("next", around(row.next_change(trace, session.cursor))));
    lines
}

/// What is waited for: who has it, and who else waits.
fn object_lines(session: &Session, object: u32) -> Vec<(&'static str, String)> {
    let (objects, header) = (&session.derived.objects(), session.trace.header());
    let mut lines = Vec::new();
    let Some(known) = objects.get(object) else { return lines };
    let state = match (objects.holder_at(object, session.cursor), objects.value_at(object, session.cursor)) {
        (Holder::Task(task), _) => format!(", held by {}", header.task(task)),
        (_, Some(value)) if known.kind.is_counted() => format!(", holds {value}"),
        (Holder::Free, _) => ", free".to_owned(),
        _ => String::new(),
    };
    lines.push(("object", format!("{} {}{state}", known.kind.name(), known.name)));
    let waiters = objects.waiters_at(object, session.cursor);
    if waiters.len() > 1 {
        let names: Vec<String> = waiters.iter().map(|wait| header.task(wait.task)).collect();
        lines.push(("waiting", names.join(", ")));
    }
    lines
}

/// Further back nobody looks for the job that is under way.
const JOBS: usize = 4096;

/// The job of the task that is under way at the cursor.
fn job(session: &Session, task: u32) -> Option<(&'static str, String)> {
    let (trace, hz) = (&session.trace, session.trace.clock_hz());
    let timing = trace.task(task).timing?;
    let jobs = trace.jobs();
    let until = jobs.partition_point(|job| job.time <= session.cursor);
    let of_task = |job: &&crate::model::Job| job.task == Some(task);
    let release = jobs.range(0..until).rev().take(JOBS).filter(of_task).find_map(|job| match job.step {
        JobStep::Release(time) => Some(time),
        JobStep::Done | JobStep::Miss(_) => None,
    })?;
    let deadline = release.saturating_add(timing.deadline);
    let rest = match deadline.checked_sub(session.cursor) {
        Some(left) => format!("{} left", time::duration(left, hz)),
        None => format!("{} ago", time::duration(session.cursor - deadline, hz)),
    };
    Some(("job", format!("released {}, deadline {} ({rest})", time::moment(release, hz), time::moment(deadline, hz))))
}

/// Who used the processor, most first.
fn shares(session: &Session, area: Rect, paint: &mut Paint<'_>) {
    let trace = &session.trace;
    let whole = trace.window();
    let range = session.marked().unwrap_or_else(|| session.window());
    let range = range.start.max(whole.start)..range.end.min(whole.end);
    let length = range.end.saturating_sub(range.start);
    if length == 0 {
        return;
    }
    let mut rows: Vec<(u64, String)> = trace
        .lanes()
        .iter()
        .filter(|lane| !matches!(lane.kind(), LaneKind::Mark { .. } | LaneKind::Future { .. }))
        .map(|lane| (lane.occupancy(range.clone()).of(Class::Running), trace.lane_name(lane)))
        .filter(|(cycles, _)| *cycles > 0)
        .collect();
    let known: u64 = rows.iter().map(|(cycles, _)| *cycles).sum();
    // Where events were lost, what is left over is not the kernel's alone.
    let rest = if trace.gaps_in(range).is_empty() { "(kernel)" } else { "(kernel, ?)" };
    rows.push((length.saturating_sub(known), rest.to_owned()));
    rows.sort_by_key(|(cycles, _)| std::cmp::Reverse(*cycles));
    for ((cycles, name), y) in rows.iter().zip(area.y..area.bottom()) {
        let percent = *cycles as f64 * 100.0 / length as f64;
        paint.text(area.x + 1, y, 12, name, paint.theme.plain);
        paint.text(area.x + 14, y, 7, &label::right(&format!("{percent:.2} %"), 7), paint.theme.plain);
        let bar = bar(*cycles, length, 11, paint.glyphs);
        paint.text(area.x + 22, y, 11, &bar, paint.theme.state(Class::Running));
    }
}
