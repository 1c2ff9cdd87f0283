//! The hooks with feature `trace`. Each is called where the thing happens, under the kernel's lock.
//!
//! Code size: each shape of events has one function ([`event`], [`event1`], ...), and the hooks go through them; but
//! the frequent ones with three fields ([`block`], [`object`]) encode at once.
#![expect(unsafe_code, reason = "the encoder's state is shared, and guarded by the kernel's lock")]

use super::encoder::{self, Clock, State, Tracer};
use super::ring::Ring;
use crate::lock::{self, Locked};
use crate::rtt::{self, TRACE_BYTES};
use crate::{Duration, clock};
use bluekernel_abi::wire::{self, head};
use bluekernel_abi::{BlockReason, ObjectOp, PriorityCause};

/// The processor's cycles. The kernel makes sure that there is an event in each half of their turn.
struct Cycles<'l>(Locked<'l>);

impl Clock for Cycles<'_> {
    #[inline(always)]
    fn cycles(&self) -> u32 {
        clock::cycles(self.0)
    }
}

/// The encoder's state, under the lock. `f` calls no hook.
#[inline(always)]
fn state<R>(locked: Locked<'_>, f: impl FnOnce(&mut State) -> R) -> R {
    let (memory, ..) = rtt::trace(locked);
    // SAFETY: the lock is held, and no caller in this file calls another hook inside `f`: this is the only reference.
    f(unsafe { &mut (*memory).state })
}

/// The encoder, under the lock. `f` calls no hook.
#[inline(always)]
fn tracer<R>(locked: Locked<'_>, f: impl FnOnce(&mut Tracer<'_, Cycles<'_>, TRACE_BYTES>) -> R) -> R {
    let (memory, write, read) = rtt::trace(locked);
    // SAFETY: as in `state`.
    let memory = unsafe { &mut *memory };
    f(&mut Tracer::new(&mut memory.state, Ring::new(&mut memory.bytes, write, read), Cycles(locked)))
}

#[inline(never)]
fn event(locked: Locked<'_>, head: u8) {
    if !tracer(locked, |tracer| tracer.event(head)) {
        careful_with(locked, head, 0, [0; 3]);
    }
}

#[inline(never)]
fn event1(locked: Locked<'_>, head: u8, a: u32) {
    if !tracer(locked, |tracer| tracer.event1(head, a)) {
        careful_with(locked, head, 1, [a, 0, 0]);
    }
}

#[inline(never)]
fn event2(locked: Locked<'_>, head: u8, a: u32, b: u32) {
    if !tracer(locked, |tracer| tracer.event2(head, a, b)) {
        careful_with(locked, head, 2, [a, b, 0]);
    }
}

/// Calls [`careful_packed`], whose arguments fit into registers: so the short way needs no stack.
#[inline(always)]
fn careful_with(locked: Locked<'_>, head: u8, count: u8, [a, b, c]: [u32; 3]) {
    careful_packed(locked, u32::from(head) | u32::from(count) << 8, a, b, c);
}

#[cold]
#[inline(never)]
fn careful_packed(locked: Locked<'_>, head_and_count: u32, a: u32, b: u32, c: u32) {
    let fields = [a.into(), b.into(), c.into()];
    careful(locked, head_and_count as u8, &fields[..(head_and_count >> 8).min(3) as usize]);
}

/// Any event, at any time.
#[cold]
#[inline(never)]
fn careful(locked: Locked<'_>, head: u8, fields: &[u64]) {
    tracer(locked, |tracer| tracer.careful(head, fields));
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
    rtt::open_trace(locked);
    let (build_id, length) = (build_id(), encoder::leb64_length);
    careful(locked, head::INFO, &[length(build_id) + length(clock_hz), build_id, clock_hz]);
}

