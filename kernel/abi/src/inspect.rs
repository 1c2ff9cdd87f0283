//! The inspection table: how a tool that sees only an ELF file and some memory finds the kernel's own state.
//!
//! Three ELF sections describe it. They are not loaded (`INFO` in the linker script): they cost neither flash nor RAM.
//! Each is an array of records; every field of a record is one machine word of the target, in its byte order, so a
//! reader needs only the ELF's class and endianness.
//!
//! | section | holds | written by |
//! |---|---|---|
//! | [`KERNEL_SECTION`] | one [`KernelRecord`] | the kernel |
//! | [`TASK_SECTION`] | a [`TaskRecord`] a task | `#[task]` |
//! | [`NAME_SECTION`] | NUL-terminated UTF-8 names; a name's id is its offset in the section | `#[task]`, `mark!`, ... |
//!
//! A task's number is the place of its control block in the array that starts at [`KernelRecord::tasks`].

/// The section of the kernel's record.
pub const KERNEL_SECTION: &str = ".bk.kernel";
/// The section of the task records.
pub const TASK_SECTION: &str = ".bk.tasks";
/// The section of the names.
pub const NAME_SECTION: &str = ".bk.names";
/// The linker symbol from which objects are numbered ([`crate::wire::ObjectNumbers`]): the start of RAM.
pub const OBJECT_BASE_SYMBOL: &str = "__bk_object_base";
/// What an unused stack byte holds.
pub const STACK_PAINT: u8 = 0xa5;
/// `b"BKIT"`, little endian.
pub const MAGIC: usize = 0x5449_4b42;
/// The version of the records below.
///
/// | version | what came with it |
/// |---|---|
/// | 1 | |
/// | 2 | [`KernelRecord::saved_layout`]; before, all kernels had [`SavedLayout::CortexM`] |
/// | 3 | [`KernelRecord::current`] is a number plus 1, and the running task's state byte says [`crate::TaskState::Ready`] |
/// | 4 | objects are numbered in steps of [`crate::wire::OBJECT_BYTES`]; before, in words |
pub const VERSION: usize = 4;

/// Which registers of a task that does not run lie where, from its saved stack pointer upwards. The values are part of
/// the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum SavedLayout {
    /// None that a tool could read: a task is a thread of the host.
    Host = 0,
    /// r4 to r11; then the core's basic frame (r0 to r3, r12, lr, pc, xPSR).
    CortexM = 1,
    /// r4 to r11, EXC_RETURN; if bit 4 of that is 0, s16 to s31 and then the core's extended frame (the basic one, s0 to
    /// s15, FPSCR, a reserved word), else the basic one.
    CortexMFloat = 2,
    /// The limit of the stack (PSPLIM, or where a guard lies); then as [`SavedLayout::CortexMFloat`], with or without a
    /// floating-point unit.
    CortexMLimit = 7,
    /// In words of 4 bytes: ra, s0 to s11 and three that are unused, 64 bytes; the task goes on at ra with sp behind them.
    /// Where ra is the symbol `__bk_resume`, an interrupt took the task's turn, and 80 bytes follow: the pc at which the
    /// task goes on, an unused word, ra, t0 to t2, s0, a0 to a7, t3 to t6, an unused word.
    RiscV32 = 3,
    /// The same in words of 8 bytes: 112 bytes and 160 bytes.
    RiscV64 = 4,
    /// As [`SavedLayout::RiscV32`]; bits 13 and 14 of the word behind s11 are those of mstatus. If both are set, 64 bytes come
    /// behind the first 64: fcsr, then fs0 to fs11 in 4 bytes each. Behind `__bk_resume`'s pc lies mstatus; if both bits are set
    /// there, ft0 to ft11 and fa0 to fa7 follow in 4 bytes each, then two unused words, and then the 80 bytes, of which
    /// the first word counts no more.
    RiscV32Float = 5,
    /// The same in words of 8 bytes, also for floating-point registers: 112 and 112 bytes, 176 and 160 bytes.
    RiscV64Float = 6,
}

impl SavedLayout {
    /// The layout of word `value`, or `None` for one that this version does not know.
    #[must_use]
    pub const fn from_word(value: u64) -> Option<Self> {
        Some(match value {
            0 => Self::Host,
            1 => Self::CortexM,
            2 => Self::CortexMFloat,
            7 => Self::CortexMLimit,
            3 => Self::RiscV32,
            4 => Self::RiscV64,
            5 => Self::RiscV32Float,
            6 => Self::RiscV64Float,
            _ => return None,
        })
    }
}

/// What a tool must know of the kernel. All fields are machine words of the target.
///
/// `A` is the type of an address: `*const ()` where the record is written, so that the linker fills it in.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct KernelRecord<A> {
    /// [`MAGIC`].
    pub magic: usize,
    /// [`VERSION`].
    pub version: usize,
    /// Address of the first task control block.
    pub tasks: A,
    /// Address behind the last task control block.
    pub tasks_end: A,
    /// Bytes of one task control block.
    pub task_stride: usize,
    /// Offset in a control block of the state byte ([`crate::TaskState`]).
    pub state_offset: usize,
    /// Offset of the effective priority byte.
    pub priority_offset: usize,
    /// Offset of the saved stack pointer (a word; valid unless the task runs).
    pub saved_sp_offset: usize,
    /// Offset of the address of the object waited for (a word, 0 for none).
    pub wait_object_offset: usize,
    /// Address of the byte that holds the running task's number plus 1, 0 when idle. Before version 3 it was the number,
    /// [`crate::NO_TASK`] when idle.
    pub current: A,
    /// Trace-clock cycles in a second.
    pub trace_clock_hz: usize,
    /// What lies at a saved stack pointer: a [`SavedLayout`].
    pub saved_layout: usize,
}

/// What a tool must know of one task. All fields are machine words of the target.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TaskRecord<A> {
    /// Address of its control block; the task's number follows from it.
    pub control: A,
    /// Lowest address of its stack.
    pub stack: A,
    /// Bytes of its stack.
    pub stack_bytes: usize,
    /// Its base priority.
    pub priority: usize,
    /// Its name, as an address in [`NAME_SECTION`].
    pub name: A,
    /// Bytes of the name, without the NUL.
    pub name_bytes: usize,
}

/// The number of words of a [`KernelRecord`].
pub const KERNEL_RECORD_WORDS: usize = 12;
/// The number of words of a [`TaskRecord`].
pub const TASK_RECORD_WORDS: usize = 6;
