//! The viewer on the trace of `common::scenario`: what stands in which column, and what keys and mouse do.

mod common;

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use bluekernel_tracer::model::Trace;
use bluekernel_tracer::raster::Glyphs;
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::tui::{self, App, Backing, Input, Marked, Notebook, Options};
use common::encoder::AFTER_DROPS;
use common::scenario::{header, script};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

/// Cells left of the lanes: selection, the longest name (five double-width characters), priority, spaces.
const LABEL: usize = 15;

fn trace() -> Trace {
    let mut trace = Trace::new(header());
    trace.push(&script().encoder.bytes);
    trace.finish();
    trace
}

fn options(window: std::ops::Range<u64>) -> Options {
    Options { window: Some(window), ..Options::default() }
}

/// The screen as cells: a character, or nothing where a wide one reaches into.
fn cells(app: &App, width: u16, height: u16) -> Vec<Vec<String>> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| tui::draw(app, frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    (0..height)
        .map(|y| {
            let mut covered = 0;
            (0..width)
                .map(|x| {
                    if covered > 0 {
                        covered -= 1;
                        return String::new();
                    }
                    let symbol = buffer.cell((x, y)).unwrap().symbol().to_owned();
                    covered = bluekernel_tracer::label::width(&symbol).saturating_sub(1);
                    symbol
                })
                .collect()
        })
        .collect()
}

fn screen(app: &App, width: u16, height: u16) -> String {
    let mut out = String::new();
    for line in cells(app, width, height) {
        let _ = writeln!(out, "{}", line.concat().trim_end());
    }
    out
}

fn open(trace: Trace, options: &Options, width: u16, height: u16) -> App {
    let mut app = App::recorded(trace, options);
    app.resize(width, height);
    app.tick();
    app
}

fn press(app: &mut App, keys: &str) {
    for c in keys.chars() {
        app.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    }
}

/// A row of the timeline, from runs of characters.
fn row(runs: &[(usize, char)]) -> String {
    runs.iter().map(|(count, c)| c.to_string().repeat(*count)).collect()
}

/// The lane whose label holds `name`, right of the label.
fn lane(app: &App, width: u16, height: u16, name: &str) -> String {
    let lines = cells(app, width, height);
    let line = lines.iter().find(|line| line[..LABEL].concat().contains(name)).expect("the lane");
    line[LABEL..].concat()
}

#[test]
fn each_column_shows_its_ten_microseconds() {
    // 80 cells less 15 are 65 columns: 650 us.
    let mut app = open(trace(), &options(0..650), 80, 24);
    press(&mut app, "r"); // no arrows in front of the lanes
    let expected = [
        ("ctrl", row(&[(4, ' '), (6, '░'), (10, '█'), (23, '·'), (2, '░'), (5, '█'), (10, '─'), (1, '░'), (4, '█')])),
        ("中文任务名", row(&[(6, ' '), (15, '░'), (9, '█'), (35, '─')])),
        ("low", row(&[(2, ' '), (29, '░'), (9, '█'), (4, '▒'), (1, '█'), (6, '░'), (10, '█'), (4, '░')])),
        ("TIMER0", row(&[(40, ' '), (1, '█'), (1, '▒'), (2, '█'), (21, ' ')])),
        ("UART0_RX", row(&[(41, ' '), (1, '█'), (23, ' ')])),
        ("idle", row(&[(65, ' ')])),
        ("filter", row(&[(62, ' '), (3, '█')])),
    ];
    for (name, expected) in expected {
        assert_eq!(lane(&app, 80, 24, name), expected, "{name}");
    }
}

#[test]
fn columns_behind_the_end_stay_empty() {
    // 120 cells less 15 are 105 columns: 1050 us, of which 1000 happened.
    let mut app = open(trace(), &options(0..1050), 120, 40);
    press(&mut app, "r");
    assert_eq!(lane(&app, 120, 40, "idle"), row(&[(76, ' '), (14, '█'), (1, '▒'), (9, '█'), (5, ' ')]));
    let low = row(&[
        (2, ' '),
        (29, '░'),
        (9, '█'),
        (4, '▒'),
        (1, '█'),
        (6, '░'),
        (10, '█'),
        (10, '░'),
        (4, '█'),
        (25, '·'),
        (5, ' '),
    ]);
    assert_eq!(lane(&app, 120, 40, "low"), low);
}