/// `task` is chosen to run. If it is the one that ran, it goes on, and there is nothing to tell; but a wait that was told
/// has an end, also where the task was woken before the processor was taken from it.
#[inline]
pub(crate) fn select(locked: Locked<'_>, task: u8) {
    if !state(locked, |state| state.goes_on(task.wrapping_add(1))) {
        switch_in(locked, task);
    }
}

/// `task` starts to run.
#[inline]
fn switch_in(locked: Locked<'_>, task: u8) {
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
    if rtt::trace_request(locked) {
        state(locked, State::request_sync);
    }
}

/// The running task waits; `object` is an address, 0 for none.
#[inline(always)]
pub(crate) fn block(locked: Locked<'_>, reason: BlockReason, object: usize, timeout: Option<Duration>) {
    state(locked, State::set_waiting);
    match timeout.map(Duration::as_micros) {
        None => block_event(locked, reason, object, 0),
        Some(micros) if micros < u64::from(u32::MAX) => block_event(locked, reason, object, micros as u32 + 1),
        Some(micros) => block_long(locked, reason, object, micros),
    }
}

#[inline(never)]
fn block_event(locked: Locked<'_>, reason: BlockReason, object: usize, timeout: u32) {
    let id = id_of(object);
    if !tracer(locked, |tracer| tracer.event3(head::BLOCK, reason as u8, id, timeout)) {
        careful_with(locked, head::BLOCK, 3, [reason as u32, id, timeout]);
    }
}

/// More than an hour.
#[cold]
#[inline(never)]
fn block_long(locked: Locked<'_>, reason: BlockReason, object: usize, micros: u64) {
    careful(locked, head::BLOCK, &[reason as u64, id_of(object).into(), micros.saturating_add(1)]);
}

/// A task exists; `stack` in bytes.
pub(crate) fn task_new(locked: Locked<'_>, task: u8, priority: u8, stack: u32) {
    careful(locked, head::TASK_NEW, &[task.into(), priority.into(), stack.into()]);
}

/// The running task returned.
#[inline]
pub(crate) fn task_exit(locked: Locked<'_>, task: u8) {
    event1(locked, head::TASK_EXIT, u32::from(task));
}

/// The effective priority of a task changed.
#[inline(never)]
pub(crate) fn priority(locked: Locked<'_>, task: u8, priority: u8, cause: PriorityCause, object: usize) {
    let id = id_of(object);
    if !tracer(locked, |tracer| task < 0x80 && tracer.event4(head::PRIORITY, [task, priority, cause as u8], id)) {
        careful(locked, head::PRIORITY, &[task.into(), priority.into(), cause as u64, id.into()]);
    }
}

/// The running task or handler did something to an object without waiting.
#[inline(never)]
pub(crate) fn object(locked: Locked<'_>, op: ObjectOp, object: usize, value: u32) {
    let id = wire::object_id(object as u32, ram_start());
    if !tracer(locked, |tracer| tracer.event3(head::OBJECT, op as u8, id, value)) {
        careful_with(locked, head::OBJECT, 3, [op as u32, id, value]);
    }
}

/// The next wake-up is `ticks` trace-clock cycles away.
#[inline]
pub(crate) fn timer_arm(locked: Locked<'_>, ticks: u64) {
    match u32::try_from(ticks) {
        Ok(ticks) => event1(locked, head::TIMER_ARM, ticks),
        Err(_) => careful(locked, head::TIMER_ARM, &[ticks]),
    }
}

/// A time-out of `task` ran off.
#[inline]
pub(crate) fn timer_fire(locked: Locked<'_>, task: u8) {
    event1(locked, head::TIMER_FIRE, u32::from(task));
}

/// The firmware dies of exception `kind` at `address`.
#[cfg(all(feature = "fault", target_os = "none"))]
pub(crate) fn fault(kind: u32, address: u32) {
    lock::with(|locked| careful(locked, head::FAULT, &[kind.into(), address.into()]));
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
        Err(_) => careful(locked, head::COUNTER, &[id.into(), zigzag]),
    });
}
