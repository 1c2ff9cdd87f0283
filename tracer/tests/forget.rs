//! A run that is watched for hours: what is kept of it is as if nothing had been forgotten, and memory has a bound.

mod common;

use bluekernel_tracer::model::{LaneKind, State, Trace};
use bluekernel_tracer::objects::Objects;
use bluekernel_tracer::stats::{Collector, Measure, Statistics};
use bluekernel_tracer::tui::{self, App, Input, Options};
use common::firmware::{CTRL, Firmware, LOW, MUTEX, trace};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const HANDLER: LaneKind = LaneKind::Interrupt { exception: 24 };

/// The longest ten of these, longest first, of equals the earlier first.
fn longest(mut windows: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    windows.sort_by_key(|(start, end)| (std::cmp::Reverse(end - start), *start));
    windows.truncate(10);
    windows
}

/// From where `ctrl` was woken to where it ran, by the arrows.
fn responses(trace: &Trace) -> Vec<(u64, u64)> {
    let objects = Objects::of(trace);
    let own = objects.wakes().iter().filter(|arrow| arrow.task == CTRL);
    longest(own.filter_map(|arrow| Some((arrow.time, arrow.run?))).collect())
}

/// From where the handler began to where it ended, by its lane: nothing interrupts it.
fn durations(trace: &Trace) -> Vec<(u64, u64)> {
    let spans = trace.lane(HANDLER).unwrap().spans(0..u64::MAX, trace.end());
    longest(
        spans.filter(|span| span.state == State::Running && !span.open).map(|span| (span.start, span.end)).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every answer about what is kept, and every sum over the whole run, is that of the trace that forgot nothing.
    #[test]
    fn what_is_kept_is_as_if_nothing_was_forgotten(
        pieces in prop::collection::vec((1..400_u64, any::<prop::sample::Index>()), 1..6),
        steps in prop::option::of(1..5_000_usize),
        windows in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 12),
    ) {
        let (mut whole, mut short) = (trace(), trace());
        let mut collector = Collector::new();
        let mut firmware = Firmware::new(true);
        for (milliseconds, cut) in pieces {
            for _ in 0..milliseconds {
                let bytes = firmware.millisecond();
                whole.push(&bytes);
                short.push(&bytes);
                // In steps, while more arrives, or at once.
                short.forget_some(steps.unwrap_or(0));
            }
            collector.update(&short);
            let length = short.end() - short.start();
            let until = short.start() + cut.index(length as usize + 1) as u64;
            let keys = whole.keyframes();
            let key = keys[keys.partition_point(|key| key.time <= until) - 1];
            let offset = if steps.is_some() { short.begin_to_forget(until) } else { short.forget(until) };
            prop_assert_eq!(offset, key.offset);
            prop_assert!(steps.is_some() || !short.is_forgetting());
            prop_assert_eq!((short.start(), short.forgotten()), (key.time, key.events));
        }
        short.forget_some(usize::MAX);
        prop_assert!(!short.is_forgetting());
        let (start, end) = (short.start(), whole.end());
        prop_assert_eq!((short.end(), short.first(), short.events()), (end, whole.first(), whole.events()));
        prop_assert_eq!((short.dropped(), short.starts()), (whole.dropped(), 1));
        prop_assert_eq!(short.gaps_in(start..end), whole.gaps_in(start..end));
        prop_assert_eq!(short.keyframes(), &whole.keyframes()[whole.keyframes().len() - short.keyframes().len()..]);
        prop_assert_eq!(short.keyframes()[0].time, start);

        prop_assert_eq!(short.lanes().len(), whole.lanes().len());
        for (short, whole) in short.lanes().iter().zip(whole.lanes()) {
            prop_assert_eq!(short.len(), whole.len());
            prop_assert_eq!(short.occupancy(0..end), whole.occupancy(0..end), "the sums of the whole run");
            prop_assert_eq!(short.at(start, end), whole.at(start, end), "the state where the rest begins");
            prop_assert!(short.spans(start..end, end).eq(whole.spans(start..end, end)));
            for (a, b) in &windows {
                let [a, b] = [a, b].map(|index| start + index.index((end - start) as usize + 1) as u64);
                let window = a.min(b)..a.max(b);
                prop_assert_eq!(short.occupancy(window.clone()), whole.occupancy(window.clone()));
                prop_assert_eq!(short.changes(window.clone()), whole.changes(window));
                prop_assert_eq!(short.at(a, end), whole.at(a, end));
                prop_assert_eq!(short.next_change(a), whole.next_change(a));
            }
        }
        for (a, _) in &windows {
            let time = start + a.index((end - start) as usize + 1) as u64;
            for task in [LOW, CTRL] {
                prop_assert_eq!(short.priority_at(task, time), whole.priority_at(task, time));
            }
            prop_assert_eq!(short.counters()[0].value_at(time), whole.counters()[0].value_at(time));
            let held = |trace: &Trace| {
                let points = trace.heap();
                points.range(0..points.partition_point(|point| point.time <= time)).next_back().copied()
            };
            prop_assert_eq!(held(&short), held(&whole));
        }
        prop_assert!(short.operations().iter().eq(whole.operations().iter().filter(|operation| operation.time >= start)));
        prop_assert!(short.instants().iter().eq(whole.instants().iter().filter(|instant| instant.time >= start)));
        prop_assert!(short.jobs().iter().eq(whole.jobs().iter().filter(|job| job.time >= start)));
        prop_assert!(short.wakes().eq(whole.wakes().filter(|wake| wake.time >= start)));
        prop_assert!(short.switches(0).eq(whole.switches(0).filter(|switch| switch.time >= start)));

        // Read piece by piece and forgotten, or in one go.
        collector.update(&short);
        let mut at_once = Collector::new();
        at_once.update(&whole);
        prop_assert_eq!(Statistics::from_collector(&short, &collector), Statistics::from_collector(&whole, &at_once));
        for lane in 0..whole.lanes().len() {
            for measure in [Measure::Response, Measure::Completion, Measure::Duration] {
                prop_assert_eq!(collector.slowest(lane, measure), at_once.slowest(lane, measure));
            }
        }
        prop_assert_eq!(at_once.slowest(whole.lane_place(LaneKind::Task { number: CTRL }).unwrap(), Measure::Response), responses(&whole));
        prop_assert_eq!(at_once.slowest(whole.lane_place(HANDLER).unwrap(), Measure::Duration), durations(&whole));
        // Of objects nothing is claimed that is not so; who held the mutex in between is known either way.
        let since = Objects::since(&whole, start);
        let (short, whole) = (Objects::of(&short), Objects::of(&whole));
        // What is worked out from there on is what a trace tells that begins there.
        prop_assert_eq!(since.wakes(), short.wakes());
        prop_assert_eq!(since.waits_of(CTRL), short.waits_of(CTRL));
        let holds = |objects: &Objects| objects.get(MUTEX).map(|object| (object.holds.clone(), object.steps.clone()));
        prop_assert_eq!(holds(&since), holds(&short));
        for hold in short.get(MUTEX).map_or(&[][..], |object| &object.holds).iter().filter(|hold| hold.start_known) {
            prop_assert!(whole.get(MUTEX).unwrap().holds.contains(hold), "{hold:?}");
        }
    }
}

