//! Names that are made at run time.
//!
//! A name is told when it is given, and again, one whenever nothing is ready, behind a SYNC that the host asked for. So it
//! is kept; firmware that gives none has nothing of this.

use super::{has_room, id_of, state, tracer};
use crate::lock::{self, Locked, Protected};
use crate::trace::encoder::Name;
use bluekernel_abi::Named;
use core::cell::Cell;

/// How many names are kept.
const KEPT: usize = 8;

/// The names that are kept, and how many of them were told since when.
struct Names {
    kept: [Cell<Option<Name>>; KEPT],
    told: Cell<u8>,
    round: Cell<u8>,
}

static NAMES: Protected<Names> =
    Protected::new(Names { kept: [const { Cell::new(None) }; KEPT], told: Cell::new(0), round: Cell::new(0) });

/// See [`AGAIN`].
type TellAgain = fn(Locked<'_>);

/// Tells the next name that is to be told again. Whoever gives one sets it.
static AGAIN: Protected<Cell<Option<TellAgain>>> = Protected::new(Cell::new(None));

/// A task is called `text`.
pub(in crate::trace) fn name_task_numbered(number: u8, text: &'static str) {
    give(Name::new(Named::Task, number.into(), text));
}

/// The object at an address is called `text`.
pub(in crate::trace) fn name_object_at(object: usize, text: &'static str) {
    give(Name::new(Named::Object, id_of(object), text));
}

fn give(name: Name) {
    lock::with(|locked| {
        let names = NAMES.get(locked);
        if AGAIN.get(locked).replace(Some(tell_again)).is_none() {
            names.round.set(state(locked, |state| state.round()));
            names.told.set(KEPT as u8);
        }
        let place = names.kept.iter().find(|kept| kept.get().is_none_or(|kept| kept.names_what(&name)));
        if let Some(place) = place {
            place.set(Some(name));
        }
    });
    lock::with(|locked| tell(locked, &name));
}

/// Nothing is ready.
#[inline(always)]
pub(super) fn idle(locked: Locked<'_>) {
    if let Some(again) = AGAIN.get(locked).get() {
        again(locked);
    }
}

fn tell_again(locked: Locked<'_>) {
    let names = NAMES.get(locked);
    let round = state(locked, |state| state.round());
    if names.round.replace(round) != round {
        names.told.set(0);
    }
    if let Some(name) = names.kept.get(usize::from(names.told.get())).and_then(Cell::get) {
        names.told.set(names.told.get() + 1);
        tell(locked, &name);
    }
}

#[cold]
#[inline(never)]
fn tell(locked: Locked<'_>, name: &Name) {
    if has_room(locked) {
        tracer(locked, |tracer| tracer.name(name));
    }
}
