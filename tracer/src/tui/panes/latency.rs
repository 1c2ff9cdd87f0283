//! How long things take: a distribution for each task, interrupt and mark, and the worst ten of the selected one.

use ratatui::layout::Rect;

use crate::label;
use crate::raster::Row;
use crate::stats::{Histogram, Measure, Summary};
use crate::time::{self, Scale};
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::chart;
use super::pane::Pane;
use super::table::{self, Column, Line, column};

const COLUMNS: [Column; 7] = [
    column("COUNT", 9, 64),
    column("min", 11, 70),
    column("p50", 11, 0),
    column("p90", 11, 90),
    column("p99", 11, 0),
    column("p99.9", 11, 110),
    column("max", 11, 0),
];

/// Cells of the list of the worst.
const LIST: u16 = 36;

/// A distribution: of a lane, by its place, and of what.
type Subject = (usize, Measure);

/// Which distribution is selected, and which of its worst.
#[derive(Debug, Default)]
pub(super) struct Latency {
    selected: usize,
    /// The one among the worst that the cursor was sent to: start and end.
    chosen: Option<(u64, u64)>,
}

impl Latency {
    fn subject(&self, session: &Session) -> Option<Subject> {
        let all = subjects(session);
        all.get(self.selected.min(all.len().saturating_sub(1))).copied()
    }

    /// The worst of what is selected, and the place among them of the chosen one. While a run goes on, longer ones come in
    /// front of it, or it is no longer among them.
    fn worst<'a>(&self, session: &'a Session) -> (&'a [(u64, u64)], Option<usize>) {
        let of = |(lane, measure)| session.derived.collector.slowest(lane, measure);
        let worst = self.subject(session).map_or(&[][..], of);
        (worst, worst.iter().position(|window| Some(*window) == self.chosen))
    }
}

impl Pane for Latency {
    fn name(&self) -> &'static str {
        "Latency"
    }

    fn hints(&self) -> &'static str {
        "k/j distribution  ,/. the worst ten  Enter timeline  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        let last = subjects(session).len().saturating_sub(1);
        let by = match action {
            Action::RowUp => -1,
            Action::RowDown => 1,
            Action::RowsUp => -10,
            Action::RowsDown => 10,
            Action::NextEvent | Action::PreviousEvent => {
                let (worst, chosen) = self.worst(session);
                let next = match (chosen, action) {
                    (None, _) => 0,
                    (Some(chosen), Action::NextEvent) => (chosen + 1).min(worst.len().saturating_sub(1)),
                    (Some(chosen), _) => chosen.saturating_sub(1),
                };
                if let Some(window) = worst.get(next).copied() {
                    self.chosen = Some(window);
                    go_to(session, window);
                }
                return true;
            }
            Action::Open => {
                let (worst, chosen) = self.worst(session);
                if let Some((start, end)) = worst.get(chosen.unwrap_or(0)).copied() {
                    session.show_with_room(start..end.max(start + 1));
                    go_to(session, (start, end));
                }
                return false;
            }
            _ => return false,
        };
        self.selected = self.selected.saturating_add_signed(by).min(last);
        self.chosen = None;
        if let Some((lane, _)) = self.subject(session) {
            session.select(Row::Lane(lane));
        }
        true
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let (body, hz) = (layout.body, session.trace.clock_hz());
        let subjects = subjects(session);
        let Some(selected) = self.subject(session) else {
            paint.text(body.x, body.y, body.width, " Nothing has been measured yet.", paint.theme.faint);
            return;
        };
        let all = subjects.iter().filter_map(|(lane, measure)| session.derived.collector.histogram(*lane, *measure));
        let scale = Scale::of_durations(all.map(|histogram| histogram.summary().max).max().unwrap_or(0), hz);
        let lines: Vec<Line> = subjects.iter().filter_map(|subject| line(session, *subject, scale, paint)).collect();
        let place = subjects.iter().position(|subject| *subject == selected);
        let wanted = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
        let upper = wanted.min((body.height / 2).max(4)).min(body.height);
        let title = format!("WHAT, in {}", scale.unit());
        table::draw(&title, &COLUMNS, &lines, place, Rect { height: upper, ..body }, paint);
        let y = body.y + upper + 1;
        if y >= body.bottom() {
            return;
        }
        let area = Rect { y, height: body.bottom() - y, ..body };
        let wide = area.width >= 2 * LIST;
        let chart = Rect { width: if wide { area.width - LIST } else { area.width }, ..area };
        if let Some(histogram) = session.derived.collector.histogram(selected.0, selected.1) {
            distribution(histogram, hz, chart, paint);
        }
        if wide {
            self.list(session, Rect { x: area.x + chart.width, width: LIST, ..area }, paint);
        }
    }
}

