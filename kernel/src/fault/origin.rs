//! Whose code it was that died.

use crate::text::decimal;

/// Who was executing.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// A task: its number, and its name where names are kept (feature `task-names`), else an empty one.
    Task(u8, &'static str),
    /// An exception handler, by exception number.
    #[cfg(any(test, target_arch = "arm"))]
    Handler(u32),
    /// `main`, or idle; on RISC-V also a handler.
    Main,
}

impl Origin {
    /// The task that runs.
    #[cfg(target_os = "none")]
    pub(super) fn running_task() -> Self {
        match crate::current_task() {
            bluekernel_abi::NO_TASK => Self::Main,
            number => Self::Task(number, crate::task::name(number).unwrap_or_default()),
        }
    }

    /// Whose code calls this.
    #[cfg(all(feature = "panic", target_arch = "arm", target_os = "none"))]
    pub(super) fn here() -> Self {
        use bluekernel_arch::{Current, Port};
        let exception: u32;
        // SAFETY: reads a register.
        unsafe { core::arch::asm!("mrs {}, ipsr", out(reg) exception, options(nomem, nostack, preserves_flags)) };
        match exception {
            0 if Current::in_task() => Self::running_task(),
            0 => Self::Main,
            exception => Self::Handler(exception),
        }
    }

    /// Whose code calls this. A handler is not told from `main`: no register says it.
    #[cfg(all(feature = "panic", any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
    pub(super) fn here() -> Self {
        use bluekernel_arch::{Current, Port};
        if Current::in_task() { Self::running_task() } else { Self::Main }
    }

    /// Writes it, as in `in task 2 (sensor)`.
    #[inline(never)]
    pub(super) fn write(self, say: &mut dyn FnMut(&[u8])) {
        let mut digits = [0; 10];
        match self {
            Self::Main => say(b"outside of all tasks"),
            Self::Task(number, name) => {
                say(b"in task ");
                say(decimal(number.into(), &mut digits));
                if !name.is_empty() {
                    say(b" (");
                    say(name.as_bytes());
                    say(b")");
                }
            }
            #[cfg(any(test, target_arch = "arm"))]
            Self::Handler(exception) if exception >= 16 => {
                say(b"in the handler of interrupt ");
                say(decimal(exception - 16, &mut digits));
            }
            #[cfg(any(test, target_arch = "arm"))]
            Self::Handler(exception) => {
                say(b"in the handler of exception ");
                say(decimal(exception, &mut digits));
            }
        }
    }
}
