//! The VCD export, read by the grammar of IEEE 1364-2005, clause 18, and compared with what the scenario must show
//! (`tests/exports/scenario.json`). The file is kept in the target folder for `tests/exports/run.sh`, which gives it to
//! sigrok.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use bluekernel_abi::Event;
use bluekernel_tracer::export::vcd;
use bluekernel_tracer::model::Trace;
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::scenario::{header, script};
use serde_json::Value;

/// Each variable's values with their times in nanoseconds, and the last time.
#[derive(Debug, Default)]
struct Dump {
    values: BTreeMap<String, Vec<(u64, String)>>,
    end: u64,
}

fn export(stream: &[u8]) -> String {
    let mut trace = Trace::new(header());
    trace.push(stream);
    trace.finish();
    let mut bytes = Vec::new();
    vcd::write(&trace, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn read(text: &str) -> Dump {
    let mut words = text.split_ascii_whitespace();
    let (mut names, mut dump, mut time) = (BTreeMap::new(), Dump::default(), None);
    while let Some(word) = words.next() {
        let (first, rest) = word.split_at(1);
        match first {
            "$" if word == "$var" => {
                let [kind, _size, code, name, end] = std::array::from_fn(|_| words.next().unwrap());
                assert_eq!(end, "$end");
                assert!(["wire", "string", "real", "event"].contains(&kind));
                assert!(names.insert(code, name).is_none(), "codes are unique");
                dump.values.insert(name.to_owned(), Vec::new());
            }
            "$" if ["$dumpvars", "$end"].contains(&word) => {}
            "$" => while words.next().unwrap() != "$end" {},
            "#" => {
                let now: u64 = rest.parse().unwrap();
                assert!(time.is_none_or(|before| before < now), "time goes on: {now} behind {time:?}");
                time = Some(now);
            }
            _ => {
                let (value, code) = match first {
                    "0" | "1" | "x" => (first, rest),
                    "s" | "r" => (rest, words.next().unwrap()),
                    _ => panic!("a change to `{word}`"),
                };
                dump.values.get_mut(names[code]).unwrap().push((time.unwrap(), value.to_owned()));
            }
        }
    }
    dump.end = time.unwrap();
    dump
}

impl Dump {
    /// The stretches of a variable in microseconds: value, from, to. Empty ones are left out.
    fn stretches(&self, name: &str) -> Vec<(String, u64, u64)> {
        let values = &self.values[name];
        let ends = values.iter().skip(1).map(|(time, _)| *time).chain([self.end]);
        let all = values.iter().zip(ends).map(|((from, value), to)| (value.clone(), from / 1000, to / 1000));
        all.filter(|(_, from, to)| from < to).collect()
    }
}

#[test]
fn the_scenario() {
    let text = export(&script().encoder.bytes);
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenario.vcd"), &text).unwrap();
    let dump = read(&text);
    let expected: Value = serde_json::from_str(include_str!("../../tests/exports/scenario.json")).unwrap();
    for (track, slices) in expected["slices"].as_object().unwrap() {
        let name = track.split(" (").next().unwrap();
        // The label of a slice in the words of a VCD; what is dormant has no slice.
        let state = |label: &str| match label {
            label if label == name => "running".to_owned(),
            label => label.replacen(": ", ":", 1).replace(' ', ":"),
        };
        let slices: Vec<_> = slices.as_array().unwrap().iter().collect();
        let slices: Vec<_> = slices
            .iter()
            .map(|slice| (state(slice[0].as_str().unwrap()), slice[1].as_u64().unwrap(), slice[2].as_u64().unwrap()))
            .collect();
        let mut shown = dump.stretches(&format!("{name}.state"));
        shown.retain(|(state, ..)| state != "dormant");
        assert_eq!(shown, slices, "{name}");
        // The wire is high where the state is `running`, and nowhere else.
        let mut high = dump.stretches(name);
        high.retain(|(value, ..)| value == "1");
        let running = slices.iter().filter(|(state, ..)| state == "running");
        let running: Vec<_> = running.map(|(_, from, to)| ("1".to_owned(), *from, *to)).collect();
        assert_eq!(high, running, "{name}");
    }
    assert_eq!(dump.values["depth"], [(690_000, "-3".to_owned())]);
    assert_eq!(dump.values["lost"], [(0, "0".to_owned())]);
}

#[test]
fn lost_events_are_seen() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    encoder.event(10, &Event::SwitchIn { task: 1 });
    encoder.event(5, &Event::MarkInstant { id: 0, value: 1 });
    encoder.drop_events(12);
    encoder.clock += 85;
    encoder.sync(AFTER_DROPS);
    encoder.event(50, &Event::SwitchIn { task: 0 });
    encoder.event(50, &Event::Idle);
    let dump = read(&export(&encoder.bytes));
    let lost = [(0, "0"), (15_000, "1"), (100_000, "0")].map(|(time, value)| (time, value.to_owned()));
    assert_eq!(dump.values["lost"], lost);
    let ctrl: Vec<_> = dump.stretches("ctrl");
    // Dormant, running, unknown; the SYNC at 100 says that ctrl still runs.
    let expected = [("0", 0, 10), ("1", 10, 15), ("x", 15, 100), ("1", 100, 150), ("0", 150, 200)];
    assert_eq!(ctrl, expected.map(|(value, from, to)| (value.to_owned(), from, to)));
    assert_eq!(dump.values["filter"], [(15_000, "1".to_owned())]);
}

#[test]
fn names_are_one_word() {
    let mut header = header();
    header.tasks[1].name = "a b$end [3]\n".to_owned();
    let mut trace = Trace::new(header);
    trace.push(&script().encoder.bytes);
    let mut bytes = Vec::new();
    vcd::write(&trace, &mut bytes).unwrap();
    let dump = read(&String::from_utf8(bytes).unwrap());
    assert!(dump.values.contains_key("a_b_end__3__"), "{:?}", dump.values.keys());
}
