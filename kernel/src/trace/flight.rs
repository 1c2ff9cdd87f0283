//! The hooks with feature `trace-flight`: the last events in RAM, as `bluekernel_abi::flight` lays them out. See
//! [`super::on`] for what each is told; where one is told more than a slot holds, the layout says what is left out.
//!
//! The ring outlives a reset: it lies in RAM that start-up code does not touch. Whoever reads it may come at any time, so a
//! slot is written first and counted then.
#![expect(unsafe_code, reason = "the ring's name is fixed, and its section is one that start-up code leaves alone")]

#[cfg(feature = "alloc")]
mod heap;
mod jobs;

#[cfg(feature = "alloc")]
pub(crate) use heap::{HeapAccount, heap_alloc, heap_free};
pub(crate) use jobs::{job_done, job_release};

use super::identity::{build_id, object_base};
use super::opaque::opaque;
use crate::lock::{self, Locked};
use crate::{Duration, clock};
use bluekernel_abi::flight::{HEADER_BYTES, MAGIC, OBJECT_BITS, SLOT_BYTES, VERSION, kind};
use bluekernel_abi::{BlockReason, ObjectOp, PriorityCause};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed, Ordering::Release, compiler_fence};

/// Slots of the ring. A busy system makes some 11 thousand events a second: the last 45 ms.
const SLOTS: usize = 512;
const _: () = assert!(SLOTS.is_power_of_two());

/// The control block, and the ring behind it.
#[repr(C, align(8))]
struct Flight {
    magic: [AtomicU32; 2],
    version: AtomicU32,
    capacity: AtomicU32,
    build_id: [AtomicU32; 2],
    clock_hz: AtomicU32,
    written: AtomicU32,
    turns: AtomicU32,
    seen: AtomicU32,
    others: AtomicU32,
    object_base: AtomicU32,
    address: AtomicU32,
    /// The running task's number + 1, 0 for idle, or [`address`] where it waits and is still to be switched away from.
    running: AtomicU32,
    slots: UnsafeCell<[[u32; 2]; SLOTS]>,
}

// SAFETY: what is not atomic is touched under the kernel's lock only.
unsafe impl Sync for Flight {}

const _: () = assert!(core::mem::offset_of!(Flight, slots) == HEADER_BYTES);
const _: () = assert!(size_of::<[u32; 2]>() == SLOT_BYTES);

/// Marked as used: what a former run left here is not what the compiler thinks.
#[used]
#[cfg_attr(target_os = "none", unsafe(link_section = ".uninit.bk.flight"))]
#[unsafe(export_name = "__bk_flight")]
static FLIGHT: Flight = Flight {
    magic: [const { AtomicU32::new(0) }; 2],
    version: AtomicU32::new(0),
    capacity: AtomicU32::new(0),
    build_id: [const { AtomicU32::new(0) }; 2],
    clock_hz: AtomicU32::new(0),
    written: AtomicU32::new(0),
    turns: AtomicU32::new(0),
    seen: AtomicU32::new(0),
    others: AtomicU32::new(0),
    object_base: AtomicU32::new(0),
    address: AtomicU32::new(0),
    running: AtomicU32::new(0),
    slots: UnsafeCell::new([[0; 2]; SLOTS]),
};

/// Where the control block lies: what is told where there is no object.
#[inline(always)]
fn address() -> usize {
    (&raw const FLIGHT).addr()
}

/// The second word of a slot.
#[inline(always)]
const fn word(kind: u32, a: u32, b: u32) -> u32 {
    kind | a << 8 | b << 16
}

/// Writes a slot: the time and `word`.
#[inline(always)]
fn put(locked: Locked<'_>, word: u32) {
    let written = FLIGHT.written.load(Relaxed);
    // Its place in bytes, in two operations.
    let offset = opaque(written << (u32::BITS - SLOTS.ilog2())) >> (u32::BITS - (SLOTS * SLOT_BYTES).ilog2());
    // SAFETY: the offset is that of a slot. The lock is held, and this is the only place that touches the slots while the
    // kernel runs.
    unsafe { FLIGHT.slots.get().byte_add(offset as usize).cast::<[u32; 2]>().write([clock::cycles(locked), word]) };
    // Who reads has stopped this core: what matters is the order of its own instructions.
    compiler_fence(Release);
    FLIGHT.written.store(written.wrapping_add(1), Relaxed);
}

/// An event that has room in a slot.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
fn slot(locked: Locked<'_>, word: u32) {
    put(locked, word);
}

