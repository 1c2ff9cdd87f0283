//! What an instruction costs on a Cortex-M0 (Arm DDI 0432C, table 3-1, "Cortex-M0 instruction summary") and on a
//! Cortex-M0+ (Arm DDI 0484C, table 3-1, "Cortex-M0+ instruction summary"), without wait states.
//!
//! | class | M0 | M0+ | here |
//! |---|---|---|---|
//! | moves, arithmetic, compare, logic, shifts, extension, byte order | 1 | 1 | the same |
//! | MULS | 1 or 32, by the chip | 1 or 32 | 1: the fast multiplier |
//! | MOV or ADD to PC | 3 | 2 | the same |
//! | one load or store | 2 | 2; 1 at the single-cycle I/O port | 2 |
//! | LDM, STM, PUSH, POP of N registers, LR among them | 1 + N | 1 + N | the same |
//! | POP of N registers, PC among them | 4 + N | 3 + N | the same |
//! | B with a condition, taken; not taken | 3; 1 | 2; 1 | the same |
//! | B; BX, BLX | 3 | 2 | the same |
//! | BL | 4 | 3 | the same |
//! | CPS | 1 | 1 | the same |
//! | MRS, MSR, DMB, DSB, ISB | 4 | 3 | the same |
//! | NOP, SEV, YIELD | 1 | 1 | the same |
//! | WFE, WFI, without the sleep | 2 | 2 | the same |
//! | SVC, BKPT | not given | not given | 1 |
//! | exception entry (DDI 0432C, 3.6.1; DDI 0484C, 3.6.1: "interrupt latency") | 16 | 15 | the same |
//! | tail-chain | not given | not given | 8; 7: the entry without its eight stores |
//! | exception return | not given | not given | 12; 11: as POP of eight registers, PC among them |
//!
//! All that the two cores differ in is the refill of the pipeline behind a branch: two cycles, or one.

use super::{Cost, after, plain, with};
use crate::cpu::cortex_m::thumb::armv6m::{has, writes_status_or_control};
use crate::cpu::cortex_m::thumb::is_wide;

/// The refill behind a branch of a Cortex-M0.
pub(super) const REFILL: u8 = 2;
/// The refill behind a branch of a Cortex-M0+.
pub(super) const REFILL_PLUS: u8 = 1;

/// The cost of an instruction on a core with this refill.
pub(super) const fn instruction(first: u16, second: u16, refill: u8) -> Cost {
    if !has(first, second) {
        with(1, after::FOREIGN)
    } else if is_wide(first) {
        wide(first, second, refill)
    } else {
        narrow(first, refill)
    }
}

const fn narrow(first: u16, refill: u8) -> Cost {
    match first >> 12 {
        0x4 if first & 0xff00 == 0x4700 => leaves_thumb(1, refill), // BX, BLX
        0x4 if matches!(first & 0xff87, 0x4487 | 0x4687) => plain(1 + refill), // ADD, MOV to PC
        0x4 if first & 0xf800 == 0x4800 => plain(2),                // LDR literal
        0x5..=0x9 => plain(2),
        0xb => match first >> 8 & 0xf {
            0x4 | 0xc => plain(1 + registers(first)),
            0x5 => plain(2 + registers(first)),                    // PUSH with LR
            0x6 => with(1, after::MASKS),                          // CPS
            0xd => leaves_thumb(2 + registers(first), refill + 1), // POP with PC
            0xf => hint(first),
            _ => plain(1),
        },
        0xc => plain(1 + registers(first)),
        // B<c>; SVC is 0xdf.
        0xd if first & 0x0f00 != 0x0f00 => Cost { cycles: 1 + refill, refill, after: after::BRANCH },
        0xe => plain(1 + refill),
        _ => plain(1),
    }
}

/// R0-R7 in the list of a multiple transfer.
const fn registers(first: u16) -> u8 {
    (first & 0xff).count_ones() as u8
}

/// BX, BLX and POP with PC.
const fn leaves_thumb(cycles: u8, refill: u8) -> Cost {
    Cost { cycles: cycles + refill, refill, after: after::BRANCH | after::INTERWORKING }
}

const fn hint(first: u16) -> Cost {
    match first {
        0xbf10 => with(1, after::YIELD),
        0xbf20 => with(2, after::WAIT),
        0xbf30 => plain(2), // WFI
        0xbf40 => with(1, after::EVENT),
        _ => plain(1),
    }
}

/// BL, MRS, MSR and the barriers.
const fn wide(first: u16, second: u16, refill: u8) -> Cost {
    let foreign = if writes_status_or_control(first, second) { after::FOREIGN } else { 0 };
    // MSR is 0xf38n, with 0 in bits 14 and 12 of the second halfword, where BL has ones.
    let masks = if first & 0xffe0 == 0xf380 && second & 0x5000 == 0 { after::MASKS } else { 0 };
    with(2 + refill, foreign | masks)
}

#[cfg(test)]
mod tests {
    use super::super::CostModel;
    use super::*;
    use crate::cpu::cortex_m::config::Architecture;

