//! The kernel's state, and the tasks' control blocks as `bluekernel-core` sees them.

use crate::kernel::Kernel;
use crate::lock::Locked;
use crate::trace;
use bluekernel_abi::PriorityCause;
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
    }

    #[inline(always)]
    fn on_time_out(self, id: TaskId) {
        trace::timer_fire(self.0, id.number());
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
        /// The kernel's state; behind it, as long as a control block is, the control blocks.
        static __bk_table: u8;
        static __bk_control_start: u8;
        static __bk_definitions_start: u8;
        static __bk_definitions_end: u8;
    }

    /// What lies at `__bk_table`. Reached by that symbol only, as the control blocks are: so the compiler needs one address
    /// for both, and knows no bounds between them.
    #[used]
    #[unsafe(link_section = ".bk.state")]
    static STATE: Protected<Kernel> = Protected::new(Kernel::new());

    const _: () = assert!(size_of::<Protected<Kernel>>() == size_of::<Control>());

    /// The kernel's state.
    #[inline(always)]
    pub(crate) fn state() -> &'static Protected<Kernel> {
        // SAFETY: the linker script puts `STATE` there.
        unsafe { &*(&raw const __bk_table).cast() }
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

    /// All tasks, in the order of file name and line. An iterator, since the length of a slice would cost a division.
    pub(crate) fn definitions() -> impl Iterator<Item = &'static Definition> {
        let mut at = (&raw const __bk_definitions_start).cast::<Definition>();
        let end = (&raw const __bk_definitions_end).cast::<Definition>();
        core::iter::from_fn(move || {
            if at == end {
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
pub(crate) use host::{control, control_number, definitions, register, state};

/// On the host every task registers itself before `main`.
#[cfg(not(target_os = "none"))]
mod host {
    use crate::kernel::Kernel;
    use crate::lock::Protected;
    use crate::task::{Control, Definition};
    use bluekernel_core::TaskId;
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::vec::Vec;

    /// A definition, where it stands in the source, and its control block.
    struct Entry {
        definition: &'static Definition,
        place: (&'static str, u32),
    }

    static REGISTERED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());
    static DEFINITIONS: OnceLock<Vec<&'static Definition>> = OnceLock::new();

    /// The kernel's state.
    pub(crate) fn state() -> &'static Protected<Kernel> {
        static STATE: Protected<Kernel> = Protected::new(Kernel::new());
        &STATE
    }

    /// Puts a task into the table. Before the kernel starts.
    pub(crate) fn register(definition: &'static Definition, file: &'static str, line: u32) {
        let mut entries = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(Entry { definition, place: (file, line) });
    }

    /// All tasks, in the order of file name and line.
    pub(crate) fn definitions() -> &'static [&'static Definition] {
        DEFINITIONS.get_or_init(|| {
            let mut entries = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
            entries.sort_by_key(|entry| entry.place);
            assert!(entries.len() <= TaskId::MAX_TASKS, "more than {} tasks", TaskId::MAX_TASKS);
            entries.iter().map(|entry| entry.definition).collect()
        })
    }

    /// The control block of a task.
    pub(crate) fn control(id: TaskId) -> &'static Control {
        definitions()[usize::from(id.number())].control
    }

    /// The place of a control block.
    pub(crate) fn control_number(control: &'static Control) -> u8 {
        let place = definitions().iter().position(|definition| core::ptr::eq(definition.control, control));
        place.map_or(bluekernel_abi::NO_TASK, |place| place as u8)
    }
}
