//! Ctrl-C, clean: the first one asks, the second one ends.
//!
//! A command that holds something (a child process, a recording) takes a [`Guard`] and is told; while nobody holds one,
//! Ctrl-C ends the program at once with exit code 130.

use std::process;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::error::Exit;

type Callback = Box<dyn FnMut() + Send>;

#[derive(Default)]
struct State {
    asked: bool,
    callback: Option<Callback>,
}

static STATE: Mutex<State> = Mutex::new(State { asked: false, callback: None });
static HANDLER: OnceLock<()> = OnceLock::new();

/// While it lives, Ctrl-C calls back instead of ending the program.
#[derive(Debug)]
#[must_use]
pub struct Guard(());

/// Calls `callback` at the first Ctrl-C (or SIGTERM, SIGHUP) while the guard lives. It runs on a thread of its own. A
/// second Ctrl-C ends the program at once.
pub fn guard(callback: impl FnMut() + Send + 'static) -> Guard {
    HANDLER.get_or_init(|| {
        // Fails only if a handler is there already, and this is the only place that sets one.
        let _ = ctrlc::set_handler(on_signal);
    });
    lock().callback = Some(Box::new(callback));
    Guard(())
}

/// Whether Ctrl-C has come since the program began.
#[must_use]
pub fn asked() -> bool {
    lock().asked
}

impl Drop for Guard {
    fn drop(&mut self) {
        lock().callback = None;
    }
}

fn lock() -> std::sync::MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn on_signal() {
    let mut state = lock();
    let is_second = state.asked;
    state.asked = true;
    match &mut state.callback {
        Some(callback) if !is_second => callback(),
        _ => process::exit(i32::from(Exit::Interrupted.code())),
    }
}
