//! The engine to compare with: one instruction at a time, each in a block of its own, freshly translated.
//!
//! It has no cache of costs, no alias, no log, no replay and no translation of addresses: before each instruction it looks
//! itself whether the core may fetch it and make its access. It shares with the fast engine what both cannot be right
//! without: Unicorn, the memories, the decoder and the cost table. It is slow, about a microsecond and more for an
//! instruction.
//!
//! ```text
//!  run() ──▶ step: may it? forget the translation, exit behind it, start ──▶ Unicorn stopped there, at a branch's
//!    ▲                                                                        target, or came back by itself
//!    └──────────────── charge ◀──────────────────────────────────────────────┘     (the same Stops as the fast engine's)
//! ```

use std::cell::Cell;
use std::ffi::c_void;

use unicorn_engine::{HookType, MemType, uc_engine, uc_error};

use super::super::counted::Counted;
use super::super::device::{SystemSlot, Window, is_aligned, pieces};
use super::super::memory::{Aliases, Memory};
use super::super::shared::Shared;
use super::super::shell::Shell;
use super::boxes::{Substitutes, raise_invalid};
use super::reservation::ReservationPlace;
use super::{EXECUTABLE_SPACE, EngineConfig};
use crate::bus::{Access, Bus, BusError};
use crate::cpu::config::CpuError;
use crate::cpu::image::Image;
use crate::cpu::observed::{Observation, Observed, Observer, Stretch};
use crate::cpu::riscv::cycles::{CostModel, after};
use crate::cpu::riscv::engine::{AccessKind, Engine, Reservation, Rights, Stop};
use crate::cpu::riscv::instruction::{Fetched, Instruction};
use crate::cpu::riscv::pmp::Protection;

/// What the hooks see. All cells, for the reason that [`super::state`] gives.
struct Step {
    /// Before `memory`: it must be closed before the memory that it maps goes.
    shell: Shell,
    memory: Memory,
    system: SystemSlot<dyn Bus>,
    /// The instruction and the cycle at which it begins.
    pc: Cell<u64>,
    now: Cell<u64>,
    /// Its own block has begun: the next one is a branch's target.
    begun: Cell<bool>,
    loaded: Cell<Window>,
    attention: Cell<bool>,
    refused: Cell<Option<u64>>,
    exception: Cell<bool>,
}

/// The single-step engine.
pub struct Oracle {
    step: Shared<Step>,
    costs: CostModel,
    count: u64,
    rights: Rights,
    protection: Protection,
    /// The address that LR has reserved.
    reserved: Option<u64>,
    place: Option<ReservationPlace>,
    trap_float: bool,
    stall_fetches: bool,
    observer: Observer,
    counted: Counted,
}

impl Oracle {
    /// Builds an engine with zeroed memories and registers.
    ///
    /// # Errors
    /// As [`super::Fast::new`].
    pub fn new(config: &EngineConfig<'_>) -> Result<Self, CpuError> {
        let engine = |error: uc_error| CpuError::Engine(error.to_string());
        let memory = Memory::new(config.memories, &EXECUTABLE_SPACE, Aliases::OfAll)?;
        let shell = Shell::open_riscv(config.costs.isa).map_err(engine)?;
        let step = Shared::new(Step {
            shell,
            memory,
            system: SystemSlot::default(),
            pc: Cell::new(0),
            now: Cell::new(0),
            begun: Cell::new(false),
            loaded: Cell::default(),
            attention: Cell::new(false),
            refused: Cell::new(None),
            exception: Cell::new(false),
        });
        // SAFETY: memory and hook data live in `step`, whose address does not change and which closes the instance
        // before it frees the memory.
        unsafe {
            step.memory.map_into(&step.shell).map_err(engine)?;
            step.install(step.data()).map_err(engine)?;
        }
        let place = ReservationPlace::find(&step.shell, config.costs.isa);
        Ok(Self {
            step,
            place,
            costs: config.costs,
            count: 0,
            rights: Rights::default(),
            protection: Protection::default(),
            reserved: None,
            trap_float: false,
            stall_fetches: false,
            observer: Observer::default(),
            counted: Counted::default(),
        })
    }

