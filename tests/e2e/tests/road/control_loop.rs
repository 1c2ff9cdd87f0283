//! The template `control-loop`: what it tells, to the letter, from what its comments promise, computed here again; and what
//! the lints say of its mistakes.

use std::fs;
use std::path::{Path, PathBuf};

use bluekernel_e2e::{BOARDS, Board, MORE_BOARDS, MPS2, bkctl, run, scratch};
use serde_json::Value;

/// The two mistakes: lines that stand there as comments.
const INVERSION: &str = "#[path = \"semaphore.rs\"]";
const STARVATION: &str = "while !CHECKED.is_empty() {}";

#[test]
fn the_control_loop_tells_the_same_on_every_board() {
    BOARDS.into_iter().chain(MORE_BOARDS).for_each(tells_on);
}

fn tells_on(board: &Board) {
    let folder = scratch();
    let project = board.project_from("control-loop", folder.path(), "talking");
    let built = run(&mut bkctl(&project, &["build"])).exits(0);
    let text = board.text(built.out.trim().as_ref(), folder.path(), "1s");
    assert_eq!(text, lines(1_000).concat(), "{}", board.name);
}

/// What the logger tells until `end`, in milliseconds. Each task's work is done before the next one's release.
fn lines(end: i32) -> Vec<String> {
    let (mut level, mut valve, mut samples, mut checks, mut noise) = (500, 0, 0, 0, 1_u32);
    let (mut smooth, mut levels, mut command, mut logged) = (500, Vec::new(), 0, None);
    let mut lines = Vec::new();
    for time in 0..end {
        let released = |first: i32, period: i32| time >= first && (time - first) % period == 0;
        if released(5, 5) {
            // The linear congruential generator of Numerical Recipes.
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            samples += 1;
            level += valve - 20;
            levels.push(level + i32::try_from(noise / (1 << 29)).expect("three bits"));
        }
        if released(11, 10) {
            for level in levels.drain(..) {
                smooth += (level - smooth) / 4;
            }
            command = (20 + (1_000 - smooth) / 8).clamp(0, 100);
        }
        if released(12, 10) {
            valve = command;
        }
        // The worker interrupts the logger before it has looked at the state. What it then sees is what was true when it
        // took the state: all others must wait for it.
        if released(12, 100) {
            logged = Some((samples, level, valve));
        }
        if released(13, 20) {
            checks += 1;
            if let Some((samples, level, valve)) = logged.take() {
                lines.push(format!("sample {samples}: level {level} mm, valve {valve} mm; check {checks}\r\n"));
            }
        }
    }
    lines
}

/// A recording of 300 ms of the template as project `name`, with its text changed.
fn recorded(board: &Board, folder: &Path, name: &str, change: impl FnOnce(String) -> String) -> PathBuf {
    let project = board.project_from("control-loop", folder, name);
    let source = project.join("src/main.rs");
    let text = fs::read_to_string(&source).expect("generated");
    fs::write(&source, change(text)).expect("written");
    run(&mut bkctl(&project, &["sim", "--for", "300ms", "--trace", "run.bkt"])).exits(0);
    project.join("run.bkt")
}

/// The text with a line in that stands there as a comment.
fn let_in(text: &str, line: &str) -> String {
    let comment = format!("// {line}");
    assert_eq!(text.matches(&comment).count(), 1, "{line}");
    text.replace(&comment, line)
}

/// What is found, by `lint`; the names of its tasks and objects.
fn found<'a>(report: &'a Value, lint: &str) -> Vec<(Vec<&'a str>, Vec<&'a str>, &'a Value)> {
    let names = |all: &'a Value| {
        let names = all.as_array().expect("a list").iter().map(|named| named["name"].as_str().expect("a name"));
        names.collect::<Vec<_>>()
    };
    let findings = report["findings"].as_array().expect("a list").iter().filter(|finding| finding["lint"] == lint);
    findings
        .map(|finding| (names(&finding["evidence"]["tasks"]), names(&finding["evidence"]["objects"]), finding))
        .collect()
}

