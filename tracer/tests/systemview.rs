//! SystemView's recordings become ours.
//!
//! `systemview/scenario.SVDat` was written by SEGGER's own encoder: `tests/firmware/systemview` tells the scenario, and
//! `tests/firmware/systemview/check.py` finds that the encoder still writes these bytes. All expected values are those of
//! its `main.c`; times count from the first packet, at 1000 ticks of 1 us there.

use bluekernel_abi::BlockReason;
use bluekernel_tracer::import::systemview::{SystemViewError, read};
use bluekernel_tracer::model::{LaneKind, Note, State, Trace};
use bluekernel_tracer::recording::Recording;
use proptest::prelude::*;

const SCENARIO: &[u8] = include_bytes!("systemview/scenario.SVDat");

const WAITS: State = State::Blocked { reason: BlockReason::Object, object: 0 };

fn scenario() -> (Recording, Trace) {
    let recording = read(SCENARIO).unwrap();
    let trace = Trace::of(&recording);
    (recording, trace)
}

/// The states of a lane with their beginnings, up to `end`.
fn states(trace: &Trace, kind: LaneKind, end: u64) -> Vec<(u64, State)> {
    let lane = trace.lane(kind).unwrap();
    lane.spans(0..end, trace.end()).map(|span| (span.start, span.state)).collect()
}

#[test]
fn names_and_numbers_come_from_the_descriptions() {
    let (recording, _) = scenario();
    let header = recording.header;
    assert_eq!((header.clock_hz, header.board.as_str()), (1_000_000, "Cortex-M3"));
    assert_eq!(header.kit, "SystemView: FreeRTOS");
    let tasks: Vec<_> = header.tasks.iter().map(|task| (task.name.as_str(), task.priority, task.stack_bytes)).collect();
    assert_eq!(tasks, [("control", 5, 1024), ("log", 2, 512)]);
    assert_eq!((header.exception(15), header.exception(16)), ("SysTick".to_owned(), "irq 0".to_owned()));
    let names: Vec<&str> = header.names.values().map(String::as_str).collect();
    assert_eq!(names, ["filter", "hello", "event 600", "marker 2"]);
}

#[test]
fn tasks_handlers_and_idle_do_what_the_scenario_says() {
    let (_, trace) = scenario();
    let control = states(&trace, LaneKind::Task { number: 0 }, 1500);
    let expected = [
        (0, State::Dormant),
        (300, State::Ready),
        (400, State::Running),
        (700, WAITS),
        (950, State::Ready),
        (1010, State::Running),
        (1300, WAITS),
    ];
    assert_eq!(control, expected);
    let log = states(&trace, LaneKind::Task { number: 1 }, 1500);
    let expected = [
        (0, State::Dormant),
        (300, State::Ready),
        (800, State::Running),
        (900, State::Interrupted),
        (1000, State::Running),
        (1010, State::Ready),
        (1310, State::Running),
        (1350, State::Interrupted),
        (1360, State::Running),
        (1400, WAITS),
    ];
    assert_eq!(log, expected);
    let handler = states(&trace, LaneKind::Interrupt { exception: 15 }, 1500);
    assert_eq!(handler[handler.len() - 2..], [(900, State::Running), (1000, State::Dormant)]);
    // A terminated task does not wait for anything.
    let end = states(&trace, LaneKind::Task { number: 1 }, 5000);
    assert_eq!(end[end.len() - 3..], [(4000, State::Ready), (4010, State::Running), (4100, State::Dormant)]);
    assert!(!trace.notes().iter().any(|note| matches!(note, Note::Contradiction { .. })), "{:?}", trace.notes());
}

/// The channel holds 1023 bytes. The first mark takes 6 (its delta has two), the others 5: 204 of 300 find room. The
/// second time the overflow (4 bytes) and the idle packet (2) of the first stand there too: 203 do.
#[test]
fn overflows_are_counted_losses() {
    let (_, trace) = scenario();
    let gaps: Vec<_> = trace.gaps().iter().map(|gap| (gap.start, gap.end, gap.events, gap.uncounted)).collect();
    assert_eq!(gaps, [(2000, 2500, 96, false), (3000, 3500, 97, false)]);
    let marks = trace.instants().iter().filter(|instant| trace.header().name(instant.id) == "marker 2").count();
    assert_eq!(marks, 204 + 203);
}

