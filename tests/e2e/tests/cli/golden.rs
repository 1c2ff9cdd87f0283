//! What the commands say of the golden recordings (`tests/golden`), and how they end.

use std::fs;
use std::path::Path;
use std::process::Command;

use bluekernel_e2e::{Run, bkctl, command, finished, programs, repository, run, scratch};

/// A golden recording.
fn golden(name: &str) -> String {
    repository().join("tests/golden").join(name).with_extension("bkt").display().to_string()
}

/// `bkctl trace` with these words.
fn trace(folder: &Path, arguments: &[&str]) -> Run {
    run(bkctl(folder, &["trace"]).args(arguments))
}

/// The sensor of the template `control-loop` is to be done within 3 ms, half of its period; nothing is lost.
const BUDGETS: &str = "[budgets]\nsensor = 'sensor.completion.max < 3ms'\nloss = 'drops == 0'\n";

#[test]
fn a_lint_that_finds_something_fails() {
    let folder = scratch();
    let healthy = trace(folder.path(), &["lint", "--deny", "warnings", &golden("healthy")]).exits(0);
    assert_eq!((healthy.out.as_str(), healthy.err.as_str()), ("0 errors, 0 warnings\n", ""));
    for (name, lint) in [("inversion", "priority-inversion"), ("starved", "starvation")] {
        let text = trace(folder.path(), &["lint", &golden(name)]).exits(1);
        assert!(text.out.contains(&format!("[{lint}]")) && text.out.contains("--window "), "{}", text.out);
        let report = trace(folder.path(), &["lint", &golden(name), "--format", "json"]).exits(1).json();
        assert_eq!(report["schema"], "bk.trace.lint/1");
        let findings = report["findings"].as_array().expect("a list");
        assert!(findings.iter().any(|finding| finding["lint"] == lint), "{report}");
    }
}

#[test]
fn limits_that_a_person_chooses() {
    let folder = scratch();
    let here = folder.path();
    let healthy = golden("healthy");
    // Some task is ready for more than a millisecond while others run: usually that is no starvation.
    let lint = trace(here, &["lint", &healthy, "--limit", "starvation=1ms", "--deny", "warnings"]).exits(1);
    assert!(lint.out.contains("[starvation]"), "{}", lint.out);
    fs::write(here.join("budgets.toml"), "budgets = ['lint.starvation == 0']\n[limits]\nstarvation = '1ms'\n")
        .expect("written");
    trace(here, &["assert", "budgets.toml", &healthy]).exits(1);
    for (limit, words) in [
        ("starvaton=1ms", &["unknown limit `starvaton`", "did you mean `starvation`"][..]),
        ("starvation=1", &["`1` is no value of `starvation`", "as in 50ms"]),
        ("starvation", &["no value is given", "starvation=50ms"]),
    ] {
        trace(here, &["lint", &healthy, "--limit", limit]).exits(2).one_error().says(words);
    }
    fs::write(here.join("budgets.toml"), "budgets = ['drops == 0']\n[limits]\nstarvation = 1\n").expect("written");
    trace(here, &["assert", "budgets.toml", &healthy]).exits(2).says(&["budgets.toml:3:14", "as in 50ms"]);
}

#[test]
fn budgets_that_hold_and_budgets_that_do_not() {
    let folder = scratch();
    let here = folder.path();
    fs::write(here.join("budgets.toml"), BUDGETS).expect("written");
    let holds = trace(here, &["assert", "budgets.toml", &golden("healthy"), "--junit", "good.xml"]).exits(0);
    assert!(holds.out.contains("2 of 2 hold"), "{}", holds.out);
    let fails = trace(here, &["assert", "budgets.toml", &golden("inversion"), "--junit", "bad.xml"]).exits(1);
    assert!(fails.out.contains("1 of 2 hold") && fails.out.contains("budgets.toml:2: sensor: "), "{}", fails.out);
    // The window is drawn: the sensor, and the worker that has the processor instead of it. And it can be looked at.
    let is_drawn = |text: &str| {
        let lane = |task: &str| text.lines().any(|line| line.trim_start().starts_with(task) && line.contains('█'));
        lane("sensor ") && lane("worker ")
    };
    assert!(is_drawn(&fails.out) && !is_drawn(&holds.out), "{}", fails.out);
    let window = fails.out.split("--window ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a window");
    trace(here, &["view", &golden("inversion"), "--text", "--window", window]).exits(0);

    for (file, failures) in [("good.xml", "0"), ("bad.xml", "1")] {
        let xml = fs::read_to_string(here.join(file)).expect("written");
        let document = roxmltree::Document::parse(&xml).expect("XML");
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
        assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("2"), Some(failures)), "{xml}");
        let told = document.descendants().filter(|node| node.has_tag_name("failure")).filter_map(|node| node.text());
        assert!(told.clone().count().to_string() == failures && told.clone().all(is_drawn), "{xml}");
    }
    let json = trace(here, &["assert", "budgets.toml", &golden("inversion"), "--format", "json"]).exits(1).json();
    assert_eq!((&json["schema"], &json["holds"]), (&"bk.trace.assert/1".into(), &false.into()));
}