#[test]
fn parts_of_a_column_show_as_eighths() {
    // 35 columns of 20 us. Column 15 is 300..320: low is ready, then runs from 310: four eighths. Column 20 is
    // 400..420: TIMER0 runs in the first half. Column 22 is 440..460: low runs 440..450.
    let mut app = open(trace(), &options(0..700), 50, 12);
    press(&mut app, "r");
    let low: Vec<char> = lane(&app, 50, 12, "low").chars().collect();
    assert_eq!((low[15], low[16], low[20], low[22]), ('▄', '█', '▒', '▄'));
    let timer: Vec<char> = lane(&app, 50, 12, "TIMER0").chars().collect();
    assert_eq!((timer[19], timer[20], timer[21], timer[22]), (' ', '▄', '█', ' '));
}

#[test]
fn moments_and_values_have_rows() {
    use bluekernel_abi::Event;
    let mut script = script();
    script
        .at(1010, Event::MarkInstant { id: 0, value: 5 })
        .at(1015, Event::Counter { id: 7, value: 0 })
        .at(1045, Event::Counter { id: 7, value: 4 })
        .at(1046, Event::Counter { id: 7, value: 1 })
        .at(1100, Event::MarkInstant { id: 0, value: 6 })
        .at(1200, Event::Idle);
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    let mut app = open(trace, &options(600..1250), 80, 24);
    // Columns of 10 us from 600: the counter was set to -3 at 690, then as above; -3 to 4 are eight steps. A column
    // shows the largest value set in it, or the one that holds. Nothing stands behind the end at 1200.
    let depth = row(&[(9, ' '), (32, '▁'), (3, '▄'), (1, '█'), (16, '▅'), (4, ' ')]);
    assert_eq!(lane(&app, 80, 24, "depth"), depth);
    let text = screen(&app, 80, 24);
    let line = text.lines().find(|line| line.contains('◆')).unwrap_or_default();
    assert_eq!(line[LABEL..].trim_end(), row(&[(41, ' '), (1, '◆'), (8, ' '), (1, '◆')]));
    press(&mut app, "jjjjj");
    app.key(KeyEvent::new(KeyCode::End, KeyModifiers::NONE));
    press(&mut app, ",");
    assert!(screen(&app, 80, 24).contains("1.1 ms: filter with 6 at 1.1 ms, 2 of 2"));
    press(&mut app, "j,");
    assert!(screen(&app, 80, 24).contains("1.046 ms: depth is 1 (-3 to 4 in all)"), "{}", screen(&app, 80, 24));
}

#[test]
fn lost_events_show_in_every_lane() {
    let mut script = script();
    script.encoder.drop_events(5);
    script.encoder.clock = 1100;
    script.encoder.sync(AFTER_DROPS);
    script.at(1300, bluekernel_abi::Event::Idle);
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    let app = open(trace, &options(650..1300), 80, 24);
    // Columns of 10 us: the gap from 1000 to 1100 is columns 35 to 45, both ends included.
    for name in ["ctrl", "low", "UART0_RX", "idle"] {
        let cells: Vec<char> = lane(&app, 80, 24, name).chars().collect();
        assert!(cells[35..=45].iter().all(|c| *c == '╳'), "{name}: {cells:?}");
        assert!(cells[34] != '╳' && cells[46] != '╳', "{name}: {cells:?}");
    }
    assert_eq!(&lane(&app, 80, 24, "ctrl").chars().skip(46).collect::<String>(), &"?".repeat(19));
}

