//! The bus as a core sees it while it is its turn.

use crate::bus::{Access, Bus, BusError};

/// A core's way to the bus: it refuses what comes before its time.
pub(super) struct Turn<'a> {
    bus: &'a mut dyn Bus,
    /// No access may be later.
    open: u64,
    /// The last access was refused.
    early: bool,
    /// When the last one was that was made.
    last: Option<u64>,
    /// SEV was executed.
    sent: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(bus: &'a mut dyn Bus, core: u8, open: u64) -> Self {
        bus.grant(core);
        Self { bus, open, early: false, last: None, sent: false }
    }

    /// Whether SEV was executed, and the cycle of the last access.
    pub(super) fn end(self) -> (bool, Option<u64>) {
        (self.sent, self.last)
    }

    fn admit(&mut self, access: Access) -> Result<(), BusError> {
        self.early = access.cycle > self.open;
        if self.early {
            return Err(BusError);
        }
        self.last = Some(access.cycle);
        Ok(())
    }
}

impl Bus for Turn<'_> {
    fn read(&mut self, access: Access) -> Result<u32, BusError> {
        self.admit(access)?;
        self.bus.read(access)
    }

    fn write(&mut self, access: Access, value: u32) -> Result<(), BusError> {
        self.admit(access)?;
        self.bus.write(access, value)
    }

    fn take_attention(&mut self) -> bool {
        self.bus.take_attention()
    }

    fn is_early(&self) -> bool {
        self.early
    }

    fn event_sent(&mut self) -> bool {
        self.sent = true;
        true
    }
}
