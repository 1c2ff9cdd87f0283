//! The engine to compare with: one instruction at a time, each in a block of its own, freshly translated.
//!
//! It has no cache of costs, no alias, no log and no replay. It shares with the fast engine what both cannot be right
//! without: Unicorn, the memories, the cost table. It is slow, about a microsecond and more for an instruction.
//!
//! ```text
//!  run() ──▶ step: forget the translation, exit behind it, start ──▶ Unicorn stopped there, at a branch's target,
//!    ▲                                                                or came back by itself
//!    └──────────────── charge, settle ◀───────────────────────────────┘         (the same Stops as the fast engine's)
//! ```

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::NonNull;

use unicorn_engine::{HookType, MemType, TlbEntry, uc_engine, uc_error};

use super::super::EngineConfig;
use super::super::counted::Counted;
use super::super::device::{ByteStores, SystemSlot, Window, is_aligned, pieces};
use super::super::memory::{Aliases, Memory};
use super::super::pages::{self, EDGE, MIRROR, Pages};
use super::super::shell::{self, Shell};
use super::armv6m::Armv6m;
use super::checks::Checks;
use super::exclusive::ExclusiveMonitor;
use super::fast::{exception_return, unknown_instruction};
use super::refused::restore_base;
use super::registers::{self, clear_thumb};
use super::rounding;
use super::single_state::SingleState;
use super::system::{self, access_bit};
use super::{EXECUTABLE_SPACE, float_context, saved};
use crate::bus::{Access, BusError};
use crate::cpu::WaitRegion;
use crate::cpu::cortex_m::config::{CoreModel, CpuError};
use crate::cpu::cortex_m::cycles::{Cost, Costs, after};
use crate::cpu::cortex_m::engine::{AccessKind, Engine, EngineState, Register, StackLimits, Stop, System};
use crate::cpu::cortex_m::thumb::demand::Traps;
use crate::cpu::cortex_m::thumb::{self, T_BIT};
use crate::cpu::image::Image;
use crate::cpu::observed::Stretch;
use crate::cpu::protection::{ProtectionMap, Right, Violation};

/// What the hooks see. All cells, for the reason that [`super::state`] gives.
struct Step {
    /// Before `memory`: it must be closed before the memory that it maps goes.
    shell: Shell,
    memory: Memory,
    model: CoreModel,
    pages: Pages,
    system: SystemSlot<dyn System>,
    /// The instruction and the cycle at which it begins.
    pc: Cell<u32>,
    now: Cell<u64>,
    /// Its own block has begun: the next one is a branch's target.
    begun: Cell<bool>,
    window: Cell<Window>,
    byte_stores: ByteStores,
    attention: Cell<bool>,
    refused: Cell<Option<Stop>>,
    /// Memory was made read-only, for what Unicorn still stores of a refused instruction.
    guarded: Cell<bool>,
    /// The level of the code that runs.
    privileged: Cell<bool>,
    interrupt: Cell<Option<u32>>,
}

/// The single-step engine.
pub struct Oracle {
    step: NonNull<Step>,
    costs: Costs,
    armv6m: Option<Armv6m>,
    priority_mask: u8,
    monitor: Option<ExclusiveMonitor>,
    has_float: bool,
    count: u64,
    single_state: Option<SingleState>,
    /// The instruction before was a single load or store.
    after_single: bool,
    invalid_state: bool,
    breakpoints: Vec<(u32, u32)>,
    counted: Counted,
    trap_float: bool,
    checks: Checks,
    stall_fetches: bool,
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // SAFETY: made by leaking a box in `new`; this is its only owner, and the hooks go with the instance inside.
        drop(unsafe { Box::from_raw(self.step.as_ptr()) });
    }
}

impl Oracle {
    /// Builds an engine with zeroed memories and registers.
    ///
    /// # Errors
    /// As [`super::Fast::new`].
    pub fn new(config: &EngineConfig<'_>) -> Result<Self, CpuError> {
        Self::on(config, Memory::new(config.memories, &EXECUTABLE_SPACE, Aliases::OfCode)?)
    }

