//! The System Control Block's registers (Arm DDI 0403E, B3.2) and what they keep. Exception states are the
//! [`Nvic`](super::nvic::Nvic)'s; this file only gives them their bits.

use serde::{Deserialize, Serialize};

use super::config::{Architecture, CoreModel};
use super::identity;
use super::nvic::{Nvic, number};
use super::thumb::demand::Traps;
use crate::cpu::cortex_m::engine::Masks;

/// ICSR bits.
mod icsr {
    pub(super) const NMIPENDSET: u32 = 1 << 31;
    /// Armv8-M only.
    pub(super) const NMIPENDCLR: u32 = 1 << 30;
    pub(super) const PENDSVSET: u32 = 1 << 28;
    pub(super) const PENDSVCLR: u32 = 1 << 27;
    pub(super) const PENDSTSET: u32 = 1 << 26;
    pub(super) const PENDSTCLR: u32 = 1 << 25;
    pub(super) const ISRPENDING: u32 = 1 << 22;
    pub(super) const RETTOBASE: u32 = 1 << 11;
}

/// SCR bits.
pub(crate) const SLEEPONEXIT: u32 = 1 << 1;
pub(crate) const SEVONPEND: u32 = 1 << 4;

/// CCR bits.
pub(crate) const NONBASETHRDENA: u32 = 1;
pub(crate) const USERSETMPEND: u32 = 1 << 1;
const UNALIGN_TRP: u32 = 1 << 3;
const DIV_0_TRP: u32 = 1 << 4;
pub(crate) const BFHFNMIGN: u32 = 1 << 8;
pub(crate) const STKALIGN: u32 = 1 << 9;
pub(crate) const STKOFHFNMIGN: u32 = 1 << 10;
/// SHCSR.SVCALLPENDED: all that there is of it in Armv6-M.
const SVCALLPENDED: u32 = 1 << 15;

/// The bits of CCR that a core has.
struct ConfigurationControl {
    reset: u32,
    writable: u32,
}

impl ConfigurationControl {
    fn of(model: CoreModel) -> Self {
        const DC: u32 = 1 << 16;
        const IC: u32 = 1 << 17;
        const BP: u32 = 1 << 18;
        const FIXED: u32 = NONBASETHRDENA | STKALIGN;
        const COMMON: u32 = USERSETMPEND | UNALIGN_TRP | DIV_0_TRP | BFHFNMIGN;
        match model {
            // Nothing of it can be written (Arm DDI 0419, B3.2.8).
            CoreModel::CortexM0 | CoreModel::CortexM0Plus => Self { reset: STKALIGN | UNALIGN_TRP, writable: 0 },
            CoreModel::CortexM3 | CoreModel::CortexM4 | CoreModel::CortexM4F => {
                Self { reset: STKALIGN, writable: COMMON | FIXED }
            }
            // Branch prediction is always on, and frames are always aligned (Arm DDI 0489, System control registers).
            CoreModel::CortexM7 | CoreModel::CortexM7F => {
                Self { reset: STKALIGN | BP, writable: COMMON | NONBASETHRDENA | DC | IC }
            }
            // Bits 9 and 0 are one (DDI 0553, D1.2, CCR), and no caches.
            CoreModel::CortexM33 | CoreModel::CortexM33F => Self { reset: FIXED, writable: COMMON | STKOFHFNMIGN },
        }
    }
}

/// SHCSR: (bit, exception) of the active, pending and enable bits (B3.2.13).
const ACTIVE: [(u32, u16); 7] = [
    (0, number::MEM_MANAGE),
    (1, number::BUS_FAULT),
    (3, number::USAGE_FAULT),
    (7, number::SV_CALL),
    (8, number::DEBUG_MONITOR),
    (10, number::PEND_SV),
    (11, number::SYS_TICK),
];
const PENDING: [(u32, u16); 4] =
    [(12, number::USAGE_FAULT), (13, number::MEM_MANAGE), (14, number::BUS_FAULT), (15, number::SV_CALL)];
/// What Armv8-M adds, to be read only (DDI 0553, D1.2, SHCSR).
const ACTIVE_V8M: [(u32, u16); 2] = [(2, number::HARD_FAULT), (5, number::NMI)];
const PENDING_V8M: [(u32, u16); 1] = [(21, number::HARD_FAULT)];
const ENABLED: [(u32, u16); 3] = [(16, number::MEM_MANAGE), (17, number::BUS_FAULT), (18, number::USAGE_FAULT)];

/// What a write asks of the core beyond the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// AIRCR.SYSRESETREQ.
    Reset,
}

