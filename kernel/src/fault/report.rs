//! The text of a fault report, from the registers it is about. Pure, so that the host tests it.

use super::origin::Origin;
use crate::stack;
use crate::text::{decimal, hex};

/// What the core knows of a fault.
pub(super) struct Fault {
    /// The exception that reports it (IPSR): 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault.
    pub(super) exception: u32,
    /// Who died.
    pub(super) origin: Origin,
    /// The stack of the task that died.
    pub(super) stack: Option<stack::Usage>,
    /// The tasks' stack pointer at entry, below what the exception stacked.
    pub(super) sp: usize,
    /// r0 to r12, sp, lr, pc, xPSR; `None` if the core could not save them.
    pub(super) registers: Option<[u32; 17]>,
    /// Whether the core has the four registers that follow; else they are 0.
    pub(super) has_status: bool,
    /// Whether a stack ran over its limit, or into its guard.
    pub(super) stack_overflow: bool,
    /// Configurable Fault Status Register.
    pub(super) cfsr: u32,
    /// HardFault Status Register.
    pub(super) hfsr: u32,
    /// MemManage Fault Address Register.
    pub(super) mmfar: u32,
    /// BusFault Address Register.
    pub(super) bfar: u32,
}

/// CFSR: a bit, and what it says (Armv7-M Architecture Reference Manual, B3.2.15; bit 20: Armv8-M).
const CAUSES: [(u8, &str); 17] = [
    (0, "the memory protection forbids to run this code"),
    (1, "the memory protection forbids this access"),
    (3, "the memory protection forbids to unstack registers"),
    (4, "the memory protection forbids to stack registers: stack overflow?"),
    (5, "the memory protection forbids to save the floating-point registers"),
    (8, "nothing to run at this address"),
    (9, "nothing answers at this address"),
    (10, "a write shortly before: nothing answered"),
    (11, "nothing answers where registers should be unstacked"),
    (12, "nothing answers where registers should be stacked: stack overflow?"),
    (13, "nothing answers where floating-point registers should be saved"),
    (16, "undefined instruction"),
    (17, "not Thumb code: jump to an even address?"),
    (18, "invalid exception return"),
    (19, "no such coprocessor: is the floating-point unit on?"),
    (24, "unaligned access"),
    (25, "division by zero"),
];
/// CFSR: MMFAR holds an address.
const MMARVALID: u32 = 1 << 7;
/// CFSR: BFAR holds an address.
const BFARVALID: u32 = 1 << 15;
/// HFSR: the vector table could not be read.
const VECTTBL: u32 = 1 << 1;
/// HFSR: a breakpoint, and no debugger.
const DEBUGEVT: u32 = 1 << 31;

const NAMES: [&str; 17] =
    ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc", "xpsr"];

/// Writes the report, a piece at a time.
pub(super) fn write(fault: &Fault, say: &mut dyn FnMut(&[u8])) {
    say(b"\n*** ");
    say(match fault.exception {
        4 => b"MemManage fault",
        5 => b"BusFault",
        6 => b"UsageFault",
        _ => b"HardFault",
    });
    say(b" ");
    fault.origin.write(say);
    say(b"\n");
    if let Some(stack) = &fault.stack {
        of_stack(stack, fault.sp, say);
    }
    for (bit, text) in CAUSES {
        if fault.cfsr >> bit & 1 != 0 {
            cause(text, say);
        }
    }
    if fault.stack_overflow {
        cause("stack overflow", say);
    }
    if fault.hfsr & VECTTBL != 0 {
        cause("the vector table cannot be read", say);
    }
    if fault.hfsr & DEBUGEVT != 0 {
        cause("a breakpoint, and no debugger", say);
    }
    if fault.cfsr & MMARVALID != 0 {
        value("  address", fault.mmfar, say);
        say(b"\n");
    } else if fault.cfsr & BFARVALID != 0 {
        value("  address", fault.bfar, say);
        say(b"\n");
    }
    match &fault.registers {
        None => say(b"  the registers could not be stacked\n"),
        Some(registers) => {
            for (index, register) in registers.iter().enumerate() {
                say(b"  ");
                value(NAMES[index], *register, say);
                if index % 4 == 3 || index == 16 {
                    say(b"\n");
                }
            }
        }
    }
    if fault.has_status {
        value("  cfsr", fault.cfsr, say);
        value("  hfsr", fault.hfsr, say);
        say(b"\n");
    }
}

/// Where the task's stack is, what was never used of it, and whether the task went beyond it.
fn of_stack(stack: &stack::Usage, sp: usize, say: &mut dyn FnMut(&[u8])) {
    value("  stack", stack.start as u32, say);
    value(" to", (stack.start + stack.bytes) as u32, say);
    say(b", ");
    say(decimal(stack.unused as u32, &mut [0; 10]));
    say(b" of ");
    say(decimal(stack.bytes as u32, &mut [0; 10]));
    say(b" bytes never used\n");
    if sp < stack.start {
        cause("stack overflow: the stack pointer is below the stack", say);
    } else if sp > stack.start + stack.bytes {
        cause("the stack pointer is not in the stack", say);
    } else if stack.unused == 0 {
        cause("stack overflow? the stack was used to its end", say);
    }
}

