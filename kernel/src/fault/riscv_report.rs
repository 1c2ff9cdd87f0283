//! The text of a fault report on RISC-V, from the registers it is about. Pure, so that the host tests it.

use super::origin::Origin;
use crate::text::hex;

/// What the processor knows of a fault.
pub(super) struct Fault<'a> {
    /// mcause.
    pub(super) cause: usize,
    /// mtval.
    pub(super) value: usize,
    /// Who died. A handler is not told from `main` and idle.
    pub(super) origin: Origin,
    /// Whether the task's stack ran over into its guard.
    pub(super) stack_overflow: bool,
    /// pc and x1 to x31.
    pub(super) registers: &'a [usize; 32],
}

const NAMES: [&str; 32] = [
    "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2",
    "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
];

/// mcause in words, and what mtval is (RISC-V privileged architecture 20211203, table 3.6 and 3.1.16).
fn told(cause: usize) -> (&'static str, &'static str) {
    match cause {
        0 => ("jump to an odd address", "address"),
        1 => ("nothing to run at this address", "address"),
        2 => ("illegal instruction", "instruction"),
        3 => ("a breakpoint, and no debugger", "address"),
        4 => ("unaligned load", "address"),
        5 => ("load: nothing answers at this address, or it is protected", "address"),
        6 => ("unaligned store", "address"),
        7 => ("store: nothing answers at this address, or it is protected", "address"),
        8..=11 => ("environment call, and nobody to answer", "mtval"),
        12 | 13 | 15 => ("page fault", "address"),
        _ => ("unknown cause", "mtval"),
    }
}

/// Writes the report, a piece at a time.
pub(super) fn write(fault: &Fault<'_>, say: &mut dyn FnMut(&[u8])) {
    let (cause, value_name) = told(fault.cause);
    say(b"\n*** exception ");
    fault.origin.write(say);
    say(b"\n  ");
    say(cause.as_bytes());
    if fault.stack_overflow {
        say(b"\n  stack overflow");
    }
    say(b"\n  ");
    value(value_name, fault.value, say);
    say(b"\n");
    for (index, register) in fault.registers.iter().enumerate() {
        say(b"  ");
        value(NAMES[index], *register, say);
        if index % 4 == 3 {
            say(b"\n");
        }
    }
    say(b"  ");
    value("mcause", fault.cause, say);
    say(b"\n");
}

/// A name and a value, in as many digits as a register has.
fn value(name: &str, value: usize, say: &mut dyn FnMut(&[u8])) {
    say(name.as_bytes());
    say(b" ");
    #[cfg(target_pointer_width = "64")]
    say(&hex((value >> 32) as u32));
    say(&hex(value as u32));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn text(fault: &Fault<'_>) -> String {
        let mut out = std::vec::Vec::new();
        write(fault, &mut |text| out.extend_from_slice(text));
        String::from_utf8(out).unwrap()
    }

    /// A fault of which nothing else is known.
    fn quiet(cause: usize, origin: Origin) -> Fault<'static> {
        Fault { cause, value: 0, origin, stack_overflow: false, registers: &[0; 32] }
    }

    #[test]
    fn a_stack_that_ran_over_is_told_in_words() {
        let fault = Fault { value: 0x8000_0100, stack_overflow: true, ..quiet(7, Origin::Task(1, "")) };
        let begin = "\n*** exception in task 1\n  store: nothing answers at this address, or it is protected\n  \
                     stack overflow\n  address 0000000080000100\n";
        assert!(text(&fault).starts_with(begin), "{}", text(&fault));
    }

    #[test]
    fn a_load_from_nowhere_names_task_cause_and_address() {
        let registers = core::array::from_fn(|index| index);
        let fault = Fault { value: 0x6000_0000, registers: &registers, ..quiet(5, Origin::Task(2, "sensor")) };
        let text = text(&fault);
        let begin = "\n*** exception in task 2 (sensor)\n  load: nothing answers at this address, or it is protected\n  \
                     address 0000000060000000\n  \
                     pc 0000000000000000  ra 0000000000000001  sp 0000000000000002  gp 0000000000000003\n  \
                     tp 0000000000000004";
        assert!(text.starts_with(begin), "{text}");
        let end = "  t3 000000000000001c  t4 000000000000001d  t5 000000000000001e  t6 000000000000001f\n  \
                   mcause 0000000000000005\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn handlers_main_and_idle_are_no_task() {
        let text = text(&Fault { value: 0xffff_ffff, ..quiet(2, Origin::Main) });
        assert!(
            text.starts_with("\n*** exception outside of all tasks\n  illegal instruction\n  instruction "),
            "{text}"
        );
    }
}
