//! What the engines and the cost table must know of Thumb-2 instructions. (Arm DDI 0403E, chapters A5 and A7.)

pub mod armv6m;
pub mod demand;
pub mod entry;
pub mod float;

use float::{Extension, FloatClass, is_float};

/// Whether the instruction that begins with this halfword has a second one (A5.1).
#[must_use]
pub const fn is_wide(first: u16) -> bool {
    first >> 11 >= 0b11101
}

/// Bytes of the instruction that begins with this halfword.
#[must_use]
pub const fn length(first: u16) -> u32 {
    if is_wide(first) { 4 } else { 2 }
}

/// Whether this is IT itself (A7.7.38): 0xBFxx with a mask; with mask 0 it is a hint.
#[must_use]
pub const fn is_it(first: u16) -> bool {
    first & 0xff00 == 0xbf00 && first & 0x000f != 0
}

/// Whether this is ISB (A7.7.37).
#[must_use]
pub const fn is_isb(first: u16, second: u16) -> bool {
    first == 0xf3bf && second & 0xfff0 == 0x8f60
}

/// ITSTATE behind one instruction (A7.3.2, ITAdvance).
#[must_use]
pub const fn advance_it(it: u8) -> u8 {
    if it & 0b111 == 0 { 0 } else { (it & 0xe0) | ((it << 1) & 0x1f) }
}

/// ITSTATE out of xPSR: its bits 7 to 2 are bits 15:10, its bits 1 and 0 bits 26:25 (B1.4.2).
#[must_use]
pub const fn it_of(xpsr: u32) -> u8 {
    ((xpsr >> 8) & 0xfc) as u8 | ((xpsr >> 25) & 3) as u8
}

/// ITSTATE as bits of xPSR.
#[must_use]
pub const fn it_bits(it: u8) -> u32 {
    ((it as u32 & 0xfc) << 8) | ((it as u32 & 3) << 25)
}

/// The bits of xPSR that hold ITSTATE.
pub const IT_BITS: u32 = it_bits(0xff);

/// The T bit of xPSR.
pub const T_BIT: u32 = 1 << 24;

/// Whether a condition holds for the flags in `xpsr` (A7.3, ConditionPassed).
#[must_use]
pub const fn condition_holds(condition: u8, xpsr: u32) -> bool {
    let n = xpsr >> 31 & 1 == 1;
    let z = xpsr >> 30 & 1 == 1;
    let c = xpsr >> 29 & 1 == 1;
    let v = xpsr >> 28 & 1 == 1;
    let holds = match condition >> 1 {
        0 => z,
        1 => c,
        2 => n,
        3 => v,
        4 => c && !z,
        5 => n == v,
        6 => n == v && !z,
        _ => return true,
    };
    holds != (condition & 1 == 1)
}

/// An instruction that reads the program counter as a value and does not branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcReader {
    /// Destination, 0-14.
    pub destination: u8,
    /// How the value comes about.
    pub value: PcValue,
}

/// What a [`PcReader`] computes; "PC" is the instruction's address + 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PcValue {
    /// Align(PC, 4) + offset: ADR.
    Aligned(i32),
    /// PC: MOV.
    Plain,
    /// PC + the destination's old value: ADD.
    PlusDestination,
}

/// Recognises the four encodings: ADR T1 (A7.7.7), ADR T2/T3, ADD register T2 and MOV register T1 with Rm = PC.
#[must_use]
pub const fn pc_reader(first: u16, second: u16) -> Option<PcReader> {
    if first & 0xf800 == 0xa000 {
        let offset = ((first & 0xff) << 2) as i32;
        return Some(PcReader { destination: (first >> 8 & 7) as u8, value: PcValue::Aligned(offset) });
    }
    let destination = (first & 7 | first >> 4 & 8) as u8;
    if first & 0xff78 == 0x4478 && destination != 15 {
        return Some(PcReader { destination, value: PcValue::PlusDestination });
    }
    if first & 0xff78 == 0x4678 && destination != 15 {
        return Some(PcReader { destination, value: PcValue::Plain });
    }
    if (first & 0xfbff == 0xf20f || first & 0xfbff == 0xf2af) && second & 0x8000 == 0 {
        let offset = ((first & 0x400) as i32) << 1 | (second & 0x7000) as i32 >> 4 | (second & 0xff) as i32;
        let offset = if first & 0x00a0 == 0x00a0 { -offset } else { offset };
        return Some(PcReader { destination: (second >> 8 & 15) as u8, value: PcValue::Aligned(offset) });
    }
    None
}

