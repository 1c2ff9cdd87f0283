//! The exports that list events: every kind of event has its line, and its fields say what was sent. The files are kept
//! in the target folder for `tests/exports/run.sh`, which gives them to readers that nobody here wrote.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use bluekernel_abi::{BlockReason, Event, Named, ObjectOp, PriorityCause};
use bluekernel_tracer::export::{csv, ctf, jsonl};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::stats::Statistics;
use common::encoder::{AFTER_DROPS, BOOT, Encoder, IN_ISR};
use common::scenario::{HZ, header, script};
use serde_json::{Value, json};

fn trace(header: Header, stream: &[u8]) -> Trace {
    let mut trace = Trace::new(header);
    trace.push(stream);
    trace.finish();
    trace
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The lines behind the first, and all formats in the target folder, as `name.*`.
fn export(name: &str, header: Header, stream: &[u8]) -> Vec<Value> {
    let trace = trace(header, stream);
    let mut lines = Vec::new();
    jsonl::write(&trace, stream, &mut lines).unwrap();
    fs::write(kept(&format!("{name}.jsonl")), &lines).unwrap();
    let mut table = Vec::new();
    csv::write(&trace, stream, &mut table).unwrap();
    fs::write(kept(&format!("{name}.csv")), &table).unwrap();
    for (dialect, kind) in [(ctf::Dialect::Native, "ctf"), (ctf::Dialect::Lttng, "lttng")] {
        let folder = kept(&format!("{name}.{kind}"));
        drop(fs::remove_dir_all(&folder));
        ctf::write(&trace, stream, dialect, &folder).unwrap();
    }
    let statistics = serde_json::to_string(&Statistics::of(&trace)).unwrap();
    fs::write(kept(&format!("{name}.stats.json")), statistics).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    let mut lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(lines.next().unwrap()["schema"], jsonl::SCHEMA);
    lines.collect()
}

#[test]
fn the_scenario() {
    let lines = export("scenario", header(), &script().encoder.bytes);
    // 34 events stand in the script.
    assert_eq!(lines.len(), 34);
    // The first, a handler in a handler, and what happened on behalf of whom.
    let expected = [
        (0, json!({"cycles": 0, "ns": 0, "event": "info", "build_id": "0x0", "clock_hz": HZ})),
        (
            8,
            json!({"cycles": 200, "ns": 200_000, "event": "block", "running": "ctrl", "running_id": 1,
                   "reason": "delay", "object": null, "object_id": 0, "timeout_us": -1}),
        ),
        (
            9,
            json!({"cycles": 210, "ns": 210_000, "event": "switch_in", "running": "中文任务名", "running_id": 2,
                   "task": "中文任务名", "task_id": 2}),
        ),
        (
            14,
            json!({"cycles": 410, "ns": 410_000, "event": "isr_enter", "running": "low", "running_id": 0,
                   "handler": "UART0_RX", "handler_id": 16, "exception": "UART0_RX", "exception_id": 16}),
        ),
        (
            16,
            json!({"cycles": 430, "ns": 430_000, "event": "ready", "running": "low", "running_id": 0,
                   "handler": "TIMER0", "handler_id": 24, "task": "ctrl", "task_id": 1}),
        ),
        (30, json!({"cycles": 760, "ns": 760_000, "event": "idle"})),
    ];
    for (at, line) in expected {
        assert_eq!(lines[at], line, "line {at}");
    }
}

/// One event of each kind, and what its line holds besides its time and whose time it is.
fn every_event() -> Vec<(Event<'static>, Value)> {
    let object = 9;
    vec![
        (Event::Info { build_id: 255, clock_hz: HZ }, json!({"event": "info", "build_id": "0xff", "clock_hz": HZ})),
        (
            Event::TaskNew { task: 0, priority: 2, stack: 512 },
            json!({"event": "task_new", "task": "low", "task_id": 0, "priority": 2, "stack_bytes": 512}),
        ),
        (Event::Ready { task: 0 }, json!({"event": "ready", "task": "low", "task_id": 0})),
        (Event::SwitchIn { task: 0 }, json!({"event": "switch_in", "task": "low", "task_id": 0})),
        (Event::IsrEnter { exception: 24 }, json!({"event": "isr_enter", "exception": "TIMER0", "exception_id": 24})),
        (Event::TimerFire { task: 300 }, json!({"event": "timer_fire", "task": "task 300", "task_id": 300})),
        (Event::IsrExit, json!({"event": "isr_exit"})),
        (
            Event::Priority { task: 0, priority: 9, cause: PriorityCause::Inherit, object: 7 },
            json!({"event": "priority", "task": "low", "task_id": 0, "priority": 9, "cause": "inherit",
                   "object": "app::TOTAL", "object_id": 7}),
        ),
        (
            Event::Object { op: ObjectOp::Send, object, value: 3 },
            json!({"event": "object", "op": "send", "object": "app::QUEUE", "object_id": 9, "value": 3}),
        ),
        (Event::TimerArm { ticks: 1 << 40 }, json!({"event": "timer_arm", "cycles_ahead": 1_u64 << 40})),
        (Event::MarkBegin { id: 0 }, json!({"event": "mark_begin", "mark": "filter", "mark_id": 0})),
        (Event::MarkEnd { id: 0 }, json!({"event": "mark_end", "mark": "filter", "mark_id": 0})),
        (
            Event::MarkInstant { id: 4, value: u32::MAX },
            json!({"event": "mark_instant", "mark": "#4", "mark_id": 4, "value": 4_294_967_295_u32}),
        ),
        (
            Event::Counter { id: 7, value: i64::MIN },
            json!({"event": "counter", "mark": "depth", "mark_id": 7, "value": i64::MIN}),
        ),
        (
            Event::Stack { task: 0, free: 100 },
            json!({"event": "stack", "task": "low", "task_id": 0, "free_bytes": 100}),
        ),
        (
            Event::Fault { kind: 3, address: 0x0800_1234 },
            json!({"event": "fault", "exception": "exception 3", "exception_id": 3, "address": "0x8001234"}),
        ),
        (
            Event::Timing { object, period: 1000, deadline: 900 },
            json!({"event": "timing", "object": "app::QUEUE", "object_id": 9, "period_us": 1000, "deadline_us": 900}),
        ),
        (
            Event::JobRelease { object, late: 5 },
            json!({"event": "job_release", "object": "app::QUEUE", "object_id": 9, "late_us": 5}),
        ),
        (Event::JobDone { object }, json!({"event": "job_done", "object": "app::QUEUE", "object_id": 9})),
        (
            Event::DeadlineMiss { object, late: 6 },
            json!({"event": "deadline_miss", "object": "app::QUEUE", "object_id": 9, "late_us": 6}),
        ),
        (
            Event::SysEnter { op: ObjectOp::Lock, object },
            json!({"event": "sys_enter", "op": "lock", "object": "app::QUEUE", "object_id": 9}),
        ),
        (Event::SysExit, json!({"event": "sys_exit"})),
        (Event::HeapAlloc { bytes: 16, used: 48 }, json!({"event": "heap_alloc", "bytes": 16, "used_bytes": 48})),
        (Event::HeapFree { bytes: 16, used: 32 }, json!({"event": "heap_free", "bytes": 16, "used_bytes": 32})),
        (
            Event::HeapStat { used: 32, peak: 64, size: 1024 },
            json!({"event": "heap_stat", "used_bytes": 32, "peak_bytes": 64, "size_bytes": 1024}),
        ),
        (Event::SleepJump { cycles: 77 }, json!({"event": "sleep_jump", "cycles_asleep": 77})),
        (Event::PollBegin { object }, json!({"event": "poll_begin", "object": "app::QUEUE", "object_id": 9})),
        (Event::PollReady { object }, json!({"event": "poll_ready", "object": "app::QUEUE", "object_id": 9})),
        (Event::PollEnd { object }, json!({"event": "poll_end", "object": "app::QUEUE", "object_id": 9})),
        (Event::Filter { groups: 0x1ff, muted: 0 }, json!({"event": "filter", "groups": "0x1ff", "muted": 0})),
        (Event::Spent { cycles: 61 }, json!({"event": "spent", "spent_cycles": 61})),
        (
            Event::Name { of: Named::Mark, id: 4, name: "a \"name\",\\ made\n late".as_bytes() },
            json!({"event": "name", "of": "mark", "id": 4, "name": "a \"name\",\\ made\n late"}),
        ),
        (
            Event::Unknown { head: 0xd7, payload: &[1, 0, 255] },
            json!({"event": "unknown", "head": "0xd7", "payload": [1, 0, 255]}),
        ),
        (
            Event::Block { reason: BlockReason::Mutex, object: 7, timeout: 2001 },
            json!({"event": "block", "reason": "mutex", "object": "app::TOTAL", "object_id": 7, "timeout_us": 2000}),
        ),
        (Event::TaskExit { task: 0 }, json!({"event": "task_exit", "task": "low", "task_id": 0})),
        (Event::Idle, json!({"event": "idle"})),
        (Event::Drops { count: 3 }, json!({"event": "drops", "events": 3})),
    ]
}

#[test]
fn every_kind_of_event_has_a_line_with_all_it_says() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    let events = every_event();
    for (event, _) in &events {
        encoder.event(10, event);
    }
    let mut lines = export("every", header(), &encoder.bytes).into_iter();
    for (event, mut expected) in events {
        let mut line = lines.next().unwrap();
        // A count of drops comes behind its gap.
        if line["event"] == "gap" {
            assert!(matches!(event, Event::Drops { .. }));
            line = lines.next().unwrap();
        }
        // The mark's name was made at run time; it is known throughout.
        if expected["mark"] == "#4" {
            expected["mark"] = json!("a \"name\",\\ made\n late");
        }
        let line = line.as_object_mut().unwrap();
        line.retain(|key, _| {
            !["cycles", "ns", "running", "running_id", "handler", "handler_id"].contains(&key.as_str())
        });
        assert_eq!(Value::Object(line.clone()), expected);
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn lost_events_have_a_line_where_they_are_missing() {
    let mut encoder = Encoder::new();
    // Seven are missing before the first that arrives.
    encoder.drop_events(7);
    encoder.sync(BOOT);
    encoder.event(10, &Event::SwitchIn { task: 1 });
    encoder.event(10, &Event::IsrEnter { exception: 24 });
    encoder.drop_events(12);
    encoder.clock += 80;
    encoder.running = 1;
    encoder.sync(AFTER_DROPS | IN_ISR);
    encoder.event(20, &Event::IsrExit);
    encoder.event(30, &Event::SwitchIn { task: 1 });
    // A damaged stretch: nobody knows how many events.
    encoder.bytes.extend([0xbf; 5]);
    encoder.clock += 50;
    encoder.sync(0);
    encoder.event(10, &Event::Ready { task: 0 });
    encoder.event(10, &Event::Drops { count: 2 });
    encoder.drop_events(2);
    encoder.event(10, &Event::SwitchIn { task: 2 });
    encoder.event(10, &Event::Idle);
    // The firmware starts anew, and its clock and counts with it.
    encoder.clock = 0;
    encoder.drops = 0;
    encoder.sequence = 0;
    encoder.sync(BOOT);
    encoder.event(5, &Event::SwitchIn { task: 0 });
    encoder.drop_events(1);
    encoder.clock += 5;
    encoder.sync(AFTER_DROPS);
    let lines = export("drops", header(), &encoder.bytes);
    let gaps: Vec<_> = lines
        .iter()
        .filter(|line| line["event"] == "gap")
        .map(|line| ["since_cycles", "cycles", "events", "bytes", "at_least"].map(|key| line[key].clone()))
        .collect();
    let expected = [
        json!([0, 0, 7, 0, false]),
        json!([20, 100, 12, 0, false]),
        json!([150, 200, 0, 5, true]),
        json!([210, 220, 2, 0, false]),
        // Reset at 240; one was lost between 245 and 250.
        json!([245, 250, 1, 0, false]),
    ];
    assert_eq!(json!(gaps), json!(expected));
    // Nobody runs behind a gap until a switch tells, and no handler that was entered before it.
    let exit = lines.iter().find(|line| line["event"] == "isr_exit").unwrap();
    assert_eq!((&exit["running"], &exit["handler"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_table_quotes_what_separates() {
    let mut header = header();
    header.tasks[1].name = "a,\"b\"\r\nc".to_owned();
    let trace = trace(header, &script().encoder.bytes);
    let mut table = Vec::new();
    csv::write(&trace, &script().encoder.bytes, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(table.starts_with("cycles,seconds,event,running,handler,task,object,name,value,more\r\n"));
    assert!(table.contains("\r\n40,0.000040000,ready,,,\"a,\"\"b\"\"\r\nc\",,,,\r\n"), "{table}");
    assert!(table.contains("\r\n320,0.000320000,object,low,,,app::TOTAL,,1,op=lock\r\n"), "{table}");
    assert!(table.contains("\r\n690,0.000690000,counter,\"a,\"\"b\"\"\r\nc\",,,,depth,-3,\r\n"), "{table}");
}

#[test]
fn an_empty_recording_is_a_valid_file() {
    assert!(export("empty", header(), &[]).is_empty());
}
