//! The RISC-V hart around the instruction engine: privilege modes, traps, interrupts, control and status registers,
//! physical memory protection.
//!
//! Section numbers in this folder are those of the privileged specification (The RISC-V Instruction Set Manual, Volume II,
//! version 20211203) unless the unprivileged one (Volume I, version 20191213) is named.
//!
//! What the specification leaves open, and what is chosen:
//!
//! | open | here |
//! |---|---|
//! | loads and stores that are not aligned | of memory: supported, a byte at a time for protection's sake. Of devices: an address-misaligned exception |
//! | LR, SC and AMO that are not aligned | an address-misaligned exception |
//! | LR, SC and AMO of a device | made as its loads and stores |
//! | a reservation | is lost by a trap, MRET, SRET, a write of mstatus, and by SC. A store of this hart to its address does not lose it |
//! | mtval | the address, the illegal instruction's word, EBREAK's own address; 0 for ECALL |
//! | instruction-address-misaligned | cannot happen, since there are compressed instructions |
//! | WFI | wakes for an enabled pending interrupt only; in U-mode it is illegal if there is an S-mode |
//! | mstatus.FS | becomes Dirty with any instruction of the floating-point unit |
//! | satp | bare, read-only 0: there is no address translation |
//!
//! Not modelled: the hypervisor extension, performance counters, triggers and external debug, big-endian data.

pub mod boxing;
pub mod compressed;
pub mod config;
mod csr;
pub mod cycles;
pub mod engine;
mod fault;
mod float;
pub mod instruction;
pub mod pmp;
mod saved;
mod statistics;
mod system;
mod trap;

use bksim_protocol::message::{FaultReport, Statistics};

pub use config::{CpuError, Isa, MemoryRegion, RiscvConfig, RiscvModel};
pub use saved::State;

use super::masked::Moment;
use super::observed::{Observation, Observed, Observer, Stretch};
use super::unicorn::riscv::{EngineConfig, Fast, Oracle};
use super::{Core, CoreState, CoreStop, DebugPort, FamilyState};
use crate::bus::Bus;
use csr::{Csrs, Mode};
use cycles::{Clock, CostModel};
use engine::{Engine, Rights, Stop};
use statistics::Measurements;

/// Builds a core in its reset state. Memory is zero; load the firmware with [`Core::poke`], then call [`Core::reset`].
///
/// # Errors
/// [`CpuError::Config`] for memories that overlap or are not in whole 4 KiB pages, or numbers out of range.
pub fn new(config: &RiscvConfig) -> Result<Box<dyn Core>, CpuError> {
    let engine = Fast::new(&engine_config(config))?;
    Ok(Box::new(Riscv::new(config, Box::new(engine))?))
}

/// Builds the same core on the single-step engine: slow, and there to be compared with.
///
/// # Errors
/// As [`new`].
pub fn new_single_step(config: &RiscvConfig) -> Result<Box<dyn Core>, CpuError> {
    let engine = Oracle::new(&engine_config(config))?;
    Ok(Box::new(Riscv::new(config, Box::new(engine))?))
}

fn engine_config(config: &RiscvConfig) -> EngineConfig<'_> {
    EngineConfig { memories: &config.memories, costs: costs(config) }
}

fn costs(config: &RiscvConfig) -> CostModel {
    let clock = if config.instruction_clock { Clock::Instruction } else { Clock::Pipeline };
    CostModel { isa: config.model.isa(), clock }
}

/// A RISC-V core of one hart.
struct Riscv {
    engine: Box<dyn Engine>,
    isa: Isa,
    costs: CostModel,
    csrs: Csrs,
    reset_address: u32,
    mtime: Option<u32>,
    /// Memory that code may run from: (first address, bytes), at every place where it appears.
    code: Vec<(u32, u32)>,
    asleep: bool,
    lockup: bool,
    /// A fault's handler runs, and nobody has returned from it.
    handling_fault: bool,
    fault: Option<FaultReport>,
    measurements: Measurements,
    observer: Observer,
}

impl Riscv {
    fn new(config: &RiscvConfig, engine: Box<dyn Engine>) -> Result<Self, CpuError> {
        if usize::from(config.pmp_entries) > pmp::MOST_ENTRIES {
            let most = pmp::MOST_ENTRIES;
            return Err(CpuError::Config(format!("{} PMP entries: 0 to {most} are possible", config.pmp_entries)));
        }
        let mut core = Self {
            engine,
            isa: config.model.isa(),
            costs: costs(config),
            csrs: Csrs::new(config),
            reset_address: config.reset_address,
            mtime: config.mtime,
            code: executable(config),
            asleep: false,
            lockup: false,
            handling_fault: false,
            fault: None,
            measurements: Measurements::default(),
            observer: Observer::default(),
        };
        core.reset();
        Ok(core)
    }

    /// What every reset does. The clock goes on.
    fn reset_core(&mut self) {
        self.csrs.reset();
        for index in 1..32 {
            self.engine.set_register(index, 0);
        }
        for index in (0..32).filter(|_| self.isa.float) {
            // Single precision is boxed in a wider register.
            self.engine.set_float_register(index, if self.isa.double { 0 } else { 0xffff_ffff_0000_0000 });
        }
        self.engine.set_fcsr(0);
        (self.asleep, self.lockup, self.handling_fault, self.fault) = (false, false, false, None);
        self.observer.note(self.engine.cycle(), Observed::Reset);
        self.engine.stall_fetches(false);
        self.engine.set_protection(&self.csrs.protection());
        self.engine.set_pc(self.reset_address.into());
        self.update_rights();
        self.update_float_trap();
        self.measure_masked(self.engine.pc());
    }

