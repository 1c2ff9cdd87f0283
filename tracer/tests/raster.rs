//! A column of any width shows what looking at each of its cycles shows.

mod common;

use bluekernel_abi::{BlockReason, Event};
use bluekernel_tracer::model::{Class, Lane, Trace};
use bluekernel_tracer::raster::{Cell, Grid};
use common::encoder::{BOOT, Encoder};
use common::scenario::{block, header};
use proptest::prelude::*;

/// A stream of whatever a kernel may say, in any order.
fn trace(events: &[(u64, u8)]) -> Trace {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    for (delta, what) in events {
        let task = u32::from(what % 3);
        let event = match what / 3 % 8 {
            0 | 1 => Event::SwitchIn { task },
            2 => Event::Ready { task },
            3 => Event::IsrEnter { exception: 16 + task },
            4 => Event::IsrExit,
            5 => Event::Idle,
            6 => block(BlockReason::Delay, 0),
            _ => block(BlockReason::Mutex, 7),
        };
        encoder.event(*delta, &event);
    }
    let mut trace = Trace::new(header());
    trace.push(&encoder.bytes);
    trace
}

/// The rules of [`Cell`], cycle by cycle.
fn brute(trace: &Trace, lane: &Lane, from: u64, to: u64) -> Option<(Class, Option<u8>)> {
    let classes: Vec<Class> =
        (from..to.min(trace.end())).filter_map(|at| lane.at(at, trace.end())).map(|span| span.state.class()).collect();
    let count = |class| classes.iter().filter(|other| **other == class).count();
    let running = count(Class::Running);
    if classes.is_empty() {
        return None;
    }
    if running > 0 {
        let part = (running * 8).div_ceil(classes.len()).min(7);
        return Some((Class::Running, (running < classes.len()).then_some(u8::try_from(part).ok()?)));
    }
    for class in [Class::Unknown, Class::Ready, Class::Interrupted] {
        if count(class) > 0 {
            return Some((class, None));
        }
    }
    // Of equally long ones the one that says most.
    let longest = [Class::Dormant, Class::Sleeping, Class::Waiting].into_iter().max_by_key(|class| count(*class));
    longest.map(|class| (class, None))
}

proptest! {
    #[test]
    fn columns_are_those_of_brute_force(
        events in proptest::collection::vec((1..30_u64, 0..24_u8), 1..120),
        start in 0..1000_u64,
        length in 1..2000_u64,
        width in 1..90_usize,
    ) {
        let trace = trace(&events);
        let grid = Grid::new(&trace, start..start + length, width);
        for lane in trace.lanes() {
            for (column, cell) in grid.cells(lane).into_iter().enumerate() {
                let (from, to) = (grid.time(column), grid.time(column + 1));
                // Columns of no cycle show the one that they fall into: not what is tested here.
                if from == to || from >= trace.end() {
                    continue;
                }
                let found = cell.map(|Cell { class, eighths, .. }| (class, eighths));
                prop_assert_eq!(found, brute(&trace, lane, from, to), "{}..{} of {:?}", from, to, lane.kind());
            }
        }
    }
}
