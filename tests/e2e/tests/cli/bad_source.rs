//! Recordings that are damaged, too new or without end, a disk that fills, a source that vanishes: each has its words and
//! its exit code, and nothing that was recorded is lost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use bluekernel_e2e::{MPS2, bkctl, children, finished, programs, run, scratch, signal};

use super::simulator_trouble::wait_for;

/// A recording of so much time of the fixture. It is the same each time, as far as it goes.
fn record(folder: &Path, name: &str, time: &str) -> Vec<u8> {
    let elf = MPS2.fixture().elf();
    run(&mut bkctl(folder, &["trace", "record", "-o", name, elf, "--board", MPS2.name, "--for", time])).exits(0);
    fs::read(folder.join(name)).expect("recorded")
}

/// What a command answers about `file`.
fn asked(folder: &Path, command: &str, file: &str) -> bluekernel_e2e::Run {
    let more: &[&str] = if command == "view" { &["--text"] } else { &[] };
    run(bkctl(folder, &["trace", command, file]).args(more))
}

#[test]
fn a_damaged_recording_is_read_on_behind_the_damage() {
    let folder = scratch();
    let mut bytes = record(folder.path(), "run.bkt", "200ms");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 100].fill(0xff);
    fs::write(folder.path().join("run.bkt"), bytes).expect("written");
    for command in ["stats", "view", "lint"] {
        let done = asked(folder.path(), command, "run.bkt");
        assert!(done.code == 0 || command == "lint" && done.code == 1, "{}", done.err);
        done.says(&["note: run.bkt", "bytes"]);
    }
}

#[test]
fn a_recording_of_a_newer_kit() {
    let folder = scratch();
    let mut bytes = record(folder.path(), "run.bkt", "20ms");
    bytes[8] = 9;
    fs::write(folder.path().join("run.bkt"), bytes).expect("written");
    for command in ["stats", "view", "lint"] {
        asked(folder.path(), command, "run.bkt").exits(2).one_error().says(&["format 9", "open it with a newer kit"]);
    }
}

#[test]
fn a_recording_without_end_fills_no_memory() {
    let folder = scratch();
    record(folder.path(), "run.bkt", "20ms");
    run(&mut bkctl(folder.path(), &["trace", "stats", "/dev/zero"])).exits(2).one_error().says(&["/dev/zero"]);
    // In an address space of 3 GiB, most of it for threads that are not there.
    let endless = format!(
        "ulimit -v 3145728; cat run.bkt /dev/zero | '{}' trace stats /dev/stdin",
        programs().join("bkctl").display()
    );
    run(bluekernel_e2e::command("sh").current_dir(folder.path()).args(["-c", &endless]))
        .exits(2)
        .one_error()
        .says(&["has not ended after 256 MiB"]);
}

#[test]
fn a_disk_that_fills_while_recording() {
    let folder = scratch();
    let whole = record(folder.path(), "whole.bkt", "2s");
    // A limit of 16 blocks stands for a full disk; with the signal ignored, writing fails as it does there.
    for command in ["trace record -o", "sim --trace"] {
        let line = format!(
            "trap '' XFSZ; ulimit -f 16; exec '{}' {command} run.bkt '{}' --board {} --for 2s",
            programs().join("bkctl").display(),
            MPS2.fixture().elf(),
            MPS2.name
        );
        run(bluekernel_e2e::command("sh").current_dir(folder.path()).args(["-c", &line]))
            .exits(2)
            .one_error()
            .says(&["cannot write the recording run.bkt", "The recording so far is in run.bkt"]);
        let bytes = fs::read(folder.path().join("run.bkt")).expect("there");
        // In blocks of 512 bytes or of 1024, as the shell has it; full to the last byte.
        assert!([16 << 9, 16 << 10].contains(&bytes.len()), "{}", bytes.len());
        assert!(whole.starts_with(&bytes));
        asked(folder.path(), "stats", "run.bkt").exits(0);
    }
}

#[test]
fn a_source_that_vanishes_leaves_all_that_it_sent() {
    let folder = scratch();
    let elf = MPS2.fixture().elf();
    let arguments = ["trace", "record", elf, "--board", MPS2.name, "--for", "600s", "--pace", "1x"];
    let child = bkctl(folder.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    wait_for(&folder.path().join("run.bkt"), 6000);
    let simulators = children(child.id());
    assert_eq!(simulators.len(), 1, "{simulators:?}");
    signal(simulators[0], "KILL");
    finished(child.wait_with_output().expect("ends"))
        .exits(5)
        .one_error()
        .says(&["The recording so far is in run.bkt"]);
    let bytes = fs::read(folder.path().join("run.bkt")).expect("there");
    assert!(bytes.len() >= 6000 && record(folder.path(), "whole.bkt", "20s").starts_with(&bytes));
    asked(folder.path(), "stats", "run.bkt").exits(0);
    // A serial line that is pulled out is a file that ends.
    let cut = format!(
        "tail -c +{} run.bkt | '{}' trace record --from /dev/stdin -o line.bkt",
        header_end(&bytes) + 1,
        programs().join("bkctl").display()
    );
    run(Command::new("sh").current_dir(folder.path()).args(["-c", &cut])).exits(0).says(&["a raw trace stream"]);
}

/// Where the stream begins.
fn header_end(bytes: &[u8]) -> usize {
    16 + u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]) as usize
}
