use super::rig::{expire, id, limit, started, tasks, waiting, wake_first};
use crate::pipe::{PIECE, Segment, Write};
use crate::{PipeControl, Scheduler, TaskControl};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::vec::Vec;

#[test]
fn pieces_are_bounded_and_end_at_the_rings_end() {
    let pipe = PipeControl::new();
    let capacity = 2 * PIECE + 3;
    assert_eq!((pipe.read(capacity), pipe.refill(capacity)), (None, None));
    for at in [0, PIECE] {
        assert_eq!(pipe.write(capacity), Write::Store(Segment { at, most: PIECE }));
        pipe.stored(PIECE);
    }
    assert_eq!(pipe.write(capacity), Write::Store(Segment { at: 2 * PIECE, most: 3 }));
    pipe.stored(3);
    assert_eq!((pipe.write(capacity), pipe.len()), (Write::Full, capacity));
    assert_eq!(pipe.read(capacity), Some(Segment { at: 0, most: PIECE }));
    pipe.took(capacity, 3);
    assert_eq!(pipe.write(capacity), Write::Store(Segment { at: 0, most: 3 }));
    for at in [3, PIECE + 3] {
        assert_eq!(pipe.read(capacity), Some(Segment { at, most: PIECE }));
        pipe.took(capacity, PIECE);
    }
    assert!(pipe.is_empty());
    assert_eq!(pipe.write(capacity), Write::Store(Segment { at: 0, most: PIECE }));
}

#[test]
fn the_largest_ring_wraps() {
    let capacity = usize::from(u16::MAX);
    let pipe = PipeControl::new();
    for _ in 0..capacity {
        pipe.stored(1);
    }
    assert_eq!(pipe.write(capacity), Write::Full);
    for at in 0..capacity {
        assert_eq!(pipe.read(capacity).map(|segment| segment.at), Some(at));
        pipe.took(capacity, 1);
    }
    assert_eq!(pipe.write(capacity), Write::Store(Segment { at: 0, most: PIECE }));
}

#[test]
fn who_waits_is_served_first() {
    let pipe = PipeControl::new();
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    pipe.begin(false);
    let _ = scheduler.block(table, id(0), Some(pipe.list()));
    assert_eq!((pipe.write(2), pipe.refill(2)), (Write::Deliver(id(0)), None));
    let _ = wake_first(&scheduler, table, pipe.list());
    pipe.stored(2);
    pipe.begin(true);
    let _ = scheduler.block(table, id(0), Some(pipe.list()));
    assert_eq!((pipe.write(2), pipe.refill(2)), (Write::Full, None));
    // A newcomer serves the one that waits, also where the ring is empty meanwhile.
    pipe.took(2, 2);
    assert_eq!(pipe.write(2), Write::Refill(Segment { at: 0, most: 2 }, id(0)));
    pipe.stored(1);
    assert_eq!(pipe.refill(2), Some((Segment { at: 1, most: 1 }, id(0))));
}

/// What a task does with the pipe just now.
#[derive(Clone, Debug, Default)]
struct Call {
    is_active: bool,
    reads: bool,
    /// The bytes that are left to write, each a number of its own.
    bytes: VecDeque<u32>,
    /// The room that is left to read into.
    room: usize,
    needed: usize,
    waits: bool,
}

impl Call {
    fn moved(&mut self, count: usize) {
        self.needed = self.needed.saturating_sub(count);
    }
}

/// A pipe, tasks that use it, and `order`: the bytes that were accepted and not read yet.
struct Rig<'a> {
    pipe: &'a PipeControl,
    table: &'a [TaskControl<'a>],
    scheduler: Scheduler,
    ring: Vec<u32>,
    calls: Vec<Call>,
    order: VecDeque<u32>,
    written: u32,
}

