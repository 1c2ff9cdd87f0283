//! Where the peripherals are and how fast they run.

/// What differs between the FPGA images.
pub(crate) struct Map {
    pub(crate) clock_hz: u32,
    pub(crate) uarts: [usize; 5],
    pub(crate) dual_timer: usize,
    pub(crate) fpgaio: usize,
}

/// AN385, AN386 and AN500 (Arm DAI 0385D, table 3-1).
#[cfg(not(feature = "an505"))]
pub(crate) const MAP: Map = Map {
    clock_hz: 25_000_000,
    uarts: [0x4000_4000, 0x4000_5000, 0x4000_6000, 0x4000_7000, 0x4000_9000],
    dual_timer: 0x4000_2000,
    fpgaio: 0x4002_8000,
};

/// AN505, from Secure state (Arm DAI 0505B, table 3-3).
#[cfg(feature = "an505")]
pub(crate) const MAP: Map = Map {
    clock_hz: 20_000_000,
    uarts: [0x5020_0000, 0x5020_1000, 0x5020_2000, 0x5020_3000, 0x5020_4000],
    dual_timer: 0x5000_2000,
    fpgaio: 0x5030_2000,
};
