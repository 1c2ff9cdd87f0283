//! The pipe: each byte arrives once, and those of one writer in their order.
//!
//! A byte is its writer and, modulo 16, its count. Whoever reads has a mutex locked, so that what was read is looked at in
//! the order in which it was read.

use super::{Object, Worker};
use crate::CONTEXTS;
use crate::count::Count;
use crate::crew::{At, all_wait, is_busy, waiting};
use crate::random::Random;
use bluekernel::{Duration, Mutex, Pipe, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

/// The most that is written or read at once: several pieces.
const MOST: usize = 40;

static PIPE: Pipe<24> = Pipe::new();
/// Handlers that write.
static CALLS: Count = Count::new();
/// How many each writer has written.
static WRITTEN: [Count; CONTEXTS] = [const { Count::new() }; CONTEXTS];
/// How many of each writer were read.
static READ: Mutex<[u32; CONTEXTS]> = Mutex::new([0; CONTEXTS]);
static DISORDER: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static IDLE: Count = Count::new();

/// The byte of a writer that comes behind `count` others of it.
fn byte(writer: usize, count: u32) -> u8 {
    (writer << 4) as u8 | (count % 16) as u8
}

/// Writes a number of bytes by `how`, which says how many it could.
fn write(writer: usize, random: &mut Random, how: impl FnOnce(&[u8]) -> usize) {
    let begin = WRITTEN[writer].get();
    let bytes: [u8; MOST] = core::array::from_fn(|at| byte(writer, begin + at as u32));
    let count = how(&bytes[..1 + random.below(MOST as u32) as usize]);
    WRITTEN[writer].add(count as u32);
}

fn strike(handler: usize, random: &mut Random) {
    CALLS.add(1);
    write(handler, random, |bytes| PIPE.try_write(bytes));
    CALLS.remove();
}

fn read(me: &mut Worker, timeout: Duration) {
    let Ok(mut read) = READ.lock_timeout(timeout) else { return TIMED_OUT.add(1) };
    let mut buffer = [0; MOST];
    let length = 1 + me.random.below(MOST as u32) as usize;
    let Ok(count) = me.at(At::Byte, timeout, |_| PIPE.read_timeout(&mut buffer[..length], timeout)) else {
        return TIMED_OUT.add(1);
    };
    for came in &buffer[..count] {
        let writer = usize::from(came >> 4);
        if let Some(count) = read.get_mut(writer) {
            DISORDER.add_if(*came != byte(writer, *count));
            *count += 1;
        } else {
            DISORDER.add(1);
        }
    }
}

fn work(me: &mut Worker) {
    let timeout = me.random.time(60);
    if me.random.one_of(2) {
        return read(me, timeout);
    }
    let mut random = Random::new(me.random.next());
    write(me.context(), &mut random, |bytes| {
        me.at(At::PipeRoom, timeout, |_| PIPE.write_timeout(bytes, timeout)).unwrap_or_else(|_| {
            TIMED_OUT.add(1);
            0
        })
    });
}

/// Writers may wait while there is room, as long as somebody is about to move their bytes.
fn look() {
    IDLE.add_if(!PIPE.is_empty() && waiting(At::Byte).next().is_some());
    let moves = CALLS.get() > 0 || is_busy(At::Byte);
    IDLE.add_if(!moves && PIPE.len() < PIPE.capacity() && all_wait(At::PipeRoom));
}

fn holds() -> bool {
    let written = WRITTEN.iter().map(Count::get).sum::<u32>();
    let read = READ.try_lock().map_or(0, |read| read.iter().sum::<u32>());
    let left = PIPE.len() as u32;
    let [disorder, timed_out, idle] = [&DISORDER, &TIMED_OUT, &IDLE].map(Count::get);
    println!(
        "pipe: {written} bytes written, {read} read, {left} left, {disorder} in disorder; {timed_out} time-outs, {idle} idle"
    );
    written == read + left && disorder == 0 && idle == 0 && read > 0 && timed_out > 0
}