    /// Builds the engines of several cores, whose memories are the same. What one of them stores needs no telling: the
    /// others translate each instruction anew.
    ///
    /// # Errors
    /// As [`super::Fast::new`].
    pub fn several(config: &EngineConfig<'_>, cores: u8) -> Result<Vec<Self>, CpuError> {
        let memory = Memory::new(config.memories, &EXECUTABLE_SPACE, Aliases::OfCode)?;
        (0..cores).map(|_| Self::on(config, memory.clone())).collect()
    }

    fn on(config: &EngineConfig<'_>, memory: Memory) -> Result<Self, CpuError> {
        let engine = |error: uc_error| CpuError::Engine(error.to_string());
        let shell = Shell::open(config.model).map_err(engine)?;
        let monitor = ExclusiveMonitor::find(&shell);
        let pages = Pages::new(pages::Access::Checked, shell.page_size());
        let step = NonNull::from(Box::leak(Box::new(Step {
            shell,
            memory,
            model: config.model,
            pages,
            system: SystemSlot::default(),
            pc: Cell::new(0),
            now: Cell::new(0),
            begun: Cell::new(false),
            window: Cell::default(),
            byte_stores: ByteStores::default(),
            attention: Cell::new(false),
            refused: Cell::new(None),
            guarded: Cell::new(false),
            privileged: Cell::new(true),
            interrupt: Cell::new(None),
        })));
        let mut oracle = Self {
            step,
            costs: Costs::new(config.costs),
            armv6m: None,
            priority_mask: config.priority_mask,
            monitor,
            has_float: config.model.float().is_some(),
            count: 0,
            single_state: None,
            after_single: false,
            invalid_state: false,
            breakpoints: Vec::new(),
            counted: Counted::default(),
            trap_float: false,
            checks: Checks::new(config.model),
            stall_fetches: false,
        };
        // SAFETY: memory and hook data live in `step`, whose address does not change and which closes the instance
        // before it frees the memory.
        unsafe {
            oracle.step().memory.map_into(&oracle.step().shell).map_err(engine)?;
            oracle.step().install(step.as_ptr().cast()).map_err(engine)?;
        }
        oracle.single_state = SingleState::enter(&oracle.step().shell, config.model)?;
        float_context::leave_to_host(&oracle.step().shell, config.model);
        oracle.armv6m = Armv6m::restrict(&oracle.step().shell, config.model)?;
        oracle.set_mode(T_BIT, 0);
        Ok(oracle)
    }

    fn step(&self) -> &Step {
        // SAFETY: made in `new`, freed in `drop`; only ever shared.
        unsafe { self.step.as_ref() }
    }