#[test]
fn nothing_is_found_in_the_template_as_it_is() {
    for board in BOARDS {
        let folder = scratch();
        let file = recorded(board, folder.path(), "faultless", |text| text);
        let lint = run(bkctl(folder.path(), &["trace", "lint", "--deny", "warnings"]).arg(&file)).exits(0);
        assert_eq!(lint.out, "0 errors, 0 warnings\n", "{}", board.name);
    }
}

#[test]
fn the_first_mistake_is_a_priority_inversion_of_the_tasks_and_the_lock_that_make_it() {
    for board in BOARDS {
        inverted(board, "tank", |text| text, ["sensor", "logger", "worker"], "tank::STATE");
    }
}

#[test]
fn the_inversion_follows_the_names() {
    let rename = |text: String| {
        let text = text.replace("fn sensor(", "fn level_gauge(").replace("fn logger(", "fn 记录器(");
        text.replace("fn worker(", "fn checksum(").replace("STATE", "TANK")
    };
    inverted(&MPS2, "basin", rename, ["level_gauge", "记录器", "checksum"], "basin::TANK");
}

fn inverted(board: &Board, name: &str, change: impl FnOnce(String) -> String, tasks: [&str; 3], lock: &str) {
    let folder = scratch();
    let file = recorded(board, folder.path(), name, |text| change(let_in(&text, INVERSION)));
    let report = run(bkctl(folder.path(), &["trace", "lint", "--format", "json"]).arg(&file)).exits(1).json();
    assert_eq!(report["schema"], "bk.trace.lint/1");
    let inversions = found(&report, "priority-inversion");
    // Of two that wait for the same, the one that waited first is told first.
    let (names, objects, finding) = inversions.first().expect("an inversion");
    assert_eq!((names.get(..3), objects.as_slice()), (Some(&tasks[..]), &[lock][..]), "{report}");
    assert_eq!(finding["severity"], "error");
    assert!(inversions.iter().all(|(names, objects, _)| names[1] == tasks[1] && objects == &[lock]), "{report}");
    // At 12.5 ms, 112.5 ms and 212.5 ms.
    assert_eq!(finding["occurrences"], 3);
    // The statistics measure the same wait, in their own way.
    let stats = run(bkctl(folder.path(), &["trace", "stats", "--format", "json"]).arg(&file)).exits(0).json();
    let row = stats["tasks"].as_array().expect("rows").iter().find(|row| row["name"] == tasks[0]).expect("a row");
    let waits = row["blocked"].as_array().expect("rows");
    let wait = waits.iter().find(|wait| wait["reason"] == "semaphore").expect("a wait");
    let (start, end) = (&finding["evidence"]["window"]["start"], &finding["evidence"]["window"]["end"]);
    assert_eq!(end.as_u64().zip(start.as_u64()).map(|(end, start)| end - start), wait["duration"]["max"].as_u64());
    // And the window can be looked at.
    let text = run(bkctl(folder.path(), &["trace", "lint"]).arg(&file)).exits(1);
    let window = format!("{start}cy..{end}cy");
    assert!(text.out.contains(&format!("--window {window}")), "{}", text.out);
    let view = ["trace", "view", "--text", "--width", "100", "--window", &window];
    run(bkctl(folder.path(), &view).arg(&file)).exits(0);
}

#[test]
fn the_second_mistake_starves_the_logger() {
    let folder = scratch();
    let file = recorded(&MPS2, folder.path(), "starving", |text| let_in(&text, STARVATION));
    let report = run(bkctl(folder.path(), &["trace", "lint", "--format", "json"]).arg(&file)).exits(1).json();
    let starved = found(&report, "starvation");
    let [(names, _, finding)] = starved.as_slice() else { panic!("{report}") };
    assert_eq!((names.get(..2), &finding["severity"]), (Some(&["logger", "worker"][..]), &"error".into()));
    assert!(found(&report, "priority-inversion").is_empty(), "{report}");
}
