//! What the simulator said of interrupts, from pend to handler, is where people look: on the report's page and in the viewer,
//! at its time in the recording, with the line that masked.

use std::fs;
use std::path::{Path, PathBuf};

use bluekernel_e2e::{Board, MPS2, STM32F4, bkctl, run, scratch};
use serde_json::{Value, json};

use crate::latency::{DUALTIMER, MAIN, TIM3};
use crate::terminal::Terminal;

/// NOPs under the mask: 120 us of 25 MHz.
const NOPS: u32 = 3000;

/// A project called `name` whose task masks interrupts around NOPs, and the line that does.
fn masking(board: &Board, folder: &Path, name: &str, timer: &str) -> (PathBuf, usize) {
    let project = board.project(folder, name);
    let main = MAIN.replace("{timer}", timer).replace("{nops}", &NOPS.to_string());
    fs::write(project.join("src/main.rs"), &main).expect("written");
    (project, 1 + main.lines().position(|line| line.contains("cpsid i")).expect("there"))
}

/// Runs it, with lines in its ELF file; what the simulator said goes to `answer`.
fn simulated(project: &Path, time: &str, recording: &str, answer: &str) -> Value {
    let arguments =
        ["sim", "--for", time, "--trace", recording, "--ghost", "ghost.bkt", "--latency", "--format", "json"];
    let mut sim = bkctl(project, &arguments);
    sim.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only").env("CARGO_PROFILE_RELEASE_STRIP", "none");
    let done = run(&mut sim).exits(0);
    fs::write(project.join(answer), &done.out).expect("written");
    done.json()
}

/// When `exception` was entered, in the recording's cycles, in order.
fn entries(project: &Path, recording: &str, exception: u32) -> Vec<u64> {
    run(&mut bkctl(project, &["trace", "export", recording, "--to", "jsonl", "-o", "events.jsonl"])).exits(0);
    let lines = fs::read_to_string(project.join("events.jsonl")).expect("written");
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    events
        .filter(|event| event["event"] == "isr_enter" && event["exception_id"] == exception)
        .map(|event| event["cycles"].as_u64().expect("a number"))
        .collect()
}

/// The rows of a table of the page that are about `name`.
fn rows<'a>(page: &'a str, table: &str, name: &str) -> Vec<&'a str> {
    let from = page.find(&format!("<table id=\"{table}\">")).expect("the table");
    let table = &page[from..from + page[from..].find("</table>").expect("its end")];
    table.split("<tr>").filter(|row| row.starts_with(&format!("<td>{name}</td>"))).collect()
}

#[test]
fn the_page_tells_what_kept_the_slowest_interrupts_waiting() {
    for (board, timer) in [(&MPS2, DUALTIMER), (&STM32F4, TIM3)] {
        let folder = scratch();
        let (project, line) = masking(board, folder.path(), "pended", timer);
        let told = simulated(&project, "100ms", "run.bkt", "run.json");
        let exceptions = told["statistics"]["exceptions"].as_array().expect("a list").iter();
        let timer = exceptions.clone().find(|one| one["exception"] == board.exception).expect("it fired");
        let stats = ["trace", "stats", "run.bkt", "--sim", "run.json", "--format", "json"];
        let stats = run(&mut bkctl(&project, &stats)).exits(0).json();
        let rows_of_stats = stats["latencies"]["exceptions"].as_array().expect("a list");
        let row = rows_of_stats.iter().find(|row| row["name"] == board.timer).expect("the timer");
        assert_eq!((&row["max"], &row["count"]), (&timer["latency"]["max"], &timer["latency"]["count"]));
        assert_eq!(row["longest"][0]["waited_for"]["from"], format!("masker (src/main.rs:{line})"));
        // The recording's entries are those that the ghost, which counts as the simulator does, has at the same places.
        let number = |value: &Value| value.as_u64().expect("a number");
        let worst = &timer["longest"][0];
        let waited = number(&worst["cycles"]);
        let ghosts = entries(&project, "ghost.bkt", board.exception);
        let nth =
            ghosts.iter().position(|at| *at == number(&worst["pended_at"]) + waited).expect("in the ghost's trace");
        let entered = entries(&project, "run.bkt", board.exception)[nth];
        for (recording, entered) in [("run.bkt", entered), ("ghost.bkt", ghosts[nth])] {
            run(&mut bkctl(&project, &["trace", "report", recording, "--sim", "run.json", "-o", "page.html"])).exits(0);
            let page = fs::read_to_string(project.join("page.html")).expect("written");
            let numbers = rows(&page, "latency", board.timer);
            assert_eq!(numbers.len(), 1, "{page}");
            for point in ["count", "min", "p50", "p99", "max"] {
                let cell = format!("data-key=\"latency.{point}\" data-value=\"{}\"", timer["latency"][point]);
                assert!(numbers[0].contains(&cell), "{cell} is not in {}", numbers[0]);
            }
            let longest = rows(&page, "latency-worst", board.timer);
            assert_eq!(longest.len(), 3, "{page}");
            // A quarter of it is shown on both sides.
            let (from, to) = (entered - waited - waited / 4, entered + waited / 4);
            let window = format!("bkctl trace view {recording} --window {from}cy..{to}cy");
            assert!(longest[0].contains(&window), "{}: {window} is not in {}", board.name, longest[0]);
            // The mask was closed and opened by the same line, for so long as the NOPs take; three cycles are for CPSID and CPSIE.
            let place = format!("masker (src/main.rs:{line})</td>");
            assert!(longest[0].contains(&place), "{place} is not in {}", longest[0]);
            let length =
                longest[0].split_once("masked for ").and_then(|(_, rest)| rest.split_once(" us")).expect("a time").0;
            let cycles = length.parse::<f64>().expect("a number") * number(&told["core_hz"]) as f64 / 1e6;
            // Four digits of it are shown.
            assert!((cycles - f64::from(NOPS)).abs() <= 3.0 + cycles / 2000.0, "{length} us are {cycles} cycles");
        }
    }
}

