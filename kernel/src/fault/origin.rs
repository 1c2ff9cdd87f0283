//! Whose code it was that died.

use crate::text::decimal;

/// Who was executing.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// A task: its number, and its name where names are kept (feature `task-names`), else an empty one.
    Task(u8, &'static str),
    /// An exception handler, by exception number.
    Handler(u32),
    /// `main`, or idle.
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
            Self::Handler(exception) if exception >= 16 => {
                say(b"in the handler of interrupt ");
                say(decimal(exception - 16, &mut digits));
            }
            Self::Handler(exception) => {
                say(b"in the handler of exception ");
                say(decimal(exception, &mut digits));
            }
        }
    }
}
