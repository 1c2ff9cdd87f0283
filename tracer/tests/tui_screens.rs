//! What every view shows of one trace, on screens of every size, with colours, without, and in ASCII: texts and styles are
//! golden files, which were looked at before they were committed.

mod common;

use std::fmt::Write;

use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};
use bluekernel_inspect::footprint::{CrateUse, Footprint, RegionUse, Totals};
use bluekernel_tracer::raster::Glyphs;
use bluekernel_tracer::recording::{Header, Recording};
use bluekernel_tracer::tui::{self, App, Options, Theme};
use bluekernel_tracer::wire::{Decoder, Item};
use common::encoder::AFTER_DROPS;
use common::golden;
use common::latencies::latencies;
use common::scenario::{block, header, script};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// Another millisecond behind that of `common::scenario`: ctrl does periodic work, is late once because 中文任务名 holds the
/// mutex, and then five events are lost.
fn recording() -> Recording {
    let mut script = script();
    let (ctrl, mid, timer) = (1, 2, 24);
    script
        .at(1006, Event::HeapStat { used: 256, peak: 512, size: 1024 })
        .at(1050, Event::IsrEnter { exception: timer })
        .at(1055, Event::Ready { task: ctrl })
        .at(1060, Event::IsrExit)
        .at(1070, Event::SwitchIn { task: ctrl })
        .at(1071, Event::Timing { object: 11, period: 300, deadline: 200 })
        .at(1072, Event::JobRelease { object: 11, late: 17 })
        .at(1080, Event::Counter { id: 7, value: 4 })
        .at(1090, Event::HeapAlloc { bytes: 64, used: 320 })
        .at(1100, Event::Object { op: ObjectOp::Lock, object: 7, value: ctrl + 1 })
        .at(1150, Event::Object { op: ObjectOp::Send, object: 9, value: 1 })
        .at(1151, Event::Ready { task: mid })
        .at(1200, Event::Object { op: ObjectOp::Unlock, object: 7, value: 0 })
        .at(1210, Event::HeapFree { bytes: 64, used: 256 })
        .at(1220, Event::JobDone { object: 11 })
        .at(1225, Event::Stack { task: ctrl, free: 90 })
        .at(1230, block(BlockReason::Period, 11))
        .at(1240, Event::SwitchIn { task: mid })
        .at(1245, Event::Object { op: ObjectOp::Receive, object: 9, value: 0 })
        .at(1250, Event::MarkInstant { id: 3, value: 5 })
        .at(1260, Event::PollBegin { object: 20 })
        .at(1290, Event::PollEnd { object: 20 })
        .at(1300, Event::Object { op: ObjectOp::Lock, object: 7, value: mid + 1 })
        .at(1350, Event::IsrEnter { exception: timer })
        .at(1355, Event::Ready { task: ctrl })
        .at(1360, Event::IsrExit)
        .at(1365, Event::SwitchIn { task: ctrl })
        .at(1366, Event::JobRelease { object: 11, late: 11 })
        .at(1370, Event::Priority { task: mid, priority: 9, cause: PriorityCause::Inherit, object: 7 })
        .at(1370, block(BlockReason::Mutex, 7))
        .at(1375, Event::SwitchIn { task: mid })
        .at(1690, Event::Object { op: ObjectOp::Unlock, object: 7, value: ctrl + 1 })
        .at(1690, Event::Priority { task: mid, priority: 5, cause: PriorityCause::Disinherit, object: 7 })
        .at(1690, Event::Ready { task: ctrl })
        .at(1695, Event::SwitchIn { task: ctrl })
        .at(1700, Event::JobDone { object: 11 })
        .at(1700, Event::DeadlineMiss { object: 11, late: 145 })
        .at(1710, block(BlockReason::Period, 11))
        .at(1715, Event::SwitchIn { task: mid })
        .at(1720, block(BlockReason::ChannelEmpty, 9))
        .at(1725, Event::Idle);
    script.encoder.drop_events(5);
    script.encoder.clock = 1800;
    script.encoder.sync(AFTER_DROPS);
    script.at(1950, Event::IsrEnter { exception: 16 }).at(1955, Event::IsrExit).at(2000, Event::TimerArm { ticks: 5 });
    Recording { header: with_names(), stream: script.encoder.bytes }
}

