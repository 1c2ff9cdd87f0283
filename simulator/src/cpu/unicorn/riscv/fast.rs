//! The fast engine: whole translated blocks, and yet every stop at its exact instruction.
//!
//! A hook in front of every block knows the block's cost and lets it run if all of it but its last instruction lies in
//! front of the horizon. The states of a run, and what moves it from one to the next:
//!
//! ```text
//!                  ┌────────────────────────────────────────────────────────────┐
//!                  ▼                                                            │
//!   run() ──▶ 1 Real: blocks run natively                                       │
//!                  │                                                            │
//!                  ├─ a block would reach the horizon ──▶ 2 Tail: alias code ───┤ 3 horizon reached ──▶ Stop::Horizon
//!                  │   hooks::on_block                      tail::run_until     │
//!                  ├─ a block is in memory that is busy ──▶ Stop::Stalled      │
//!                  ├─ a block has something for the core: 2 Tail, up to there ──▶ Stop::Instruction, Stop::Float
//!                  ├─ an instruction traps (hooks::on_exception): M-mode registers, ECALL, MRET
//!                  │                                        ──▶ Stop::Instruction, Stop::Misaligned
//!                  ├─ a device access asks for a stop ──▶ 4 Access              │
//!                  │   hooks::device_access                 │ plain store: complete ──▶ Stop::Attention
//!                  │                                        └ else: 5 Replay of one instruction in the alias,
//!                  │                                          answered from the log ──▶ Stop::Attention
//!                  ├─ an access is refused, by a device or for its page ──▶ cut at the instruction ──▶ Stop::Fault
//!                  ├─ FENCE.I behind a store to code that Unicorn has not seen: it is forgotten ─┤
//!                  └─ a page may not be fetched as a whole (hooks::on_page), ──▶ 6 instruction by instruction ┘
//!                     or single precision needs care (hooks::may_run_boxed)       tail::run_carefully
//! ```
//!
//! The program counter is kept here and given to Unicorn with each start: changing it from a hook would leave it wrong
//! at a later stop.

use unicorn_engine::uc_error;

use super::super::blocks::{Blocks, READ_ONLY};
use super::super::memory::{Aliases, Memory};
use super::super::shared::Shared;
use super::super::shell::Shell;
use super::reservation::ReservationPlace;
use super::state::{State, Why};
use super::{EXECUTABLE_SPACE, EngineConfig};
use crate::bus::Bus;
use crate::cpu::config::CpuError;
use crate::cpu::image::Image;
use crate::cpu::observed::{Observation, Stretch};
use crate::cpu::riscv::cycles::after;
use crate::cpu::riscv::engine::{AccessKind, Engine, Reservation, Rights, Stop};
use crate::cpu::riscv::pmp::Protection;

/// Causes of exceptions that Unicorn raises and that are not the core's to look up.
const LOAD_MISALIGNED: u32 = 4;
const STORE_MISALIGNED: u32 = 6;

/// The fast engine.
pub struct Fast {
    pub(super) state: Shared<State>,
    pub(super) pc: u64,
    reservation: Option<ReservationPlace>,
}

impl Fast {
    /// Builds an engine with zeroed memories and registers.
    ///
    /// # Errors
    /// [`CpuError::Config`] for memories that make no sense, [`CpuError::Engine`] if Unicorn refuses.
    pub fn new(config: &EngineConfig<'_>) -> Result<Self, CpuError> {
        let engine = |error: uc_error| CpuError::Engine(error.to_string());
        let memory = Memory::new(config.memories, &EXECUTABLE_SPACE, Aliases::OfAll)?;
        let shell = Shell::open_riscv(config.costs.isa).map_err(engine)?;
        let state = Shared::new(State::new(shell, memory, Blocks::new(config.costs)));
        // SAFETY: the memory and the state live in `state`, which closes the instance before it frees them; its address
        // does not change.
        unsafe {
            state.memory.map_into(&state.shell).map_err(engine)?;
            State::install(&state.shell, &state.memory, state.data()).map_err(engine)?;
        }
        let reservation = ReservationPlace::find(&state.shell, config.costs.isa);
        Ok(Self { state, pc: 0, reservation })
    }