    /// Executes one instruction; `None`: nothing special.
    fn one(&mut self) -> Option<Stop> {
        // SAFETY: as in `step`; borrowed apart from `self`, whose other fields change here.
        let step = unsafe { self.step.as_ref() };
        let pc = step.pc.get();
        step.privileged.set(step.shell.is_privileged());
        if self.stall_fetches && step.memory.find(pc, 2).is_some_and(|mapping| !mapping.writable()) {
            return Some(Stop::Stalled);
        }
        let (first, second) = step.memory.instruction(pc);
        let halves = (0..thumb::length(first)).step_by(2).map(|offset| pc.wrapping_add(offset));
        if let Some(kind) = halves.filter_map(|half| step.refuses_fetch(half)).next() {
            return Some(Stop::Fault { kind, address: pc });
        }
        if self.breakpoints.iter().any(|&(first, last)| (first..=last).contains(&pc)) {
            return Some(Stop::BreakpointUnit);
        }
        let cost = self.costs.instruction(pc, first, second);
        let end = pc.wrapping_add(thumb::length(first));
        if cost.after & after::FOREIGN != 0
            && let Some(core) = &self.armv6m
        {
            if !core.execute(&step.shell, first, second) {
                return Some(Stop::Undefined);
            }
            step.pc.set(end);
            return self.charge(pc, cost, false).then_some(Stop::Takeable);
        }
        if self.trap_float && cost.after & after::FLOAT != 0 && step.is_executed() {
            return Some(Stop::Float);
        }
        let refusal = self.checks.refusal(first, second, |index| step.shell.general(index));
        if let Some(stop) = refusal.filter(|_| step.is_executed()) {
            return Some(stop);
        }
        step.shell.forget(pc, end);
        step.shell.set_exits(&[u64::from(end)]);
        step.begun.set(false);
        step.attention.set(false);
        step.refused.set(None);
        step.interrupt.set(None);
        let waits = step.at_wait_for_interrupt(first, second);
        // Behind an ISB, Unicorn forgets ITSTATE.
        let it = thumb::is_isb(first, second).then(|| thumb::it_of(step.shell.read(Register::Xpsr)));
        let mode = rounding::to_nearest(&step.shell, first, second);
        let error = step.shell.start(pc);
        rounding::back(&step.shell, mode);
        if let Some(it) = it {
            step.shell.write_execution_state(T_BIT | thumb::it_bits(thumb::advance_it(it)));
        }

        if let Some(stop) = step.refused.get() {
            if step.guarded.take() {
                step.memory.permit_stores(EDGE, true, |base, size, rights| step.shell.protect(base, size, rights));
            }
            step.shell.restore_registers();
            restore_base(&step.shell, (first, second), stop);
            return Some(stop);
        }
        let next = step.shell.pc();
        if let Some(stop) = self.not_executed(error, next, end) {
            return Some(stop);
        }
        step.pc.set(next);
        let returns = step.interrupt.get() == Some(EXCEPTION_EXIT);
        let takeable = self.charge(pc, cost, next == end || returns);
        match step.interrupt.get() {
            Some(SWI) => return Some(Stop::SupervisorCall),
            Some(EXCEPTION_EXIT) => return Some(exception_return(next, step.shell.read(Register::Xpsr))),
            _ => {}
        }
        if waits {
            return Some(Stop::WaitForInterrupt);
        }
        if error == uc_error::INSN_INVALID && cost.after & after::WAIT != 0 {
            return Some(Stop::WaitForEvent);
        }
        if step.attention.get() {
            return Some(Stop::Attention);
        }
        takeable.then_some(Stop::Takeable)
    }

    /// The instruction at `pc` was executed: charges it, and looks at what it leaves open. `true`: an interrupt became takeable, or
    /// an event is for other cores.
    fn charge(&mut self, pc: u32, cost: Cost, no_refill: bool) -> bool {
        // SAFETY: as in `step`; borrowed apart from `self`, whose other fields change here.
        let step = unsafe { self.step.as_ref() };
        let mut cycles = u64::from(cost.cycles);
        if self.after_single && cost.after & after::SINGLE != 0 {
            cycles -= 1;
        }
        if cost.after & after::BRANCH != 0 && no_refill {
            cycles -= u64::from(cost.refill);
        }
        let begun = step.now.get();
        step.now.set(begun + cycles);
        self.counted.note(pc, begun..begun + cycles);
        self.count += 1;
        self.after_single = cost.after & after::SINGLE != 0;
        let sent = cost.after & after::EVENT != 0 && step.system.call(|system| system.event_sent()).unwrap_or(false);
        if cost.after & after::MASKS == 0 {
            return sent;
        }
        let (now, (masks, _)) = (step.now.get(), step.shell.masks(self.priority_mask));
        let next = step.pc.get();
        step.system.call(|system| system.masks_written(now, next, masks)).unwrap_or(false)
    }

    /// What keeps an instruction from being executed at all.
    fn not_executed(&mut self, error: uc_error, next: u32, end: u32) -> Option<Stop> {
        let step = self.step();
        let pc = step.pc.get();
        match step.interrupt.get() {
            Some(BKPT) => return Some(Stop::Breakpoint { immediate: step.memory.halfword(pc) as u8 }),
            Some(DATA_ABORT) => return Some(Stop::Unaligned),
            Some(SWI | EXCEPTION_EXIT) => return None,
            Some(number) => return Some(unknown_instruction(number)),
            None => {}
        }
        match error {
            uc_error::OK => None,
            uc_error::INSN_INVALID if next == end => None, // WFE, YIELD
            // The branch was executed; the fetch at its target is the next step's.
            _ if next != pc => None,
            _ => Some(Stop::Undefined),
        }
    }
}

