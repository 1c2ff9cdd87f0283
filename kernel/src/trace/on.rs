//! The hooks with feature `trace`. Each is called where the thing happens, under the kernel's lock.
//!
//! Code size: events that are nothing but a head have one function, [`event`], those of an object with a number [`of_object`],
//! and nearly all others [`fields`].
#![expect(unsafe_code, reason = "the encoder's state is shared, and guarded by the kernel's lock")]

mod answers;
mod calls;
#[cfg(feature = "alloc")]
mod heap;
mod jobs;
mod names;
#[cfg(feature = "trace-polls")]
mod polls;
#[cfg(target_os = "none")]
mod stacks;

pub(crate) use calls::call;
#[cfg(feature = "alloc")]
pub(crate) use heap::{HeapAccount, heap_alloc, heap_free};
pub(crate) use jobs::{Announced, job_done, job_release, timing};
pub(super) use names::{name_object_at, name_task_numbered};
#[cfg(feature = "trace-polls")]
pub(crate) use polls::{poll_begin, poll_end, poll_ready};

use super::encoder::{self, Clock, Prefix, State, Tracer};
use super::groups::tells;
use super::identity::build_id;
use super::ring::Ring;
use crate::lock::{self, Locked};
use crate::rtt::{self, TRACE_BYTES};
use crate::{Duration, clock};
use bluekernel_abi::wire::{OBJECT_BYTES, TIMER_ARM_UNIT, group, head};
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
    // SAFETY: the lock is held, and no caller, here and in the files beneath, calls a hook inside `f`: this is the only
    // reference.
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

/// The numbers that the heads hold which have room for some: those below.
const IN_HEAD: u32 = 31;

/// An event of which nothing but a number is told: in the head, or behind the one that follows the last of its kind.
#[inline(never)]
fn event(locked: Locked<'_>, prefix: Prefix, number: u32) {
    if number >= IN_HEAD {
        return extended(locked, prefix, number);
    }
    let prefix = prefix.plus(number);
    if !tracer(locked, |tracer| tracer.bare(prefix)) {
        again(locked, prefix, 0, 0);
    }
}

/// As [`event`], where the head has no room.
#[cold]
#[inline(never)]
fn extended(locked: Locked<'_>, prefix: Prefix, value: u32) {
    fields(locked, prefix.plus(IN_HEAD).with_number(), value, 0);
}

/// Any event with one number or two, of 32 bits.
#[inline(never)]
fn fields(locked: Locked<'_>, prefix: Prefix, a: u32, b: u32) {
    if !tracer(locked, |tracer| tracer.fields(prefix, a, b)) {
        again(locked, prefix, a, b);
    }
}

/// An event of an object, by its address, with a number. These are many: so they have a function, without the questions that
/// [`fields`] asks of a prefix.
#[inline(never)]
fn of_object(locked: Locked<'_>, prefix: Prefix, object: usize, value: u32) {
    if !tracer(locked, |tracer| tracer.pair(prefix, || id_of(object), value)) {
        again(locked, prefix, object as u32, value);
    }
}

/// An event that was refused: it is held back, or lost, or has its way now. It comes back here at most twice: where a filter
/// was asked for it, and close to the end of the ring.
#[cold]
#[inline(never)]
fn again(locked: Locked<'_>, prefix: Prefix, a: u32, b: u32) {
    let told = if tracer(locked, |tracer| tracer.suspects(prefix)) {
        let number = if prefix.has_object() { id_of(a as usize) } else { a };
        let first = (!prefix.is_bare()).then_some(number.into());
        !tracer(locked, |tracer| tracer.holds_back(prefix, first))
    } else {
        prepare(locked)
    };
    let prefix = prefix.without_tag();
    if !told {
    } else if prefix.is_bare() {
        event(locked, prefix, 0);
    } else if prefix.has_object() {
        of_object(locked, prefix, a as usize, b);
    } else {
        fields(locked, prefix, a, b);
    }
}

/// See [`Tracer::prepare`].
#[cold]
#[inline(never)]
fn prepare(locked: Locked<'_>) -> bool {
    tracer(locked, |tracer| tracer.prepare())
}

/// An event with one number behind its head.
#[inline(always)]
fn number(locked: Locked<'_>, head: u8, value: u32) {
    fields(locked, Prefix::new(head), value, 0);
}