    /// Executes one instruction; `None`: nothing special.
    fn one(&mut self) -> Option<Stop> {
        let step = &*self.step;
        let pc = step.pc.get();
        let fetched = match self.fetch(pc) {
            Ok(fetched) => fetched,
            Err(stop) => return Some(stop),
        };
        let cost = self.costs.instruction(fetched);
        if self.trap_float && cost.after & after::FLOAT != 0 {
            return Some(Stop::Float);
        }
        let Some(instruction) = fetched.decode(self.costs.isa) else { return Some(Stop::Instruction) };
        if cost.after & (after::HOST | after::TRAPS) != 0 {
            return Some(Stop::Instruction);
        }
        if let Some(stop) = self.access_refused(instruction) {
            return Some(stop);
        }
        let reserves = instruction.memory().map(|operand| step.shell.integer(operand.base));
        let watched = self.watched(instruction);
        let end = pc + u64::from(fetched.length());
        step.shell.forget(pc as u32, end as u32);
        step.shell.set_exits(&[end]);
        step.begun.set(false);
        step.attention.set(false);
        step.refused.set(None);
        step.exception.set(false);
        let substitutes = Substitutes::put(&step.shell, fetched, self.costs.isa);
        step.shell.start_at(pc);
        if cost.after & after::FUSED != 0 && !step.exception.get() {
            raise_invalid(&step.shell, &step.memory, self.costs.isa, pc as u32, end as u32);
        }
        substitutes.take_back(&step.shell, !step.exception.get());
        if let Some(address) = step.refused.get() {
            step.shell.restore_registers();
            return Some(Stop::Fault { kind: kind_of(instruction), address });
        }
        if step.exception.get() {
            // A rounding mode that turned out invalid.
            return Some(Stop::Instruction);
        }
        if let Some((address, size)) = watched.filter(|_| !step.has_failed(instruction, fetched)) {
            // A store that is not aligned is made of bytes.
            let part = if is_aligned(address, size.into()) { size } else { 1 };
            for at in (address..).step_by(part.into()).take(usize::from(size / part)) {
                if self.observer.covers(at, part) {
                    self.observer.note(step.now.get(), step.observed(instruction, at, part));
                }
            }
        }
        match instruction {
            Instruction::LoadReserved(_) => self.reserved = reserves,
            Instruction::StoreConditional(_) => self.reserved = None,
            _ => {}
        }
        let next = self.costs.isa.truncate(step.shell.program_counter());
        let behind = next == end;
        step.pc.set(next);
        let refunded = match cost.after & (after::FORWARD | after::BACKWARD) {
            after::FORWARD => behind,
            after::BACKWARD => !behind,
            _ => false,
        };
        let refill = if refunded { cost.refill } else { 0 };
        let begun = step.now.get();
        step.now.set(begun + u64::from(cost.cycles - refill));
        self.counted.note(pc as u32, begun..step.now.get());
        self.count += 1;
        step.attention.get().then_some(Stop::Attention)
    }

    /// The access of an instruction, if it is one that somebody wants to know of: address and size.
    fn watched(&self, instruction: Instruction) -> Option<(u32, u8)> {
        let operand = instruction.memory()?;
        let base = self.step.shell.integer(operand.base);
        let address = self.costs.isa.truncate(base.wrapping_add_signed(operand.offset.into())) as u32;
        let in_memory = self.step.memory.find(address, 1).is_some();
        let told = match instruction {
            Instruction::Store { .. } | Instruction::StoreConditional(_) | Instruction::Atomic(_) => in_memory,
            _ => !in_memory,
        };
        (told && self.observer.covers(address, operand.size)).then_some((address, operand.size))
    }

    /// The instruction at `pc`, if the core may fetch it.
    fn fetch(&self, pc: u64) -> Result<Fetched, Stop> {
        let step = &*self.step;
        let half = |address: u64| {
            let mapping = u32::try_from(address).ok().and_then(|address| step.memory.find(address, 2));
            let machine = self.rights.machine_fetch;
            match mapping.filter(|mapping| mapping.executable()) {
                Some(_) if self.protection.refusal(machine, AccessKind::Fetch, address, 2).is_some() => None,
                mapping => mapping.copied(),
            }
            .ok_or(Stop::Fault { kind: AccessKind::Fetch, address })
        };
        let mapping = half(pc)?;
        let fetched = step.memory.fetched(pc as u32);
        if fetched.length() == 4 {
            half(pc + 2)?;
        }
        if self.stall_fetches && !mapping.writable() { Err(Stop::Stalled) } else { Ok(fetched) }
    }

