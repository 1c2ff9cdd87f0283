//! The exports against what the scenario must show (`tests/exports/scenario.json`, worked out by hand), and against
//! their formats' own rules. The files are kept in the target folder for `tests/exports/run.sh`, which gives them to
//! readers that nobody here wrote.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use bluekernel_abi::Event;
use bluekernel_tracer::export::{chrome, perfetto};
use bluekernel_tracer::model::Trace;
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::scenario::{HZ, header, script};
use serde_json::Value;

fn trace() -> Trace {
    let mut trace = Trace::new(header());
    trace.push(&script().encoder.bytes);
    trace.finish();
    trace
}

type Writer = fn(&Trace, &mut dyn std::io::Write) -> std::io::Result<()>;

fn export(trace: &Trace, write: Writer, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(trace, &mut bytes).unwrap();
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), &bytes).unwrap();
    bytes
}

fn expected() -> Value {
    serde_json::from_str(include_str!("../../tests/exports/scenario.json")).unwrap()
}

/// What an export shows, by track: slices, moments and values as JSON arrays in microseconds.
#[derive(Default)]
struct Shown {
    slices: BTreeMap<String, Vec<Value>>,
    moments: BTreeMap<String, Vec<Value>>,
    values: BTreeMap<String, Vec<Value>>,
}

impl Shown {
    fn compare(&self) {
        let expected = expected();
        for (what, shown) in [("slices", &self.slices), ("moments", &self.moments), ("values", &self.values)] {
            assert_eq!(serde_json::to_value(shown).unwrap(), expected[what], "{what}");
        }
    }
}

/// The fields of a Protocol Buffers message: number, and value or bytes. Only what the format's documentation calls
/// wire types 0 and 2 may occur.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (byte, rest) = bytes.split_first().expect("a number that ends");
            *bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return value;
            }
        }
        unreachable!()
    }
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut bytes)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).unwrap();
                let (value, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(value)
            }
            other => panic!("wire type {other}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

#[derive(Clone, Copy, Debug)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn number(fields: &[(u64, Field<'_>)], wanted: u64) -> Option<u64> {
    fields.iter().find_map(|(number, field)| match field {
        Field::Number(value) if *number == wanted => Some(*value),
        _ => None,
    })
}

fn bytes<'a>(fields: &[(u64, Field<'a>)], wanted: u64) -> Option<&'a [u8]> {
    fields.iter().find_map(|(number, field)| match field {
        Field::Bytes(value) if *number == wanted => Some(*value),
        _ => None,
    })
}

