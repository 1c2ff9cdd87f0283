//! Writes a recording of a made-up control loop, or shows it live: to look at the viewer without firmware.
//!
//! ```text
//! cargo run -p bluekernel-tracer --example synthetic -- record run.bkt [milliseconds]
//! cargo run -p bluekernel-tracer --example synthetic -- view run.bkt [--ascii] [THEME]
//! cargo run -p bluekernel-tracer --example synthetic -- text run.bkt [FROM..TO]
//! cargo run -p bluekernel-tracer --example synthetic -- stats run.bkt
//! cargo run -p bluekernel-tracer --example synthetic -- live
//! ```
#![forbid(unsafe_code)]

#[path = "../tests/common/encoder.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod encoder;

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;
use std::{env, error, thread};

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::raster::Glyphs;
use bluekernel_tracer::recording::{Header, Recording, TaskEntry, Writer};
use bluekernel_tracer::stats::Statistics;
use bluekernel_tracer::{text, time, tui};

const HZ: u64 = 25_000_000;

fn header() -> Header {
    let mut header = Header::new("0.1.0", "synthetic", HZ);
    let task = |number, name: &str, priority| TaskEntry { number, name: name.to_owned(), priority, stack_bytes: 1024 };
    header.tasks = vec![task(0, "sensor", 12), task(1, "中文任务名", 9), task(2, "actuator", 6), task(3, "logger", 2)];
    header.exceptions.insert(24, "TIMER0".to_owned());
    header.exceptions.insert(16, "UART0_RX".to_owned());
    header.objects.insert(3, "app::SAMPLES".to_owned());
    header.objects.insert(5, "app::STATE".to_owned());
    header.objects.insert(8, "app::TICK".to_owned());
    header.objects.insert(20, "app::net".to_owned());
    header.names.insert(0, "fft".to_owned());
    header.names.insert(1, "depth".to_owned());
    header
}

/// The firmware: each call plays one millisecond.
struct Firmware {
    encoder: encoder::Encoder,
    tick: u64,
}

impl Firmware {
    fn new() -> Self {
        let mut encoder = encoder::Encoder::new();
        encoder.sync(encoder::BOOT);
        encoder.event(40, &Event::Info { build_id: 0, clock_hz: HZ });
        for task in 0..4 {
            encoder.event(30, &Event::TaskNew { task, priority: [12, 9, 6, 2][task as usize], stack: 1024 });
        }
        encoder.event(10, &Event::HeapStat { used: 256, peak: 256, size: 4096 });
        encoder.event(50, &Event::Idle);
        Self { encoder, tick: 0 }
    }

