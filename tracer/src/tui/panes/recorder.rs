//! Where the trace comes from, how much of it arrived, where it is missing, and what the firmware printed.

use ratatui::layout::Rect;

use crate::raster::Grid;
use crate::time::{self, Scale};
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::{Session, Status};

use super::chart;
use super::pane::Pane;

/// Source, rate, losses, remarks and the firmware's text; which loss is selected.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    selected: usize,
}

impl Pane for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn hints(&self) -> &'static str {
        "k/j loss  Enter timeline  c the firmware's text  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        let gaps = session.trace.gaps();
        match action {
            Action::RowUp => self.selected = self.selected.saturating_sub(1),
            Action::RowDown => self.selected = (self.selected + 1).min(gaps.len().saturating_sub(1)),
            Action::Open => {
                if let Some(gap) = gaps.get(self.selected).copied() {
                    session.show_with_room(gap.start..gap.end);
                    session.go_to(gap.start);
                }
                return false;
            }
            _ => return false,
        }
        true
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let theme = paint.theme;
        let area = layout.body;
        let trace = &session.trace;
        let mut lines = vec![(" RECORDING".to_owned(), theme.heading)];
        lines.extend(facts(session).into_iter().map(|(name, value)| (format!(" {name:<9} {value}"), theme.plain)));
        let lost = if trace.gaps().is_empty() { theme.plain } else { theme.alarm };
        lines.push((format!(" {:<9} {}", "lost", losses(session)), lost));
        lines.extend(trace.notes().iter().map(|note| (format!(" {:<9} {note}", "remark"), theme.alarm)));
        let mut y = area.y;
        for (text, style) in lines.iter().take(usize::from(area.height)) {
            paint.text(area.x, y, area.width, text, *style);
            y += 1;
        }
        let left = |y: u16| Rect { y, height: area.bottom().saturating_sub(y), ..area };
        if area.bottom().saturating_sub(y) >= 4 {
            rate(session, layout, left(y), paint);
            y += 4;
        }
        if !trace.gaps().is_empty() && area.bottom().saturating_sub(y) >= 2 {
            let rows = area.bottom() - y;
            y += self.gaps(session, Rect { height: rows.min(rows / 2 + 1), ..left(y) }, paint);
        }
        if !session.console.is_empty() && area.bottom().saturating_sub(y) >= 2 {
            paint.text(area.x, y, area.width, " THE FIRMWARE'S TEXT", theme.heading);
            for (line, y) in session.console.tail(usize::from(area.bottom() - y - 1)).zip(y + 1..) {
                paint.text(area.x, y, area.width, &format!(" {line}"), theme.plain);
            }
        }
    }
}

impl Recorder {
    /// The losses, one a line; returns how many lines that took.
    fn gaps(&self, session: &Session, area: Rect, paint: &mut Paint<'_>) -> u16 {
        let hz = session.trace.clock_hz();
        let gaps = session.trace.gaps();
        let longest = gaps.iter().map(|gap| gap.end - gap.start).max().unwrap_or(0);
        let (moments, lengths) = (Scale::of_moments(session.trace.end(), hz), Scale::of_durations(longest, hz));
        paint.text(area.x, area.y, area.width, " LOSSES", paint.theme.heading);
        let rows = usize::from(area.height - 1);
        let skip = (self.selected + 1).saturating_sub(rows);
        let mut used = 1;
        for (place, gap) in gaps.iter().enumerate().skip(skip).take(rows) {
            let bytes = if gap.uncounted { format!(" and {} unreadable bytes", gap.bytes) } else { String::new() };
            let (at, length) = (moments.show(gap.start), lengths.show(gap.end - gap.start));
            let text = format!(" {at:>16}  {length:>13}  {} events{bytes}", gap.events);
            let style = if place == self.selected { paint.theme.selected } else { paint.theme.plain };
            paint.text(area.x, area.y + used, area.width, &text, style);
            used += 1;
        }
        used
    }
}

