//! The private peripheral bus, 0xE0000000-0xE00FFFFF (Arm DDI 0403E, B3.1), and how the engine sees it and the machine's
//! bus as one system.
//!
//! What is not modelled there reads as zero and ignores writes: TPIU and ETM. Of the debug registers, software on the core
//! sees what a debugger has set and changes DEMCR and DFSR only; whether it may reach DHCSR and the registers behind it is
//! up to the implementation (C1.6), and here it may not. What the chip has added on the external part of the bus is on the
//! machine's bus.

use serde::{Deserialize, Serialize};

use super::armv6m;
use super::bit_band::Bit;
use super::breakpoints::BreakpointUnit;
use super::caches::Caches;
use super::components;
use super::config::{Architecture, CoreModel, CortexConfig};
use super::debug::DebugControl;
use super::dwt::Dwt;
use super::dwt::comparators::Transfer;
use super::fault::Cause;
use super::float::FloatRegisters;
use super::itm::{Asker, Itm};
use super::mpu::Mpu;
use super::nvic::{Nvic, number};
use super::scb::{self, BFHFNMIGN, Effect, SEVONPEND, Scb, USERSETMPEND};
use super::statistics::Measurements;
use super::systick::SysTick;
use crate::bus::{Access, Bus, BusError};
use crate::cpu::cortex_m::engine::{Masks, System};
use crate::cpu::masked::Moment;
use crate::cpu::observed::{Observed, Observer};

const ITM: std::ops::RangeInclusive<u32> = 0xe000_0000..=0xe000_0fff;
const PPB: std::ops::RangeInclusive<u32> = 0xe000_0000..=0xe00f_ffff;

/// Whether an address is in the part of the bus that is the chip's: behind TPIU and ETM, which are the core's, and before
/// the ROM table. Where the chip has nothing there, zeros answer.
pub(crate) fn is_external(address: u32) -> bool {
    (0xe004_2000..=0xe00f_efff).contains(&address)
}

/// Who makes an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Master {
    /// Software on the core.
    Core,
    /// A debugger, through the debug port.
    Debugger,
}

/// Everything of the core that is neither instruction nor memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ppb {
    pub(crate) nvic: Nvic,
    pub(crate) scb: Scb,
    pub(crate) systick: SysTick,
    pub(crate) mpu: Mpu,
    /// The [`Mpu::generation`] that the engine enforces; `None`: it permits everything.
    #[serde(skip)]
    pub(crate) enforced: Option<u64>,
    /// The chip has none: nothing reaches it, and it stays off.
    without_systick: bool,
    pub(crate) dwt: Dwt,
    pub(crate) itm: Itm,
    pub(crate) breakpoints: BreakpointUnit,
    pub(crate) debug: DebugControl,
    /// `None`: the core has no floating-point unit.
    pub(crate) float: Option<FloatRegisters>,
    /// `None`: the core has no cache registers.
    pub(crate) caches: Option<Caches>,
    /// The engine traps floating point.
    pub(crate) float_trapped: bool,
    pub(crate) measurements: Measurements,
    /// For whoever wants to know what happens here; set from outside.
    #[serde(skip)]
    pub(crate) observer: Observer,
    /// PRIMASK, FAULTMASK, BASEPRI, CONTROL: the engine reports every change.
    pub(crate) masks: Masks,
    /// The event register of WFE and SEV (B1.5.18).
    pub(crate) event: bool,
    pub(crate) reset_requested: bool,
    /// The engine has set FAULTMASK where the core would not have, and must clear it again.
    #[serde(skip)]
    pub(crate) faultmask_refused: bool,
    /// The machine's bus asked for attention.
    pub(crate) bus_attention: bool,
    /// The event that was sent is for other cores, too.
    #[serde(skip)]
    pub(crate) event_leaves: bool,
    /// Whose identification the components show.
    #[serde(skip)]
    pub(crate) model: CoreModel,
    attention: bool,
    /// Software has written what stops or watches instructions.
    pub(crate) debug_changed: bool,
}

