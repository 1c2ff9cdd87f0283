//! The modem's lines: MCR drives some, MSR shows others; in loop mode the former are wired to the latter (NS 8.7).

use serde::{Deserialize, Serialize};

const MCR_BITS: u8 = 0x1F;
const MCR_LOOP: u8 = 1 << 4;

const CTS: u8 = 1 << 4;
const DSR: u8 = 1 << 5;
const RI: u8 = 1 << 6;
const DCD: u8 = 1 << 7;
/// The other end is there and ready.
const OUTSIDE: u8 = CTS | DSR | DCD;

/// The registers behind MCR and MSR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Modem {
    mcr: u8,
    /// Changes since MSR was read, in its bits 3:0.
    changes: u8,
}

impl Modem {
    pub(super) fn mcr(self) -> u8 {
        self.mcr
    }

    pub(super) fn loops(self) -> bool {
        self.mcr & MCR_LOOP != 0
    }

    pub(super) fn changed(self) -> bool {
        self.changes != 0
    }

    fn inputs(self) -> u8 {
        if !self.loops() {
            return OUTSIDE;
        }
        // DTR, RTS, OUT1 and OUT2, from bit 0 on.
        [DSR, CTS, RI, DCD].iter().enumerate().fold(
            0,
            |inputs, (bit, input)| {
                if self.mcr >> bit & 1 != 0 { inputs | input } else { inputs }
            },
        )
    }

    pub(super) fn write_mcr(&mut self, value: u8) {
        let before = self.inputs();
        self.mcr = value & MCR_BITS;
        let changed = before ^ self.inputs();
        // RI's bit notes its end only.
        self.changes |= (changed & !(RI & self.inputs())) >> 4;
    }

    pub(super) fn read_msr(&mut self) -> u8 {
        self.inputs() | std::mem::take(&mut self.changes)
    }
}
