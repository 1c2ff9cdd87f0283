use super::rig::{expire, id, limit, started, tasks, waiting, wake_first};
use crate::pipe::{PIECE, Segment, Write};
use crate::{PipeControl, Scheduler, TaskControl};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::vec::Vec;

#[test]
fn pieces_are_bounded_and_end_at_the_rings_end() {
    let pipe = PipeControl::new();
    assert_eq!((pipe.read(40), pipe.refill(40)), (None, None));
    assert_eq!(pipe.write(40), Write::Store(Segment { at: 0, most: PIECE }));
    pipe.stored(PIECE);
    pipe.stored(PIECE);
    assert_eq!(pipe.write(40), Write::Store(Segment { at: 32, most: 8 }));
    pipe.stored(8);
    assert_eq!((pipe.write(40), pipe.len()), (Write::Full, 40));
    assert_eq!(pipe.read(40), Some(Segment { at: 0, most: PIECE }));
    assert_eq!(pipe.took(40, 3), None);
    assert_eq!(pipe.write(40), Write::Store(Segment { at: 0, most: 3 }));
    for at in [3, 19] {
        assert_eq!(pipe.read(40), Some(Segment { at, most: PIECE }));
        assert_eq!(pipe.took(40, PIECE), None);
    }
    assert_eq!(pipe.read(40), Some(Segment { at: 35, most: 5 }));
    assert_eq!(pipe.took(40, 5), None);
    assert!(pipe.is_empty());
    assert_eq!(pipe.write(40), Write::Store(Segment { at: 0, most: PIECE }));
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
        let _ = pipe.took(capacity, 1);
    }
    assert_eq!(pipe.write(capacity), Write::Store(Segment { at: 0, most: PIECE }));
}

#[test]
fn who_waits_is_told_by_the_ring() {
    let pipe = PipeControl::new();
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    let _ = scheduler.block(table, id(0), Some(pipe.list()));
    assert_eq!((pipe.write(2), pipe.refill(2)), (Write::Deliver(id(0)), None));
    let _ = wake_first(&scheduler, table, pipe.list());
    pipe.stored(2);
    let _ = scheduler.block(table, id(0), Some(pipe.list()));
    assert_eq!(pipe.write(2), Write::Full);
    // Even the last byte's room goes to the writer that waits, under the same lock.
    assert_eq!(pipe.took(2, 2), Some((Segment { at: 0, most: 2 }, id(0))));
    pipe.stored(1);
    // It has not said all, and a newcomer serves it first.
    assert_eq!(pipe.write(2), Write::Refill(Segment { at: 1, most: 1 }, id(0)));
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
    fn moved(&mut self, count: usize) -> bool {
        self.needed = self.needed.saturating_sub(count);
        self.needed == 0
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

    fn store(&mut self, Segment { at, most }: Segment, task: usize) -> bool {
        let count = most.min(self.calls[task].bytes.len());
        for place in at..at + count {
            let byte = self.calls[task].bytes.pop_front().expect("counted");
            self.ring[place] = byte;
            self.order.push_back(byte);
        }
        self.pipe.stored(count);
        self.calls[task].moved(count)
    }

    fn refill(&mut self, room: Segment, writer: usize) {
        if self.store(room, writer) {
            self.wake(writer);
        }
    }

    fn reads(&mut self, byte: u32) {
        assert_eq!(self.order.pop_front(), Some(byte), "out of order");
    }

    fn wait(&mut self, task: usize) {
        self.calls[task].waits = true;
        let _ = self.scheduler.block(self.table, id(task as u8), Some(self.pipe.list()));
    }

    /// What a task does under one lock.
    fn piece(&mut self, task: usize) {
        let is_over = if self.calls[task].reads { self.read_piece(task) } else { self.write_piece(task) };
        if is_over {
            self.calls[task] = Call::default();
        }
    }

    fn write_piece(&mut self, task: usize) -> bool {
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
                if self.calls[reader].moved(count) {
                    self.wake(reader);
                }
            }
            Write::Refill(room, writer) => self.refill(room, usize::from(writer.number())),
            Write::Store(room) => {
                self.store(room, task);
            }
            Write::Full if self.calls[task].needed > 0 => self.wait(task),
            Write::Full => return true,
        }
        self.calls[task].bytes.is_empty()
    }

    fn read_piece(&mut self, task: usize) -> bool {
        let refill = match self.pipe.read(self.capacity()).filter(|_| self.calls[task].room > 0) {
            Some(Segment { at, most }) => {
                let count = most.min(self.calls[task].room);
                for place in at..at + count {
                    self.reads(self.ring[place]);
                }
                self.calls[task].room -= count;
                self.calls[task].moved(count);
                self.pipe.took(self.capacity(), count)
            }
            None => self.pipe.refill(self.capacity()),
        };
        if let Some((room, writer)) = refill {
            self.refill(room, usize::from(writer.number()));
        }
        let call = &self.calls[task];
        if call.room > 0 && !self.pipe.is_empty() || self.pipe.refill(self.capacity()).is_some() {
            return false;
        }
        if call.needed > 0 {
            self.wait(task);
            return false;
        }
        true
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
            assert!(call.waits && call.needed > 0);
            assert_eq!(self.pipe.is_empty(), call.reads, "readers wait at an empty ring, writers never");
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
        prop_assert!(pipe.list().is_empty() || pipe.is_empty() || pipe.len() == capacity, "a writer waits beside room");
    }
}
