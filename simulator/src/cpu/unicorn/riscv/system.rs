//! The way from hooks to the bus behind a RISC-V core.

use std::ptr::NonNull;

use super::super::device::{Answers, SystemSlot};
use crate::bus::{Access, Bus, BusError};

impl Answers for dyn Bus {
    fn load(&mut self, access: Access, _: bool) -> Result<u32, BusError> {
        self.read(access)
    }

    fn store(&mut self, access: Access, value: u32, _: bool) -> Result<(), BusError> {
        self.write(access, value)
    }

    fn wants_stop(&mut self) -> bool {
        self.take_attention()
    }
}

impl SystemSlot<dyn Bus> {
    /// Lets hooks reach `bus` while `body` runs.
    pub(super) fn lend_bus<R>(&self, bus: &mut dyn Bus, body: impl FnOnce() -> R) -> R {
        let pointer: NonNull<dyn Bus + '_> = NonNull::from(bus);
        // SAFETY: only the lifetime changes; `lend` keeps the pointer no longer than this call lasts.
        let pointer: NonNull<dyn Bus + 'static> = unsafe { std::mem::transmute(pointer) };
        // SAFETY: `bus` is borrowed here until `body` has run.
        unsafe { self.lend(pointer, body) }
    }
}
