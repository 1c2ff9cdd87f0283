//! What tracing cost, and everything else without it. One cycle is one microsecond.

#[path = "../common/mod.rs"]
mod common;
mod random;

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::assert::{Budgets, Report, Verdict};
use bluekernel_tracer::diff::{Diff, Options, Source};
use bluekernel_tracer::export::{chrome, perfetto, vcd};
use bluekernel_tracer::lint::Lints;
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::report::{self, About};
use bluekernel_tracer::stats::{Cpu, Statistics, Summary};
use bluekernel_tracer::tui::{self, App, Options as ViewOptions};
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::scenario::{block, header};
use proptest::prelude::*;
use random::Run;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const CTRL: u32 = 1;

fn recording(bytes: &[u8]) -> Recording {
    Recording { header: header(), stream: bytes.to_vec() }
}

/// The trace without what tracing cost.
fn without(bytes: &[u8]) -> Trace {
    Trace::without_tracing(&recording(bytes)).expect("it tells what tracing cost")
}

proptest! {
    /// A run with tracing that takes time, without what it took, is the run as it is: all numbers, all findings, and where
    /// everything happened. But intervals: those of clocks and pins are what was recorded.
    #[test]
    fn without_tracing_a_run_is_what_it_was(choices in prop::collection::vec(any::<u16>(), 0..900)) {
        let run = Run::of(&choices);
        let (plain, traced) = (run.told(false), run.told(true));
        let original = Trace::of(&recording(&plain.bytes));
        let untraced = without(&traced.bytes);
        let mut expected = Statistics::of(&original);
        let mut found = Statistics::of(&untraced);
        let seen = Statistics::of(&Trace::of(&recording(&traced.bytes)));
        prop_assert!(found.without_tracing && !seen.without_tracing);
        prop_assert_eq!(found.tracing.as_ref().map(|row| row.cycles), seen.tracing.as_ref().map(|row| row.cycles));
        for (row, seen) in expected.tasks.iter_mut().zip(&seen.tasks) {
            row.interval = seen.interval;
        }
        for (row, seen) in expected.interrupts.iter_mut().zip(&seen.interrupts) {
            row.interval = seen.interval;
        }
        // A deadline that is missed only with tracing has an event of its own.
        (found.tracing, found.without_tracing, found.events) = (None, false, expected.events);
        prop_assert_eq!(found, expected);
        prop_assert_eq!(Lints::default().run(&untraced), Lints::default().run(&original));
        for (plain, traced) in plain.times.iter().zip(&traced.times) {
            prop_assert_eq!(untraced.shown_window(*traced..*traced).start, *plain);
            prop_assert_eq!(untraced.recorded(*plain), *traced);
        }
    }

    /// What is taken away of each task's and handler's own time is what it is told to have cost there.
    #[test]
    fn what_is_taken_away_is_what_it_cost(choices in prop::collection::vec(any::<u16>(), 0..900)) {
        let traced = Run::of(&choices).told(true);
        let (all, rest) = (Statistics::of(&Trace::of(&recording(&traced.bytes))), Statistics::of(&without(&traced.bytes)));
        let tracing = all.tracing.as_ref().unwrap();
        for (all, rest) in all.tasks.iter().zip(&rest.tasks) {
            let cost = tracing.tasks.iter().find(|row| row.number == all.number).map_or(0, |row| row.cycles);
            prop_assert_eq!(all.run_cycles - rest.run_cycles, cost, "{}", all.name);
        }
        for (all, rest) in all.interrupts.iter().zip(&rest.interrupts) {
            let cost = tracing.interrupts.iter().find(|row| row.number == all.exception).map_or(0, |row| row.cycles);
            // The run may end in the midst of what its last event cost.
            prop_assert!(all.run_cycles - rest.run_cycles <= cost, "{}", all.name);
        }
        let lanes = tracing.tasks.iter().chain(&tracing.interrupts).map(|row| row.cycles).sum::<u64>();
        prop_assert_eq!(lanes + tracing.kernel_cycles + tracing.idle_cycles + tracing.unknown_cycles, tracing.cycles);
        prop_assert_eq!(tracing.kinds.iter().map(|row| row.cycles).sum::<u64>(), tracing.cycles);
    }
}

