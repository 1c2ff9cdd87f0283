//! The core around the instruction engine: exceptions, floating-point context, NVIC, SCB, SysTick, DWT, halting debug.
//!
//! Section numbers in this folder are those of the Armv7-M Architecture Reference Manual, Arm DDI 0403E. Where Armv6-M
//! (Arm DDI 0419) or Armv8-M Mainline (DDI 0553) differ, it says so.
//!
//! A core of Armv8-M has one security state, as one without the Security Extension; only EXC_RETURN on exception entry is
//! what firmware sees that runs in Secure state, so that an image for either kind works (`exception`).
//!
//! Not modelled: patching by the FPB; of the DWT its profiling counters, its packets, and comparators on Armv8-M; time
//! stamps of the ITM; imprecise bus faults; SETEND, which is not undefined, and SP bits 1:0, which can be written; the
//! floating-point unit's interrupt outputs (FPIXC and the others). STREX succeeds if the word is marked and has the value
//! that LDREX loaded; the granule of the monitor is what was loaded.

mod armv6m;
pub(crate) mod bit_band;
mod breakpoints;
mod caches;
mod calls;
mod components;
pub mod config;
pub mod cycles;
mod debug;
mod dwt;
pub mod engine;
mod exception;
mod fault;
mod float;
mod identity;
mod itm;
mod monitor;
mod mpu;
mod nvic;
mod ppb;
mod saved;
mod scb;
mod statistics;
mod systick;
pub mod thumb;

use std::collections::BTreeMap;

use bksim_protocol::message::{FaultReport, Statistics};
use serde::{Deserialize, Serialize};

pub use config::{CoreModel, CortexConfig, CpuError, MemoryRegion};
pub use saved::State;

use super::cluster::Cluster;
use super::masked::Moment;
use super::observed::{Observation, Observed, Stretch};
use super::protection::ProtectionMap;
use super::unicorn::{EngineConfig, Fast, Oracle};
use super::{Core, CoreState, CoreStop, DebugPort, FamilyState, WaitRegion};
use crate::bus::Bus;
use cycles::CostModel;
use engine::{AccessKind, Engine, Register, StackLimits, Stop};
use exception::Entering;
use fault::Cause;
use nvic::number;
use ppb::{CoreSystem, Ppb};
use statistics::Measurements;
use thumb::T_BIT;
use thumb::demand::Traps;

/// Builds a core in its reset state. Memory is zero; load the firmware with [`Core::poke`], then call [`Core::reset`].
///
/// # Errors
/// [`CpuError::Config`] for memories that overlap or are not in whole 4 KiB pages, or numbers out of range.
pub fn new(config: &CortexConfig) -> Result<Box<dyn Core>, CpuError> {
    let engine = Fast::new(&engine_config(config))?;
    Ok(Box::new(CortexM::new(config, Box::new(engine))?))
}

/// Builds the same core on the single-step engine: slow, and there to be compared with.
///
/// # Errors
/// As [`new`].
pub fn new_single_step(config: &CortexConfig) -> Result<Box<dyn Core>, CpuError> {
    let engine = Oracle::new(&engine_config(config))?;
    Ok(Box::new(CortexM::new(config, Box::new(engine))?))
}

/// Each has an engine of its own, which takes some ten megabytes.
const MOST_CORES: u8 = 8;

/// Builds several cores alike, with the same memories, as one: see [`cluster`](super::cluster). Each of them has the
/// interrupts of `config`. One core is what [`new`] builds.
///
/// # Errors
/// As [`new`].
pub fn new_cluster(config: &CortexConfig, cores: u8) -> Result<Box<dyn Core>, CpuError> {
    match cores {
        0 | 1 => new(config),
        2..=MOST_CORES => gather(config, Fast::several(&engine_config(config), cores)?),
        _ => Err(too_many(cores)),
    }
}

/// The same on single-step engines.
///
/// # Errors
/// As [`new`].
pub fn new_single_step_cluster(config: &CortexConfig, cores: u8) -> Result<Box<dyn Core>, CpuError> {
    match cores {
        0 | 1 => new_single_step(config),
        2..=MOST_CORES => gather(config, Oracle::several(&engine_config(config), cores)?),
        _ => Err(too_many(cores)),
    }
}

