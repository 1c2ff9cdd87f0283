//! States in two bytes each: a lane has millions of them, and few different ones.

use std::collections::HashMap;

use super::pages::Pages;
use super::state::State;

/// States without details; their codes are their places.
const PLAIN: [State; 5] = [State::Unknown, State::Dormant, State::Ready, State::Running, State::Interrupted];

/// Only damaged bytes have a lane wait for more objects than this. Which one it was is then no longer told: there are codes
/// left for every reason.
const MOST: usize = 0xff00;

/// With more states than this it is worth the while to look which of them are still needed.
const MANY: usize = 1 << 10;

/// The states of a lane one after the other. The first can be given back: the others keep their places.
#[derive(Clone, Debug)]
pub(super) struct StateList {
    /// The place of the first state that is kept.
    first: usize,
    codes: Pages<u16>,
    /// The state of each code.
    states: Vec<State>,
    /// The codes of the states with details.
    known: HashMap<State, u16>,
}

impl StateList {
    /// A list that begins with `first`.
    pub(super) fn new(first: State) -> Self {
        let mut list = Self { first: 0, codes: Pages::new(), states: PLAIN.to_vec(), known: HashMap::new() };
        list.push(first);
        list
    }

    pub(super) fn push(&mut self, state: State) {
        let code = self.code(state);
        self.codes.push(code);
    }

    /// The state at `place`, if it is kept.
    pub(super) fn get(&self, place: usize) -> Option<State> {
        self.states.get(usize::from(*self.codes.get(place.checked_sub(self.first)?)?)).copied()
    }

    pub(super) fn last(&self) -> Option<State> {
        self.states.get(usize::from(*self.codes.last()?)).copied()
    }

    /// The states from `place` on that lie behind each other in memory.
    pub(super) fn run(&self, place: usize) -> impl Iterator<Item = State> {
        let codes = place.checked_sub(self.first).map_or(&[][..], |kept| self.codes.run(kept));
        codes.iter().map(|code| self.states.get(usize::from(*code)).copied().unwrap_or(State::Unknown))
    }

    /// Gives back the states before `place`.
    pub(super) fn forget(&mut self, place: usize) {
        let forgotten = place.saturating_sub(self.first).min(self.codes.len());
        self.codes.forget(forgotten);
        self.first += forgotten;
        if self.states.len() > MANY {
            let kept: Vec<State> = (self.first..).map_while(|place| self.get(place)).collect();
            self.codes = Pages::new();
            self.states.truncate(PLAIN.len());
            self.known.clear();
            kept.into_iter().for_each(|state| self.push(state));
        }
    }

    /// Bytes of what is kept.
    pub(super) const fn bytes(&self) -> usize {
        // The table of known states holds each once more, with its code.
        self.codes.bytes() + 3 * size_of::<State>() * self.states.len()
    }

    fn code(&mut self, state: State) -> u16 {
        let state = match state {
            State::Unknown => return 0,
            State::Dormant => return 1,
            State::Ready => return 2,
            State::Running => return 3,
            State::Interrupted => return 4,
            State::Blocked { reason, .. } if self.states.len() >= MOST && !self.known.contains_key(&state) => {
                State::Blocked { reason, object: 0 }
            }
            State::Blocked { .. } => state,
        };
        let (known, states) = (&mut self.known, &mut self.states);
        *known.entry(state).or_insert_with(|| {
            states.push(state);
            // Below 0xff00 plus one for each reason.
            (states.len() - 1) as u16
        })
    }
}

#[cfg(test)]
mod tests {
    use bluekernel_abi::BlockReason;

    use super::*;

    #[test]
    fn every_state_comes_back() {
        let blocked = |reason, object| State::Blocked { reason, object };
        let mut states = PLAIN.to_vec();
        states.extend([blocked(BlockReason::Mutex, 5), blocked(BlockReason::Mutex, 6), blocked(BlockReason::Delay, 5)]);
        states.extend(states.clone().into_iter().rev());
        let mut list = StateList::new(states[0]);
        states[1..].iter().for_each(|state| list.push(*state));
        let found: Vec<State> = (0..).map_while(|place| list.get(place)).collect();
        assert_eq!(found, states);
        assert_eq!(list.last(), Some(State::Unknown));
        assert_eq!(list.states.len(), 8, "each is kept once");
        list.forget(3);
        let found: Vec<Option<State>> = (0..states.len()).map(|place| list.get(place)).collect();
        assert_eq!(found[..3], [None; 3]);
        assert!(found[3..].iter().zip(&states[3..]).all(|(found, state)| *found == Some(*state)));
    }

    /// More objects than there are codes: the reasons stay true, and what was known before too.
    #[test]
    fn damaged_bytes_find_an_end() {
        let blocked = |reason, object| State::Blocked { reason, object };
        let mut list = StateList::new(State::Dormant);
        for object in 0..100_000 {
            list.push(blocked(BlockReason::Mutex, object));
        }
        list.push(blocked(BlockReason::Semaphore, 1));
        list.push(blocked(BlockReason::Mutex, 9));
        assert_eq!(list.get(10), Some(blocked(BlockReason::Mutex, 9)));
        assert_eq!(list.get(99_999), Some(blocked(BlockReason::Mutex, 0)));
        assert_eq!(list.get(100_001), Some(blocked(BlockReason::Semaphore, 0)));
        assert_eq!(list.get(100_002), Some(blocked(BlockReason::Mutex, 9)));
        assert!(list.states.len() <= MOST + 2);
        list.forget(100_001);
        assert_eq!(list.states.len(), 5 + 2, "what nobody needs any more is given back");
        assert_eq!(list.get(100_001), Some(blocked(BlockReason::Semaphore, 0)));
        assert_eq!(list.get(100_002), Some(blocked(BlockReason::Mutex, 9)));
    }
}
