//! What Armv6-M has of the Thumb instruction set (Arm DDI 0419, A5.2 and A5.3): the 16-bit instructions but IT, CBZ and
//! CBNZ, and of the 32-bit ones BL, MSR, MRS and the barriers. Every other encoding is undefined there.

/// Whether Armv6-M has the instruction. `second` is not looked at if `first` is all of it.
#[must_use]
pub const fn has(first: u16, second: u16) -> bool {
    if super::is_wide(first) { has_wide(first, second) } else { has_narrow(first) }
}

const fn has_narrow(first: u16) -> bool {
    match first >> 8 {
        // Miscellaneous (A5.2.5): ADD and SUB with SP; extensions; PUSH; POP; BKPT.
        0xb0 | 0xb2 | 0xb4 | 0xb5 | 0xbc | 0xbd | 0xbe => true,
        0xb6 => first & 0xffe0 == 0xb660,          // CPS
        0xba => !matches!(first >> 6 & 3, 2),      // REV, REV16, REVSH
        0xbf => first & 0xf == 0,                  // hints; with a mask it is IT
        0xb1 | 0xb3 | 0xb7..=0xb9 | 0xbb => false, // CBZ, CBNZ
        0xde => false,                             // UDF
        _ => true,
    }
}

const fn has_wide(first: u16, second: u16) -> bool {
    if first & 0xf800 != 0xf000 || second & 0x8000 == 0 {
        return false;
    }
    if second & 0x5000 == 0x5000 {
        return true; // BL
    }
    second & 0x5000 == 0
        && match first & 0x07f0 {
            0x0380 | 0x0390 | 0x03e0 | 0x03f0 => true,               // MSR, MRS
            0x03b0 => matches!(second & 0x00f0, 0x40 | 0x50 | 0x60), // DSB, DMB, ISB
            _ => false,
        }
}

/// Whether this is an MSR that writes APSR, EPSR and IPSR, or CONTROL (B4.2.3).
#[must_use]
pub const fn writes_status_or_control(first: u16, second: u16) -> bool {
    first & 0xffe0 == 0xf380 && second & 0xd000 == 0x8000 && matches!(second & 0xff, 0..=7 | 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 16-bit encodings that Armv6-M has, by the bits that are fixed: (bits, mask), in the order of A5.2.
    const NARROW: [(u16, u16); 26] = [
        (0x0000, 0xc000), // shift, add, subtract, move, compare: A5.2.1
        (0x4000, 0xfc00), // data processing: A5.2.2
        (0x4400, 0xfc00), // special data, BX, BLX: A5.2.3
        (0x4800, 0xf800), // LDR literal
        (0x5000, 0xf000), // loads and stores: A5.2.4
        (0x6000, 0xe000),
        (0x8000, 0xf000),
        (0x9000, 0xf000),
        (0xa000, 0xf800), // ADR
        (0xa800, 0xf800), // ADD to SP
        (0xb000, 0xff00), // ADD and SUB, SP
        (0xb200, 0xff00), // SXTH, SXTB, UXTH, UXTB
        (0xb400, 0xfe00), // PUSH
        (0xb660, 0xffe0), // CPS
        (0xba00, 0xffc0), // REV
        (0xba40, 0xffc0), // REV16
        (0xbac0, 0xffc0), // REVSH
        (0xbc00, 0xfe00), // POP
        (0xbe00, 0xff00), // BKPT
        (0xbf00, 0xff0f), // hints
        (0xc000, 0xf800), // STM
        (0xc800, 0xf800), // LDM
        (0xd000, 0xf800), // B<c>
        (0xd800, 0xfc00),
        (0xdc00, 0xfe00),
        (0xdf00, 0xff00), // SVC
    ];

    /// Of 32 bits: A5.3.1, with the bits in brackets taken as they come.
    const WIDE: [(u32, u32); 6] = [
        (0xf000_d000, 0xf800_d000), // BL
        (0xf380_8000, 0xffe0_d000), // MSR
        (0xf3e0_8000, 0xffe0_d000), // MRS
        (0xf3b0_8040, 0xfff0_d0f0), // DSB
        (0xf3b0_8050, 0xfff0_d0f0), // DMB
        (0xf3b0_8060, 0xfff0_d0f0), // ISB
    ];

    #[test]
    fn every_encoding_of_16_bits() {
        for first in (0..=0xe7ff_u16).filter(|first| !super::super::is_wide(*first)) {
            let branch = first & 0xf800 == 0xe000;
            let expected = branch || NARROW.iter().any(|(bits, mask)| first & mask == *bits);
            assert_eq!(has(first, 0), expected, "{first:04x}");
        }
    }

    #[test]
    fn every_first_halfword_of_32_bits() {
        for first in 0xe800..=0xffff_u16 {
            for second in (0..=0xff_u16).map(|bits| bits << 8 | (bits << 4 & 0xf0)).chain([0x8f4f, 0x8f5f, 0x8f6f]) {
                let word = u32::from(first) << 16 | u32::from(second);
                let expected = WIDE.iter().any(|(bits, mask)| word & mask == *bits);
                assert_eq!(has(first, second), expected, "{word:08x}");
            }
        }
    }

    #[test]
    fn what_writes_status_or_control() {
        // msr apsr, r1; msr xpsr, r2; msr control, r3. msr msp, r1; msr primask, r1; mrs r1, control.
        for (first, second) in [(0xf381, 0x8800), (0xf382, 0x8803), (0xf383, 0x8814)] {
            assert!(writes_status_or_control(first, second), "{second:04x}");
        }
        for (first, second) in [(0xf381, 0x8808), (0xf381, 0x8810), (0xf3ef, 0x8114)] {
            assert!(!writes_status_or_control(first, second), "{second:04x}");
        }
    }
}