#[test]
fn the_cursor_tells_state_reason_and_object() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    assert_eq!(app.selected_name(), "ctrl");
    let mut say = |keys: &str| {
        press(&mut app, keys);
        let text = screen(&app, 80, 24);
        text.lines().nth(21).unwrap_or_default().to_owned()
    };
    assert_eq!(say(""), "0 s: ctrl is dormant, 40.00 us from 0 s");
    assert_eq!(say("."), "40 us: ctrl ready at priority 9, 60.00 us from 40 us");
    assert_eq!(say("."), "100 us: ctrl running at priority 9, 100.0 us from 100 us");
    assert_eq!(say("...."), "500 us: ctrl blocked on mutex app::TOTAL, 100.0 us from 500 us");
    assert_eq!(say(","), "450 us: ctrl running at priority 9, 50.00 us from 450 us");
    assert_eq!(say("j"), "450 us: 中文任务名 blocked on channel-empty app::QUEUE, so far 700.0 us", "no room for more");
    assert_eq!(say("jj"), "450 us: idle does not idle, 760.0 us from 0 s");
}

#[test]
fn arrows_lead_from_who_wakes_to_who_is_woken() {
    let mut app = open(trace(), &options(0..650), 80, 24);
    // TIMER0 wakes ctrl at 430; low unlocks the mutex and so wakes ctrl at 600, across 中文任务名. Columns of 10 us.
    let column = |app: &App, name, at: usize| lane(app, 80, 24, name).chars().nth(at);
    assert_eq!([column(&app, "TIMER0", 43), column(&app, "ctrl", 43)], [Some('●'), Some('▼')]);
    let across = [column(&app, "ctrl", 60), column(&app, "中文", 60), column(&app, "low", 60)];
    assert_eq!(across, [Some('▲'), Some('│'), Some('●')]);
    // At 610 ctrl runs: who let it?
    press(&mut app, "g610us");
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    assert!(screen(&app, 80, 24).contains("woken    600 us by low, ran 10.00 us later"), "{}", screen(&app, 80, 24));
    press(&mut app, "[");
    assert_eq!((app.cursor(), app.selected_name().as_str()), (600, "low"));
    assert!(screen(&app, 80, 24).contains("here low woke ctrl"));
    // And forward again: to where ctrl runs because of it.
    press(&mut app, "]");
    assert_eq!((app.cursor(), app.selected_name().as_str()), (610, "ctrl"));
    // Before that, a handler: it wakes ctrl at 430, which runs at 450.
    press(&mut app, "g500us");
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    press(&mut app, "[");
    assert_eq!((app.cursor(), app.selected_name().as_str()), (430, "TIMER0"));
    press(&mut app, "]");
    assert_eq!((app.cursor(), app.selected_name().as_str()), (450, "ctrl"));
}

#[test]
fn the_panel_tells_the_object_and_who_holds_it() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    press(&mut app, "g550us");
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    let text = screen(&app, 80, 24);
    // ctrl waits from 500 to 600 for the mutex that low locked at 320.
    for words in ["state    blocked on mutex app::TOTAL", "since    500 us, for 100.0 us", "held by low"] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    // From A at 100 to B at 500: ctrl ran 100..200 and 450..500, TIMER0 400..410 and 420..440.
    press(&mut app, "g100us");
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    press(&mut app, "mg500us");
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    press(&mut app, "m");
    let text = screen(&app, 80, 24);
    assert!(text.contains("CPU from A to B") && text.contains("ctrl         37.50 %"), "{text}");
    assert!(text.contains("TIMER0        7.50 %"), "{text}");
}

#[test]
fn searching_walks_through_what_matches() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    let type_line = |app: &mut App, line: &str| {
        press(app, line);
        app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    };
    type_line(&mut app, "/task:ctrl state:blocked");
    assert_eq!((app.cursor(), app.selected_name().as_str()), (200, "ctrl"));
    assert!(screen(&app, 80, 24).contains("ctrl at 200 us, 230.0 us"));
    press(&mut app, "nn");
    assert_eq!(app.cursor(), 700);
    press(&mut app, "n");
    assert!(screen(&app, 80, 24).contains("nothing behind the cursor"));
    press(&mut app, "N");
    assert_eq!(app.cursor(), 500);
    type_line(&mut app, "/tsk:x");
    assert!(screen(&app, 80, 24).contains("column 1: `tsk:` is no field"), "{}", screen(&app, 80, 24));
    // A filter leaves the rows in which something can match.
    type_line(&mut app, ":filter task:ctrl,low");
    let text = screen(&app, 80, 24);
    assert!(text.contains("only task:ctrl,low") && text.lines().nth(5).unwrap().starts_with(" low"), "{text}");
    app.key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    app.key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    assert!(screen(&app, 80, 24).contains("UART0"));
}