fn with_names() -> Header {
    let mut header = header();
    header.objects.insert(11, "app::PERIOD".to_owned());
    header.objects.insert(20, "app::net".to_owned());
    header.names.insert(3, "peak".to_owned());
    header
}

/// What a firmware of twelve crates takes.
fn footprint() -> Footprint {
    let region = |name: &str, base, size, used| RegionUse {
        name: name.to_owned(),
        base,
        size,
        used,
        extent: used,
        sections: Vec::new(),
    };
    let names = [
        "bluekernel",
        "app",
        "core",
        "c",
        "?",
        "中文库",
        "heapless",
        "bluekernel_core",
        "alloc",
        "board",
        "log",
        "fmt",
    ];
    let krate = |(place, name): (u64, &str)| CrateUse {
        name: name.to_owned(),
        flash: 6_000 / (place + 1),
        ram: if place == 1 { 3_000 } else { 40 },
    };
    let crates: Vec<CrateUse> = (0..).zip(names).map(krate).collect();
    let (flash, ram) = (crates.iter().map(|one| one.flash).sum(), crates.iter().map(|one| one.ram).sum());
    Footprint {
        totals: Totals::default(),
        flash,
        ram,
        regions: vec![
            region("FLASH", 0, 65_536, flash),
            region("RAM", 0x2000_0000, 8_192, ram),
            region("CCM", 1, 1, 0),
        ],
        outside: Vec::new(),
        sections: Vec::new(),
        crates,
        symbols: Vec::new(),
        stacks: Vec::new(),
    }
}

fn press(app: &mut App, keys: &str) {
    for c in keys.chars() {
        let code = if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
        app.key(KeyEvent::new(code, KeyModifiers::NONE));
    }
}

fn buffer(app: &App, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| tui::draw(app, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The characters, line by line.
fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let (mut line, mut covered) = (String::new(), 0);
        for x in 0..buffer.area.width {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let symbol = buffer.cell((x, y)).unwrap().symbol();
            line.push_str(symbol);
            covered = bluekernel_tracer::label::width(symbol).saturating_sub(1);
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// The styles, line by line: how many cells of which; `styles` says what each letter means.
fn styles(buffer: &Buffer, styles: &mut Vec<String>) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = buffer.cell((x, y)).unwrap();
            let look = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
            let letter = styles.iter().position(|known| *known == look).unwrap_or_else(|| {
                styles.push(look);
                styles.len() - 1
            });
            match runs.last_mut() {
                Some((count, last)) if *last == letter => *count += 1,
                _ => runs.push((1, letter)),
            }
        }
        let words: Vec<String> = runs.iter().map(|(count, letter)| format!("{count}{}", name(*letter))).collect();
        let _ = writeln!(out, "{}", words.join(" "));
    }
    out
}

fn name(letter: usize) -> char {
    char::from(b'a' + u8::try_from(letter).unwrap())
}

/// Each view at 1500 us, where ctrl waits for the mutex that 中文任务名 holds.
const VIEWS: [(&str, &str); 12] = [
    ("timeline", "1"),
    ("tasks", "2"),
    ("events", "3"),
    ("latency", "4"),
    ("pend", "4j."),
    ("objects", "5"),
    ("memory", "6"),
    ("crates", "6jj"),
    ("problems", "7"),
    ("recorder", "9"),
    ("console", "c"),
    ("help", "?"),
];

#[test]
fn every_view_on_every_screen() {
    for (view, key) in VIEWS {
        let mut out = String::new();
        let mut looks = Vec::new();
        let mut add = |title: String, options: &Options, (width, height): (u16, u16), with_styles: bool| {
            let mut options = options.clone();
            // The ELF file is known to one view, for what it shows of it.
            options.footprint = (view == "crates").then(footprint);
            // What the simulator told, to another.
            options.latencies = (view == "pend").then(|| latencies(""));
            let mut app = App::open(recording(), &options);
            app.resize(width, height);
            press(&mut app, "g1500us\n");
            press(&mut app, key);
            let buffer = buffer(&app, width, height);
            let _ = writeln!(out, "== {title}\n{}", text(&buffer));
            if with_styles {
                let _ = writeln!(out, "-- styles\n{}", styles(&buffer, &mut looks));
            }
        };
        let colour = Options::default();
        for size in [(80, 24), (120, 40), (50, 10), (49, 9), (200, 60)] {
            add(format!("{}x{} in colour", size.0, size.1), &colour, size, true);
        }
        let mono = Options { theme: Theme::MONO, ..Options::default() };
        add("80x24 without colour".to_owned(), &mono, (80, 24), true);
        let ascii = Options { glyphs: Glyphs::Ascii, theme: Theme::MONO, ..Options::default() };
        add("80x24 in ASCII".to_owned(), &ascii, (80, 24), false);
        for (letter, look) in looks.iter().enumerate() {
            let _ = writeln!(out, "{} = {look}", name(letter));
        }
        golden::check(&format!("tui/{view}.txt"), &out);
    }
}

