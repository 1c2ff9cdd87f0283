//! The hooks with feature `trace`. Each is called where the thing happens, under the kernel's lock.
//!
//! Code size: events that are nothing but a head have one function, [`event`], and nearly all others another, [`fields`].
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

use super::encoder::{self, Clock, Head, Prefix, State, Tracer};
use super::groups::tells;
use super::identity::build_id;
use super::ring::Ring;
use crate::lock::{self, Locked};
use crate::rtt::{self, TRACE_BYTES};
use crate::{Duration, clock};
use bluekernel_abi::wire::{TIMER_ARM_UNIT, group, head};
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
const IN_HEAD: u8 = 31;

/// An event of which nothing but a number is told: in the head, or behind the one that follows the last of its kind.
#[inline(never)]
fn event(locked: Locked<'_>, head: Head, number: u8) {
    if number >= IN_HEAD {
        return fields(locked, head.plus(IN_HEAD).prefix().number(), number.into(), 0);
    }
    let head = head.plus(number);
    if !tracer(locked, |tracer| tracer.bare(head)) {
        again(locked, head.prefix(), 0, 0);
    }
}

/// Any event with one number or two, of 32 bits.
#[inline(never)]
fn fields(locked: Locked<'_>, prefix: Prefix, a: u32, b: u32) {
    if !tracer(locked, |tracer| tracer.fields(prefix, || first(prefix, a), b)) {
        again(locked, prefix, a, b);
    }
}

/// The first number of an event, of which the hooks pass `a`.
#[inline(always)]
fn first(prefix: Prefix, a: u32) -> u32 {
    if prefix.has_object() { id_of(a as usize) } else { a }
}

/// An event that was refused: it is held back, or lost, or has its way now. It comes back here at most twice: where a filter
/// was asked for it, and close to the end of the ring.
#[cold]
#[inline(never)]
fn again(locked: Locked<'_>, prefix: Prefix, a: u32, b: u32) {
    let told = if tracer(locked, |tracer| tracer.suspects(prefix)) {
        let first = (prefix.numbers() > 0).then(|| first(prefix, a).into());
        !tracer(locked, |tracer| tracer.holds_back(prefix, first))
    } else {
        prepare(locked)
    };
    let prefix = prefix.without_tag();
    match prefix.numbers() {
        _ if !told => {}
        0 => event(locked, prefix.head(), 0),
        _ => fields(locked, prefix, a, b),
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
    fields(locked, Prefix::new(head).number(), value, 0);
}

/// An event with numbers of any length.
#[cold]
#[inline(never)]
fn long(locked: Locked<'_>, head: Head, numbers: &[u64]) {
    let first = numbers.first().copied();
    if !tracer(locked, |tracer| tracer.holds_back(head.prefix(), first)) && has_room(locked) {
        tracer(locked, |tracer| tracer.long(head, numbers));
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
        Ok(b) => fields(locked, Prefix::new(head).number().number(), a, b),
        Err(_) => long(locked, Head::new(head), &[a.into(), b]),
    }
}

/// An event with an object and a number.
#[inline(always)]
fn of_object(locked: Locked<'_>, head: Head, object: usize, value: u32) {
    fields(locked, head.prefix().object().number(), object as u32, value);
}

/// The number of the object at an address, 0 for [`no_object`]: `wire::object_id` with one operation less.
#[inline(always)]
fn id_of(object: usize) -> u32 {
    (object as u32).wrapping_sub(no_object() as u32) >> 2
}

/// As [`id_of`], 0 for none.
#[inline(always)]
fn or_none(object: usize) -> u32 {
    if object == 0 { 0 } else { id_of(object) }
}

/// What is told where there is no object: the address of the word before the first one.
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
    0_usize.wrapping_sub(4)
}