/// A slot that is no event.
#[cold]
#[inline(never)]
fn other(locked: Locked<'_>, word: u32) {
    put_other(locked, word);
}

#[inline(always)]
fn put_other(locked: Locked<'_>, word: u32) {
    put(locked, word);
    FLIGHT.others.store(FLIGHT.others.load(Relaxed).saturating_add(1), Relaxed);
}

/// An event whose numbers may be too large for its slot.
#[inline(always)]
fn wide(locked: Locked<'_>, kind: u8, a: u32, b: u32) {
    if a > 0xff || b > 0xffff {
        return in_slots(locked, kind, a, b);
    }
    slot(locked, word(kind.into(), a, b));
}

/// An event whose numbers are too large for its slot.
#[cold]
#[inline(never)]
fn in_slots(locked: Locked<'_>, kind: u8, a: u32, b: u32) {
    put(locked, word(kind.into(), a & 0xff, b));
    if a > 0xff {
        put_other(locked, a & !0xff | u32::from(kind::WIDE_A));
    }
    if b > 0xffff {
        other(locked, b & !0xffff | u32::from(kind::WIDE_B));
    }
}

/// An event with an object at an address.
#[inline(always)]
fn put_object(locked: Locked<'_>, kind: u32, a: u32, object: usize) {
    // One comparison for both: most objects lie near the ring.
    if (object ^ address()) >> OBJECT_BITS | a as usize >> 8 != 0 {
        return far_object(locked, kind, a, object);
    }
    put(locked, word(kind, a, object as u32));
}

/// An event with an object that lies far from the ring, or a number that is too large for its slot.
#[cold]
#[inline(never)]
fn far_object(locked: Locked<'_>, kind: u32, a: u32, object: usize) {
    put(locked, word(kind, a & 0xff, object as u32));
    if a > 0xff {
        other(locked, a & !0xff | u32::from(kind::WIDE_A));
    }
    other(locked, object as u32 & !0xffff | u32::from(kind::WIDE_B));
}

/// An event with an object.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
fn of_object(locked: Locked<'_>, kind: u32, a: u32, object: usize) {
    put_object(locked, kind, a, object);
}

/// The object at an address, or what stands for none.
#[inline(always)]
fn or_none(object: usize) -> usize {
    if object == 0 { address() } else { object }
}

/// Follows the turns of the counter of slots. At least once in each turn of the clock, in which the counter cannot turn twice.
pub(crate) fn follow(_: Locked<'_>) {
    let written = FLIGHT.written.load(Relaxed);
    if written < FLIGHT.seen.load(Relaxed) {
        FLIGHT.turns.store(FLIGHT.turns.load(Relaxed).wrapping_add(1), Relaxed);
    }
    FLIGHT.seen.store(written, Relaxed);
}

/// Whether the ring holds what an earlier run of this image left.
fn is_ours(build_id: u64) -> bool {
    let words = |words: &[AtomicU32; 2]| u64::from(words[1].load(Relaxed)) << 32 | u64::from(words[0].load(Relaxed));
    words(&FLIGHT.magic) == u64::from_le_bytes(MAGIC)
        && FLIGHT.version.load(Relaxed) == VERSION
        && FLIGHT.capacity.load(Relaxed) == SLOTS as u32
        && words(&FLIGHT.build_id) == build_id
}

pub(crate) fn init(locked: Locked<'_>, clock_hz: u64) {
    let build_id = build_id();
    if !is_ours(build_id) {
        for slot in 0..SLOTS {
            // SAFETY: inside the ring, and the lock is held. Volatile, since a loop of a few bytes is all that it takes: the
            // compiler would call `memset`, which nothing else may need.
            unsafe { FLIGHT.slots.get().cast::<[u32; 2]>().add(slot).write_volatile([0; 2]) };
        }
        for counter in [&FLIGHT.written, &FLIGHT.turns, &FLIGHT.seen, &FLIGHT.others] {
            counter.store(0, Relaxed);
        }
        FLIGHT.version.store(VERSION, Relaxed);
        FLIGHT.capacity.store(SLOTS as u32, Relaxed);
        FLIGHT.build_id[0].store(build_id as u32, Relaxed);
        FLIGHT.build_id[1].store((build_id >> 32) as u32, Relaxed);
        // What a tool searches for comes last. In pieces, so that flash does not hold it in one.
        let [first, second] = &FLIGHT.magic;
        first.store(u32::from_le_bytes(*b"BKFL"), Release);
        second.store(u32::from_le_bytes(*b"IGHT"), Release);
    }
    FLIGHT.clock_hz.store(clock_hz as u32, Relaxed);
    FLIGHT.object_base.store(object_base() as u32, Relaxed);
    FLIGHT.address.store(address() as u32, Relaxed);
    FLIGHT.running.store(0, Relaxed);
    other(locked, word(kind::BOOT.into(), 0, 0));
}

