//! What a core says it is: CPUID, the feature registers behind it, and which bits of ACTLR it has.

use super::config::CoreModel;

/// The identification of one core.
#[derive(Debug)]
pub(crate) struct Identity {
    /// CPUID.
    pub(crate) cpuid: u32,
    /// The bits of ACTLR that can be set. They are kept, and do nothing.
    pub(crate) actlr: u32,
    /// ID_PFR0 and what follows it, by the offset in the System Control Space; the others are zero.
    features: &'static [(u32, u32)],
}

impl Identity {
    /// A feature register, by its offset in the System Control Space.
    pub(crate) fn feature(&self, offset: u32) -> u32 {
        self.features.iter().find(|(at, _)| *at == offset).map_or(0, |(_, value)| *value)
    }
}

/// Armv6-M: the feature registers are reserved (Arm DDI 0419, B3.2.1). r0p0 (DDI 0432C, table 4-1); no ACTLR.
const CORTEX_M0: Identity = Identity { cpuid: 0x410c_c200, actlr: 0, features: &[] };

/// r0p1 (DDI 0484C, table 4-1).
const CORTEX_M0_PLUS: Identity = Identity { cpuid: 0x410c_c601, actlr: 0, features: &[] };

/// r2p1 (DDI 0337, table 4-1).
const CORTEX_M3: Identity = Identity {
    cpuid: 0x412f_c231,
    actlr: 0x007,
    features: &[
        (0xd40, 0x0000_0030), // ID_PFR0
        (0xd44, 0x0000_0200), // ID_PFR1
        (0xd48, 0x0010_0000), // ID_DFR0
        (0xd50, 0x0010_0030), // ID_MMFR0
        (0xd58, 0x0100_0000), // ID_MMFR2
        (0xd60, 0x0110_0110), // ID_ISAR0
        (0xd64, 0x0211_1000), // ID_ISAR1
        (0xd68, 0x2111_2231), // ID_ISAR2
        (0xd6c, 0x0111_1110), // ID_ISAR3
        (0xd70, 0x0131_0132), // ID_ISAR4
    ],
};

/// r0p1 (DDI 0439D, table 4-1). ACTLR with DISFPCA and DISOOFP (table 4-2).
const CORTEX_M4: Identity = Identity {
    cpuid: 0x410f_c241,
    actlr: 0x307,
    features: &[
        (0xd40, 0x0000_0030), // ID_PFR0
        (0xd44, 0x0000_0200), // ID_PFR1
        (0xd48, 0x0010_0000), // ID_DFR0
        (0xd50, 0x0010_0030), // ID_MMFR0
        (0xd58, 0x0100_0000), // ID_MMFR2
        (0xd60, 0x0114_1110), // ID_ISAR0
        (0xd64, 0x0211_2000), // ID_ISAR1
        (0xd68, 0x2123_2231), // ID_ISAR2
        (0xd6c, 0x0111_1131), // ID_ISAR3
        (0xd70, 0x0131_0132), // ID_ISAR4
    ],
};

/// r1p2 (DDI 0489, System control registers), with an instruction and a data cache (see [`super::caches`]).
const CORTEX_M7: Identity = Identity {
    cpuid: 0x411f_c272,
    // DISFPUISSOPT, DISCRITAXIRUW, DISDYNADD, DISISSCH1, DISDI, DISCRITAXIRUR, DISBTACALLOC, DISBTACREAD,
    // DISITMATBFLUSH, DISRAMODE, FPEXCODIS, DISFOLD.
    actlr: 0x1fff_fc04,
    features: &[
        (0xd40, 0x0000_0030), // ID_PFR0
        (0xd44, 0x0000_0200), // ID_PFR1
        (0xd48, 0x0010_0000), // ID_DFR0
        (0xd50, 0x0010_0030), // ID_MMFR0
        (0xd58, 0x0100_0000), // ID_MMFR2
        (0xd60, 0x0110_1110), // ID_ISAR0
        (0xd64, 0x0211_2000), // ID_ISAR1
        (0xd68, 0x2023_2231), // ID_ISAR2
        (0xd6c, 0x0111_1131), // ID_ISAR3
        (0xd70, 0x0131_0132), // ID_ISAR4
        (0xd78, 0x0900_0003), // CLIDR
        (0xd7c, 0x8303_c003), // CTR
    ],
};

/// r0p3 (Arm 100230, System control registers), without Security Extension, coprocessors and caches.
const CORTEX_M33: Identity = Identity {
    cpuid: 0x410f_d213,
    // EXTEXCLALL, DISITMATBFLUSH, FPEXCODIS, DISOOFP, DISFOLD, DISMCYCINT.
    actlr: 0x2000_1605,
    features: &[
        (0xd40, 0x0000_0030), // ID_PFR0
        (0xd44, 0x0000_0200), // ID_PFR1
        (0xd48, 0x0020_0000), // ID_DFR0
        (0xd50, 0x0010_1f40), // ID_MMFR0
        (0xd58, 0x0100_0000), // ID_MMFR2
        (0xd60, 0x0110_1110), // ID_ISAR0
        (0xd64, 0x0221_2000), // ID_ISAR1
        (0xd68, 0x2023_2232), // ID_ISAR2
        (0xd6c, 0x0111_1131), // ID_ISAR3
        (0xd70, 0x0131_0132), // ID_ISAR4
        (0xd7c, 0x8000_c000), // CTR
    ],
};

/// A core's identification.
pub(crate) fn of(model: CoreModel) -> &'static Identity {
    match model {
        CoreModel::CortexM0 => &CORTEX_M0,
        CoreModel::CortexM0Plus => &CORTEX_M0_PLUS,
        CoreModel::CortexM3 => &CORTEX_M3,
        CoreModel::CortexM4 | CoreModel::CortexM4F => &CORTEX_M4,
        CoreModel::CortexM7 | CoreModel::CortexM7F => &CORTEX_M7,
        CoreModel::CortexM33 | CoreModel::CortexM33F => &CORTEX_M33,
    }
}
