//! A long run that goes on: what is worked out of all of it is as of when the screen says, and in the end it is that of the
//! recording.

mod common;

use std::thread;
use std::time::{Duration, Instant};

use bluekernel_abi::Event;
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::tui::{self, App, Input, Options};
use common::firmware::{Firmware, LOW, MUTEX, trace};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn press(app: &mut App, key: KeyCode) {
    app.key(KeyEvent::new(key, KeyModifiers::NONE));
}

fn type_keys(app: &mut App, keys: &str) {
    keys.chars().for_each(|key| press(app, KeyCode::Char(key)));
}

fn screen(app: &App) -> String {
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| tui::draw(app, frame)).unwrap();
    terminal.backend().to_string()
}

fn live() -> App {
    let mut app = App::live(trace(), &Options::default());
    app.resize(120, 40);
    app
}

/// So many milliseconds of the run arrive, in pieces; returns their bytes.
fn feed(app: &mut App, firmware: &mut Firmware, milliseconds: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for _ in 0..milliseconds / 100 {
        let bytes: Vec<u8> = (0..100).flat_map(|_| firmware.millisecond()).collect();
        all.extend(&bytes);
        app.input(Input::Bytes(bytes));
        app.tick();
    }
    all
}

/// Nothing more arrives, and the viewer goes on until it has worked all of it out.
fn settle(app: &mut App) {
    let begin = Instant::now();
    while app.is_behind() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it is behind for ever");
        thread::sleep(Duration::from_millis(1));
        app.tick();
    }
}

/// On the timeline of a long run only its end has its history of objects; the view of objects has all of it, a moment after it
/// is shown, also if nothing has arrived since.
#[test]
fn the_view_of_objects_knows_what_the_timeline_left_out() {
    let (mut app, mut firmware) = (live(), Firmware::new(true));
    feed(&mut app, &mut firmware, 10_000);
    assert!(app.trace().events() > 100_000, "{}", app.trace().events());
    type_keys(&mut app, "5");
    settle(&mut app);
    // Locked, handed over and unlocked every three milliseconds; nobody tells of what was lost.
    let operations = app.trace().operations().iter().filter(|operation| operation.object == MUTEX).count();
    assert!(operations > 9_000, "{operations}");
    let text = screen(&app);
    assert!(text.contains(&format!(" {operations}")), "{operations}\n{text}");
    assert!(!text.contains("as of"), "{text}");
}

/// What was worked out says when, while it is older than what has arrived; then it catches up.
#[test]
fn what_is_not_of_the_last_event_says_so() {
    let (mut app, mut firmware) = (live(), Firmware::new(true));
    feed(&mut app, &mut firmware, 10_000);
    for key in ["5", "7"] {
        type_keys(&mut app, key);
        settle(&mut app);
        let end = app.trace().end();
        assert!(!screen(&app).contains("as of"), "{}", screen(&app));
        // The next time is a while after the last one.
        feed(&mut app, &mut firmware, 100);
        let as_of = format!(", as of {:.2} s", end as f64 / 1e6);
        let text = screen(&app);
        assert!(text.contains(&as_of), "{as_of}\n{text}");
        if key == "5" {
            // Of what came after that nothing is said.
            assert!(text.contains(&format!("WHO WAITS FOR WHOM at {} s", (end - 1) as f64 / 1e6)), "{end}\n{text}");
        }
        settle(&mut app);
        assert!(!screen(&app).contains("as of"), "{}", screen(&app));
    }
}

/// The views of all that happened were open while it did, one after the other. When the source has ended they show what they
/// show of the recording.
#[test]
fn when_the_source_has_ended_the_views_are_those_of_the_recording() {
    let (mut app, mut firmware) = (live(), Firmware::new(true));
    let mut stream = Vec::new();
    for (key, free) in [("4", 500), ("5", 90), ("7", 8), ("5", 4), ("1", 2), ("7", 1)] {
        type_keys(&mut app, key);
        // Something for the lints to find.
        firmware.encoder.event(1, &Event::Stack { task: LOW, free });
        stream.extend(feed(&mut app, &mut firmware, 3_000));
        settle(&mut app);
        stream.extend(feed(&mut app, &mut firmware, 300));
    }
    // The last record is not whole.
    let cut = firmware.millisecond();
    let cut = &cut[..cut.len() - 1];
    stream.extend(cut);
    app.input(Input::Bytes(cut.to_vec()));
    app.input(Input::Ended("the run has ended".to_owned()));
    app.tick();
    assert!(!app.is_behind());
    let header = trace().header().clone();
    let mut recorded =
        App::open(Recording { header, stream }, &Options { window: Some(app.window()), ..Options::default() });
    recorded.resize(120, 40);
    recorded.tick();
    assert_eq!(app.trace().events(), recorded.trace().events());
    for key in ["4", "5", "7"] {
        let [ended, recorded] = [&mut app, &mut recorded].map(|app| {
            type_keys(app, key);
            type_keys(app, "g12.3456s");
            press(app, KeyCode::Enter);
            // All but the title, and why the run has ended.
            let text = screen(app);
            let lines: Vec<&str> = text.lines().skip(1).take(36).collect();
            lines.join("\n")
        });
        assert_eq!(ended, recorded, "view {key}");
        assert!(!ended.contains("as of"), "{ended}");
        assert!(key != "7" || ended.contains("stack-low"), "{ended}");
        assert!(key != "5" || ended.contains("mutex"), "{ended}");
        assert!(key != "4" || ended.contains("THE WORST"), "{ended}");
    }
}
