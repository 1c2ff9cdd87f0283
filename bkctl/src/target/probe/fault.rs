//! The architecture's fault registers in words (Armv7-M Architecture Reference Manual, DDI 0403E, B3.2.15 to B3.2.18).

use bksim_protocol::message::FaultReport;

use super::chip::Chip;
use crate::error::Result;

const CFSR: u64 = 0xe000_ed28;
const HFSR: u64 = 0xe000_ed2c;
const MMFAR: u64 = 0xe000_ed34;
const BFAR: u64 = 0xe000_ed38;
const MMARVALID: u32 = 1 << 7;
const BFARVALID: u32 = 1 << 15;

/// What a bit of CFSR means, and whose fault it is.
const BITS: &[(u32, &str)] = &[
    (0, "MemManage: instruction fetch from protected memory"),
    (1, "MemManage: access to protected memory"),
    (3, "MemManage: while unstacking from an exception"),
    (4, "MemManage: while stacking for an exception"),
    (5, "MemManage: while saving floating-point state"),
    (8, "BusFault: instruction fetch"),
    (9, "BusFault: data access"),
    (10, "BusFault: imprecise data access, so the instruction is an earlier one"),
    (11, "BusFault: while unstacking from an exception"),
    (12, "BusFault: while stacking for an exception"),
    (13, "BusFault: while saving floating-point state"),
    (16, "UsageFault: undefined instruction"),
    (17, "UsageFault: a jump to an address without the Thumb bit"),
    (18, "UsageFault: an exception return that makes no sense"),
    (19, "UsageFault: no coprocessor (the floating-point unit is off)"),
    (24, "UsageFault: unaligned access"),
    (25, "UsageFault: division by zero"),
];

/// Reads the fault registers of the halted core. `pc` is the instruction that caused the fault, as far as it is known;
/// `registers` are R0 to R12, SP and LR.
///
/// # Errors
/// Exit 4.
pub fn report(chip: &mut Chip, pc: u64, registers: Vec<u64>) -> Result<FaultReport> {
    let (cfsr, hfsr) = (chip.read_word(CFSR)?, chip.read_word(HFSR)?);
    let mmfar = if cfsr & MMARVALID != 0 { Some(chip.read_word(MMFAR)?) } else { None };
    let bfar = if cfsr & BFARVALID != 0 { Some(chip.read_word(BFAR)?) } else { None };
    Ok(FaultReport { summary: summary(cfsr, hfsr, bfar.or(mmfar), pc), pc, registers, cfsr, hfsr, mmfar, bfar })
}

fn summary(cfsr: u32, hfsr: u32, address: Option<u32>, pc: u64) -> String {
    const VECTOR_READ: u32 = 1 << 1;
    const DEBUG_EVENT: u32 = 1 << 31;
    let mut said: Vec<&str> = BITS.iter().filter(|(bit, _)| cfsr >> bit & 1 == 1).map(|(_, text)| *text).collect();
    if hfsr & VECTOR_READ != 0 {
        said.push("HardFault: the vector table cannot be read");
    }
    if hfsr & DEBUG_EVENT != 0 {
        said.push("HardFault: a breakpoint without a debugger");
    }
    let what = if said.is_empty() { "a fault without a reason in CFSR".to_owned() } else { said.join("; ") };
    let at = address.map_or_else(String::new, |address| format!(", address {address:#010x}"));
    format!("{what}{at}, by {pc:#010x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precise_bus_fault_names_address_and_instruction() {
        let text = summary(1 << 9 | BFARVALID, 1 << 30, Some(0x6000_0000), 0x0800_0432);
        assert_eq!(text, "BusFault: data access, address 0x60000000, by 0x08000432");
    }

    #[test]
    fn several_reasons_are_all_told() {
        let text = summary(1 << 16 | 1 << 4, 0, None, 0x0800_0000);
        assert!(text.contains("stacking") && text.contains("undefined instruction"), "{text}");
    }

    #[test]
    fn no_reason_is_told_as_such() {
        assert!(summary(0, 0, None, 0).contains("without a reason"));
    }
}