fn too_many(cores: u8) -> CpuError {
    CpuError::Config(format!("{cores} cores: up to {MOST_CORES} are possible"))
}

fn gather(config: &CortexConfig, engines: Vec<impl Engine + 'static>) -> Result<Box<dyn Core>, CpuError> {
    let core = |engine| CortexM::new(config, Box::new(engine)).map(|core| Box::new(core) as Box<dyn Core>);
    let cores = engines.into_iter().map(core).collect::<Result<_, _>>()?;
    Ok(Box::new(Cluster::new(cores, costs(config).access_delay())))
}

fn engine_config(config: &CortexConfig) -> EngineConfig<'_> {
    EngineConfig {
        model: config.model,
        memories: &config.memories,
        costs: costs(config),
        priority_mask: !(0xff_u16 >> config.prio_bits.min(8)) as u8,
    }
}

fn costs(config: &CortexConfig) -> CostModel {
    match config.model {
        model if config.instruction_clock => CostModel::Instruction(model.architecture()),
        CoreModel::CortexM0 => CostModel::CortexM0,
        CoreModel::CortexM0Plus => CostModel::CortexM0Plus,
        CoreModel::CortexM3 => CostModel::CortexM3,
        CoreModel::CortexM4 | CoreModel::CortexM4F => CostModel::CortexM4,
        CoreModel::CortexM7 | CoreModel::CortexM7F => CostModel::CortexM7,
        CoreModel::CortexM33 | CoreModel::CortexM33F => CostModel::CortexM33,
    }
}

/// Why the core sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Sleep {
    /// WFI, or SLEEPONEXIT.
    Interrupt,
    /// WFE.
    Event,
}

/// A Cortex-M core.
struct CortexM {
    engine: Box<dyn Engine>,
    ppb: Ppb,
    costs: CostModel,
    vector_table: u32,
    /// Memory that the core cannot write: (first address, bytes), at every place where it appears.
    read_only: Vec<(u32, u32)>,
    fetches_stalled: bool,
    sleep: Option<Sleep>,
    entering: Option<Entering>,
    lockup: bool,
    fault: Option<FaultReport>,
    /// What the protection unit permits, as of which of its generations.
    protection_map: Option<(u64, ProtectionMap)>,
    /// What the engine was last given: the addresses (first, last) of instructions to stop at and of data to watch, and
    /// the traps.
    breakpoints: Vec<(u32, u32)>,
    watched: Vec<(u32, u32)>,
    traps: Traps,
    /// A debugger may come at any time: a breakpoint that finds none is the program's fault, and not for the machine.
    probe_wired: bool,
}

impl CortexM {
    /// Now, and where the program stands.
    fn moment(&self) -> Moment {
        Moment { cycle: self.engine.cycle(), pc: self.engine.pc().into() }
    }

    fn new(config: &CortexConfig, engine: Box<dyn Engine>) -> Result<Self, CpuError> {
        config.check()?;
        let mut core = Self {
            engine,
            ppb: Ppb::new(config),
            costs: costs(config),
            vector_table: config.vector_table,
            read_only: read_only(config),
            fetches_stalled: false,
            sleep: None,
            entering: None,
            lockup: false,
            fault: None,
            protection_map: None,
            breakpoints: Vec::new(),
            watched: Vec::new(),
            traps: Traps::default(),
            probe_wired: false,
        };
        core.reset();
        Ok(core)
    }

    /// What every reset does. The clock and what belongs to a debugger go on.
    fn reset_core(&mut self) {
        self.engine.set_mode(T_BIT, 0);
        for register in (0..13).filter_map(Register::general) {
            self.engine.set_register(register, 0);
        }
        for register in [Register::Primask, Register::Faultmask, Register::Basepri, Register::Psp] {
            self.engine.set_register(register, 0);
        }
        self.reset_float();
        if self.engine.stack_limits() != StackLimits::default() {
            self.engine.set_stack_limits(StackLimits::default());
        }
        self.ppb.reset(self.vector_table, self.moment());
        (self.sleep, self.entering, self.lockup, self.fault) = (None, None, false, None);
        self.ppb.observer.note(self.engine.cycle(), Observed::Reset);
        self.ppb.measurements.reset();
        self.stall_fetches(false);
        let stack = self.word(self.vector_table).unwrap_or(0);
        let entry = self.word(self.vector_table.wrapping_add(4)).unwrap_or(0);
        self.engine.set_register(Register::Sp, stack & !3);
        self.engine.set_register(Register::Lr, 0xffff_ffff);
        self.engine.set_mode(if entry & 1 != 0 { T_BIT } else { 0 }, 0);
        self.engine.set_pc(entry);
        self.reset_debug();
    }