#[test]
fn spans_moments_heap_and_stacks_are_there() {
    let (_, trace) = scenario();
    let name = |id| trace.header().name(id);
    let moments: Vec<_> =
        trace.instants().iter().take(2).map(|moment| (moment.time, name(moment.id), moment.value)).collect();
    assert_eq!(moments, [(1100, "hello".to_owned(), 0), (1150, "event 600".to_owned(), 70_000)]);
    let span = trace.lanes().iter().find(|lane| matches!(lane.kind(), LaneKind::Mark { .. })).unwrap();
    assert_eq!(trace.lane_name(span), "filter");
    assert_eq!(states(&trace, span.kind(), 1500)[1..], [(500, State::Running), (600, State::Dormant)]);
    let heap: Vec<_> = trace.heap().iter().map(|point| (point.time, point.used)).collect();
    assert_eq!(heap, [(1200, 0), (1210, 64), (1220, 0)]);
    assert_eq!(trace.task(0).stack_free, Some(768));
    assert_eq!(trace.task(1).stack_free, None);
}

/// The program saves lines of text in front of the stream.
#[test]
fn text_in_front_is_skipped() {
    let mut file = b";\n; Version     SEGGER SystemViewer V3.12\n; Author      x\n;\n\n\n".to_vec();
    file.extend_from_slice(SCENARIO);
    assert_eq!(read(&file), read(SCENARIO));
}

#[test]
fn other_files_are_refused() {
    for foreign in [b"".as_slice(), b"; Version     SEGGER SystemViewer V3.12\n", &[0; 64], b"\x7fELF", &[0xff; 100]] {
        assert_eq!(read(foreign), Err(SystemViewError::Foreign));
    }
}

/// Behind the scenario, which ends at 4200: an id beyond all ids, a new beginning, and what happens then.
#[test]
fn damage_is_a_loss_and_no_more() {
    let mut bytes = SCENARIO.to_vec();
    bytes.extend_from_slice(&[0xff, 0xff, 0xff]);
    bytes.extend_from_slice(&[0; 10]);
    // `log` runs 9 us later, and waits 5 us later.
    bytes.extend_from_slice(&[4, 0x80, 0x04, 9, 7, 0x80, 0x04, 4, 5]);
    let trace = Trace::of(&read(&bytes).unwrap());
    assert!(trace.notes().iter().any(|note| matches!(note, Note::Damaged { bytes: 3, .. })), "{:?}", trace.notes());
    assert!(trace.gaps().last().unwrap().uncounted);
    let log = states(&trace, LaneKind::Task { number: 1 }, 5000);
    assert_eq!(log[log.len() - 3..], [(4200, State::Unknown), (4209, State::Running), (4214, WAITS)]);
}

/// The scenario ends with a pause. The host starts again 100 us later, which `log` has gone on to run in.
#[test]
fn a_pause_is_a_loss_that_nobody_counted() {
    let mut bytes = SCENARIO.to_vec();
    bytes.extend_from_slice(&[0; 10]);
    bytes.extend_from_slice(&[10, 100, 4, 0x80, 0x04, 1]);
    let trace = Trace::of(&read(&bytes).unwrap());
    let gap = trace.gaps().last().unwrap();
    assert_eq!((gap.start, gap.end, gap.events, gap.uncounted), (4200, 4300, 0, true));
    let log = states(&trace, LaneKind::Task { number: 1 }, 5000);
    assert_eq!(log.last(), Some(&(4301, State::Running)));
}

proptest! {
    /// Whatever the bytes are: no panic, a stream that our own decoder reads to its end, and memory in proportion.
    #[test]
    fn any_bytes_are_survived(
        mut bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0..32_u8], 0..600),
        cut in 0..SCENARIO.len(),
        plain in any::<bool>(),
    ) {
        let mut file = if plain { vec![0; 10] } else { SCENARIO[..cut].to_vec() };
        if plain {
            file.extend([24, 8, 0xc0, 0x84, 0x3d, 1, 0, 0, 0, 0, 5]);
        }
        file.append(&mut bytes);
        let Ok(recording) = read(&file) else { return Ok(()) };
        // An event takes at most four numbers for one there, and each of those at least a byte.
        prop_assert!(recording.stream.len() <= 64 + 64 * file.len());
        let trace = Trace::of(&recording);
        let foreign = trace.notes().iter().find(|note| matches!(note, Note::Truncated { .. } | Note::Attached { .. }));
        prop_assert!(foreign.is_none(), "{:?}", foreign);
    }
}