/// One line.
fn cause(text: &str, say: &mut dyn FnMut(&[u8])) {
    say(b"  ");
    say(text.as_bytes());
    say(b"\n");
}

/// A name and a value.
fn value(name: &str, value: u32, say: &mut dyn FnMut(&[u8])) {
    say(name.as_bytes());
    say(b" ");
    say(&hex(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn text(fault: &Fault) -> String {
        let mut out = std::vec::Vec::new();
        write(fault, &mut |text| out.extend_from_slice(text));
        String::from_utf8(out).unwrap()
    }

    /// A HardFault of which nothing is known.
    fn nothing(origin: Origin, has_status: bool) -> Fault {
        Fault {
            exception: 3,
            origin,
            stack: None,
            sp: 0,
            registers: None,
            has_status,
            stack_overflow: false,
            cfsr: 0,
            hfsr: 0,
            mmfar: 0,
            bfar: 0,
        }
    }

    #[test]
    fn a_load_from_nowhere_names_task_cause_and_address() {
        let fault = Fault {
            exception: 3,
            origin: Origin::Task(2, "sensor"),
            stack: Some(stack::Usage { start: 0x2000_0100, bytes: 512, unused: 40 }),
            sp: 0x2000_0200,
            registers: None,
            has_status: true,
            stack_overflow: false,
            // PRECISERR and BFARVALID; FORCED.
            cfsr: 0x8200,
            hfsr: 0x4000_0000,
            mmfar: 0x6000_0000,
            bfar: 0x6000_0000,
        };
        assert_eq!(
            text(&fault),
            "\n*** HardFault in task 2 (sensor)\n  stack 20000100 to 20000300, 40 of 512 bytes never used\n  \
             nothing answers at this address\n  address 60000000\n  \
             the registers could not be stacked\n  cfsr 00008200  hfsr 40000000\n"
        );
    }

    #[test]
    fn registers_come_four_a_line() {
        let fault = Fault {
            exception: 6,
            origin: Origin::Handler(24),
            stack: None,
            sp: 0,
            registers: Some(core::array::from_fn(|index| index as u32)),
            has_status: true,
            stack_overflow: false,
            cfsr: 1 << 16,
            hfsr: 0,
            mmfar: 0,
            bfar: 0,
        };
        assert_eq!(
            text(&fault),
            "\n*** UsageFault in the handler of interrupt 8\n  undefined instruction\n  \
             r0 00000000  r1 00000001  r2 00000002  r3 00000003\n  \
             r4 00000004  r5 00000005  r6 00000006  r7 00000007\n  \
             r8 00000008  r9 00000009  r10 0000000a  r11 0000000b\n  \
             r12 0000000c  sp 0000000d  lr 0000000e  pc 0000000f\n  \
             xpsr 00000010\n  cfsr 00010000  hfsr 00000000\n"
        );
    }

    #[test]
    fn main_and_idle_are_no_task() {
        // DEBUGEVT
        let fault = Fault { hfsr: 1 << 31, ..quiet(Origin::Main, None, 0) };
        let begin = "\n*** HardFault outside of all tasks\n  a breakpoint, and no debugger\n";
        assert!(text(&fault).starts_with(begin));
    }

    #[test]
    fn a_stack_overflow_is_recognised_by_the_pointer_and_by_the_paint() {
        let told = |unused, sp| {
            let stack = stack::Usage { start: 0x2000_0100, bytes: 256, unused };
            let text = text(&quiet(Origin::Task(0, ""), Some(stack), sp));
            String::from(text.lines().nth(3).unwrap())
        };
        assert_eq!(told(0, 0x2000_00f8), "  stack overflow: the stack pointer is below the stack");
        assert_eq!(told(0, 0x2000_0100), "  stack overflow? the stack was used to its end");
        assert_eq!(told(8, 0x2000_0208), "  the stack pointer is not in the stack");
        assert_eq!(told(8, 0x2000_0200), "  the registers could not be stacked");
    }

    /// A HardFault without causes.
    fn quiet(origin: Origin, stack: Option<stack::Usage>, sp: usize) -> Fault {
        Fault { stack, sp, ..nothing(origin, true) }
    }

    #[test]
    fn a_stack_that_ran_over_is_told_in_words() {
        let fault = Fault { stack_overflow: true, ..nothing(Origin::Task(3, ""), true) };
        assert!(text(&fault).starts_with("\n*** HardFault in task 3\n  stack overflow\n"));
    }

    #[test]
    fn a_core_without_status_tells_where_and_not_why() {
        let origin = Origin::Task(0, "");
        assert_eq!(text(&nothing(origin, false)), "\n*** HardFault in task 0\n  the registers could not be stacked\n");
    }
}