#[test]
fn bookmarks_are_found_again() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    press(&mut app, "..:bookmark start of ctrl");
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    press(&mut app, "....b'");
    assert_eq!(app.cursor(), 100, "behind the last comes the first");
    assert!(screen(&app, 80, 24).contains("bookmark start of ctrl"));
    press(&mut app, "'");
    assert_eq!(app.cursor(), 500);
    press(&mut app, "b\"");
    assert_eq!(app.cursor(), 100, "the other one is gone");
}

/// Tells the test what it was asked to keep, and whether that is refused.
#[derive(Clone, Debug, Default)]
struct Paper(Arc<Mutex<(Marked, Option<String>, u32)>>);

impl Notebook for Paper {
    fn read(&mut self) -> Result<Marked, String> {
        let (marked, refused, _) = self.0.lock().unwrap().clone();
        refused.map_or(Ok(marked), Err)
    }

    fn keep(&mut self, marked: &Marked) -> Result<(), String> {
        let mut paper = self.0.lock().unwrap();
        paper.2 += 1;
        match &paper.1 {
            Some(why) => Err(why.clone()),
            None => {
                marked.clone_into(&mut paper.0);
                Ok(())
            }
        }
    }
}

#[test]
fn what_is_marked_is_kept_at_every_change_and_there_again() {
    let paper = Paper::default();
    let open = || {
        let mut app = open(trace(), &options(0..1000), 80, 24);
        app.attach(Backing { notebook: Some(Box::new(paper.clone())), ..Backing::default() });
        app
    };
    let mut app = open();
    press(&mut app, ".m.b..m");
    let kept = paper.0.lock().unwrap().clone();
    assert_eq!(kept.0.marks, app.marks());
    assert_eq!(kept.0.bookmarks.len(), 1);
    assert_eq!(kept.2, 3, "twice marked, once bookmarked");
    press(&mut app, "jk.,");
    assert_eq!(paper.0.lock().unwrap().2, 3, "what does not change is not kept again");
    drop(app);
    let mut app = open();
    assert_eq!(app.marks(), kept.0.marks);
    assert!(screen(&app, 80, 24).contains("a bookmark from the last time: ' goes there"));
    press(&mut app, "'");
    assert_eq!(app.cursor(), kept.0.bookmarks[0].0);
    assert_eq!(paper.0.lock().unwrap().2, 3, "nor is what was read");
}

#[test]
fn what_cannot_be_kept_is_said_and_the_viewer_goes_on() {
    let paper = Paper::default();
    paper.0.lock().unwrap().1 = Some("the paper is wet".to_owned());
    let mut app = open(trace(), &options(0..1000), 80, 24);
    app.attach(Backing { notebook: Some(Box::new(paper)), ..Backing::default() });
    assert!(screen(&app, 80, 24).contains("the paper is wet"));
    press(&mut app, ".b");
    assert!(screen(&app, 80, 24).contains("bookmark 1, but the paper is wet"));
    let there = app.cursor();
    press(&mut app, "..");
    assert_ne!(app.cursor(), there);
    press(&mut app, "'");
    assert_eq!(app.cursor(), there, "it is there, as long as the viewer is");
}

#[test]
fn a_bookmark_gets_the_first_free_number() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    press(&mut app, ".b.b\"b..b");
    assert!(screen(&app, 80, 24).contains("bookmark 1"), "1 was taken away: {}", screen(&app, 80, 24));
    press(&mut app, "..b");
    assert!(screen(&app, 80, 24).contains("bookmark 3"));
}

