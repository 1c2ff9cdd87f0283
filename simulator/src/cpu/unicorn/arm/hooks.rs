//! The half of the fast engine that Unicorn calls.

use std::ffi::c_void;

use unicorn_engine::{HookType, MemType, Prot, uc_engine, uc_error};

use super::super::blocks::Packed;
use super::super::device::{Window, pieces};
use super::super::memory::Memory;
use super::super::shell::{self, Shell};
use super::registers;
use super::state::{State, View, Why};
use crate::bus::{Access, BusError};
use crate::cpu::cortex_m::cycles::after;
use crate::cpu::cortex_m::engine::{AccessKind, Register};
use crate::cpu::cortex_m::thumb::{IT_BITS, T_BIT};

impl State {
    /// Ends the run at the access of an instruction, given by its address and cycle; what the hook answers then.
    fn end_at_access(&self, uc: *mut uc_engine, at: (u32, u64), why: Why, in_it: bool, write: bool) -> bool {
        let (pc, cycle) = at;
        self.access_pc.set(pc);
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
            if write {
                self.guarded.set(true);
                for mapping in self.memory.mappings().iter().filter(|mapping| mapping.writable()) {
                    let rights = Prot(mapping.rights.0 & !Prot::WRITE.0);
                    // SAFETY: we are in a hook of this very instance; it answers `false` as `protect` demands.
                    unsafe { shell::protect(uc, mapping.base, mapping.size, rights) };
                }
            }
        }
        let goes_on = !in_it && why == Why::Access;
        self.frozen.set(!goes_on);
        self.unusual.set(self.unusual.get() || !goes_on);
        self.halt(why);
        goes_on
    }

    /// Undoes what Unicorn did behind the access that ended the run.
    pub(super) fn thaw(&self) {
        self.unusual.set(false);
        if self.frozen.replace(false) && self.guarded.replace(false) {
            for mapping in self.memory.mappings().iter().filter(|mapping| mapping.writable()) {
                self.shell.protect(mapping.base, mapping.size, mapping.rights);
            }
        }
        if self.saved.take().is_some() {
            self.shell.restore_registers();
        }
    }

    /// An access outside the memories.
    fn guarded_access(&self, uc: *mut uc_engine, write: bool, address: u32, size: u32, value: u64) -> bool {
        if self.frozen.get() {
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
        let cycle = self.cycle_of(pc);

        let mut attention = false;
        let mut window = Window::default();
        for (at, size, shift) in pieces(address, size) {
            let access = Access { address: at, size: size as u8, cycle, pc };
            match self.log.device(&self.system, access, write.then_some((value >> shift) as u32)) {
                Ok((value, wants)) => {
                    attention |= wants;
                    window.put(at, size, value);
                }
                Err(BusError) => {
                    let kind = if write { AccessKind::Store } else { AccessKind::Load };
                    return self.end_at_access(uc, (pc, cycle), Why::Fault(kind, at), in_it, write);
                }
            }
        }
        self.window.set(window);
        if write && !(attention && in_it && !single) {
            self.byte_stores.made(address, size);
        }
        if attention && single {
            self.why.set(Why::Access);
        } else if attention {
            return self.end_at_access(uc, (pc, cycle), Why::Access, in_it, write);
        } else if !write && !single && self.saved.get() != Some(cycle) {
            self.save_before_pair(pc, cycle);
        }
        if in_it {
            // SAFETY: we are in a hook of this very instance.
            unsafe { registers::forget_it(uc) };
        }
        true
    }

    /// LDRD may overwrite its base with the first word and be asked to stop by the second: the replay needs the base.
    fn save_before_pair(&self, pc: u32, cycle: u64) {
        let (first, _) = self.memory.instruction(pc);
        if first & 0xfe50 == 0xe850 {
            self.shell.save_registers();
            self.saved.set(Some(cycle));
        }
    }

    /// Adds the hooks and maps the guarded ranges.
    ///
    /// # Safety
    /// `data` points to the state that owns `shell`, stays where it is, and lives as long as the instance.
    pub(super) unsafe fn install(shell: &Shell, memory: &Memory, data: *mut c_void) -> Result<(), uc_error> {
        let (alias_first, alias_last) = memory.alias_range;
        // SAFETY: the callbacks below have the signatures of unicorn.h: uc_cb_hookcode_t for BLOCK and CODE,
        // uc_cb_eventmem_t for the PROT hooks, uc_cb_hookintr_t for INTR, uc_hook_edge_gen_t for
        // EDGE_GENERATED. They make only shared references of `data`.
        unsafe {
            // Bounds are tested when code is translated: neither hook costs the other's code anything. If there is just
            // one hook of a kind, generated code calls it directly; so there is one of each, wherever that suffices.
            shell.add_hook(
                HookType::BLOCK,
                on_block as *const c_void,
                data,
                0,
                u64::from(alias_first).saturating_sub(1),
            )?;
            if memory.mappings().iter().any(|mapping| mapping.code_alias.is_some() && mapping.base > alias_last) {
                shell.add_hook(
                    HookType::BLOCK,
                    on_block as *const c_void,
                    data,
                    u64::from(alias_last) + 1,
                    u32::MAX.into(),
                )?;
            }
            shell.add_hook(
                HookType::CODE,
                on_alias_instruction as *const c_void,
                data,
                alias_first.into(),
                alias_last.into(),
            )?;
            shell.add_hook(HookType::INTR, on_interrupt as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::EDGE_GENERATED, on_translated as *const c_void, data, 1, 0)?;
            // A PROT hook whose range covers RAM would make RAM's stores slow.
            let refused = HookType(HookType::MEM_READ_PROT.0 | HookType::MEM_WRITE_PROT.0);
            for (first, last) in memory.outside() {
                let size = u64::from(last - first) + 1;
                shell.map_guarded(first.into(), size, on_device_load, on_device_store, data)?;
                shell.add_hook(refused, on_guarded as *const c_void, data, first.into(), last.into())?;
            }
            for mapping in memory.mappings().iter().filter(|mapping| !mapping.writable()) {
                let last = mapping.base + (mapping.size - 1);
                shell.add_hook(refused, on_refused as *const c_void, data, mapping.base.into(), last.into())?;
            }
            if alias_last > alias_first {
                shell.add_hook(refused, on_refused as *const c_void, data, alias_first.into(), alias_last.into())?;
            }
        }
        Ok(())
    }
}

