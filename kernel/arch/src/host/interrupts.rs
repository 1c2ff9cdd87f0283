//! Interrupts: handlers called on the thread that runs.
//!
//! There is one level: a handler is not interrupted. What becomes pending inside a handler or under the mask runs when
//! that ends, in the order of the interrupt numbers, as hardware of equal priorities does it. Above it is another one, of
//! handlers that wait only for one another, and where the mask is closed for everything.

use super::{mask, switch_if_requested};
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

struct Line {
    handler: Option<fn()>,
    enabled: bool,
    pending: bool,
    unmasked: bool,
}

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

std::thread_local! {
    static IN_HANDLER: Cell<bool> = const { Cell::new(false) };
    static IN_UNMASKED: Cell<bool> = const { Cell::new(false) };
}

fn lines() -> MutexGuard<'static, Vec<Line>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_line<R>(number: u16, f: impl FnOnce(&mut Line) -> R) -> R {
    let mut lines = lines();
    while lines.len() <= usize::from(number) {
        lines.push(Line { handler: None, enabled: false, pending: false, unmasked: false });
    }
    f(&mut lines[usize::from(number)])
}

/// Binds `handler` to interrupt `number`.
pub fn bind(number: u16, handler: fn()) {
    with_line(number, |line| line.handler = Some(handler));
}

/// As [`bind`], for a handler that the mask does not delay.
pub fn bind_unmasked(number: u16, handler: fn()) {
    bind(number, handler);
    with_line(number, |line| line.unmasked = true);
}

/// Enables interrupt `number`; runs its handler if it is pending.
pub fn enable(number: u16) {
    with_line(number, |line| line.enabled = true);
    kick();
}

/// Disables interrupt `number`.
pub fn disable(number: u16) {
    with_line(number, |line| line.enabled = false);
}

/// Whether interrupt `number` is enabled.
#[must_use]
pub fn is_enabled(number: u16) -> bool {
    with_line(number, |line| line.enabled)
}

/// Makes interrupt `number` pending. Its handler runs at once, unless the mask is closed for it or a handler is active that
/// it does not interrupt.
pub fn pend(number: u16) {
    with_line(number, |line| line.pending = true);
    kick();
}

/// Whether this thread executes a handler.
pub(super) fn in_handler() -> bool {
    IN_HANDLER.get()
}

/// Whether this thread executes a handler that the mask does not delay.
#[must_use]
pub fn in_unmasked_handler() -> bool {
    IN_UNMASKED.get()
}

/// Runs `handler` in handler context, with the mask open, and then the switch it asked for.
///
/// # Panics
/// If the mask is closed or a handler is active: use [`pend`] there.
pub fn interrupt(handler: impl FnOnce()) {
    assert!(!mask::is_mine() && !in_handler(), "an interrupt cannot come now");
    run(handler);
    kick();
}

fn run(handler: impl FnOnce()) {
    IN_HANDLER.set(true);
    handler();
    IN_HANDLER.set(false);
}

/// Runs the handlers that are pending and enabled and that the mask does not delay.
pub(super) fn run_unmasked() {
    /// Also where the handler panics: its task goes on to its end.
    struct Interrupted {
        in_handler: bool,
    }

    impl Drop for Interrupted {
        fn drop(&mut self) {
            IN_HANDLER.set(self.in_handler);
            IN_UNMASKED.set(false);
        }
    }

    while !mask::is_closed_for_all()
        && !IN_UNMASKED.get()
        && let Some(handler) = take_pending(true)
    {
        let _interrupted = Interrupted { in_handler: IN_HANDLER.replace(true) };
        IN_UNMASKED.set(true);
        handler();
    }
}

/// Lets what is pending happen, if it can happen now.
fn kick() {
    run_unmasked();
    if mask::close() {
        run_pending();
        switch_if_requested();
        mask::open();
    }
}

/// Runs the handlers that are pending and enabled. Called under the mask, which is open while a handler runs.
pub(super) fn run_pending() {
    if in_handler() {
        return;
    }
    while let Some(handler) = take_pending(false) {
        mask::open();
        run(handler);
        mask::close();
    }
}

/// The handler of the first interrupt that is pending and enabled; it is not pending any more. One that the mask delays, or
/// one that it does not.
fn take_pending(unmasked: bool) -> Option<fn()> {
    let mut lines = lines();
    let comes = |line: &&mut Line| line.pending && line.enabled && line.unmasked == unmasked && line.handler.is_some();
    let line = lines.iter_mut().find(comes)?;
    line.pending = false;
    line.handler
}
