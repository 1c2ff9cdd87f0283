//! The half of the fast engine that Unicorn calls.

use std::cell::LazyCell;
use std::ffi::c_void;

use unicorn_engine::{HookType, MemType, Prot, TlbEntry, uc_engine, uc_error};

use super::super::blocks::{COUNTED, Packed};
use super::super::device::{Window, is_aligned, pieces};
use super::super::memory::Memory;
use super::super::pages::{self, EDGE, MIRROR};
use super::super::shell::{self, Shell};
use super::measure::{DEMANDS, EXCLUSIVE, FIXED_POINT, instructions};
use super::registers;
use super::rounding;
use super::state::{State, View, Why};
use super::system::{self, access_bit};
use crate::bus::{Access, BusError};
use crate::cpu::cortex_m::cycles::after;
use crate::cpu::cortex_m::engine::{AccessKind, Register, Stop};
use crate::cpu::cortex_m::thumb::{self, IT_BITS, T_BIT};
use crate::cpu::protection::{Right, Violation};

/// When Unicorn looks for a stop that a hook has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunsOn {
    /// At once.
    No,
    /// Behind the bytes of an unaligned store.
    Bytes,
    /// At the end of an IT block.
    Block,
}

impl State {
    /// Makes one access that Unicorn cannot make by itself, if it is permitted. The second value: it asks for a stop.
    fn reach(
        &self,
        (address, size): (u32, u32),
        write: Option<u32>,
        privileged: bool,
        when: impl Fn() -> (u32, u64),
    ) -> Result<(u32, bool), Stop> {
        let (kind, right) =
            if write.is_some() { (AccessKind::Store, Right::Write) } else { (AccessKind::Load, Right::Read) };
        let permitted = self.pages.check(address, size, right, privileged);
        permitted.map_err(|Violation { address }| Stop::Violation { address })?;
        let in_memory = self.memory.access(address, size, write).map(|answer| (address, answer));
        let in_memory = in_memory.or_else(|| access_bit(&self.memory, self.model, address, write));
        let access = || {
            let (pc, cycle) = when();
            Access { address, size: size as u8, cycle, pc }
        };
        let answer = match in_memory {
            Some((at, answer)) => answer.map(|value| (value, write.is_some() && self.rewrites_code(at, size))),
            None => self.log.device(&self.system, access(), write, privileged),
        };
        let (value, attention) = answer.map_err(|BusError| Stop::Fault { kind, address })?;
        let watched = self.pages.is_watched(address, size) && self.system.transferred(access(), value, write.is_some());
        Ok((value, attention || watched))
    }

    /// Notes that memory was written; `true`: what was translated from there must go before it runs again.
    fn rewrites_code(&self, address: u32, size: u32) -> bool {
        let mapping = self.memory.find(address, size as usize);
        let rewrites = mapping.is_some_and(|mapping| self.pages.may_hold_code(&self.memory, mapping, address, size));
        if rewrites {
            self.rewritten.borrow_mut().push((address, address.wrapping_add(size)));
        }
        rewrites
    }

    /// Ends the run at the access of an instruction, given by its address and cycle; what the hook answers then.
    /// `runs_on`: Unicorn looks for a stop only later.
    fn end_at_access(&self, uc: *mut uc_engine, at: (u32, u64), why: Why, runs_on: RunsOn, write: bool) -> bool {
        let (pc, cycle) = at;
        let in_it = runs_on == RunsOn::Block;
        self.access_pc.set(pc);
        self.access_in_it.set(in_it);
        if self.saved.get() != Some(cycle) {
            self.saved.set(None);
        }
        if in_it {
            // Unicorn looks for a stop only at the end of the IT block. What it does until then is undone afterwards:
            // registers from a copy, memory by refusing every store.
            if self.saved.get().is_none() {
                self.shell.save_registers();
                self.saved.set(Some(cycle));
            }
        }
        if write && runs_on != RunsOn::No {
            self.guarded.set(true);
            // SAFETY: we are in a hook of this very instance; it answers `false` as `protect` demands.
            self.memory
                .permit_stores(EDGE, false, |base, size, rights| unsafe { shell::protect(uc, base, size, rights) });
        }
        let goes_on = !in_it && why == Why::Access;
        self.frozen.set(!goes_on);
        self.find_unusual();
        self.halt(why);
        goes_on
    }

