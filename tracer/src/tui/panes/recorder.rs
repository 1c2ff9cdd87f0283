//! Where the trace comes from, and how much of it arrived.

use crate::time;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::{Session, Status};

use super::pane::Pane;

/// Source, rate, loss and remarks.
#[derive(Debug)]
pub(super) struct Recorder;

impl Pane for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn hints(&self) -> &'static str {
        "c the firmware's text  1-9 views  ? help  q quit"
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let theme = paint.theme;
        let area = layout.body;
        let mut y = area.y;
        let mut line = |text: &str, style| {
            if y < area.bottom() {
                paint.text(area.x, y, area.width, text, style);
                y += 1;
            }
        };
        let trace = &session.trace;
        let (header, hz) = (trace.header(), trace.clock_hz());
        let source = match &session.status {
            Status::Recorded => "a recording".to_owned(),
            Status::Live => "a run that goes on".to_owned(),
            Status::Ended(why) => format!("a run that is over: {why}"),
        };
        let length = trace.end() - trace.start();
        let facts = [
            ("source", source),
            ("board", format!("{}, trace clock {} Hz", header.board, hz)),
            ("made by", format!("kit {}, build {}", header.kit, header.build_id.as_deref().unwrap_or("without an id"))),
            ("length", format!("{} from {}", time::duration(length, hz), time::moment(trace.start(), hz))),
            ("events", format!("{}, {} a second", trace.events(), rate(trace.events(), length, hz))),
            ("restarts", trace.boots().len().saturating_sub(1).to_string()),
        ];
        line(" RECORDING", theme.heading);
        for (name, value) in facts {
            line(&format!(" {name:<9} {value}"), theme.plain);
        }
        let gaps = trace.gaps();
        let bytes: u64 = gaps.iter().map(|gap| gap.bytes).sum();
        let lost = match (gaps.len(), trace.dropped(), bytes) {
            (0, ..) => "nothing".to_owned(),
            (count, events, 0) => format!("{events} events in {count} gaps"),
            (count, events, bytes) => format!("{events} events and {bytes} unreadable bytes in {count} gaps"),
        };
        let style = if gaps.is_empty() { theme.plain } else { theme.alarm };
        line(&format!(" {:<9} {lost}", "lost"), style);
        if !trace.notes().is_empty() {
            line("", theme.plain);
            line(" REMARKS", theme.heading);
        }
        for note in trace.notes() {
            line(&format!(" {note}"), theme.alarm);
        }
    }
}

/// Events a second, rounded down.
fn rate(events: u64, cycles: u64, hz: u64) -> u64 {
    u64::try_from(u128::from(events) * u128::from(hz) / u128::from(cycles.max(1))).unwrap_or(u64::MAX)
}
