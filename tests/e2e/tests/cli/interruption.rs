//! Ctrl-C: exit code 130, no child left, the recording whole.

use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bluekernel_e2e::{MPS2, bkctl, children, finished, parent_of, run, scratch, sha256, signal, signal_group};

use super::simulator_trouble::wait_for;

#[test]
fn ctrl_c_ends_a_run_cleanly() {
    for name in ["INT", "TERM"] {
        let folder = scratch();
        let child = bkctl(
            folder.path(),
            &["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "600s", "--pace", "1x", "--trace", "run.bkt"],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
        let file = folder.path().join("run.bkt");
        wait_for(&file, 6000);
        let simulators = children(child.id());
        let start = Instant::now();
        signal(child.id(), name);
        let done = finished(child.wait_with_output().expect("ends")).exits(130);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(simulators.iter().all(|pid| parent_of(*pid).is_none()), "bksim still lives");
        assert!(done.err.contains(&sha256(&file)), "{}", done.err);
        run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt"])).exits(0);
    }
}

/// On a terminal, Ctrl-C reaches every process of the group: bkctl, bksim, and cargo while it builds.
#[test]
fn ctrl_c_on_a_terminal_reaches_all_and_ends_as_cleanly() {
    let folder = scratch();
    let child = bkctl(
        folder.path(),
        &["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "600s", "--pace", "1x", "--trace", "run.bkt"],
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .process_group(0)
    .spawn()
    .expect("starts");
    let file = folder.path().join("run.bkt");
    wait_for(&file, 6000);
    signal_group(child.id(), "INT");
    let done = finished(child.wait_with_output().expect("ends")).exits(130);
    assert!(!done.err.contains("error"), "{}", done.err);
    assert!(done.err.contains(&sha256(&file)), "{}", done.err);
    run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt"])).exits(0);
}