#[test]
fn the_viewer_goes_to_where_the_slowest_was() {
    let folder = scratch();
    let (project, line) = masking(&MPS2, folder.path(), "pend-view", DUALTIMER);
    simulated(&project, "50ms", "run.bkt", "run.json");
    let Some(terminal) = Terminal::open(&project, 120, 40) else { return };
    terminal.wait("the shell", |screen| screen.contains("ready>"));
    terminal.type_line("bkctl trace view run.bkt --sim run.json");
    terminal.wait("the timeline", |screen| screen.contains("DUALTIMER") && screen.contains("masker"));
    terminal.key("4");
    terminal.key("j");
    let place = format!("at masker (src/main.rs:{line})");
    let list = terminal.wait("the longest", |screen| screen.contains("DUALTIMER from pend") && screen.contains(&place));
    assert!(list.contains("PendSV from pend") && !list.contains("      ?  "), "{list}");
    terminal.key("Enter");
    let told = "DUALTIMER waited 11";
    terminal.wait("the wait", |screen| {
        screen.starts_with("[1 Timeline]") && screen.contains(told) && screen.contains(&place)
    });
    terminal.key("q");
    terminal.is_sane();
}

#[test]
fn an_answer_that_is_none_is_refused() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "pend-bad");
    simulated(&project, "5ms", "other.bkt", "run.json");
    // The same firmware once more, not built again: in the folder that all projects share, another test may have compiled the
    // kernel in between, and then the debug information names other places.
    let again = ["sim", "--no-build", "--for", "10ms", "--trace", "run.bkt", "--format", "json"];
    let done = run(&mut bkctl(&project, &again)).exits(0);
    fs::write(project.join("run.json"), &done.out).expect("written");
    let mut told = done.json();
    let mut write = |name: &str, key: &[&str], value: Value| {
        let mut place = &mut told;
        for part in key {
            place = &mut place[*part];
        }
        let before = std::mem::replace(place, value);
        fs::write(project.join(name), told.to_string()).expect("written");
        let mut place = &mut told;
        for part in key {
            place = &mut place[*part];
        }
        *place = before;
    };
    write("none.json", &["statistics", "exceptions"], json!([]));
    write("older.json", &["statistics"], json!({ "instructions": 1, "cycles": 1, "sleep_cycles": 0 }));
    write("firmware.json", &["build_id"], json!("00ff"));
    write("schema.json", &["schema"], json!("bk.sim/9"));
    fs::write(project.join("text.json"), "no JSON").expect("written");
    for (recording, answer, words) in [
        ("run.bkt", "none.json", "no interrupt was taken in that run"),
        ("run.bkt", "older.json", "no answer of `bkctl sim --format json`: missing field `exceptions`"),
        ("run.bkt", "firmware.json", "about another firmware: of build 00ff"),
        ("run.bkt", "schema.json", "of schema `bk.sim/9`, not bk.sim/1"),
        ("run.bkt", "text.json", "no answer of `bkctl sim --format json`"),
        ("run.bkt", "missing.json", "No such file"),
        ("other.bkt", "run.json", "about another run: other.bkt is not the recording it names"),
    ] {
        // A run without interrupts is one, for numbers.
        let also = (answer != "none.json").then_some("stats");
        for command in ["report", "view"].into_iter().chain(also) {
            let told = run(&mut bkctl(&project, &["trace", command, recording, "--sim", answer])).exits(2);
            told.one_error().says(&[answer, words]);
        }
    }
    // Firmware that is to run has no such answer yet.
    let elf = told["elf"].as_str().expect("a path");
    run(&mut bkctl(&project, &["trace", "view", elf, "--sim", "run.json"]))
        .exits(2)
        .one_error()
        .says(&["--sim is about a recording"]);
    assert!(!project.join("report.html").exists());
}