/// Unicorn's numbers for its interrupt hook (target/arm/cpu.h, EXCP_*).
const SWI: u32 = 2;
const DATA_ABORT: u32 = 4;
const BKPT: u32 = 7;
const EXCEPTION_EXIT: u32 = 8;

impl Step {
    /// Whether the next instruction is a WFI that its IT block does not skip. Behind either Unicorn comes back alike.
    fn at_wait_for_interrupt(&self, first: u16, second: u16) -> bool {
        if first != 0xbf30 && (first, second) != (0xf3af, 0x8003) {
            return false;
        }
        self.is_executed()
    }

    /// Why half an instruction cannot be fetched.
    fn refuses_fetch(&self, half: u32) -> Option<AccessKind> {
        let permitted = self.pages.check(half, 2, Right::Execute, self.privileged.get()).is_ok();
        match self.memory.find(half, 2) {
            Some(mapping) if permitted && mapping.code_alias.is_some() => None,
            None if permitted => Some(AccessKind::Fetch),
            _ => Some(AccessKind::FetchNoExecute),
        }
    }

    /// Whether no IT block skips the next instruction.
    fn is_executed(&self) -> bool {
        let xpsr = self.shell.read(Register::Xpsr);
        let it = thumb::it_of(xpsr);
        it == 0 || thumb::condition_holds(it >> 4, xpsr)
    }

    /// # Safety
    /// `data` points to `self`, which stays there and lives as long as its instance.
    unsafe fn install(&self, data: *mut c_void) -> Result<(), uc_error> {
        let shell = &self.shell;
        shell.translate_by_hook();
        // SAFETY: signatures as in unicorn.h; the callbacks make only shared references of `data`.
        unsafe {
            shell.add_hook(HookType::BLOCK, on_block as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::INTR, on_interrupt as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::TLB_FILL, on_fill as *const c_void, data, 1, 0)?;
            let refused = HookType(HookType::MEM_READ_PROT.0 | HookType::MEM_WRITE_PROT.0);
            shell.map_guarded(MIRROR, 1 << 32, on_device_load, on_device_store, data)?;
            shell.add_hook(refused, on_guarded as *const c_void, data, 1, 0)?;
        }
        Ok(())
    }

    fn guarded_access(&self, uc: *mut uc_engine, write: bool, address: u32, size: u32, value: u64) -> bool {
        if self.refused.get().is_some() {
            return false;
        }
        // Unicorn makes the other bytes of a store that is not aligned, whatever became of the first.
        let goes_on = write && (!is_aligned(address, size) || self.byte_stores.is_part(address, size));
        if system::refuses_unaligned(self.model, &self.memory, address, size) {
            return self.refuse(uc, goes_on, Stop::Unaligned);
        }
        if write && self.byte_stores.skip(address, size) {
            // SAFETY: we are in a hook of this very instance.
            unsafe { registers::forget_it(uc) };
            return true;
        }
        let mut window = Window::default();
        for (at, size, shift) in pieces(address, size) {
            let access = Access { address: at, size: size as u8, cycle: self.now.get(), pc: self.pc.get() };
            match self.reach(access, write.then_some((value >> shift) as u32)) {
                Ok((value, attention)) => {
                    self.attention.set(self.attention.get() | attention);
                    window.put(at, size, value);
                }
                Err(stop) => return self.refuse(uc, goes_on, stop),
            }
        }
        self.window.set(window);
        if write {
            self.byte_stores.made(address, size);
        }
        // SAFETY: we are in a hook of this very instance.
        unsafe { registers::forget_it(uc) };
        true
    }

    /// One access that Unicorn does not make by itself. The second value: it asks for a stop.
    fn reach(&self, access: Access, write: Option<u32>) -> Result<(u32, bool), Stop> {
        let (address, size) = (access.address, access.size.into());
        let (kind, right) =
            if write.is_some() { (AccessKind::Store, Right::Write) } else { (AccessKind::Load, Right::Read) };
        let (first, second) = self.memory.instruction(access.pc);
        let privileged = self.privileged.get() && !thumb::is_unprivileged(first, second);
        let permitted = self.pages.check(address, size, right, privileged);
        permitted.map_err(|Violation { address }| Stop::Violation { address })?;
        let in_memory = self.memory.access(address, size, write);
        let bit = || access_bit(&self.memory, self.model, address, write).map(|(_, answer)| answer);
        let answer = match in_memory.or_else(bit) {
            Some(answer) => answer.map(|value| (value, false)),
            None => self.system.access(access, write, privileged),
        };
        let (value, attention) = answer.map_err(|BusError| Stop::Fault { kind, address })?;
        let watched = self.pages.is_watched(address, size) && self.system.transferred(access, value, write.is_some());
        Ok((value, attention || watched))
    }

