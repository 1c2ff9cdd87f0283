//! The hooks with feature `trace`. Each is called where the thing happens, under the kernel's lock.
//!
//! Code size: a few shapes of events are functions of their own ([`event`], [`event1`], ...), the hooks go through them.
#![expect(unsafe_code, reason = "the encoder's state is shared, and guarded by the kernel's lock")]

use super::encoder::{Clock, State, Tracer};
use super::ring::{Bytes, Ring};
use crate::Duration;
use crate::lock::{self, Locked};
use crate::rtt;
use bluekernel_abi::wire::{self, head};
use bluekernel_abi::{BlockReason, ObjectOp, PriorityCause};
use core::cell::UnsafeCell;

/// Bytes of the trace's ring. A busy system makes about 40 kB of trace a second, so a host may stay away for 0.1 s; the
/// most a 25 MHz core can make in the simulator's 1 ms between two visits is about 1.5 kB.
pub(crate) const BUFFER_BYTES: usize = 4096;

/// The ring's bytes, which the RTT control block points to.
pub(crate) struct Buffer(UnsafeCell<Bytes<BUFFER_BYTES>>);

// SAFETY: touched under the kernel's lock only, by `with`.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// The first byte.
    pub(crate) const fn start(&'static self) -> *mut u8 {
        self.0.get().cast()
    }
}

/// See [`Buffer`].
pub(crate) static BUFFER: Buffer = Buffer(UnsafeCell::new(Bytes::new()));

/// The encoder's state.
struct Shared(UnsafeCell<State>);

// SAFETY: touched under the kernel's lock only, by `with`.
unsafe impl Sync for Shared {}

static STATE: Shared = Shared(UnsafeCell::new(State::new()));

/// The cycle counter. The kernel makes sure that there is an event in each half of its turn.
struct Cycles;

impl Clock for Cycles {
    #[inline(always)]
    fn cycles(&self) -> u32 {
        bluekernel_arch::cycle_counter()
    }
}

/// The encoder's state, under the lock. `f` calls no hook.
#[inline(always)]
fn state<R>(_: Locked<'_>, f: impl FnOnce(&mut State) -> R) -> R {
    // SAFETY: the lock is held, and no caller in this file calls another hook inside `f`, so this is the only reference.
    f(unsafe { &mut *STATE.0.get() })
}

/// The encoder, under the lock. `f` calls no hook.
#[inline(always)]
fn tracer<R>(locked: Locked<'_>, f: impl FnOnce(&mut Tracer<'_, Cycles, BUFFER_BYTES>) -> R) -> R {
    state(locked, |state| {
        // SAFETY: as in `state`; nothing else makes a reference to the bytes.
        let bytes = unsafe { &mut *BUFFER.0.get() };
        let (write, read) = rtt::trace_offsets();
        f(&mut Tracer::new(state, Ring::new(bytes, write, read), Cycles))
    })
}

#[inline(never)]
fn event(locked: Locked<'_>, head: u8) {
    tracer(locked, |tracer| tracer.event(head));
}

#[inline(never)]
fn event1(locked: Locked<'_>, head: u8, a: u32) {
    tracer(locked, |tracer| tracer.event1(head, a));
}

#[inline(never)]
fn event2(locked: Locked<'_>, head: u8, a: u32, b: u32) {
    tracer(locked, |tracer| tracer.event2(head, a, b));
}

/// An event about an object: `small` is below 128.
#[inline(never)]
fn event_object(locked: Locked<'_>, head: u8, small: u8, object: usize, value: u32) {
    let id = id_of(object);
    tracer(locked, |tracer| tracer.event3(head, small, id, value));
}

#[cold]
#[inline(never)]
fn event_of(locked: Locked<'_>, head: u8, fields: &[u32]) {
    tracer(locked, |tracer| tracer.event_of(head, fields));
}

#[cold]
#[inline(never)]
fn event_of_long(locked: Locked<'_>, head: u8, fields: &[u64]) {
    tracer(locked, |tracer| tracer.event_of_long(head, fields));
}

/// The number of the object at an address, 0 for none.
#[inline(always)]
fn id_of(object: usize) -> u32 {
    if object == 0 { 0 } else { wire::object_id(object as u32, ram_start()) }
}

/// Where objects are numbered from.
#[cfg(target_os = "none")]
#[inline(always)]
fn ram_start() -> u32 {
    unsafe extern "C" {
        static __bk_object_base: u8;
    }
    (&raw const __bk_object_base) as u32
}

/// On the host, addresses are what they are.
#[cfg(not(target_os = "none"))]
fn ram_start() -> u32 {
    0
}

/// The first eight bytes of the ELF's build id, or 0.
#[cfg(target_os = "none")]
fn build_id() -> u64 {
    unsafe extern "C" {
        static __bk_build_id_note: u8;
        static __bk_build_id_note_end: u8;
    }
    /// Three words of sizes and type, and `GNU\0`.
    const HEADER: usize = 16;
    let note = &raw const __bk_build_id_note;
    if ((&raw const __bk_build_id_note_end) as usize).wrapping_sub(note as usize) < HEADER + 8 {
        return 0;
    }
    // SAFETY: the linker script puts a note of at least so many bytes between the two symbols.
    unsafe { note.add(HEADER).cast::<u64>().read_unaligned() }
}