impl Ppb {
    pub(crate) fn new(config: &CortexConfig) -> Self {
        let model = config.model;
        Self {
            nvic: Nvic::new(config.irqs, config.prio_bits),
            scb: Scb::new(model),
            systick: SysTick::new(config.systick_reference),
            mpu: Mpu::new(model, config.mpu_regions),
            enforced: None,
            without_systick: config.without_systick,
            dwt: Dwt::new(model),
            itm: Itm::default(),
            breakpoints: BreakpointUnit::new(model),
            debug: DebugControl::default(),
            float: FloatRegisters::of(model),
            caches: model.has_caches().then(Caches::default),
            float_trapped: false,
            measurements: Measurements::default(),
            observer: Observer::default(),
            masks: Masks::default(),
            event: false,
            reset_requested: false,
            faultmask_refused: false,
            bus_attention: false,
            event_leaves: false,
            model,
            attention: false,
            debug_changed: false,
        }
    }

    /// A system reset. What belongs to a debugger stays as it is, and so does what was measured.
    pub(crate) fn reset(&mut self, vector_table: u32, now: Moment) {
        self.nvic.reset();
        self.scb.reset(vector_table);
        self.systick.reset();
        self.mpu.reset();
        self.float = FloatRegisters::of(self.model);
        self.caches = self.model.has_caches().then(Caches::default);
        self.set_masks(now, Masks::default());
        (self.event, self.reset_requested, self.bus_attention, self.attention) = (false, false, false, false);
    }

    /// Drops what was only measured, and flags that are no more than a reason to look: what is left decides everything.
    pub(crate) fn forget_measurements(&mut self) {
        self.measurements = Measurements::default();
        (self.bus_attention, self.attention) = (false, false);
    }

    /// Brings SysTick and DWT up to `cycle`.
    pub(crate) fn catch_up(&mut self, cycle: u64) {
        self.dwt.catch_up(cycle);
        if let Some(event) = self.systick.catch_up(cycle) {
            self.nvic.pend(number::SYS_TICK, event);
        }
        self.note_pending();
    }

    /// With SCR.SEVONPEND an interrupt that becomes pending is an event (B1.5.18).
    pub(crate) fn note_pending(&mut self) {
        if self.nvic.take_newly_pending() && self.scb.scr & SEVONPEND != 0 {
            self.event = true;
        }
    }

    /// Whether code runs privileged now: in a handler, or with CONTROL.nPRIV clear.
    pub(crate) fn privileged(&self) -> bool {
        self.scb.current != 0 || self.masks.control & 1 == 0
    }

    /// Whether the engine is not set up as it should be: it must come back.
    fn engine_is_stale(&self) -> bool {
        self.float_trap_is_stale() || self.protection_is_stale()
    }

    fn read(&mut self, access: Access, privileged: bool) -> Result<u32, BusError> {
        if self.is_itm(access.address) {
            return Ok(self.read_itm(access, if privileged { Asker::Privileged } else { Asker::Unprivileged }));
        }
        // Unprivileged code has no access to the rest of the private peripheral bus (B3.1.1), not even to read what it may
        // write.
        if !privileged {
            return Err(BusError);
        }
        Ok(self.read_lanes(access, Master::Core))
    }

    fn is_itm(&self, address: u32) -> bool {
        ITM.contains(&address) && self.model.architecture() != Architecture::V6M
    }

    fn read_itm(&self, access: Access, asker: Asker) -> u32 {
        let word = access.address & !3;
        let value = components::read(self.model, word).unwrap_or_else(|| self.itm.read(word & 0xfff, asker));
        lanes(value, access)
    }

    fn read_lanes(&mut self, access: Access, master: Master) -> u32 {
        self.catch_up(access.cycle);
        let word = access.address & !3;
        let value = if self.has(word, master) { self.read_word(word, access) } else { 0 };
        lanes(value, access)
    }