/// Whether the instruction may read the program counter in a way that the manual calls unpredictable, like
/// `sbc.w r3, pc, #1`. Some that do not are among them; all the common ones are told apart.
#[must_use]
pub const fn may_misuse_pc(first: u16, second: u16) -> bool {
    if !is_wide(first) {
        // CMP with PC (A7.7.28): the other high-register forms are pc_reader's, or branches.
        return first & 0xff78 == 0x4578 || first & 0xff87 == 0x4587;
    }
    if is_float(first, second) {
        return float_misuses_pc(first, second);
    }
    // Stores of PC: STM, STRD and STR.
    if first & 0xfe50 == 0xe800 && second & 0x8000 != 0
        || first & 0xfe50 == 0xe840 && (second >> 12 == 0xf || second >> 8 & 0xf == 0xf)
        || first & 0xff10 == 0xf800 && second >> 12 == 0xf
    {
        return true;
    }
    let register_operand = second & 0xf == 0xf && matches!(first >> 9, 0x75 | 0x7c | 0x7d);
    let base = first & 0xf == 0xf;
    match first & 0xfff0 {
        // MOV and MVN, register and immediate; MOVW, MOVT, BFC, and what has no register there.
        0xea40 | 0xea50 | 0xea60 | 0xea70 => register_operand,
        0xf040 | 0xf050 | 0xf060 | 0xf070 | 0xf440 | 0xf450 | 0xf460 | 0xf470 => false,
        0xf240 | 0xf2c0 | 0xf640 | 0xf6c0 | 0xf360 | 0xf3a0 | 0xf3b0 | 0xf3e0 => false,
        // SXTH, UXTH, SXTB, UXTB: Rn = 15 means that there is none.
        0xfa00 | 0xfa10 | 0xfa40 | 0xfa50 => register_operand,
        // Loads from a literal: the bytes are the same in every view.
        0xf810 | 0xf830 | 0xf850 | 0xf910 | 0xf930 => !base && register_operand && second & 0x0fc0 == 0,
        0xf890 | 0xf8b0 | 0xf8d0 | 0xf990 | 0xf9b0 => false,
        0xe950 | 0xe9d0 => false,
        _ => base || register_operand,
    }
}

/// [`may_misuse_pc`] for floating-point instructions: a base other than VLDR's, and core registers that are moved.
const fn float_misuses_pc(first: u16, second: u16) -> bool {
    // Whatever a core has of them, the register fields are the same.
    match float::class(Extension::V5Double, first, second) {
        Some(FloatClass::Memory { .. }) => first & 0xf == 0xf && first & 0x0130 != 0x0110,
        Some(FloatClass::Core) if first & 0x0200 == 0 => first & 0xf == 0xf || second >> 12 == 0xf,
        Some(FloatClass::Core | FloatClass::Half) => second >> 12 == 0xf,
        Some(FloatClass::Status) => second >> 12 == 0xf && first & 0x0010 == 0,
        Some(_) | None => false,
    }
}

/// Where a load from a literal finds it, if the instruction at `pc` is one: LDR T1, and LDR, LDRB, LDRH, LDRSB, LDRSH,
/// LDRD and VLDR with Rn = PC (A7.7.44 and those behind it).
#[must_use]
pub const fn literal(pc: u32, first: u16, second: u16) -> Option<u32> {
    let base = pc.wrapping_add(4) & !3;
    let add = first & 0x0080 != 0;
    let (offset, add) = match first & 0xff7f {
        0xf81f | 0xf83f | 0xf85f | 0xf91f | 0xf93f => ((second & 0xfff) as u32, add),
        0xe95f => ((second & 0xff) as u32 * 4, add),
        0xed1f | 0xed5f if is_float(first, second) => ((second & 0xff) as u32 * 4, add),
        _ if first & 0xf800 == 0x4800 => ((first & 0xff) as u32 * 4, true),
        _ => return None,
    };
    Some(if add { base.wrapping_add(offset) } else { base.wrapping_sub(offset) })
}

