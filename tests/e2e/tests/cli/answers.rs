//! Commands that only answer: version, help, boards, completions, manual pages; and the size report.

use std::process::Stdio;
use std::time::{Duration, Instant};

use bluekernel_e2e::{BOARDS, Board, MPS2, STM32F4, bkctl, command, finished, run, scratch};

#[test]
fn the_version_comes_at_once() {
    let folder = scratch();
    // The bound is for a quiet machine: the fastest of several runs is what the program needs.
    let fastest = (0..20)
        .map(|_| {
            let start = Instant::now();
            run(&mut bkctl(folder.path(), &["--version"])).exits(0);
            start.elapsed()
        })
        .min()
        .expect("20 runs");
    assert!(fastest < Duration::from_millis(20), "{fastest:?}");
}

#[test]
fn help_is_no_error_and_a_wrong_command_is() {
    let folder = scratch();
    assert!(run(&mut bkctl(folder.path(), &["--help"])).exits(0).out.contains("trace"));
    run(&mut bkctl(folder.path(), &["simm"])).exits(2).says(&["sim"]);
}

#[test]
fn boards_in_text_and_json() {
    let folder = scratch();
    assert!(run(&mut bkctl(folder.path(), &["board", "list"])).exits(0).out.contains(MPS2.name));
    let list = run(&mut bkctl(folder.path(), &["board", "list", "--format", "json"])).exits(0).json();
    assert_eq!(list["schema"], "bk.boards/1");
    assert!(list["boards"].as_array().expect("a list").iter().any(|board| board["name"] == MPS2.name));
    let show = run(&mut bkctl(folder.path(), &["board", "show", MPS2.name])).exits(0);
    // Arm DAI 0385, table 3-1: UART0 at 0x40004000.
    assert!(show.out.contains("0x40004000") && show.out.contains("UART0"), "{}", show.out);
    run(&mut bkctl(folder.path(), &["board", "show", "nothing-like-it"])).exits(2).one_error();
}

#[test]
fn boards_that_are_built_in_are_without_a_finding_and_a_wrong_one_is_shown() {
    let folder = scratch();
    let lint = |arguments: &[&str]| run(bkctl(folder.path(), &["board", "lint"]).args(arguments));
    assert!(lint(&[]).exits(0).out.ends_with(" boards, 0 errors, 0 warnings\n"));
    lint(&["nothing-like-it"]).exits(2).one_error();
    let project = MPS2.project(folder.path(), "linted");
    std::fs::create_dir_all(project.join("boards/chips")).expect("made");
    let text =
        std::fs::read_to_string(bluekernel_e2e::repository().join("boards/chips/fe310-g000.toml")).expect("there");
    let text = text.replace("sources = 51", "sources = 50");
    std::fs::write(project.join("boards/chips/fe310-g000.toml"), text).expect("written");
    let lint = |arguments: &[&str]| run(bkctl(&project, &["board", "lint", "hifive1"]).args(arguments)).exits(1);
    // FE310-G000 manual: source 51 is the last comparator of PWM2.
    let told = lint(&[]).out;
    for word in ["interrupt 51 of `PWM2` does not exist", "fe310-g000.toml:", "1 boards, 1 errors, 0 warnings"] {
        assert!(told.contains(word), "{word} is not in:\n{told}");
    }
    let json = lint(&["--format", "json"]).json();
    assert_eq!((&json["schema"], &json["findings"][0]["board"]), (&"bk.board-lint/1".into(), &"hifive1".into()));
}

#[test]
fn a_project_brings_its_own_boards() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "own-board");
    std::fs::create_dir_all(project.join("boards/boards")).expect("made");
    let text = std::fs::read_to_string(bluekernel_e2e::repository().join(format!("boards/boards/{}.toml", MPS2.name)))
        .expect("there");
    let text = text.replace(&format!("name = \"{}\"", MPS2.name), "name = \"my-board\"");
    std::fs::write(project.join("boards/boards/my-board.toml"), text).expect("written");
    assert!(run(&mut bkctl(&project, &["board", "list"])).exits(0).out.contains("my-board"));
    run(&mut bkctl(&project, &["board", "show", "my-board"])).exits(0);
}

#[test]
fn completions_and_manual_pages() {
    let folder = scratch();
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&mut bkctl(folder.path(), &["completions", shell])).exits(0).out.contains("bkctl"));
    }
    run(&mut bkctl(folder.path(), &["man", "pages"])).exits(0);
    assert!(folder.path().join("pages/bkctl.1").is_file());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = scratch();
    let elf = MPS2.fixture().elf();
    let sim = ["sim", elf, "--board", MPS2.name, "--for", "100ms", "--trace", "run.bkt"];
    for arguments in [&["completions", "bash"][..], &sim] {
        let mut bkctl = bkctl(folder.path(), arguments);
        let mut child = bkctl.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        drop(child.stdout.take());
        let done = finished(child.wait_with_output().expect("ends")).exits(0);
        assert!(!done.err.contains("panicked") && !done.err.contains("error"), "{}", done.err);
    }
}

#[test]
fn the_size_report_adds_up() {
    BOARDS.into_iter().for_each(the_size_report_of);
}