/// Where two states are told apart by colour, they are told apart by a glyph too: this is tested in `tests/tui.rs`. Here:
/// nothing that only a style says is lost without colours, since no theme but its own modifiers is left.
#[test]
fn without_colours_no_view_has_any() {
    let options = Options { glyphs: Glyphs::Ascii, theme: Theme::MONO, ..Options::default() };
    let mut recording = recording();
    recording.header.tasks[2].name = "middle".to_owned();
    let mut app = App::open(recording, &options);
    app.resize(120, 40);
    for (view, key) in VIEWS {
        press(&mut app, key);
        for cell in buffer(&app, 120, 40).content() {
            assert_eq!((cell.fg, cell.bg), Default::default(), "{view}");
            assert!(cell.symbol().is_ascii(), "{view}: {:?}", cell.symbol());
        }
        press(&mut app, "\u{1b}");
    }
}

#[test]
fn themes_with_a_background_have_it_everywhere() {
    for theme in [Theme::DARK, Theme::LIGHT] {
        let mut app = App::open(recording(), &Options { theme, ..Options::default() });
        app.resize(80, 24);
        let buffer = buffer(&app, 80, 24);
        // The second half of a wide character is not sent to a terminal: its cell stays as it was.
        let wide = |cell: &ratatui::buffer::Cell| bluekernel_tracer::label::width(cell.symbol()) > 1;
        for pair in buffer.content().windows(2).filter(|pair| !wide(&pair[0])) {
            assert_ne!(pair[1].bg, ratatui::style::Color::Reset, "{}: {:?}", theme.name(), pair[1]);
        }
    }
}

/// Number and time of every event, by decoding from the beginning.
fn all_events(stream: &[u8]) -> Vec<u64> {
    let mut decoder = Decoder::new();
    decoder.push(stream);
    let mut times = Vec::new();
    while let Some(record) = decoder.next() {
        if let Item::Event(_) = record.item {
            times.push(record.time);
        }
    }
    times
}

/// What the list shows: number and time of each line, and the number of the selected one.
fn listed(app: &App) -> Vec<u64> {
    let text = text(&buffer(app, 120, 40));
    text.lines().skip(2).filter_map(|line| line.get(..9)?.trim().parse().ok()).collect()
}

