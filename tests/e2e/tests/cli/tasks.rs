//! `bkctl tasks`: what each task does, and at which line.

use std::fs;

use bluekernel_e2e::{BOARDS, Board, MPS2, bkctl, projects_target, run, scratch};

/// The line of the first `text` behind `fn name`.
fn line_of(source: &str, name: &str, text: &str) -> usize {
    let from = source.lines().position(|line| line.starts_with(&format!("fn {name}()"))).expect("the task");
    from + 1 + source.lines().skip(from).position(|line| line.contains(text)).expect("the call")
}

#[test]
fn each_task_is_at_the_line_where_it_waits() {
    BOARDS.into_iter().for_each(at_the_line_on);
}

fn at_the_line_on(board: &Board) {
    let project = &board.fixture().project;
    let source = fs::read_to_string(project.join("src/main.rs")).expect("the template");
    let mut command = bkctl(project, &["tasks", "--for", "300ms", "--format", "json"]);
    let answer = run(command.env("CARGO_TARGET_DIR", projects_target())).exits(0).json();
    assert_eq!(answer["schema"], "bk.tasks/1");
    // It stops behind the instruction of that time.
    let time = answer["time_ps"].as_u64().expect("a time");
    assert!((300_000_000_000..300_001_000_000).contains(&time), "{time}");
    // Between two rounds these wait for their semaphores, whatever the board.
    for (name, call, object) in [("alpha", "ROUND.take()", "ROUND"), ("bravo", "GATE.take()", "GATE")] {
        let tasks = answer["tasks"].as_array().expect("tasks");
        let task = tasks.iter().find(|task| task["name"] == name).expect("the task");
        assert_eq!(task["state"], "blocked", "{task}");
        assert!(task["waits_for"].as_str().is_some_and(|waits| waits.ends_with(object)), "{task}");
        let calls = task["calls"].as_array().expect("calls");
        let own = calls.iter().find(|call| call["function"].as_str().is_some_and(|function| function.ends_with(name)));
        let line = format!("src/main.rs:{}", line_of(&source, name, call));
        assert_eq!(own.expect("its function")["line"], line, "{task}");
    }
}

#[test]
fn firmware_of_another_kernel_is_refused() {
    let folder = scratch();
    super::firmware::build_foreign(folder.path(), "foreign.elf", super::firmware::SLEEPS);
    run(&mut bkctl(folder.path(), &["tasks", "foreign.elf", "--board", MPS2.name]))
        .exits(2)
        .one_error()
        .says(&["foreign.elf", "does not describe a BlueKernel kernel"]);
}
