//! The kernel's state, and the tasks' control blocks as `bluekernel-core` sees them.

use crate::kernel::Kernel;
use crate::lock::Locked;
use crate::task::Definition;
use crate::trace;
use bluekernel_abi::PriorityCause;
use bluekernel_arch::{Current, Port};
use bluekernel_core::{Table, TaskControl, TaskId, WaitList};

/// The table. Having one proves that the lock is held.
#[derive(Clone, Copy)]
pub(crate) struct Tasks<'l>(pub(crate) Locked<'l>);

impl Table<'static> for Tasks<'_> {
    #[inline(always)]
    fn task(self, id: TaskId) -> &'static TaskControl<'static> {
        control(id).get_static(self.0)
    }

    #[inline(always)]
    fn on_ready(self, id: TaskId) {
        trace::ready(self.0, id.number());
        #[cfg(feature = "round-robin")]
        crate::slice::on_ready(self.0, id);
    }

    #[inline(always)]
    fn on_time_out(self, id: TaskId) {
        trace::timer_fire(self.0, id.number());
    }

    #[inline(always)]
    fn let_handlers_in(self) {
        Current::let_handlers_in();
    }

    #[inline(always)]
    fn on_priority(self, id: TaskId, priority: u8, cause: PriorityCause, list: Option<&WaitList>) {
        let object = list.map_or(0, |list| core::ptr::from_ref(list).addr());
        trace::priority(self.0, id.number(), priority, cause, object);
    }
}

/// The way to the kernel's state, under the lock.
pub(crate) struct TheKernel;

/// The kernel's state.
pub(crate) const KERNEL: TheKernel = TheKernel;

impl TheKernel {
    /// The state, for as long as the lock is held.
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "reads as the value that it stands for")]
    pub(crate) fn get<'a>(&self, locked: Locked<'a>) -> &'a Kernel {
        state().get_static(locked)
    }
}

/// The declaration of the task at place `number`; a task in a slot has none.
pub(crate) fn definition(number: u8) -> Option<&'static Definition> {
    definitions().find(|definition| control_number(definition.control) == number)
}

#[cfg(all(feature = "trace", target_os = "none"))]
pub(crate) use target::definition_at;
#[cfg(target_os = "none")]
pub(crate) use target::{control, control_number, definitions, state};

#[cfg(target_os = "none")]
mod target {
    #![expect(unsafe_code, reason = "the table is put together by the linker")]

    use crate::kernel::Kernel;
    use crate::lock::Protected;
    use crate::task::{Control, Definition};
    use bluekernel_core::TaskId;

    unsafe extern "C" {
        /// One control block before the first: in the kernel's state, which lies there and ends where the blocks begin.
        static __bk_table: u8;
        static __bk_control_start: u8;
        static __bk_definitions_start: u8;
        static __bk_definitions_end: u8;
    }

    /// What ends where the control blocks begin. Reached by `__bk_table` only, as the control blocks are: so the compiler needs one address
    /// for both, and knows no bounds between them.
    #[used]
    #[unsafe(link_section = ".bk.state")]
    static STATE: Protected<Kernel> = Protected::new(Kernel::new());

    /// From `__bk_table` to the kernel's state. None where pointers have 32 bits: it is as large as a control block.
    const STATE_OFFSET: usize = size_of::<Control>().wrapping_sub(size_of::<Protected<Kernel>>());