    /// Why the instruction may not make its access to memory.
    fn access_refused(&self, instruction: Instruction) -> Option<Stop> {
        let (step, isa, kind) = (&*self.step, self.costs.isa, kind_of(instruction));
        let operand = instruction.memory()?;
        let base = step.shell.integer(operand.base);
        let (size, address) = (u64::from(operand.size), isa.truncate(base.wrapping_add_signed(operand.offset.into())));
        let aligned = address.is_multiple_of(size);
        if matches!(instruction, Instruction::StoreConditional(_)) && aligned && self.reserved != Some(address) {
            // It fails before it gets to memory.
            return None;
        }
        let atomic = !matches!(instruction, Instruction::Load { .. } | Instruction::Store { .. });
        if atomic && !aligned {
            return Some(Stop::Misaligned { kind, address });
        }
        let (first, last) = step.memory.alias_range;
        let bytes = || (0..size).map(|offset| isa.truncate(address.wrapping_add(offset)));
        let nothing = |at: &u64| !u32::try_from(*at).is_ok_and(|at| !(first..=last).contains(&at));
        if let Some(address) = bytes().find(nothing) {
            return Some(Stop::Fault { kind, address });
        }
        if let Some(address) = self.protection.refusal(self.rights.machine_data, kind, address, size) {
            return Some(Stop::Fault { kind, address });
        }
        let memory = bytes().all(|at| step.memory.find(at as u32, 1).is_some());
        if !aligned && !memory { Some(Stop::Misaligned { kind, address }) } else { None }
    }
}

fn kind_of(instruction: Instruction) -> AccessKind {
    if instruction.faults_as_store() { AccessKind::Store } else { AccessKind::Load }
}

impl Step {
    /// # Safety
    /// `data` points to `self`, which stays there and lives as long as its instance.
    unsafe fn install(&self, data: *mut c_void) -> Result<(), uc_error> {
        let shell = &self.shell;
        // SAFETY: signatures as in unicorn.h; the callbacks make only shared references of `data`.
        unsafe {
            shell.add_hook(HookType::BLOCK, on_block as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::INTR, on_exception as *const c_void, data, 1, 0)?;
            let refused = HookType(HookType::MEM_READ_PROT.0 | HookType::MEM_WRITE_PROT.0);
            for (first, last) in self.memory.outside() {
                let size = u64::from(last - first) + 1;
                shell.map_guarded(first.into(), size, on_device_load, on_device_store, data)?;
            }
            shell.add_hook(refused, on_guarded as *const c_void, data, 1, 0)?;
        }
        Ok(())
    }

    fn guarded_access(&self, write: bool, address: u32, size: u32, value: u64) -> bool {
        if self.refused.get().is_some() {
            return false;
        }
        if !write && self.memory.find(address, 1).is_some() {
            return self.refuse(address);
        }
        if !is_aligned(address, size) {
            // Its bytes follow: it is a store to memory that is not writable.
            return true;
        }
        let mut loaded = Window::default();
        for (at, size, shift) in pieces(address, size) {
            let access = Access { address: at, size: size as u8, cycle: self.now.get(), pc: self.pc.get() as u32 };
            match self.system.access(access, write.then_some((value >> shift) as u32), true) {
                Ok((value, attention)) => {
                    self.attention.set(self.attention.get() | attention);
                    loaded.put(at, size, value);
                }
                Err(BusError) => return self.refuse(at),
            }
        }
        self.loaded.set(loaded);
        true
    }

    /// Whether it is an SC that has not stored: its destination, bits 7 to 11, says so.
    fn has_failed(&self, instruction: Instruction, fetched: Fetched) -> bool {
        let destination = (fetched.0 >> 7 & 31) as u8;
        matches!(instruction, Instruction::StoreConditional(_)) && self.shell.integer(destination) != 0
    }

    /// The access that was made.
    fn observed(&self, instruction: Instruction, address: u32, size: u8) -> Observed {
        if let Instruction::Store { .. } | Instruction::StoreConditional(_) | Instruction::Atomic(_) = instruction {
            let mut bytes = [0; 8];
            self.memory.read(address, &mut bytes[..usize::from(size).min(8)]);
            return Observed::Store { address, size, value: u64::from_le_bytes(bytes) };
        }
        Observed::Load { address, value: self.loaded.get().get(address.into(), size.into()) as u32 }
    }

    fn refuse(&self, address: u32) -> bool {
        // What the instruction still does to the registers is undone behind it.
        self.shell.save_registers();
        self.refused.set(Some(address.into()));
        self.shell.stop();
        false
    }
}

unsafe extern "C" fn on_block(_: *mut uc_engine, _: u64, _: u32, data: *const Step) {
    // SAFETY: the user data of all hooks, see `install`.
    let step = unsafe { &*data };
    if step.begun.replace(true) {
        step.shell.stop();
    }
}

