//! From the words of a budget to what is measured: each word is looked up, in the language or in the recording.

use crate::lint::{Lint, Severity};
use crate::model::Trace;
use crate::stats::Statistics;

/// What a word about an object makes of a point of its distribution.
type MakesOfObject = fn(Point) -> OfObject;

use super::expression::Part;
use super::metric::{Findings, Metric, OfInterrupt, OfObject, OfTask, Point, Share};
use super::mistake::Mistake;
use super::names::{cause_of, interrupts, named, object, tasks};
use super::stretch::Cause;

const POINTS: [(&str, Point); 9] = [
    ("count", Point::Count),
    ("total", Point::Total),
    ("min", Point::Min),
    ("mean", Point::Mean),
    ("p50", Point::P50),
    ("p90", Point::P90),
    ("p99", Point::P99),
    ("p99.9", Point::P999),
    ("max", Point::Max),
];

/// What is told of a response time or a duration.
const OF_LATENCIES: [Point; 8] =
    [Point::Count, Point::Min, Point::Mean, Point::P50, Point::P90, Point::P99, Point::P999, Point::Max];

/// What the simulator tells of an interrupt's latency.
const OF_SIMULATOR: [Point; 5] = [Point::Count, Point::Min, Point::P50, Point::P99, Point::Max];

/// What is told of waits. Each reason and object has a distribution of its own: only sums and maxima join them.
const OF_WAITS: [Point; 3] = [Point::Count, Point::Total, Point::Max];

const SHARES: [(&str, Share); 4] =
    [("tasks", Share::Tasks), ("interrupts", Share::Interrupts), ("kernel", Share::Kernel), ("idle", Share::Idle)];

const OF_TASK: [&str; 12] = [
    "cpu",
    "runs",
    "switches",
    "response",
    "completion",
    "execution",
    "ready",
    "interval",
    "blocked",
    "stack",
    "deadline",
    "jitter",
];

/// The metrics that `parts` mean in `trace`, each with what it is about if `parts` does not say: one, or one for each task
/// or interrupt behind a `*` or a name that several have.
pub(super) fn resolve(
    trace: &Trace,
    statistics: &Statistics,
    parts: &[Part],
) -> Result<Vec<(Option<String>, Metric)>, Mistake> {
    let Some((head, rest)) = parts.split_first() else { return Ok(Vec::new()) };
    let word = if head.quoted { "" } else { head.text.as_str() };
    let whole = |metric| Ok(vec![(None, metric)]);
    match word {
        "drops" => end(head, rest).and_then(|()| whole(Metric::Drops)),
        "faults" => end(head, rest).and_then(|()| whole(Metric::Faults)),
        "resets" => end(head, rest).and_then(|()| whole(Metric::Resets)),
        "masked" => point(head, rest, &[Point::Max]).and_then(|_| whole(Metric::Masked)),
        "lint" => {
            let severities = [("errors", Severity::Error), ("warnings", Severity::Warning)];
            let of_severity = severities.into_iter().map(|(name, severity)| (name, Findings::Severity(severity)));
            let known: Vec<_> =
                of_severity.chain(Lint::ALL.into_iter().map(|lint| (lint.name(), Findings::Of(lint)))).collect();
            let (findings, part) = choose("kind of finding", head, rest, &known)?;
            end(part, &rest[1..])?;
            whole(Metric::Lint(findings))
        }
        "switch" => point(head, rest, &OF_LATENCIES).and_then(|point| whole(Metric::Switch(point))),
        "object" => {
            let Some((name, rest)) = rest.split_first() else {
                return Err(missing(head, "the name of an object", "object.STATE.held.max < 50us"));
            };
            let number = object(statistics, name)?;
            let known: [(&str, MakesOfObject); 2] = [("waited", OfObject::Waited), ("held", OfObject::Held)];
            let (of, part) = choose("measure of an object", name, rest, &known)?;
            let point = point(part, &rest[1..], &OF_LATENCIES)?;
            whole(Metric::Object(number, of(point)))
        }
        "tracing" => {
            let (of, part) = choose(
                "measure of tracing",
                head,
                rest,
                &[("share", Metric::Tracing), ("cost", Metric::TracingCost(Point::Max))],
            )?;
            match of {
                Metric::TracingCost(_) => {
                    point(part, &rest[1..], &OF_LATENCIES).and_then(|point| whole(Metric::TracingCost(point)))
                }
                share => end(part, &rest[1..]).and_then(|()| whole(share)),
            }
        }
        "cpu" => {
            let (share, part) = choose("part of the processor's time", head, rest, &SHARES)?;
            end(part, &rest[1..])?;
            whole(Metric::Cpu(share))
        }
        "isr" => {
            let Some((name, rest)) = rest.split_first() else {
                return Err(missing(head, "the name of an interrupt", "isr.UART0.duration.max < 10us"));
            };
            let found = named(trace, interrupts(trace), "interrupt", name)?;
            let of = of_interrupt(name, rest)?;
            Ok(found.into_iter().map(|(label, number)| (label, Metric::Interrupt(number, of))).collect())
        }
        _ => {
            let mut found = named(trace, tasks(trace), "task", head)?;
            let of = of_task(trace, statistics, head, rest)?;
            if head.text == "*" && !head.quoted && of.is_of_periodic_work() {
                let is_periodic =
                    |number| statistics.tasks.iter().any(|row| row.number == number && row.periodic.is_some());
                found.retain(|(_, number)| is_periodic(*number));
                if found.is_empty() {
                    let message = "`*` stands for no task: none told of periodic work";
                    return Err(Mistake::new(head.span.clone(), message, "nothing would be checked"));
                }
            }
            Ok(found.into_iter().map(|(label, number)| (label, Metric::Task(number, of.clone()))).collect())
        }
    }
}