/// A host process has none.
#[cfg(not(target_os = "none"))]
fn build_id() -> u64 {
    0
}

/// The kernel starts; the trace clock counts `clock_hz` cycles a second. Before any other hook.
pub(crate) fn init(locked: Locked<'_>, clock_hz: u64) {
    tracer(locked, |tracer| tracer.start(build_id(), clock_hz));
}

/// `task` starts to run.
#[inline]
pub(crate) fn switch_in(locked: Locked<'_>, task: u8) {
    if task < 31 {
        event(locked, head::SWITCH_IN + task);
    } else {
        event1(locked, head::SWITCH_IN_EXT, u32::from(task));
    }
    state(locked, |state| state.set_running(task.wrapping_add(1)));
}

/// `task` became ready.
#[inline]
pub(crate) fn ready(locked: Locked<'_>, task: u8) {
    if task < 31 {
        event(locked, head::READY + task);
    } else {
        event1(locked, head::READY_EXT, u32::from(task));
    }
}

/// The handler of `exception` begins (Cortex-M: 16 + interrupt number). First thing in a handler; takes the lock.
#[inline]
pub(crate) fn isr_enter(exception: u16) {
    lock::with(|locked| {
        match exception {
            16..=30 => event(locked, head::ISR_ENTER + (exception - 16) as u8),
            _ => event1(locked, head::ISR_ENTER_EXT, u32::from(exception)),
        }
        state(locked, State::enter_handler);
    });
}

/// A handler ends. Last thing in a handler; takes the lock.
#[inline(never)]
pub(crate) fn isr_exit() {
    lock::with(|locked| {
        answer(locked);
        event(locked, head::ISR_EXIT);
        state(locked, State::leave_handler);
    });
}

/// Nothing is ready.
pub(crate) fn idle(locked: Locked<'_>) {
    answer(locked);
    event(locked, head::IDLE);
    state(locked, |state| state.set_running(0));
}

/// A SYNC if the host asked for one. In `isr_exit` and `idle` only, not in each event: one of them comes soon.
#[inline(always)]
fn answer(locked: Locked<'_>) {
    if rtt::trace_request() {
        state(locked, State::request_sync);
    }
}

/// The running task waits; `object` is an address, 0 for none.
#[inline(never)]
pub(crate) fn block(locked: Locked<'_>, reason: BlockReason, object: usize, timeout: Option<Duration>) {
    let micros = timeout.map_or(0, |timeout| timeout.as_micros().saturating_add(1));
    match u32::try_from(micros) {
        Ok(micros) => event_object(locked, head::BLOCK, reason as u8, object, micros),
        Err(_) => event_of_long(locked, head::BLOCK, &[reason as u64, u64::from(id_of(object)), micros]),
    }
}

/// A task exists; `stack` in bytes.
pub(crate) fn task_new(locked: Locked<'_>, task: u8, priority: u8, stack: u32) {
    event_of(locked, head::TASK_NEW, &[u32::from(task), u32::from(priority), stack]);
}

/// The running task returned.
#[inline]
pub(crate) fn task_exit(locked: Locked<'_>, task: u8) {
    event1(locked, head::TASK_EXIT, u32::from(task));
}

/// The effective priority of a task changed.
#[inline]
pub(crate) fn priority(locked: Locked<'_>, task: u8, priority: u8, cause: PriorityCause, object: usize) {
    event_of(locked, head::PRIORITY, &[u32::from(task), u32::from(priority), cause as u32, id_of(object)]);
}

/// The running task or handler did something to an object without waiting.
#[inline]
pub(crate) fn object(locked: Locked<'_>, op: ObjectOp, object: usize, value: u32) {
    event_object(locked, head::OBJECT, op as u8, object, value);
}

/// The next wake-up is `ticks` trace-clock cycles away.
#[inline]
pub(crate) fn timer_arm(locked: Locked<'_>, ticks: u64) {
    match u32::try_from(ticks) {
        Ok(ticks) => event1(locked, head::TIMER_ARM, ticks),
        Err(_) => event_of_long(locked, head::TIMER_ARM, &[ticks]),
    }
}

/// A time-out of `task` ran off.
#[inline]
pub(crate) fn timer_fire(locked: Locked<'_>, task: u8) {
    event1(locked, head::TIMER_FIRE, u32::from(task));
}

/// The firmware dies of exception `kind` at `address`.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
pub(crate) fn fault(kind: u32, address: u32) {
    lock::with(|locked| event2(locked, head::FAULT, kind, address));
}

pub(super) fn mark_begin(id: u32) {
    lock::with(|locked| event1(locked, head::MARK_BEGIN, id));
}

pub(super) fn mark_end(id: u32) {
    lock::with(|locked| event1(locked, head::MARK_END, id));
}

pub(super) fn mark(id: u32, value: u32) {
    lock::with(|locked| event2(locked, head::MARK_INSTANT, id, value));
}

#[inline(always)]
pub(super) fn counter(id: u32, value: i64) {
    // Zigzag: small values of either sign are short.
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    lock::with(|locked| match u32::try_from(zigzag) {
        Ok(zigzag) => event2(locked, head::COUNTER, id, zigzag),
        Err(_) => event_of_long(locked, head::COUNTER, &[u64::from(id), zigzag]),
    });
}
