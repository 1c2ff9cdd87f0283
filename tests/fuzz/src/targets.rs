//! Everything that reads, and what it does with what it has read.

use std::hint::black_box;
use std::io::{self, Cursor};
use std::sync::OnceLock;

use bluekernel_tracer::assert::{Budgets, Report};
use bluekernel_tracer::capture::Capture;
use bluekernel_tracer::diff::{Diff, Options, Side, Source};
use bluekernel_tracer::export::{chrome, csv, jsonl, perfetto, vcd};
use bluekernel_tracer::lint::{LintReport, Lints};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::objects::Objects;
use bluekernel_tracer::path::{Path, responses, walk};
use bluekernel_tracer::query::{Facts, Matcher, Query};
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::report::{self, About};
use bluekernel_tracer::stats::Statistics;
use bluekernel_tracer::text::{self, Style};
use bluekernel_tracer::wire::Uart;
use bluekernel_tracer::wire::flight::Flight;
use fastrand::Rng;

use crate::input::{self, HZ};

/// Something that reads.
pub(crate) struct Target {
    pub name: &'static str,
    /// Makes the input of a case.
    pub make: fn(&mut Rng) -> Vec<u8>,
    /// Reads it.
    pub read: fn(&[u8]),
}

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "stream", make: input::stream, read: stream },
    Target { name: "paths", make: input::stream, read: paths },
    Target { name: "page", make: input::stream, read: page },
    Target { name: "exports", make: input::stream, read: exports },
    Target { name: "recording", make: input::recording, read: recording },
    Target { name: "flight", make: input::flight, read: flight },
    Target { name: "line", make: input::line, read: line },
    Target { name: "capture", make: any_form, read: capture },
    Target { name: "query", make: input::query, read: query },
    Target { name: "budgets", make: input::budgets, read: budgets },
];

/// Looks at a trace in every way there is.
fn analyse(trace: &Trace) {
    let statistics = Statistics::of(trace);
    assert!(!statistics.to_text().is_empty());
    black_box(Objects::of(trace));
    black_box(LintReport::new(trace, Lints::default().run(trace)).to_text());
    let middle = trace.start() + (trace.end() - trace.start()) / 2;
    for window in [trace.window(), trace.start()..middle, middle..trace.end()] {
        black_box(Statistics::of_window(trace, window.clone()));
        if !window.is_empty() {
            black_box(text::timeline(trace, window, 100, Style::Unicode));
        }
    }
}

fn model(stream: &[u8]) -> Trace {
    let mut trace = Trace::new(input::header());
    // In pieces, as it comes live.
    for piece in stream.chunks(700) {
        trace.push(piece);
    }
    trace.finish();
    trace
}

fn stream(bytes: &[u8]) {
    analyse(&model(bytes));
}

/// The path of a response accounts for every cycle of it, whatever the stream says.
fn paths(bytes: &[u8]) {
    let trace = model(bytes);
    let objects = Objects::of(&trace);
    for task in 0..6 {
        let responses = responses(&trace, task);
        let windows = responses.iter().take(8).map(|response| response.start..response.end).chain([trace.window()]);
        for window in windows {
            let path = walk(&trace, &objects, task, window.clone());
            let end = path.iter().fold(window.start, |from, segment| {
                assert!(from == segment.start && segment.end > from, "{window:?}: {segment:?} follows {from}");
                segment.end
            });
            assert_eq!(end, window.end.max(window.start), "{window:?}");
            black_box(Path::of(&trace, &objects, task, window).to_text());
        }
    }
}

fn page(bytes: &[u8]) {
    black_box(report::html(&model(bytes), &About { file: "run.bkt", sha256: "0", footprint: None, latencies: None }));
}

fn exports(bytes: &[u8]) {
    let trace = model(bytes);
    let mut out = io::sink();
    csv::write(&trace, bytes, &mut out).expect("a sink takes it");
    jsonl::write(&trace, bytes, &mut out).expect("a sink takes it");
    chrome::write(&trace, &mut out).expect("a sink takes it");
    perfetto::write(&trace, &mut out).expect("a sink takes it");
    vcd::write(&trace, &mut out).expect("a sink takes it");
    let recording = Recording { header: input::header(), stream: bytes.to_vec() };
    let cut = Recording { header: input::header(), stream: bytes[..bytes.len() / 2].to_vec() };
    let half = Trace::of(&cut);
    let (whole, half) = (Source { recording: &recording, trace: &trace }, Source { recording: &cut, trace: &half });
    black_box(Diff::of(whole, half, &Options::default()).to_text(Side { a: "a", b: "b" }, true));
}

fn recording(bytes: &[u8]) {
    if let Ok(recording) = Recording::parse(std::path::Path::new("x"), bytes.to_vec()) {
        analyse(&Trace::of(&recording));
    }
}

fn flight(bytes: &[u8]) {
    let Some(at) = Flight::find(bytes) else { return };
    if let Ok(flight) = Flight::parse(&bytes[at..]) {
        analyse(&model(&flight.stream()));
    }
}

fn line(bytes: &[u8]) {
    let mut uart = Uart::new();
    let mut stream: Vec<u8> = bytes.chunks(900).flat_map(|piece| uart.push(piece)).collect();
    stream.extend(uart.finish());
    analyse(&model(&stream));
}

fn any_form(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = match rng.u8(0..4) {
        0 => input::stream(rng),
        1 => input::line(rng),
        2 => input::flight(rng),
        _ => {
            let mut block = b"SEGGER RTT\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0".to_vec();
            for word in [48, 1 << rng.u32(0..14), input::number(rng) as u32, 0, 0] {
                block.extend(word.to_le_bytes());
            }
            block.extend(input::stream(rng));
            block
        }
    };
    input::damage(rng, &mut bytes);
    bytes
}

fn capture(bytes: &[u8]) {
    let Ok(mut capture) = Capture::open(Cursor::new(bytes), Some(0)) else { return };
    while let Some(piece) = capture.next().expect("memory can be read") {
        model(&piece);
    }
}

/// A trace to look things up in.
fn known() -> &'static Trace {
    static TRACE: OnceLock<Trace> = OnceLock::new();
    TRACE.get_or_init(|| model(&input::stream(&mut Rng::with_seed(7))))
}

fn query(bytes: &[u8]) {
    let Ok(query) = Query::parse(&String::from_utf8_lossy(bytes), HZ) else { return };
    let mut matcher = Matcher::new(query);
    let trace = known();
    for lane in 0..trace.lanes().len() {
        matcher.may_match_lane(trace, lane);
        let facts =
            Facts { lane: Some(lane), duration: Some(HZ), value: Some(-3), object: Some(4), ..Facts::default() };
        matcher.matches(trace, &facts);
    }
    for id in 0..8 {
        matcher.may_match_name(trace, id, id % 2 == 0);
    }
}

fn budgets(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mistakes = match Budgets::parse(&text) {
        Ok(budgets) => match Report::of(&budgets, known()) {
            Ok(report) => {
                black_box(report.to_text("budgets.toml", "run.bkt"));
                return drop(report.to_junit("budgets.toml", "run.bkt"));
            }
            Err(mistakes) => mistakes,
        },
        Err(mistakes) => mistakes,
    };
    // Each points into the text.
    assert!(mistakes.iter().all(|mistake| text.get(mistake.span.clone()).is_some()), "{mistakes:?}");
}
