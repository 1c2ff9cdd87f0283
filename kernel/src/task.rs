//! Tasks: what `#[bluekernel::task]` makes, their start and their end, and `yield_now`.
#![expect(unsafe_code, reason = "hands stacks to the port and gets definitions back from it")]

use crate::kernel::{self, KERNEL, act};
use crate::lock::{self, Locked, Protected};
use crate::table::{self, Tasks};
use crate::trace;
use bluekernel_arch::{Current, Port};
use bluekernel_core::{Decision, Priority, Table, TaskControl, TaskId};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

#[cfg(feature = "async")]
pub(crate) mod futures;
mod handle;
mod slot;

pub use bluekernel_abi::TaskState;
pub use handle::{Busy, JoinError, NoSuchPriority, Task};
pub use slot::{__HasStack, Slot, SpawnError};

/// Lets the other ready tasks of the running task's priority run first. Returns when it is this task's turn again; at
/// once if there are none. From any context; does not block, but its equals run. In a handler, in `main` and inside a
/// critical section it does nothing.
#[inline(always)]
pub fn yield_now() {
    if Current::may_switch() {
        Current::yield_task();
    }
}

/// The name of the task at place `number`: the one of its function. Empty on a target without the feature `task-names`,
/// which puts the names into flash; `None` if there are not so many tasks. From any context; does not block.
#[must_use]
pub fn name(number: u8) -> Option<&'static str> {
    table::definition(number).map(Definition::name)
}

/// A task's control block.
pub type Control = Protected<TaskControl<'static>>;

/// What the compiler says of a stack below [`Port::MIN_STACK`].
const TOO_SMALL: &str = if cfg!(all(guarded, target_arch = "riscv32")) {
    "a stack with its guard needs at least 272 bytes, 432 with floating-point registers"
} else if cfg!(all(guarded, target_arch = "riscv64")) {
    "a stack with its guard needs at least 480 bytes, 768 with floating-point registers"
} else if cfg!(target_arch = "riscv32") {
    "a stack needs at least 176 bytes"
} else if cfg!(target_arch = "riscv64") {
    "a stack needs at least 336 bytes"
} else {
    "a stack needs at least 128 bytes, 136 with a floating-point unit"
};

/// A task's stack of `BYTES` bytes: a multiple of 8, and at least 128; 136 with a floating-point unit. The registers of a
/// task that uses that unit take another 136 bytes. On RISC-V at least 176, or 336 with registers of 64 bits; the
/// floating-point registers of a task that uses them take another 160 or 288.
///
/// On Armv8-M at least 144; 208 with a floating-point unit. The limit that the processor checks lies 40 bytes above the
/// stack's end, 104 with that unit: so much may the switch save below it. With the feature `stack-guard` on Armv7-M at
/// least 208; 272 with that unit. The guard and its alignment take up to 56 bytes. On RISC-V with that feature at least 272,
/// of which the guard takes 176; with registers of 64 bits and those of floating point 768, of which it takes 592.
///
/// ```compile_fail,E0080
/// #[bluekernel::task(priority = 1, stack = 1001)] // not a multiple of 8
/// fn odd() {}
/// # fn main() {}
/// ```
/// ```compile_fail,E0080
/// #[bluekernel::task(priority = 1, stack = 64)] // too small
/// fn small() {}
/// # fn main() {}
/// ```
#[repr(C, align(8))]
pub struct Stack<const BYTES: usize>(UnsafeCell<MaybeUninit<[u8; BYTES]>>);

// SAFETY: nobody but the port touches the bytes, for the one task whose definition has the stack.
unsafe impl<const BYTES: usize> Sync for Stack<BYTES> {}

impl<const BYTES: usize> Stack<BYTES> {
    /// A stack.
    ///
    /// # Panics
    /// If its size is crooked or too small; at compile time for a static.
    #[must_use]
    pub const fn new() -> Self {
        assert!(BYTES.is_multiple_of(8), "a stack's size is a multiple of 8 bytes");
        // None at all is a slot's without one.
        assert!(BYTES == 0 || BYTES >= Current::MIN_STACK, "{}", TOO_SMALL);
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

impl<const BYTES: usize> Default for Stack<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is known of a task before anything runs. Made by `#[bluekernel::task]`, kept in flash.
///
/// ```compile_fail,E0080
/// #[bluekernel::task(priority = 32, stack = 1024)] // priorities are 0 to 31
/// fn eager() {}
/// # fn main() {}
/// ```
pub struct Definition {
    entry: fn(),
    pub(crate) control: &'static Control,
    stack: *mut u8,
    stack_bytes: u32,
    priority: Priority,
    /// Whether it is started with the kernel.
    starts: bool,
    #[cfg(any(feature = "task-names", not(target_os = "none")))]
    name: &'static str,
}

// SAFETY: nothing in it changes. The stack is only passed on.
unsafe impl Sync for Definition {}

impl Definition {
    /// A task that runs `entry`. Its name is kept with the feature `task-names`, and on the host.
    ///
    /// # Safety
    /// `control` and `stack` are in no other definition, and the definition is a static in the table of definitions.
    ///
    /// # Panics
    /// If `priority` is above 31; at compile time, since definitions are statics.
    #[must_use]
    pub const unsafe fn new<const BYTES: usize>(
        entry: fn(),
        control: &'static Control,
        stack: &'static Stack<BYTES>,
        priority: u8,
        starts: bool,
        #[cfg_attr(
            all(not(feature = "task-names"), target_os = "none"),
            expect(unused_variables, reason = "not kept")
        )]
        name: &'static str,
    ) -> Self {
        let Some(priority) = Priority::new(priority) else {
            panic!("a task's priority is 0 to 31, 31 the most important")
        };
        Self {
            entry,
            control,
            stack: stack.0.get().cast(),
            stack_bytes: BYTES as u32,
            priority,
            starts,
            #[cfg(any(feature = "task-names", not(target_os = "none")))]
            name,
        }
    }