/// Whether the instruction is LDREX, LDREXB or LDREXH, or LDAEX and its like of Armv8-M, which mark the exclusive monitor.
#[must_use]
pub const fn is_load_exclusive(first: u16, second: u16) -> bool {
    first & 0xfff0 == 0xe850 || first & 0xfff0 == 0xe8d0 && matches!(second >> 4 & 0xf, 4 | 5 | 0xc..=0xe)
}

/// Whether the instruction is a store of one register without write-back: once its memory effect is done, all of it is.
#[must_use]
pub const fn is_plain_store(first: u16, second: u16) -> bool {
    // 16-bit: STR/STRB/STRH immediate, STR SP-relative, STR/STRH/STRB register.
    if matches!(first & 0xf800, 0x6000 | 0x7000 | 0x8000 | 0x9000) || matches!(first & 0xfe00, 0x5000 | 0x5200 | 0x5400)
    {
        return true;
    }
    // 32-bit STR/STRB/STRH: 12-bit immediate; register; 8-bit negative immediate without write-back (P = 1, W = 0).
    matches!(first & 0xfff0, 0xf880 | 0xf8a0 | 0xf8c0)
        || (matches!(first & 0xfff0, 0xf800 | 0xf820 | 0xf840) && (second & 0x0fc0 == 0 || second & 0x0f00 == 0x0c00))
}

/// LDRD that overwrites its base with the first word it loads (A7.7.50): the base's register, and how far from it the first
/// word is.
#[must_use]
pub const fn overwritten_base(first: u16, second: u16) -> Option<(u8, i32)> {
    let base = first & 0xf;
    if first & 0xff70 != 0xe950 || base != second >> 12 || base == 0xf {
        return None;
    }
    let offset = (second & 0xff) as i32 * 4;
    Some((base as u8, if first & 0x0080 != 0 { offset } else { -offset }))
}

