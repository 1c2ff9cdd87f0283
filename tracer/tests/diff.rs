//! Two recordings side by side. One cycle is one microsecond; every period is written out by hand in `period`.

mod common;

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::diff::{Change, Diff, Options, Side, Source};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::{Header, Recording, TaskEntry};
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::scenario::{Script, block, header};

/// Steps of one period.
const STEPS: u64 = 9;

/// A millisecond: TIMER0 wakes ctrl, which runs for `work` and gives a semaphore; low runs behind it.
fn period(script: &mut Script, start: u64, work: u64, [low, ctrl]: [u32; 2]) {
    script
        .at(start + 10, Event::IsrEnter { exception: 24 })
        .at(start + 20, Event::Ready { task: ctrl })
        .at(start + 30, Event::IsrExit)
        .at(start + 40, Event::SwitchIn { task: ctrl })
        .at(start + 40 + work, Event::Object { op: ObjectOp::Give, object: 7, value: 1 })
        .at(start + 50 + work, block(BlockReason::Delay, 0))
        .at(start + 60 + work, Event::SwitchIn { task: low })
        .at(start + 900, block(BlockReason::Delay, 0))
        .at(start + 910, Event::Idle);
}

fn booted() -> Script {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(BOOT);
    script
}

fn recording(header: Header, script: Script) -> Recording {
    Recording { header, stream: script.encoder.bytes }
}

/// `periods` periods in which ctrl works 100 us.
fn plain(periods: u64) -> Recording {
    let mut script = booted();
    (0..periods).for_each(|at| period(&mut script, at * 1000, 100, [0, 1]));
    recording(header(), script)
}

fn diff_with(a: &Recording, b: &Recording, options: &Options) -> Diff {
    let (trace_a, trace_b) = (Trace::of(a), Trace::of(b));
    Diff::of(Source { recording: a, trace: &trace_a }, Source { recording: b, trace: &trace_b }, options)
}

fn diff(a: &Recording, b: &Recording) -> Diff {
    diff_with(a, b, &Options::default())
}

fn at(time: u64, what: &str) -> (u64, String) {
    (time, what.to_owned())
}

#[test]
fn a_recording_is_the_same_as_itself() {
    let a = plain(10);
    let diff = diff_with(&a, &a, &Options { threshold: 0.0, tolerance: Some(0) });
    assert!(diff.same && diff.schedules.complete && diff.schedules.divergence.is_none());
    assert_eq!(diff.schedules.common, 10 * STEPS);
    assert!(diff.numbers.iter().all(|number| number.verdict == Change::Same && number.change.is_none_or(|c| c == 0.0)));
    let text = diff.to_text(Side { a: "a.bkt", b: "b.bkt" }, false);
    assert_eq!(
        text,
        format!(
            "a: a.bkt  (9.910 ms)\nb: b.bkt  (9.910 ms)\n\nnone of {} numbers differs by more than 0 %\n\n\
             the schedules are the same: 90 steps\n",
            diff.numbers.len()
        )
    );
}

#[test]
fn tasks_are_matched_by_name() {
    let mut script = booted();
    (0..5).for_each(|at| period(&mut script, at * 1000, 100, [4, 3]));
    let mut other = header();
    let task = |number, name: &str, priority| TaskEntry { number, name: name.to_owned(), priority, stack_bytes: 1024 };
    other.tasks = vec![task(2, "中文任务名", 5), task(3, "ctrl", 9), task(4, "low", 2)];
    let diff = diff(&plain(5), &recording(other, script));
    assert!(diff.same, "{}", diff.to_text(Side { a: "a", b: "b" }, true));
}