/// The kernel starts; the trace clock counts `clock_hz` cycles a second. Before any other hook.
pub(crate) fn init(locked: Locked<'_>, clock_hz: u64) {
    rtt::open_trace(locked);
    state(locked, State::boot);
    let (build_id, length) = (build_id(), encoder::leb64_length);
    let bytes = length(build_id) + length(clock_hz);
    long(locked, Head::new(head::INFO), &[bytes.into(), build_id, clock_hz]);
    answers::tell_if_filtered(locked);
}

/// `task` is chosen to run. If it is the one that ran, it goes on, and there is nothing to tell; but a wait that was told
/// has an end, also where the task was woken before the processor was taken from it.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn select(locked: Locked<'_>, task: u8) {
    let running = task.wrapping_add(1);
    if !state(locked, |state| state.goes_on(running)) {
        event(locked, Head::new(head::SWITCH_IN), task);
        state(locked, |state| state.set_running(running));
    }
}

/// `task` became ready.
#[inline(always)]
pub(crate) fn ready(locked: Locked<'_>, task: u8) {
    event(locked, Head::new(head::READY), task);
}

/// The handler of `exception` begins (Cortex-M: 16 + interrupt number). First thing in a handler; takes the lock.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn isr_enter(exception: u16) {
    lock::with(|locked| {
        match exception {
            _ if !tells(group::INTERRUPTS) => {}
            16..=30 => event(locked, Head::new(head::ISR_ENTER), (exception - 16) as u8),
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
            event(locked, Head::new(head::ISR_EXIT), 0);
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
    event(locked, Head::new(head::IDLE), 0);
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
    let head = Head::new(head::BLOCK_ON + reason as u8);
    // `Duration::MAX` is none, and that is 0.
    let timeout = timeout.as_micros().wrapping_add(1);
    let prefix = head.prefix();
    let prefix = if object == 0 { prefix.number() } else { prefix.object() }.number();
    match u32::try_from(timeout) {
        Ok(timeout) => fields(locked, prefix, object as u32, timeout),
        Err(_) => long_block(locked, head, object, timeout),
    }
}

/// The running task waits, for more than an hour.
#[cold]
#[inline(never)]
fn long_block(locked: Locked<'_>, head: Head, object: usize, timeout: u64) {
    long(locked, head, &[or_none(object).into(), timeout]);
}

/// A task exists; `stack` in bytes.
pub(crate) fn task_new(locked: Locked<'_>, task: u8, priority: u8, stack: u32) {
    fields(locked, Prefix::new(head::TASK_NEW).task(task).small(priority).number(), stack, 0);
}

/// The running task returned.
#[inline(always)]
pub(crate) fn task_exit(locked: Locked<'_>, task: u8) {
    number(locked, head::TASK_EXIT, task.into());
}

/// The effective priority of a task changed; `object` is an address, 0 for none.
#[inline(never)]
pub(crate) fn priority(locked: Locked<'_>, task: u8, priority: u8, cause: PriorityCause, object: usize) {
    let prefix = Prefix::new(head::PRIORITY).task(task).small(priority).number().number();
    fields(locked, prefix, cause as u32, or_none(object));
}

/// The running task or handler did something to an object without waiting.
#[inline(always)]
pub(crate) fn object(locked: Locked<'_>, op: ObjectOp, object: usize, value: u32) {
    if tells(group::OBJECTS) {
        of_object(locked, Head::new(head::OBJECT_OP + op as u8), object, value);
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

/// At least once in each half of the clock's turn. The encoder follows the clock by itself, as long as the alarm's interrupt
/// is told.
#[inline(always)]
pub(crate) fn follow(locked: Locked<'_>) {
    if cfg!(feature = "trace-filter") || !tells(group::INTERRUPTS) {
        let now = clock::cycles(locked);
        state(locked, |state| state.follow(now));
    }
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
    lock::with(|locked| fields(locked, Prefix::new(head::FAULT).number().number(), kind, address));
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
        lock::with(|locked| fields(locked, Prefix::new(head::MARK_INSTANT).number().number(), id, value));
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
