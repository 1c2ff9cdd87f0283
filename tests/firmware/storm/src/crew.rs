//! The tasks that use the objects, and what is known of where each of them waits.

use crate::count::Count;
use crate::objects::{control, pick, watch};
use crate::random::Random;
use crate::{CONTEXTS, HANDLERS, STACK, goes_on};
use bluekernel::task::Task;
use bluekernel::{Duration, Instant, Receiver, println, sleep, stack};
use bluekernel_abi::TaskState;
use core::sync::atomic::{AtomicU8, Ordering};

pub const WORKERS: usize = 8;

/// Two have equals.
pub const PRIORITIES: [u8; WORKERS] = [2, 3, 5, 5, 6, 8, 10, 10];

/// What a worker is at: it waits for it, or is about to, or has just got it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum At {
    Other,
    Permit,
    Room,
    Value,
    Pair,
    Level,
    Flags,
    Latest,
    Change,
    Block,
    PipeRoom,
    Byte,
}

static AT: [AtomicU8; WORKERS] = [const { AtomicU8::new(At::Other as u8) }; WORKERS];
/// Until when it waits for that at least: in microseconds, modulo 2^32.
static UNTIL: [Count; WORKERS] = [const { Count::new() }; WORKERS];
const FOR_EVER: Duration = Duration::from_secs(1_000);
static TURNS: [Count; WORKERS] = [const { Count::new() }; WORKERS];
static ENDED: Count = Count::new();

/// A task of the crew.
pub struct Worker {
    pub number: usize,
    pub random: Random,
    pub receiver: Receiver<watch::Value>,
}

impl Worker {
    /// Its place among those who use objects.
    pub fn context(&self) -> usize {
        HANDLERS + self.number
    }

    /// Does something that waits for `at`, perhaps, not longer than `timeout`.
    pub fn at<R>(&mut self, at: At, timeout: Duration, f: impl FnOnce(&mut Self) -> R) -> R {
        UNTIL[self.number].set(micros(Instant::now() + timeout.min(FOR_EVER)));
        AT[self.number].store(at as u8, Ordering::Relaxed);
        let result = f(self);
        AT[self.number].store(At::Other as u8, Ordering::Relaxed);
        control::runs(self.number);
        result
    }
}

pub fn task(worker: usize) -> Task {
    match worker {
        0 => worker_0::task(),
        1 => worker_1::task(),
        2 => worker_2::task(),
        3 => worker_3::task(),
        4 => worker_4::task(),
        5 => worker_5::task(),
        6 => worker_6::task(),
        _ => worker_7::task(),
    }
}

fn micros(instant: Instant) -> u32 {
    instant.as_micros() as u32
}

/// The workers that are at something, and whether they wait for it. Not if their time is over: where handlers interrupt the
/// alarm, they may be in the object's list no more.
fn those_at(at: At) -> impl Iterator<Item = (usize, bool)> {
    let now = micros(Instant::now());
    let has_time = move |worker: usize| (UNTIL[worker].get().wrapping_sub(now) as i32) > 0;
    (0..WORKERS)
        .filter(move |worker| AT[*worker].load(Ordering::Relaxed) == at as u8)
        .map(move |worker| (worker, task(worker).state() == TaskState::Blocked && has_time(worker)))
}

/// The workers that wait for something. In a handler: there each of them is in the object's list.
pub fn waiting(at: At) -> impl Iterator<Item = usize> {
    those_at(at).filter(|(_, waits)| *waits).map(|(worker, _)| worker)
}

/// Whether somebody is at something and does not wait: it may be about to, or may just have got it.
pub fn is_busy(at: At) -> bool {
    those_at(at).any(|(_, waits)| !waits)
}

/// Whether workers wait for something, and nobody else is at it.
pub fn all_wait(at: At) -> bool {
    those_at(at).next().is_some() && !is_busy(at)
}

fn work(number: usize) {
    let mut me = Worker { number, random: Random::new(10 + number as u32), receiver: watch::receiver(number) };
    while goes_on() {
        TURNS[number].add(1);
        (pick(&mut me.random).work)(&mut me);
        control::runs(number);
        control::rests(number);
        if me.random.one_of(2) {
            let time = me.random.time(40);
            sleep(time);
        }
    }
    ENDED.add(1);
}

#[bluekernel::task(priority = PRIORITIES[0], stack = STACK)]
fn worker_0() {
    work(0);
}

#[bluekernel::task(priority = PRIORITIES[1], stack = STACK)]
fn worker_1() {
    work(1);
}

#[bluekernel::task(priority = PRIORITIES[2], stack = STACK)]
fn worker_2() {
    work(2);
}

#[bluekernel::task(priority = PRIORITIES[3], stack = STACK)]
fn worker_3() {
    work(3);
}

#[bluekernel::task(priority = PRIORITIES[4], stack = STACK)]
fn worker_4() {
    work(4);
}

#[bluekernel::task(priority = PRIORITIES[5], stack = STACK)]
fn worker_5() {
    work(5);
}

#[bluekernel::task(priority = PRIORITIES[6], stack = STACK)]
fn worker_6() {
    work(6);
}

#[bluekernel::task(priority = PRIORITIES[7], stack = STACK)]
fn worker_7() {
    work(7);
}

/// At the end: nobody was left waiting, everyone had turns, and no stack was too small.
pub fn holds() -> bool {
    control::resume_all();
    // They go on with what they were at.
    sleep(Duration::from_millis(100));
    let (turns, ended) = (TURNS.iter().map(Count::get).sum::<u32>(), ENDED.get());
    let unused = (0..).map_while(stack::usage).map(|stack| stack.unused).min().unwrap_or(0);
    println!(
        "crew of {WORKERS}, {CONTEXTS} contexts: {turns} turns, {ended} ended; {unused} bytes of each stack unused"
    );
    ended == WORKERS as u32 && unused > 0 && TURNS.iter().all(|turns| turns.get() > 0)
}