    fn refuse(&self, uc: *mut uc_engine, goes_on: bool, stop: Stop) -> bool {
        // What the instruction still does to the registers is undone behind it, and it does nothing more to memory.
        self.shell.save_registers();
        self.refused.set(Some(stop));
        if goes_on {
            self.guarded.set(true);
            // SAFETY: we are in a hook of this very instance; it answers `false` as `protect` demands.
            self.memory
                .permit_stores(EDGE, false, |base, size, rights| unsafe { shell::protect(uc, base, size, rights) });
        }
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

unsafe extern "C" fn on_interrupt(_: *mut uc_engine, number: u32, data: *const Step) {
    // SAFETY: the user data of all hooks, see `install`.
    let step = unsafe { &*data };
    step.interrupt.set(Some(number));
    step.shell.stop();
}

unsafe extern "C" fn on_guarded(
    uc: *mut uc_engine,
    kind: u32,
    address: u64,
    size: i32,
    value: i64,
    data: *const Step,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let step = unsafe { &*data };
    step.guarded_access(uc, kind == MemType::WRITE_PROT as u32, address as u32, size as u32, value as u64)
}

unsafe extern "C" fn on_fill(
    uc: *mut uc_engine,
    page: u64,
    kind: u32,
    answer: *mut TlbEntry,
    data: *const Step,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let step = unsafe { &*data };
    let right = pages::right(kind);
    if right != Right::Execute {
        // SAFETY: we are in a hook of this very instance.
        unsafe { registers::forget_it(uc) };
    }
    let answered = step.pages.answer(&step.memory, page as u32, right, step.privileged.get());
    let Some(filled) = answered else { return false };
    // SAFETY: Unicorn gives the place for the answer.
    unsafe { answer.write(step.shell.tell(page, step.privileged.get().into(), pages::asked(kind), filled)) };
    true
}

unsafe extern "C" fn on_device_load(_: *mut uc_engine, offset: u64, size: u32, data: *mut c_void) -> u64 {
    // SAFETY: the user data of all hooks, see `install`.
    unsafe { &*data.cast::<Step>() }.window.get().get(offset, size)
}

unsafe extern "C" fn on_device_store(_: *mut uc_engine, _: u64, _: u32, _: u64, _: *mut c_void) {}

impl Engine for Oracle {
    fn run(&mut self, system: &mut dyn System, until: u64) -> Stop {
        // SAFETY: as in `step`; borrowed apart from `self`.
        let step = unsafe { self.step.as_ref() };
        step.system.lend_system(system, || {
            while step.now.get() < until {
                if self.invalid_state || step.shell.read(Register::Xpsr) & T_BIT == 0 {
                    self.invalid_state = true;
                    return Stop::InvalidState;
                }
                if let Some(stop) = self.one() {
                    return stop;
                }
            }
            Stop::Horizon
        })
    }

    fn cycle(&self) -> u64 {
        self.step().now.get()
    }

    fn advance(&mut self, cycles: u64) {
        self.step().now.set(self.step().now.get() + cycles);
    }

    fn retire(&mut self) {
        self.advance(1);
        self.count += 1;
    }

    fn instructions(&self) -> u64 {
        self.count
    }

    fn reset_clock(&mut self) {
        self.step().now.set(0);
        self.count = 0;
    }

    fn pc(&self) -> u32 {
        self.step().pc.get()
    }

    fn set_pc(&mut self, pc: u32) {
        self.step().pc.set(pc & !1);
        self.after_single = false;
    }

    fn register(&self, register: Register) -> u32 {
        let mut value = [0];
        self.read_registers(&[register], &mut value);
        value[0]
    }

    fn set_register(&mut self, register: Register, value: u32) {
        if !matches!(register, Register::Xpsr | Register::Control) {
            self.step().shell.write(register, value);
        }
    }

    fn read_registers(&self, registers: &[Register], values: &mut [u32]) {
        self.step().shell.read_batch(registers, values);
        if self.invalid_state {
            clear_thumb(registers, values);
        }
    }

    fn write_registers(&mut self, registers: &[Register], values: &[u32]) {
        self.step().shell.write_batch(registers, values);
    }

    fn set_mode(&mut self, xpsr: u32, control: u8) {
        self.invalid_state = xpsr & T_BIT == 0;
        match &self.armv6m {
            Some(core) => core.set_mode(&self.step().shell, xpsr, control),
            None => self.step().shell.set_mode(xpsr, control),
        }
    }

    fn stack_limits(&self) -> StackLimits {
        let limits = |single_state: &SingleState| single_state.stack_limits(&self.step().shell);
        self.single_state.as_ref().map(limits).unwrap_or_default()
    }

    fn set_stack_limits(&mut self, limits: StackLimits) {
        if let Some(single_state) = &self.single_state {
            single_state.set_stack_limits(&self.step().shell, limits);
        }
    }

    fn read_memory(&self, address: u32, buffer: &mut [u8]) -> bool {
        self.step().memory.read(address, buffer)
    }

    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        let step = self.step();
        step.pages.write_as_core(&step.shell, &step.memory, address, bytes)
    }

    fn set_breakpoints(&mut self, ranges: &[(u32, u32)]) {
        self.breakpoints = ranges.to_vec();
    }

    fn watch(&mut self, ranges: &[(u32, u32)]) {
        self.step().pages.watch(ranges);
        self.step().shell.flush_pages();
    }

    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]) {
        self.counted.set(code, called);
    }

    fn take_ran(&mut self) -> Vec<Stretch> {
        self.counted.take()
    }

    fn trap_float(&mut self, trap: bool) {
        self.trap_float = trap;
    }

    fn set_traps(&mut self, traps: Traps) {
        self.checks.traps = traps;
    }

    fn open_monitor(&mut self) {
        if let Some(monitor) = self.monitor {
            monitor.open(&self.step().shell);
        }
    }

    fn stall_fetches(&mut self, stall: bool) {
        self.stall_fetches = stall;
    }

    fn protect(&mut self, map: Option<&ProtectionMap>) {
        let step = self.step();
        step.pages.protect(map, &step.memory);
        step.shell.flush_pages();
    }

    fn set_waits(&mut self, waits: &[WaitRegion]) {
        self.costs.set_waits(waits);
    }

    fn load_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        let step = self.step();
        let written = step.memory.write(address, bytes);
        if written {
            step.shell.forget_all();
        }
        written
    }

    fn save(&self) -> EngineState {
        let step = self.step();
        let mut registers = saved::save(&step.shell, self.monitor, self.has_float);
        if self.invalid_state {
            registers.xpsr &= !T_BIT;
        }
        registers.limits = self.stack_limits();
        EngineState {
            registers,
            pc: step.pc.get(),
            cycle: step.now.get(),
            instructions: self.count,
            single_was_last: self.after_single,
        }
    }

    fn restore(&mut self, saved: &EngineState) {
        let registers = &saved.registers;
        saved::restore_privileged(&self.step().shell, self.monitor, registers);
        self.set_mode(registers.xpsr, registers.control as u8);
        saved::restore_general(&self.step().shell, registers);
        if self.stack_limits() != registers.limits {
            self.set_stack_limits(registers.limits);
        }
        self.step().pc.set(saved.pc);
        self.step().now.set(saved.cycle);
        (self.count, self.after_single) = (saved.instructions, saved.single_was_last);
    }

    fn save_memories(&self) -> Vec<Image> {
        self.step().memory.images()
    }

    fn restore_memories(&mut self, images: &[Image]) -> bool {
        let step = self.step();
        let fit = step.memory.fit(images);
        if fit {
            step.memory.restore(images);
            step.shell.forget_all();
        }
        fit
    }
}