impl Latency {
    fn list(&self, session: &Session, area: Rect, paint: &mut Paint<'_>) {
        let hz = session.trace.clock_hz();
        let (worst, chosen) = self.worst(session);
        let longest = worst.first().map_or(0, |(start, end)| end - start);
        let (lengths, moments) = (Scale::of_durations(longest, hz), Scale::of_moments(session.trace.end(), hz));
        let heading = format!(" THE WORST {} {:>16} {}", lengths.unit(), "AT", moments.unit());
        paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
        for ((place, (start, end)), y) in worst.iter().enumerate().zip(area.y + 1..area.bottom()) {
            let style = if chosen == Some(place) { paint.theme.selected } else { paint.theme.plain };
            let (length, at) = (lengths.number(end - start), moments.number(*start));
            let text = format!(" {:>2} {length:>10} {at:>16}", place + 1);
            paint.text(area.x, y, area.width, &text, style);
        }
    }
}

/// Sends the cursor to where `window` begins, if that is kept.
fn go_to(session: &mut Session, (start, _): (u64, u64)) {
    let is_kept = start >= session.trace.start();
    session.go_to(start);
    if !is_kept {
        session.message = Some("that is so long ago that it is no longer kept".to_owned());
    }
}

/// Every distribution that has values, in the order of the rows.
fn subjects(session: &Session) -> Vec<Subject> {
    let all = [Measure::Response, Measure::Completion, Measure::Duration];
    let collector = &session.derived.collector;
    let lanes = session.trace.display_order().into_iter();
    lanes
        .flat_map(|lane| all.map(|measure| (lane, measure)))
        .filter(|(lane, measure)| collector.histogram(*lane, *measure).is_some_and(|histogram| histogram.count() > 0))
        .collect()
}

const fn words(measure: Measure) -> &'static str {
    match measure {
        Measure::Response => "response",
        Measure::Completion => "completion",
        Measure::Execution => "execution",
        Measure::Ready => "interference",
        Measure::Late => "late",
        Measure::Interval => "interval",
        Measure::Duration => "duration",
    }
}

fn line(session: &Session, (lane, measure): Subject, scale: Scale, paint: &Paint<'_>) -> Option<Line> {
    let Summary { count, min, p50, p90, p99, p999, max, .. } =
        session.derived.collector.histogram(lane, measure)?.summary();
    let durations = [min, p50, p90, p99, p999, max].map(|cycles| scale.number(cycles));
    let cells = std::iter::once(count.to_string()).chain(durations).collect();
    let name = session.trace.lane_name(session.trace.lanes().get(lane)?);
    Some(Line { name: format!("{name} {}", words(measure)), cells, style: paint.theme.plain })
}

/// Draws a distribution over a logarithmic axis, with the median, the 99th percentile and the ends.
fn distribution(histogram: &Histogram, hz: u64, area: Rect, paint: &mut Paint<'_>) {
    let summary = histogram.summary();
    let width = usize::from(area.width.saturating_sub(3));
    if area.height < 4 || width == 0 {
        return;
    }
    // The logarithm of a duration as a column; one that never changes stands in the middle.
    let (low, high) = ((summary.min.max(1) as f64).ln(), (summary.max.max(1) as f64).ln());
    let column = |value: u64| {
        let at = if high > low { ((value.max(1) as f64).ln() - low) / (high - low) } else { 0.5 };
        ((at * (width - 1) as f64).round().max(0.0) as usize).min(width - 1)
    };
    let mut counts = vec![None; width];
    for (_, largest, count) in histogram.buckets() {
        let place = column(largest.clamp(summary.min, summary.max));
        counts[place] = Some(counts[place].unwrap_or(0) + count);
    }
    let most = counts.iter().flatten().copied().max().unwrap_or(0);
    let heading = format!(" DISTRIBUTION  {} values, at most {most} a column", summary.count);
    paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
    let chart = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 3, height: (area.height - 3).min(12) };
    chart::columns(&counts, most, chart, paint.theme.user, paint);
    let (rule, tick) = paint.glyphs.axis();
    let (axis, labels) = (chart.bottom(), chart.bottom() + 1);
    let rule: String = std::iter::repeat_n(rule, width).collect();
    paint.text(chart.x, axis, chart.width, &rule, paint.theme.faint);
    // From the ends to the middle: what has no room is left out.
    let marks = [("min", summary.min), ("max", summary.max), ("p99", summary.p99), ("p50", summary.p50)];
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    for (name, value) in marks {
        let place = column(value);
        let text = format!("{name} {}", time::duration(value, hz));
        let length = label::width(&text);
        let start = place.saturating_sub(length / 2).min(width.saturating_sub(length));
        if length > width || taken.iter().any(|other| start < other.end + 2 && other.start < start + length + 2) {
            continue;
        }
        taken.push(start..start + length);
        let x = |place: usize| chart.x + u16::try_from(place).unwrap_or(0);
        paint.glyph(x(place), axis, tick, paint.theme.marker);
        paint.text(x(start), labels, u16::try_from(length).unwrap_or(0), &text, paint.theme.plain);
    }
}
