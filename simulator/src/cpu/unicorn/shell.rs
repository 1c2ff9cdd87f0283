//! Unicorn's C interface with types. No policy; nothing here knows what a hook does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::ptr;

use unicorn_engine::{
    Arch, ControlType, HookType, Mode, Prot, TlbEntry, TlbType, uc_context, uc_context_alloc, uc_context_free,
    uc_context_restore, uc_context_save, uc_context_size, uc_ctl, uc_emu_start, uc_emu_stop, uc_engine, uc_error,
    uc_hook, uc_hook_add, uc_mem_map_ptr, uc_mem_protect, uc_mmio_map, uc_open, uc_vmem_translate,
};

/// One Unicorn instance. Lives on one thread.
///
/// Holding one proves that the handle is open. It does not prove that the user data of its hooks is alive: whoever
/// adds a hook answers for that.
#[derive(Debug)]
pub(super) struct Shell {
    handle: *mut uc_engine,
    context: *mut uc_context,
    told: RefCell<Told>,
}

/// What Unicorn was told of pages since it forgot them.
#[derive(Debug, Default)]
struct Told {
    /// By page and level of the code: the physical page, the rights.
    pages: BTreeMap<(u64, u8), (u64, Prot)>,
    /// How often something was told once more.
    repeats: u32,
    repeating: bool,
}

/// Of how many pages we remember what Unicorn was told, and how often we repeat it.
const PAGES_LIMIT: usize = 1 << 14;
const REPEATS_LIMIT: u32 = 100;

/// `uc_ctl` requests: type, number of arguments in bits 29:26, direction in bits 31:30 (1 is write).
pub(super) const fn control(request: ControlType, arguments: u32) -> ControlType {
    ControlType(request.0 | arguments << 26 | 1 << 30)
}

/// A translated block (`uc_tb` of unicorn.h).
#[repr(C)]
#[derive(Debug)]
pub(super) struct Block {
    /// Its first address.
    pub(super) pc: u64,
    /// Instructions.
    pub(super) icount: u16,
    /// Bytes.
    pub(super) size: u16,
}

/// The same for requests that ask.
const fn query(request: ControlType, arguments: u32) -> ControlType {
    ControlType(request.0 | arguments << 26 | 2 << 30)
}

impl Shell {
    /// Opens an instance of a core: an architecture, its mode, and the number of a model of it.
    pub(super) fn open_model(arch: Arch, mode: Mode, model: c_int) -> Result<Self, uc_error> {
        let mut handle = ptr::null_mut();
        // SAFETY: `handle` is a valid place for the result.
        check(unsafe { uc_open(arch, mode, &raw mut handle) })?;
        let mut shell = Self { handle, context: ptr::null_mut(), told: RefCell::default() };
        // SAFETY: the handle was just opened; the variadic arguments are those which each request names in unicorn.h:
        // the model as int before anything else; "use exits" as int.
        unsafe {
            check(uc_ctl(handle, control(ControlType::CPU_MODEL, 1), model))?;
            // An `until` address costs microseconds in hot code; with exits on and none set a start costs 0.15 us.
            check(uc_ctl(handle, control(ControlType::UC_USE_EXITS, 1), 1 as c_int))?;
            check(uc_context_alloc(handle, &raw mut shell.context))?;
        }
        Ok(shell)
    }

    /// The instance, for what an architecture adds to this type.
    #[inline]
    pub(super) fn handle(&self) -> *mut uc_engine {
        self.handle
    }

    /// Runs from `address` until a hook stops it or something goes wrong.
    #[inline]
    pub(super) fn start_at(&self, address: u64) -> uc_error {
        // SAFETY: `self` proves the handle; the hooks' user data is alive by the contract of `add_hook`.
        unsafe { uc_emu_start(self.handle, address, 0, 0, 0) }
    }

    /// Maps host memory at a physical address.
    ///
    /// # Safety
    /// `host` points to `size` bytes that outlive this instance, and nobody holds a reference into them while it runs.
    pub(super) unsafe fn map(&self, base: u64, size: u32, rights: Prot, host: *mut u8) -> Result<(), uc_error> {
        // SAFETY: `self` proves the handle; the caller answers for the memory.
        check(unsafe { uc_mem_map_ptr(self.handle, base, u64::from(size), rights.0, host.cast()) })?;
        if rights.0 & Prot::WRITE.0 == 0 {
            // Only this makes it ROM, whose stores are dropped once a hook has accepted them; the mapping alone does not.
            self.protect(base, size, rights);
        }
        Ok(())
    }