/// Events at absolute times, each with what tracing took for it.
fn told(events: &[(u64, Event<'_>, u64)], with_cost: bool) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    for (time, event, cost) in events {
        encoder.event(time - encoder.clock, event);
        if with_cost {
            encoder.event(0, &Event::Spent { cycles: *cost });
        }
    }
    encoder.bytes
}

/// ctrl locks, is interrupted, sleeps, is woken out of idle, sleeps again.
fn script() -> Vec<(u64, Event<'static>, u64)> {
    let lock = |op, value| Event::Object { op, object: 7, value };
    let timer = || Event::IsrEnter { exception: 24 };
    vec![
        (0, Event::TaskNew { task: CTRL, priority: 9, stack: 1024 }, 10),
        (20, Event::Ready { task: CTRL }, 5),
        (30, Event::SwitchIn { task: CTRL }, 10),
        (100, lock(ObjectOp::Lock, CTRL + 1), 20),
        (200, timer(), 8),
        (220, Event::IsrExit, 6),
        (300, lock(ObjectOp::Unlock, 0), 20),
        (400, block(BlockReason::Delay, 0), 12),
        (420, Event::Idle, 4),
        (1000, timer(), 8),
        (1020, Event::Ready { task: CTRL }, 5),
        (1040, Event::IsrExit, 6),
        (1050, Event::SwitchIn { task: CTRL }, 10),
        (1100, block(BlockReason::Delay, 0), 12),
        (1120, Event::Idle, 4),
        (2000, timer(), 8),
        (2010, Event::IsrExit, 0),
    ]
}

fn two(small: u64, large: u64) -> Summary {
    let mean = small.midpoint(large);
    Summary { count: 2, min: small, mean, p50: small, p90: large, p99: large, p999: large, max: large }
}

#[test]
fn what_tracing_cost_and_whose_time_that_was() {
    let stats = Statistics::of(&Trace::of(&recording(&told(&script(), true))));
    let tracing = stats.tracing.expect("the recording tells");
    assert_eq!((tracing.events, tracing.cycles, tracing.at_least), (17, 148, false));
    assert!((tracing.share - 148.0 / 2010.0).abs() < 1e-12);
    // ctrl: 10 + 20 + 6 + 20 of 370 without the 20 of the handler, and 10 of 50.
    let [ctrl] = &tracing.tasks[..] else { panic!("{:?}", tracing.tasks) };
    assert_eq!((ctrl.name.as_str(), ctrl.events, ctrl.cycles), ("ctrl", 5, 66));
    assert!((ctrl.share - 66.0 / 400.0).abs() < 1e-12);
    // TIMER0: 8, 8 + 5, 8 of 20, 40 and 10.
    let [timer] = &tracing.interrupts[..] else { panic!("{:?}", tracing.interrupts) };
    assert_eq!((timer.name.as_str(), timer.events, timer.cycles), ("TIMER0", 4, 29));
    // The kernel: 10 + 5 before the first task, twice 12. On the way to sleep: 4 + 6 + 4 + 0.
    assert_eq!((tracing.kernel_cycles, tracing.idle_cycles, tracing.unknown_cycles), (39, 14, 0));
    let first = &tracing.kinds[0];
    assert_eq!((first.kind, first.cycles, first.cost), ("object", 40, Summary { mean: 20, ..two(20, 20) }));
    let sums: Vec<_> = tracing.kinds.iter().map(|row| (row.kind, row.cost.count, row.cycles)).collect();
    assert!(sums.contains(&("isr_exit", 3, 12)) && sums.contains(&("block", 2, 24)), "{sums:?}");
}

#[test]
fn every_number_without_tracing() {
    let stats = Statistics::of(&without(&told(&script(), true)));
    // The last busy stretch has taken 8 of the 2010. Kernel: 30 - 15, and twice 20 - 12. Idle: up to what ends it, from
    // 420 - 91 and 1120 - 41, and 10 - 6 behind the second handler.
    assert_eq!(
        stats.cpu,
        Cpu { tasks: 400 - 66, interrupts: 70 - 29, idle: 671 + 4 + 921, kernel: 15 + 16, unknown: 0 }
    );
    assert_eq!(stats.cpu.whole(), 2002);
    let ctrl = stats.tasks.iter().find(|row| row.name == "ctrl").unwrap();
    // Woken at 20 and runs at 30, 5 of tracing within; at 1020 and 1050, 11 within.
    assert_eq!(ctrl.response, two(5, 19));
    // 20..400, of which 69 is tracing, and 1020..1100, of which 21 is.
    assert_eq!((ctrl.completion, ctrl.execution), (two(59, 311), two(40, 294)));
    // It sleeps from 400 - 79 to 1020 - 8.
    assert_eq!(ctrl.blocked[0].duration, Summary { mean: 691, ..two(691, 691) }.once());
    let timer = &stats.interrupts[0];
    assert_eq!((timer.duration.min, timer.duration.max, timer.duration.count), (2, 27, 3));
    // Its pin has its own time.
    assert_eq!((timer.interval.count, timer.interval.min, timer.interval.max), (2, 800, 1000));
    // 100..300, and 20 + 8 + 6 of tracing within.
    assert_eq!(stats.objects[0].held.max, 200 - 34);
}

trait Once {
    fn once(self) -> Self;
}

impl Once for Summary {
    fn once(self) -> Self {
        Self { count: 1, ..self }
    }
}

#[test]
fn a_window_is_of_the_recording() {
    let trace = without(&told(&script(), true));
    // The second run, from where the handler begins to where ctrl sleeps.
    let stats = Statistics::of_window(&trace, trace.shown_window(1000..1100)).in_recorded_time(&trace);
    assert_eq!((stats.window.start, stats.window.end), (1000, 1100));
    assert_eq!(stats.cpu.whole(), 100 - 29);
    let tracing = stats.tracing.as_ref().unwrap();
    assert_eq!((tracing.cycles, tracing.events), (29, 4));
    let worst = &stats.worst(1)[0];
    assert_eq!((worst.start, worst.end, worst.cycles), (1020, 1050, 19));
}

#[test]
fn nothing_is_told_where_nothing_is_known() {
    let bytes = told(&script(), false);
    assert!(Trace::without_tracing(&recording(&bytes)).is_none());
    let stats = Statistics::of(&Trace::of(&recording(&bytes)));
    assert_eq!(stats.tracing, None);
    let json = serde_json::to_value(&stats).unwrap();
    assert!(json.get("tracing").is_none() && json.get("without_tracing").is_none());
    assert!(!stats.to_text().contains("tracing"));
}

#[test]
fn behind_a_loss_nothing_is_taken_away_for_it() {
    let mut encoder = Encoder::new();
    let tell = |encoder: &mut Encoder, time: u64, event: &Event<'_>, cycles: u64| {
        encoder.event(time - encoder.clock, event).event(0, &Event::Spent { cycles });
    };
    let value = Event::Counter { id: 7, value: 1 };
    encoder.sync(BOOT);
    tell(&mut encoder, 10, &Event::SwitchIn { task: CTRL }, 5);
    tell(&mut encoder, 100, &value, 7);
    encoder.drop_events(3).clock = 500;
    encoder.sync(AFTER_DROPS);
    // This one answers for the three that were lost, too.
    tell(&mut encoder, 510, &value, 400);
    tell(&mut encoder, 600, &value, 7);
    tell(&mut encoder, 700, &block(BlockReason::Delay, 0), 7);
    let trace = without(&encoder.bytes);
    let times: Vec<u64> = trace.counters()[0].points.iter().map(|(time, _)| *time).collect();
    assert_eq!((times, trace.end()), (vec![95, 510, 600], 693));
    let stats = Statistics::of(&trace);
    assert_eq!((stats.losses.events, stats.losses.cycles), (3, 405));
    // 85 in front of the loss, 193 behind it.
    assert_eq!(stats.tasks.iter().find(|row| row.number == CTRL).map(|row| row.run_cycles), Some(85 + 193));
    let tracing = stats.tracing.as_ref().unwrap();
    assert_eq!((tracing.at_least, tracing.cycles, tracing.unknown_cycles), (true, 426, 400));
    assert!(tracing.kinds.iter().any(|row| row.kind == "behind a loss" && row.cycles == 400));
    assert!(stats.to_text().contains("tracing: >=426.0 us for >=5 events, >="), "{}", stats.to_text());
}