#[test]
fn the_list_of_events_is_the_one_that_decoding_everything_gives() {
    // Sixty pieces with a keyframe each, and a restart in between.
    let mut script = script();
    for round in 1..60_u64 {
        let start = script.encoder.clock + 100;
        if round == 30 {
            script.encoder.clock = 0;
            script.encoder.sequence = 0;
            script.encoder.sync(common::encoder::BOOT);
        } else {
            script.encoder.sync(0);
        }
        let start = if round == 30 { 10 } else { start };
        for at in 0..7 {
            script.at(start + at * 5, Event::Counter { id: 7, value: (round * 10 + at).cast_signed() });
        }
    }
    let stream = script.encoder.bytes;
    let times = all_events(&stream);
    let mut app = App::open(Recording { header: header(), stream }, &Options::default());
    app.resize(120, 40);
    press(&mut app, "3");
    let rows = 40 - 1 - 3 - 1;
    for (number, time) in times.iter().enumerate() {
        press(&mut app, &format!("g{time}cy\n"));
        let first = times.iter().position(|other| other == time).unwrap_or(number) as u64;
        let shown = listed(&app);
        assert_eq!(shown.len(), rows.min(times.len()), "{time}");
        assert!(shown.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{time}: {shown:?}");
        assert!(shown.contains(&first), "{time}: {first} is not in {shown:?}");
    }
    // Step by step through all of them, also where several share a time.
    press(&mut app, "g0cy\n");
    // The cursor stands on the last cycle that is shown, also for an event at the very end.
    let last = *times.last().unwrap() - 1;
    for time in &times[1..] {
        press(&mut app, "j");
        assert_eq!(app.cursor(), (*time).min(last));
    }
    for time in times.iter().rev().skip(1) {
        press(&mut app, "k");
        assert_eq!(app.cursor(), *time);
    }
}

#[test]
fn a_filter_leaves_the_events_that_match() {
    let mut app = App::open(recording(), &Options::default());
    app.resize(120, 40);
    press(&mut app, "3:filter object:TOTAL\n");
    let text = text(&buffer(&app, 120, 40));
    // Lock 320, wait 500, unlock 600, lock 1100, unlock 1200, lock 1300, two priorities, wait 1370, unlock 1690; and the loss.
    let lines = text.lines().filter(|line| line.contains("app::TOTAL")).count();
    assert_eq!(lines, 10, "{text}");
    press(&mut app, ":filter task:ctrl state:blocked dur>200us\n");
    let text = self::text(&buffer(&app, 120, 40));
    assert_eq!(text.lines().filter(|line| line.contains("blocks")).count(), 3, "{text}");
}

#[test]
fn every_list_leads_to_the_timeline() {
    let mut app = App::open(recording(), &Options::default());
    app.resize(120, 40);
    let mut go = |keys: &str| {
        press(&mut app, keys);
        (app.cursor(), app.selected_name(), text(&buffer(&app, 120, 40)).starts_with("[1 Timeline]"))
    };
    // The worst of ctrl's responses: ready at 40, running at 100.
    assert_eq!(go("4g1500us\nkkkkkkkkk"), (1500, "UART0_RX".to_owned(), false));
    assert_eq!(go("jj."), (40, "ctrl".to_owned(), false));
    assert_eq!(go("\n"), (40, "ctrl".to_owned(), true));
    // Without what the simulator told there is nothing from pend.
    assert_eq!(go("4kkkkkkkkkj").1, "TIMER0");
    // Operations on the mutex: at 320 low locks it.
    assert_eq!(go("5g0cy\n."), (320, "low".to_owned(), false));
    assert_eq!(go("\n"), (320, "low".to_owned(), true));
    // The gap from 1725 to 1800.
    assert_eq!(go("9\n").0, 1725);
}

/// UART0_RX has a duration first and then what the simulator told; at 809 us it became pending.
#[test]
fn the_longest_waits_from_pend_lead_to_their_times() {
    let mut app = App::open(recording(), &Options { latencies: Some(latencies("")), ..Options::default() });
    app.resize(120, 40);
    let mut go = |keys: &str| {
        press(&mut app, keys);
        let text = text(&buffer(&app, 120, 40));
        (app.cursor(), app.selected_name(), text.starts_with("[1 Timeline]"), text)
    };
    let (cursor, name, timeline, text) = go("4g1500us\nj.");
    assert_eq!((cursor, name.as_str(), timeline), (809, "UART0_RX", false));
    assert!(text.contains("masked for 95.00 us from read (src/adc.rs:12) to read (src/adc.rs:19)"), "{text}");
    let (cursor, _, _, text) = go(".");
    assert_eq!(cursor, 380);
    assert!(text.contains("UART0_RX waited 30.00 us: the handler of TIMER0 ran for 40.00 us"), "{text}");
    // Where the third was, the recording does not tell: nothing moves, and that is said.
    let (cursor, _, timeline, text) = go(".\n");
    assert_eq!((cursor, timeline), (380, false));
    assert!(text.contains("when that was, the recording does not tell"), "{text}");
    // The timeline shows the wait, and in words what it was for.
    let (cursor, name, timeline, text) = go(",,\n");
    assert_eq!((cursor, name.as_str(), timeline), (809, "UART0_RX", true));
    assert!(text.contains("UART0_RX waited 91.00 us: masked for 95.00 us from read (src/adc.rs:12)"), "{text}");
    // The last of all is the handler of which no trace tells: it has no row, and its time is worked out.
    let (cursor, name, _, text) = go(&format!("4{}.", "j".repeat(40)));
    assert_eq!((cursor, name.as_str()), (449, "filter"));
    assert!(text.contains(" PendSV from pend"), "{text}");
    // The mask is a problem too.
    assert!(go("7").3.contains("long-mask"));
}
