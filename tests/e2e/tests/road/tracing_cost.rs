//! What tracing costs, from the simulator's count to the numbers without it.

use std::fs;

use bluekernel_e2e::{MPS2, bkctl, run, scratch};
use serde_json::Value;

/// Runs the template's project for 100 ms.
fn answer(project: &std::path::Path, options: &[&str]) -> Value {
    run(bkctl(project, &["sim", "--for", "100ms", "--format", "json"]).args(options)).exits(0).json()
}

#[test]
fn what_tracing_costs_is_told_and_taken_away() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "costly");
    let told = answer(&project, &["--trace", "run.bkt", "--trace-cost"]);
    let untold = answer(&project, &["--trace", "plain.bkt"]);
    assert_eq!((&told["cycles"], &told["text"]), (&untold["cycles"], &untold["text"]), "asking changes nothing");

    let trace = |arguments: &[&str]| run(bkctl(&project, &["trace"]).args(arguments));
    let cycles = told["statistics"]["tracing_cycles"].as_u64().expect("a number");
    let stats = |more: &[&str]| trace(&[&["stats", "run.bkt", "--format", "json"], more].concat()).exits(0).json();
    let (with, without) = (stats(&[]), stats(&["--without-tracing"]));
    // The simulator's sum is that of the recording.
    assert_eq!(with["tracing"]["cycles"].as_u64(), Some(cycles), "{}", with["tracing"]);
    trace(&["export", "run.bkt", "--to", "jsonl", "-o", "run.jsonl"]).exits(0);
    let lines = fs::read_to_string(project.join("run.jsonl")).expect("written");
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    assert_eq!(events.filter_map(|event| event["spent_cycles"].as_u64()).sum::<u64>(), cycles);
    // A recording alone is the same.
    trace(&["record", "--for", "100ms", "--trace-cost", "-o", "alone.bkt"]).exits(0);
    let bytes = |file: &str| fs::read(project.join(file)).expect("written");
    assert!(bytes("alone.bkt") == bytes("run.bkt"), "another recording");
    // A task executes for less without it, and no task for more.
    let executed = |stats: &Value| -> Vec<(String, u64)> {
        let tasks = stats["tasks"].as_array().expect("tasks").iter();
        tasks.map(|task| (task["name"].to_string(), task["run_cycles"].as_u64().expect("a number"))).collect()
    };
    let (with, without) = (executed(&with), executed(&without));
    assert!(!with.is_empty() && with.len() == without.len());
    for ((name, recorded), (same, shown)) in with.iter().zip(&without) {
        assert_eq!(name, same);
        assert!(shown < recorded, "{name}: {recorded} with tracing, {shown} without");
    }

    fs::write(project.join("roomy.toml"), "budgets = ['tracing.share < 90%']").expect("written");
    fs::write(project.join("tight.toml"), "budgets = ['tracing.cost.max < 10cy']").expect("written");
    trace(&["assert", "roomy.toml", "run.bkt"]).exits(0);
    trace(&["assert", "tight.toml", "run.bkt"]).exits(1);
    trace(&["report", "run.bkt", "--without-tracing", "-o", "report.html"]).exits(0);
    let page = fs::read_to_string(project.join("report.html")).expect("written");
    assert!(page.contains("What tracing cost"), "no such section");
}

/// Only the simulator can tell.
#[test]
fn a_probe_and_a_recording_are_refused() {
    let project = &MPS2.fixture().project;
    for command in ["record", "view"] {
        let arguments = ["trace", command, "--trace-cost", "--target", "probe"];
        run(&mut bkctl(project, &arguments)).exits(2).one_error().says(&["the target is a probe", "--target sim"]);
    }
    let folder = scratch();
    fs::write(folder.path().join("run.bkt"), "").expect("written");
    let arguments = ["trace", "view", "run.bkt", "--trace-cost"];
    run(&mut bkctl(folder.path(), &arguments)).exits(2).one_error().says(&["--trace-cost", "run.bkt is a recording"]);
}

/// A run that is refused leaves what was there: the recording of the last one, or no file.
#[test]
fn a_refused_run_loses_no_recording() {
    let folder = scratch();
    fs::write(folder.path().join("last.bkt"), "of the last run").expect("written");
    let fixture = MPS2.fixture();
    for file in ["last.bkt", "new.bkt"] {
        // The template's firmware is built without debug information, and there is no project here to build it with.
        let arguments = ["sim", fixture.elf(), "--board", MPS2.name, "--trace", file, "--trace-cost"];
        run(&mut bkctl(folder.path(), &arguments)).exits(2).one_error().says(&["debug information"]);
    }
    assert_eq!(fs::read_to_string(folder.path().join("last.bkt")).expect("still there"), "of the last run");
    assert!(!folder.path().join("new.bkt").exists());
}
