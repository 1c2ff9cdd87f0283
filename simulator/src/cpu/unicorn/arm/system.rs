//! The way from hooks to the system behind a Cortex-M core, and what of its memory map the engines must know.

use std::ptr::NonNull;

use super::super::device::{Answers, SystemSlot, is_aligned};
use super::super::memory::Memory;
use crate::bus::{Access, BusError};
use crate::cpu::cortex_m::bit_band::Bit;
use crate::cpu::cortex_m::config::CoreModel;
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

    /// Tells of an access of what is watched; whether a stop is asked for.
    pub(super) fn transferred(&self, access: Access, value: u32, write: bool) -> bool {
        self.call(|system| system.transferred(access, value, write)).unwrap_or(false)
    }
}

/// A load or store of a bit of the memories through its alias: the address of the bit's word, and the answer. `None`: the
/// address is no alias, or there is no memory behind it.
pub(super) fn access_bit(
    memory: &Memory,
    model: CoreModel,
    address: u32,
    write: Option<u32>,
) -> Option<(u32, Result<u32, BusError>)> {
    let bit = Bit::in_ram(model, address)?;
    let word = memory.access(bit.word, 4, None)?;
    let answer = word.and_then(|word| match write {
        Some(value) => memory.access(bit.word, 4, Some(bit.set(word, value))).unwrap_or(Err(BusError)),
        None => Ok(bit.get(word)),
    });
    Some((bit.word, answer))
}

/// Whether an access that is not aligned faults because of where it goes: to Device or Strongly-ordered memory of the
/// default memory map (Arm DDI 0403E, A3.2.1 and B3.1). A Cortex-M3 or M4 makes several of it (DDI 0337I and 0439,
/// "Unaligned accesses that cross regions").
pub(super) fn refuses_unaligned(model: CoreModel, memory: &Memory, address: u32, size: u32) -> bool {
    let splits = matches!(model, CoreModel::CortexM3 | CoreModel::CortexM4 | CoreModel::CortexM4F);
    let is_device = matches!(address >> 29, 2 | 5 | 6 | 7);
    !splits && is_device && !is_aligned(address, size.min(4)) && memory.find(address, 1).is_none()
}
