//! Recordings: made, read, damaged, foreign.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use bluekernel_e2e::{BOARDS, Board, MPS2, bkctl, run, scratch, sha256};

/// 200 virtual milliseconds of the board's fixture, in `run.bkt`.
fn record(board: &Board, folder: &Path) {
    let elf = board.fixture().elf();
    let arguments = ["trace", "record", "-o", "run.bkt", elf, "--board", board.name, "--for", "200ms"];
    run(&mut bkctl(folder, &arguments)).exits(0);
}

#[test]
fn the_commands_of_the_readme() {
    BOARDS.into_iter().for_each(the_commands_for);
}

fn the_commands_for(board: &Board) {
    let folder = scratch();
    record(board, folder.path());
    let stats = run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt"])).exits(0);
    assert!(!stats.out.is_empty());
    let stats = run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt", "--format", "json"])).exits(0).json();
    assert_eq!(stats["schema"], "bk.trace.stats/1");
    let view = run(&mut bkctl(folder.path(), &["trace", "view", "run.bkt", "--text", "--width", "80"])).exits(0);
    assert!(view.out.lines().count() > 3, "{}", view.out);
    assert!(view.out.lines().all(|line| line.chars().count() <= 80), "{}", view.out);
    run(&mut bkctl(folder.path(), &["trace", "view", "run.bkt", "--text", "--window", "10ms..20ms", "--ascii"]))
        .exits(0);
    for (format, file) in [("perfetto", "run.pftrace"), ("chrome", "run.json")] {
        run(&mut bkctl(folder.path(), &["trace", "export", "run.bkt", "--to", format, "-o", file])).exits(0);
        assert!(fs::metadata(folder.path().join(file)).expect("written").len() > 100);
    }
    let chrome = fs::read_to_string(folder.path().join("run.json")).expect("written");
    serde_json::from_str::<serde_json::Value>(&chrome).expect("JSON");
}

#[test]
fn what_tracing_cost_cannot_be_subtracted_where_nobody_told_it() {
    let folder = scratch();
    record(&MPS2, folder.path());
    fs::write(folder.path().join("budgets.toml"), "budgets = ['drops == 0']").expect("written");
    for arguments in [
        &["stats", "run.bkt"][..],
        &["report", "run.bkt"],
        &["assert", "budgets.toml", "run.bkt"],
        &["diff", "run.bkt", "run.bkt"],
    ] {
        run(bkctl(folder.path(), &["trace"]).args(arguments).arg("--without-tracing"))
            .exits(2)
            .one_error()
            .says(&["run.bkt", "--trace-cost"]);
    }
    assert!(!folder.path().join("report.html").exists());
}

#[test]
fn an_elf_without_our_trace() {
    let folder = scratch();
    super::firmware::build_foreign(folder.path(), "foreign.elf", super::firmware::SLEEPS);
    for arguments in [
        &["trace", "record", "foreign.elf"][..],
        &["sim", "foreign.elf", "--trace", "run.bkt"],
        &["trace", "view", "--elf", "foreign.elf"],
    ] {
        run(bkctl(folder.path(), arguments).args(["--board", MPS2.name]))
            .exits(2)
            .one_error()
            .says(&["foreign.elf", "feature `trace`"]);
        assert!(!folder.path().join("run.bkt").exists());
    }
}

#[test]
fn our_own_firmware_built_without_tracing() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "untraced");
    run(&mut bkctl(&project, &["trace", "record", "--no-default-features", "--for", "10ms"]))
        .exits(2)
        .one_error()
        .says(&["built without tracing", "feature `trace`"]);
    assert!(!project.join("run.bkt").exists());
    // Without a recording to make, it simply runs.
    run(&mut bkctl(&project, &["sim", "--no-default-features", "--for", "10ms"])).exits(0);
    // From outside it is seen all the same: each of its tasks runs.
    let seen = run(&mut bkctl(&project, &["sim", "--no-default-features", "--for", "200ms", "--ghost", "ghost.bkt"]));
    seen.exits(0).says(&["ghost trace: sha256", "ghost.bkt"]);
    let stats = run(&mut bkctl(&project, &["trace", "stats", "ghost.bkt", "--format", "json"])).exits(0).json();
    let tasks = stats["tasks"].as_array().expect("tasks");
    assert!(tasks.len() >= 5 && tasks.iter().all(|task| task["runs"].as_u64() > Some(0)), "{tasks:?}");
}

#[test]
fn no_ghost_trace_of_a_foreign_firmware() {
    let folder = scratch();
    super::firmware::build_foreign(folder.path(), "foreign.elf", super::firmware::SLEEPS);
    let arguments = ["sim", "foreign.elf", "--board", MPS2.name, "--ghost", "ghost.bkt"];
    run(&mut bkctl(folder.path(), &arguments))
        .exits(2)
        .one_error()
        .says(&["foreign.elf", "none of BlueKernel, FreeRTOS, Embassy"]);
    assert!(!folder.path().join("ghost.bkt").exists());
}