fn the_size_report_of(board: &Board) {
    let folder = scratch();
    let report = |more: &[&str]| {
        let arguments = ["size", board.fixture().elf(), "--board", board.name];
        run(bkctl(folder.path(), &arguments).args(more)).exits(0)
    };
    let size = report(&["--format", "json"]).json();
    assert_eq!(size["schema"], "bk.size/1");
    let sum = |list: &str, field: &str| -> u64 {
        size[list].as_array().expect("a list").iter().map(|one| one[field].as_u64().expect("a number")).sum()
    };
    let flash = size["flash"].as_u64().expect("a number");
    let ram = size["ram"].as_u64().expect("a number");
    for list in ["sections", "crates", "symbols"] {
        assert_eq!(sum(list, "flash"), flash, "{list}");
        assert_eq!(sum(list, "ram"), ram, "{list}");
    }
    assert!(!size["stacks"].as_array().expect("a list").is_empty());
    let text = report(&[]).out;
    for word in ["FLASH", "RAM", ".text", "bluekernel", "stack of task"] {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
}

#[test]
fn the_size_report_agrees_with_binutils() {
    BOARDS.into_iter().for_each(agrees_with_binutils);
}

fn agrees_with_binutils(board: &Board) {
    let folder = scratch();
    let elf = board.fixture().elf();
    let Ok(output) = command("arm-none-eabi-size").arg(elf).output() else {
        // tests/run installs binutils; a plain `cargo test` on a machine without them has nothing to compare with.
        eprintln!("arm-none-eabi-size is not installed: not compared");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let theirs: Vec<u64> = text
        .lines()
        .nth(1)
        .expect("two lines")
        .split_whitespace()
        .take(3)
        .map(|n| n.parse().expect("a number"))
        .collect();
    let size =
        run(&mut bkctl(folder.path(), &["size", elf, "--board", board.name, "--format", "json"])).exits(0).json();
    let ours: Vec<u64> =
        ["text", "data", "bss"].iter().map(|name| size["totals"][name].as_u64().expect("a number")).collect();
    assert_eq!(ours, theirs, "{}", board.name);
}

#[test]
fn a_budget_that_is_exceeded_fails() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "thrifty");
    let file = project.join("bk.toml");
    let text = std::fs::read_to_string(&file).expect("generated").replace("FLASH = \"64KiB\"", "FLASH = 100");
    std::fs::write(&file, text).expect("written");
    let elf = MPS2.fixture().elf();
    run(&mut bkctl(&project, &["size", elf])).exits(1).says(&["FLASH", "budget"]);
}

/// Programs behave differently on a terminal: colours, widths. `script` gives them one.
#[test]
fn on_a_terminal_too() {
    let folder = scratch();
    let bkctl = bluekernel_e2e::programs().join("bkctl");
    for arguments in ["board list", "--help", "new x --board nothing"] {
        let line = format!("'{}' {arguments}", bkctl.display());
        let mut script = command("script");
        script.current_dir(folder.path()).env_remove("NO_COLOR").args(["-qec", &line, "/dev/null"]);
        let done = run(script.stdin(Stdio::null()));
        assert!(done.code == 0 || done.code == 2, "{}", done.out);
        assert!(!done.out.contains("panicked"), "{}", done.out);
    }
}

#[test]
fn the_demo_shows_everything_and_changes_nothing_the_second_time() {
    the_demo_on(&MPS2);
}

#[test]
fn the_demo_does_so_with_a_hal() {
    the_demo_on(&STM32F4);
}

fn the_demo_on(board: &Board) {
    let folder = scratch();
    let dir = folder.path().join("demo");
    let demo = || {
        let mut demo = bkctl(folder.path(), &["demo", "--board", board.name, "--for", "200ms"]);
        demo.arg("--dir").arg(&dir);
        demo
    };
    let first = run(&mut demo()).exits(0);
    for word in [
        "priority",
        "CPU %",
        "stack used/size",
        "tracing off, cycles",
        "tracing on, us",
        "flash",
        "sha256",
        "bkctl trace view",
    ] {
        assert!(first.out.contains(word), "{word} is not in:\n{}", first.out);
    }
    assert_eq!(run(&mut demo()).exits(0).out, first.out);
    let json = run(demo().args(["--format", "json"])).exits(0).json();
    assert_eq!(json["schema"], "bk.demo/1");
    let latency = |variant: &str, field: &str| json[variant]["context_switch"][field].as_u64().expect("a number");
    for variant in ["tracing_off", "tracing_on"] {
        assert!(latency(variant, "min") > 0 && latency(variant, "min") <= latency(variant, "p50"));
        assert!(
            latency(variant, "p50") <= latency(variant, "p99") && latency(variant, "p99") <= latency(variant, "max")
        );
    }
    for task in json["tasks"].as_array().expect("a list") {
        let used = task["stack_used"].as_u64().expect("the paint was read");
        assert!(used > 0 && used < task["stack_bytes"].as_u64().expect("a number"), "{task}");
    }
    let recording = dir.join("blinky/target/bk/demo/run.bkt");
    assert_eq!(json["trace"]["sha256"], bluekernel_e2e::sha256(&recording));
}