#[test]
fn the_palette_completes_names_and_says_what_is_wrong() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    press(&mut app, ":zoom-i");
    assert!(screen(&app, 80, 24).contains("zoom in at the cursor"));
    app.key(KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE));
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    // Two thirds of 1000 cycles, the cursor at 0 in place.
    assert_eq!(app.window(), 0..666);
    let mut say = |line: &str| {
        press(&mut app, line);
        app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
        screen(&app, 80, 24).lines().nth(22).unwrap_or_default().to_owned()
    };
    assert_eq!(say(":zoom"), "no action or command `zoom`; : and Tab list them");
    assert_eq!(say(":fit 3"), "`fit` takes nothing behind it");
    assert_eq!(say(":theme pink"), "no theme `pink`; there are colour-blind-safe, dark, light, mono");
    assert!(say(":goto soon").starts_with("`soon` is not a time"));
    say(":window 100us..300us");
    assert_eq!(app.window(), 100..300);
}

#[test]
fn marks_measure() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    press(&mut app, "..m....m");
    assert_eq!(app.marks(), [Some(100), Some(500)]);
    let text = screen(&app, 80, 24);
    assert!(text.contains("B-A 400.0 us (400 cycles)  A 100 us  B 500 us"), "{text}");
    press(&mut app, "f");
    // A tenth of room on both sides of 100..500.
    assert_eq!(app.window(), 60..540);
    app.key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    assert_eq!(app.marks(), [None, None]);
    press(&mut app, "0");
    assert_eq!(app.window(), 0..1000);
}

#[test]
fn go_to_reads_times_and_says_what_is_wrong() {
    let mut app = open(trace(), &options(0..1000), 80, 24);
    press(&mut app, "g0.5ms");
    assert!(screen(&app, 80, 24).contains("0.5ms_"));
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    assert_eq!(app.cursor(), 500);
    press(&mut app, "gq");
    assert!(!app.quits(), "q is typed, not obeyed");
    app.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    assert!(screen(&app, 80, 24).contains("`q` is not a time"));
    press(&mut app, "g");
    app.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    assert!(app.quits());
}

#[test]
fn the_mouse_sets_the_cursor_and_zooms() {
    let mut app = open(trace(), &options(0..650), 80, 24);
    let mouse = |kind, column, row| MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    // Lanes begin in line 4: UART0_RX, TIMER0, ctrl, 中文任务名, low. Column 15 + 20 is 200 us.
    app.mouse(mouse(MouseEventKind::Down(MouseButton::Left), 35, 8));
    assert_eq!((app.cursor(), app.selected_name().as_str()), (200, "low"));
    app.mouse(mouse(MouseEventKind::ScrollUp, 35, 8));
    // Two thirds of 650 are 433; 200 stays at its place: 200 - 200 * 433 / 650 = 67.
    assert_eq!(app.window(), 67..500);
    // Dragging takes the picture along: columns 20 and 30 begin 134 and 200 us (of 433 us in 65) behind the window's start.
    app.mouse(mouse(MouseEventKind::Drag(MouseButton::Left), 45, 8));
    assert_eq!(app.window(), 1..434);
    app.mouse(mouse(MouseEventKind::Drag(MouseButton::Left), 35, 8));
    // On the overview, 1000 us in 65 columns, a click at column 26 shows what is around 400 us.
    app.mouse(mouse(MouseEventKind::Down(MouseButton::Left), 15 + 26, 1));
    assert_eq!((app.window(), app.cursor()), (184..617, 400));
    app.mouse(mouse(MouseEventKind::Down(MouseButton::Left), 15 + 13, 8));
    let cursor = app.cursor();
    // A click left of the lanes is none.
    app.mouse(mouse(MouseEventKind::Down(MouseButton::Left), 3, 8));
    assert_eq!(app.cursor(), cursor);
}

