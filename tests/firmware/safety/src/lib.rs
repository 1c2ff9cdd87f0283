//! What the images share: the second run tells what the first one said when it died.
#![no_std]

use bluekernel::fault::{self, Action, Record};
use bluekernel_mps2::uart;

/// Resets the chip after last words, which the console shows. Behind that reset, tells them again, and whether they are
/// there once and then no more; then ends the run.
pub fn live_twice() {
    fault::set_console(uart::last_words);
    let Some(before) = fault::last().map(Record::text) else {
        fault::set_action(Action::Reset);
        return;
    };
    uart::last_words(b"kept:");
    uart::last_words(before.as_bytes());
    let once = fault::take().map(Record::text) == Some(before) && fault::take().is_none();
    uart::last_words(if once { b"once\n" } else { b"not once\n" });
    bluekernel::exit(0)
}