#[test]
fn budgets_that_cannot_be_checked() {
    let folder = scratch();
    let here = folder.path();
    let (file, good) = (golden("healthy"), ["assert", "budgets.toml"]);
    // Each mistake of the file at once, each with its place and a way out.
    fs::write(here.join("budgets.toml"), "budgets = [\n  'sensr.cpu < 50%',\n  'drops == 0us',\n]\n").expect("written");
    let done = trace(here, &[good[0], good[1], &file, "--junit", "out.xml"]).exits(2);
    assert!(done.out.is_empty() && !here.join("out.xml").exists(), "{}", done.out);
    done.says(&["unknown task `sensr`", "budgets.toml:2:4", "^^^^^", "did you mean `sensor`?", "budgets.toml:3:13"]);
    fs::write(here.join("budgets.toml"), "budgets = [").expect("written");
    trace(here, &[good[0], good[1], &file]).exits(2).says(&["this is not TOML", "budgets.toml:1:"]);
    trace(here, &["assert", "none.toml", &file]).exits(2).one_error().says(&["none.toml"]);
}

#[test]
fn recordings_that_are_the_same_and_that_differ() {
    let folder = scratch();
    let (a, b) = (golden("healthy"), golden("inversion"));
    assert!(trace(folder.path(), &["diff", &a, &a]).exits(0).out.contains("the schedules are the same"));
    let differ = trace(folder.path(), &["diff", &a, &b]).exits(1);
    assert!(differ.out.contains("the schedules part after") && differ.out.contains("blocked on objects"));
    let json = trace(folder.path(), &["diff", &a, &b, "--format", "json"]).exits(1).json();
    assert_eq!(json["same"], false);
    trace(folder.path(), &["diff", &a, "none.bkt"]).exits(2).one_error().says(&["none.bkt"]);
}

