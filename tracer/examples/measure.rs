//! Measures the tracer on this machine, one thing a run, so that its memory can be measured too. Prints JSON.
//!
//! ```text
//! cargo run --release -p bluekernel-tracer --example measure -- decode RUN.bkt       bytes to records
//! cargo run --release -p bluekernel-tracer --example measure -- first-frame RUN.bkt  from the file to a picture, then end
//! cargo run --release -p bluekernel-tracer --example measure -- frames RUN.bkt       drawing, zooming, panning
//! cargo run --release -p bluekernel-tracer --example measure -- views RUN.bkt        every view opened once, as the viewer does
//! cargo run --release -p bluekernel-tracer --example measure -- stats RUN.bkt        the report
//! cargo run --release -p bluekernel-tracer --example measure -- objects RUN.bkt     who held what, who woke whom
//! cargo run --release -p bluekernel-tracer --example measure -- live RUN.bkt RATE    the same as it arrives, at RATE events/s
//! cargo run --release -p bluekernel-tracer --example measure -- follow RUN.bkt TIMES  live as fast as it goes, so many runs in a row
//! cargo run --release -p bluekernel-tracer --example measure -- forget RUN.bkt RATE   live at RATE: the slowest step that drops old events
//! cargo run --release -p bluekernel-tracer --example measure -- live-views RUN.bkt RATE  live at RATE behind all of the run: the slowest step of each view
//! ```
//! `tests/run bench trace` does all of it.
#![forbid(unsafe_code)]

use std::path::Path;
use std::time::{Duration, Instant};

use bluekernel_tracer::model::Trace;
use bluekernel_tracer::objects::Objects;
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::stats::Statistics;
use bluekernel_tracer::tui::{self, App, Input, Options};
use bluekernel_tracer::wire::{Decoder, Item};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// The screen of the goals: 240 columns, 60 lines.
const SCREEN: (u16, u16) = (240, 60);
/// So long a view is watched.
const STRETCH: Duration = Duration::from_secs(5);
/// A viewer that follows draws about so often.
const FRAME: Duration = Duration::from_millis(70);

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let usage =
        "usage: measure decode|first-frame|frames|views|stats|objects|live|live-views|follow|forget FILE [RATE|TIMES]";
    let (what, path) = args.next().zip(args.next()).ok_or(usage)?;
    let recording = || Recording::open(Path::new(&path));
    let answer = match what.as_str() {
        "decode" => decode(&recording()?),
        "first-frame" => first_frame(Path::new(&path))?,
        "frames" => frames(&recording()?)?,
        "views" => views(recording()?)?,
        "stats" => stats(&recording()?),
        "objects" => objects(&recording()?),
        "live" => live(&recording()?, args.next().ok_or(usage)?.parse()?)?,
        "live-views" => live_views(&recording()?, args.next().ok_or(usage)?.parse()?)?,
        "forget" => forget(&recording()?, args.next().ok_or(usage)?.parse()?)?,
        "follow" => follow(&recording()?, args.next().ok_or(usage)?.parse()?)?,
        _ => return Err(usage.into()),
    };
    println!("{answer}");
    Ok(())
}

fn seconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64()
}

