//! Firmware of other kernels: its tasks are seen from the simulator, by its ELF file alone.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use bluekernel_e2e::{MPS2, bkctl, command, projects_target, repository, run, scratch};
use serde_json::Value;

use super::at::{chrome, middle_of_longest_run};
use super::firmware::{SLEEPS, build_foreign};
use super::trace::viewer;

/// A kernel: what its authors call it, a firmware of it, and some of that firmware's tasks.
type Kernel = (&'static str, PathBuf, [&'static str; 2]);

/// The kernels. Their firmware is built once; make takes no folder with a space in its name, as a scratch folder's is.
fn kernels() -> &'static [Kernel; 2] {
    static BUILT: OnceLock<[Kernel; 2]> = OnceLock::new();
    BUILT.get_or_init(|| {
        let (firmware, folder) = (repository().join("tests/firmware"), projects_target());
        let freertos = folder.join("freertos-an385");
        let build = format!("BUILD={}", freertos.display());
        run(command("make").current_dir(firmware.join("freertos")).args(["BOARD=an385", &build])).exits(0);
        let arguments = ["build", "--quiet", "--locked", "-p", "embassy", "--profile", "described"];
        run(command("cargo").current_dir(firmware).args(arguments)).exits(0);
        let embassy = folder.join("thumbv7m-none-eabi/described/embassy");
        [
            ("FreeRTOS", freertos.join("freertos.elf"), ["Tmr Svc", "all"]),
            ("Embassy", embassy, ["embassy::worker 2", "embassy::button"]),
        ]
    })
}

#[test]
fn the_viewer_shows_tasks_of_other_kernels() {
    let folder = scratch();
    for (kernel, elf, tasks) in kernels() {
        let elf = elf.display();
        let seen = viewer(folder.path(), &format!("trace view '{elf}' --board {} --trace run.bkt", MPS2.name));
        assert!(seen.contains(&format!("{kernel} without tracing: shown is what the simulator sees of it")), "{seen}");
        assert!(tasks.iter().all(|task| seen.contains(task)), "{seen}");
        // What was shown is kept.
        let view = run(&mut bkctl(folder.path(), &["trace", "view", "run.bkt", "--text", "--width", "100"])).exits(0);
        assert!(tasks.iter().all(|task| view.out.contains(task)), "{}", view.out);
    }
}

#[test]
fn where_tasks_of_other_kernels_are_is_known_at_every_instant() {
    let folder = scratch();
    let [(_, freertos, _), (_, embassy, _)] = kernels();
    for (elf, task, function, source) in [
        (freertos, "all", "all (", "main.c:"),
        (embassy, "embassy::worker 2", "__worker_task", "embassy/src/"),
        (embassy, "embassy::button", "__button_task", "embassy/src/"),
    ] {
        let elf = elf.to_str().expect("UTF-8");
        run(&mut bkctl(folder.path(), &["sim", elf, "--board", MPS2.name, "--ghost", "ghost.bkt"])).exits(0);
        let recording = folder.path().join("ghost.bkt");
        let time = middle_of_longest_run(&chrome(folder.path(), &recording), task);
        let arguments = ["trace", "at", "ghost.bkt", &format!("{time}ns"), "--elf", elf, "--format", "json"];
        let moment = run(&mut bkctl(folder.path(), &arguments)).exits(0).json();
        let calls: Vec<_> =
            moment["calls"].as_array().expect("calls").iter().filter_map(|call| call.as_str()).collect();
        assert!(calls.iter().any(|call| call.contains(function) && call.contains(source)), "{task}: {calls:#?}");
        // Its tasks are told from the recording; one runs.
        let tasks = moment["tasks"].as_array().expect("tasks");
        let running: Vec<_> =
            tasks.iter().filter(|task| task["state"] == "running").map(|task| &task["name"]).collect();
        assert_eq!(running, [task], "{tasks:#?}");
        assert!(tasks.iter().all(|task| task["stack_bytes"].is_null() && task["place"].is_null()), "{tasks:#?}");
    }
    // Neither file says which build it is of, so nobody but the person can say that they belong together.
    let arguments = ["trace", "at", "ghost.bkt", "200ms", "--board", MPS2.name];
    run(&mut bkctl(folder.path(), &arguments)).exits(2).one_error();
}

/// The cycle of the first event `next` that directly follows one of `running` that it waits.
fn behind_a_wait(events: &str, running: &str, next: &str) -> u64 {
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let events: Vec<_> = events.collect();
    let pairs = events.windows(2).map(|pair| (&pair[0], &pair[1]));
    let mut pairs = pairs.filter(|(before, _)| before["event"] == "block" && before["running"] == running);
    pairs
        .find(|(_, after)| after["event"] == next)
        .and_then(|(_, after)| after["cycles"].as_u64())
        .expect("there is one")
}

#[test]
fn where_a_task_was_left_is_known_at_the_switch() {
    let folder = scratch();
    let [(_, elf, _), _] = kernels();
    let elf = elf.to_str().expect("UTF-8");
    run(&mut bkctl(folder.path(), &["sim", elf, "--board", MPS2.name, "--ghost", "ghost.bkt"])).exits(0);
    run(&mut bkctl(folder.path(), &["trace", "export", "ghost.bkt", "--to", "jsonl", "-o", "ghost.jsonl"])).exits(0);
    let events = fs::read_to_string(folder.path().join("ghost.jsonl")).expect("written");
    let switch = behind_a_wait(&events, "produce", "switch_in");
    let arguments = ["trace", "at", "ghost.bkt", &format!("{switch}cy"), "--elf", elf];
    let moment = run(&mut bkctl(folder.path(), &arguments)).exits(0).out;
    // The switch is in the handler of PendSV, and the task was left where it asked for it.
    let handler = moment.find(": PendSV_Handler (").unwrap_or_else(|| panic!("no switch:\n{moment}"));
    assert!(moment[handler..].contains(": producer (") && moment[handler..].contains("main.c:"), "{moment}");
}

#[test]
fn an_elf_in_the_place_of_a_recording_goes_wrong_in_clear_words() {
    let folder = scratch();
    build_foreign(folder.path(), "foreign.elf", SLEEPS);
    let view = |arguments: &[&str]| run(bkctl(folder.path(), &["trace", "view"]).args(arguments)).exits(2).one_error();
    view(&["foreign.elf"]).says(&["which board?", "--board"]);
    let on_board = ["--board", MPS2.name];
    let view = |arguments: &[&str]| view(&[arguments, &on_board].concat());
    view(&["foreign.elf"]).says(&["no kernel is known in this firmware", "BlueKernel, FreeRTOS, Embassy"]);
    view(&["foreign.elf", "--text"]).says(&["--text is for recordings", "foreign.elf", "--ghost"]);
    view(&["foreign.elf", "--elf", "other.elf"]).says(&["foreign.elf", "--elf names another one"]);
    view(&["absent.elf"]).says(&["absent.elf"]);
    let arguments = ["trace", "record", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "1ms"];
    run(&mut bkctl(folder.path(), &arguments)).exits(0);
    for option in [&["--ghost"][..], &["--trace", "other.bkt"]] {
        view(&[&["run.bkt"], option].concat()).says(&["run.bkt is a recording"]);
    }
    for (kernel, elf, _) in kernels() {
        view(&[elf.to_str().expect("UTF-8")]).says(&[kernel, "needs a terminal"]);
    }
}
