//! What the host says to the trace, and the answers. Looked for when a handler ends and when nothing is ready, not in each
//! event: one of them comes soon.

use super::{numbers, state};
use crate::lock::{self, Locked};
use crate::rtt;
#[cfg(feature = "trace-filter")]
use crate::trace::control::{self, Said};
use crate::trace::encoder::State;
use crate::trace::groups::COMPILED;
use bluekernel_abi::wire::{group, head};

/// A SYNC, and behind it what holds if something is held back.
fn sync(locked: Locked<'_>) {
    state(locked, State::request_sync);
    tell_if_filtered(locked);
}

/// Tells what is held back, if anything is.
pub(super) fn tell_if_filtered(locked: Locked<'_>) {
    let (groups, muted) = filtered(locked);
    if groups & group::USUAL != group::USUAL || muted != 0 {
        tell(locked, groups, muted);
    }
}

/// The groups that are told, and how much is muted.
fn filtered(locked: Locked<'_>) -> (u32, u32) {
    state(locked, |state| (COMPILED & state.filter.groups(), state.filter.muted()))
}

fn tell(locked: Locked<'_>, groups: u32, muted: u32) {
    numbers(locked, head::FILTER, groups, muted);
}

/// The host said something. Takes the lock.
#[cold]
#[inline(never)]
pub(super) fn hear() {
    lock::with(answer);
}

/// Any byte asks for a SYNC.
#[cfg(not(feature = "trace-filter"))]
fn answer(locked: Locked<'_>) {
    rtt::take_said(locked, usize::MAX);
    sync(locked);
}

/// Does what the first of it wants.
#[cfg(feature = "trace-filter")]
fn answer(locked: Locked<'_>) {
    let mut bytes = [0; rtt::DOWN_BYTES];
    let length = rtt::said(locked, &mut bytes);
    let Some((taken, said)) = control::first(&bytes[..length]) else { return };
    rtt::take_said(locked, taken);
    state(locked, |state| match said {
        Said::Groups(groups) => state.filter.set_groups(groups),
        Said::Mute(one) => state.filter.set_muted(one, true),
        Said::Unmute(one) => state.filter.set_muted(one, false),
        Said::All => state.filter.reset(),
        Said::Sync | Said::Unknown => {}
    });
    match said {
        Said::Sync => sync(locked),
        Said::Unknown => {}
        _ => {
            let (groups, muted) = filtered(locked);
            tell(locked, groups, muted);
        }
    }
}