    /// Undoes what Unicorn did behind the access that ended the run.
    pub(super) fn thaw(&self) {
        let frozen = self.frozen.replace(false);
        self.find_unusual();
        if frozen && self.guarded.replace(false) {
            self.memory.permit_stores(EDGE, true, |base, size, rights| self.shell.protect(base, size, rights));
        }
        if self.saved.take().is_some() {
            self.shell.restore_registers();
        }
    }

    /// Whether the instruction at `pc` asks as privileged code does.
    fn asks_privileged(&self, pc: u32) -> bool {
        let (first, second) = self.memory.instruction(pc);
        !thumb::is_unprivileged(first, second)
    }

    /// An access that Unicorn does not make by itself: of a device, or of a page where each access is checked.
    fn guarded_access(&self, uc: *mut uc_engine, write: bool, address: u32, size: u32, value: u64) -> bool {
        if self.frozen.get() {
            return false;
        }
        if self.refuses_unaligned(uc, address, size, write) {
            return false;
        }
        if write && self.byte_stores.skip(address, size) {
            // SAFETY: we are in a hook of this very instance.
            unsafe { registers::forget_it(uc) };
            return true;
        }
        // SAFETY: we are in a hook of this very instance.
        let (pc, xpsr) = unsafe { registers::read_pc_and_xpsr(uc) };
        let view = self.view.get();
        let pc = view.real(pc);
        let in_it = xpsr & IT_BITS != 0;
        let single = matches!(view, View::Alias { single: true, .. });
        // Memory does not ask for the time, which takes a look at the block's instructions.
        let cycle = LazyCell::new(|| self.cycle_of(pc));
        let privileged = self.privileged.get() && self.asks_privileged(pc);
        let runs_on = match in_it {
            true => RunsOn::Block,
            false if is_aligned(address, size) && !self.byte_stores.is_part(address, size) => RunsOn::No,
            false => RunsOn::Bytes,
        };

        let mut attention = false;
        let mut window = Window::default();
        for (at, size, shift) in pieces(address, size) {
            let value = write.then_some((value >> shift) as u32);
            match self.reach((at, size), value, privileged, || (pc, *cycle)) {
                Ok((value, wants)) => {
                    attention |= wants;
                    if !write {
                        window.put(at, size, value);
                    }
                }
                Err(stop) => return self.end_at_access(uc, (pc, *cycle), Why::Refused(stop), runs_on, write),
            }
        }
        self.window.set(window);
        if write && !(attention && in_it && !single) {
            self.byte_stores.made(address, size);
        }
        if attention && single {
            self.why.set(Why::Access);
        } else if attention {
            // Outside IT blocks, what Unicorn still stores of this instruction is permitted: it goes on.
            let runs_on = if in_it { RunsOn::Block } else { RunsOn::No };
            return self.end_at_access(uc, (pc, *cycle), Why::Access, runs_on, write);
        } else if !write && !single && self.overwrites_base(pc) && self.saved.get() != Some(*cycle) {
            self.shell.save_registers();
            self.saved.set(Some(*cycle));
        }
        if in_it {
            // SAFETY: we are in a hook of this very instance.
            unsafe { registers::forget_it(uc) };
        }
        true
    }

    /// Whether the run has ended at an access that its instruction or its place demands to be aligned. Unicorn looks at the
    /// alignment only behind the hooks, and the fault comes before the access.
    fn refuses_unaligned(&self, uc: *mut uc_engine, address: u32, size: u32, write: bool) -> bool {
        if is_aligned(address, size.min(4)) {
            return false;
        }
        // SAFETY: we are in a hook of this very instance.
        let (pc, xpsr) = unsafe { registers::read_pc_and_xpsr(uc) };
        let pc = self.view.get().real(pc);
        let (first, second) = self.memory.instruction(pc);
        let demanded = self.blocks.checks().demand(first, second).is_some();
        let refused = demanded || system::refuses_unaligned(self.model, &self.memory, address, size);
        if refused {
            let runs_on = if xpsr & IT_BITS != 0 { RunsOn::Block } else { RunsOn::Bytes };
            self.end_at_access(uc, (pc, self.cycle_of(pc)), Why::Refused(Stop::Unaligned), runs_on, write);
        }
        refused
    }

