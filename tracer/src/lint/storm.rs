//! Interrupt storms: a handler that has the processor for itself.

use std::ops::Range;

use crate::model::{Class, Lane, LaneKind, State};

use super::case::{Case, moment};
use super::finding::{Evidence, Finding, Lint, Severity};

/// Stretches in which a handler had more than its share.
struct Storm {
    /// The longest one.
    window: Range<u64>,
    /// How often the handler was entered in it.
    entries: u64,
    /// Cycles in the handler.
    busy: u64,
    /// How many stretches there are.
    count: u64,
}

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for lane in case.trace.lanes() {
        if let LaneKind::Interrupt { exception } = lane.kind()
            && let Some(storm) = storm(case, lane)
        {
            findings.push(finding(case, exception, storm));
        }
    }
}

/// The longest stretch that windows with more than the share make together.
fn storm(case: &Case<'_>, lane: &Lane) -> Option<Storm> {
    let (length, end) = (case.cycles(case.limits.storm_window_us), case.trace.end());
    let busy = |window: Range<u64>| lane.occupancy(window).of(Class::Running);
    let is_storm = |from: u64| {
        let window = from..from.saturating_add(length);
        window.end <= end && u128::from(busy(window)) * 100 > u128::from(length) * u128::from(case.limits.storm_percent)
    };
    let (mut now, mut count): (Option<Range<u64>>, u64) = (None, 0);
    let mut longest = 0..0;
    let mut before = State::Unknown;
    for span in lane.spans(0..u64::MAX, end) {
        let entered = span.state == State::Running && !before.is_on_cpu();
        before = span.state;
        if !entered || !is_storm(span.start) {
            continue;
        }
        let reach = span.start + length;
        match &mut now {
            Some(window) if span.start <= window.end => window.end = reach,
            _ => {
                now = Some(span.start..reach);
                count += 1;
            }
        }
        if let Some(window) = &now
            && window.end - window.start > longest.end - longest.start
        {
            longest = window.clone();
        }
    }
    (count > 0).then(|| Storm {
        entries: entries(lane, &longest, end),
        busy: busy(longest.clone()),
        window: longest,
        count,
    })
}

fn entries(lane: &Lane, window: &Range<u64>, end: u64) -> u64 {
    let mut before = State::Dormant;
    let mut count = 0;
    for span in lane.spans(window.clone(), end) {
        count += u64::from(span.state == State::Running && !before.is_on_cpu());
        before = span.state;
    }
    count
}

fn finding(case: &Case<'_>, exception: u32, storm: Storm) -> Finding {
    let handler = case.interrupt(exception);
    let length = storm.window.end - storm.window.start;
    let percent = storm.busy * 100 / length.max(1);
    let title = format!("{} takes {percent} % of the processor for {}", handler.name, case.duration(length));
    let text = format!(
        "its handler was entered {} times in that time. One that does not silence its device is entered again at once; one \
         that comes too often should gather what it has, or let the device do so",
        storm.entries
    );
    let events = vec![
        moment(storm.window.start, format!("{} is entered", handler.name)),
        moment(storm.window.end, format!("entered {} times by now", storm.entries)),
    ];
    let (window, interrupts) = (storm.window, vec![handler]);
    let evidence = Evidence { window, tasks: Vec::new(), objects: Vec::new(), interrupts, events };
    Finding { lint: Lint::InterruptStorm, severity: Severity::Error, title, text, occurrences: storm.count, evidence }
}