    /// Tells the engine whose rights count. The reservation of LR is lost.
    fn update_rights(&mut self) {
        let mode = self.csrs.mode;
        self.engine.set_rights(Rights {
            machine_fetch: mode == Mode::Machine,
            machine_data: self.csrs.status.data_mode(mode) == Mode::Machine,
        });
    }

    /// Tells the engine whether floating point goes on unseen.
    fn update_float_trap(&mut self) {
        self.engine.trap_float(self.isa.float && !self.csrs.status.float_dirty());
    }

    /// What follows from the engine's stop; `Some` goes to the machine.
    fn after(&mut self, stop: Stop, bus: &mut dyn Bus) -> Option<CoreStop> {
        match stop {
            // `run` sees to it.
            Stop::Horizon => {}
            Stop::Attention => return Some(CoreStop::Attention),
            Stop::Stalled => return Some(CoreStop::Stalled),
            Stop::Instruction => return self.execute(bus),
            Stop::Float => self.execute_float(),
            Stop::Fault { kind, address } => self.refused(kind, address, false),
            Stop::Misaligned { kind, address } => self.refused(kind, address, true),
        }
        None
    }
}

fn executable(config: &RiscvConfig) -> Vec<(u32, u32)> {
    let memories = config.memories.iter().filter(|memory| memory.attrs.execute);
    let places = memories.flat_map(|memory| {
        std::iter::once(memory.base).chain(memory.aliases.iter().copied()).map(|base| (base, memory.size))
    });
    places.collect()
}

impl DebugPort for Riscv {}

impl Core for Riscv {
    fn reset(&mut self) {
        self.engine.set_clock(0, 0);
        self.measurements = Measurements::default();
        self.reset_core();
    }

    fn system_reset(&mut self) {
        self.reset_core();
    }

    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> CoreStop {
        loop {
            if self.lockup {
                return CoreStop::Lockup;
            }
            if self.asleep {
                if !self.csrs.interrupts.wakes(self.isa) {
                    return CoreStop::Asleep;
                }
                self.asleep = false;
            }
            let takeable = self.csrs.interrupts.takeable(self.isa, self.csrs.mode, self.csrs.status);
            if let Some((number, target)) = takeable {
                self.interrupt(number, target);
                continue;
            }
            if self.engine.cycle() >= until {
                return CoreStop::Horizon;
            }
            let stop = self.engine.run(bus, until);
            self.observer.add(self.engine.take_observed());
            if let Some(stop) = self.after(stop, bus) {
                return stop;
            }
        }
    }

    fn cycles(&self) -> u64 {
        self.engine.cycle()
    }

    fn instructions(&self) -> u64 {
        self.engine.instructions()
    }

    fn sleep_until(&mut self, until: u64) {
        let now = self.engine.cycle();
        if self.asleep && until > now {
            self.engine.advance(until - now);
            self.measurements.sleep_cycles += until - now;
        }
    }

    fn stall_fetches(&mut self, stall: bool) {
        self.engine.stall_fetches(stall);
    }

    fn next_event(&self) -> Option<u64> {
        None
    }

    fn set_irq(&mut self, line: u16, level: bool, at: u64) {
        self.csrs.interrupts.set_line(line, level, at);
    }

    fn set_nmi(&mut self) {}

    fn pc(&self) -> u64 {
        self.engine.pc()
    }

    fn register(&self, index: u8) -> u64 {
        if index < 32 { self.engine.register(index) } else { 0 }
    }

    fn set_register(&mut self, index: u8, value: u64) {
        if index < 32 {
            self.engine.set_register(index, self.isa.truncate(value));
        }
    }

    fn answer_semihosting(&mut self, result: u64) {
        self.engine.set_register(10, self.isa.truncate(result));
    }

    fn register_size(&self) -> u8 {
        if self.isa.wide { 8 } else { 4 }
    }

    fn peek(&self, address: u32, buffer: &mut [u8]) -> bool {
        self.engine.read_memory(address, buffer)
    }

    fn poke(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.engine.load_memory(address, bytes)
    }

    fn observe(&mut self, ranges: &[(u32, u32)]) -> bool {
        self.observer.ask(ranges);
        self.engine.watch(ranges);
        true
    }

    fn take_observed(&mut self) -> Vec<Observation> {
        self.observer.take()
    }

    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]) -> bool {
        self.engine.count_code(code, called);
        true
    }

    fn take_ran(&mut self) -> Vec<Stretch> {
        self.engine.take_ran()
    }

    fn save(&mut self) -> CoreState {
        CoreState { memories: self.engine.save_memories(), family: FamilyState::Riscv(Box::new(self.state())) }
    }

    fn restore(&mut self, state: &CoreState) -> bool {
        let FamilyState::Riscv(family) = &state.family else { return false };
        let fits = self.is_like(family) && self.engine.restore_memories(&state.memories);
        if fits {
            self.set_state(family);
        }
        fits
    }

    fn fault_report(&self) -> Option<FaultReport> {
        self.fault.clone()
    }

    fn statistics(&self) -> Statistics {
        let now = self.engine.cycle();
        Statistics {
            instructions: self.engine.instructions(),
            cycles: now,
            sleep_cycles: self.measurements.sleep_cycles,
            exceptions: self.measurements.exceptions(),
            longest_masked: self.measurements.masked.longest(Moment { cycle: now, pc: self.engine.pc() }),
            ..Statistics::default()
        }
    }
}
