//! Halting debug (Arm DDI 0403E, C1.4-C1.6): the debugger's registers, and how the core enters and leaves Debug state.
//!
//! A debugger reaches the core between two runs of it. So what it writes takes effect at once, and what it starts, a step
//! or a run, begins with the next [`Core::run`](crate::cpu::Core::run):
//!
//! ```text
//!                  1 C_HALT written; BKPT or breakpoint unit; vector catch
//!     running ───────────────────────────────────────────────────────────▶ Debug state ◀─┐
//!        ▲                                                                    │  │       │ 4 one instruction, or
//!        └──────────── 2 C_HALT cleared; C_DEBUGEN cleared ───────────────────┘  │       │   one exception entered
//!                                                                                └───────┘
//!                                                                     3 C_HALT cleared with C_STEP set
//! ```
//!
//! 1 is `enter_debug()`; it ends sleep and lockup. 2 and 3 are `write_dhcsr()`, 4 is in `CortexM::run`.
//!
//! All of this outlives a system reset, but C_HALT and what belongs to DebugMonitor (see [`super::monitor`]): only a
//! power-on reset clears it.

use serde::{Deserialize, Serialize};

use super::CortexM;
use super::bit_band::Bit;
use super::breakpoints::BreakpointUnit;
use super::config::Architecture;
use super::dwt::Dwt;
use super::fault::Cause;
use super::itm::Itm;
use super::nvic::number;
use super::ppb::is_external;
use crate::bus::{Access, Bus, BusError};
use crate::cpu::DebugPort;
use crate::cpu::cortex_m::engine::{Masks, Register};
use crate::cpu::cortex_m::thumb::{IT_BITS, T_BIT};

/// Addresses of the registers.
mod address {
    pub(super) const AIRCR: u32 = 0xe000_ed0c;
    pub(super) const DHCSR: u32 = 0xe000_edf0;
    pub(super) const DCRSR: u32 = 0xe000_edf4;
    pub(super) const DCRDR: u32 = 0xe000_edf8;
}

/// DHCSR: what a debugger writes, with the key in bits 31:16.
mod dhcsr {
    pub(super) const KEY: u32 = 0xa05f;
    pub(super) const C_DEBUGEN: u32 = 1;
    pub(super) const C_HALT: u32 = 1 << 1;
    pub(super) const C_STEP: u32 = 1 << 2;
    pub(super) const C_MASKINTS: u32 = 1 << 3;
    pub(super) const C_SNAPSTALL: u32 = 1 << 5;
    pub(super) const S_REGRDY: u32 = 1 << 16;
    pub(super) const S_HALT: u32 = 1 << 17;
    pub(super) const S_SLEEP: u32 = 1 << 18;
    pub(super) const S_LOCKUP: u32 = 1 << 19;
    pub(super) const S_RETIRE_ST: u32 = 1 << 24;
    pub(super) const S_RESET_ST: u32 = 1 << 25;
}

/// Why the core is in Debug state: bits of DFSR.
pub(crate) mod dfsr {
    pub(crate) const HALTED: u32 = 1;
    pub(crate) const BKPT: u32 = 1 << 1;
    pub(crate) const DWTTRAP: u32 = 1 << 2;
    pub(crate) const VCATCH: u32 = 1 << 3;
}

/// DEMCR.
mod demcr {
    pub(super) const VC_CORERESET: u32 = 1;
    pub(super) const VC_MMERR: u32 = 1 << 4;
    pub(super) const VC_NOCPERR: u32 = 1 << 5;
    pub(super) const VC_CHKERR: u32 = 1 << 6;
    pub(super) const VC_STATERR: u32 = 1 << 7;
    pub(super) const VC_BUSERR: u32 = 1 << 8;
    pub(super) const VC_INTERR: u32 = 1 << 9;
    pub(super) const VC_HARDERR: u32 = 1 << 10;
    pub(super) const MON_EN: u32 = 1 << 16;
    /// DebugMonitor is pending: the NVIC knows.
    pub(super) const MON_PEND: u32 = 1 << 17;
    pub(super) const MON_STEP: u32 = 1 << 18;
    pub(super) const MON_REQ: u32 = 1 << 19;
    /// These alone a system reset clears.
    pub(super) const MONITOR: u32 = MON_EN | MON_PEND | MON_STEP | MON_REQ;
    pub(super) const TRCENA: u32 = 1 << 24;
    pub(super) const WRITABLE: u32 = TRCENA
        | MONITOR
        | VC_HARDERR
        | VC_INTERR
        | VC_BUSERR
        | VC_STATERR
        | VC_CHKERR
        | VC_NOCPERR
        | VC_MMERR
        | VC_CORERESET;
    /// Of Armv6-M (Arm DDI 0419, C1.6.5), where bit 24 is called DWTENA.
    pub(super) const WRITABLE_V6M: u32 = TRCENA | VC_HARDERR | VC_CORERESET;
}

