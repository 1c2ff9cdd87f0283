//! The page of the scenario: its numbers, its safety, its size. `tests/report/check.py` opens it in a browser.

mod common;

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_inspect::footprint::{CrateUse, Footprint, RegionUse, Totals};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::{Header, TaskEntry};
use bluekernel_tracer::report::{About, html};
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::latencies::latencies;
use common::scenario::{HZ, Script, block, header, script};

const ABOUT: About<'static> = About { file: "run.bkt", sha256: "c0ffee", footprint: None, latencies: None };

fn page_of(header: Header, script: &Script) -> String {
    let mut trace = Trace::new(header);
    trace.push(&script.encoder.bytes);
    trace.finish();
    html(&trace, &ABOUT)
}

fn page() -> String {
    page_of(header(), &script())
}

/// Every `<svg>` of `page`, as another parser reads it: as XML, so that a tag that is not closed is found.
fn drawings(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<svg") {
        let end = start + rest[start..].find("</svg>").expect("an svg that ends") + "</svg>".len();
        found.push(rest[start..end].to_owned());
        rest = &rest[end..];
    }
    found
}

#[test]
fn numbers_are_those_of_the_statistics() {
    let page = page();
    // ctrl: woken three times, 60, 20 and 10 us; 90 us ready in all; switched in three times (`tests/stats.rs`).
    let from = page.find("<table id=\"tasks\">").unwrap();
    let row = &page[from..][page[from..].find("<td>ctrl</td>").unwrap()..];
    let row = &row[..row.find("</tr>").unwrap()];
    for cell in [
        "data-key=\"runs\" data-value=\"3\">3<",
        "data-key=\"switches\" data-value=\"3\">3<",
        "data-key=\"response.p50\" data-value=\"20\">20.00 us<",
        "data-key=\"response.max\" data-value=\"60\">60.00 us<",
        "data-key=\"ready_cycles\" data-value=\"90\">90.00 us<",
    ] {
        assert!(row.contains(cell), "{cell} is not in {row}");
    }
    for cell in ["data-key=\"cpu.tasks\" data-value=\"570\"", "data-key=\"cpu.idle\" data-value=\"230\""] {
        assert!(page.contains(cell), "{cell}");
    }
    assert!(page.contains("<dt>SHA-256</dt><dd>c0ffee</dd>"));
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    assert_eq!(page(), page());
}

#[test]
fn the_timeline_is_drawn_as_the_lanes_are() {
    let page = page();
    let drawings = drawings(&page);
    for drawing in &drawings {
        roxmltree::Document::parse(drawing).unwrap_or_else(|error| panic!("{error}: {drawing}"));
    }
    let timeline = drawings.iter().find(|svg| svg.contains("class=\"time\"")).unwrap();
    let document = roxmltree::Document::parse(timeline).unwrap();
    let path = |title: &str| {
        let titled = document.descendants().find(|node| node.has_tag_name("title") && node.text() == Some(title));
        titled.and_then(|title| title.parent()).and_then(|path| path.attribute("d")).unwrap_or_default().to_owned()
    };
    // 960 columns for 1000 us. ctrl runs 100..200, 450..500 and 610..700: from unit 176 on, 0.96 units a microsecond, and
    // as high as the row allows wherever it runs all the time.
    let ctrl = path("ctrl: runs");
    let full: Vec<(u64, u64)> = ctrl
        .split('M')
        .filter_map(|shape| {
            let (at, size) = shape.split_once('h')?;
            let (width, height) = size.split_once('v')?;
            let (x, _) = at.split_once(' ')?;
            height.starts_with("14h").then(|| Some((x.parse().ok()?, width.parse().ok()?)))?
        })
        .collect();
    // (Column 585 begins at 609.4 us: its first cycle is 610.)
    assert_eq!(full, [(176 + 96, 96), (176 + 432, 48), (176 + 585, 87)]);
    // ctrl waits for the mutex 500..600.
    assert!(path("ctrl: waits for an object").contains("h96v2h-96z"), "{}", path("ctrl: waits for an object"));
    // Nothing that runs in a part of a column is left out: UART0_RX runs 410..420 and 900..910.
    assert!(path("UART0_RX: runs").matches('M').count() >= 2);
    for state in ["low: ready, something more important runs", "low: interrupted by a handler", "depth: value"] {
        assert!(!path(state).is_empty(), "{state}");
    }
}

