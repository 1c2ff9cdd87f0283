//! `bkctl run` and `attach`: what the firmware says, and how it ends.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bluekernel_e2e::device::{Rig, line_of, text};
use bluekernel_e2e::{STM32F4, children, command, finished, parent_of, repository, run, signal};
use serde_json::{Value, json};

const HELLO: &str = "hello from the endings\n";

#[test]
fn text_to_stdout_and_an_exit_code() {
    let rig = Rig::new();
    let well = rig.firmware("well", &["ENDING=EXIT", "CODE=0"]);
    assert_eq!(rig.with("run", &well, &[]).exits(0).says(&["exit code 0"]).out, HELLO);
    let ill = rig.firmware("ill", &["ENDING=EXIT", "CODE=7"]);
    assert_eq!(rig.with("run", &ill, &[]).exits(1).says(&["exit code 7"]).out, HELLO);
    let passed = rig.with("run", &ill, &["--exit-code=firmware"]).exits(7).says(&["nothing to do"]);
    assert_eq!(passed.out, HELLO);
    let answer = rig.with("run", &ill, &["--no-flash", "--format", "json"]).exits(1).json();
    assert_eq!((&answer["schema"], &answer["firmware_exit"]), (&json!("bk.run/1"), &json!(7)));
    assert_eq!(
        (&answer["text"]["rtt0"], &answer["flash"], &answer["end"]),
        (&json!(HELLO), &Value::Null, &json!("stopped"))
    );
}

/// The number of the line of the firmware's source that contains `words`.
fn source_line(words: &str) -> u64 {
    let source = fs::read_to_string(repository().join("tests/firmware/endings-c/main.c")).expect("is there");
    let found: Vec<_> = source.lines().zip(1..).filter(|(line, _)| line.contains(words)).collect();
    assert_eq!(found.len(), 1, "{words}");
    found[0].1
}

/// The functions of a backtrace and their lines; each line is checked against addr2line.
fn frames(answer: &Value, elf: &Path) -> Vec<(String, u64)> {
    let frames = answer["backtrace"]["frames"].as_array().expect("frames");
    let frame = |(number, frame): (usize, &Value)| {
        let (file, line) = (frame["file"].as_str().expect("a file"), frame["line"].as_u64().expect("a line"));
        // A return address stands behind the call.
        let is_return = number > 0 && frame["interrupted"] == false;
        let address = frame["address"].as_u64().expect("an address") - u64::from(is_return);
        let judged = line_of(elf, address);
        assert_eq!(judged.split(" (").next(), Some(format!("{file}:{line}").as_str()));
        (frame["function"].as_str().expect("a name").to_owned(), line)
    };
    frames.iter().enumerate().map(frame).collect()
}

fn named(frames: &[(&str, u64)]) -> Vec<(String, u64)> {
    frames.iter().map(|(name, line)| ((*name).to_owned(), *line)).collect()
}

#[test]
fn a_breakpoint_gives_the_calls_with_their_lines() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=BREAKPOINT"]);
    let answer = rig.with("run", &elf, &["--format", "json"]).exits(1).json();
    let found = frames(&answer, &elf);
    let expected = named(&[
        ("inner", source_line("bkpt 0\"")),
        ("middle", source_line("inner(address + 4);")),
        ("outer", source_line("middle(address + 8);")),
    ]);
    assert_eq!(found[..3], expected);
    assert_eq!(found.last().map(|frame| frame.0.as_str()), Some("Reset_Handler"));
    let text = rig.with("run", &elf, &[]).exits(1).says(&["breakpoint", "backtrace:", "main.c:"]);
    assert_eq!(text.out, HELLO);
}

#[test]
fn a_fault_is_decoded_and_unwound_through_the_exception() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=FAULT"]);
    let answer = rig.with("run", &elf, &["--format", "json"]).exits(1).json();
    // DDI 0403E, B3.2.15: BFARVALID and PRECISERR; the address is what `outer` and `middle` add up to.
    assert_eq!(answer["stop"]["kind"], "fault");
    let report = &answer["stop"]["report"];
    assert_eq!((&report["cfsr"], &report["bfar"]), (&json!(0x8200), &json!(0x6000_000c)));
    let found = frames(&answer, &elf);
    let at_fault = found.iter().position(|frame| frame.0 == "inner").expect("the function that faulted");
    assert_eq!(answer["backtrace"]["frames"][at_fault]["interrupted"], true);
    let expected = named(&[
        ("inner", source_line("the fault is here")),
        ("middle", source_line("inner(address + 4);")),
        ("outer", source_line("middle(address + 8);")),
    ]);
    assert_eq!(found[at_fault..at_fault + 3], expected);
    rig.with("run", &elf, &[]).exits(1).says(&["BusFault", "0x6000000c", "inner (interrupted)"]);
}