/// An event with two numbers behind its head.
#[inline(always)]
fn numbers(locked: Locked<'_>, head: u8, a: u32, b: u32) {
    fields(locked, Prefix::new(head).second(), a, b);
}

/// An event with numbers of any length.
#[cold]
#[inline(never)]
fn long(locked: Locked<'_>, head: u8, numbers: &[u64]) {
    let (prefix, first) = (Prefix::bare(head), numbers.first().copied());
    if !tracer(locked, |tracer| tracer.holds_back(prefix, first)) && has_room(locked) {
        tracer(locked, |tracer| tracer.long(prefix, numbers));
    }
}

/// Whether there is room for any event, maybe after a SYNC.
#[inline(always)]
fn has_room(locked: Locked<'_>) -> bool {
    tracer(locked, |tracer| tracer.has_room()) || prepare(locked)
}

/// An event with two numbers behind its head, of which the second may be long.
#[inline(always)]
fn of_two(locked: Locked<'_>, head: u8, a: u32, b: u64) {
    match u32::try_from(b) {
        Ok(b) => numbers(locked, head, a, b),
        Err(_) => long(locked, head, &[a.into(), b]),
    }
}

/// The number of the object at an address, 0 for [`no_object`]: `wire::ObjectNumbers` with one operation less.
#[inline(always)]
fn id_of(object: usize) -> u32 {
    (object as u32).wrapping_sub(no_object() as u32) / OBJECT_BYTES
}

/// As [`id_of`], 0 for none.
#[inline(always)]
fn or_none(object: usize) -> u32 {
    if object == 0 { 0 } else { id_of(object) }
}

/// What is told where there is no object: the address one step before the first one.
#[cfg(target_os = "none")]
#[inline(always)]
fn no_object() -> usize {
    unsafe extern "C" {
        static __bk_no_object: u8;
    }
    (&raw const __bk_no_object).addr()
}

/// On the host, addresses are what they are.
#[cfg(not(target_os = "none"))]
fn no_object() -> usize {
    0_usize.wrapping_sub(OBJECT_BYTES as usize)
}

/// The kernel starts; the trace clock counts `clock_hz` cycles a second. Before any other hook.
pub(crate) fn init(locked: Locked<'_>, clock_hz: u64) {
    rtt::open_trace(locked);
    state(locked, State::boot);
    let (build_id, length) = (build_id(), encoder::leb64_length);
    let bytes = length(build_id) + length(clock_hz);
    long(locked, head::INFO, &[bytes.into(), build_id, clock_hz]);
    answers::tell_if_filtered(locked);
}

/// `task` is chosen to run. If it is the one that ran, it goes on, and there is nothing to tell; but a wait that was told
/// has an end, also where the task was woken before the processor was taken from it.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn select(locked: Locked<'_>, task: u8) {
    if !state(locked, |state| state.goes_on(task.wrapping_add(1))) {
        switch_in(locked, task);
    }
}

/// `task` runs, in place of another one.
#[inline(always)]
pub(crate) fn switch_in(locked: Locked<'_>, task: u8) {
    let running = task.wrapping_add(1);
    event(locked, Prefix::bare(head::SWITCH_IN), u32::from(running).wrapping_sub(1));
    state(locked, |state| state.set_running(running));
}

/// `task` became ready.
#[inline(always)]
pub(crate) fn ready(locked: Locked<'_>, task: u8) {
    event(locked, Prefix::bare(head::READY), task.into());
}

/// The handler of `exception` begins (Cortex-M: 16 + interrupt number). First thing in a handler; takes the lock.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn isr_enter(exception: u16) {
    lock::with(|locked| {
        match exception {
            _ if !tells(group::INTERRUPTS) => {}
            16..=30 => event(locked, Prefix::bare(head::ISR_ENTER), u32::from(exception) - 16),
            _ => number(locked, head::ISR_ENTER_EXT, exception.into()),
        }
        state(locked, State::enter_handler);
    });
}

/// A handler ends. Last thing in a handler; takes the lock.
#[inline(never)]
pub(crate) fn isr_exit() {
    if rtt::has_said() {
        answers::hear();
    }
    lock::with(|locked| {
        if tells(group::INTERRUPTS) {
            event(locked, Prefix::bare(head::ISR_EXIT), 0);
        }
        state(locked, State::leave_handler);
    });
}

/// The next event begins with a SYNC.
#[cfg(feature = "trace-uart")]
pub(super) fn request_sync() {
    lock::with(|locked| state(locked, State::request_sync));
}

