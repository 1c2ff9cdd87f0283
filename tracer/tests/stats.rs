//! Statistics on the trace of `common::scenario`, whose numbers were worked out by hand from its events.

mod common;

use bluekernel_abi::Event;
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::objects::ObjectKind;
use bluekernel_tracer::stats::{Collector, Cpu, Statistics, Summary, WorstKind};
use common::encoder::AFTER_DROPS;
use common::latencies::latencies;
use common::scenario::{header, script};

fn trace() -> Trace {
    let mut trace = Trace::new(header());
    trace.push(&script().encoder.bytes);
    trace.finish();
    trace
}

fn one(value: u64) -> Summary {
    all_equal(1, value)
}

fn all_equal(count: u64, value: u64) -> Summary {
    Summary { count, min: value, mean: value, p50: value, p90: value, p99: value, p999: value, max: value }
}

/// Two values: by nearest rank, the smaller one is the median and the larger one all higher percentiles.
fn two(small: u64, large: u64) -> Summary {
    Summary { min: small, mean: small.midpoint(large), p50: small, ..all_equal(2, large) }
}

#[test]
fn processor_time_sums_to_the_window() {
    // Tasks: low 90+10+100+40, ctrl 100+50+90, mid 90. Interrupts: TIMER0 10+20, UART0_RX 10+10. Idle: 140+90.
    // Kernel: 100 before the first task and five times 10 between BLOCK and the next switch.
    let stats = Statistics::of(&trace());
    assert_eq!(stats.cpu, Cpu { tasks: 570, interrupts: 50, idle: 230, kernel: 150, unknown: 0 });
}

#[test]
fn rows_of_tasks() {
    let stats = Statistics::of(&trace());
    let [ctrl, mid, low] = &stats.tasks[..] else { panic!("{:?}", stats.tasks) };
    assert_eq!((ctrl.name.as_str(), mid.name.as_str(), low.name.as_str()), ("ctrl", "中文任务名", "low"));
    assert_eq!((low.run_cycles, low.switches, low.runs, low.ready_cycles), (240, 3, 1, 450));
    assert_eq!((low.waiting_cycles, low.sleeping_cycles), (0, 250));
    assert_eq!(low.response, one(290));
    assert_eq!((ctrl.run_cycles, ctrl.switches, ctrl.runs, ctrl.ready_cycles), (240, 3, 3, 90));
    assert_eq!((ctrl.waiting_cycles, ctrl.sleeping_cycles), (100, 530));
    // 60, 20 and 10.
    assert_eq!(ctrl.response, Summary { min: 10, mean: 30, p50: 20, ..all_equal(3, 60) });
    assert_eq!((mid.run_cycles, mid.switches, mid.runs), (90, 1, 1));
    assert_eq!(mid.response, one(150));
    assert!((ctrl.cpu - 0.24).abs() < 1e-12);
    assert!(!ctrl.at_least);
    // The delay that ended at 430 and the mutex; the delay that still lasts is no finished wait.
    let blocked: Vec<_> = ctrl.blocked.iter().map(|row| (row.reason, row.object.as_deref(), row.duration)).collect();
    assert_eq!(blocked, [("delay", None, one(230)), ("mutex", Some("app::TOTAL"), one(100))]);
}

#[test]
fn rows_of_interrupts() {
    let stats = Statistics::of(&trace());
    let rows: Vec<_> =
        stats.interrupts.iter().map(|row| (row.name.as_str(), row.count, row.run_cycles, row.duration)).collect();
    let uart = all_equal(2, 10);
    assert_eq!(rows, [("UART0_RX", 2, 20, uart), ("TIMER0", 1, 30, one(40))]);
}

#[test]
fn what_was_done_at_a_time() {
    let stats = Statistics::of(&trace());
    let [ctrl, mid, low] = &stats.tasks[..] else { panic!("{:?}", stats.tasks) };
    // ctrl: 40..200, of which it runs 100 and is ready 60; and 430..700 with a wait for a lock in between: it runs 50 and 90, and
    // is ready 20 and 10.
    assert_eq!((ctrl.completion, ctrl.execution, ctrl.ready), (two(160, 270), two(100, 140), two(30, 60)));
    assert_eq!(ctrl.interval, one(390));
    let windows: Vec<_> = ctrl.slowest.iter().map(|window| (window.start, window.end)).collect();
    assert_eq!(windows, [(430, 700), (40, 200)]);
    assert_eq!((mid.completion, mid.execution, mid.ready), (one(240), one(90), one(150)));
    // low: 20..750. It runs 90, 10, 100 and 40; a handler is on top of it for 40.
    assert_eq!((low.completion, low.execution, low.ready), (one(730), one(240), one(450)));
    assert_eq!((low.interrupted_cycles, low.periodic.as_ref()), (40, None));
}