/// As many bytes as a viewer may keep in these tests.
const HISTORY: usize = 256 << 10;

fn live() -> App {
    let header = trace().header().clone();
    let mut app = App::live(Trace::new(header), &Options { history: HISTORY, ..Options::default() });
    app.resize(120, 40);
    app
}

fn press(app: &mut App, key: char) {
    app.key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
}

fn screen(app: &App) -> String {
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| tui::draw(app, frame)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn a_live_view_keeps_the_last_part_and_says_so() {
    let (mut app, mut firmware) = (live(), Firmware::new(true));
    let mut all = trace();
    for second in 0..60 {
        let bytes: Vec<u8> = (0..1000).flat_map(|_| firmware.millisecond()).collect();
        all.push(&bytes);
        app.input(Input::Bytes(bytes));
        app.tick();
        assert!(app.trace().bytes() <= HISTORY, "{} bytes after {second} s", app.trace().bytes());
    }
    assert!(all.bytes() > 40 * HISTORY, "{} bytes: all of it would have fitted", all.bytes());
    let trace = app.trace();
    assert!(trace.bytes() > HISTORY / 2, "{} bytes: less is kept than there is room for", trace.bytes());
    assert!(trace.forgotten() > 0 && trace.start() > 50_000_000);
    assert_eq!(trace.events(), all.events());
    let text = screen(&app);
    assert!(text.contains("LIVE, following, last ") && text.contains(" kept"), "{text}");
    press(&mut app, '9');
    let text = screen(&app);
    let kept = format!("{} events; older ones are in a recording only", all.events() - app.trace().forgotten());
    assert!(text.contains(&kept), "{kept}\n{text}");
    // The last event by its number in the whole run.
    press(&mut app, '3');
    let text = screen(&app);
    assert!(text.contains(&format!(" {} ", all.events() - 1)), "{text}");
    // To the beginning, which is where the rest begins now.
    press(&mut app, '1');
    press(&mut app, '0');
    assert_eq!(app.window(), app.trace().window());
}

/// What a viewer that does not follow shows goes away under it in the end, with words; marks go with it.
#[test]
fn what_is_looked_at_is_kept_as_long_as_it_can_be() {
    let (mut app, mut firmware) = (live(), Firmware::new(true));
    let mut feed = |app: &mut App| {
        let bytes = (0..100).flat_map(|_| firmware.millisecond()).collect();
        app.input(Input::Bytes(bytes));
        app.tick();
    };
    feed(&mut app);
    press(&mut app, ' ');
    press(&mut app, 'm');
    let window = app.window();
    let mark = app.marks()[0].expect("a mark");
    while app.trace().start() <= mark {
        assert_eq!(app.window().start, window.start.max(app.trace().start()));
        assert_eq!(app.marks(), [Some(mark), None]);
        feed(&mut app);
    }
    assert_eq!(app.window().start, app.trace().start());
    assert_eq!(app.marks(), [None, None]);
    assert!(screen(&app).contains("no longer kept"), "{}", screen(&app));
}

/// No kernel sends a stream like this; a broken one might.
#[test]
fn a_stream_without_keyframes_finds_its_bound_too() {
    let (mut app, mut firmware) = (live(), Firmware::new(false));
    for _ in 0..60 {
        app.input(Input::Bytes((0..1000).flat_map(|_| firmware.millisecond()).collect()));
        app.tick();
        assert!(app.trace().bytes() <= HISTORY, "{} bytes", app.trace().bytes());
    }
    for key in "123456789".chars() {
        press(&mut app, key);
        screen(&app);
    }
}