#[test]
fn the_first_step_that_differs() {
    let mut script = booted();
    (0..4).for_each(|at| period(&mut script, at * 1000, 100, [0, 1]));
    // In the fifth period UART0_RX comes in front of TIMER0's.
    script.at(4005, Event::IsrEnter { exception: 16 }).at(4007, Event::IsrExit);
    period(&mut script, 4000, 100, [0, 1]);
    let diff = diff(&plain(5), &recording(header(), script));
    assert!(!diff.same);
    assert_eq!(diff.schedules.common, 4 * STEPS);
    let divergence = diff.schedules.divergence.unwrap();
    assert_eq!((divergence.at.a, divergence.at.b, divergence.late), (4010, 4005, false));
    let both: Vec<_> = divergence.common.iter().map(|pair| at(pair.a.time, &pair.a.what)).collect();
    assert_eq!(
        both,
        [
            at(3140, "ctrl: give app::TOTAL"),
            at(3150, "ctrl waits (delay)"),
            at(3160, "low runs"),
            at(3900, "low waits (delay)"),
            at(3910, "idle"),
        ]
    );
    let next = |steps: &[bluekernel_tracer::diff::ShownStep]| -> Vec<_> {
        steps.iter().take(2).map(|step| at(step.time, &step.what)).collect()
    };
    assert_eq!(next(&divergence.next.a), [at(4010, "TIMER0 enters"), at(4020, "ctrl becomes ready")]);
    assert_eq!(next(&divergence.next.b), [at(4005, "UART0_RX enters"), at(4007, "the handler ends")]);
    // From the first common step that is shown to the last of each.
    assert_eq!((divergence.view.a.as_str(), divergence.view.b.as_str()), ("3140cy..4141cy", "3140cy..4031cy"));
}

#[test]
fn times_count_only_with_a_tolerance() {
    let mut script = booted();
    (0..3).for_each(|at| period(&mut script, at * 1000, if at == 2 { 130 } else { 100 }, [0, 1]));
    let slower = recording(header(), script);
    let with = |tolerance| diff_with(&plain(3), &slower, &Options { threshold: 0.5, tolerance });
    assert!(with(None).same);
    assert!(with(Some(30_000_000)).same);
    let divergence = with(Some(29_999_999)).schedules.divergence.unwrap();
    assert_eq!((divergence.late, divergence.at.a, divergence.at.b), (true, 2140, 2170));
}

#[test]
fn numbers_that_changed_say_in_which_direction() {
    let mut script = booted();
    (0..10).for_each(|at| period(&mut script, at * 1000, 150, [0, 1]));
    let (a, b) = (plain(10), recording(header(), script));
    let found = |a: &Recording, b: &Recording| -> Vec<_> {
        let diff = diff(a, b);
        assert!(!diff.same);
        let changed = diff.numbers.into_iter().filter(|number| number.verdict != Change::Same);
        changed.map(|n| (n.of, n.what, n.value.a.unwrap(), n.value.b.unwrap(), n.verdict)).collect()
    };
    // ctrl ran 110 of each millisecond and runs 160; low 740, and runs 690 (6.8 % less); together they run the same.
    // The last event stands at 9910.
    let share = |cycles: f64| cycles / 9910.0;
    let ctrl = "ctrl".to_owned();
    let low = "low".to_owned();
    assert_eq!(
        found(&a, &b),
        [
            (ctrl.clone(), "cpu", share(1100.0), share(1600.0), Change::Worse),
            (low.clone(), "cpu", share(7400.0), share(6900.0), Change::Better),
        ]
    );
    assert_eq!(
        found(&b, &a),
        [
            (ctrl, "cpu", share(1600.0), share(1100.0), Change::Better),
            (low, "cpu", share(6900.0), share(7400.0), Change::Worse),
        ]
    );
}

#[test]
fn tasks_that_come_and_go_are_told() {
    let mut script = booted();
    (0..3).for_each(|at| period(&mut script, at * 1000, 100, [0, 1]));
    let mut other = header();
    other.tasks[2].name = "logger".to_owned();
    let diff = diff(&plain(3), &recording(other, script));
    assert_eq!((diff.alone.a, diff.alone.b), (vec!["中文任务名".to_owned()], vec!["logger".to_owned()]));
    assert!(!diff.same && diff.schedules.divergence.is_none());
}

