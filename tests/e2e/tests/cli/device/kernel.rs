//! The template's project on a board that is reached by a probe: a panic with its line, the trace.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use bluekernel_e2e::device::line_of;
use bluekernel_e2e::{Run, STM32F4, bkctl, command, programs, run, scratch, signal};
use serde_json::Value;
use tempfile::TempDir;

/// Where the template's blinking task speaks.
const SPEAKS: &str = "        println!(\"blink {blinks}\");\n";

/// The project of the template, whose blinking task panics three calls deep at its second blink: made and built once.
fn careless() -> &'static Path {
    static PROJECT: OnceLock<(TempDir, std::path::PathBuf)> = OnceLock::new();
    let (_, project) = PROJECT.get_or_init(|| {
        let folder = scratch();
        let project = STM32F4.project(folder.path(), "careless");
        let file = project.join("src/main.rs");
        let source = fs::read_to_string(&file).expect("generated");
        assert_eq!(source.matches(SPEAKS).count(), 1, "the template has changed");
        let source = source.replace(SPEAKS, &format!("{SPEAKS}        watch_out(blinks);\n"));
        let trap = "\n#[inline(never)]\nfn watch_out(blinks: u32) {\n    if blinks > 1 {\n        step_on(blinks);\n    }\n}\n\
                    \n#[inline(never)]\nfn step_on(tail: u32) {\n    panic!(\"the cat's tail, {tail}\");\n}\n";
        fs::write(&file, format!("{source}{trap}")).expect("written");
        run(&mut bkctl(&project, &["build"])).exits(0);
        (folder, project)
    });
    project
}

/// One chip, and tests that run at the same time.
fn its_chip() -> MutexGuard<'static, ()> {
    static CHIP: Mutex<()> = Mutex::new(());
    CHIP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of the line of the project's main.rs that contains `words`.
fn line(words: &str) -> u64 {
    let source = fs::read_to_string(careless().join("src/main.rs")).expect("is there");
    let found: Vec<u64> =
        source.lines().zip(1..).filter(|(line, _)| line.contains(words)).map(|(_, line)| line).collect();
    assert_eq!(found.len(), 1, "{words}");
    found[0]
}

#[test]
fn a_panic_names_the_line_that_panicked() {
    let _chip = its_chip();
    let done = run(&mut bkctl(careless(), &["run", "--no-build", "--timeout", "120", "--format", "json"])).exits(1);
    let answer = done.json();
    let said = answer["text"]["rtt0"].as_str().expect("text");
    assert!(said.contains(&format!("panic at src/main.rs:{}", line("panic!("))), "{said}");
    assert_eq!(answer["stop"]["kind"], "breakpoint");
    let frames = answer["backtrace"]["frames"].as_array().expect("frames");
    let place = |name: &str| {
        let found = frames.iter().find(|frame| frame["function"] == name);
        let frame = found.unwrap_or_else(|| panic!("no {name} in {frames:#?}"));
        (frame["file"].as_str().unwrap_or_default().to_owned(), frame["line"].as_u64().unwrap_or_default())
    };
    assert_eq!(place("careless::step_on"), ("src/main.rs".into(), line("panic!(")));
    assert_eq!(place("careless::watch_out"), ("src/main.rs".into(), line("step_on(blinks);")));
    assert_eq!(place("careless::blink"), ("src/main.rs".into(), line("watch_out(blinks);")));
    assert_eq!(answer["backtrace"]["note"], Value::Null);
    // binutils read the same line out of the second build.
    let elf = careless().join("target/bk/debug/thumbv7em-none-eabihf/release/careless");
    let panicked = frames.iter().find(|frame| frame["function"] == "careless::step_on");
    let address = panicked.and_then(|frame| frame["address"].as_u64()).expect("an address");
    let judged = line_of(&elf, address - 1);
    assert!(judged.ends_with(&format!("src/main.rs:{}", line("panic!("))), "{judged}");
}

