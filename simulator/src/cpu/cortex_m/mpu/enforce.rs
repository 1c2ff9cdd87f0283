//! Who asks the unit: the engine, by a map, for the instructions; and the exception model, for the words of its frames.

use super::super::CortexM;
use super::super::ppb::Ppb;
use crate::cpu::protection::{Right, Violation};

impl Ppb {
    /// Whether the execution priority is negative: HardFault, NMI, or FAULTMASK.
    pub(crate) fn has_negative_priority(&self) -> bool {
        self.nvic.execution_priority(self.masks) < 0
    }

    /// What the engine should enforce.
    fn protection(&self) -> Option<u64> {
        // In this order: with the unit off, as it mostly is, nothing else is looked at.
        self.mpu.is_asked(self.mpu.depends_on_priority() && self.has_negative_priority()).then(|| self.mpu.generation())
    }

    /// Whether the engine does not enforce what it should: it must come back.
    pub(crate) fn protection_is_stale(&self) -> bool {
        self.protection() != self.enforced
    }
}

impl CortexM {
    /// Tells the engine what is permitted.
    pub(crate) fn update_protection(&mut self) {
        let wanted = self.ppb.protection();
        if wanted == self.ppb.enforced {
            return;
        }
        self.ppb.enforced = wanted;
        let Some(generation) = wanted else { return self.engine.protect(None) };
        if self.protection_map.as_ref().is_none_or(|(made, _)| *made != generation) {
            self.protection_map = Some((generation, self.ppb.mpu.map()));
        }
        self.engine.protect(self.protection_map.as_ref().map(|(_, map)| map));
    }

    /// The unit is another one: whatever was made of the old one is forgotten.
    pub(crate) fn forget_protection(&mut self) {
        (self.ppb.enforced, self.protection_map) = (None, None);
        self.engine.protect(None);
    }

    /// Whether the words of a frame may be reached at the priority that is now.
    ///
    /// # Errors
    /// [`Violation`] with the first byte that may not.
    pub(crate) fn check_frame(&self, address: u32, size: u32, right: Right, privileged: bool) -> Result<(), Violation> {
        self.check_at(self.ppb.has_negative_priority(), address, size, right, privileged)
    }

    /// [`CortexM::check_frame`] at a priority that was noted earlier.
    pub(crate) fn check_at(
        &self,
        negative_priority: bool,
        address: u32,
        size: u32,
        right: Right,
        privileged: bool,
    ) -> Result<(), Violation> {
        let mpu = &self.ppb.mpu;
        if !mpu.is_asked(negative_priority) {
            return Ok(());
        }
        match &self.protection_map {
            Some((made, map)) if *made == mpu.generation() => map.check(address, size, right, privileged),
            _ => mpu.check(address, size, right, privileged),
        }
    }

    /// Whether an instruction at an address may be executed, if there is one.
    pub(crate) fn may_execute(&self, address: u32) -> bool {
        if !self.ppb.mpu.is_asked(self.ppb.has_negative_priority()) {
            return super::default_permissions(address).privileged.has(Right::Execute);
        }
        self.check_frame(address, 2, Right::Execute, self.ppb.privileged()).is_ok()
    }
}
