//! The half of the fast engine that Unicorn calls.

use std::ffi::c_void;

use unicorn_engine::{HookType, MemType, Prot, TlbEntry, uc_engine, uc_error};

use super::super::blocks::{COUNTED, Packed};
use super::super::device::{Window, is_aligned, pieces};
use super::super::memory::Memory;
use super::super::shell::{self, Shell};
use super::state::{State, View, Why};
use super::translation::Page;
use crate::bus::{Access, BusError};
use crate::cpu::observed::Observed;
use crate::cpu::riscv::cycles::after;
use crate::cpu::riscv::engine::{AccessKind, Stop};

impl State {
    /// The access at `pc` is refused; what the hook answers then.
    fn refuse(&self, pc: u32, stop: Stop) -> bool {
        self.access_pc.set(pc);
        self.frozen.set(true);
        self.halt(Why::Refused(stop));
        false
    }

    /// An access that Unicorn does not make by itself. Just before this, it has brought its program counter up to date.
    fn guarded_access(&self, write: bool, address: u32, size: u32, value: u64) -> bool {
        if self.frozen.get() {
            return false;
        }
        let view = self.view.get();
        let pc = view.real(self.shell.program_counter()) as u32;
        let Some((instruction, operand, whole)) = self.operand(pc) else { return false };
        let kind = if instruction.faults_as_store() { AccessKind::Store } else { AccessKind::Load };
        if let Some(address) = self.translation.refusal(kind, whole, operand.size.into()) {
            return self.refuse(pc, Stop::Fault { kind, address });
        }
        if let Some(memory) = self.memory.behind_alias(address) {
            self.access_in_part(write, memory, size, value);
            if write && is_aligned(memory, size) {
                self.observe(pc, memory, size, Some(value));
            }
            return true;
        }
        if !is_aligned(whole as u32, operand.size.into()) {
            return self.refuse(pc, Stop::Misaligned { kind, address: whole });
        }
        self.device_access(pc, kind, write.then_some(value), address, size)
    }

    /// A device access, `value` of a store.
    fn device_access(&self, pc: u32, kind: AccessKind, value: Option<u64>, address: u32, size: u32) -> bool {
        let cycle = self.cycle_of(pc);
        let mut attention = false;
        let mut loaded = Window::default();
        for (at, size, shift) in pieces(address, size) {
            let access = Access { address: at, size: size as u8, cycle, pc };
            match self.log.device(&self.system, access, value.map(|value| (value >> shift) as u32), true) {
                Ok((value, wants)) => {
                    attention |= wants;
                    loaded.put(at, size, value);
                }
                Err(BusError) => return self.refuse(pc, Stop::Fault { kind, address: at.into() }),
            }
        }
        self.loaded.set(loaded);
        if value.is_none() {
            self.observe(pc, address, size, None);
        }
        if attention && matches!(self.view.get(), View::Alias { single: true, .. }) {
            self.why.set(Why::Access);
        } else if attention {
            self.access_pc.set(pc);
            self.halt(Why::Access);
        }
        true
    }

    /// Tells whoever wants to know of an access that was made; `stored`: it was a store.
    #[inline]
    fn observe(&self, pc: u32, address: u32, size: u32, stored: Option<u64>) {
        let mut observer = self.observer.borrow_mut();
        if observer.covers(address, size as u8) {
            let what = match stored {
                Some(value) => Observed::Store { address, size: size as u8, value },
                None => Observed::Load { address, value: self.loaded.get().get(address.into(), size) as u32 },
            };
            observer.note(self.cycle_of(pc), what);
        }
    }

    /// A permitted access, or a part of one, of a page that is permitted in part: made here.
    fn access_in_part(&self, write: bool, address: u32, size: u32, value: u64) {
        if !write {
            let mut bytes = [0; 8];
            let Some(wanted) = bytes.get_mut(..size as usize) else { return };
            self.memory.read(address, wanted);
            let mut loaded = Window::default();
            for (offset, byte) in wanted.iter().enumerate() {
                loaded.put(address.wrapping_add(offset as u32), 1, u32::from(*byte));
            }
            self.loaded.set(loaded);
        } else if is_aligned(address, size) {
            // Unicorn asks for a store that is not aligned as a whole first, and then for each byte.
            let bytes = value.to_le_bytes();
            self.memory.write(address, bytes.get(..size as usize).unwrap_or_default());
            if self.translation.is_code(address) {
                let (first, end) = self.changed_code.get();
                let changed = (address, address.wrapping_add(size));
                let all = if first == end { changed } else { (first.min(changed.0), end.max(changed.1)) };
                self.changed_code.set(all);
            }
        }
    }