/// AIRCR, with 0x05FA in bits 31:16.
mod aircr {
    pub(super) const KEY: u32 = 0x05fa;
    pub(super) const VECTRESET: u32 = 1;
    pub(super) const VECTCLRACTIVE: u32 = 1 << 1;
}

/// CONTROL.nPRIV.
const NPRIV: u8 = 1;
/// The exception number of reset (B1.5.2).
const RESET: u16 = 1;
/// Where a core that is locked up stands (B1.5.15).
const LOCKUP: u32 = 0xffff_fffe;

/// The debug registers that keep a value of their own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DebugControl {
    /// DHCSR's bits C_DEBUGEN to C_SNAPSTALL.
    control: u32,
    /// DCRDR.
    data: u32,
    demcr: u32,
    pub(crate) dfsr: u32,
    halted: bool,
    /// Reset since the last read of DHCSR.
    was_reset: bool,
    /// Instructions executed at the last read of DHCSR.
    retired: u64,
    /// The exception in front of whose first instruction to stop. If it is the reset's, a debugger that enables itself
    /// only now still catches it: one that connects under reset does so in that order.
    catching: Option<u16>,
}

impl DebugControl {
    /// Whether a debugger is attached: DHCSR.C_DEBUGEN.
    pub(crate) fn enabled(&self) -> bool {
        self.control & dhcsr::C_DEBUGEN != 0
    }

    /// Whether one instruction is to be executed and no more.
    pub(crate) fn stepping(&self) -> bool {
        self.enabled() && !self.halted && self.control & dhcsr::C_STEP != 0
    }

    /// Whether PendSV, SysTick and external interrupts wait.
    fn masks_interrupts(&self) -> bool {
        self.enabled() && self.control & dhcsr::C_MASKINTS != 0
    }

    /// DHCSR as software on the core reads it: what is set, and nothing of how it stands.
    pub(crate) fn control(&self) -> u32 {
        self.control
    }

    /// DEMCR; `pending`: DebugMonitor is.
    pub(crate) fn demcr(&self, pending: bool) -> u32 {
        self.demcr | if pending { demcr::MON_PEND } else { 0 }
    }

    /// Writes DEMCR; whether DebugMonitor is to be pending.
    pub(crate) fn set_demcr(&mut self, value: u32, architecture: Architecture) -> bool {
        let writable = if architecture == Architecture::V6M { demcr::WRITABLE_V6M } else { demcr::WRITABLE };
        self.demcr = value & writable & !demcr::MON_PEND;
        self.catching.take_if(|exception| *exception == RESET && value & demcr::VC_CORERESET == 0);
        value & writable & demcr::MON_PEND != 0
    }

    /// Whether debug events are for DebugMonitor: no debugger is there, and MON_EN is set.
    pub(crate) fn monitor_enabled(&self) -> bool {
        !self.enabled() && self.demcr & demcr::MON_EN != 0
    }

    /// Whether DebugMonitor wants each instruction that is less important for itself.
    pub(crate) fn monitor_stepping(&self) -> bool {
        self.monitor_enabled() && self.demcr & demcr::MON_STEP != 0
    }

    /// Whether the trace units are on: DEMCR.TRCENA.
    pub(crate) fn trace_enabled(&self) -> bool {
        self.demcr & demcr::TRCENA != 0
    }

    /// As a power-on leaves it.
    fn power_on() -> Self {
        Self { was_reset: true, ..Self::default() }
    }

    /// A system reset: the debugger stays, the core runs unless the reset's vector is caught.
    fn reset(&mut self) {
        self.control &= !(dhcsr::C_HALT | dhcsr::C_STEP | dhcsr::C_SNAPSTALL);
        self.demcr &= !demcr::MONITOR;
        self.halted = false;
        self.was_reset = true;
        self.catching = (self.demcr & demcr::VC_CORERESET != 0).then_some(RESET);
    }

    /// Whether the vector of what runs now is to be caught.
    fn catches(&self, current: u16) -> bool {
        self.enabled() && self.catching.is_some_and(|exception| exception == RESET || exception == current)
    }