#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn select(locked: Locked<'_>, task: u8) {
    if FLIGHT.running.load(Relaxed) != u32::from(task.wrapping_add(1)) {
        switch_in(locked, task);
    }
}

#[inline(always)]
pub(crate) fn switch_in(locked: Locked<'_>, task: u8) {
    let running = u32::from(task.wrapping_add(1));
    FLIGHT.running.store(running, Relaxed);
    // The number is worked out in place: one less.
    put(locked, u32::from(kind::SWITCH_IN).wrapping_sub(1 << 16).wrapping_add(running << 16));
}

#[inline(always)]
pub(crate) fn ready(locked: Locked<'_>, task: u8) {
    slot(locked, word(kind::READY.into(), 0, task.into()));
}

#[inline(always)]
pub(crate) fn isr_enter(exception: u16) {
    lock::with(|locked| slot(locked, word(kind::ISR_ENTER.into(), 0, exception.into())));
}

#[inline(always)]
pub(crate) fn isr_exit() {
    lock::with(|locked| slot(locked, word(kind::ISR_EXIT.into(), 0, 0)));
}

#[inline(always)]
pub(crate) fn idle(locked: Locked<'_>) {
    FLIGHT.running.store(0, Relaxed);
    slot(locked, word(kind::IDLE.into(), 0, 0));
}

#[inline(always)]
pub(crate) fn block(locked: Locked<'_>, reason: BlockReason, object: usize, timeout: Duration) {
    // One word decides: a time-out that differs in the other one alone ends in half a million years.
    let ends = (timeout.as_micros() >> 32) as u32 != u32::MAX;
    wait(locked, u32::from(kind::BLOCK) + reason as u32, ends.into(), or_none(object));
}

#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
fn wait(locked: Locked<'_>, kind: u32, a: u32, object: usize) {
    FLIGHT.running.store(address() as u32, Relaxed);
    put_object(locked, kind, a, object);
}

pub(crate) fn task_new(locked: Locked<'_>, task: u8, priority: u8, stack: u32) {
    wide(locked, kind::TASK_NEW + priority % 32, task.into(), stack);
}

#[inline(always)]
pub(crate) fn task_exit(locked: Locked<'_>, task: u8) {
    slot(locked, word(kind::TASK_EXIT.into(), 0, task.into()));
}

#[inline(never)]
pub(crate) fn priority(locked: Locked<'_>, task: u8, priority: u8, cause: PriorityCause, object: usize) {
    let kind = u32::from(kind::PRIORITY) + 32 * (cause as u32 - 1) + u32::from(priority % 32);
    put_object(locked, kind, task.into(), or_none(object));
}

#[inline(always)]
pub(crate) fn object(locked: Locked<'_>, op: ObjectOp, object: usize, value: u32) {
    of_object(locked, u32::from(kind::OBJECT) + op as u32, value, object);
}

#[inline(always)]
pub(crate) fn timer_arm(_: Locked<'_>, _ticks: u64) {}

#[inline(always)]
pub(crate) fn timer_fire(locked: Locked<'_>, task: u8) {
    slot(locked, word(kind::TIMER_FIRE.into(), 0, task.into()));
}

#[cfg(all(feature = "fault", target_os = "none"))]
pub(crate) fn fault(kind: u32, address: u32) {
    lock::with(|locked| in_slots(locked, kind::FAULT, kind, address));
}

#[inline(always)]
pub(super) fn mark_begin(id: u32) {
    lock::with(|locked| wide(locked, kind::MARK_BEGIN, 0, id));
}

#[inline(always)]
pub(super) fn mark_end(id: u32) {
    lock::with(|locked| wide(locked, kind::MARK_END, 0, id));
}

#[inline(always)]
pub(super) fn mark(id: u32, value: u32) {
    lock::with(|locked| wide(locked, kind::MARK_INSTANT, value, id));
}

#[inline(always)]
pub(super) fn counter(id: u32, value: i64) {
    // Zigzag: small values of either sign take one slot. The last bit, its sign, stays where the value has no room.
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    let narrow = u32::try_from(zigzag).unwrap_or((u32::MAX - 1) | (zigzag as u32 & 1));
    lock::with(|locked| wide(locked, kind::COUNTER, narrow, id));
}

#[cfg(test)]
mod tests;
