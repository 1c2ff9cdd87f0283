//! The six sources of clocks: off, starting, ready.

use serde::{Deserialize, Serialize};

use crate::clock::{MILLISECOND, Picoseconds};

const MICROSECOND: Picoseconds = MILLISECOND / 1000;

/// A source, in the order of CIR's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Source {
    Lsi,
    Lse,
    Hsi,
    Hse,
    Pll,
    PllI2s,
}

impl Source {
    const ALL: [Self; 6] = [Self::Lsi, Self::Lse, Self::Hsi, Self::Hse, Self::Pll, Self::PllI2s];

    /// From switching on to ready: the longest that the data sheet allows, the typical time of a crystal, for which it
    /// has no other (DS tables 32 and 34 to 37).
    pub(super) fn start_up(self) -> Picoseconds {
        match self {
            Self::Lsi => 40 * MICROSECOND,
            Self::Lse => 2000 * MILLISECOND,
            Self::Hsi => 4 * MICROSECOND,
            Self::Hse => 2 * MILLISECOND,
            Self::Pll | Self::PllI2s => 300 * MICROSECOND,
        }
    }

    /// Its bit in CIR's flags.
    pub(super) fn flag(self) -> u32 {
        1 << self as u32
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Off,
    /// On, and without what it needs: no crystal, no input, no way to lock.
    Waiting,
    Starting(Picoseconds),
    Ready,
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Oscillators([State; 6]);

impl Default for Oscillators {
    fn default() -> Self {
        let mut states = [State::Off; 6];
        states[Source::Hsi as usize] = State::Ready;
        Self(states)
    }
}

impl Oscillators {
    pub(super) fn ready(&self, source: Source) -> bool {
        self.0[source as usize] == State::Ready
    }

    /// Sees to it that a source that is on starts once it can, and that one that cannot run any more does not.
    pub(super) fn set(&mut self, source: Source, on: bool, can_run: bool, now: Picoseconds) {
        let state = &mut self.0[source as usize];
        *state = match *state {
            _ if !on => State::Off,
            _ if !can_run => State::Waiting,
            State::Off | State::Waiting => State::Starting(now.saturating_add(source.start_up())),
            under_way => under_way,
        };
    }

    /// When the next one becomes ready.
    pub(super) fn due(&self) -> Option<Picoseconds> {
        let starting = |state: &State| if let State::Starting(at) = state { Some(*at) } else { None };
        self.0.iter().filter_map(starting).min()
    }

    /// Makes ready what is due; gives the flags.
    pub(super) fn advance(&mut self, now: Picoseconds) -> u32 {
        let mut flags = 0;
        for (source, state) in Source::ALL.into_iter().zip(&mut self.0) {
            if matches!(state, State::Starting(at) if *at <= now) {
                *state = State::Ready;
                flags |= source.flag();
            }
        }
        flags
    }
}
