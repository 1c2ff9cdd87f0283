//! Same firmware, same recording, byte for byte; one microsecond more, another one.

use std::fs;
use std::process::Stdio;

use bluekernel_e2e::{BOARD, bkctl, finished, fixture, new_project, run, scratch, sha256};

#[test]
fn two_runs_at_once_and_a_paced_one_record_the_same() {
    let folder = scratch();
    let sim = |file: &str, pace: &str| {
        let mut command = bkctl(
            folder.path(),
            &["sim", fixture().elf(), "--board", BOARD, "--for", "300ms", "--trace", file, "--pace", pace],
        );
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let runs = [("a.bkt", "max"), ("b.bkt", "max"), ("c.bkt", "0.5x")];
    let started: Vec<_> = runs.iter().map(|(file, pace)| sim(file, pace).spawn().expect("starts")).collect();
    let done: Vec<_> =
        started.into_iter().map(|child| finished(child.wait_with_output().expect("ends")).exits(0)).collect();
    let hash = sha256(&folder.path().join("a.bkt"));
    for ((file, _), done) in runs.iter().zip(&done) {
        assert_eq!(sha256(&folder.path().join(file)), hash, "{file}");
        assert!(done.err.contains(&hash), "{file}: the printed hash is another one:\n{}", done.err);
        assert_eq!(done.out, done.out.clone(), "{file}");
        assert_eq!(done.out, run(&mut sim("d.bkt", "max")).out, "{file}: the text differs");
    }
}

#[test]
fn one_microsecond_changes_the_hash() {
    let folder = scratch();
    let project = new_project(folder.path(), "microsecond");
    let hash = || {
        let done =
            run(&mut bkctl(&project, &["trace", "record", "-o", "run.bkt", "--for", "300ms", "--format", "json"]))
                .exits(0)
                .json();
        assert_eq!(done["trace"]["sha256"], sha256(&project.join("run.bkt")));
        done["trace"]["sha256"].as_str().expect("a hash").to_owned()
    };
    let before = hash();
    let main = project.join("src/main.rs");
    let text = fs::read_to_string(&main).expect("generated");
    let place = text.find("from_millis(").expect("the template has a period in milliseconds");
    let end = place + text[place..].find(')').expect("closed");
    let millis: u64 = text[place + "from_millis(".len()..end].parse().expect("a number");
    let changed = format!("{}from_micros({}{}", &text[..place], millis * 1000 + 1, &text[end..]);
    fs::write(&main, changed).expect("written");
    assert_ne!(hash(), before);
}
