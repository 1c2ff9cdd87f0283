//! The numbers of one task.

use crate::model::{JobStep, Lane};
use crate::stats::TaskRow;

use super::measure::{Measurement, Measuring};
use super::metric::{OfTask, Point};
use super::stretch::{Cause, Stretch};

impl Measuring<'_> {
    pub(super) fn task(&self, row: &TaskRow, lane: &Lane, of: &OfTask) -> Measurement {
        match of {
            OfTask::Cpu => Measurement::up_to(row.run_cycles, self.unknown(lane)),
            OfTask::Runs => self.at_least(row.runs),
            OfTask::Switches => self.at_least(row.switches),
            OfTask::Response(point) => {
                let longest = self.longest(lane, Stretch::Response);
                let place = longest.as_ref().map(|found| {
                    let end = if found.open { "has not run by" } else { "runs at" };
                    (found, format!("{} is woken at {} and {end} {}", row.name, self.start(found), self.end(found)))
                });
                self.distribution(&row.response, *point, longest.as_ref())
                    .unwrap_or_else(|| Measurement::nothing(format!("{} was not woken and run once", row.name)))
                    .at(place.map(|(found, words)| (found.span.clone(), words)))
            }
            OfTask::Ready(point) => {
                let longest = self.longest(lane, Stretch::Ready);
                let place = longest.as_ref().map(|found| {
                    let words = format!(
                        "{} is ready and does not run from {} to {}",
                        row.name,
                        self.start(found),
                        self.end(found)
                    );
                    (found.span.clone(), words)
                });
                let measured = match point {
                    Point::Total => Some(Measurement::up_to(row.ready_cycles, self.unknown(lane))),
                    point => self.distribution(&row.ready, *point, longest.as_ref()),
                };
                measured.unwrap_or_else(|| Measurement::nothing(format!("{} was not ready once", row.name))).at(place)
            }
            OfTask::Completion(point) => {
                let place = row.slowest.first().map(|window| {
                    let (start, end) = (self.moment(window.start), self.moment(window.end));
                    (window.start..window.end, format!("{} takes from {start} to {end}", row.name))
                });
                self.summary(&row.completion, *point, &format!("{} was not done once", row.name)).at(place)
            }
            OfTask::Execution(point) => {
                self.summary(&row.execution, *point, &format!("{} was not done once", row.name))
            }
            OfTask::Interval(point) => {
                self.summary(&row.interval, *point, &format!("{} did not begin twice", row.name))
            }
            OfTask::DeadlineMargin => match &row.periodic {
                Some(periodic) if periodic.misses > 0 => Measurement::exact(0),
                Some(periodic) => self.summary(&periodic.margin, Point::Min, "no job was done"),
                None => Measurement::nothing(format!("{} told of no periodic work", row.name)),
            },
            OfTask::Jitter => match &row.periodic {
                Some(periodic) if periodic.late.count > 0 => self.at_least(periodic.jitter),
                _ => Measurement::nothing(format!("{} told of no periodic work", row.name)),
            },
            OfTask::Blocked(cause, point) => self.blocked(row, lane, cause, *point),
            OfTask::StackFree | OfTask::StackUsed => {
                let Some(free) = row.stack_free else {
                    return Measurement::nothing(format!(
                        "the firmware did not tell how much of {}'s stack is free",
                        row.name
                    ));
                };
                // The kernel tells the least so far; with losses it may be less by now.
                let (least, most) = if self.lost() { (0, free) } else { (free, free) };
                match (of, row.stack_bytes) {
                    (OfTask::StackFree, _) => Measurement::up_to(u64::from(least), u64::from(most - least)),
                    (_, Some(bytes)) => {
                        Measurement::up_to(u64::from(bytes.saturating_sub(most)), u64::from(most - least))
                    }
                    (_, None) => {
                        Measurement::nothing(format!("the recording does not tell the size of {}'s stack", row.name))
                    }
                }
            }
            OfTask::DeadlineMisses => self.misses(row),
        }
    }

    fn blocked(&self, row: &TaskRow, lane: &Lane, cause: &Cause, point: Point) -> Measurement {
        let object = |object: u32| self.trace.header().object(object);
        let longest = self.longest(lane, Stretch::Blocked(cause));
        let place = longest.as_ref().map(|found| {
            let end = if found.open { "and longer" } else { "and no longer" };
            let words = format!("{} waits from {} to {} {end}", row.name, self.start(found), self.end(found));
            (found.span.clone(), words)
        });
        let measured = match point {
            Point::Count => {
                let fits = |reason: &str, of: Option<&str>| match cause {
                    Cause::Any => true,
                    Cause::Reason(wanted) => reason == wanted.name(),
                    Cause::Object(wanted) => of == Some(wanted),
                };
                let waits = row.blocked.iter().filter(|wait| fits(wait.reason, wait.object.as_deref()));
                self.at_least(waits.map(|wait| wait.duration.count).sum())
            }
            Point::Total => {
                Measurement::up_to(cause.total(lane, &self.window, self.trace.end(), object), self.unknown(lane))
            }
            // Who did not wait waited no longer than nothing.
            _ => self.at_least(longest.map_or(0, |found| found.span.end - found.span.start)),
        };
        measured.at(place)
    }

    fn misses(&self, row: &TaskRow) -> Measurement {
        let jobs = || self.trace.jobs().iter().filter(|job| job.task == Some(row.number));
        if jobs().next().is_none() {
            return Measurement::nothing(format!("{} told of no periodic work", row.name));
        }
        let (mut count, mut place, mut released) = (0, None, None);
        for job in jobs() {
            match job.step {
                JobStep::Release(time) => released = Some(time),
                JobStep::Miss(deadline) if (self.window.start..=self.window.end).contains(&job.time) => {
                    count += 1;
                    place.get_or_insert_with(|| {
                        let words = format!(
                            "{} is done at {}, its deadline was at {}",
                            row.name,
                            self.moment(job.time),
                            self.moment(deadline)
                        );
                        (released.unwrap_or(deadline).min(job.time)..job.time, words)
                    });
                }
                JobStep::Miss(_) | JobStep::Done => {}
            }
        }
        self.at_least(count).at(place)
    }
}