    fn millisecond(&mut self) -> Vec<u8> {
        let e = &mut self.encoder;
        self.tick += 1;
        if self.tick.is_multiple_of(50) {
            e.sync(0);
        }
        let wait = |reason, object| Event::Block { reason, object, timeout: 0 };
        let until = self.tick * HZ / 1000;
        e.event(until.saturating_sub(e.clock), &Event::IsrEnter { exception: 24 });
        e.event(90, &Event::Ready { task: 0 });
        e.event(30, &Event::IsrExit).event(60, &Event::SwitchIn { task: 0 });
        if self.tick == 1 {
            e.event(5, &Event::Timing { object: 8, period: 1000, deadline: 400 });
        }
        e.event(10, &Event::JobRelease { object: 8, late: 4 });
        e.event(10, &Event::Counter { id: 1, value: (self.tick % 9).cast_signed() });
        if self.tick.is_multiple_of(10) {
            let bytes = 64 + (self.tick / 10 % 5 * 32) as u32;
            e.event(10, &Event::HeapAlloc { bytes, used: 256 + bytes });
            e.event(300, &Event::HeapFree { bytes, used: 256 });
            e.event(10, &Event::Stack { task: 0, free: 700 - (self.tick / 10).min(200) as u32 });
        }
        e.event(900 + self.tick % 7 * 50, &Event::Object { op: ObjectOp::Send, object: 3, value: 1 });
        e.event(20, &Event::Ready { task: 1 });
        e.event(180, &Event::JobDone { object: 8 });
        e.event(20, &wait(BlockReason::Period, 8)).event(60, &Event::SwitchIn { task: 1 });
        e.event(20, &Event::MarkBegin { id: 0 });
        e.event(3000, &Event::IsrEnter { exception: 16 }).event(110, &Event::IsrExit);
        e.event(2500 + self.tick % 5 * 400, &Event::MarkEnd { id: 0 });
        if self.tick.is_multiple_of(4) {
            e.event(30, &Event::Ready { task: 2 });
            e.event(30, &wait(BlockReason::ChannelEmpty, 3)).event(60, &Event::SwitchIn { task: 2 });
            e.event(1500, &wait(BlockReason::Mutex, 5)).event(60, &Event::SwitchIn { task: 3 });
            e.event(700, &Event::Object { op: ObjectOp::Unlock, object: 5, value: 3 });
            e.event(10, &Event::Ready { task: 2 }).event(60, &Event::SwitchIn { task: 2 });
            e.event(100, &Event::PollBegin { object: 20 }).event(600, &Event::PollEnd { object: 20 });
            e.event(1300, &wait(BlockReason::Period, 0)).event(60, &Event::SwitchIn { task: 3 });
            e.event(900, &wait(BlockReason::Delay, 0)).event(60, &Event::Idle);
        } else {
            e.event(30, &wait(BlockReason::ChannelEmpty, 3));
            if self.tick % 4 == 3 {
                e.event(30, &Event::Ready { task: 3 });
                e.event(60, &Event::SwitchIn { task: 3 });
                e.event(400, &Event::Object { op: ObjectOp::Lock, object: 5, value: 4 });
                // Holds the mutex into the next millisecond.
                return self.flush();
            }
            e.event(60, &Event::Idle);
        }
        if self.tick.is_multiple_of(97) {
            e.drop_events(12);
            e.clock += 2000;
            e.sync(encoder::AFTER_DROPS);
        }
        self.flush()
    }

    fn flush(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.encoder.bytes)
    }
}

fn main() -> Result<(), Box<dyn error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["record", path] => record(path, 200),
        ["record", path, milliseconds] => record(path, milliseconds.parse()?),
        ["view", path, ref rest @ ..] => {
            let mut options = tui::Options::from_env();
            if let Some(theme) = rest.iter().find_map(|name| tui::Theme::named(name)) {
                options.theme = theme;
            }
            if rest.contains(&"--ascii") {
                options.glyphs = Glyphs::Ascii;
            }
            Ok(tui::run(tui::Feed::Recording(Recording::open(Path::new(path))?), options, tui::Backing::default())?)
        }
        ["text", path, ref rest @ ..] => {
            let trace = Trace::of(&Recording::open(Path::new(path))?);
            let window = match rest.first() {
                Some(window) => time::parse_window(window, trace.clock_hz(), &trace.window())?,
                None => trace.window(),
            };
            print!("{}", text::timeline(&trace, window, 120, Glyphs::Unicode));
            Ok(())
        }
        ["stats", path] => {
            let stats = Statistics::of(&Trace::of(&Recording::open(Path::new(path))?));
            print!("{}\n{}", stats.to_text(), stats.worst_text(5));
            Ok(())
        }
        ["live"] => live(),
        _ => {
            Err("usage: record FILE [MS] | view FILE [--ascii] [THEME] | text FILE [FROM..TO] | stats FILE | live"
                .into())
        }
    }
}

fn record(path: &str, milliseconds: u64) -> Result<(), Box<dyn error::Error>> {
    let mut writer = Writer::create(Path::new(path), &header())?;
    let mut firmware = Firmware::new();
    for _ in 0..milliseconds {
        writer.write(&firmware.millisecond())?;
    }
    println!("{}", writer.finish()?);
    Ok(())
}

fn live() -> Result<(), Box<dyn error::Error>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut firmware = Firmware::new();
        for at in 0..20_000 {
            let mut sent = sender.send(tui::Input::Bytes(firmware.millisecond()));
            if at % 100 == 0 {
                sent = sender.send(tui::Input::Text(format!("{at} ms: all is well\n")));
            }
            if sent.is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    Ok(tui::run(tui::Feed::Live { header: header(), receiver }, tui::Options::from_env(), tui::Backing::default())?)
}