    /// LDRD may overwrite its base with the first word, and be asked to stop by the second: the replay needs the base.
    fn overwrites_base(&self, pc: u32) -> bool {
        let (first, second) = self.memory.instruction(pc);
        thumb::overwritten_base(first, second).is_some()
    }

    /// Adds the hooks and maps the guarded ranges.
    ///
    /// # Safety
    /// `data` points to the state that owns `shell`, stays where it is, and lives as long as the instance.
    pub(super) unsafe fn install(shell: &Shell, memory: &Memory, data: *mut c_void) -> Result<(), uc_error> {
        let (alias_first, alias_last) = memory.alias_range;
        shell.translate_by_hook();
        // SAFETY: the callbacks below have the signatures of unicorn.h: uc_cb_hookcode_t for BLOCK and CODE,
        // uc_hook_edge_gen_t for EDGE_GENERATED, uc_cb_eventmem_t for the PROT hooks, uc_cb_hookintr_t for INTR. They make
        // only shared references of `data`.
        unsafe {
            // Bounds are tested when code is translated: neither hook costs the other's code anything. If there is just
            // one hook of a kind, generated code calls it directly; so there is one of each, wherever that suffices.
            let (alias_first, alias_last) = (u64::from(alias_first), u64::from(alias_last));
            let block = on_block as *const c_void;
            shell.add_hook(HookType::BLOCK, block, data, 0, alias_first.saturating_sub(1))?;
            if memory.mappings().iter().any(|mapping| mapping.code_alias.is_some_and(|alias| mapping.base > alias)) {
                shell.add_hook(HookType::BLOCK, block, data, alias_last + 1, u32::MAX.into())?;
            }
            shell.add_hook(HookType::CODE, on_alias_instruction as *const c_void, data, alias_first, alias_last)?;
            shell.add_hook(HookType::INTR, on_interrupt as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::TLB_FILL, on_fill as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::EDGE_GENERATED, on_translated as *const c_void, data, 1, 0)?;
            // A PROT hook whose range covers RAM would make RAM's stores slow.
            let refused = HookType(HookType::MEM_READ_PROT.0 | HookType::MEM_WRITE_PROT.0);
            shell.map_guarded(MIRROR, 1 << 32, on_device_load, on_device_store, data)?;
            shell.add_hook(refused, on_guarded as *const c_void, data, MIRROR, MIRROR + u64::from(u32::MAX))?;
        }
        Ok(())
    }
}

impl State {
    /// What stands behind a page: see [`Pages::answer`](super::super::pages::Pages::answer). A page of the code alias can be
    /// executed, and read as the real one can, since literals are there.
    fn fill(&self, page: u32, right: Right, privileged: bool) -> Option<(u64, Prot)> {
        let answer = |page, right| self.pages.answer(&self.memory, page, right, privileged);
        match self.memory.behind_alias(page) {
            Some(_) if right == Right::Write => answer(page, right),
            Some(real) => {
                let (physical, rights) = answer(real, Right::Read)?;
                let reads = rights.0 & Prot::READ.0;
                match right {
                    _ if physical < MIRROR => Some((physical, Prot(reads | Prot::EXEC.0))),
                    Right::Execute => Some((self.memory.home(real).into(), Prot::EXEC)),
                    _ => Some((physical, Prot(reads))),
                }
            }
            None => answer(page, right),
        }
    }

    /// A block behind one that leaves nothing open but whether its branch was taken. Here and in what it calls, everything
    /// rare is a call at the very end, so that the hook, which runs in front of every block, needs no stack.
    #[inline(always)]
    fn next_block(&self, address: u32, size: u32) {
        let before = self.span.get();
        if before.flags() & after::BRANCH != 0 && address == self.end.get() {
            self.now.set(self.now.get().wrapping_sub(before.refill()));
        }
        match self.blocks.find(address, size) {
            Some(block) => self.block(address, size, block),
            None => self.new_block(address, size),
        }
    }