    /// A fault is taken as `exception` (table B1-9 names each fault's trap).
    pub(crate) fn fault(&mut self, cause: Cause, exception: u16) {
        let escalated = if exception == number::HARD_FAULT { demcr::VC_HARDERR } else { 0 };
        let own = match cause {
            Cause::Undefined | Cause::InvalidState | Cause::InvalidReturn(_) => demcr::VC_STATERR,
            Cause::NoCoprocessor => demcr::VC_NOCPERR,
            Cause::Unaligned | Cause::DivideByZero | Cause::StackOverflow => demcr::VC_CHKERR,
            Cause::Data(_) | Cause::Instruction => demcr::VC_BUSERR,
            Cause::NoExecute | Cause::Violation(_) => demcr::VC_MMERR,
            Cause::Stacking | Cause::Unstacking | Cause::LazyStacking(_) | Cause::Vector(_) => demcr::VC_INTERR,
            Cause::StackingViolation | Cause::UnstackingViolation | Cause::LazyStackingViolation(_) => demcr::VC_INTERR,
            Cause::SupervisorCall | Cause::Breakpoint => 0,
        };
        if self.enabled() && self.demcr & (own | escalated) != 0 {
            self.catching = Some(exception);
        }
    }
}

impl CortexM {
    /// Stops in front of the next instruction; `reason` is a bit of DFSR.
    pub(crate) fn enter_debug(&mut self, reason: u32) {
        if std::mem::take(&mut self.lockup) {
            self.engine.set_pc(LOCKUP);
        }
        self.sleep = None;
        let debug = &mut self.ppb.debug;
        debug.control |= dhcsr::C_HALT;
        debug.halted = true;
        debug.catching = None;
        debug.dfsr |= reason;
    }

    /// Enters Debug state if a vector is to be caught; whether the core is there.
    pub(crate) fn is_stopped(&mut self) -> bool {
        if self.ppb.debug.catches(self.ppb.scb.current) {
            self.enter_debug(dfsr::VCATCH);
        }
        self.ppb.debug.halted
    }

    /// One instruction was executed, or one exception was entered: that ends a step. A core that has locked up in it
    /// never gets to the next instruction.
    pub(crate) fn end_step(&mut self, stepping: bool) {
        if stepping && !self.lockup && !self.ppb.debug.halted {
            let caught = if self.ppb.debug.catches(self.ppb.scb.current) { dfsr::VCATCH } else { 0 };
            self.enter_debug(dfsr::HALTED | caught);
        }
    }

    /// A breakpoint was reached. Without a debugger it is an error of the program (C1.3).
    pub(crate) fn breakpoint(&mut self, pc: u32) {
        if self.ppb.debug.enabled() {
            self.enter_debug(dfsr::BKPT);
        } else {
            self.ppb.debug.dfsr |= dfsr::BKPT;
            self.instruction_fault(Cause::Breakpoint, pc, pc);
        }
    }

    /// What follows for engine and interrupts from the debugger's registers.
    pub(crate) fn follow_debugger(&mut self) {
        let debug = &self.ppb.debug;
        let masked = debug.masks_interrupts();
        // With nobody to stop for, a match of the breakpoint unit is ignored (C1.3).
        let stops = debug.enabled() || debug.monitor_enabled();
        let addresses = if stops { self.ppb.breakpoints.addresses() } else { Vec::new() };
        let mut breakpoints: Vec<_> = addresses.into_iter().map(|address| (address, address)).collect();
        breakpoints.extend(self.ppb.dwt.instructions());
        breakpoints.extend(self.ppb.observer.stops());
        if breakpoints != self.breakpoints {
            self.engine.set_breakpoints(&breakpoints);
            self.breakpoints = breakpoints;
        }
        let mut watched = self.ppb.dwt.watched();
        watched.extend(self.ppb.observer.ranges());
        if watched != self.watched {
            self.engine.watch(&watched);
            self.watched = watched;
        }
        self.ppb.nvic.hold_interrupts(masked);
    }

    fn read_dhcsr(&mut self) -> u32 {
        let flag = |condition: bool, bit: u32| if condition { bit } else { 0 };
        let instructions = self.engine.instructions();
        let debug = &mut self.ppb.debug;
        let retired = std::mem::replace(&mut debug.retired, instructions) != instructions;
        debug.control
            | dhcsr::S_REGRDY
            | flag(debug.halted, dhcsr::S_HALT)
            | flag(self.sleep.is_some(), dhcsr::S_SLEEP)
            | flag(self.lockup, dhcsr::S_LOCKUP)
            | flag(retired, dhcsr::S_RETIRE_ST)
            | flag(std::mem::take(&mut debug.was_reset), dhcsr::S_RESET_ST)
    }