/// The registers that keep a value of their own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Scb {
    pub(crate) vtor: u32,
    pub(crate) scr: u32,
    pub(crate) ccr: u32,
    pub(crate) cfsr: u32,
    pub(crate) hfsr: u32,
    pub(crate) mmfar: u32,
    pub(crate) bfar: u32,
    actlr: u32,
    model: CoreModel,
    /// The number of the exception that runs: IPSR.
    pub(crate) current: u16,
}

impl Scb {
    pub(crate) fn new(model: CoreModel) -> Self {
        Self { model, ..Self::default() }
    }

    /// Which core this is.
    pub(crate) fn model(&self) -> CoreModel {
        self.model
    }

    pub(crate) fn reset(&mut self, vector_table: u32) {
        let ccr = ConfigurationControl::of(self.model).reset;
        *self = Self { vtor: vector_table, ccr, ..Self::new(self.model) };
    }

    fn is_v6m(&self) -> bool {
        self.model.architecture() == Architecture::V6M
    }

    fn is_v8m(&self) -> bool {
        self.model.architecture() == Architecture::V8M
    }

    /// A word, by its address in the System Control Space.
    pub(crate) fn read(&self, address: u32, nvic: &Nvic, masks: Masks) -> u32 {
        match address & 0xfff {
            0x004 => u32::from(nvic.irqs().saturating_sub(1) / 32), // ICTR
            0x008 => self.actlr,
            0xd00 => identity::of(self.model).cpuid,
            0xd04 => self.icsr(nvic, masks),
            0xd08 => self.vtor,
            0xd0c => 0xfa05_0000 | u32::from(nvic.prigroup()) << 8,
            0xd10 => self.scr,
            0xd14 => self.ccr,
            0xd18..=0xd23 => word(|exception| nvic.priority(exception), address, 0xd18, 4),
            0xd24 => self.shcsr(nvic),
            0xd28 => self.cfsr,
            0xd2c => self.hfsr,
            0xd34 => self.mmfar,
            0xd38 => self.bfar,
            offset @ 0xd40..=0xd7f => identity::of(self.model).feature(offset),
            _ => 0, // AFSR
        }
    }

    /// Writes the bits `mask` of a word, at `cycle`.
    pub(crate) fn write(&mut self, address: u32, value: u32, mask: u32, nvic: &mut Nvic, cycle: u64) -> Effect {
        let merge = |old: u32| old & !mask | value & mask;
        match address & 0xfff {
            0x008 => self.actlr = merge(self.actlr) & identity::of(self.model).actlr,
            0xd04 => {
                write_icsr(value & mask, nvic, cycle);
                if self.is_v8m() && value & mask & (icsr::NMIPENDSET | icsr::NMIPENDCLR) == icsr::NMIPENDCLR {
                    nvic.unpend(number::NMI);
                }
            }
            0xd08 => self.vtor = merge(self.vtor) & self.table_offset(),
            // Only a write of the whole word carries the key.
            0xd0c if value >> 16 == 0x05fa && mask == u32::MAX => {
                if !self.is_v6m() {
                    nvic.set_prigroup((value >> 8 & 7) as u8);
                }
                if value & 1 << 2 != 0 {
                    return Effect::Reset;
                }
            }
            0xd10 => self.scr = merge(self.scr) & (SLEEPONEXIT | 1 << 2 | SEVONPEND),
            0xd14 => {
                let ccr = ConfigurationControl::of(self.model);
                self.ccr = merge(self.ccr) & ccr.writable | ccr.reset & !ccr.writable;
            }
            0xd18..=0xd23 => {
                let is_v6m = self.is_v6m();
                for_bytes(address, 0xd18, 4, value, mask, |exception, priority| {
                    let reserved = match exception {
                        7..=10 | 13 => true,
                        number::DEBUG_MONITOR => is_v6m,
                        _ => false,
                    };
                    if !reserved {
                        nvic.set_priority(exception, priority);
                    }
                });
            }
            0xd24 => {
                let writable = if self.is_v6m() { SVCALLPENDED } else { u32::MAX };
                let old = shcsr(nvic);
                write_shcsr(old & !writable | merge(old) & writable, nvic, cycle);
            }
            // The fault status bits are cleared by writing ones.
            0xd28 => self.cfsr &= !(value & mask),
            0xd2c => self.hfsr &= !(value & mask),
            0xd34 => self.mmfar = merge(self.mmfar),
            0xd38 => self.bfar = merge(self.bfar),
            _ => {}
        }
        Effect::None
    }