/// A SYNC is written in front of an event, and is a part of what that event cost.
#[test]
fn a_sync_is_taken_away_where_it_was_written() {
    let mut encoder = Encoder::new();
    let tell = |encoder: &mut Encoder, time: u64, event: &Event<'_>, cycles: u64| {
        encoder.event(time - encoder.clock, event).event(0, &Event::Spent { cycles });
    };
    let value = Event::Counter { id: 7, value: 1 };
    encoder.sync(BOOT);
    tell(&mut encoder, 10, &Event::SwitchIn { task: CTRL }, 5);
    // 40 of its 60 lie in front of it.
    encoder.clock = 300;
    encoder.sync(0);
    tell(&mut encoder, 340, &value, 60);
    tell(&mut encoder, 400, &value, 7);
    // This one was asked for, and written for no event: nothing of 50 can fill 100.
    encoder.clock = 500;
    encoder.sync(0);
    tell(&mut encoder, 600, &value, 50);
    tell(&mut encoder, 700, &value, 7);
    tell(&mut encoder, 800, &block(BlockReason::Delay, 0), 7);
    tell(&mut encoder, 850, &Event::Idle, 7);
    // The handler begins with the SYNC.
    encoder.clock = 2000;
    encoder.sync(0);
    tell(&mut encoder, 2040, &Event::IsrEnter { exception: 24 }, 60);
    tell(&mut encoder, 2100, &Event::IsrExit, 7);
    let trace = without(&encoder.bytes);
    let times: Vec<u64> = trace.counters()[0].points.iter().map(|(time, _)| *time).collect();
    // 5 + 40 of 340, 20 more of 400, 7 more of 600, 50 of 700.
    assert_eq!(times, [295, 335, 528, 578]);
    // 2040 - 40, and 20 more behind it.
    assert_eq!(trace.end(), 2100 - 60);
    assert_eq!(Statistics::of(&trace).interrupts[0].duration.max, 40);
}