    /// Maps a range whose accesses all go through a PROT hook first; what the hook accepts is then asked of `read` and
    /// `write`.
    ///
    /// # Safety
    /// `data` stays valid for the callbacks as long as this instance.
    pub(super) unsafe fn map_guarded(
        &self,
        base: u64,
        size: u64,
        read: unsafe extern "C" fn(*mut uc_engine, u64, u32, *mut c_void) -> u64,
        write: unsafe extern "C" fn(*mut uc_engine, u64, u32, u64, *mut c_void),
        data: *mut c_void,
    ) -> Result<(), uc_error> {
        // SAFETY: `self` proves the handle; the caller answers for the data.
        unsafe {
            check(uc_mmio_map(self.handle, base, size, Some(read), data, Some(write), data))?;
            check(uc_mem_protect(self.handle, base, size, Prot::NONE.0))
        }
    }

    /// Changes what the core may do with a mapped range.
    pub(super) fn protect(&self, base: u64, size: u32, rights: Prot) {
        // SAFETY: `self` proves the handle.
        unsafe { protect(self.handle, base, size, rights) }
    }

    /// Adds a hook on addresses `first..=last`.
    ///
    /// # Safety
    /// `callback` has the signature that unicorn.h gives for `kind`; `data` stays valid for it as long as this
    /// instance; it holds no `&mut` to anything that the code around [`Shell::start`] also reaches.
    pub(super) unsafe fn add_hook(
        &self,
        kind: HookType,
        callback: *const c_void,
        data: *mut c_void,
        first: u64,
        last: u64,
    ) -> Result<(), uc_error> {
        let mut hook: uc_hook = Default::default();
        // SAFETY: `self` proves the handle; the caller answers for callback and data.
        check(unsafe {
            uc_hook_add(self.handle, &raw mut hook, kind.0 as c_int, callback.cast_mut(), data, first, last)
        })
    }

    /// Forgets the translations of `first..end`.
    pub(super) fn forget(&self, first: u32, end: u32) {
        // SAFETY: `self` proves the handle; the request takes two addresses of 64 bits.
        unsafe {
            uc_ctl(self.handle, control(ControlType::TB_REMOVE_CACHE, 2), u64::from(first), u64::from(end));
        }
    }

    /// Forgets all translations.
    pub(super) fn forget_all(&self) {
        // SAFETY: `self` proves the handle; the request takes no argument.
        unsafe {
            uc_ctl(self.handle, control(ControlType::TB_FLUSH, 0));
        }
    }

    /// Lets the engine's TLB hook translate addresses.
    pub(super) fn translate_by_hook(&self) {
        // SAFETY: `self` proves the handle; the request takes the kind as int.
        unsafe {
            uc_ctl(self.handle, control(ControlType::TLB_TYPE, 1), TlbType::VIRTUAL as c_int);
        }
    }

    /// Bytes of a page.
    pub(super) fn page_size(&self) -> u32 {
        let mut size = 0_u32;
        // SAFETY: `self` proves the handle; the request takes a pointer to 32 bits.
        unsafe {
            uc_ctl(self.handle, query(ControlType::UC_PAGE_SIZE, 1), &raw mut size);
        }
        size
    }

    /// What a TLB hook answers for a page and code of this level: the physical page, and the rights, of which one is
    /// `asked` for.
    ///
    /// Unicorn counts the entries of its table of pages, and miscounts when an entry is made anew: by one too many if it is
    /// there and says something else, by one too few if it has just been put aside, where it does not find pages that take
    /// its slow path. From a count below zero it concludes that the table is too small, and doubles it at each flush, up to
    /// 128 MiB. So what it was told otherwise it first forgets, and what it asks for once more it is told twice.
    pub(super) fn tell(&self, page: u64, level: u8, asked: Prot, answer: (u64, Prot)) -> TlbEntry {
        let before = self.told.borrow_mut().pages.insert((page, level), answer);
        if before == Some(answer) {
            self.repeat(page, asked);
        }
        let told = self.told.borrow();
        let is_full = told.pages.len() > PAGES_LIMIT || told.repeats > REPEATS_LIMIT;
        drop(told);
        if is_full || before.is_some_and(|before| before != answer) {
            self.flush_pages();
            self.told.borrow_mut().pages.insert((page, level), answer);
        }
        TlbEntry { paddr: answer.0, perms: answer.1 }
    }