    /// The task's name; empty if it is not kept.
    pub(crate) fn name(&self) -> &'static str {
        #[cfg(any(feature = "task-names", not(target_os = "none")))]
        return self.name;
        #[cfg(not(any(feature = "task-names", not(target_os = "none"))))]
        ""
    }

    /// Where the task's stack begins, its lowest address, and its bytes.
    pub(crate) fn stack(&self) -> (*const u8, usize) {
        (self.stack, self.stack_bytes as usize)
    }

    fn id(&self) -> TaskId {
        TaskId::new(table::control_number(self.control))
    }

    /// Makes the task ready, if it starts with the kernel. It runs when the first switch is asked for. Called once.
    pub(crate) fn start(&'static self, locked: Locked<'_>) {
        if self.starts {
            let saved = self.prepare();
            let _ = start(locked, self.id(), saved, self.priority, self.stack_bytes);
        }
    }

    /// Makes its stack as it is before the first instruction. The task does not run.
    fn prepare(&'static self) -> *mut u8 {
        let argument = core::ptr::from_ref(self).cast();
        // SAFETY: `Stack` checked size and alignment, and by the contract of `new` it is this task's alone.
        unsafe { Current::prepare(self.stack, self.stack_bytes as usize, run, argument) }
    }

    /// The task's handle. Called by what `#[bluekernel::task]` makes.
    #[doc(hidden)]
    pub fn __task(&self) -> Task {
        Task(self.id())
    }

    /// Starts the task, which must be dormant. Called by what `#[bluekernel::task]` makes.
    #[doc(hidden)]
    pub fn __start(&'static self) -> Result<(), Busy> {
        let id = self.id();
        claim(id)?;
        launch(id, self.prepare(), self.priority, self.stack_bytes);
        Ok(())
    }
}

/// Takes a dormant task for the caller, who is going to launch it.
fn claim(id: TaskId) -> Result<(), Busy> {
    if lock::with(|locked| KERNEL.get(locked).scheduler.claim(Tasks(locked), id)) { Ok(()) } else { Err(Busy) }
}

/// Starts a claimed task whose registers are at `saved`. A stack is painted without the lock, in between.
fn launch(id: TaskId, saved: *mut u8, priority: Priority, stack_bytes: u32) {
    lock::with(|locked| act(locked, start(locked, id, saved, priority, stack_bytes)));
}

fn start(locked: Locked<'_>, id: TaskId, saved: *mut u8, priority: Priority, stack_bytes: u32) -> Decision {
    Tasks(locked).task(id).set_saved(saved);
    trace::task_new(locked, id.number(), priority.number(), stack_bytes);
    KERNEL.get(locked).scheduler.start(Tasks(locked), id, priority)
}

/// Where every task of a definition begins and ends.
extern "C" fn run(definition: *const ()) -> ! {
    // SAFETY: `prepare` gave it to the port, from a static.
    let definition = unsafe { &*definition.cast::<Definition>() };
    Current::call(definition.entry);
    end()
}

/// The end of the running task.
fn end() -> ! {
    lock::with_mask(|locked, mask| {
        let scheduler = &KERNEL.get(locked).scheduler;
        if let Some(id) = scheduler.current() {
            trace::task_exit(locked, id.number());
            kernel::stop(locked, mask, None, None);
            scheduler.exit(Tasks(locked), id);
            #[cfg(feature = "async")]
            futures::begin(locked);
        }
    });
    loop {
        Current::settle();
    }
}

/// Puts a task into the table. Called by what `#[bluekernel::task]` makes, before `main`.
#[doc(hidden)]
#[cfg(not(target_os = "none"))]
pub fn __register(definition: &'static Definition, file: &'static str, line: u32) {
    table::register(definition, file, line);
}

/// Puts a slot into the table. Called by what `#[bluekernel::slot]` makes, before `main`.
#[doc(hidden)]
#[cfg(not(target_os = "none"))]
pub fn __register_slot(control: &'static Control, file: &'static str, line: u32) {
    table::register_slot(control, file, line);
}

/// A control block of a task that was never started.
#[doc(hidden)]
#[must_use]
pub const fn __control() -> Control {
    Protected::new(TaskControl::new())
}

// The linker script counts on the size, which build.rs tells it.
const _: () = assert!(
    size_of::<Control>()
        == if cfg!(all(any(feature = "cpu-time", feature = "async"), target_pointer_width = "64")) { 128 } else { 64 }
);