    /// Gives the engine the traps that firmware has switched on, if it has others.
    fn update_traps(&mut self) {
        let traps = self.ppb.scb.traps();
        if traps != self.traps {
            self.engine.set_traps(traps);
            self.traps = traps;
        }
    }

    fn word(&self, address: u32) -> Option<u32> {
        let mut bytes = [0; 4];
        self.engine.read_memory(address, &mut bytes).then(|| u32::from_le_bytes(bytes))
    }

    /// Whether a sleeping core wakes now.
    fn wakes(&self, sleep: Sleep) -> bool {
        match sleep {
            Sleep::Interrupt => self.ppb.nvic.wakes(self.ppb.masks),
            Sleep::Event => self.ppb.event || self.ppb.nvic.takeable(self.ppb.masks).is_some(),
        }
    }

    /// Whether the next instruction, or the vector of the exception that is being entered, is in memory that is busy.
    /// Pending exceptions wait with it: the core cannot take back a fetch that is on the bus.
    fn waits_for_memory(&self) -> bool {
        let busy = |address: u32| self.read_only.iter().any(|(base, size)| address.wrapping_sub(*base) < *size);
        self.fetches_stalled && (busy(self.engine.pc()) || self.entering.is_some() && busy(self.ppb.scb.vtor))
    }

    /// What follows from the engine's stop; `Some` goes to the machine.
    fn after(&mut self, stop: Stop) -> Option<CoreStop> {
        let pc = self.engine.pc();
        match stop {
            // `run` sees to it.
            Stop::Horizon | Stop::Takeable | Stop::Stalled => {}
            Stop::Attention => {
                if self.ppb.reset_requested {
                    return Some(CoreStop::ResetRequest);
                }
                if std::mem::take(&mut self.ppb.bus_attention) {
                    return Some(CoreStop::Attention);
                }
            }
            Stop::SupervisorCall => self.supervisor_call(),
            Stop::Breakpoint { .. } | Stop::BreakpointUnit if self.enter_monitor(pc) => {}
            Stop::Breakpoint { .. } | Stop::BreakpointUnit if self.probe_wired || self.ppb.debug.enabled() => {
                self.breakpoint(pc);
            }
            Stop::Breakpoint { immediate: 0xab } => {
                let operation = self.engine.register(Register::R0);
                let parameter = self.engine.register(Register::R1);
                self.engine.set_pc(pc.wrapping_add(2));
                self.engine.retire();
                return Some(CoreStop::Semihosting { operation, parameter: parameter.into() });
            }
            Stop::Breakpoint { .. } | Stop::BreakpointUnit => return Some(CoreStop::Breakpoint { pc: pc.into() }),
            Stop::Float => self.float_instruction(pc),
            Stop::ExceptionReturn { value } => self.exception_return(value),
            Stop::WaitForInterrupt => self.sleep = Some(Sleep::Interrupt),
            Stop::WaitForEvent => self.sleep = Some(Sleep::Event),
            Stop::NoCoprocessor => self.instruction_fault(Cause::NoCoprocessor, pc, pc),
            Stop::Undefined => self.instruction_fault(Cause::Undefined, pc, pc),
            Stop::InvalidState => self.instruction_fault(Cause::InvalidState, pc, pc),
            Stop::Unaligned => self.instruction_fault(Cause::Unaligned, pc, pc),
            Stop::DivideByZero => self.instruction_fault(Cause::DivideByZero, pc, pc),
            Stop::Violation { address } => self.instruction_fault(Cause::Violation(address), pc, pc),
            Stop::StackOverflow => self.instruction_fault(Cause::StackOverflow, pc, pc),
            Stop::Fault { kind, address } => {
                let cause = match kind {
                    AccessKind::Load | AccessKind::Store => Cause::Data(address),
                    AccessKind::Fetch if self.may_execute(address) => Cause::Instruction,
                    AccessKind::Fetch | AccessKind::FetchNoExecute => Cause::NoExecute,
                };
                self.instruction_fault(cause, pc, pc);
            }
        }
        None
    }