    fn read_word(&mut self, address: u32, access: Access) -> u32 {
        if let Some(identification) = components::read(self.model, address) {
            return identification;
        }
        let (nvic, word) = (&self.nvic, (address >> 2 & 0x1f) as u16);
        match address {
            0xe000_1000..=0xe000_1fff => self.dwt.read(address & 0xfff, access.cycle, access.pc),
            0xe000_e010..=0xe000_e01f => self.systick.read(address & 0xf, access.cycle),
            0xe000_e100..=0xe000_e1ff => nvic.enabled_word(word),
            0xe000_e200..=0xe000_e2ff => nvic.pending_word(word),
            0xe000_e300..=0xe000_e37f => nvic.active().external_word(word),
            0xe000_e400..=0xe000_e5ef => {
                let read = |line: u16| nvic.external(line).map_or(0, |exception| nvic.priority(exception));
                scb::word(read, address, 0x400, 0)
            }
            0xe000_2000..=0xe000_2fff => self.breakpoints.read(address & 0xfff),
            0xe000_ed30 => self.debug.dfsr,
            0xe000_edf0 => self.debug.control(),
            0xe000_edfc => self.debug.demcr(nvic.is_pending(number::DEBUG_MONITOR)),
            0xe000_ed90..=0xe000_edc7 => self.mpu.read(address),
            0xe000_ed88 | 0xe000_ef34..=0xe000_ef4b => self.float.as_ref().map_or(0, |float| float.read(address)),
            0xe000_ed80 | 0xe000_ed84 | 0xe000_ef50..=0xe000_efbf => {
                self.caches.as_ref().map_or(0, |caches| caches.read(address))
            }
            0xe000_e000..=0xe000_ed8f => self.scb.read(address, nvic, self.masks),
            _ => 0,
        }
    }

    fn write(&mut self, access: Access, value: u32, privileged: bool) -> Result<(), BusError> {
        if self.is_itm(access.address) {
            let asker = if privileged { Asker::Privileged } else { Asker::Unprivileged };
            self.itm.write(access.address & 0xfff, access.size, value, asker);
            return Ok(());
        }
        let open = access.address & !3 == 0xe000_ef00 && self.scb.ccr & USERSETMPEND != 0;
        if !privileged && !open {
            return Err(BusError);
        }
        self.write_lanes(access, value, Master::Core);
        Ok(())
    }

    /// Whether there is anything at a word for this master. Armv6-M has less, and shows its debug registers to a debugger
    /// only.
    fn has(&self, word: u32, master: Master) -> bool {
        if self.without_systick && (0xe000_e010..=0xe000_e01f).contains(&word) {
            return false;
        }
        self.model.architecture() != Architecture::V6M || armv6m::has(word, self.model, master)
    }

    fn write_lanes(&mut self, access: Access, value: u32, master: Master) {
        if !self.has(access.address & !3, master) {
            return;
        }
        self.catch_up(access.cycle);
        let shift = 8 * (access.address & 3);
        let lanes = if access.size == 4 { u32::MAX } else { (1 << (8 * u32::from(access.size))) - 1 };
        self.write_word(access.address & !3, value << shift, lanes << shift, access.cycle);
        self.note_pending();
        self.attention |= self.nvic.takeable(self.masks).is_some() || self.engine_is_stale();
    }