    /// Which traps CCR switches on.
    pub(crate) fn traps(&self) -> Traps {
        Traps { divide_by_zero: self.ccr & DIV_0_TRP != 0, unaligned: self.ccr & UNALIGN_TRP != 0 }
    }

    /// The bits of VTOR that exist: of Armv7-M, 31:30 came with the Cortex-M7.
    fn table_offset(&self) -> u32 {
        match self.model {
            // DDI 0484C, table 4-1, has TBLOFF in bits 31:8.
            CoreModel::CortexM0 | CoreModel::CortexM0Plus => 0xffff_ff00,
            CoreModel::CortexM3 | CoreModel::CortexM4 | CoreModel::CortexM4F => 0x3fff_ff80,
            _ => 0xffff_ff80,
        }
    }

    fn shcsr(&self, nvic: &Nvic) -> u32 {
        match self.model.architecture() {
            Architecture::V6M => shcsr(nvic) & SVCALLPENDED,
            Architecture::V7M => shcsr(nvic),
            Architecture::V8M => {
                shcsr(nvic)
                    | bits(&ACTIVE_V8M, |exception| nvic.active().has(exception))
                    | bits(&PENDING_V8M, |exception| nvic.is_pending(exception))
            }
        }
    }

    fn icsr(&self, nvic: &Nvic, masks: Masks) -> u32 {
        let flag = |condition: bool, bit: u32| if condition { bit } else { 0 };
        let others = nvic.active().len() - u32::from(nvic.active().has(self.current));
        u32::from(self.current)
            | flag(others == 0 && !self.is_v6m(), icsr::RETTOBASE)
            | u32::from(nvic.best(masks).unwrap_or(0)) << 12
            | flag(nvic.any_external_pending(), icsr::ISRPENDING)
            | flag(nvic.is_pending(number::SYS_TICK), icsr::PENDSTSET)
            | flag(nvic.is_pending(number::PEND_SV), icsr::PENDSVSET)
            | flag(nvic.is_pending(number::NMI), icsr::NMIPENDSET)
    }
}

fn write_icsr(value: u32, nvic: &mut Nvic, cycle: u64) {
    for (set, clear, exception) in
        [(icsr::PENDSVSET, icsr::PENDSVCLR, number::PEND_SV), (icsr::PENDSTSET, icsr::PENDSTCLR, number::SYS_TICK)]
    {
        if value & set != 0 {
            nvic.pend(exception, cycle);
        } else if value & clear != 0 {
            nvic.unpend(exception);
        }
    }
    if value & icsr::NMIPENDSET != 0 {
        nvic.pend(number::NMI, cycle);
    }
}

fn shcsr(nvic: &Nvic) -> u32 {
    bits(&ACTIVE, |exception| nvic.active().has(exception))
        | bits(&PENDING, |exception| nvic.is_pending(exception))
        | bits(&ENABLED, |exception| nvic.is_enabled(exception))
}

/// The bits of a table whose exceptions are what is asked for.
fn bits(table: &[(u32, u16)], has: impl Fn(u16) -> bool) -> u32 {
    table.iter().filter(|&&(_, exception)| has(exception)).fold(0, |value, &(bit, _)| value | 1 << bit)
}

fn write_shcsr(value: u32, nvic: &mut Nvic, cycle: u64) {
    for (bit, exception) in ACTIVE {
        nvic.set_active(exception, value >> bit & 1 != 0);
    }
    for (bit, exception) in PENDING {
        if value >> bit & 1 != 0 { nvic.pend(exception, cycle) } else { nvic.unpend(exception) }
    }
    for (bit, exception) in ENABLED {
        nvic.enable(exception, value >> bit & 1 != 0);
    }
}

/// The word of byte registers at `address`; the register at `base` belongs to number `first`.
pub(crate) fn word(read: impl Fn(u16) -> u8, address: u32, base: u32, first: u16) -> u32 {
    let number = first + ((address & 0xfff & !3) - base) as u16;
    u32::from_le_bytes(std::array::from_fn(|byte| read(number + byte as u16)))
}

/// Calls `write` for each byte register of a word that `mask` touches.
pub(crate) fn for_bytes(address: u32, base: u32, first: u16, value: u32, mask: u32, mut write: impl FnMut(u16, u8)) {
    let number = first + ((address & 0xfff & !3) - base) as u16;
    for byte in 0..4 {
        if mask >> (8 * byte) & 0xff != 0 {
            write(number + byte, (value >> (8 * byte)) as u8);
        }
    }
}