/// Labels of the axis neither touch each other nor leave the drawing. A character is counted as seven units wide, which is
/// more than any of a label takes at its size of 11 (the page is looked at in a browser too).
#[test]
fn labels_of_the_axis_have_their_room() {
    for end in [1, 9, 10, 11, 37, 99, 280, 290, 296, 300, 301, 777, 999, 1_000, 12_345, 295_731] {
        let mut script = Script { encoder: Encoder::new() };
        script.encoder.sync(BOOT);
        script.at(0, Event::Idle).at(end * 1_000, Event::TimerArm { ticks: 1 });
        let page = page_of(header(), &script);
        let timeline = drawings(&page).into_iter().find(|svg| svg.contains("class=\"time\"")).unwrap();
        let document = roxmltree::Document::parse(&timeline).unwrap();
        let labels =
            document.descendants().filter(|node| node.has_tag_name("text") && node.attribute("y") == Some("12"));
        let places: Vec<(usize, usize)> = labels
            .map(|node| {
                let (x, width) = (node.attribute("x").unwrap().parse().unwrap(), 7 * node.text().unwrap().len());
                if node.attribute("text-anchor") == Some("end") { (x - width, x) } else { (x, x + width) }
            })
            .collect();
        assert!(places.len() > 3, "{end} ms: {places:?}");
        assert!(places.windows(2).all(|pair| pair[0].1 < pair[1].0), "{end} ms: {places:?}");
        assert!(places.iter().all(|(from, to)| *from >= 176 && *to <= 176 + 960), "{end} ms: {places:?}");
    }
}

/// A firmware of 3,000 bytes of flash and 1,100 of RAM, 100 of which are in both.
fn footprint(name: &str) -> Footprint {
    let region = |region: &str, base, size, sections: &[(&str, u64)]| {
        let used = sections.iter().map(|(_, bytes)| bytes).sum();
        let sections = sections.iter().map(|(section, bytes)| (format!("{section}{name}"), *bytes)).collect();
        RegionUse { name: format!("{region}{name}"), base, size, used, extent: used, sections }
    };
    let use_of = |krate: &str, flash, ram| CrateUse { name: format!("{krate}{name}"), flash, ram };
    Footprint {
        totals: Totals { text: 2_900, data: 100, bss: 1_000 },
        flash: 3_000,
        ram: 1_100,
        regions: vec![
            region("FLASH", 0, 8_192, &[(".text", 2_900), (".data", 100)]),
            region("RAM", 0x2000_0000, 4_096, &[(".data", 100), (".bss", 1_000)]),
            region("NONE", 0x6000_0000, 4_096, &[]),
        ],
        outside: Vec::new(),
        sections: Vec::new(),
        crates: (1..=22).map(|place| use_of(&format!("c{place}"), 200 - place, 50)).collect(),
        symbols: Vec::new(),
        stacks: Vec::new(),
    }
}