/// More than the time that there was comes off the time behind, and nothing becomes negative.
#[test]
fn no_time_is_less_than_none() {
    let value = || Event::Counter { id: 7, value: 1 };
    let run = Event::SwitchIn { task: CTRL };
    let trace = without(&told(
        &[(10, run, 50), (30, value(), 0), (90, value(), 0), (100, value(), u64::MAX), (120, value(), 1)],
        true,
    ));
    let times: Vec<u64> = trace.counters()[0].points.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [10, 40, 50, 50]);
    assert_eq!(Statistics::of(&trace).tasks.iter().map(|row| row.run_cycles).sum::<u64>(), 40);
}

/// Whoever does not ask for it sees the same run, whether what tracing cost stands in the recording or not.
#[test]
fn everybody_else_sees_the_same_run() {
    let (with, plain) = (recording(&told(&script(), true)), recording(&told(&script(), false)));
    let (traced, original) = (Trace::of(&with), Trace::of(&plain));
    let expected = Statistics::of(&original);
    let found = Statistics::of(&traced);
    assert_eq!(Statistics { tracing: None, events: expected.events, ..found }, expected);
    assert_eq!(Lints::default().run(&traced), Lints::default().run(&original));
    let exported = |trace: &Trace| {
        let mut out = [Vec::new(), Vec::new(), Vec::new()];
        let [one, two, three] = &mut out;
        perfetto::write(trace, one).unwrap();
        chrome::write(trace, two).unwrap();
        vcd::write(trace, three).unwrap();
        out
    };
    assert!(exported(&traced) == exported(&original));
    let of = |recording, trace| Source { recording, trace };
    let exact = Options { threshold: 0.0, tolerance: Some(0) };
    let diff = Diff::of(of(&with, &traced), of(&plain, &original), &exact);
    assert!(diff.same && diff.schedules.common == 17, "{diff:?}");
    // Without tracing the same happens, earlier.
    let untraced = Trace::without_tracing(&with).unwrap();
    let diff = Diff::of(of(&with, &untraced), of(&plain, &original), &exact);
    let apart = diff.schedules.divergence.expect("another time");
    assert!(apart.late && (apart.at.a, apart.at.b) == (10, 20), "{apart:?}");
    assert!(diff.without_tracing.a && !diff.without_tracing.b);
}

