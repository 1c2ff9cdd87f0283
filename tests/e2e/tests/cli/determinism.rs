//! Same firmware, same recording, byte for byte; one microsecond more, another one.

use std::fs;
use std::process::Stdio;

use bluekernel_e2e::{BOARDS, Board, bkctl, finished, run, scratch, sha256};

#[test]
fn two_runs_at_once_and_a_paced_one_record_the_same() {
    BOARDS.into_iter().for_each(the_runs_are_equal_on);
}

fn the_runs_are_equal_on(board: &Board) {
    let folder = scratch();
    let elf = board.fixture().elf();
    let sim = |file: &str, pace: &str| {
        let mut command = bkctl(
            folder.path(),
            &["sim", elf, "--board", board.name, "--for", "300ms", "--trace", file, "--pace", pace],
        );
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let runs = [("a.bkt", "max"), ("b.bkt", "max"), ("c.bkt", "0.5x")];
    let started: Vec<_> = runs.iter().map(|(file, pace)| sim(file, pace).spawn().expect("starts")).collect();
    let done: Vec<_> =
        started.into_iter().map(|child| finished(child.wait_with_output().expect("ends")).exits(0)).collect();
    let alone = run(&mut sim("alone.bkt", "max")).exits(0);
    let hash = sha256(&folder.path().join("alone.bkt"));
    for ((file, _), done) in runs.iter().zip(&done) {
        assert_eq!(sha256(&folder.path().join(file)), hash, "{file}");
        assert!(done.err.contains(&hash), "{file}: the printed hash is another one:\n{}", done.err);
        assert_eq!(done.out, alone.out, "{file}: the text differs");
    }
}

#[test]
fn one_microsecond_changes_the_hash() {
    BOARDS.into_iter().for_each(a_microsecond_matters_on);
}

fn a_microsecond_matters_on(board: &Board) {
    let folder = scratch();
    let project = board.project(folder.path(), "microsecond");
    let recording = || {
        let arguments = ["trace", "record", "-o", "run.bkt", "--for", "300ms", "--format", "json"];
        let done = run(&mut bkctl(&project, &arguments)).exits(0).json();
        let file = project.join("run.bkt");
        assert_eq!(done["trace"]["sha256"], sha256(&file));
        events(&fs::read(file).expect("recorded")).to_owned()
    };
    let before = recording();
    let main = project.join("src/main.rs");
    let text = fs::read_to_string(&main).expect("generated");
    let place = text.find("from_millis(").expect("the template has a period in milliseconds");
    let end = place + text[place..].find(')').expect("closed");
    let millis: u64 = text[place + "from_millis(".len()..end].parse().expect("a number");
    let changed = format!("{}from_micros({}{}", &text[..place], millis * 1000 + 1, &text[end..]);
    fs::write(&main, changed).expect("written");
    assert!(recording() != before, "{}: the same events", board.name);
}

/// What stands behind a recording's header. That names the firmware, which is another one after any change.
fn events(recording: &[u8]) -> &[u8] {
    let length = recording[12..16].try_into().map(u32::from_le_bytes).expect("four bytes");
    &recording[16 + length as usize..]
}