    /// Adds the hooks and maps the guarded ranges.
    ///
    /// # Safety
    /// `data` points to the state that owns `shell`, stays where it is, and lives as long as the instance.
    pub(super) unsafe fn install(shell: &Shell, memory: &Memory, data: *mut c_void) -> Result<(), uc_error> {
        let (alias_first, alias_last) = memory.alias_range;
        // SAFETY: the callbacks below have the signatures of unicorn.h: uc_cb_hookcode_t for BLOCK and CODE,
        // uc_cb_eventmem_t for the PROT hooks, uc_cb_hookintr_t for INTR, uc_cb_tlbevent_t for TLB_FILL,
        // uc_hook_edge_gen_t for EDGE_GENERATED. They make only shared references of `data`.
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
            shell.add_hook(HookType::INTR, on_exception as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::TLB_FILL, on_page as *const c_void, data, 1, 0)?;
            shell.add_hook(HookType::EDGE_GENERATED, on_translated as *const c_void, data, 1, 0)?;
            // A PROT hook whose range covers RAM would make RAM's stores slow.
            let refused = HookType(HookType::MEM_READ_PROT.0 | HookType::MEM_WRITE_PROT.0);
            for (first, last) in memory.outside() {
                let size = u64::from(last - first) + 1;
                shell.map_guarded(first.into(), size, on_device_load, on_device_store, data)?;
                shell.add_hook(refused, on_guarded as *const c_void, data, first.into(), last.into())?;
            }
            let size = u64::from(alias_last - alias_first) + 1;
            shell.map_guarded(alias_first.into(), size, on_device_load, on_device_store, data)?;
            shell.add_hook(refused, on_guarded as *const c_void, data, alias_first.into(), alias_last.into())?;
            for mapping in memory.mappings().iter().filter(|mapping| !mapping.writable()) {
                let last = mapping.base + (mapping.size - 1);
                shell.add_hook(refused, on_refused as *const c_void, data, mapping.base.into(), last.into())?;
            }
        }
        shell.translate_by_hook();
        Ok(())
    }

    /// What a block leaves to be done that was not only a branch. `true`: the next one does not run.
    #[cold]
    fn is_due(&self, flags: u16, next: u32) -> bool {
        self.note_counted(Some(next.into()));
        self.mend_float();
        let due = flags & after::FENCE != 0 && self.has_changed();
        if due {
            self.stand(next);
            self.halt(Why::Fence);
        }
        due
    }

    /// Whether a block with single precision may run as it is; if not, the run ends in front of it.
    #[cold]
    fn may_run_boxed(&self, address: u32, end: u32) -> bool {
        let boxes = self.boxes.get(&self.memory, self.blocks.costs().isa, address, end);
        let permitted = boxes.permit(&self.shell);
        if !permitted {
            self.stand(address);
            self.halt(Why::Unboxed);
        }
        permitted
    }

    /// Lets a block run, or stops in front of it.
    #[inline]
    fn block(&self, address: u32, size: u32, block: Packed) {
        let end = address.wrapping_add(size);
        if block.flags() & self.forbidden.get() != 0 && !self.is_excused(address, end, block.flags()) {
            self.stand(address);
            self.halt(Why::Forbidden);
            return;
        }
        if self.now.get().wrapping_add(block.head()) >= self.horizon.get() {
            self.stand(address);
            self.halt(Why::Horizon);
            return;
        }
        if block.flags() & after::BOXES != 0 && !self.may_run_boxed(address, end) {
            return;
        }
        self.enter(address, end, block);
    }
}

/// A block at a real address is about to run.
unsafe extern "C" fn on_block(_: *mut uc_engine, address: u64, size: u32, data: *const State) {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    let flags = state.span.get().flags();
    state.settle_branch(address);
    let address = address as u32;
    if flags & (after::FENCE | after::BOXES | after::FUSED | COUNTED) != 0 && state.is_due(flags, address) {
        return;
    }
    state.block(address, size, state.blocks.get(&state.memory, address, size));
}