#[test]
fn the_longer_one_is_compared_as_far_as_the_shorter_goes() {
    let diff = diff(&plain(20), &plain(8));
    assert!(diff.same, "{}", diff.to_text(Side { a: "a", b: "b" }, true));
    assert_eq!(diff.schedules.common, 8 * STEPS);
    assert_eq!((diff.compared.a.end, diff.recorded.a.end, diff.compared.b.end), (7910, 19_910, 7910));
}

/// Ten periods, of which the fourth's second half and the fifth's first are lost; `last` works in the ninth.
fn lossy(last: u64) -> Recording {
    let mut script = booted();
    (0..3).for_each(|at| period(&mut script, at * 1000, 100, [0, 1]));
    script.at(3010, Event::IsrEnter { exception: 24 }).at(3020, Event::Ready { task: 1 }).at(3030, Event::IsrExit);
    script.encoder.drop_events(11);
    script.encoder.clock = 4142;
    script.encoder.running = 2;
    script.encoder.sync(AFTER_DROPS);
    script.at(4150, block(BlockReason::Delay, 0)).at(4160, Event::SwitchIn { task: 0 });
    script.at(4900, block(BlockReason::Delay, 0)).at(4910, Event::Idle);
    (5..10).for_each(|at| period(&mut script, at * 1000, if at == 8 { last } else { 100 }, [0, 1]));
    recording(header(), script)
}

#[test]
fn behind_a_loss_both_are_laid_upon_each_other_again() {
    for (a, b) in [(plain(10), lossy(100)), (lossy(100), plain(10)), (lossy(100), lossy(100))] {
        let schedules = diff(&a, &b).schedules;
        assert!(schedules.complete && schedules.divergence.is_none(), "{schedules:?}");
        // Three periods, three steps, then four steps of the fifth and five periods.
        assert_eq!((schedules.common, schedules.aligned), (3 * STEPS + 3 + 4 + 5 * STEPS, 1));
    }
    let late = diff_with(&plain(10), &lossy(120), &Options { threshold: 0.05, tolerance: Some(0) });
    assert_eq!(late.schedules.divergence.unwrap().at, Side { a: 8140, b: 8160 });
}

#[test]
fn what_has_nothing_in_common_behind_a_loss_is_not_compared() {
    let mut script = booted();
    (0..3).for_each(|at| period(&mut script, at * 1000, 100, [0, 1]));
    script.encoder.drop_events(1);
    script.encoder.clock = 3000;
    script.encoder.sync(AFTER_DROPS);
    for at in 0..50 {
        script.at(3100 + at * 10, Event::MarkInstant { id: 0, value: 0 });
    }
    let diff = diff(&plain(10), &recording(header(), script));
    assert!(!diff.same && !diff.schedules.complete && diff.schedules.divergence.is_none());
    assert_eq!(diff.schedules.unaligned, Some(Side { a: 3010, b: 3100 }));
    assert!(diff.to_text(Side { a: "a", b: "b" }, false).contains("cannot be laid upon each other"));
}

#[test]
fn a_recording_that_begins_in_the_middle_is_laid_upon_the_other() {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.clock = 5_000_140;
    script.encoder.running = 2;
    script.encoder.sync(0);
    script.at(5_000_150, block(BlockReason::Delay, 0)).at(5_000_160, Event::SwitchIn { task: 0 });
    script.at(5_000_900, block(BlockReason::Delay, 0)).at(5_000_910, Event::Idle);
    (5001..5006).for_each(|at| period(&mut script, at * 1000, 100, [0, 1]));
    let b = recording(header(), script);
    let schedules = diff_with(&plain(10), &b, &Options { threshold: 1.0, tolerance: Some(0) }).schedules;
    // Its first four steps are left out rather than the five of the other that come before such four.
    assert_eq!((schedules.complete, schedules.common, schedules.aligned), (true, 5 * STEPS, 1), "{schedules:?}");
}
