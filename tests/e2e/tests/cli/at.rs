//! `bkctl trace at`: the machine at an instant of a recording.

use std::fs;
use std::path::Path;

use bluekernel_e2e::{BOARDS, Board, MORE_BOARDS, MPS2, bkctl, projects_target, run, scratch};
use serde_json::Value;

/// The middle of the longest stretch that `task` ran for without a break, in nanoseconds, by the export for Chrome.
pub(crate) fn middle_of_longest_run(chrome: &Value, task: &str) -> u64 {
    let events = chrome["traceEvents"].as_array().expect("events");
    let named = |event: &&Value| event["name"] == "thread_name";
    let track = events
        .iter()
        .filter(named)
        .find(|event| event["args"]["name"].as_str().is_some_and(|name| name.starts_with(&format!("{task} "))));
    let track = &track.expect("the task's track")["tid"];
    let marks = events.iter().filter(|event| event["tid"] == *track && event["name"] == "running");
    let marks: Vec<_> = marks.map(|mark| (&mark["ph"], mark["ts"].as_f64().expect("ts"))).collect();
    // A run is a mark of its beginning and the next one, of its end.
    let runs = marks.windows(2).filter(|pair| pair[0].0 == "B" && pair[1].0 == "E");
    let (start, length) =
        runs.map(|pair| (pair[0].1, pair[1].1 - pair[0].1)).max_by(|a, b| a.1.total_cmp(&b.1)).expect("a run");
    ((start + length / 2.0) * 1000.0) as u64
}

/// The recording as exported for Chrome.
pub(crate) fn chrome(folder: &Path, recording: &Path) -> Value {
    let json = recording.with_extension("json");
    run(bkctl(folder, &["trace", "export", "--to", "chrome", "-o"]).arg(&json).arg(recording)).exits(0);
    serde_json::from_str(&fs::read_to_string(json).expect("written")).expect("JSON")
}

fn at(folder: &Path, recording: &Path, time: &str) -> Value {
    let recording = recording.display().to_string();
    let mut command = bkctl(folder, &["trace", "at", &recording, time, "--format", "json"]);
    run(command.env("CARGO_TARGET_DIR", projects_target())).exits(0).json()
}

#[test]
fn in_the_middle_of_a_tasks_run_its_code_runs() {
    BOARDS.into_iter().for_each(|board| its_code_runs_on(board, "--trace"));
}

/// The micro:bit's clock stands still while the kernel makes the first records.
#[test]
fn so_it_does_where_the_clock_starts_behind_the_trace() {
    let microbit = MORE_BOARDS.into_iter().find(|board| board.name == "microbit").expect("the kit's");
    // With debug information the compiler makes other code of it: there are no calls to be seen.
    in_the_middle_of_runs(microbit, "--trace");
}

#[test]
fn so_it_does_by_what_the_simulator_saw() {
    BOARDS.into_iter().for_each(|board| its_code_runs_on(board, "--ghost"));
}

fn its_code_runs_on(board: &Board, option: &str) {
    for (task, moment) in in_the_middle_of_runs(board, option) {
        let calls = moment["calls"].as_array().expect("calls");
        let own = calls.iter().any(|call| call.as_str().is_some_and(|call| call.contains(&format!("::{task}"))));
        assert!(own, "{task}: {calls:#?}");
    }
}

/// Some tasks, each with the moment in the middle of its longest run: then it is the one that runs.
fn in_the_middle_of_runs(board: &Board, option: &str) -> [(&'static str, Value); 3] {
    let fixture = board.fixture();
    let recording = fixture.beside(&format!("at{option}.bkt"));
    run(bkctl(&fixture.project, &["sim", "--for", "200ms", option]).arg(&recording).arg(fixture.elf())).exits(0);
    let chrome = chrome(&fixture.project, &recording);
    ["alpha", "charlie", "echo"].map(|task| {
        let time = middle_of_longest_run(&chrome, task);
        let moment = at(&fixture.project, &recording, &format!("{time}ns"));
        let tasks = moment["tasks"].as_array().expect("tasks");
        let state = tasks.iter().find(|entry| entry["name"] == task).map(|entry| &entry["state"]);
        assert_eq!(state.and_then(Value::as_str), Some("running"), "{time} ns: {tasks:#?}");
        (task, moment)
    })
}

#[test]
fn another_firmware_is_refused() {
    let fixture = MPS2.fixture();
    let folder = scratch();
    let recording = folder.path().join("run.bkt");
    run(bkctl(&fixture.project, &["sim", "--for", "20ms", "--trace"]).arg(&recording).arg(fixture.elf())).exits(0);
    super::firmware::build_foreign(folder.path(), "foreign.elf", super::firmware::SLEEPS);
    run(&mut bkctl(folder.path(), &["trace", "at", "run.bkt", "10ms", "--elf", "foreign.elf"]))
        .exits(2)
        .one_error()
        .says(&["foreign.elf", "is not the firmware of this recording"]);
    run(&mut bkctl(folder.path(), &["trace", "report", "run.bkt", "--elf", "foreign.elf"]))
        .exits(2)
        .one_error()
        .says(&["foreign.elf", "is not the firmware of this recording"]);
    assert!(!folder.path().join("report.html").exists());
    run(&mut bkctl(folder.path(), &["trace", "at", "run.bkt", "1s", "--elf", fixture.elf()]))
        .exits(2)
        .one_error()
        .says(&["1s is not within the recording"]);
}

/// The page shows of each crate what `bkctl size` says of it.
#[test]
fn the_page_of_a_known_firmware_has_its_memory_map() {
    let fixture = MPS2.fixture();
    let folder = scratch();
    let recording = folder.path().join("run.bkt");
    run(bkctl(&fixture.project, &["sim", "--for", "20ms", "--trace"]).arg(&recording).arg(fixture.elf())).exits(0);
    run(&mut bkctl(folder.path(), &["trace", "report", "run.bkt", "--elf", fixture.elf()])).exits(0);
    let page = fs::read_to_string(folder.path().join("report.html")).expect("written");
    let size = ["size", fixture.elf(), "--board", MPS2.name, "--format", "json"];
    let size = run(&mut bkctl(folder.path(), &size)).exits(0).json();
    for region in size["regions"].as_array().expect("regions").iter().filter(|region| region["used"] != 0) {
        let words = format!("<b>{}</b> {} B of ", region["name"].as_str().expect("a name"), region["used"]);
        assert!(page.contains(&words), "{words}");
    }
    let table = &page[page.find("<table id=\"crates\">").expect("a table")..];
    for one in size["crates"].as_array().expect("crates").iter().take(5) {
        let name = one["name"].as_str().expect("a name");
        let row = &table[table.find(&format!("<td>{name}")).unwrap_or_else(|| panic!("no {name}"))..];
        let row = &row[..row.find("</tr>").expect("a row")];
        for key in ["flash", "ram"] {
            let cell = format!("data-key=\"{key}\" data-value=\"{}\"", one[key]);
            assert!(row.contains(&cell), "{name}: {cell} is not in {row}");
        }
    }
}