#[test]
fn what_a_switch_costs() {
    // After BLOCK at 200, 300, 500 and 700; after the handler that woke ctrl, which ends at 440; after READY at 600. The first
    // task waited for the kernel's start.
    assert_eq!(Statistics::of(&trace()).switch, all_equal(6, 10));
}

#[test]
fn a_lock_in_numbers() {
    let stats = Statistics::of(&trace());
    let [lock] = &stats.objects[..] else { panic!("{:?}", stats.objects) };
    assert_eq!((lock.id, lock.name.as_str(), lock.kind, lock.operations), (7, "app::TOTAL", ObjectKind::Mutex, 2));
    // low has it 320..600, and ctrl from 600 to the end, which is no end of a hold.
    assert_eq!((lock.held, lock.held_cycles), (one(280), 680));
    assert_eq!(lock.holds.iter().map(|row| (row.task, row.duration)).collect::<Vec<_>>(), [(0, one(280))]);
    let waits: Vec<_> = lock.waits.iter().map(|row| (row.name.as_str(), row.reason, row.duration)).collect();
    assert_eq!((lock.waited, waits), (one(100), vec![("ctrl", "mutex", one(100))]));
    assert_eq!(lock.level, None);
    // 500..640: nothing of it ends but ctrl's wait and low's hold.
    let part = Statistics::of_window(&trace(), 500..640);
    assert_eq!((part.objects[0].held, part.objects[0].held_cycles, part.objects[0].operations), (one(280), 140, 1));
}

#[test]
fn the_worst_windows() {
    let stats = Statistics::of(&trace());
    let worst: Vec<_> =
        stats.worst(4).iter().map(|worst| (worst.name.as_str(), worst.kind, worst.start, worst.end)).collect();
    assert_eq!(
        worst,
        [
            ("low", WorstKind::Response, 20, 310),
            ("中文任务名", WorstKind::Response, 60, 210),
            ("ctrl", WorstKind::Mutex, 500, 600),
            ("ctrl", WorstKind::Response, 40, 100),
        ]
    );
    assert_eq!(stats.worst_of(WorstKind::Mutex, 9).len(), 1);
    assert_eq!(stats.worst_text(1), "  290.0 us  low  ready, but did not run  --window 20cy..310cy\n");
}

#[test]
fn a_window_counts_what_ends_in_it() {
    let stats = Statistics::of_window(&trace(), 430..600);
    let ctrl = &stats.tasks[0];
    // Running 450..500; switched in once; the response 430..450; the delay that ended at 430. The mutex wait ends at
    // 600, behind the window.
    assert_eq!((ctrl.run_cycles, ctrl.switches, ctrl.response), (50, 1, one(20)));
    assert_eq!((ctrl.waiting_cycles, ctrl.ready_cycles), (100, 20));
    assert_eq!(ctrl.blocked.len(), 1);
    assert_eq!(stats.cpu, Cpu { tasks: 150, interrupts: 10, idle: 0, kernel: 10, unknown: 0 });
}

#[test]
fn numbers_that_touch_a_loss_are_lower_bounds() {
    let mut script = script();
    script.encoder.drop_events(5);
    script.encoder.clock = 1100;
    script.encoder.sync(AFTER_DROPS);
    script.at(1200, Event::TimerArm { ticks: 1 });
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    let stats = Statistics::of(&trace);
    assert_eq!((stats.losses.gaps, stats.losses.events, stats.losses.cycles), (1, 5, 100));
    assert!(stats.tasks.iter().all(|row| row.at_least) && stats.interrupts.iter().all(|row| row.at_least));
    // The SYNC says that nothing runs: idle from 1100.
    assert_eq!((stats.cpu.unknown, stats.cpu.idle), (100, 330));
    assert!(stats.to_text().contains(">=3"), "{}", stats.to_text());
    // A window without the loss is exact.
    assert!(!Statistics::of_window(&trace, 0..900).tasks[0].at_least);
}

