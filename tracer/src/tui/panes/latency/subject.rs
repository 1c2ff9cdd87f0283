//! What a view of latencies can show: distributions of the trace, and what the simulator told of interrupts.

use crate::latency::ExceptionLatency;
use crate::model::LaneKind;
use crate::stats::{Histogram, Measure, Summary};
use crate::time::Scale;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::super::table::Line;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Of a lane, by its place, and what.
    Lane(usize, Measure),
    /// How long an interrupt waited for its handler: its place in what the simulator told.
    Pend(usize),
}

/// Every distribution that has values, in the order of the rows.
pub(super) fn all(session: &Session) -> Vec<Subject> {
    let all = [Measure::Response, Measure::Completion, Measure::Duration];
    let collector = &session.derived.collector;
    let measured =
        |lane, measure| collector.histogram(lane, measure).is_some_and(|histogram: &Histogram| histogram.count() > 0);
    let mut told: Vec<usize> = (0..session.latencies.as_ref().map_or(0, |seen| seen.exceptions.len())).collect();
    let mut found = Vec::new();
    for lane in session.trace.display_order() {
        found.extend(all.into_iter().filter(|at| measured(lane, *at)).map(|at| Subject::Lane(lane, at)));
        // Beside what else is known of the interrupt.
        let of_lane = |place: &mut usize| Subject::Pend(*place).lane(session) == Some(lane);
        found.extend(told.extract_if(.., of_lane).map(Subject::Pend));
    }
    // Handlers of which no trace tells, such as the one that switches tasks.
    found.extend(told.into_iter().map(Subject::Pend));
    found
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

/// The scale of all that is measured: that of the longest.
pub(super) fn scale(session: &Session) -> Scale {
    let hz = session.trace.clock_hz();
    let longest = |subject: Subject| match subject {
        Subject::Lane(lane, measure) => {
            session.derived.collector.histogram(lane, measure).map_or(0, |histogram| histogram.summary().max)
        }
        Subject::Pend(_) => subject.told(session).map_or(0, |(row, core_hz)| {
            let cycles = u128::from(row.max) * u128::from(hz) / u128::from(core_hz.max(1));
            u64::try_from(cycles).unwrap_or(u64::MAX)
        }),
    };
    Scale::of_durations(all(session).into_iter().map(longest).max().unwrap_or(0), hz)
}

impl Subject {
    /// The lane that it is about, as its place in the trace, if there is one.
    pub(super) fn lane(self, session: &Session) -> Option<usize> {
        match self {
            Self::Lane(lane, _) => Some(lane),
            Self::Pend(_) => {
                let (row, _) = self.told(session)?;
                session.trace.lane_place(LaneKind::Interrupt { exception: row.exception })
            }
        }
    }

    /// What the simulator told, and the clock that its cycles are of.
    pub(super) fn told(self, session: &Session) -> Option<(&ExceptionLatency, u64)> {
        let (Self::Pend(place), Some(seen)) = (self, &session.latencies) else { return None };
        Some((seen.exceptions.get(place)?, seen.core_hz))
    }

    /// Its line of the table: the columns are count, minimum, p50, p90, p99, p99.9 and maximum.
    pub(super) fn line(self, session: &Session, scale: Scale, paint: &Paint<'_>) -> Option<Line> {
        let (name, count, points) = match self {
            Self::Lane(lane, measure) => {
                let Summary { count, min, p50, p90, p99, p999, max, .. } =
                    session.derived.collector.histogram(lane, measure)?.summary();
                let points = [min, p50, p90, p99, p999, max].map(|cycles| scale.number(cycles));
                let name = session.trace.lane_name(session.trace.lanes().get(lane)?);
                (format!("{name} {}", words(measure)), count, points)
            }
            Self::Pend(_) => {
                let (row, core_hz) = self.told(session)?;
                let number = |cycles| scale.of_clock(core_hz).number(cycles);
                // Two of the percentiles the simulator does not keep.
                let none = || "-".to_owned();
                let points = [number(row.min), number(row.p50), none(), number(row.p99), none(), number(row.max)];
                (format!("{} from pend", row.name), row.count, points)
            }
        };
        let cells = std::iter::once(count.to_string()).chain(points).collect();
        Some(Line { name, cells, style: paint.theme.plain })
    }
}