    fn write_dhcsr(&mut self, value: u32) {
        use dhcsr::{C_DEBUGEN, C_HALT, C_MASKINTS, C_SNAPSTALL, C_STEP, KEY};
        if value >> 16 != KEY {
            return;
        }
        let snap_stall = if self.ppb.model.architecture() == Architecture::V6M { 0 } else { C_SNAPSTALL };
        let control = value & (C_DEBUGEN | C_HALT | C_STEP | C_MASKINTS | snap_stall);
        let debug = &mut self.ppb.debug;
        // The other bits have a meaning with C_DEBUGEN only.
        debug.control = if control & C_DEBUGEN != 0 { control } else { 0 };
        if debug.control & C_HALT == 0 {
            debug.halted = false;
        } else if !debug.halted {
            self.enter_debug(dfsr::HALTED);
        }
        self.is_stopped();
    }

    /// Transfers between DCRDR and a register of the core (C1.6.3).
    fn write_dcrsr(&mut self, value: u32) {
        if !self.ppb.debug.halted {
            return;
        }
        let selector = (value & 0x7f) as u8;
        // The engine keeps stack pointers and masks from unprivileged code, but a debugger is not.
        let xpsr = self.engine.register(Register::Xpsr);
        self.engine.set_mode(xpsr, self.ppb.masks.control & !NPRIV);
        if value & 1 << 16 != 0 {
            self.write_core_register(selector, self.ppb.debug.data);
        } else {
            self.ppb.debug.data = self.read_core_register(selector);
        }
        self.engine.set_mode(self.engine.register(Register::Xpsr), self.ppb.masks.control);
    }

    fn read_core_register(&self, selector: u8) -> u32 {
        let read = |register| self.engine.register(register);
        match selector {
            0..=14 => Register::general(selector).map_or(0, read),
            15 => self.engine.pc(),
            16 => read(Register::Xpsr),
            17 => read(Register::Msp),
            18 => read(Register::Psp),
            20 => {
                let Masks { primask, faultmask, basepri, control } = self.ppb.masks;
                u32::from_le_bytes([primask.into(), basepri, faultmask.into(), control])
            }
            33 if self.ppb.float.is_some() => read(Register::Fpscr),
            0x40..=0x5f if self.ppb.float.is_some() => read(Register::S(selector - 0x40)),
            _ => 0,
        }
    }

    fn write_core_register(&mut self, selector: u8, value: u32) {
        // The handler that was about to run is where the debugger says, and no other can take its place.
        self.begin_handler();
        match selector {
            0..=14 => {
                if let Some(register) = Register::general(selector) {
                    self.engine.set_register(register, if selector == 13 { value & !3 } else { value });
                }
            }
            15 => self.engine.set_pc(value),
            16 => self.write_xpsr(value),
            17 => self.engine.set_register(Register::Msp, value & !3),
            18 => self.engine.set_register(Register::Psp, value & !3),
            20 => self.write_special(value),
            33 if self.ppb.float.is_some() => self.engine.set_register(Register::Fpscr, value),
            0x40..=0x5f if self.ppb.float.is_some() => self.engine.set_register(Register::S(selector - 0x40), value),
            _ => {}
        }
    }

    fn write_xpsr(&mut self, xpsr: u32) {
        self.ppb.scb.current = (xpsr & 0x1ff) as u16;
        self.engine.set_mode(xpsr, self.ppb.masks.control);
    }

    /// CONTROL, FAULTMASK, BASEPRI and PRIMASK in one word.
    fn write_special(&mut self, value: u32) {
        let [primask, mut basepri, mut faultmask, mut control] = value.to_le_bytes();
        if self.ppb.model.architecture() == Architecture::V6M {
            (basepri, faultmask) = (0, 0);
        }
        if !self.ppb.model.has_privilege_and_vtor() {
            control &= !NPRIV;
        }
        let basepri = basepri & self.ppb.nvic.implemented();
        let registers = [Register::Primask, Register::Basepri, Register::Faultmask];
        let values = [u32::from(primask & 1), u32::from(basepri), u32::from(faultmask & 1)];
        self.engine.write_registers(&registers, &values);
        let control = control & 3 | self.ppb.masks.control & !3;
        self.engine.set_mode(self.engine.register(Register::Xpsr), control);
        let masks = Masks { primask: primask & 1 != 0, faultmask: faultmask & 1 != 0, basepri, control };
        self.ppb.set_masks(self.moment(), masks);
    }