/// Nothing is ready.
#[inline(never)]
pub(crate) fn idle(locked: Locked<'_>) {
    if rtt::has_said() {
        answers::hear();
    }
    event(locked, Prefix::bare(head::IDLE), 0);
    state(locked, |state| state.set_running(0));
    names::idle(locked);
    #[cfg(target_os = "none")]
    stacks::look(locked);
}

/// The running task waits; `object` is an address, 0 for none.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn block(locked: Locked<'_>, reason: BlockReason, object: usize, timeout: Duration) {
    state(locked, State::set_waiting);
    let head = head::BLOCK_ON + reason as u8;
    // `Duration::MAX` is none, and that is 0.
    let timeout = timeout.as_micros().wrapping_add(1);
    let object = if object == 0 { no_object() } else { object };
    match u32::try_from(timeout) {
        Ok(timeout) => of_object(locked, Prefix::object(head), object, timeout),
        Err(_) => long_block(locked, head, object, timeout),
    }
}

/// The running task waits, for more than an hour.
#[cold]
#[inline(never)]
fn long_block(locked: Locked<'_>, head: u8, object: usize, timeout: u64) {
    long(locked, head, &[id_of(object).into(), timeout]);
}

/// A task exists; `stack` in bytes.
pub(crate) fn task_new(locked: Locked<'_>, task: u8, priority: u8, stack: u32) {
    long(locked, head::TASK_NEW, &[task.into(), priority.into(), stack.into()]);
}

/// The running task returned.
#[inline(always)]
pub(crate) fn task_exit(locked: Locked<'_>, task: u8) {
    number(locked, head::TASK_EXIT, task.into());
}

/// The effective priority of a task changed; `object` is an address, 0 for none.
#[inline(never)]
pub(crate) fn priority(locked: Locked<'_>, task: u8, priority: u8, cause: PriorityCause, object: usize) {
    let (cause, object) = (cause as u32, or_none(object));
    if task < 0x80 {
        fields(locked, Prefix::new(head::PRIORITY).small(task).small(priority).second(), cause, object);
    } else {
        long(locked, head::PRIORITY, &[task.into(), priority.into(), cause.into(), object.into()]);
    }
}

/// The running task or handler did something to an object without waiting.
#[inline(always)]
pub(crate) fn object(locked: Locked<'_>, op: ObjectOp, object: usize, value: u32) {
    if tells(group::OBJECTS) {
        of_object(locked, Prefix::object(head::OBJECT_OP + op as u8), object, value);
    }
}

/// The next wake-up is `ticks` trace-clock cycles away. Nobody needs them all, and they take bytes.
#[inline(always)]
pub(crate) fn timer_arm(locked: Locked<'_>, ticks: u64) {
    if tells(group::TIMERS) {
        let units = u32::try_from(ticks / TIMER_ARM_UNIT).unwrap_or(u32::MAX);
        number(locked, head::TIMER_ARM_COARSE, units);
    }
}

/// At least once in each half of the clock's turn.
#[inline(always)]
pub(crate) fn follow(locked: Locked<'_>) {
    let now = clock::cycles(locked);
    state(locked, |state| state.follow(now));
}

/// A time-out of `task` ran off.
#[inline(always)]
pub(crate) fn timer_fire(locked: Locked<'_>, task: u8) {
    if tells(group::TIMERS) {
        number(locked, head::TIMER_FIRE, task.into());
    }
}

/// The firmware dies of exception `kind` at `address`.
#[cfg(all(feature = "fault", target_os = "none"))]
pub(crate) fn fault(kind: u32, address: u32) {
    lock::with(|locked| numbers(locked, head::FAULT, kind, address));
}

pub(super) fn mark_begin(id: u32) {
    if tells(group::USER) {
        lock::with(|locked| number(locked, head::MARK_BEGIN, id));
    }
}

pub(super) fn mark_end(id: u32) {
    if tells(group::USER) {
        lock::with(|locked| number(locked, head::MARK_END, id));
    }
}

pub(super) fn mark(id: u32, value: u32) {
    if tells(group::USER) {
        lock::with(|locked| numbers(locked, head::MARK_INSTANT, id, value));
    }
}

#[inline(always)]
pub(super) fn counter(id: u32, value: i64) {
    if !tells(group::USER) {
        return;
    }
    // Zigzag: small values of either sign are short.
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    lock::with(|locked| of_two(locked, head::COUNTER, id, zigzag));
}