    /// Encodings by arm-none-eabi-as 2.40, -mcpu=cortex-m0; figures from the table in this file's head.
    fn check(class: &str, cycles: [u8; 2], refill: [u8; 2], after: u16, encodings: &[u32]) {
        for &encoding in encodings {
            let (first, second) =
                if encoding >> 16 == 0 { (encoding as u16, 0) } else { ((encoding >> 16) as u16, encoding as u16) };
            let costs = [CostModel::CortexM0, CostModel::CortexM0Plus].map(|model| model.instruction(first, second));
            let expected = [0, 1].map(|core| Cost { cycles: cycles[core], refill: refill[core], after });
            assert_eq!(costs, expected, "{class}: {encoding:08x}");
        }
    }

    const NONE: [u8; 2] = [0, 0];

    #[test]
    fn data_processing_takes_one() {
        // movs r1,#7; mov r8,r1; adds r1,r2,r3; add r8,r1; add sp,#8; subs; cmp r1,r8; ands; lsls; rors; muls; rev; uxtb;
        // adr r1
        let encodings = [
            0x2107, 0x4688, 0x18d1, 0x4488, 0xb002, 0x1ad1, 0x4541, 0x4011, 0x00d1, 0x41d1, 0x4351, 0xba11, 0xb2d1,
            0xa101,
        ];
        check("data processing", [1, 1], NONE, 0, &encodings);
    }

    #[test]
    fn loads_and_stores() {
        // ldr r1,[r2,#4]; ldr r1,[pc,#8]; ldrsb r1,[r2,r3]; ldrh; str r1,[sp,#8]; strb
        check("single", [2, 2], NONE, 0, &[0x6851, 0x4902, 0x56d1, 0x8851, 0x9102, 0x7051]);
        // ldmia r1!,{r2-r4}; stmia r1!,{r2-r4}; push {r4,r5,lr}; pop {r3-r5}
        check("three registers", [4, 4], NONE, 0, &[0xc91c, 0xc11c, 0xb530, 0xbc38]);
    }

    #[test]
    fn branches_pay_the_refill() {
        check("beq", [3, 2], [2, 1], after::BRANCH, &[0xd0fe, 0xddfe]);
        check("b; mov pc, lr; add pc, r1", [3, 2], NONE, 0, &[0xe7fe, 0x46f7, 0x448f]);
        check("bl", [4, 3], NONE, 0, &[0xf7ff_fffe, 0xf000_f801]);
        let interworking = after::BRANCH | after::INTERWORKING;
        check("bx lr, blx r3", [3, 2], [2, 1], interworking, &[0x4770, 0x4798]);
        // N counts PC: 4 + 3 and 3 + 3; 4 + 1 and 3 + 1.
        check("pop {r4, r5, pc}", [7, 6], [3, 2], interworking, &[0xbd30]);
        check("pop {pc}", [5, 4], [3, 2], interworking, &[0xbd00]);
    }

    #[test]
    fn system_instructions() {
        check("cpsid i, cpsie i", [1, 1], NONE, after::MASKS, &[0xb672, 0xb662]);
        check("mrs r1, control; dmb; dsb; isb", [4, 3], NONE, 0, &[0xf3ef_8114, 0xf3bf_8f5f, 0xf3bf_8f4f, 0xf3bf_8f6f]);
        check("msr primask, r1; msr psp, r1", [4, 3], NONE, after::MASKS, &[0xf381_8810, 0xf381_8809]);
        let host = after::MASKS | after::FOREIGN;
        check("msr apsr, r1; msr control, r1", [4, 3], NONE, host, &[0xf381_8800, 0xf381_8814]);
        check("nop, svc 1", [1, 1], NONE, 0, &[0xbf00, 0xdf01]);
        check("wfi", [2, 2], NONE, 0, &[0xbf30]);
        check("wfe", [2, 2], NONE, after::WAIT, &[0xbf20]);
        check("sev", [1, 1], NONE, after::EVENT, &[0xbf40]);
        check("yield", [1, 1], NONE, after::YIELD, &[0xbf10]);
    }

    #[test]
    fn what_armv6_m_does_not_have_is_foreign() {
        // it eq; cbz r1; udf #0; movw; ldr.w; b.w; udf.w; mul.w; strex; mcr
        let encodings = [
            0xbf08,
            0xb111,
            0xde00,
            0xf240_41d2,
            0xf8d2_1190,
            0xf7ff_bffe,
            0xf7f0_a000,
            0xfb02_f103,
            0xe843_2100,
            0xee01_0f10,
        ];
        check("foreign", [1, 1], NONE, after::FOREIGN, &encodings);
    }

    #[test]
    fn exceptions() {
        let cycles = |model: CostModel| [model.exception_entry(), model.tail_chain(), model.exception_return()];
        assert_eq!(cycles(CostModel::CortexM0), [16, 16 - 8, 4 + 8]);
        assert_eq!(cycles(CostModel::CortexM0Plus), [15, 15 - 8, 3 + 8]);
    }

    #[test]
    fn the_instruction_clock_knows_what_armv6_m_has() {
        let cost = |first| CostModel::Instruction(Architecture::V6M).instruction(first, 0);
        assert_eq!(cost(0xd0fe), plain(1));
        assert_eq!(cost(0xb672), with(1, after::MASKS));
        assert_eq!(cost(0xbf08), with(1, after::FOREIGN));
    }
}