fn text(fields: &[(u64, Field<'_>)], wanted: u64) -> Option<String> {
    bytes(fields, wanted).map(|text| String::from_utf8(text.to_vec()).unwrap())
}

/// Reads a Perfetto trace by the field numbers of its public definitions.
fn read_perfetto(file: &[u8]) -> Shown {
    let mut shown = Shown::default();
    let mut tracks: BTreeMap<u64, String> = BTreeMap::new();
    let mut open: BTreeMap<u64, (String, u64)> = BTreeMap::new();
    for (field, packet) in fields(file) {
        let (1, Field::Bytes(packet)) = (field, packet) else { panic!("a trace holds packets only") };
        let packet = fields(packet);
        assert_eq!(number(&packet, 10), Some(1), "trusted_packet_sequence_id");
        if let Some(descriptor) = bytes(&packet, 60) {
            let descriptor = fields(descriptor);
            let uuid = number(&descriptor, 1).unwrap();
            let name = text(&descriptor, 2).unwrap_or_default();
            assert!(tracks.insert(uuid, name).is_none(), "uuids are unique");
            continue;
        }
        let event = fields(bytes(&packet, 11).expect("a descriptor or an event"));
        let time = number(&packet, 8).unwrap() / 1000;
        let track = number(&event, 11).unwrap();
        let name = tracks.get(&track).expect("the track was described before").clone();
        match number(&event, 9).unwrap() {
            1 => assert!(open.insert(track, (text(&event, 23).unwrap(), time)).is_none(), "no slice in a slice"),
            2 => {
                let (label, start) = open.remove(&track).expect("an end has its beginning");
                shown.slices.entry(name).or_default().push(serde_json::json!([label, start, time]));
            }
            3 => {
                let label = text(&event, 23).unwrap();
                shown.moments.entry(name).or_default().push(serde_json::json!([label, time]));
            }
            4 => {
                let value = number(&event, 30).unwrap().cast_signed();
                shown.values.entry(name).or_default().push(serde_json::json!([time, value]));
            }
            other => panic!("event type {other}"),
        }
    }
    assert!(open.is_empty(), "every slice has an end");
    shown
}

fn read_chrome(file: &[u8]) -> Shown {
    let json: Value = serde_json::from_slice(file).unwrap();
    let mut shown = Shown::default();
    let mut tracks: BTreeMap<u64, String> = BTreeMap::new();
    let micro = |value: &Value| value.as_f64().unwrap() as u64;
    let mut open: BTreeMap<u64, (&Value, u64)> = BTreeMap::new();
    for event in json["traceEvents"].as_array().unwrap() {
        assert_eq!(event["pid"], 1);
        let name = event["name"].as_str().unwrap();
        let track = || tracks.get(&event["tid"].as_u64().unwrap()).expect("named before").clone();
        match event["ph"].as_str().unwrap() {
            "M" if name == "thread_name" => {
                tracks.insert(event["tid"].as_u64().unwrap(), event["args"]["name"].as_str().unwrap().to_owned());
            }
            "M" => assert!(["process_name", "thread_sort_index"].contains(&name)),
            "B" => {
                let begun = open.insert(event["tid"].as_u64().unwrap(), (event, micro(&event["ts"])));
                assert!(begun.is_none(), "no slice in a slice");
            }
            "E" => {
                let (begin, from) = open.remove(&event["tid"].as_u64().unwrap()).expect("an end has its beginning");
                // speedscope finds the beginning by both.
                assert_eq!((&begin["name"], &begin["args"]), (&event["name"], &event["args"]));
                shown.slices.entry(track()).or_default().push(serde_json::json!([name, from, micro(&event["ts"])]));
            }
            "i" => shown.moments.entry(track()).or_default().push(serde_json::json!([name, micro(&event["ts"])])),
            "C" => {
                let point = serde_json::json!([micro(&event["ts"]), event["args"]["value"]]);
                shown.values.entry(name.to_owned()).or_default().push(point);
            }
            other => panic!("phase {other}"),
        }
    }
    assert!(open.is_empty(), "every slice has an end");
    shown
}

#[test]
fn perfetto_shows_the_scenario() {
    read_perfetto(&export(&trace(), perfetto::write, "scenario.pftrace")).compare();
}

#[test]
fn chrome_shows_the_scenario() {
    read_chrome(&export(&trace(), chrome::write, "scenario.json")).compare();
}

#[test]
fn tracks_stand_in_the_order_of_importance() {
    let json: Value = serde_json::from_slice(&export(&trace(), chrome::write, "order.json")).unwrap();
    let names = json["traceEvents"].as_array().unwrap().iter().filter(|event| event["name"] == "thread_name");
    let names: Vec<&str> = names.map(|event| event["args"]["name"].as_str().unwrap()).collect();
    let expected = [
        "kernel",
        "UART0_RX (exception 16)",
        "TIMER0 (exception 24)",
        "ctrl (priority 9)",
        "中文任务名 (priority 5)",
        "low (priority 2)",
        "idle",
        "filter (mark)",
    ];
    assert_eq!(names, expected);
}

#[test]
fn lost_events_are_a_moment_and_leave_no_state_claimed() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    encoder.event(10, &Event::SwitchIn { task: 1 });
    encoder.drop_events(12);
    encoder.clock += 90;
    encoder.sync(AFTER_DROPS);
    encoder.event(100, &Event::SwitchIn { task: 0 });
    encoder.event(50, &Event::Idle);
    let mut trace = Trace::new(header());
    trace.push(&encoder.bytes);
    trace.finish();
    let shown = read_perfetto(&export(&trace, perfetto::write, "drops.pftrace"));
    assert_eq!(shown.moments["kernel"], [serde_json::json!(["reset", 0]), serde_json::json!(["12 events lost", 10])]);
    let ctrl = &shown.slices["ctrl (priority 9)"];
    let running: Vec<&Value> = ctrl.iter().filter(|slice| slice[0] == "running").collect();
    assert!(running.iter().all(|slice| slice[1].as_u64() >= Some(100)), "nothing is known from 10 to 100: {ctrl:?}");
    assert!(ctrl.iter().any(|slice| slice[0] == "unknown" && slice[2] == 100), "{ctrl:?}");
}

#[test]
fn names_of_any_kind_are_quoted() {
    let mut header = header();
    header.tasks[0].name = "quo\"te\\ \u{7}\n".to_owned();
    let mut trace = Trace::new(header);
    trace.push(&script().encoder.bytes);
    trace.finish();
    let shown = read_chrome(&export(&trace, chrome::write, "quoted.json"));
    assert!(shown.slices.contains_key("quo\"te\\ \u{7}\n (priority 2)"));
}

#[test]
fn an_empty_trace_is_a_valid_file() {
    let trace = Trace::new(header());
    assert!(read_perfetto(&export(&trace, perfetto::write, "empty.pftrace")).slices.is_empty());
    assert!(read_chrome(&export(&trace, chrome::write, "empty.json")).moments.is_empty());
}

#[test]
fn times_are_nanoseconds_of_the_trace_clock() {
    // 168 MHz does not divide a second into whole nanoseconds: 168 cycles are 1000 ns, one cycle is 5.95 ns.
    let mut header = header();
    header.clock_hz = 168 * HZ;
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    encoder.event(168, &Event::SwitchIn { task: 1 });
    encoder.event(1, &Event::Idle);
    let mut trace = Trace::new(header);
    trace.push(&encoder.bytes);
    trace.finish();
    let mut file = Vec::new();
    chrome::write(&trace, &mut file).unwrap();
    let text = String::from_utf8(file).unwrap();
    let times: Vec<&str> = text.split("\"ts\":").skip(1).map(|rest| rest.split(',').next().unwrap()).collect();
    // Reset, running from 1000 ns to 1005 ns.
    assert!(times.windows(2).any(|pair| pair == ["1.000", "1.005"]), "{times:?}");
}