    /// A block that has not been measured.
    #[cold]
    #[inline(never)]
    fn new_block(&self, address: u32, size: u32) {
        self.block(address, size, self.blocks.get(&self.memory, address, size));
    }

    /// Lets a block run, or stops in front of it.
    #[inline(always)]
    fn block(&self, address: u32, size: u32, block: Packed) {
        if block.flags() & self.forbidden.get() != 0 {
            return self.forbidden_block(address, size, block);
        }
        self.timely_block(address, size, block);
    }

    /// Lets a block run, or stops in front of it, since it would reach the horizon.
    #[inline(always)]
    fn timely_block(&self, address: u32, size: u32, block: Packed) {
        if self.now.get().wrapping_add(block.head()) >= self.horizon.get() {
            return self.halt_before(address, Why::Horizon);
        }
        self.enter(address, address.wrapping_add(size), block);
    }

    /// A block that has something forbidden.
    #[cold]
    #[inline(never)]
    fn forbidden_block(&self, address: u32, size: u32, block: Packed) {
        if !self.permits(address, block) {
            return self.halt_before(address, Why::Forbidden);
        }
        self.timely_block(address, size, block);
    }

    /// Ends the run in front of a block.
    #[cold]
    #[inline(never)]
    fn halt_before(&self, address: u32, why: Why) {
        self.stand(address);
        self.halt(why);
    }

    /// Looks at a block that has something forbidden: whether it may run all the same.
    fn permits(&self, address: u32, block: Packed) -> bool {
        if block.flags() & EXCLUSIVE != 0 {
            self.mark_exclusive();
        }
        let mut flags = block.flags() & self.forbidden.get();
        if flags & FIXED_POINT != 0 && rounding::is_to_nearest(&self.shell) {
            flags &= !FIXED_POINT;
        }
        match flags {
            0 => true,
            DEMANDS if self.view.get() == View::Alone => true,
            DEMANDS => {
                let demands = self.blocks.entry_demands(address);
                demands.is_some_and(|demands| demands.hold(|index| self.shell.general(index)))
            }
            _ => false,
        }
    }

    /// A block behind a branch that may have cleared T.
    #[inline(never)]
    fn interworking_block(&self, address: u32, size: u32) {
        if self.has_left_thumb(after::INTERWORKING, size) {
            self.settle(address);
            return self.halt(Why::InvalidState);
        }
        self.next_block(address, size);
    }

    /// Whether the block in front of this one, which had these flags, ended with a branch that has cleared T. Unicorn would
    /// run Arm instructions, which are of four bytes.
    #[inline]
    fn has_left_thumb(&self, flags: u16, size: u32) -> bool {
        flags & after::INTERWORKING != 0 && size & 3 == 0 && self.shell.read(Register::Xpsr) & T_BIT == 0
    }

    /// A block behind something that is to be looked at.
    #[cold]
    #[inline(never)]
    fn rare_block(&self, address: u32, size: u32) {
        let stops = matches!(self.why.get(), Why::Fresh(_));
        if stops || self.frozen.get() || !self.view.get().is_real() {
            // The block is to be translated anew, or it was only to be translated; the one instruction that ran in the
            // alias has branched; or Unicorn has run on out of an IT block.
            self.shell.stop();
            return;
        }
        let flags = self.span.get().flags();
        if self.settle(address) {
            self.halt(Why::Takeable);
            return;
        }
        if self.has_left_thumb(flags, size) {
            self.halt(Why::InvalidState);
            return;
        }
        if self.pages.check(address, size, Right::Execute, self.privileged.get()).is_err() {
            self.halt(Why::Forbidden);
            return;
        }
        let block = self.blocks.get(&self.memory, address, size);
        self.block(address, size, if self.single_was_last() { block.behind_single() } else { block });
    }
}

/// A block at a real address is about to run.
unsafe extern "C" fn on_block(_: *mut uc_engine, address: u64, size: u32, data: *const State) {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    let address = address as u32;
    let flags = state.span.get().flags();
    if flags & (after::SINGLE | after::MASKS | after::EVENT | COUNTED) != 0 || state.unusual.get() {
        return state.rare_block(address, size);
    }
    if flags & after::INTERWORKING != 0 && size & 3 == 0 {
        return state.interworking_block(address, size);
    }
    state.next_block(address, size);
}