unsafe extern "C" fn on_exception(_: *mut uc_engine, _: u32, data: *const Step) {
    // SAFETY: the user data of all hooks, see `install`.
    let step = unsafe { &*data };
    step.exception.set(true);
    step.shell.stop();
}

unsafe extern "C" fn on_guarded(
    _: *mut uc_engine,
    kind: u32,
    address: u64,
    size: i32,
    value: i64,
    data: *const Step,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let step = unsafe { &*data };
    step.guarded_access(kind == MemType::WRITE_PROT as u32, address as u32, size as u32, value as u64)
}

unsafe extern "C" fn on_device_load(_: *mut uc_engine, offset: u64, size: u32, data: *mut c_void) -> u64 {
    // SAFETY: the user data of all hooks, see `install`.
    unsafe { &*data.cast::<Step>() }.loaded.get().get(offset, size)
}

unsafe extern "C" fn on_device_store(_: *mut uc_engine, _: u64, _: u32, _: u64, _: *mut c_void) {}

impl Engine for Oracle {
    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> Stop {
        // SAFETY: the engine that owns it is alive until this returns.
        let step = unsafe { self.step.detached() };
        step.system.lend_bus(bus, || {
            while step.now.get() < until {
                if let Some(stop) = self.one() {
                    return stop;
                }
            }
            Stop::Horizon
        })
    }

    fn cycle(&self) -> u64 {
        self.step.now.get()
    }

    fn advance(&mut self, cycles: u64) {
        self.step.now.set(self.step.now.get() + cycles);
    }

    fn instructions(&self) -> u64 {
        self.count
    }

    fn retire(&mut self, next: u64) {
        let (pc, begun) = (self.step.pc.get() as u32, self.step.now.get());
        let cost = self.costs.instruction(self.step.memory.fetched(pc));
        self.advance(cost.cycles.into());
        self.counted.note(pc, begun..self.step.now.get());
        self.count += 1;
        self.set_pc(next);
    }

    fn set_clock(&mut self, cycle: u64, instructions: u64) {
        self.step.now.set(cycle);
        self.count = instructions;
    }

    fn pc(&self) -> u64 {
        self.step.pc.get()
    }

    fn set_pc(&mut self, pc: u64) {
        self.step.pc.set(self.costs.isa.truncate(pc) & !1);
    }

    fn register(&self, index: u8) -> u64 {
        self.step.shell.integer(index)
    }

    fn set_register(&mut self, index: u8, value: u64) {
        self.step.shell.set_integer(index, value);
    }

    fn float_register(&self, index: u8) -> u64 {
        self.step.shell.float(index)
    }

    fn set_float_register(&mut self, index: u8, value: u64) {
        self.step.shell.set_float(index, value);
    }

    fn fcsr(&self) -> u32 {
        self.step.shell.float_status()
    }

    fn set_fcsr(&mut self, value: u32) {
        self.step.shell.set_float_status(value);
    }

    fn reservation(&self) -> Option<Reservation> {
        self.place.and_then(|place| place.read(&self.step.shell))
    }

    fn set_reservation(&mut self, reservation: Option<Reservation>) {
        self.reserved = reservation.map(|it| it.address);
        if let Some(place) = self.place {
            place.write(&self.step.shell, reservation);
        }
    }

    fn set_rights(&mut self, rights: Rights) {
        self.rights = rights;
        self.reserved = None;
        self.step.shell.set_mode_of_machine(rights.machine_fetch);
    }

    fn set_protection(&mut self, protection: &Protection) {
        self.protection = protection.clone();
    }

    fn trap_float(&mut self, trap: bool) {
        self.trap_float = trap;
    }

    fn stall_fetches(&mut self, stall: bool) {
        self.stall_fetches = stall;
    }

    fn watch(&mut self, ranges: &[(u32, u32)]) {
        self.observer.ask(ranges);
    }

    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]) {
        self.counted.set(code, called);
    }

    fn take_ran(&mut self) -> Vec<Stretch> {
        self.counted.take()
    }

    fn take_observed(&mut self) -> Vec<Observation> {
        self.observer.take()
    }

    fn read_memory(&self, address: u32, buffer: &mut [u8]) -> bool {
        self.step.memory.read(address, buffer)
    }

    fn load_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        let written = self.step.memory.write(address, bytes);
        if written {
            self.step.shell.forget_all();
        }
        written
    }

    fn save_memories(&self) -> Vec<Image> {
        self.step.memory.images()
    }

    fn restore_memories(&mut self, images: &[Image]) -> bool {
        let fit = self.step.memory.fit(images);
        if fit {
            self.step.memory.restore(images);
            self.step.shell.forget_all();
        }
        fit
    }
}