fn of_task(trace: &Trace, statistics: &Statistics, task: &Part, parts: &[Part]) -> Result<OfTask, Mistake> {
    let Some((head, rest)) = parts.split_first() else {
        let example = format!("{}.response.p99 < 200us", task.text);
        return Err(missing(task, &format!("what is measured of it: {}", OF_TASK.join(", ")), &example));
    };
    let simple = |metric| end(head, rest).map(|()| metric);
    match head.text.as_str() {
        "cpu" => simple(OfTask::Cpu),
        "runs" => simple(OfTask::Runs),
        "switches" => simple(OfTask::Switches),
        "response" => point(head, rest, &OF_LATENCIES).map(OfTask::Response),
        "completion" => point(head, rest, &OF_LATENCIES).map(OfTask::Completion),
        "execution" => point(head, rest, &OF_LATENCIES).map(OfTask::Execution),
        "interval" => point(head, rest, &OF_LATENCIES).map(OfTask::Interval),
        "ready" => {
            let with_total: Vec<Point> = OF_LATENCIES.into_iter().chain([Point::Total]).collect();
            point(head, rest, &with_total).map(OfTask::Ready)
        }
        "jitter" => simple(OfTask::Jitter),
        "blocked" => {
            // `blocked.max` is of any wait; `blocked.TOTAL.max` and `blocked.mutex.max` are of some.
            let cause = rest.first().filter(|part| part.quoted || !POINTS.iter().any(|(name, _)| *name == part.text));
            match cause {
                None => point(head, rest, &OF_WAITS).map(|point| OfTask::Blocked(Cause::Any, point)),
                Some(part) => {
                    let cause = cause_of(trace, statistics, part)?;
                    point(part, &rest[1..], &OF_WAITS).map(|point| OfTask::Blocked(cause, point))
                }
            }
        }
        "stack" => {
            let known = [("free", OfTask::StackFree), ("used", OfTask::StackUsed)];
            let (of, part) = choose("measure of a stack", head, rest, &known)?;
            end(part, &rest[1..]).map(|()| of)
        }
        "deadline" => {
            let known = [("misses", OfTask::DeadlineMisses), ("margin", OfTask::DeadlineMargin)];
            let (of, part) = choose("measure of deadlines", head, rest, &known)?;
            end(part, &rest[1..]).map(|()| of)
        }
        other => Err(Mistake::unknown("measure of a task", other, head.span.clone(), &OF_TASK.map(str::to_owned))),
    }
}

fn of_interrupt(name: &Part, parts: &[Part]) -> Result<OfInterrupt, Mistake> {
    const KNOWN: [&str; 5] = ["cpu", "count", "duration", "interval", "latency"];
    let Some((head, rest)) = parts.split_first() else {
        return Err(missing(
            name,
            &format!("what is measured of it: {}", KNOWN.join(", ")),
            "isr.UART0.duration.max < 10us",
        ));
    };
    match head.text.as_str() {
        "cpu" => end(head, rest).map(|()| OfInterrupt::Cpu),
        "count" => end(head, rest).map(|()| OfInterrupt::Count),
        "duration" => point(head, rest, &OF_LATENCIES[1..]).map(OfInterrupt::Duration),
        "interval" => point(head, rest, &OF_LATENCIES[1..]).map(OfInterrupt::Interval),
        "latency" => point(head, rest, &OF_SIMULATOR).map(OfInterrupt::Latency),
        other => Err(Mistake::unknown("measure of an interrupt", other, head.span.clone(), &KNOWN.map(str::to_owned))),
    }
}

/// The number of a distribution that `parts` name, one of `allowed`.
fn point(before: &Part, parts: &[Part], allowed: &[Point]) -> Result<Point, Mistake> {
    let known: Vec<(&str, Point)> = POINTS.into_iter().filter(|(_, point)| allowed.contains(point)).collect();
    let (point, part) = choose("number of a distribution", before, parts, &known)?;
    end(part, &parts[1..]).map(|()| point)
}

/// What the first of `parts` names among `known`.
fn choose<'p, T: Clone>(
    kind: &str,
    before: &Part,
    parts: &'p [Part],
    known: &[(&str, T)],
) -> Result<(T, &'p Part), Mistake> {
    let names: Vec<String> = known.iter().map(|(name, _)| (*name).to_owned()).collect();
    let Some(part) = parts.first() else {
        return Err(missing(
            before,
            &format!("one of: {}", names.join(", ")),
            &format!("{}.{}", before.text, names[0]),
        ));
    };
    match known.iter().find(|(name, _)| *name == part.text) {
        Some((_, value)) => Ok((value.clone(), part)),
        None => Err(Mistake::unknown(kind, &part.text, part.span.clone(), &names)),
    }
}

fn missing(before: &Part, what: &str, example: &str) -> Mistake {
    let span = before.span.end..before.span.end;
    Mistake::new(span, format!("`{}` is not all", before.text), format!("behind it stands {what}"))
        .help(format!("as in {example}"))
}

fn end(before: &Part, rest: &[Part]) -> Result<(), Mistake> {
    match rest.first() {
        None => Ok(()),
        Some(part) => {
            let message = format!("`{}` has no parts", before.text);
            Err(Mistake::new(part.span.clone(), message, "nothing stands here"))
        }
    }
}