    fn run_loop(&mut self, until: u64) -> Stop {
        loop {
            let state = &*self.state;
            if state.now.get() >= until {
                return Stop::Horizon;
            }
            state.horizon.set(until);
            state.why.set(Why::None);
            state.shell.start_at(self.pc);
            let pc = state.shell.program_counter();
            let done = match state.why.get() {
                Why::Horizon => {
                    self.pc = u64::from(state.block.get());
                    self.run_until(until)
                }
                Why::Forbidden => {
                    self.pc = u64::from(state.block.get());
                    self.run_to_forbidden(until)
                }
                Why::Unboxed => {
                    self.pc = u64::from(state.block.get());
                    self.run_carefully(until)
                }
                Why::Fence => {
                    self.pc = u64::from(state.block.get());
                    state.forget_changed();
                    Ok(())
                }
                Why::Page(AccessKind::Fetch) | Why::Astray => self.not_fetched(pc, until),
                Why::Page(AccessKind::Load | AccessKind::Store) => Err(self.refused_page(pc)),
                Why::Access => self.finish_access(),
                Why::Refused(stop) => Err(self.refused(stop)),
                Why::Exception(number) => self.exception(number, pc.wrapping_sub(4)),
                // EBREAK.
                Why::None => {
                    self.back_to(pc);
                    Err(Stop::Instruction)
                }
            };
            if let Err(stop) = done {
                return stop;
            }
        }
    }

    /// Lets blocks with this flag run, or not.
    fn forbid(&self, flag: u16, forbid: bool) {
        let others = self.state.forbidden.get() & !flag;
        self.state.forbidden.set(others | if forbid { flag } else { 0 });
    }

    /// The block has ended in front of `pc`, where it cannot go on.
    fn back_to(&mut self, pc: u64) {
        self.pc = self.state.blocks.costs().isa.truncate(pc);
        self.state.cut(self.pc as u32);
        self.state.note_counted(None);
        self.state.mend_float();
        self.state.stand(self.pc as u32);
        self.state.log.clear();
    }

    /// An access was refused: back to its instruction.
    pub(super) fn refused(&mut self, stop: Stop) -> Stop {
        self.state.frozen.set(false);
        self.back_to(self.state.access_pc.get().into());
        stop
    }

    /// Unicorn may not make the access of the instruction at `pc`.
    pub(super) fn refused_page(&mut self, pc: u64) -> Stop {
        self.back_to(pc);
        let Some((instruction, operand, whole)) = self.state.operand(self.pc as u32) else { return Stop::Instruction };
        let isa = self.state.blocks.costs().isa;
        let (first, last) = self.state.memory.alias_range;
        let nothing = |address: u64| !u32::try_from(address).is_ok_and(|address| !(first..=last).contains(&address));
        let size = u64::from(operand.size);
        let outside = (0..size).map(|offset| isa.truncate(whole.wrapping_add(offset))).find(|at| nothing(*at));
        let kind = if instruction.faults_as_store() { AccessKind::Store } else { AccessKind::Load };
        let address = outside.or_else(|| self.state.translation.refusal(kind, whole, size)).unwrap_or(whole);
        Stop::Fault { kind, address }
    }

    /// Unicorn's interrupt hook: the instruction at `pc` was not executed.
    pub(super) fn exception(&mut self, number: u32, pc: u64) -> Result<(), Stop> {
        self.back_to(pc);
        // What Unicorn cannot decode is not part of the block that its hook saw.
        if self.state.now.get() >= self.state.horizon.get() {
            return Ok(());
        }
        Err(match (number, self.state.operand(self.pc as u32)) {
            (LOAD_MISALIGNED | STORE_MISALIGNED, Some((instruction, _, address))) => {
                let kind = if instruction.faults_as_store() { AccessKind::Store } else { AccessKind::Load };
                Stop::Misaligned { kind, address }
            }
            _ => Stop::Instruction,
        })
    }

    /// Forgets what was translated from bytes that have changed, wherever they appear.
    fn forget_code(&self, address: u32, len: usize) {
        let state = &*self.state;
        // Where nothing was fetched, nothing was translated.
        if !state.translation.was_fetched(address, len) {
            return;
        }
        match state.memory.appearances(address, len) {
            Some(places) => {
                for (first, last) in places.into_iter().filter(|(first, _)| state.memory.behind_alias(*first).is_none())
                {
                    state.forget(first, last.wrapping_add(1));
                    state.blocks.forget(first, last - first + 1);
                }
            }
            None => {
                state.shell.forget_all();
                state.blocks.clear();
                state.boxes.clear();
            }
        }
    }