/// An instruction in the code alias is about to run.
unsafe extern "C" fn on_alias_instruction(_: *mut uc_engine, address: u64, _: u32, data: *const State) {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    match state.view.get() {
        View::Real => state.halt(Why::Astray),
        View::Alias { target, .. } if u64::from(target) != address => {}
        View::Alias { .. } => state.shell.stop(),
    }
}

/// Unicorn does not enter traps of this core: it calls this.
unsafe extern "C" fn on_exception(_: *mut uc_engine, number: u32, data: *const State) {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    if state.frozen.get() || state.why.get() == Why::Access {
        state.shell.stop();
    } else {
        state.halt(Why::Exception(number));
    }
}

/// A block was translated, perhaps since its bytes were written.
unsafe extern "C" fn on_translated(
    _: *mut uc_engine,
    new: *const shell::Block,
    _: *const shell::Block,
    data: *const State,
) {
    // SAFETY: the user data of all hooks, see `install`; Unicorn hands over a block that it holds.
    let (state, new) = unsafe { (&*data, &*new) };
    state.blocks.translated(new.pc as u32);
    state.boxes.translated(new.pc as u32);
}

/// Unicorn does not know a page.
unsafe extern "C" fn on_page(
    _: *mut uc_engine,
    address: u64,
    kind: MemType,
    result: *mut TlbEntry,
    data: *const State,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    let (kind, asked) = match kind {
        MemType::FETCH => (AccessKind::Fetch, Prot::EXEC),
        MemType::WRITE => (AccessKind::Store, Prot::WRITE),
        _ => (AccessKind::Load, Prot::READ),
    };
    let in_alias = state.view.get() != View::Real;
    let answer = match state.translation.page(&state.memory, address, kind, in_alias) {
        Page::At(paddr, perms) => (paddr, perms),
        Page::NewCode(paddr, perms) => {
            state.shell.flush_pages();
            (paddr, perms)
        }
        Page::Refused => {
            // Behind an access that has ended the run it is of no interest.
            if state.why.get() == Why::None {
                state.why.set(Why::Page(kind));
            }
            return false;
        }
    };
    // SAFETY: Unicorn hands over a place for the answer.
    unsafe { result.write(state.shell.tell(address, state.translation.is_machine(kind).into(), asked, answer)) };
    true
}

/// An access outside the memories, or of memory that is permitted in part.
unsafe extern "C" fn on_guarded(
    _: *mut uc_engine,
    kind: u32,
    address: u64,
    size: i32,
    value: i64,
    data: *const State,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    state.guarded_access(kind == MemType::WRITE_PROT as u32, address as u32, size as u32, value as u64)
}

/// A store to memory that is not writable, or a load from one that is not readable. The system may have a use for the
/// store, as the controller of a flash memory has: what it accepts goes on as with a device, and Unicorn then drops it,
/// since it keeps such memory as ROM.
unsafe extern "C" fn on_refused(
    _: *mut uc_engine,
    kind: u32,
    address: u64,
    size: i32,
    value: i64,
    data: *const State,
) -> bool {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data };
    if kind == MemType::WRITE_PROT as u32 {
        return state.guarded_access(true, address as u32, size as u32, value as u64);
    }
    if state.frozen.get() {
        return false;
    }
    let pc = state.view.get().real(state.shell.program_counter()) as u32;
    let store = state.operand(pc).is_some_and(|(instruction, ..)| instruction.faults_as_store());
    let kind = if store { AccessKind::Store } else { AccessKind::Load };
    state.refuse(pc, Stop::Fault { kind, address })
}

/// A load that [`on_guarded`] has accepted.
unsafe extern "C" fn on_device_load(_: *mut uc_engine, offset: u64, size: u32, data: *mut c_void) -> u64 {
    // SAFETY: the user data of all hooks, see `install`.
    let state = unsafe { &*data.cast::<State>() };
    // Every guarded range begins at a page, so the offset has the address's low bits.
    state.loaded.get().get(offset, size)
}

/// A store that [`on_guarded`] has made already.
unsafe extern "C" fn on_device_store(_: *mut uc_engine, _: u64, _: u32, _: u64, _: *mut c_void) {}