impl State {
    /// Lets a block run, or stops in front of it.
    #[inline]
    fn block(&self, address: u32, size: u32, block: Packed) {
        if block.flags() & self.forbidden.get() != 0 {
            self.stand(address);
            self.halt(Why::Forbidden);
            return;
        }
        if self.now.get().wrapping_add(block.head()) >= self.horizon.get() {
            self.stand(address);
            self.halt(Why::Horizon);
            return;
        }
        self.enter(address, address.wrapping_add(size), block);
    }

    /// Whether the block in front of this one, which had these flags, ended with a branch that has cleared T. Unicorn would
    /// run Arm instructions, which are of four bytes.
    #[inline]
    fn has_left_thumb(&self, flags: u16, size: u32) -> bool {
        flags & after::INTERWORKING != 0 && size & 3 == 0 && self.shell.read(Register::Xpsr) & T_BIT == 0
    }

    /// A block behind something that is to be looked at.
    #[cold]
    fn rare_block(&self, address: u32, size: u32) {
        if self.unusual.get() {
            // The one instruction that ran in the alias has branched, or Unicorn has run on out of an IT block.
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
    if flags & (after::SINGLE | after::MASKS | after::EVENT) != 0 || state.unusual.get() {
        state.rare_block(address, size);
        return;
    }
    if state.has_left_thumb(flags, size) {
        state.settle(address);
        state.halt(Why::InvalidState);
        return;
    }
    if flags & after::BRANCH != 0 && address == state.end.get() {
        state.now.set(state.now.get().wrapping_sub(state.span.get().refill()));
    }
    state.block(address, size, state.blocks.get(&state.memory, address, size));
}

/// An instruction in the code alias is about to run.
unsafe extern "C" fn on_alias_instruction(_: *mut uc_engine, address: u64, _: u32, data: *const State) {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    let address = address as u32;
    match state.view.get() {
        View::Real if !state.unusual.get() => state.halt(Why::Astray(address)),
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
    state.blocks.translated(new.pc as u32);
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

/// A store to memory that is not writable, or a load from one that is not readable. The system may have a use for the
/// store, as the controller of a flash memory has: what it accepts goes on as with a device, and Unicorn then drops it,
/// since it keeps such memory as ROM.
unsafe extern "C" fn on_refused(
    uc: *mut uc_engine,
    kind: u32,
    address: u64,
    size: i32,
    value: i64,
    data: *const State,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    if state.frozen.get() {
        return false;
    }
    if kind == MemType::WRITE_PROT as u32 {
        return state.guarded_access(uc, true, address as u32, size as u32, value as u64);
    }
    // SAFETY: we are in a hook of this very instance.
    let (pc, xpsr) = unsafe { registers::read_pc_and_xpsr(uc) };
    let in_it = xpsr & IT_BITS != 0;
    let pc = state.view.get().real(pc);
    let why = Why::Fault(AccessKind::Load, address as u32);
    state.end_at_access(uc, (pc, state.cycle_of(pc)), why, in_it, false)
}

/// A load that [`on_guarded`] has accepted.
unsafe extern "C" fn on_device_load(_: *mut uc_engine, offset: u64, size: u32, data: *mut c_void) -> u64 {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data.cast::<State>() };
    // Every guarded range begins at a page, so the offset has the address's low bits.
    state.window.get().get(offset, size)
}

/// A store that [`on_guarded`] has made already.
unsafe extern "C" fn on_device_store(_: *mut uc_engine, _: u64, _: u32, _: u64, _: *mut c_void) {}