    /// Unicorn could not fetch the block at `pc`.
    fn not_fetched(&mut self, pc: u64, until: u64) -> Result<(), Stop> {
        self.pc = self.state.blocks.costs().isa.truncate(pc);
        self.state.settle(self.pc);
        // The fetch fails before the block's hook could look at the clock.
        if self.state.now.get() >= until {
            return Ok(());
        }
        self.fetchable(self.pc)?;
        self.run_carefully(until)
    }
}

impl Engine for Fast {
    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> Stop {
        // SAFETY: the engine that owns it is alive until this returns.
        let state = unsafe { self.state.detached() };
        state.system.lend_bus(bus, || self.run_loop(until))
    }

    fn cycle(&self) -> u64 {
        self.state.now.get()
    }

    fn advance(&mut self, cycles: u64) {
        self.state.now.set(self.state.now.get() + cycles);
    }

    fn instructions(&self) -> u64 {
        self.state.count.get()
    }

    fn retire(&mut self, next: u64) {
        let pc = self.pc as u32;
        let end = pc.wrapping_add(self.state.memory.fetched(pc).length());
        self.state.enter_span(pc, end);
        self.state.note_counted(None);
        self.set_pc(next);
    }

    fn set_clock(&mut self, cycle: u64, instructions: u64) {
        self.state.now.set(cycle);
        self.state.count.set(instructions);
    }

    fn pc(&self) -> u64 {
        self.pc
    }

    fn set_pc(&mut self, pc: u64) {
        self.pc = self.state.blocks.costs().isa.truncate(pc) & !1;
        self.state.stand(self.pc as u32);
    }

    fn register(&self, index: u8) -> u64 {
        self.state.shell.integer(index)
    }

    fn set_register(&mut self, index: u8, value: u64) {
        self.state.shell.set_integer(index, value);
    }

    fn float_register(&self, index: u8) -> u64 {
        self.state.shell.float(index)
    }

    fn set_float_register(&mut self, index: u8, value: u64) {
        self.state.shell.set_float(index, value);
    }

    fn fcsr(&self) -> u32 {
        self.state.shell.float_status()
    }

    fn set_fcsr(&mut self, value: u32) {
        self.state.shell.set_float_status(value);
    }

    fn reservation(&self) -> Option<Reservation> {
        self.reservation.and_then(|place| place.read(&self.state.shell))
    }

    fn set_reservation(&mut self, reservation: Option<Reservation>) {
        if let Some(place) = self.reservation {
            place.write(&self.state.shell, reservation);
        }
    }

    fn set_rights(&mut self, rights: Rights) {
        self.state.shell.set_mode_of_machine(rights.machine_fetch);
        if self.state.translation.set_rights(rights) {
            self.state.shell.flush_pages();
        }
    }

    fn set_protection(&mut self, protection: &Protection) {
        if self.state.translation.set_protection(protection) {
            self.state.shell.flush_pages();
        }
    }

    fn trap_float(&mut self, trap: bool) {
        self.forbid(after::FLOAT, trap);
    }

    fn stall_fetches(&mut self, stall: bool) {
        self.forbid(READ_ONLY, stall);
    }

    fn watch(&mut self, ranges: &[(u32, u32)]) {
        self.state.translation.watch(ranges);
        self.state.observer.borrow_mut().ask(ranges);
        self.state.shell.flush_pages();
    }

    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]) {
        self.state.blocks.set_counted(code, called);
    }

    fn take_ran(&mut self) -> Vec<Stretch> {
        self.state.blocks.counted().take()
    }

    fn take_observed(&mut self) -> Vec<Observation> {
        self.state.observer.borrow_mut().take()
    }

    fn read_memory(&self, address: u32, buffer: &mut [u8]) -> bool {
        self.state.memory.read(address, buffer)
    }

    fn load_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        if !self.state.memory.write(address, bytes) {
            return false;
        }
        self.forget_code(address, bytes.len());
        true
    }

    fn save_memories(&self) -> Vec<Image> {
        self.state.memory.images()
    }

    fn restore_memories(&mut self, images: &[Image]) -> bool {
        let state = &*self.state;
        if !state.memory.fit(images) {
            return false;
        }
        state.log.clear();
        state.forget_changed();
        for (address, len) in state.memory.restore(images) {
            self.forget_code(address, len as usize);
        }
        true
    }
}