#[test]
fn without_debug_information_symbols_have_to_do_and_that_is_said() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=BREAKPOINT"]);
    let plain = rig.path().join("plain.elf");
    run(command("arm-none-eabi-objcopy").arg("--strip-debug").arg(&elf).arg(&plain)).exits(0);
    fs::remove_file(rig.path().join("bk.toml")).expect("was there");
    let board = ["--board", STM32F4.name];
    rig.with("run", &plain, &board).exits(1).says(&["inner+", "note:", "no debug information"]);
}

#[test]
fn nothing_is_lost_of_a_text_that_never_ends() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=LOOP"]);
    let done = rig.with("run", &elf, &["--timeout", "2"]).exits(124).says(&["--timeout", "the core runs on"]);
    let lines = done.out.strip_prefix(HELLO).expect("begins at reset").lines();
    let mut count = 0;
    for (number, line) in lines.enumerate() {
        // The last one may be cut.
        let expected = format!("line {number}");
        assert!(line == expected || expected.starts_with(line), "{line} instead of {expected}");
        count = number;
    }
    assert!(count > 10, "{count} lines in two seconds");
}

#[test]
fn firmware_without_rtt_is_told_so() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=SILENT"]);
    let done =
        rig.with("run", &elf, &["--timeout", "1"]).exits(124).says(&["no _SEGGER_RTT symbol", "no RTT control block"]);
    assert!(done.out.is_empty());
}

#[test]
fn without_symbols_the_control_block_is_found_in_ram() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=LOOP"]);
    run(command("arm-none-eabi-strip").arg(&elf)).exits(0);
    let done = rig.with("run", &elf, &["--timeout", "2"]).exits(124).says(&["no _SEGGER_RTT symbol"]);
    assert!(done.out.starts_with("hello from the endings\nline 0\n"), "{}", done.out);
}

#[test]
fn what_another_firmware_left_in_ram_is_not_shown() {
    let rig = Rig::new();
    // While the probe connects, the chip runs what it holds, and that fills the ring at the same place.
    rig.with("flash", &rig.firmware("old", &["ENDING=LOOP"]), &[]).exits(0);
    let done = rig.with("run", &rig.firmware("new", &["ENDING=EXIT"]), &[]).exits(0);
    assert_eq!(done.out, HELLO);
}

#[test]
fn attach_listens_to_what_runs() {
    let rig = Rig::new();
    let (looping, other) = (rig.firmware("app", &["ENDING=LOOP"]), rig.firmware("other", &["ENDING=EXIT"]));
    rig.with("flash", &looping, &[]).exits(0);
    let done = rig.with("attach", &looping, &["--timeout", "1"]).exits(124);
    assert!(done.out.contains("line 1\n"), "{}", done.out);
    let done = rig.with("attach", &other, &["--timeout", "1"]).exits(124).says(&["holds another firmware"]);
    assert!(done.out.contains("line 1\n"), "{}", done.out);
}

#[test]
fn ctrl_c_leaves_the_core_running_and_no_child() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=LOOP"]);
    rig.with("flash", &elf, &[]).exits(0);
    let said = rig.path().join("said.txt");
    let child = rig
        .bkctl(&["run", text(&elf)])
        .stdout(fs::File::create(&said).expect("made"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    super::super::simulator_trouble::wait_for(&said, 40);
    let simulators = children(child.id());
    assert_eq!(simulators.len(), 1);
    let start = Instant::now();
    signal(child.id(), "INT");
    finished(child.wait_with_output().expect("ends")).exits(130).says(&["interrupted", "the core runs on"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(simulators.iter().all(|pid| parent_of(*pid).is_none()), "bksim still lives");
}

#[test]
fn trace_of_a_firmware_without_one_is_refused_before_anything_is_touched() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=LOOP"]);
    for command in ["run", "attach"] {
        rig.with(command, &elf, &["--trace", "run.bkt"]).exits(2).one_error().says(&["app.elf", "feature `trace`"]);
    }
    assert!(!rig.chip().exists() && !rig.path().join("run.bkt").exists());
}
