//! The host port under a kernel of a few lines: it runs what a list says.

use super::{Host, advance, bind, enable, interrupt, now, pend, set_alarm};
use crate::Port;
use std::sync::{Mutex, PoisonError};
use std::vec;
use std::vec::Vec;

/// Which of the two tasks `select` chooses, in turn; `None` is the idle loop, also when the list is at its end.
static PLAN: Mutex<Vec<Option<usize>>> = Mutex::new(Vec::new());
/// What their registers are saved as.
static SAVED: Mutex<[usize; 2]> = Mutex::new([0; 2]);
static EVENTS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn event(text: &'static str) {
    lock(&EVENTS).push(text);
}

#[unsafe(no_mangle)]
extern "C" fn __bk_select(_: *mut u8) -> *mut u8 {
    let mut plan = lock(&PLAN);
    let next = if plan.is_empty() { None } else { plan.remove(0) };
    core::ptr::without_provenance_mut(next.map_or(0, |task| lock(&SAVED)[task]))
}

#[unsafe(no_mangle)]
extern "C" fn __bk_yield(saved: *mut u8) -> *mut u8 {
    event("yields");
    __bk_select(saved)
}

#[unsafe(no_mangle)]
extern "C" fn __bk_alarm() {
    event("alarm");
    switch();
}

/// Asks for a switch. In a task it happens here.
fn switch() {
    let previous = Host::mask();
    Host::request_switch();
    // SAFETY: the mask of this function.
    unsafe { Host::unmask(previous) };
}

extern "C" fn run(task: *const ()) -> ! {
    // SAFETY: the address of a static function pointer.
    let task = unsafe { *task.cast::<fn()>() };
    Host::call(task);
    switch();
    unreachable!("a task that ended was chosen again");
}

fn a() {
    event("a 1");
    assert!(Host::in_task());
    switch();
    event("a 2");
    let outer = Host::mask();
    let inner = Host::mask();
    assert!(Host::was_open(outer) && !Host::was_open(inner));
    pend(3);
    Host::request_switch();
    // SAFETY: innermost first.
    unsafe { Host::unmask(inner) };
    event("a 3, nothing happened");
    // SAFETY: and now the outer one.
    unsafe { Host::unmask(outer) };
    event("a 4");
}

fn b() {
    event("b 1");
    switch();
    event("b 2");
}

static TASKS: [fn(); 2] = [a, b];

#[test]
fn switches_handlers_and_alarms_happen_when_the_contract_says() {
    Host::init();
    assert!(!Host::in_task());
    bind(3, || {
        assert!(!Host::in_task());
        event("handler");
    });
    enable(3);
    for (number, task) in TASKS.iter().enumerate() {
        // SAFETY: the host does not use the stack.
        let saved = unsafe { Host::prepare(core::ptr::null_mut(), 0, run, core::ptr::from_ref(task).cast()) };
        lock(&SAVED)[number] = saved.addr();
    }
    *lock(&PLAN) = vec![Some(0), Some(1), Some(0), Some(1), None, Some(0), None];
    set_alarm(500);
    let _ = Host::mask();
    Host::request_switch();
    // SAFETY: the host keeps the frame.
    unsafe { Host::idle() };
    let expected = ["a 1", "b 1", "a 2", "a 3, nothing happened", "handler", "b 2", "alarm", "a 4"];
    assert_eq!(*lock(&EVENTS), expected);
    assert_eq!(now(), 500);

    // The same thread may still let time pass, as the idle loop does.
    lock(&EVENTS).clear();
    set_alarm(510);
    advance(20);
    assert_eq!(now(), 520);
    interrupt(|| event("called"));
    assert_eq!(*lock(&EVENTS), ["alarm", "called"]);
}