    fn write_word(&mut self, address: u32, value: u32, mask: u32, cycle: u64) {
        let nvic = &mut self.nvic;
        let bits = value & mask;
        match address {
            0xe000_1000..=0xe000_1fff => {
                self.dwt.write(address & 0xfff, value, cycle);
                (self.debug_changed, self.attention) = (true, true);
            }
            0xe000_2000..=0xe000_2fff => {
                self.breakpoints.write(address & 0xffc, value);
                (self.debug_changed, self.attention) = (true, true);
            }
            0xe000_e010..=0xe000_e01f => {
                self.systick.write(address & 0xf, value, cycle);
                // The horizon of this run may not be the next event any more.
                self.attention = true;
            }
            0xe000_e100..=0xe000_e17f => for_lines(address, bits, nvic, |nvic, line| nvic.enable(line, true)),
            0xe000_e180..=0xe000_e1ff => for_lines(address, bits, nvic, |nvic, line| nvic.enable(line, false)),
            0xe000_e200..=0xe000_e27f => for_lines(address, bits, nvic, |nvic, line| nvic.pend(line, cycle)),
            0xe000_e280..=0xe000_e2ff => for_lines(address, bits, nvic, Nvic::unpend),
            0xe000_e400..=0xe000_e5ef => {
                scb::for_bytes(address, 0x400, 0, value, mask, |line, priority| {
                    if let Some(exception) = nvic.external(line) {
                        nvic.set_priority(exception, priority);
                    }
                });
            }
            0xe000_ed30 => self.debug.dfsr &= !(value & mask),
            0xe000_edfc => {
                let old = self.debug.demcr(nvic.is_pending(number::DEBUG_MONITOR));
                if self.debug.set_demcr(old & !mask | value & mask, self.model.architecture()) {
                    nvic.pend(number::DEBUG_MONITOR, cycle);
                } else {
                    nvic.unpend(number::DEBUG_MONITOR);
                }
                self.dwt.set_trace_enabled(self.debug.trace_enabled(), cycle);
                self.itm.set_trace_enabled(self.debug.trace_enabled());
                (self.debug_changed, self.attention) = (true, true);
            }
            0xe000_ed90..=0xe000_edc7 => self.mpu.write(address, value, mask),
            0xe000_ed88 | 0xe000_ef34..=0xe000_ef4b => {
                if let Some(float) = &mut self.float {
                    float.write(address, value, mask);
                }
            }
            0xe000_ed80 | 0xe000_ed84 | 0xe000_ef50..=0xe000_efbf => {
                if let Some(caches) = &mut self.caches {
                    caches.write(address, value, mask);
                }
            }
            0xe000_ef00 => {
                if let Some(exception) = nvic.external((value & 0x1ff) as u16) {
                    nvic.pend(exception, cycle);
                }
            }
            0xe000_e000..=0xe000_ed8f => {
                let traps = self.scb.traps();
                let reset = self.scb.write(address, value, mask, nvic, cycle) == Effect::Reset;
                self.reset_requested |= reset;
                self.attention |= reset || self.scb.traps() != traps;
            }
            _ => {}
        }
    }
}

/// The bytes of a word that an access asks for.
fn lanes(word: u32, access: Access) -> u32 {
    let shifted = word >> (8 * (access.address & 3));
    if access.size == 4 { shifted } else { shifted & ((1 << (8 * u32::from(access.size))) - 1) }
}

/// Calls `act` with the exception of each bit of a set or clear register; lines that the core has not are skipped.
fn for_lines(address: u32, bits: u32, nvic: &mut Nvic, act: impl Fn(&mut Nvic, u16)) {
    let first = (address & 0x7c) as u16 * 8;
    for bit in (0..32).filter(|bit| bits >> bit & 1 != 0) {
        if let Some(exception) = nvic.external(first + bit) {
            act(nvic, exception);
        }
    }
}

/// The private peripherals and the machine's bus, as the engine sees them.
pub(crate) struct CoreSystem<'a> {
    pub(crate) ppb: &'a mut Ppb,
    pub(crate) bus: &'a mut dyn Bus,
    /// Cycles from the beginning of an instruction to its access.
    pub(crate) delay: u64,
}

impl CoreSystem<'_> {
    fn at_its_time(&self, access: Access) -> Access {
        Access { cycle: access.cycle + self.delay, ..access }
    }

    /// An access got an error. One that came too early is made once more.
    fn failed(&mut self, address: u32, error: BusError) -> Result<(), BusError> {
        if self.bus.is_early() { Err(error) } else { self.ppb.ignored(address, error) }
    }
}