#[test]
fn foreign_empty_and_missing_recordings() {
    let folder = scratch();
    fs::write(folder.path().join("empty.bkt"), "").expect("written");
    fs::write(folder.path().join("text.bkt"), "Dear diary, today I recorded nothing.").expect("written");
    fs::write(folder.path().join("budgets.toml"), "budgets = ['drops == 0']").expect("written");
    fs::copy(&MPS2.fixture().elf, folder.path().join("elf.bkt")).expect("copied");
    for file in ["empty.bkt", "text.bkt", "elf.bkt", "none.bkt"] {
        for command in [
            &["stats", file][..],
            &["view", file, "--text"],
            &["export", file, "--to", "chrome", "-o", "out.json"],
            &["path", file, "--task", "alpha"],
            &["at", file, "10ms"],
            &["lint", file],
            &["diff", file, file],
            &["report", file, "-o", "out.json"],
            &["assert", "budgets.toml", file, "--junit", "out.json"],
            &["import", file, "-o", "out.json"],
        ] {
            run(bkctl(folder.path(), &["trace"]).args(command)).exits(2).one_error().says(&[file]);
            assert!(!folder.path().join("out.json").exists());
        }
    }
}

#[test]
fn a_recording_cut_off_anywhere_is_read_as_far_as_it_goes() {
    let folder = scratch();
    record(&MPS2, folder.path());
    let bytes = fs::read(folder.path().join("run.bkt")).expect("recorded");
    // Inside the header: refused. Behind it: read.
    let header = 16 + u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]) as usize;
    for length in [1, 7, 15, header / 2, header - 1] {
        fs::write(folder.path().join("cut.bkt"), &bytes[..length]).expect("written");
        run(&mut bkctl(folder.path(), &["trace", "stats", "cut.bkt"])).exits(2).one_error().says(&["cut.bkt"]);
    }
    for length in [header, header + 3, bytes.len() / 2, bytes.len() - 1] {
        fs::write(folder.path().join("cut.bkt"), &bytes[..length]).expect("written");
        let done = run(&mut bkctl(folder.path(), &["trace", "stats", "cut.bkt"])).exits(0);
        assert!(!done.err.contains("panicked"), "{}", done.err);
    }
}

#[test]
fn windows_that_make_no_sense() {
    let folder = scratch();
    record(&MPS2, folder.path());
    for window in ["5ms", "2ms..1ms", "a..b"] {
        run(&mut bkctl(folder.path(), &["trace", "view", "run.bkt", "--text", "--window", window]))
            .exits(2)
            .one_error();
    }
}