#[test]
fn budgets_for_tracing_and_without_it() {
    let budgets = |lines: &[&str]| {
        let lines: Vec<String> = lines.iter().map(|line| format!("{line:?}")).collect();
        Budgets::parse(&format!("budgets = [{}]", lines.join(", "))).unwrap()
    };
    let bytes = told(&script(), true);
    let trace = Trace::of(&recording(&bytes));
    // 148 of 2010 are 7.36 %.
    let all = budgets(&[
        "tracing.share < 7.37%",
        "tracing.share < 7.36%",
        "tracing.cost.max <= 20cy",
        "ctrl.completion.max <= 311us",
    ]);
    let verdicts = |report: &Report| report.budgets.iter().map(|outcome| outcome.verdict).collect::<Vec<_>>();
    let report = Report::of(&all, &trace).unwrap();
    assert_eq!(verdicts(&report), [Verdict::Holds, Verdict::Fails, Verdict::Holds, Verdict::Fails]);
    let untraced = Report::of(&all, &without(&bytes)).unwrap();
    assert_eq!(verdicts(&untraced), [Verdict::Holds, Verdict::Fails, Verdict::Holds, Verdict::Holds]);
    assert!(untraced.to_text("budgets.toml", "run.bkt").contains("tracing is subtracted"));
    // The place is told in the recording's time.
    let late = Report::of(&budgets(&["ctrl.completion.max < 311us"]), &without(&bytes)).unwrap();
    assert_eq!(late.budgets[0].evidence.as_ref().map(|evidence| evidence.view.as_str()), Some("0cy..420cy"));
    let unknown = Report::of(&all, &Trace::of(&recording(&told(&script(), false)))).unwrap();
    assert_eq!(unknown.budgets[0].verdict, Verdict::CannotBeShown);
    assert!(unknown.budgets[0].why.contains("--trace-cost"), "{}", unknown.budgets[0].why);
}

#[test]
fn the_table_and_the_page() {
    let bytes = told(&script(), true);
    let text = Statistics::of(&without(&bytes)).to_text();
    let expected = "\
tracing: 148.0 us for 17 events, 7.36 % of the processor
tracing is subtracted: all other numbers are as if it took no time
";
    assert!(text.contains(expected), "{text}");
    let expected = "\
TRACING IN  EVENTS      TIME  % OF ITS OWN
ctrl             5  66.00 us         16.50
TIMER0           4  29.00 us         41.43
";
    assert!(text.ends_with(expected), "{text}");
    let about = About { file: "run.bkt", sha256: "", footprint: None, latencies: None };
    let page = report::html(&without(&bytes), &about);
    for words in [
        "What tracing cost",
        "Tracing is subtracted",
        "data-key=\"tracing.cycles\" data-value=\"148\"",
        "<td>isr_enter</td>",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!report::html(&Trace::of(&recording(&told(&script(), false))), &about).contains("racing cost"));
}

#[test]
fn the_viewer_tells_it_of_the_window() {
    let screen = |bytes: &[u8]| {
        let options = ViewOptions { window: Some(0..2010), ..ViewOptions::default() };
        let mut app = App::recorded(Trace::of(&recording(bytes)), &options);
        app.resize(120, 40);
        app.tick();
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
        terminal.draw(|frame| tui::draw(&app, frame)).unwrap();
        terminal.backend().to_string()
    };
    // 148 of 2010, and of ctrl, the row that is selected, 66 of 400.
    let words = "7.36 % of the window, 16.50 % of the time of ctrl in it";
    let shown = screen(&told(&script(), true));
    assert!(shown.contains(words), "{shown}");
    assert!(!screen(&told(&script(), false)).contains("of the window,"));
}