impl System for CoreSystem<'_> {
    fn read(&mut self, access: Access, privileged: bool) -> Result<u32, BusError> {
        let access = self.at_its_time(access);
        let value = match access.address {
            address if is_external(address) && privileged => match self.bus.read(access) {
                Err(BusError) if !self.bus.is_early() => Ok(0),
                answer => answer,
            },
            address if PPB.contains(&address) => self.ppb.read(access, privileged),
            address => match Bit::of(self.ppb.model, address) {
                Some(bit) => bit.read(self.bus, access),
                None => self.bus.read(access),
            },
        };
        value.or_else(|error| self.failed(access.address, error).map(|()| 0))
    }

    fn write(&mut self, access: Access, value: u32, privileged: bool) -> Result<(), BusError> {
        let access = self.at_its_time(access);
        let done = match access.address {
            address if is_external(address) && privileged => match self.bus.write(access, value) {
                Err(BusError) if !self.bus.is_early() => Ok(()),
                answer => answer,
            },
            address if PPB.contains(&address) => self.ppb.write(access, value, privileged),
            address => match Bit::of(self.ppb.model, address) {
                Some(bit) => bit.write(self.bus, access, value),
                None => self.bus.write(access, value),
            },
        };
        done.or_else(|error| self.failed(access.address, error))
    }

    fn take_attention(&mut self) -> bool {
        // Both are asked, so that both are cleared.
        let bus = self.bus.take_attention();
        self.ppb.bus_attention |= bus;
        std::mem::take(&mut self.ppb.attention) || bus
    }

    fn masks_written(&mut self, cycle: u64, next: u32, masks: Masks) -> bool {
        // Unprivileged code changes none of the others, and the engine shows them to it, and so to us, as zero.
        let unprivileged = masks.control & 1 != 0 && self.ppb.scb.current == 0;
        let masks = if unprivileged { Masks { control: masks.control, ..self.ppb.masks } } else { masks };
        let masks = self.ppb.refuse_faultmask(masks);
        // In the instruction itself: what is behind it may be another function.
        self.ppb.set_masks(Moment { cycle, pc: u64::from(next.wrapping_sub(2)) }, masks);
        self.ppb.nvic.takeable(masks).is_some() || self.ppb.engine_is_stale() || self.ppb.faultmask_refused
    }

    fn event_sent(&mut self) -> bool {
        self.ppb.event = true;
        self.ppb.event_leaves = self.bus.event_sent();
        self.ppb.event_leaves
    }

    fn transferred(&mut self, access: Access, value: u32, write: bool) -> bool {
        let Access { address, size, cycle, .. } = access;
        if write && self.ppb.observer.covers(address, size) {
            self.ppb.observer.note(cycle, Observed::Store { address, size, value: value.into() });
        }
        self.ppb.dwt.transferred(Transfer { address, size: size.into(), write, value })
    }
}

impl Ppb {
    /// An access got an error. With CCR.BFHFNMIGN the handlers of HardFault and NMI, and what runs with FAULTMASK set,
    /// take no BusFault for it (B3.2.8): a load gives 0, a store is lost, and only the status registers tell.
    fn ignored(&mut self, address: u32, error: BusError) -> Result<(), BusError> {
        let ignored = self.scb.ccr & BFHFNMIGN != 0 && self.nvic.execution_priority(self.masks) < 0;
        if !ignored {
            return Err(error);
        }
        self.scb.record(Cause::Data(address));
        Ok(())
    }

    /// A load of a debugger, which is always privileged.
    pub(crate) fn debugger_read(&mut self, access: Access) -> u32 {
        if self.is_itm(access.address) {
            return self.read_itm(access, Asker::Debugger);
        }
        self.read_lanes(access, Master::Debugger)
    }

    /// A store of a debugger. Whether the core has to look up is of no concern: it does not run.
    pub(crate) fn debugger_write(&mut self, access: Access, value: u32) {
        if self.is_itm(access.address) {
            return self.itm.write(access.address & 0xfff, access.size, value, Asker::Debugger);
        }
        self.write_lanes(access, value, Master::Debugger);
        self.attention = false;
    }

    /// FAULTMASK is not set by code whose priority is -1 or less, HardFault's and NMI's (B5.2.1, B5.2.3).
    fn refuse_faultmask(&mut self, masks: Masks) -> Masks {
        let risen = masks.faultmask && !self.masks.faultmask;
        self.faultmask_refused = risen && self.nvic.execution_priority(self.masks) <= -1;
        Masks { faultmask: masks.faultmask && !self.faultmask_refused, ..masks }
    }

    /// The masks are these from now on.
    pub(crate) fn set_masks(&mut self, now: Moment, masks: Masks) {
        let close = |masks: Masks| masks.primask || masks.basepri != 0;
        if close(masks) != close(self.masks) {
            // Before anything is enabled there is nothing that the mask keeps waiting.
            let keeps_waiting = self.nvic.has_enabled() || self.systick.interrupts();
            self.measurements.mask(close(masks) && keeps_waiting, now);
        }
        self.masks = masks;
    }
}