    /// The kernel's state.
    #[inline(always)]
    pub(crate) fn state() -> &'static Protected<Kernel> {
        // SAFETY: the linker script puts `STATE` in front of the first control block, and its size is a multiple of its
        // alignment, which is that of a block.
        unsafe { &*(&raw const __bk_table).wrapping_add(STATE_OFFSET).cast() }
    }

    /// The control block of a task.
    #[inline(always)]
    pub(crate) fn control(id: TaskId) -> &'static Control {
        let table = (&raw const __bk_table).cast::<Control>();
        // SAFETY: an id is made from the place of a definition's control block in this very array, and from nothing
        // else; so the place is inside of it, and a static is there. Ordinals begin at 1, behind the kernel's state.
        unsafe { &*table.wrapping_add(usize::from(id.ordinal())) }
    }

    /// The place of a control block.
    pub(crate) fn control_number(control: &'static Control) -> u8 {
        let distance = core::ptr::from_ref(control).addr() - (&raw const __bk_control_start).addr();
        (distance / size_of::<Control>()) as u8
    }

    /// The task at place `index` of the definitions.
    #[cfg(feature = "trace")]
    pub(crate) fn definition_at(index: u8) -> Option<&'static Definition> {
        let at = (&raw const __bk_definitions_start).cast::<Definition>().wrapping_add(index.into());
        // SAFETY: the linker script puts nothing but definitions between the two symbols.
        (at.addr() < (&raw const __bk_definitions_end).addr()).then(|| unsafe { &*at })
    }

    /// All tasks, in the order of file name and line. An iterator, since the length of a slice would cost a division.
    pub(crate) fn definitions() -> impl Iterator<Item = &'static Definition> {
        let mut at = (&raw const __bk_definitions_start).cast::<Definition>();
        let end = (&raw const __bk_definitions_end).cast::<Definition>();
        core::iter::from_fn(move || {
            // Not `==`: two symbols are two things for the compiler, which never are at the same address. Where there is no
            // task these are.
            if at.addr() >= end.addr() {
                return None;
            }
            // SAFETY: the linker script puts nothing but definitions between the two symbols.
            let definition = unsafe { &*at };
            at = at.wrapping_add(1);
            Some(definition)
        })
    }
}

#[cfg(not(target_os = "none"))]
pub(crate) use host::{control, control_number, definitions, register, register_slot, state};

/// On the host every task registers itself before `main`.
#[cfg(not(target_os = "none"))]
mod host {
    use crate::kernel::Kernel;
    use crate::lock::Protected;
    use crate::task::{Control, Definition};
    use bluekernel_core::TaskId;
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::vec::Vec;

    /// A task or a slot for one, and where it stands in the source.
    struct Entry {
        control: &'static Control,
        definition: Option<&'static Definition>,
        place: (&'static str, u32),
    }

    static REGISTERED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());
    static TABLE: OnceLock<Vec<Entry>> = OnceLock::new();

    /// The kernel's state.
    pub(crate) fn state() -> &'static Protected<Kernel> {
        static STATE: Protected<Kernel> = Protected::new(Kernel::new());
        &STATE
    }

    /// Puts a task into the table. Before the kernel starts.
    pub(crate) fn register(definition: &'static Definition, file: &'static str, line: u32) {
        enter(Entry { control: definition.control, definition: Some(definition), place: (file, line) });
    }

    /// Puts a slot into the table. Before the kernel starts.
    pub(crate) fn register_slot(control: &'static Control, file: &'static str, line: u32) {
        enter(Entry { control, definition: None, place: (file, line) });
    }

    fn enter(entry: Entry) {
        REGISTERED.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// All tasks and slots, in the order of file name and line.
    fn table() -> &'static [Entry] {
        TABLE.get_or_init(|| {
            let mut entries = core::mem::take(&mut *REGISTERED.lock().unwrap_or_else(PoisonError::into_inner));
            entries.sort_by_key(|entry| entry.place);
            assert!(entries.len() <= TaskId::MAX_TASKS, "more than {} tasks", TaskId::MAX_TASKS);
            entries
        })
    }

    /// The tasks that are declared, in the order of the table.
    pub(crate) fn definitions() -> impl Iterator<Item = &'static Definition> {
        table().iter().filter_map(|entry| entry.definition)
    }

    /// The control block of a task.
    pub(crate) fn control(id: TaskId) -> &'static Control {
        table()[usize::from(id.number())].control
    }

    /// The place of a control block.
    pub(crate) fn control_number(control: &'static Control) -> u8 {
        let place = table().iter().position(|entry| core::ptr::eq(entry.control, control));
        place.map_or(bluekernel_abi::NO_TASK, |place| place as u8)
    }
}
