//! Where the two sides are known to differ, and what the manual says to it. The fewer the better.
//!
//! What would differ too often to be looked at is not generated, or not compared:
//!
//! | who deviates | what | the manual |
//! |---|---|---|
//! | QEMU 7.2 | STREX and STLEX that fail are not checked for alignment; so is SC | DDI 0403E, B2.3.7; Volume I, 8.2 |
//! | QEMU 7.2 | an AMO that is not aligned is a misaligned load | Volume II, table 3.6: store/AMO |
//! | QEMU 7.2 | a first floating-point instruction that an IT block skips keeps the following ones from setting CONTROL.FPCA | DDI 0403E, B1.4.7: each that is executed sets it |
//! | QEMU 7.2 | Armv6-M has a Q flag | DDI 0419, B1.4.2: N, Z, C, V |
//! | QEMU 7.2 | mps2-an505 has the Security Extension, and with it SFPA in a stacked xPSR | bksim models one state |
//! | neither | mtval of EBREAK is 0 on QEMU, the address on bksim | Volume II, 3.1.16: either |

use crate::profile::Profile;
use crate::report::Difference;

/// A known deviation.
#[derive(Clone, Copy, Debug)]
pub struct Deviation {
    /// The profiles that show it.
    pub profiles: &'static [&'static str],
    /// The instruction: its mnemonic begins with one of these, and the shortest form of the sequence has it.
    /// The instruction: its mnemonic begins with one of these, and the shortest form of the sequence has it.
    pub mnemonics: &'static [&'static str],
    /// The only things that may differ.
    pub fields: &'static [&'static str],
    /// Who deviates, and from what.
    pub reason: &'static str,
}

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        profiles: &["rv32imafc", "rv64gc"],
        mnemonics: &["fmadd", "fmsub", "fnmadd", "fnmsub"],
        fields: &["fcsr"],
        reason: "bksim: infinity times 0 plus a quiet NaN does not set NV if the next instructions overwrite a factor; \
                 Volume I, 11.6: it must",
    },
    Deviation {
        profiles: &["m4f", "m7f", "m33f"],
        mnemonics: &["smlad"],
        fields: &["xPSR"],
        reason: "bksim: SMLAD of four halfwords 0x8000 sets Q; DDI 0403E, A7.7.140: only if what is added does not bring the \
                 sum back into range",
    },
    Deviation {
        profiles: &["m3", "m4f", "m7f", "m33f"],
        mnemonics: &["sdiv", "udiv"],
        fields: &["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "xPSR"],
        reason: "QEMU: where a division by zero is trapped, what was written before to the registers and flags that the \
                 division or what follows it writes is lost; DDI 0403E, B1.5.6: the exception is precise",
    },
];

/// The row of the table that has it, if one does.
#[must_use]
pub fn known(profile: &Profile, difference: &Difference) -> Option<&'static Deviation> {
    let has = |mnemonic: &str| {
        let mut words = difference.listing.lines().filter_map(|line| line.split('\t').nth(2));
        words.any(|word| word.starts_with(mnemonic))
    };
    DEVIATIONS.iter().find(|deviation| {
        deviation.profiles.contains(&profile.name)
            && deviation.mnemonics.iter().any(|mnemonic| has(mnemonic))
            && !difference.fields.is_empty()
            && difference.fields.iter().all(|field| deviation.fields.contains(&field.name.as_str()))
    })
}
