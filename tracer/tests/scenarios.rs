//! Three recorded runs of the template `control-loop` (tests/golden/README.md): they stay readable, the lints find in each what
//! is in it and nothing else, and each view shows it.

mod common;

use std::path::Path;

use bluekernel_tracer::lint::{Lint, Lints, Severity};
use bluekernel_tracer::model::{JobStep, Trace};
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::tui::{self, App, Options};
use common::golden;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn recording(name: &str) -> Recording {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    Recording::open(&folder.join(format!("{name}.bkt"))).expect("it stays readable")
}

/// Jobs that `task` began.
fn jobs(trace: &Trace, task: &str) -> usize {
    let number = trace.header().tasks.iter().find(|entry| entry.name == task).map(|entry| entry.number);
    let began = |job: &&bluekernel_tracer::model::Job| matches!(job.step, JobStep::Release(_)) && job.task == number;
    trace.jobs().iter().filter(began).count()
}

/// What was found: the lint, how bad it is, and the tasks and objects it names.
fn findings(trace: &Trace) -> Vec<(Lint, Severity, Vec<String>, Vec<String>)> {
    let names = |named: &[bluekernel_tracer::lint::Named]| named.iter().map(|one| one.name.clone()).collect();
    let found = Lints::default().run(trace).into_iter();
    found.map(|it| (it.lint, it.severity, names(&it.evidence.tasks), names(&it.evidence.objects))).collect()
}

#[test]
fn the_healthy_one_has_the_jobs_of_its_periods() {
    let trace = Trace::of(&recording("healthy"));
    assert_eq!((trace.notes(), trace.gaps().len(), trace.dropped()), (&[][..], 0, 0));
    // 300 ms, from a first release at 5.4 ms every 5 ms; at 11.2 and 12.9 ms every 10 ms; at 13.4 ms every 20 ms; at 12.9 ms
    // every 100 ms. The phases are those of the template.
    let expected = [("sensor", 59), ("actuator", 29), ("filter", 29), ("worker", 15), ("logger", 3)];
    assert_eq!(expected.map(|(task, _)| (task, jobs(&trace, task))), expected);
    assert_eq!(findings(&trace), []);
}

#[test]
fn the_inversion_is_found_and_what_it_leads_to() {
    let trace = Trace::of(&recording("inversion"));
    let found = findings(&trace);
    // The logger has the lock while the worker runs: whoever else needs it waits, and the sensor misses its deadline.
    let inversions: Vec<_> = found.iter().filter(|it| it.0 == Lint::PriorityInversion).collect();
    assert_eq!(inversions.len(), 2, "{found:#?}");
    for (inversion, waits) in inversions.iter().zip(["sensor", "actuator"]) {
        assert_eq!(inversion.1, Severity::Error);
        assert_eq!(inversion.2[..3], [waits, "logger", "worker"]);
        assert_eq!(inversion.3, ["tank::STATE"]);
    }
    let others: Vec<_> = found.iter().filter(|it| it.0 != Lint::PriorityInversion).collect();
    assert_eq!(others.len(), 1, "{found:#?}");
    assert_eq!((others[0].0, &others[0].2[..]), (Lint::DeadlineMiss, &["sensor".to_owned()][..]));
}

#[test]
fn the_starved_one_starves() {
    let trace = Trace::of(&recording("starved"));
    let found = findings(&trace);
    let starved: Vec<_> = found.iter().filter(|it| it.0 == Lint::Starvation).collect();
    assert_eq!(starved.len(), 1, "{found:#?}");
    assert_eq!((starved[0].1, &starved[0].2[..2]), (Severity::Error, &["logger".to_owned(), "worker".to_owned()][..]));
    // Neither the one that starves nor the one that waits for it is ever done.
    let late: Vec<_> = found.iter().filter(|it| it.0 == Lint::DeadlineMiss).map(|it| it.2[0].as_str()).collect();
    assert_eq!(late, ["logger", "worker"]);
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn each_view_shows_it() {
    for scenario in ["healthy", "inversion", "starved"] {
        let mut app = App::open(recording(scenario), &Options::default());
        app.resize(120, 40);
        app.tick();
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a screen");
        let press = |app: &mut App, key: KeyCode| {
            app.key(KeyEvent::new(key, KeyModifiers::NONE));
            app.tick();
        };
        // The proof of the first finding, if there is one, is what the others look at.
        press(&mut app, KeyCode::Char('7'));
        if scenario != "healthy" {
            press(&mut app, KeyCode::Enter);
        }
        let views = ["timeline", "tasks", "events", "latency", "objects", "memory", "problems", "source", "recorder"];
        for (key, view) in ('1'..='9').zip(views) {
            press(&mut app, KeyCode::Char(key));
            terminal.draw(|frame| tui::draw(&app, frame)).expect("drawn");
            let buffer = terminal.backend().buffer();
            let lines = buffer.content().chunks(120).map(|line| {
                let text: String = line.iter().map(ratatui::buffer::Cell::symbol).collect();
                text.trim_end().to_owned() + "\n"
            });
            golden::check(&format!("../../../tests/golden/captures/{scenario}-{view}.txt"), &lines.collect::<String>());
        }
    }
}