/// Seconds that this thread was ready and another one had the processor, as Linux counts them; 0 elsewhere.
fn waited() -> f64 {
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = counts.split(' ').nth(1).and_then(|count| count.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

/// The best of five: a decoder is not slower because something else ran.
fn decode(recording: &Recording) -> Value {
    let (mut best, mut events) = (f64::MAX, 0_u64);
    for _ in 0..5 {
        let begin = Instant::now();
        let mut decoder = Decoder::new();
        events = 0;
        for piece in recording.stream.chunks(64 << 10) {
            decoder.push(piece);
            while let Some(record) = decoder.next() {
                events += u64::from(matches!(record.item, Item::Event(_)));
            }
        }
        best = best.min(seconds(begin));
    }
    json!({ "events": events, "seconds": best })
}

fn first_frame(path: &Path) -> Result<Value, Failure> {
    let begin = Instant::now();
    let mut screen = Screen::new(Trace::of(&Recording::open(path)?))?;
    screen.draw()?;
    Ok(json!({ "events": screen.app.trace().events(), "seconds": seconds(begin) }))
}

fn stats(recording: &Recording) -> Value {
    let trace = Trace::of(recording);
    let begin = Instant::now();
    let statistics = Statistics::of(&trace);
    json!({ "events": trace.events(), "seconds": seconds(begin), "tasks": statistics.tasks.len() })
}

fn objects(recording: &Recording) -> Value {
    let trace = Trace::of(recording);
    let begin = Instant::now();
    let objects = Objects::of(&trace);
    let (seconds, wakes) = (seconds(begin), objects.wakes().len());
    json!({ "events": trace.events(), "seconds": seconds, "objects": objects.all().len(), "wakes": wakes })
}

/// Draws the whole trace, then every step of zooming into its middle and out again, and of panning through it.
fn frames(recording: &Recording) -> Result<Value, Failure> {
    let mut screen = Screen::new(Trace::of(recording))?;
    screen.draw()?;
    // As in the viewer: what takes longer to work out comes behind the first picture.
    screen.app.tick();
    let begin = Instant::now();
    for _ in 0..100 {
        screen.draw()?;
    }
    let whole = seconds(begin) / 100.0;
    let mut worst: f64 = 0.0;
    let keys = [('w', 60), ('d', 40), ('a', 40), ('s', 30), ('d', 40), ('s', 30), ('d', 20)];
    for key in keys.iter().flat_map(|(key, times)| std::iter::repeat_n(*key, *times)) {
        let begin = Instant::now();
        screen.app.key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
        screen.app.tick();
        screen.draw()?;
        worst = worst.max(seconds(begin));
    }
    Ok(json!({ "events": screen.app.trace().events(), "frame_seconds": whole, "worst_step_seconds": worst }))
}

/// Opens the recording as the viewer does, then every view; tells how long the slowest one took to be drawn.
fn views(recording: Recording) -> Result<Value, Failure> {
    let mut screen = Screen::of(App::open(recording, &Options::default()))?;
    screen.draw()?;
    screen.app.tick();
    let mut slowest: f64 = 0.0;
    for key in "1234567890".chars() {
        let begin = Instant::now();
        screen.app.key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
        screen.draw()?;
        slowest = slowest.max(seconds(begin));
    }
    Ok(json!({ "events": screen.app.trace().events(), "slowest_seconds": slowest }))
}

/// Plays the recording as if it arrived at `rate` events a second: what share of the time is the viewer at work?
fn live(recording: &Recording, rate: u64) -> Result<Value, Failure> {
    let piece = piece(recording, rate)?;
    let mut screen = Screen::live(Trace::new(recording.header.clone()))?;
    let (mut frames, begin) = (0_u32, Instant::now());
    // A minute and a half, not more: the share does not change.
    for bytes in recording.stream.chunks(piece).take(1200) {
        screen.app.input(Input::Bytes(bytes.to_vec()));
        screen.app.tick();
        screen.draw()?;
        frames += 1;
    }
    let share = seconds(begin) / (FRAME * frames).as_secs_f64();
    Ok(json!({ "events": screen.app.trace().events(), "frames": frames, "share": share }))
}

/// Plays the recording as if it had arrived, and then again and again at `rate` events a second, with a view open that tells of
/// all that happened: how long does the slowest of the steps from bytes to picture take, a key in some of them? The best of
/// three stretches of a few seconds, without the time in which others had the processor: they are not what is measured.
fn live_views(recording: &Recording, rate: u64) -> Result<Value, Failure> {
    let piece = piece(recording, rate)?;
    let mut screen = Screen::live(Trace::new(recording.header.clone()))?;
    for bytes in recording.stream.chunks(1 << 20) {
        screen.app.input(Input::Bytes(bytes.to_vec()));
        screen.app.tick();
    }
    let mut stream = std::iter::repeat(&recording.stream).flat_map(|stream| stream.chunks(piece));
    let (mut slowest, mut all) = (serde_json::Map::new(), 0.0_f64);
    for (name, key) in [("latency", '4'), ("objects", '5'), ("problems", '7')] {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let (begin, mut worst, mut key) = (Instant::now(), 0.0_f64, Some(key));
            while begin.elapsed() < STRETCH {
                for step in 0..20 {
                    let bytes = stream.next().unwrap_or_default().to_vec();
                    let (begin, waited) = (Instant::now(), waited());
                    screen.app.input(Input::Bytes(bytes));
                    if step == 0 {
                        let key = key.take().unwrap_or('j');
                        screen.app.key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
                    }
                    screen.app.tick();
                    screen.draw()?;
                    worst = worst.max(seconds(begin) - (self::waited() - waited));
                }
            }
            best = best.min(worst);
        }
        // The heading of a table: what was to be worked out is there.
        if !["COUNT", "HOLDER", "SEVERITY", "No lint found"].iter().any(|words| screen.text().contains(words)) {
            return Err(format!("nothing was worked out:\n{}", screen.text()).into());
        }
        slowest.insert(name.to_owned(), best.into());
        all = all.max(best);
    }
    Ok(json!({ "events": screen.app.trace().events(), "slowest_seconds": all, "views": slowest }))
}

/// The bytes that arrive within a frame at `rate` events a second.
fn piece(recording: &Recording, rate: u64) -> Result<usize, Failure> {
    let events = Trace::of(recording).events();
    let piece = recording.stream.len() as u128 * u128::from(rate) * FRAME.as_millis() / u128::from(events) / 1000;
    Ok(usize::try_from(piece)?.max(1))
}

/// Plays the recording again and again as if it arrived at `rate` events a second, until old events were dropped four
/// times: how long does the slowest of the steps from bytes to picture take in which some of them are dropped? Each step's
/// time is the best of three such runs: who else uses the machine is not what is measured.
fn forget(recording: &Recording, rate: u64) -> Result<Value, Failure> {
    let piece = piece(recording, rate)?;
    let mut best: Vec<f64> = Vec::new();
    let mut events = 0;
    for _ in 0..3 {
        let mut screen = Screen::live(Trace::new(recording.header.clone()))?;
        let (mut times, mut drops) = (Vec::new(), 0);
        for bytes in std::iter::repeat(&recording.stream).flat_map(|stream| stream.chunks(piece)) {
            let (bytes, before) = (bytes.to_vec(), screen.app.trace());
            let (forgotten, goes_on) = (before.forgotten(), before.is_forgetting());
            let begin = Instant::now();
            screen.app.input(Input::Bytes(bytes));
            screen.app.tick();
            screen.draw()?;
            let took = seconds(begin);
            let begins = screen.app.trace().forgotten() != forgotten;
            if begins || goes_on {
                times.push(took);
            }
            drops += u32::from(begins);
            if drops == 4 {
                break;
            }
        }
        events = screen.app.trace().events();
        // What is dropped when does not depend on the time that it takes.
        best.resize(times.len(), f64::MAX);
        best.iter_mut().zip(times).for_each(|(best, took)| *best = best.min(took));
    }
    let slowest = best.iter().copied().fold(0.0, f64::max);
    Ok(json!({ "events": events, "steps": best.len(), "slowest_seconds": slowest }))
}

/// Follows a firmware that is reset after each run: for the memory that hours of it take.
fn follow(recording: &Recording, times: usize) -> Result<Value, Failure> {
    let mut screen = Screen::live(Trace::new(recording.header.clone()))?;
    for bytes in std::iter::repeat_n(&recording.stream, times).flat_map(|stream| stream.chunks(1 << 20)) {
        screen.app.input(Input::Bytes(bytes.to_vec()));
        screen.app.tick();
        screen.draw()?;
    }
    let trace = screen.app.trace();
    Ok(json!({ "events": trace.events(), "kept": trace.events() - trace.forgotten() }))
}

/// A viewer on a screen that nobody sees.
struct Screen {
    app: App,
    terminal: Terminal<TestBackend>,
}

impl Screen {
    fn new(trace: Trace) -> Result<Self, Failure> {
        Self::of(App::recorded(trace, &Options::default()))
    }

    fn live(trace: Trace) -> Result<Self, Failure> {
        Self::of(App::live(trace, &Options::default()))
    }

    fn of(mut app: App) -> Result<Self, Failure> {
        app.resize(SCREEN.0, SCREEN.1);
        Ok(Self { app, terminal: Terminal::new(TestBackend::new(SCREEN.0, SCREEN.1))? })
    }

    fn text(&self) -> String {
        self.terminal.backend().to_string()
    }

    fn draw(&mut self) -> Result<(), Failure> {
        self.terminal.draw(|frame| tui::draw(&self.app, frame))?;
        Ok(())
    }
}