#[test]
fn memories_are_drawn_as_full_as_they_are() {
    let mut trace = Trace::new(header());
    trace.push(&script().encoder.bytes);
    let footprint = footprint("");
    let page = html(&trace, &About { footprint: Some(&footprint), ..ABOUT });
    // 2,900 of 8,192 bytes are 35.4 %, 100 are 1.221 %; 3,000 are 36.6 %. A memory that holds nothing is not drawn.
    for words in [
        "<b>FLASH</b> 3000 B of 8 KiB (36.6 %), from 0x00000000",
        "<b>RAM</b> 1100 B of 4 KiB (26.9 %), from 0x20000000",
        "style=\"width:35.400%\" title=\".text 2900 B\"",
        "style=\"width:1.221%\" title=\".data 100 B\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("NONE"));
    let from = page.find("<table id=\"crates\">").unwrap();
    let table = &page[from..from + page[from..].find("</table>").unwrap()];
    // c21 and c22 share a line: 179 + 178 bytes of flash, twice 50 of RAM.
    let more = "<td>2 more</td>";
    let rest = &table[table.find(more).unwrap()..];
    assert!(rest.contains("data-value=\"357\">357<") && rest.contains("data-value=\"100\">100<"), "{rest}");
    assert!(table.contains("<td>c20</td>") && !table.contains("c21"), "{table}");
    // Without the ELF nothing is said of it.
    assert!(!self::page().contains("Flash and RAM"));
}

#[test]
fn latencies_are_told_with_what_kept_them_waiting() {
    let mut trace = Trace::new(header());
    trace.push(&script().encoder.bytes);
    trace.finish();
    let latencies = latencies("");
    let page = html(&trace, &About { latencies: Some(&latencies), ..ABOUT });
    let table = |id: &str| {
        let from = page.find(&format!("<table id=\"{id}\">")).unwrap();
        page[from..from + page[from..].find("</table>").unwrap()].split("<tr>").skip(2).collect::<Vec<_>>()
    };
    // The slowest comes first. Ten cycles are a microsecond.
    let numbers = table("latency");
    assert_eq!(numbers.len(), 3);
    for cell in [
        "<td>UART0_RX</td>",
        "data-key=\"latency.count\" data-value=\"1234\">1234<",
        "data-key=\"latency.min\" data-value=\"9\">900.0 ns<",
        "data-key=\"latency.p50\" data-value=\"15\">1.500 us<",
        "data-key=\"latency.p99\" data-value=\"299\">29.90 us<",
        "data-key=\"latency.max\" data-value=\"910\">91.00 us<",
        "data-key=\"masked.max\" data-value=\"910\">91.00 us<",
        "data-key=\"masked.count\" data-value=\"1\">1 of 4<",
    ] {
        assert!(numbers[0].contains(cell), "{cell} is not in {}", numbers[0]);
    }
    assert!(numbers[1].contains("<td>TIMER0</td>") && numbers[1].contains(">0 of 1<"), "{}", numbers[1]);
    // Three of UART0_RX's, and the one of each other. 91 us before 900 it became pending; a quarter of that is room.
    let worst = table("latency-worst");
    let told = [
        ("UART0_RX", "91.00 us", "809 us", "masked for 95.00 us from read (src/adc.rs:12) to read (src/adc.rs:19)"),
        ("UART0_RX", "30.00 us", "380 us", "the handler of TIMER0 ran for 40.00 us, read (src/adc.rs:30)"),
        ("UART0_RX", "4.000 us", "cycle 11960 of the core", "nothing but its entry"),
        ("TIMER0", "2.000 us", "398 us", "nothing but its entry"),
        ("PendSV", "1.000 us", "449 us", "nothing but its entry"),
    ];
    assert_eq!(worst.len(), told.len());
    for (row, (name, length, from, cause)) in worst.iter().zip(told) {
        assert!(row.starts_with(&format!("<td>{name}</td>")), "{row}");
        assert!(row.contains(&format!(">{length}</td><td>{from}</td>")), "{row}");
        assert!(row.contains(&format!("{cause}</td>")), "{row}");
    }
    assert!(worst[0].contains("bkctl trace view run.bkt --window 787cy..922cy"), "{}", worst[0]);
    assert_eq!(worst.iter().filter(|row| row.contains(">mask</span>")).count(), 1);
    assert!(!worst[2].contains("--window"), "{}", worst[2]);
    // A mask of 95 us is a finding too, and its proof is where the slowest waited.
    assert!(page.contains("interrupts were masked for 95.00 us"));
    // Without the simulator's answer nothing is said of it.
    assert!(!self::page().contains("from pend"));
}

#[test]
fn no_name_becomes_markup() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{1b}";
    let mut header = header();
    header.board = evil.to_owned();
    header.kit = evil.to_owned();
    header.build_id = Some(evil.to_owned());
    header.tasks.iter_mut().for_each(|task| task.name = evil.to_owned());
    header.names.values_mut().for_each(|name| *name = evil.to_owned());
    header.objects.values_mut().for_each(|name| *name = evil.to_owned());
    header.exceptions.values_mut().for_each(|name| *name = evil.to_owned());
    let mut trace = Trace::new(header);
    trace.push(&script().encoder.bytes);
    let page = html(
        &trace,
        &About { file: evil, sha256: evil, footprint: Some(&footprint(evil)), latencies: Some(&latencies(evil)) },
    );
    // One script, the page's own; no picture; no attribute that runs anything but as text.
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<img").count(), 0);
    assert!(!page.contains('\u{1b}'));
    for drawing in drawings(&page) {
        assert!(roxmltree::Document::parse(&drawing).is_ok(), "{drawing}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn nothing_is_loaded() {
    let page = page();
    assert!(page.contains("default-src 'none'"));
    for door in ["http:", "https:", "//www", "@import", "<link", "<iframe", "src=", "fetch(", "XMLHttp"] {
        assert!(!page.contains(door), "{door}");
    }
}

#[test]
fn losses_are_drawn_and_told() {
    let mut script = script();
    script.encoder.drop_events(5);
    script.encoder.clock = 1100;
    script.encoder.sync(AFTER_DROPS);
    script.at(1200, Event::TimerArm { ticks: 1 });
    let page = page_of(header(), &script);
    assert!(page.contains("<b>5 events</b><span>lost while recording</span>"));
    assert!(page.contains("events were lost: 5 counted"));
    assert!(page.contains("Lost: 5 events and 0 bytes in 1 gaps, 100.0 us together."));
    assert!(page.contains("data-value=\"3\">\u{2265} 3<"));
}

#[test]
fn ten_minutes_of_everything_stay_below_a_megabyte() {
    let mut header = header();
    header.tasks = (0..80)
        .map(|number| TaskEntry {
            number,
            name: format!("a_task_with_a_long_name_{number}"),
            priority: 9,
            stack_bytes: 1024,
        })
        .collect();
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(BOOT);
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = |below: u64| {
        // xorshift64
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let reasons = [BlockReason::Delay, BlockReason::Mutex, BlockReason::ChannelEmpty];
    let mut time = 0;
    while time < 600 * HZ {
        time += 1 + next(6000);
        let task = next(80) as u32;
        match next(8) {
            0 => script.at(time, Event::IsrEnter { exception: 16 + next(30) as u32 }),
            1 => script.at(time, Event::IsrExit),
            2 | 3 => script.at(time, Event::Ready { task }),
            4 | 5 => script.at(time, Event::SwitchIn { task }),
            6 => script.at(time, Event::Object { op: ObjectOp::Lock, object: 7, value: task + 1 }),
            _ => script.at(time, block(reasons[next(3) as usize], 7)),
        };
    }
    let page = page_of(header, &script);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    // And it is drawn, not left out.
    assert!(page.len() > 200_000, "{} bytes", page.len());
}

#[test]
fn a_recording_without_events_says_so() {
    let page = html(&Trace::new(header()), &ABOUT);
    assert!(page.contains("No events: was the firmware built with its feature <code>trace</code>?"));
}