#[test]
fn a_page_stands_alone() {
    let folder = scratch();
    let page = folder.path().join("page.html");
    fs::write(&page, "yesterday's").expect("written");
    trace(folder.path(), &["report", &golden("starved"), "-o", "page.html"]).exits(0).says(&["page.html"]);
    let text = fs::read_to_string(&page).expect("written");
    assert!(text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"));
    for outside in ["src=", "href=\"h", "@import", "<link", "<script "] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert_eq!(text.matches("url(").count(), text.matches("url(#").count(), "places of its own");
    trace(folder.path(), &["report", &golden("starved"), "-o", "no/page.html"]).exits(2).one_error().says(&["no/page"]);
}

/// A file is replaced when its successor is whole. What is no file has no successor: not a pipe, and not a device either.
#[test]
fn a_pipe_gets_what_is_written_and_stays_a_pipe() {
    use std::os::unix::fs::FileTypeExt as _;
    let folder = scratch();
    let here = folder.path();
    fs::write(here.join("budgets.toml"), BUDGETS).expect("written");
    let healthy = golden("healthy");
    for (arguments, begins) in [
        (&["report", &healthy, "-o", "pipe"][..], "<!doctype html>"),
        (&["assert", "budgets.toml", &healthy, "--junit", "pipe"], "<?xml"),
        (&["export", &healthy, "--to", "csv", "-o", "pipe"], "cycles,"),
    ] {
        assert!(Command::new("mkfifo").arg(here.join("pipe")).status().expect("mkfifo").success());
        let mut reader = command("timeout");
        reader.current_dir(here).args(["60", "head", "-c", "15", "pipe"]).stdout(std::process::Stdio::piped());
        let reader = reader.spawn().expect("starts");
        trace(here, arguments);
        let got = finished(reader.wait_with_output().expect("ends"));
        assert!(got.out.starts_with(begins), "{arguments:?}: {}", got.out);
        let pipe = here.join("pipe");
        assert!(pipe.metadata().expect("still there").file_type().is_fifo(), "{arguments:?}");
        fs::remove_file(pipe).expect("removed");
    }
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = scratch();
    let here = folder.path();
    let healthy = golden("healthy");
    for (words, file) in [
        (format!("report '{healthy}' -o page.html"), "page.html"),
        (format!("export '{healthy}' --to csv -o run.csv"), "run.csv"),
        (format!("export '{healthy}' --to ctf -o ctf"), "ctf"),
    ] {
        if file != "ctf" {
            fs::write(here.join(file), "yesterday's").expect("written");
        }
        // A limit of one block stands for a full disk; with the signal ignored, writing fails as it does there.
        let bkctl = programs().join("bkctl");
        let line = format!("trap '' XFSZ; ulimit -f 1; exec '{}' trace {words}", bkctl.display());
        run(command("sh").current_dir(here).args(["-c", &line])).exits(2).one_error().says(&["cannot write", file]);
        match file {
            "ctf" => assert!(!here.join(file).exists()),
            _ => assert_eq!(fs::read_to_string(here.join(file)).expect("there"), "yesterday's"),
        }
    }
    let names = fs::read_dir(here).expect("there").map(|entry| entry.expect("there").file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["page.html", "run.csv"]);
    // What is printed may meet one too.
    let line = format!("exec '{}' trace stats '{healthy}' >/dev/full", programs().join("bkctl").display());
    run(command("sh").current_dir(here).args(["-c", &line])).exits(2).one_error().says(&["cannot write the output"]);
}

#[test]
fn recordings_of_another_program() {
    let folder = scratch();
    let here = folder.path();
    // Written by SEGGER's own encoder (tracer/tests/systemview.rs tells its scenario).
    let recording = repository().join("tracer/tests/systemview/scenario.SVDat").display().to_string();
    trace(here, &["import", &recording, "-o", "run.bkt"]).exits(0).says(&["run.bkt"]);
    let stats = trace(here, &["stats", "run.bkt", "--format", "json"]).exits(0).json();
    let names: Vec<_> = stats["tasks"].as_array().expect("tasks").iter().map(|task| &task["name"]).collect();
    assert_eq!(names, ["control", "log"]);
    for file in [&golden("healthy"), "none.SVDat"] {
        trace(here, &["import", file, "-o", "out.bkt"]).exits(2).one_error().says(&[file]);
        assert!(!here.join("out.bkt").exists());
    }
}

#[test]
fn an_unknown_theme_is_answered_with_the_list() {
    let folder = scratch();
    let done = trace(folder.path(), &["view", &golden("healthy"), "--theme", "pink"]).exits(2).one_error();
    done.says(&["pink", "colour-blind-safe", "dark", "light", "mono"]);
}

#[test]
fn broken_keys_are_told_with_their_line() {
    let folder = scratch();
    let keys = folder.path().join("bkctl/keys.toml");
    fs::create_dir(folder.path().join("bkctl")).expect("made");
    for (text, words) in [
        ("fit = 'x'\nzom-in = 'w'\n", &["keys.toml:2", "`zom-in` is no action", "did you mean `zoom-in`"][..]),
        ("qqq = 'x'\n", &["keys.toml:1", "there are ", "zoom-in", "quit"]),
        ("\nfit = 'hyper-x'\n", &["keys.toml:2", "`hyper-x` is no key", "page-down"]),
        ("fit = 'x'\nfull = ['y', 'x']\n", &["keys.toml:2", "`x` is a key of `fit` already, and of `full`"]),
        ("fit = ", &["keys.toml:1"]),
    ] {
        fs::write(&keys, text).expect("written");
        let mut view = bkctl(folder.path(), &["trace", "view", &golden("healthy")]);
        run(view.env("XDG_CONFIG_HOME", folder.path())).exits(2).one_error().says(words).says(&["help: mend the line"]);
    }
}