/// Whether the instruction is a load or store that asks as unprivileged code does, whoever executes it: LDRT, STRT and
/// those for bytes and halfwords (A7.7.67 and its neighbours).
#[must_use]
pub const fn is_unprivileged(first: u16, second: u16) -> bool {
    first & 0xfe80 == 0xf800 && first & 0xf != 0xf && second & 0x0f00 == 0x0e00
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_state_advances_as_the_manual_says() {
        // ITTE EQ: firstcond 0000, mask 0110 (A7.3.2, table A7-2); three instructions, the third inverted.
        let it = 0b0000_0110;
        let second = advance_it(it);
        let third = advance_it(second);
        assert_eq!((second, third, advance_it(third)), (0b0000_1100, 0b0001_1000, 0));
        assert_eq!(it_of(it_bits(0xa5)), 0xa5);
        assert_eq!(IT_BITS, 0x0600_fc00);
    }

    #[test]
    fn conditions_read_the_right_flags() {
        const N: u32 = 1 << 31;
        const Z: u32 = 1 << 30;
        const C: u32 = 1 << 29;
        const V: u32 = 1 << 28;
        let holds = |condition: u8, xpsr: u32| condition_holds(condition, xpsr);
        assert!(holds(0, Z) && !holds(1, Z) && holds(1, 0));
        assert!(holds(2, C) && holds(3, 0) && holds(4, N) && holds(5, 0) && holds(6, V) && holds(7, 0));
        assert!(holds(8, C) && !holds(8, C | Z) && holds(9, C | Z) && holds(9, 0));
        assert!(holds(10, N | V) && holds(10, 0) && holds(11, N) && holds(11, V));
        assert!(holds(12, 0) && !holds(12, Z) && holds(13, Z) && holds(13, N) && holds(14, 0));
    }

    #[test]
    fn pc_readers() {
        // adr r3, .+4+8 ; mov r2, pc ; add r1, pc ; adr.w r7, .-20
        assert_eq!(pc_reader(0xa302, 0), Some(PcReader { destination: 3, value: PcValue::Aligned(8) }));
        assert_eq!(pc_reader(0x467a, 0), Some(PcReader { destination: 2, value: PcValue::Plain }));
        assert_eq!(pc_reader(0x4479, 0), Some(PcReader { destination: 1, value: PcValue::PlusDestination }));
        assert_eq!(pc_reader(0xf2af, 0x0714), Some(PcReader { destination: 7, value: PcValue::Aligned(-0x14) }));
        // mov r2, r1 ; mov pc, r2 ; ldr r0, [pc]
        assert_eq!(pc_reader(0x460a, 0), None);
        assert_eq!(pc_reader(0x4697, 0), None);
        assert_eq!(pc_reader(0x4800, 0), None);
    }

    #[test]
    fn misuse_of_pc() {
        // sbc.w r3, pc, #n; strh.w sp, [pc, #n]; cmp r1, pc; add.w r1, r2, pc; ldr.w r1, [r2, pc]
        // stmdb ip, {r1, pc}; str.w pc, [r1]; strd r1, pc, [r2]
        for (first, second) in [
            (0xf56f, 0x5307),
            (0xf8af, 0xd126),
            (0x4579, 0),
            (0xeb02, 0x010f),
            (0xf852, 0x100f),
            (0xe90c, 0x8002),
            (0xf8c1, 0xf000),
            (0xe9c2, 0x1f00),
        ] {
            assert!(may_misuse_pc(first, second), "{first:04x} {second:04x}");
        }
        // vstr s1, [pc]; vldmia pc, {s1-s3}; vmov s1, pc; vmov r1, pc, d1; vmsr fpscr, pc
        for (first, second) in
            [(0xedcf, 0x0a00), (0xecdf, 0x0a03), (0xee00, 0xfa90), (0xec5f, 0x1b11), (0xeee1, 0xfa10)]
        {
            assert!(may_misuse_pc(first, second), "{first:04x} {second:04x}");
        }
        // vldr s1, [pc, #4]; vadd.f32 s1, s30, s31; vmrs APSR_nzcv, fpscr; vmov s30, r1
        for (first, second) in [(0xeddf, 0x0a01), (0xee7f, 0x0a2f), (0xeef1, 0xfa10), (0xee0f, 0x1a10)] {
            assert!(!may_misuse_pc(first, second), "{first:04x} {second:04x}");
        }
        // mov.w r1, r2; mov.w r1, #n; movw r1, #0xfnnn; ldr.w r1, [pc, #n]; uxtb.w r1, r8; mrs; isb; bfc; ldr r1,[r2,#15]
        for (first, second) in [
            (0xea4f, 0x0102),
            (0xf04f, 0x010f),
            (0xf24f, 0x010f),
            (0xf8df, 0x100f),
            (0xfa5f, 0xf188),
            (0xf3ef, 0x8110),
            (0xf3bf, 0x8f6f),
            (0xf36f, 0x010f),
            (0xf8d2, 0x100f),
            (0x4611, 0),
        ] {
            assert!(!may_misuse_pc(first, second), "{first:04x} {second:04x}");
        }
    }

    #[test]
    fn literals() {
        // ldr r1, [pc, #8] at 0x102; ldrh.w r3, [pc, #-2355] at 0x2d8; ldr.w r1, [pc, #15]; ldrd r1, r2, [pc, #-8]
        assert_eq!(literal(0x102, 0x4902, 0), Some(0x10c));
        assert_eq!(literal(0x2d8, 0xf83f, 0x3933), Some(0xffff_f9a9));
        assert_eq!(literal(0x100, 0xf8df, 0x100f), Some(0x113));
        assert_eq!(literal(0x100, 0xe95f, 0x1202), Some(0xfc));
        assert_eq!(literal(0x100, 0xf8d1, 0x100f), None);
        // vldr s1, [pc, #4]; vldr d1, [pc, #-8]; vldr s1, [r1, #4]
        assert_eq!(literal(0x102, 0xeddf, 0x0a01), Some(0x108));
        assert_eq!(literal(0x100, 0xed1f, 0x1b02), Some(0xfc));
        assert_eq!(literal(0x100, 0xedd1, 0x0a01), None);
    }

    #[test]
    fn exclusive_loads() {
        // ldrex r1, [r2, #4]; ldrexb r1, [r2]; ldrexh r1, [r2]
        assert!([(0xe852, 0x1f01), (0xe8d2, 0x1f4f), (0xe8d2, 0x1f5f)].iter().all(|it| is_load_exclusive(it.0, it.1)));
        // strex r3, r1, [r2]; strexh r3, r1, [r2]; tbh [r1, r2, lsl #1]; ldrd r1, r2, [r3, #8]; clrex
        let others = [(0xe842, 0x1300), (0xe8c2, 0x1f53), (0xe8d1, 0xf012), (0xe9d3, 0x1202), (0xf3bf, 0x8f2f)];
        assert!(!others.iter().any(|it| is_load_exclusive(it.0, it.1)));
    }

    #[test]
    fn pairs_over_their_base() {
        // arm-none-eabi-as: ldrd r1, r2, [r1, #8]; ldrd r1, r2, [r1, #-8]; ldrd r2, r1, [r1]; ldrex r1, [r1]
        assert_eq!(overwritten_base(0xe9d1, 0x1202), Some((1, 8)));
        assert_eq!(overwritten_base(0xe951, 0x1202), Some((1, -8)));
        assert_eq!(overwritten_base(0xe9d1, 0x2100), None);
        assert_eq!(overwritten_base(0xe851, 0x1f00), None);
    }

    #[test]
    fn unprivileged_accesses() {
        // arm-none-eabi-as: ldrt r0, [r1, #4]; ldrbt; ldrht; ldrsbt; ldrsht; strt r0, [r1, #4]; strbt; strht
        for first in [0xf851, 0xf811, 0xf831, 0xf911, 0xf931, 0xf841, 0xf801, 0xf821] {
            assert!(is_unprivileged(first, 0x0e04), "{first:04x}");
            // ldr r0, [r1, #-4]; ldr r0, [r1, #4]!; ldr r0, [r1], #4; ldr r0, [r1, r4]
            assert!(![0x0c04, 0x0f04, 0x0b04, 0x0004].iter().any(|second| is_unprivileged(first, *second)));
        }
        // ldr.w r0, [r1, #0xe04]; ldr.w r0, [pc, #-0xe04]
        assert!(!is_unprivileged(0xf8d1, 0x0e04) && !is_unprivileged(0xf85f, 0x0e04));
    }

    #[test]
    fn plain_stores() {
        // str r0,[r1] ; strb r0,[r1] ; strh r0,[r1] ; str r0,[sp] ; str r0,[r1,r2] ; str.w r0,[r1,#400] ; str.w r0,[r1,#-4]
        for (first, second) in
            [(0x6008, 0), (0x7008, 0), (0x8008, 0), (0x9000, 0), (0x5088, 0), (0xf8c1, 0x0190), (0xf841, 0x0c04)]
        {
            assert!(is_plain_store(first, second), "{first:04x} {second:04x}");
        }
        // ldr r0,[r1] ; str r0,[r1],#4 ; str r0,[r1,#4]! ; strd r0,r1,[r2] ; stmia r1!,{r0} ; strt r0,[r1]
        for (first, second) in
            [(0x6808, 0), (0xf841, 0x0b04), (0xf841, 0x0f04), (0xe9c2, 0x0100), (0xc101, 0), (0xf841, 0x0e00)]
        {
            assert!(!is_plain_store(first, second), "{first:04x} {second:04x}");
        }
    }
}