#[test]
fn a_recording_that_cannot_be_written() {
    let folder = scratch();
    let file = "no/such/folder/run.bkt";
    run(&mut bkctl(
        folder.path(),
        &["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "1ms", "--trace", file],
    ))
    .exits(2)
    .one_error()
    .says(&[file]);
}

#[test]
fn the_hash_is_sha256sum_of_the_file() {
    let folder = scratch();
    record(&MPS2, folder.path());
    let done =
        run(&mut bkctl(folder.path(), &["sim", MPS2.fixture().elf(), "--board", MPS2.name, "--for", "200ms"])).exits(0);
    // The same run, written here and only hashed there.
    let hash = sha256(&folder.path().join("run.bkt"));
    assert!(done.err.contains(&hash), "{hash} is not in:\n{}", done.err);
}

#[test]
fn the_worst_window_can_be_drawn() {
    BOARDS.into_iter().for_each(the_worst_window_on);
}

fn the_worst_window_on(board: &Board) {
    let folder = scratch();
    record(board, folder.path());
    let done = run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt", "--worst", "1"])).exits(0);
    let window = done.out.split_whitespace().find(|word| word.contains("..")).expect("a window A..B").to_owned();
    let view = run(&mut bkctl(folder.path(), &["trace", "view", "run.bkt", "--text", "--window", &window])).exits(0);
    assert!(!view.out.is_empty());
}

#[test]
fn a_response_is_explained_to_the_cycle() {
    let folder = scratch();
    record(&MPS2, folder.path());
    let trace = |arguments: &[&str]| run(&mut bkctl(folder.path(), &[&["trace"], arguments].concat()));
    let stats = trace(&["stats", "run.bkt", "--format", "json"]).exits(0).json();
    let tasks = stats["tasks"].as_array().expect("tasks");
    let task = tasks.iter().find(|task| task["completion"]["count"].as_u64() > Some(1)).expect("a task that ran twice");
    let (name, slowest) = (task["name"].as_str().expect("a name"), &task["slowest"][0]);
    let all = trace(&["stats", "run.bkt", "--task", name]).exits(0);
    assert!(all.out.starts_with(name) && all.out.contains("completion"), "{}", all.out);
    let path = trace(&["path", "run.bkt", "--task", name, "--worst", "--format", "json"]).exits(0).json();
    assert_eq!((&path["start"], &path["end"]), (&slowest["start"], &slowest["end"]));
    let cycles = |value: &serde_json::Value| value.as_u64().expect("cycles");
    let sum: u64 = path["shares"].as_array().expect("shares").iter().map(|share| cycles(&share["cycles"])).sum();
    assert_eq!(sum, cycles(&path["end"]) - cycles(&path["start"]));
    let text = trace(&["path", "run.bkt", "--task", name, "--job", "1"]).exits(0);
    assert!(text.out.contains("own code") && text.out.contains("100.00"), "{}", text.out);
    trace(&["path", "run.bkt", "--task", name, "--window", "10ms..20ms"]).exits(0);
    for (arguments, words) in [
        (&["path", "run.bkt", "--task", "nobody"][..], &["nobody", name][..]),
        (&["stats", "run.bkt", "--task", "nobody"], &["nobody"]),
        (&["path", "run.bkt", "--task", name, "--job", "1000000"], &["1000000"]),
        (&["path", "run.bkt", "--task", name, "--at", "9999s"], &["9999s"]),
        (&["path", "run.bkt", "--task", name, "--window", "8000s..9000s"], &["8000s..9000s"]),
        (&["stats", "run.bkt", "--window", "2ms"], &["2ms"]),
    ] {
        trace(arguments).exits(2).one_error().says(words);
    }
}

/// The viewer on a terminal of its own, under `bkctl ARGUMENTS`, and what was on it: keys work, and it leaves the terminal as
/// it was.
pub(crate) fn viewer(folder: &Path, arguments: &str) -> String {
    let bkctl = bluekernel_e2e::programs().join("bkctl");
    let line = format!("stty cols 100 rows 30; '{}' {arguments}; echo code $?", bkctl.display());
    let mut child = bluekernel_e2e::command("script")
        .current_dir(folder)
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script starts");
    let mut keys = child.stdin.take().expect("piped");
    // Time to draw something, live too; then a zoom, and out.
    for key in ["w", "s", "?", "?", "q"] {
        std::thread::sleep(std::time::Duration::from_millis(600));
        keys.write_all(key.as_bytes()).expect("typed");
    }
    let done = bluekernel_e2e::finished(child.wait_with_output().expect("ends"));
    drop(keys);
    assert!(done.out.contains("code 0"), "{}", done.out);
    // Alternate screen entered and left, cursor shown again (xterm control sequences, private modes 1049 and 25).
    let left = done.out.rfind("\u{1b}[?1049l").expect("the alternate screen is left");
    assert!(done.out.find("\u{1b}[?1049h").expect("and was entered") < left);
    assert!(done.out.contains("\u{1b}[?25h"));
    done.out
}

#[test]
fn the_viewer_opens_and_closes() {
    let folder = scratch();
    record(&MPS2, folder.path());
    let elf = MPS2.fixture().elf();
    let live = format!("trace view --elf '{elf}' --board {}", MPS2.name);
    let named = format!("trace view '{elf}' --board {}", MPS2.name);
    for arguments in ["trace view run.bkt", &live, &named] {
        let seen = viewer(folder.path(), arguments);
        assert!(seen.contains("answer"), "{seen}");
    }
}

#[test]
fn what_is_held_back_is_not_told() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "held-back");
    let manifest = project.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("the template's");
    fs::write(&manifest, text.replace("\"bluekernel/trace\"", "\"bluekernel/trace-filter\"")).expect("written");
    let record = |file: &str, more: &[&str]| {
        run(bkctl(&project, &["sim", "--for", "200ms", "--trace", file]).args(more)).exits(0);
        let list = format!("{file}.csv");
        run(&mut bkctl(&project, &["trace", "export", file, "--to", "csv", "-o", &list])).exits(0);
        fs::read_to_string(project.join(list)).expect("written")
    };
    let count =
        |list: &str, event: &str| list.lines().filter(|line| line.split(',').any(|field| field == event)).count();
    let (all, some) = (record("all.bkt", &[]), record("some.bkt", &["--hold-back", "objects,timers"]));
    assert!(count(&all, "object") > 100 && count(&all, "timer_fire") > 10, "the template does much");
    // The kernel takes the message in when it first has nothing to do; until then a few are told.
    for event in ["object", "timer_fire"] {
        assert!(count(&some, event) * 5 < count(&all, event), "{event}: {}", count(&some, event));
    }
    assert_eq!(count(&some, "filter"), 1);
    // What is told takes time: at the end of the run one switch more may still come.
    let (switches, of_all) = (count(&some, "switch_in"), count(&all, "switch_in"));
    assert!(switches.abs_diff(of_all) <= 1, "{switches} and {of_all}");
    for (wish, words) in [("nonsense", "no such group of events"), ("task:nobody", "has no such name")] {
        run(&mut bkctl(&project, &["sim", "--no-build", "--hold-back", wish])).exits(2).says(&[wish, words]);
    }
}