    /// Lets Unicorn ask for a page within the hook that is to answer for it.
    fn repeat(&self, page: u64, asked: Prot) {
        if self.told.borrow().repeating {
            return;
        }
        self.told.borrow_mut().repeating = true;
        let mut physical = 0;
        // SAFETY: `self` proves the handle, and `physical` is a place for the result.
        unsafe { uc_vmem_translate(self.handle, page, asked, &raw mut physical) };
        let mut told = self.told.borrow_mut();
        told.repeating = false;
        told.repeats += 1;
    }

    /// Forgets which pages stand behind which, but no translations.
    pub(super) fn flush_pages(&self) {
        self.told.replace(Told::default());
        // SAFETY: `self` proves the handle; the request takes no argument.
        unsafe {
            uc_ctl(self.handle, control(ControlType::TLB_FLUSH, 0));
        }
    }

    /// Stops at these addresses, and no others.
    pub(super) fn set_exits(&self, exits: &[u64]) {
        // SAFETY: `self` proves the handle; the request takes a pointer and a count, and copies.
        unsafe {
            uc_ctl(self.handle, control(ControlType::UC_EXITS, 2), exits.as_ptr(), exits.len());
        }
    }

    /// Keeps the registers for [`Shell::restore_registers`].
    pub(super) fn save_registers(&self) {
        // SAFETY: `self` proves the handle and the context.
        unsafe { uc_context_save(self.handle, self.context) };
    }

    /// Brings back the registers of the last [`Shell::save_registers`].
    pub(super) fn restore_registers(&self) {
        // SAFETY: `self` proves the handle and the context; it was saved from this very instance.
        unsafe { uc_context_restore(self.handle, self.context) };
    }

    /// What Unicorn saves of the core's state, as bytes without a documented layout.
    pub(super) fn context(&self) -> Vec<u8> {
        self.with_context(<[u8]>::to_vec)
    }

    /// Looks at what Unicorn saves. It takes the place of the registers that [`Shell::save_registers`] keeps.
    pub(super) fn with_context<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        self.save_registers();
        // SAFETY: `self` proves the context, which C allocated and, behind its head, filled; it is as long as
        // `uc_context_size` says, and nobody changes it while `look` runs.
        look(unsafe {
            let len = uc_context_size(self.handle).saturating_sub(CONTEXT_HEAD);
            std::slice::from_raw_parts(self.context.cast::<u8>().add(CONTEXT_HEAD), len)
        })
    }

    /// Changes bytes of what Unicorn saves and makes that the core's state. Its translation flags are stale then.
    pub(super) fn edit_context(&self, edit: impl FnOnce(&mut [u8])) {
        self.save_registers();
        // SAFETY: as in `with_context`; nobody else has the context, and nothing else runs. That the edited bytes mean what
        // the caller thinks is checked where they are looked for, by `arm::context` and its users.
        unsafe {
            let len = uc_context_size(self.handle).saturating_sub(CONTEXT_HEAD);
            edit(std::slice::from_raw_parts_mut(self.context.cast::<u8>().add(CONTEXT_HEAD), len));
        }
        self.restore_registers();
    }

    /// Ends the running [`Shell::start`]; for hooks.
    #[inline]
    pub(super) fn stop(&self) {
        // SAFETY: `self` proves the handle.
        unsafe { uc_emu_stop(self.handle) };
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // SAFETY: both were made by `open`, and nobody uses them after this.
        unsafe {
            if !self.context.is_null() {
                uc_context_free(self.context);
            }
            unicorn_engine::uc_close(self.handle);
        }
    }
}

/// Bytes of `struct uc_context` in front of the core's state (include/uc_priv.h): partly never written.
const CONTEXT_HEAD: usize = 40;

/// Changes what the core may do with a mapped range, also from inside a hook that then answers `false`.
///
/// # Safety
/// `handle` is open, and this is its thread.
pub(super) unsafe fn protect(handle: *mut uc_engine, base: u64, size: u32, rights: Prot) {
    // SAFETY: the caller proves the handle.
    unsafe { uc_mem_protect(handle, base, u64::from(size), rights.0) };
}

fn check(error: uc_error) -> Result<(), uc_error> {
    if error == uc_error::OK { Ok(()) } else { Err(error) }
}