    /// Executes the next instruction, whose stack pointer goes where it may not.
    fn run_without_stack_limits(&mut self, bus: &mut dyn Bus) -> Stop {
        let limits = self.engine.stack_limits();
        self.engine.set_stack_limits(StackLimits::default());
        let behind = self.engine.cycle() + 1;
        let mut system = CoreSystem { ppb: &mut self.ppb, bus, delay: self.costs.access_delay() };
        let stop = self.engine.run(&mut system, behind);
        self.engine.set_stack_limits(limits);
        stop
    }

    /// SVC (B1.5.12): synchronous, so if its priority does not suffice it is a HardFault.
    fn supervisor_call(&mut self) {
        let (pc, now) = (self.engine.pc(), self.engine.cycle());
        let priority = self.ppb.nvic.group_priority(number::SV_CALL);
        if priority < self.ppb.nvic.execution_priority(self.ppb.masks) {
            self.enter(number::SV_CALL, pc, now);
        } else {
            self.instruction_fault(Cause::SupervisorCall, pc, pc);
        }
    }
}

fn read_only(config: &CortexConfig) -> Vec<(u32, u32)> {
    let memories = config.memories.iter().filter(|memory| !memory.attrs.write);
    let places = memories.flat_map(|memory| {
        std::iter::once(memory.base).chain(memory.aliases.iter().copied()).map(|base| (base, memory.size))
    });
    places.collect()
}

impl Core for CortexM {
    fn reset(&mut self) {
        self.engine.reset_clock();
        self.ppb.measurements = Measurements::default();
        self.power_on_debug();
        self.reset_core();
    }

