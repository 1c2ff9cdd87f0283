//! bksim missing, of another protocol, broken, or killed: one message, exit code 5, and the recording opens.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bluekernel_e2e::{MPS2, bkctl, children, command, finished, parent_of, programs, run, scratch, signal};

const FAKE: &str = env!("CARGO_BIN_EXE_fake-bksim");

#[test]
fn no_bksim() {
    let folder = scratch();
    fs::copy(programs().join("bkctl"), folder.path().join("bkctl")).expect("copied");
    let mut alone = command(folder.path().join("bkctl"));
    alone.current_dir(folder.path()).env("PATH", folder.path()).args([
        "sim",
        MPS2.fixture().elf(),
        "--board",
        MPS2.name,
    ]);
    run(&mut alone).exits(5).one_error().says(&["bksim", "install.sh"]);
    run(alone.env("BKSIM", "no/such/bksim")).exits(5).one_error().says(&["no/such/bksim"]);
}

#[test]
fn bksim_is_found_in_the_environment_and_on_the_path() {
    let folder = scratch();
    fs::copy(programs().join("bkctl"), folder.path().join("bkctl")).expect("copied");
    let sim = || {
        let mut alone = command(folder.path().join("bkctl"));
        alone.current_dir(folder.path()).args(["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "1ms"]);
        alone
    };
    run(sim().env("BKSIM", programs().join("bksim"))).exits(0);
    run(sim().env("PATH", programs())).exits(0);
}

/// bkctl beside a bksim that misbehaves in the way `how`.
fn with_fake(how: &str) -> bluekernel_e2e::Run {
    let folder = scratch();
    fs::copy(programs().join("bkctl"), folder.path().join("bkctl")).expect("copied");
    let mut sim = command(folder.path().join("bkctl"));
    sim.current_dir(folder.path()).env("BKSIM", FAKE).env("FAKE_BKSIM", how);
    run(sim.args(["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "1ms"]))
}

#[test]
fn bksim_of_another_protocol_version() {
    with_fake("version").exits(5).one_error().says(&["99", "protocol", "install.sh"]);
}

#[test]
fn bksim_that_is_something_else_or_ends_at_once() {
    with_fake("garbage").exits(5).one_error().says(&["fake-bksim"]);
    with_fake("ends").exits(5).one_error().says(&["bksim"]);
}

#[test]
fn a_run_of_which_nothing_comes_leaves_the_last_recording() {
    let folder = scratch();
    fs::copy(programs().join("bkctl"), folder.path().join("bkctl")).expect("copied");
    fs::write(folder.path().join("last.bkt"), "of the last run").expect("written");
    for file in ["last.bkt", "new.bkt"] {
        let mut sim = command(folder.path().join("bkctl"));
        sim.current_dir(folder.path()).env("BKSIM", FAKE).env("FAKE_BKSIM", "ends");
        sim.args(["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "1ms", "--trace", file]);
        run(&mut sim).exits(5).one_error();
    }
    assert_eq!(fs::read_to_string(folder.path().join("last.bkt")).expect("still there"), "of the last run");
    assert!(!folder.path().join("new.bkt").exists());
}

/// Waits until `file` has at least `bytes` bytes.
pub(crate) fn wait_for(file: &std::path::Path, bytes: u64) {
    let start = Instant::now();
    while fs::metadata(file).map_or(0, |data| data.len()) < bytes {
        assert!(start.elapsed() < Duration::from_secs(60), "{} does not grow", file.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn bksim_killed_in_the_middle() {
    let folder = scratch();
    let child = bkctl(
        folder.path(),
        &["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "600s", "--pace", "1x", "--trace", "run.bkt"],
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("starts");
    wait_for(&folder.path().join("run.bkt"), 6000);
    let simulators = children(child.id());
    assert_eq!(simulators.len(), 1, "{simulators:?}");
    signal(simulators[0], "KILL");
    finished(child.wait_with_output().expect("ends")).exits(5).one_error().says(&["bksim", "run.bkt"]);
    run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt"])).exits(0);
}

#[test]
fn bksim_does_not_outlive_bkctl() {
    let folder = scratch();
    let mut child = bkctl(
        folder.path(),
        &["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "600s", "--pace", "1x", "--trace", "run.bkt"],
    )
    .stdout(Stdio::null())
    .stderr(Stdio::null())
    .spawn()
    .expect("starts");
    wait_for(&folder.path().join("run.bkt"), 6000);
    let simulators = children(child.id());
    assert_eq!(simulators.len(), 1, "{simulators:?}");
    child.kill().expect("killed");
    child.wait().expect("waited for");
    let start = Instant::now();
    while parent_of(simulators[0]).is_some() {
        assert!(start.elapsed() < Duration::from_secs(5), "bksim still lives");
        std::thread::sleep(Duration::from_millis(20));
    }
    run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt"])).exits(0);
}
