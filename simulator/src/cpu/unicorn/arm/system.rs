//! The way from hooks to the system behind a Cortex-M core.

use std::ptr::NonNull;

use super::super::device::{Answers, SystemSlot};
use crate::bus::{Access, BusError};
use crate::cpu::cortex_m::engine::System;

impl Answers for dyn System {
    fn load(&mut self, access: Access, privileged: bool) -> Result<u32, BusError> {
        self.read(access, privileged)
    }

    fn store(&mut self, access: Access, value: u32, privileged: bool) -> Result<(), BusError> {
        self.write(access, value, privileged)
    }

    fn wants_stop(&mut self) -> bool {
        self.take_attention()
    }
}

impl SystemSlot<dyn System> {
    /// Lets hooks reach `system` while `body` runs.
    pub(super) fn lend_system<R>(&self, system: &mut dyn System, body: impl FnOnce() -> R) -> R {
        let pointer: NonNull<dyn System + '_> = NonNull::from(system);
        // SAFETY: only the lifetime changes; `lend` keeps the pointer no longer than this call lasts.
        let pointer: NonNull<dyn System + 'static> = unsafe { std::mem::transmute(pointer) };
        // SAFETY: `system` is borrowed here until `body` has run.
        unsafe { self.lend(pointer, body) }
    }
}