    fn system_reset(&mut self) {
        self.reset_core();
    }

    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> CoreStop {
        loop {
            let now = self.engine.cycle();
            self.ppb.catch_up(now);
            if self.ppb.dwt.take_event() {
                self.watchpoint();
            }
            if self.is_stopped() {
                return CoreStop::Halted;
            }
            if std::mem::take(&mut self.ppb.debug_changed) {
                self.follow_debugger();
            }
            let (stepping, monitor_stepping) = (self.ppb.debug.stepping(), self.monitor_steps());
            if self.lockup {
                return CoreStop::Lockup;
            }
            if let Some(sleep) = self.sleep {
                if !self.wakes(sleep) {
                    self.ppb.observer.note(now, Observed::Sleep);
                    return CoreStop::Asleep;
                }
                // WFE takes the event that wakes it.
                self.ppb.event &= sleep != Sleep::Event;
                self.sleep = None;
            }
            if self.waits_for_memory() {
                return CoreStop::Stalled;
            }
            if let Some(exception) = self.ppb.nvic.takeable(self.ppb.masks) {
                let (pc, pended_at) = (self.engine.pc(), self.ppb.nvic.pended_at(exception));
                if let Some(first) = self.entering.take_if(|_| pended_at < now) {
                    self.arrive_late(first, exception, pended_at);
                } else {
                    self.begin_handler();
                    self.enter(exception, pc, pended_at);
                }
                self.end_step(stepping);
                self.end_monitor_step(monitor_stepping && exception != number::DEBUG_MONITOR);
                continue;
            }
            if now >= until {
                return CoreStop::Horizon;
            }
            self.begin_handler();
            let until = if stepping || monitor_stepping { now + 1 } else { until };
            self.update_float_trap();
            self.update_traps();
            self.update_protection();
            let horizon = self.next_event().map_or(until, |event| event.min(until));
            let mut system = CoreSystem { ppb: &mut self.ppb, bus, delay: self.costs.access_delay() };
            let mut stop = self.engine.run(&mut system, horizon);
            if stop == Stop::StackOverflow && self.ignores_stack_limits() {
                stop = self.run_without_stack_limits(bus);
            }
            if stop == Stop::BreakpointUnit && !self.stops_here() {
                stop = self.run_on(bus);
            }
            if std::mem::take(&mut self.ppb.faultmask_refused) {
                self.engine.set_register(Register::Faultmask, 0);
            }
            if matches!(stop, Stop::Fault { .. }) && bus.is_early() {
                return CoreStop::Early;
            }
            let (float, pc) = (stop == Stop::Float, self.engine.pc());
            let event_leaves = std::mem::take(&mut self.ppb.event_leaves);
            let stop = self.after(stop).or_else(|| event_leaves.then_some(CoreStop::Attention));
            // A floating-point instruction that goes on has only been prepared: its step is still to come.
            if !float || self.engine.pc() != pc {
                self.end_step(stepping);
                self.end_monitor_step(monitor_stepping);
            }
            if let Some(stop) = stop {
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
        let target = self.next_event().map_or(until, |event| event.min(until));
        if self.sleep.is_some() && target > now {
            self.engine.advance(target - now);
            self.ppb.measurements.sleep_cycles += target - now;
            self.ppb.catch_up(target);
        }
    }

    fn stall_fetches(&mut self, stall: bool) {
        self.fetches_stalled = stall;
        self.engine.stall_fetches(stall);
    }

    fn set_waits(&mut self, waits: &[WaitRegion]) {
        self.engine.set_waits(waits);
    }

    fn next_event(&self) -> Option<u64> {
        [self.ppb.systick.next_interrupt(), self.ppb.dwt.next_match()].into_iter().flatten().min()
    }

    fn set_irq(&mut self, line: u16, level: bool, at: u64) {
        if let Some(exception) = self.ppb.nvic.external(line) {
            self.ppb.nvic.set_level(exception, level, at);
            self.ppb.note_pending();
        }
    }

    fn is_asleep(&self) -> bool {
        self.sleep.is_some_and(|sleep| !self.is_halted() && !self.wakes(sleep))
    }

    fn receive_event(&mut self) {
        self.ppb.event = true;
    }

    fn set_nmi(&mut self) {
        let now = self.engine.cycle();
        self.ppb.nvic.pend(number::NMI, now);
    }

    fn pc(&self) -> u64 {
        self.engine.pc().into()
    }

    fn register(&self, index: u8) -> u64 {
        if index == 15 {
            return self.pc();
        }
        Register::general(index).map_or(0, |register| self.engine.register(register)).into()
    }

    fn interrupted_stack(&self) -> Option<u64> {
        (self.ppb.scb.current != 0).then(|| self.engine.register(Register::Psp).into())
    }

    fn set_register(&mut self, index: u8, value: u64) {
        if let Some(register) = Register::general(index) {
            self.engine.set_register(register, value as u32);
        }
    }

    fn answer_semihosting(&mut self, result: u64) {
        self.engine.set_register(Register::R0, result as u32);
    }

    fn peek(&self, address: u32, buffer: &mut [u8]) -> bool {
        self.engine.read_memory(address, buffer)
    }

    fn poke(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.engine.load_memory(address, bytes)
    }

    fn stimuli(&self) -> BTreeMap<u8, Vec<u8>> {
        self.ppb.itm.sent().clone()
    }

    fn take_stimuli(&mut self) -> BTreeMap<u8, Vec<u8>> {
        self.ppb.itm.take_sent()
    }

    fn observe(&mut self, ranges: &[(u32, u32)]) -> bool {
        self.ppb.observer.ask(ranges);
        self.follow_debugger();
        true
    }

    fn observe_calls(&mut self, functions: &[u32]) -> bool {
        self.ppb.observer.ask_calls(functions);
        self.follow_debugger();
        true
    }

    fn take_observed(&mut self) -> Vec<Observation> {
        self.ppb.observer.take()
    }

    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]) -> bool {
        self.engine.count_code(code, called);
        true
    }

    fn take_ran(&mut self) -> Vec<Stretch> {
        self.engine.take_ran()
    }

    fn save(&mut self) -> CoreState {
        let family = FamilyState::CortexM(Box::new(self.state()));
        CoreState { memories: self.engine.save_memories(), family }
    }

    fn restore(&mut self, state: &CoreState) -> bool {
        let FamilyState::CortexM(family) = &state.family else { return false };
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
            sleep_cycles: self.ppb.measurements.sleep_cycles,
            context_switch: self.ppb.measurements.context_switch(),
            exceptions: self.ppb.measurements.exceptions(),
            longest_masked: self.ppb.measurements.masked.longest(self.moment()),
            tracing_cycles: None,
            unmodelled: Vec::new(),
        }
    }
}