#[test]
fn cargo_run_programs_and_runs() {
    let _chip = its_chip();
    let path = format!("{}:{}", programs().display(), std::env::var("PATH").expect("PATH"));
    let mut cargo = command("cargo");
    cargo.current_dir(careless()).env("PATH", path).args(["run", "--release", "--quiet"]);
    let done = run(&mut cargo).exits(1).says(&["target: sim", "backtrace:", "careless::step_on"]);
    assert!(done.out.starts_with("blink 1\nblink 2\n"), "{}", done.out);
}

#[test]
fn sources_that_changed_since_give_names_only() {
    let folder = scratch();
    let project = STM32F4.project(folder.path(), "changed");
    let built = run(&mut bkctl(careless(), &["build"])).exits(0);
    fs::copy(built.out.trim(), project.join("careless.elf")).expect("built");
    let done = run(&mut bkctl(&project, &["run", "careless.elf", "--timeout", "120"])).exits(1);
    done.says(&["careless::step_on+", "note:", "sources no longer give this firmware", "guessed"]);
}

/// The project's firmware in the simulator, with a debug probe beside it, and the recording that bksim makes itself.
struct Served {
    sim: Child,
    target: String,
    recording: PathBuf,
}

impl Served {
    fn start(project: &Path) -> Self {
        let recording = project.join("own.bkt");
        let address = format!("unix:{}", project.join("probe.socket").display());
        let mut sim = bkctl(project, &["sim", "--no-build", "--probe", &address, "--trace", "own.bkt"]);
        let mut sim = sim.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut said = BufReader::new(sim.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let target = said.find_map(|line| line.strip_prefix("debug probe: --target ").map(str::to_owned));
        std::thread::spawn(move || said.for_each(drop));
        Self { sim, target: target.expect("it says where the probe is"), recording }
    }

    /// Ends the simulation, as by Ctrl-C; what it has recorded.
    fn finish(&mut self) -> Vec<u8> {
        signal(self.sim.id(), "INT");
        self.sim.wait().expect("ends");
        fs::read(&self.recording).expect("recorded")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended: then this does nothing.
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }
}

/// The events of a recording as the firmware sent them: from the first keyframe, which eight zeros announce, on.
fn events(recording: &[u8]) -> &[u8] {
    let start = recording.windows(8).position(|window| window == [0; 8]).expect("a keyframe");
    &recording[start..]
}

#[test]
fn a_trace_is_recorded_through_a_probe() {
    let folder = scratch();
    let project = STM32F4.project(folder.path(), "traced");
    run(&mut bkctl(&project, &["build"])).exits(0);
    let mut served = Served::start(&project);
    let by_probe = |arguments: &[&str]| -> Run { run(bkctl(&project, arguments).args(["--target", &served.target])) };
    by_probe(&["trace", "record", "--no-build", "--for", "4s", "-o", "probe.bkt"]).exits(0).says(&[
        "target: probe Glasgow",
        "nothing to do",
        "probe.bkt",
    ]);
    let stats = run(&mut bkctl(&project, &["trace", "stats", "probe.bkt", "--format", "json"])).exits(0).json();
    let names: Vec<&str> =
        stats["tasks"].as_array().expect("tasks").iter().filter_map(|task| task["name"].as_str()).collect();
    for task in ["blink", "alpha", "echo", "producer", "consumer"] {
        assert!(names.contains(&task), "{task} is not in {names:?}");
    }
    // The firmware runs on: the next one listens to the same run.
    by_probe(&["attach", "--timeout", "2", "--trace", "attached.bkt"]).exits(124).says(&["the core runs on"]);
    let stats = run(&mut bkctl(&project, &["trace", "stats", "attached.bkt"])).exits(0);
    assert!(stats.out.contains("producer"), "{}", stats.out);
    // What came over the probe is what bksim has seen itself in the same run, event for event.
    let heard = fs::read(project.join("probe.bkt")).expect("recorded");
    let (own, heard) = (served.finish(), events(&heard));
    assert!(heard.len() > 50_000, "only {} bytes", heard.len());
    assert!(own.windows(heard.len()).any(|window| window == heard), "the recordings differ");
}