    /// The two resets of AIRCR that are for a debugger only (B3.2.6); `false` if `value` asks for neither.
    fn write_aircr(&mut self, value: u32) -> bool {
        if value >> 16 != aircr::KEY || !self.ppb.debug.halted {
            return false;
        }
        if value & aircr::VECTCLRACTIVE != 0 {
            self.ppb.nvic.clear_active();
            self.write_xpsr(self.engine.register(Register::Xpsr) & !(0x1ff | IT_BITS) | T_BIT);
        }
        let vector_reset = if self.ppb.model.architecture() == Architecture::V6M { 0 } else { aircr::VECTRESET };
        if value & vector_reset != 0 {
            self.reset_core();
        }
        value & (aircr::VECTCLRACTIVE | vector_reset) != 0
    }

    /// What a power-on does and a system reset does not: no debugger is there.
    pub(crate) fn power_on_debug(&mut self) {
        self.ppb.debug = DebugControl::power_on();
        self.ppb.breakpoints = BreakpointUnit::new(self.ppb.model);
        self.ppb.dwt = Dwt::new(self.ppb.model);
        self.ppb.itm = Itm::default();
        self.follow_debugger();
    }

    /// What a system reset does to a debugger.
    pub(crate) fn reset_debug(&mut self) {
        self.ppb.debug.reset();
        self.ppb.debug_changed = true;
        self.is_stopped();
    }

    fn access(&self, address: u32, size: u8) -> Access {
        Access { address, size, cycle: self.engine.cycle(), pc: self.engine.pc() }
    }
}

/// The private peripheral bus, where the debugger sees more than the core.
fn is_private(address: u32) -> bool {
    address >> 20 == 0xe00
}

impl DebugPort for CortexM {
    fn is_debugged(&self) -> bool {
        self.ppb.debug.enabled()
    }

    fn is_halted(&self) -> bool {
        self.ppb.debug.halted
    }

    fn wire_probe(&mut self) {
        self.probe_wired = true;
    }

    fn take_reset_request(&mut self) -> bool {
        std::mem::take(&mut self.ppb.reset_requested)
    }

    fn stand_until(&mut self, until: u64) {
        let now = self.engine.cycle();
        let Some(cycles) = until.checked_sub(now) else { return };
        self.engine.advance(cycles);
        if self.ppb.debug.halted {
            // The counters of a core in Debug state stand still (B3.3.1, C1.8.8).
            self.ppb.systick.stand_still(cycles);
            self.ppb.dwt.stand_still(cycles);
        }
    }

    fn debugger_read(&mut self, bus: &mut dyn Bus, address: u32, size: u8) -> Result<u32, BusError> {
        let access = self.access(address, size);
        match address {
            address::DHCSR => return Ok(self.read_dhcsr()),
            address::DCRDR => return Ok(self.ppb.debug.data),
            _ if is_external(address) => return bus.read(access).or(Ok(0)),
            _ if is_private(address) => return Ok(self.ppb.debugger_read(access)),
            _ => {}
        }
        if let Some(bit) = Bit::of(self.ppb.model, address) {
            return bit.read(bus, access);
        }
        let mut bytes = [0; 4];
        let bytes = &mut bytes[..usize::from(size.min(4))];
        if !self.engine.read_memory(address, bytes) {
            let bit = Bit::in_ram(self.ppb.model, address);
            let word = bit.and_then(|bit| Some(bit.get(self.word(bit.word)?)));
            return word.map_or_else(|| bus.read(access), Ok);
        }
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    fn debugger_write(&mut self, bus: &mut dyn Bus, address: u32, size: u8, value: u32) -> Result<(), BusError> {
        let access = self.access(address, size);
        match address {
            address::DHCSR => self.write_dhcsr(value),
            address::DCRSR => self.write_dcrsr(value),
            address::DCRDR => self.ppb.debug.data = value,
            address::AIRCR if self.write_aircr(value) => {}
            _ if is_external(address) => return bus.write(access, value).or(Ok(())),
            _ if is_private(address) => self.ppb.debugger_write(access, value),
            _ => {
                if let Some(bit) = Bit::of(self.ppb.model, address) {
                    return bit.write(bus, access, value);
                }
                let bytes = value.to_le_bytes();
                let mut written = self.engine.write_memory(address, &bytes[..usize::from(size.min(4))]);
                if !written
                    && let Some(bit) = Bit::in_ram(self.ppb.model, address)
                    && let Some(word) = self.word(bit.word)
                {
                    written = self.engine.write_memory(bit.word, &bit.set(word, value).to_le_bytes());
                }
                return if written { Ok(()) } else { bus.write(access, value) };
            }
        }
        self.follow_debugger();
        Ok(())
    }
}
