//! Events and their interrupts, which all peripherals have alike (RM 10.1.4 to 10.1.7).
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x100 + 4 n | event n | 1 once it has happened; writing 0 clears it |
//! | 0x300 | INTEN | bit n: event n interrupts |
//! | 0x304, 0x308 | INTENSET, INTENCLR | writing 1 sets or clears a bit; both read as INTEN |
//!
//! The interrupt is up while an event that interrupts is 1. A store of anything but 0 to an event is not described; here it
//! changes nothing.

use serde::{Deserialize, Serialize};

const EVENT_0: u32 = 0x100;
const INTEN: u32 = 0x300;
const INTENSET: u32 = 0x304;
const INTENCLR: u32 = 0x308;

/// The events of a peripheral, bit n for event n.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Events {
    exist: u32,
    happened: u32,
    interrupting: u32,
}

impl Events {
    /// `exist` has a bit for each event that the peripheral has.
    pub(super) fn new(exist: u32) -> Self {
        Self { exist, happened: 0, interrupting: 0 }
    }

    /// These have happened.
    pub(super) fn raise(&mut self, events: u32) {
        self.happened |= events & self.exist;
    }

    /// Those that interrupt.
    pub(super) fn interrupting(&self) -> u32 {
        self.interrupting
    }

    /// Those that would raise the interrupt if they happened now: they interrupt, and are cleared.
    pub(super) fn awaited(&self) -> u32 {
        self.interrupting & !self.happened
    }

    /// The interrupt's level, as a peripheral's only output.
    pub(super) fn lines(&self) -> u32 {
        u32::from(self.happened & self.interrupting != 0)
    }

    fn event(&self, offset: u32) -> Option<u32> {
        let bit = 1_u32.checked_shl(offset.checked_sub(EVENT_0)? / 4)?;
        (self.exist & bit != 0).then_some(bit)
    }

    /// The register at an offset; `None` if it is none of these.
    pub(super) fn read(&self, offset: u32) -> Option<u32> {
        match offset {
            INTEN | INTENSET | INTENCLR => Some(self.interrupting),
            _ => self.event(offset).map(|bit| u32::from(self.happened & bit != 0)),
        }
    }

    /// Writes the register at an offset; `false` if it is none of these.
    pub(super) fn write(&mut self, offset: u32, value: u32) -> bool {
        match offset {
            INTEN => self.interrupting = value & self.exist,
            INTENSET => self.interrupting |= value & self.exist,
            INTENCLR => self.interrupting &= !value,
            _ => {
                let Some(bit) = self.event(offset) else { return false };
                if value == 0 {
                    self.happened &= !bit;
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_interrupts_until_it_is_cleared() {
        let mut events = Events::new(0b1001);
        events.raise(0b0001);
        assert_eq!((events.read(EVENT_0), events.lines()), (Some(1), 0));
        assert!(events.write(INTENSET, u32::MAX));
        assert_eq!((events.read(INTEN), events.read(INTENCLR)), (Some(0b1001), Some(0b1001)));
        assert_eq!((events.lines(), events.awaited()), (1, 0b1000));
        assert!(events.write(EVENT_0, 1));
        assert_eq!(events.lines(), 1, "writing 1 clears nothing");
        assert!(events.write(EVENT_0, 0));
        assert_eq!((events.read(EVENT_0), events.lines()), (Some(0), 0));
        assert!(events.write(INTENCLR, 0b0001));
        assert_eq!(events.read(INTENSET), Some(0b1000));
    }

    #[test]
    fn there_are_no_others() {
        let mut events = Events::new(0b1001);
        for offset in [0, EVENT_0 - 4, EVENT_0 + 4, EVENT_0 + 0x80, 0x30C, !3_u32] {
            assert_eq!((events.read(offset), events.write(offset, 1)), (None, false), "{offset:#x}");
        }
        events.raise(u32::MAX);
        assert_eq!(events.happened, 0b1001);
    }
}