fn facts(session: &Session) -> Vec<(&'static str, String)> {
    let trace = &session.trace;
    let (header, hz) = (trace.header(), trace.clock_hz());
    let source = match &session.status {
        Status::Recorded => "a recording".to_owned(),
        Status::Live => "a run that goes on".to_owned(),
        Status::Ended(why) => format!("a run that is over: {why}"),
    };
    let length = trace.end() - trace.first();
    let bytes = match session.stream.len() {
        0 => String::new(),
        bytes => format!(" in {bytes} bytes: {:.2} each", bytes as f64 / trace.events().max(1) as f64),
    };
    let second = u128::from(trace.events()) * u128::from(hz) / u128::from(length.max(1));
    let mut facts = vec![
        ("source", source),
        ("board", format!("{}, trace clock {hz} Hz", header.board)),
        ("made by", format!("kit {}, build {}", header.kit, header.build_id.as_deref().unwrap_or("without an id"))),
        ("length", format!("{} from {}", time::duration(length, hz), time::moment(trace.first(), hz))),
        ("events", format!("{}{bytes}, {second} a second", trace.events())),
        ("keyframes", trace.keyframes().len().to_string()),
        ("restarts", trace.starts().saturating_sub(1).to_string()),
    ];
    facts.extend(session.kept().map(|kept| ("kept", format!("{kept}; older ones are in a recording only"))));
    facts
}

fn losses(session: &Session) -> String {
    let gaps = session.trace.gaps();
    let bytes: u64 = gaps.iter().map(|gap| gap.bytes).sum();
    match (gaps.len(), session.trace.dropped(), bytes) {
        (0, ..) => "nothing".to_owned(),
        (count, events, 0) => format!("{events} events in {}", times(count)),
        (count, events, bytes) => format!("{events} events and {bytes} unreadable bytes in {}", times(count)),
    }
}

fn times(gaps: usize) -> String {
    if gaps == 1 { "one gap".to_owned() } else { format!("{gaps} gaps") }
}

/// How many events there were in each column of the whole trace, as the keyframes tell.
fn rate(session: &Session, layout: &Layout, area: Rect, paint: &mut Paint<'_>) {
    let trace = &session.trace;
    let grid = Grid::new(trace, trace.window(), layout.columns());
    let until = |time: u64| {
        let keys = trace.keyframes();
        let place = keys.partition_point(|key| key.time <= time);
        let (from, events) =
            place.checked_sub(1).and_then(|at| keys.get(at)).map_or((trace.start(), 0), |key| (key.time, key.events));
        let (to, all) = keys.get(place).map_or((trace.end(), trace.events()), |key| (key.time, key.events));
        // Between two keyframes events are taken to be spread evenly.
        let share = u128::from(all.saturating_sub(events)) * u128::from(time.clamp(from, to.max(from)) - from);
        events + u64::try_from(share / u128::from(to.saturating_sub(from).max(1))).unwrap_or(0)
    };
    let counts: Vec<Option<u64>> =
        (0..grid.width()).map(|at| Some(until(grid.time(at + 1)).saturating_sub(until(grid.time(at))))).collect();
    let most = counts.iter().flatten().copied().max().unwrap_or(0);
    paint.text(area.x, area.y, area.width, " EVENTS OVER THE WHOLE TRACE", paint.theme.heading);
    let left = area.x + layout.label_width;
    let chart = Rect { x: left, y: area.y + 1, width: area.width - layout.label_width, height: 2 };
    let column = (grid.time(1) - grid.time(0)).max(1);
    let peak = u128::from(most) * u128::from(trace.clock_hz()) / u128::from(column);
    paint.text(area.x, chart.y, layout.label_width, &format!(" {peak}/s"), paint.theme.faint);
    chart::columns(&counts, most, chart, paint.theme.user, paint);
}