#[test]
fn growing_is_the_same_as_at_once() {
    let bytes = script().encoder.bytes;
    let mut trace = Trace::new(header());
    let mut collector = Collector::new();
    for byte in bytes {
        trace.push(&[byte]);
        collector.update(&trace);
    }
    let all = Statistics::of(&trace);
    // A collector alone tells nothing by object.
    let (objects, inheritance) = (Vec::new(), Vec::new());
    assert!(!all.objects.is_empty());
    assert_eq!(Statistics::from_collector(&trace, &collector), Statistics { objects, inheritance, ..all });
}

#[test]
fn the_table_and_the_json() {
    let stats = Statistics::of(&trace());
    let expected = "\
test-board  0 s .. 1 ms  (1.000 ms, 34 events)
cpu: tasks 57.00 %, interrupts 5.00 %, kernel 15.00 %, idle 23.00 %
switch: 6 of known cause, min 10.00 us, p50 10.00 us, p99 10.00 us, max 10.00 us

TASK        PRIO  CPU %  SWITCHES  RUNS     READY  RESPONSE p50       p99       max   BLOCKED
ctrl           9  24.00         3     3  90.00 us      20.00 us  60.00 us  60.00 us  630.0 us
中文任务名     5   9.00         1     1  150.0 us      150.0 us  150.0 us  150.0 us  700.0 us
low            2  24.00         3     1  450.0 us      290.0 us  290.0 us  290.0 us  250.0 us

TASK        DONE  COMPLETION p50       p99       max  EXECUTION p50       max  INTERVAL p50
ctrl           2        160.0 us  270.0 us  270.0 us       100.0 us  140.0 us      390.0 us
中文任务名     1        240.0 us  240.0 us  240.0 us       90.00 us  90.00 us             -
low            1        730.0 us  730.0 us  730.0 us       240.0 us  240.0 us             -

INTERRUPT  CPU %  COUNT  DURATION min       p50       p99       max  INTERVAL p50
UART0_RX    2.00      2      10.00 us  10.00 us  10.00 us  10.00 us      490.0 us
TIMER0      3.00      1      40.00 us  40.00 us  40.00 us  40.00 us             -

LOCK        KIND   HOLDS  HELD p50       p99       max  WAITS  WAITED p99       max
app::TOTAL  mutex      1  280.0 us  280.0 us  280.0 us      1    100.0 us  100.0 us
";
    assert_eq!(stats.to_text(), expected);
    let json = serde_json::to_value(&stats).unwrap();
    assert_eq!(json["schema"], "bk.trace.stats/1");
    assert_eq!(json["clock_hz"], 1_000_000);
    assert_eq!(json["tasks"][0]["response"]["max"], 60);
    assert_eq!(json["worst"][2]["kind"], "mutex");
}

/// As text below the interrupts, and in the JSON with everything that the simulator told.
#[test]
fn what_the_simulator_told_of_interrupts() {
    let mut trace = Trace::new(header());
    trace.push(&script().encoder.bytes);
    let mut stats = Statistics::of(&trace);
    assert!(serde_json::to_value(&stats).unwrap().get("latencies").is_none());
    stats.latencies = Some(latencies(""));
    let expected = "\
FROM PEND  COUNT  LATENCY min       p50       p99       max  THE LONGEST WAITED FOR
PendSV      1234     900.0 ns  1.000 us  1.000 us  1.000 us  nothing but its entry
TIMER0      1234     900.0 ns  1.500 us  2.000 us  2.000 us  nothing but its entry
UART0_RX    1234     900.0 ns  1.500 us  29.90 us  91.00 us  masked for 95.00 us from read (src/adc.rs:12) to read (src/adc.rs:19)

LOCK ";
    assert!(stats.to_text().contains(expected), "{}", stats.to_text());
    let json = serde_json::to_value(&stats).unwrap();
    let uart = &json["latencies"]["exceptions"][2];
    assert_eq!(
        (&uart["name"], &uart["max"], &json["latencies"]["core_hz"]),
        (&"UART0_RX".into(), &910.into(), &10_000_000.into())
    );
    let mask = serde_json::json!({ "kind": "mask", "from": "read (src/adc.rs:12)", "to": "read (src/adc.rs:19)", "cycles": 950 });
    assert_eq!(uart["longest"][0]["waited_for"], mask);
    assert_eq!(uart["longest"][1]["waited_for"]["kind"], "handler");
}