impl Rig<'_> {
    fn capacity(&self) -> usize {
        self.ring.len()
    }

    fn wake(&mut self, task: usize) {
        assert_eq!(wake_first(&self.scheduler, self.table, self.pipe.list()), Some(id(task as u8)));
        self.calls[task].waits = false;
    }

    fn store(&mut self, Segment { at, most }: Segment, task: usize) {
        let count = most.min(self.calls[task].bytes.len());
        for place in at..at + count {
            let byte = self.calls[task].bytes.pop_front().expect("counted");
            self.ring[place] = byte;
            self.order.push_back(byte);
        }
        self.pipe.stored(count);
        self.calls[task].moved(count);
    }

    fn reads(&mut self, byte: u32) {
        assert_eq!(self.order.pop_front(), Some(byte), "out of order");
    }

    fn wait(&mut self, task: usize) {
        self.calls[task].waits = true;
        self.pipe.begin(!self.calls[task].reads);
        let _ = self.scheduler.block(self.table, id(task as u8), Some(self.pipe.list()));
    }

    /// What a task does under one lock.
    fn piece(&mut self, task: usize) {
        let first = self.pipe.list().first().map(|id| usize::from(id.number()));
        if let Some(first) = first.filter(|first| self.calls[*first].needed == 0) {
            return self.wake(first);
        }
        let is_over = if self.calls[task].reads { self.read_piece(task) } else { self.write_piece(task) };
        if is_over {
            self.calls[task] = Call::default();
        }
    }

    fn write_piece(&mut self, task: usize) -> bool {
        if self.calls[task].bytes.is_empty() {
            return true;
        }
        match self.pipe.write(self.capacity()) {
            Write::Deliver(reader) => {
                let reader = usize::from(reader.number());
                let count = PIECE.min(self.calls[task].bytes.len()).min(self.calls[reader].room);
                for _ in 0..count {
                    let byte = self.calls[task].bytes.pop_front().expect("counted");
                    self.order.push_back(byte);
                    self.reads(byte);
                }
                self.calls[task].moved(count);
                self.calls[reader].room -= count;
                self.calls[reader].moved(count);
            }
            Write::Refill(room, writer) => self.store(room, usize::from(writer.number())),
            Write::Store(room) => self.store(room, task),
            Write::Full if self.calls[task].needed > 0 => self.wait(task),
            Write::Full => return true,
        }
        false
    }

    fn read_piece(&mut self, task: usize) -> bool {
        if let Some(Segment { at, most }) = self.pipe.read(self.capacity()).filter(|_| self.calls[task].room > 0) {
            let count = most.min(self.calls[task].room);
            for place in at..at + count {
                self.reads(self.ring[place]);
            }
            self.calls[task].room -= count;
            self.calls[task].moved(count);
            self.pipe.took(self.capacity(), count);
            return false;
        }
        match self.pipe.refill(self.capacity()) {
            Some((room, writer)) => self.store(room, usize::from(writer.number())),
            None if self.calls[task].needed > 0 => self.wait(task),
            None => return true,
        }
        false
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Write(task, count, needed) if !self.calls[task].is_active => {
                let bytes = (self.written..self.written + count).collect();
                self.written += count;
                let needed = needed.min(count as usize);
                self.calls[task] = Call { is_active: true, bytes, needed, ..Call::default() };
            }
            Step::Read(task, room, needed) if !self.calls[task].is_active => {
                self.calls[task] =
                    Call { is_active: true, reads: true, room, needed: needed.min(room), ..Call::default() };
            }
            Step::Piece(task) if self.calls[task].is_active && !self.calls[task].waits => self.piece(task),
            Step::GiveUp(task) if self.calls[task].waits => {
                limit(&self.scheduler, self.table, task as u8, 0);
                assert_eq!(expire(&self.scheduler, self.table, 0), Some(id(task as u8)));
                self.calls[task] = Call::default();
            }
            _ => {}
        }
        self.check();
    }

    fn check(&self) {
        assert_eq!(self.order.len(), self.pipe.len());
        for task in waiting(self.table, self.pipe.list()) {
            let call = &self.calls[usize::from(task)];
            assert!(call.waits);
            assert!(!call.reads || self.pipe.is_empty(), "readers wait at an empty ring");
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// By a task, so many bytes, of which so many are needed.
    Write(usize, u32, usize),
    Read(usize, usize, usize),
    Piece(usize),
    GiveUp(usize),
}

fn step(tasks: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..tasks, 1..60_u32, 0..60_usize).prop_map(|(task, count, needed)| Step::Write(task, count, needed)),
        2 => (0..tasks, 1..60_usize, 0..60_usize).prop_map(|(task, room, needed)| Step::Read(task, room, needed)),
        6 => (0..tasks).prop_map(Step::Piece),
        1 => (0..tasks).prop_map(Step::GiveUp),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 1_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whoever comes between two pieces: each byte is read once, in the order in which they were accepted, and when
    /// everybody has done what they can, nobody waits for what is there.
    #[test]
    fn bytes_keep_their_order_and_nobody_is_forgotten(
        capacity in 1..50_usize,
        priorities in prop::collection::vec(0..3_u8, 4),
        steps in prop::collection::vec(step(4), 1..if cfg!(miri) { 20 } else { 150 }),
    ) {
        let pipe = PipeControl::new();
        let table = &tasks(4)[..];
        let mut rig = Rig {
            pipe: &pipe,
            table,
            scheduler: started(table, &priorities),
            ring: std::vec![0; capacity],
            calls: std::vec![Call::default(); 4],
            order: VecDeque::new(),
            written: 0,
        };
        for step in steps {
            rig.step(step);
        }
        while let Some(task) = rig.calls.iter().position(|call| call.is_active && !call.waits) {
            rig.step(Step::Piece(task));
        }
        for task in waiting(table, pipe.list()) {
            let call = &rig.calls[usize::from(task)];
            prop_assert!(call.needed > 0, "one that has what it needs is woken");
            prop_assert!(call.reads || pipe.len() == capacity, "a writer waits beside room");
        }
    }
}