#[test]
fn live_runs_are_followed_until_the_user_looks_elsewhere() {
    let mut app = App::live(Trace::new(header()), &Options::default());
    app.resize(80, 24);
    app.tick();
    assert!(screen(&app, 80, 24).contains("no events yet"));
    let mut script = script();
    app.input(Input::Bytes(std::mem::take(&mut script.encoder.bytes)));
    app.input(Input::Text("hello\nworld".to_owned()));
    app.tick();
    assert_eq!(app.selected_name(), "ctrl");
    script.at(600_000, bluekernel_abi::Event::Idle);
    app.input(Input::Bytes(std::mem::take(&mut script.encoder.bytes)));
    app.tick();
    // 200 ms up to the end; the cursor on the last cycle of it.
    assert_eq!((app.window(), app.cursor()), (400_000..600_000, 599_999));
    assert!(screen(&app, 80, 24).contains("LIVE, following"));
    press(&mut app, "a");
    let window = app.window();
    script.at(900_000, bluekernel_abi::Event::Idle);
    app.input(Input::Bytes(std::mem::take(&mut script.encoder.bytes)));
    app.tick();
    assert_eq!(app.window(), window, "what the user looks at stays");
    press(&mut app, " ");
    assert_eq!(app.window(), 700_000..900_000);
    app.input(Input::Ended("the firmware ended with code 0".to_owned()));
    app.tick();
    let text = screen(&app, 80, 24);
    assert!(text.contains("ended") && text.contains("the firmware ended with code 0"), "{text}");
    press(&mut app, "c");
    let text = screen(&app, 80, 24);
    assert!(text.contains("hello\nworld"), "{text}");
}

#[test]
fn without_colours_nothing_is_coloured_and_ascii_is_ascii() {
    let mut options = options(0..650);
    options.theme = tui::Theme::MONO;
    options.glyphs = Glyphs::Ascii;
    let mut header = header();
    header.tasks[2].name = "middle".to_owned();
    let mut trace = Trace::new(header);
    trace.push(&script().encoder.bytes);
    let mut app = open(trace, &options, 80, 24);
    for keys in ["", "?", "x2", "9", "c", "1m..m"] {
        press(&mut app, keys);
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| tui::draw(&app, frame)).unwrap();
        for cell in terminal.backend().buffer().content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            assert!(cell.symbol().is_ascii(), "{:?}", cell.symbol());
        }
    }
}

#[test]
fn every_state_has_a_glyph_of_its_own() {
    use bluekernel_tracer::model::Class;
    for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
        let mut seen: Vec<char> = Class::ALL.map(|class| glyphs.class(class)).to_vec();
        seen.push(glyphs.lost());
        seen.extend((1..=7).map(|eighths| glyphs.part(eighths)));
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}

#[derive(Clone, Debug)]
enum Act {
    Key(char),
    Code(KeyCode),
    Resize(u16, u16),
    Mouse(MouseEventKind, u16, u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        10 => proptest::sample::select("wwwsadhlkj.,f0mg 1234567899c?+-=qx5u[]/nNFb'\":roOtAD".chars().collect::<Vec<_>>()).prop_map(Act::Key),
        2 => proptest::sample::select(vec![KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End, KeyCode::Esc, KeyCode::Enter, KeyCode::Backspace, KeyCode::Tab, KeyCode::PageUp, KeyCode::PageDown]).prop_map(Act::Code),
        2 => (0..200_u16, 0..70_u16).prop_map(|(width, height)| Act::Resize(width, height)),
        2 => (proptest::sample::select(vec![MouseEventKind::ScrollUp, MouseEventKind::ScrollDown, MouseEventKind::Down(MouseButton::Left), MouseEventKind::Drag(MouseButton::Left)]), 0..200_u16, 0..70_u16)
            .prop_map(|(kind, x, y)| Act::Mouse(kind, x, y)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_input_brings_it_down(acts in proptest::collection::vec(act(), 0..60)) {
        let mut app = App::open(Recording { header: header(), stream: script().encoder.bytes }, &Options::default());
        app.resize(80, 24);
        let (mut width, mut height) = (80, 24);
        for act in acts {
            match act {
                Act::Key(c) => press(&mut app, &c.to_string()),
                Act::Code(code) => app.key(KeyEvent::new(code, KeyModifiers::NONE)),
                Act::Resize(w, h) => {
                    (width, height) = (w.max(1), h.max(1));
                    app.resize(width, height);
                }
                Act::Mouse(kind, column, row) => {
                    app.mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
                }
            }
            app.tick();
            let lines = cells(&app, width, height);
            prop_assert_eq!(lines.len(), usize::from(height));
            let window = app.window();
            prop_assert!(window.start < window.end && app.cursor() >= window.start && app.cursor() <= window.end);
        }
    }
}