/// An instruction in the code alias is about to run.
unsafe extern "C" fn on_alias_instruction(_: *mut uc_engine, address: u64, _: u32, data: *const State) {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    let address = address as u32;
    match state.view.get() {
        View::Real | View::Alone if !state.frozen.get() => state.halt(Why::Astray(address)),
        // At the target, or behind a jump, which only unpredictable instructions make here.
        View::Alias { target, .. } if target != address && state.alias_next.get() <= address => {}
        _ => state.shell.stop(),
    }
    state.alias_next.set(address.wrapping_add(1));
}

/// Unicorn does not enter exceptions of this core: it calls this.
unsafe extern "C" fn on_interrupt(_: *mut uc_engine, number: u32, data: *const State) {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    match state.why.get() {
        // Behind an access that asks for a stop it is the fetch at a branch's target: the next start finds it again.
        Why::Access => state.shell.stop(),
        _ if state.frozen.get() => {}
        _ => state.halt(Why::Interrupt(number)),
    }
}

/// Unicorn has translated a block, for the first time or because its bytes were written. The very first block of an
/// instance is not reported (accel/tcg/cpu-exec.c), but then nothing is measured yet.
unsafe extern "C" fn on_translated(
    _: *mut uc_engine,
    new: *const shell::Block,
    _: *const shell::Block,
    data: *const State,
) {
    // SAFETY: the user data of all hooks, see `install`; Unicorn hands over a block that it holds.
    let (state, new) = unsafe { (&*data, &*new) };
    let address = new.pc as u32;
    state.blocks.translated(address);
    state.told.set(true);
    let (checks, view) = (state.blocks.checks(), state.view.get());
    if !checks.native || matches!(view, View::Alone | View::Translation) || state.memory.behind_alias(address).is_some()
    {
        return;
    }
    let demands = |(first, second)| checks.demand(first, second).is_some_and(|demand| checks.is_unicorns(demand));
    if !instructions(&state.memory, address, new.size.into()).any(demands) {
        return;
    }
    state.fresh.borrow_mut().push(address);
    if state.why.get() == Why::None && view == View::Real && !state.frozen.get() {
        state.unusual.set(true);
        state.why.set(Why::Fresh(address));
    }
}

/// An access outside the memories. Just before this, Unicorn has brought PC and ITSTATE up to date.
unsafe extern "C" fn on_guarded(
    uc: *mut uc_engine,
    kind: u32,
    address: u64,
    size: i32,
    value: i64,
    data: *const State,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    state.guarded_access(uc, kind == MemType::WRITE_PROT as u32, address as u32, size as u32, value as u64)
}

/// Unicorn meets a page for the first time since the last flush. For loads and stores it has brought PC and ITSTATE up to
/// date just before.
unsafe extern "C" fn on_fill(
    uc: *mut uc_engine,
    page: u64,
    kind: u32,
    answer: *mut TlbEntry,
    data: *const State,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    let right = pages::right(kind);
    // SAFETY: we are in a hook of this very instance.
    let (pc, privileged) = unsafe {
        let (pc, xpsr) = registers::read_pc_and_xpsr(uc);
        if right != Right::Execute {
            registers::forget_it(uc);
        }
        (state.view.get().real(pc), registers::is_privileged(uc, xpsr))
    };
    let privileged = privileged && (right == Right::Execute || state.asks_privileged(pc));
    let Some(filled) = state.fill(page as u32, right, privileged) else { return false };
    // SAFETY: Unicorn gives the place for the answer.
    unsafe { answer.write(state.shell.tell(page, privileged.into(), pages::asked(kind), filled)) };
    true
}

/// A load that [`on_guarded`] has accepted.
unsafe extern "C" fn on_device_load(_: *mut uc_engine, offset: u64, size: u32, data: *mut c_void) -> u64 {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data.cast::<State>() };
    state.window.get().get(offset, size)
}

/// A store that [`on_guarded`] has made already.
unsafe extern "C" fn on_device_store(_: *mut uc_engine, _: u64, _: u32, _: u64, _: *mut c_void) {}
