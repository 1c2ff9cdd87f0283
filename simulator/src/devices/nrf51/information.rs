//! FICR and UICR (RM 7 and 8): what the factory and the user have written about the chip. Read only, and erased where
//! nothing is said.
//!
//! | offset in FICR | content |
//! |---|---|
//! | 0x010, 0x014 | CODEPAGESIZE in bytes, CODESIZE in pages |
//! | 0x034, 0x038 | NUMRAMBLOCK, SIZERAMBLOCKS in bytes |
//! | 0x060, 0x064 | DEVICEID |
//! | 0x080 to 0x09C | ER, IR: roots of the encryption and the identity |
//! | 0x0A0, 0x0A4, 0x0A8 | DEVICEADDRTYPE, 1 is random; DEVICEADDR, 48 bits |
//!
//! What identifies the chip follows from the board's name: the same in every run, another for another board. CONFIGID, which
//! names the revision, is left erased, and so is the whole UICR, which firmware cannot program here.

use bluekernel_boards::model::{Board, MemoryKind};
use serde::{Deserialize, Serialize};

use super::super::stm32::fnv_1a;
use super::super::{Context, Device, Setup};

const CODEPAGESIZE: u32 = 0x010;
const CODESIZE: u32 = 0x014;
const NUMRAMBLOCK: u32 = 0x034;
const SIZERAMBLOCKS: u32 = 0x038;
const DEVICEID: u32 = 0x060;
const DEVICEID_END: u32 = 0x067;
const ROOTS: u32 = 0x080;
const ROOTS_END: u32 = 0x09F;
const DEVICEADDRTYPE: u32 = 0x0A0;
const DEVICEADDR: u32 = 0x0A4;
const DEVICEADDR_HIGH: u32 = 0x0A8;

const ERASED: u32 = u32::MAX;
/// A block of RAM, of which a chip has two or four (PS 4.1).
const RAM_BLOCK: u64 = 8 << 10;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Information {
    /// `None`: it is the UICR.
    factory: Option<Factory>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Factory {
    page: u32,
    pages: u32,
    ram_blocks: u32,
    identity: u64,
}

impl Nrf51Information {
    /// The registers of a name, `FICR` or `UICR`.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        Self { factory: (setup.name != "UICR").then(|| Factory::of(setup.board)) }
    }
}

impl Factory {
    fn of(board: &Board) -> Self {
        let of_kind = |kind| board.chip.memory.iter().filter(move |memory| memory.kind == kind);
        let blocks = of_kind(MemoryKind::Flash).flat_map(|memory| &memory.erase);
        let pages = blocks.clone().fold(0_u32, |sum, run| sum.saturating_add(run.count));
        let page = blocks.map(|run| run.size).next().unwrap_or(0);
        let ram = of_kind(MemoryKind::Ram).map(|memory| memory.size).fold(0, u64::saturating_add);
        Self { page: page as u32, pages, ram_blocks: (ram / RAM_BLOCK) as u32, identity: fnv_1a(&board.name) }
    }

    /// A word that is as good as drawn.
    fn drawn(&self, offset: u32) -> u32 {
        (self.identity.rotate_left(offset) ^ self.identity.wrapping_mul(u64::from(offset))) as u32
    }

    fn read(&self, offset: u32) -> u32 {
        match offset {
            CODEPAGESIZE => self.page,
            CODESIZE => self.pages,
            NUMRAMBLOCK => self.ram_blocks,
            SIZERAMBLOCKS => RAM_BLOCK as u32,
            DEVICEID..=DEVICEID_END | ROOTS..=ROOTS_END => self.drawn(offset),
            DEVICEADDRTYPE => ERASED,
            DEVICEADDR => self.drawn(offset),
            DEVICEADDR_HIGH => ERASED << 16 | self.drawn(offset) & 0xFFFF,
            _ => ERASED,
        }
    }
}

impl Device for Nrf51Information {
    fn read(&mut self, offset: u32, _: &mut Context<'_>) -> u32 {
        self.factory.as_ref().map_or(ERASED, |factory| factory.read(offset))
    }

    fn write(&mut self, _: u32, _: u32, context: &mut Context<'_>) {
        context.unmodelled();
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;
    use crate::testing::microbit;

    fn bench(name: &str, board: &Board) -> Bench<Nrf51Information> {
        Bench::of(Nrf51Information::new(Setup { name, board }), 16_000_000)
    }

    /// RM table "FICR"; PS 4.1: the nRF51822-QFAA has 256 pages of 1024 bytes, and 16 KiB of RAM.
    #[test]
    fn the_factory_says_what_the_chip_has() {
        let mut ficr = bench("FICR", &microbit());
        for (offset, value) in
            [(0x010, 1024), (0x014, 256), (0x034, 2), (0x038, 8192), (0x028, ERASED), (0x0AC, ERASED)]
        {
            assert_eq!(ficr.read(offset), value, "{offset:#x}");
        }
        assert_eq!((ficr.read(0x0A0) & 1, ficr.read(0x0A8) >> 16), (1, 0xFFFF), "a random address of 48 bits");
        ficr.write(0x010, 0);
        assert_eq!((ficr.read(0x010), ficr.unmodelled), (1024, 1));
    }

    #[test]
    fn boards_have_identities_of_their_own() {
        let identity = |board: &Board| -> Vec<u32> {
            let mut ficr = bench("FICR", board);
            [0x060, 0x064, 0x080, 0x09C, 0x0A4].iter().map(|offset| ficr.read(*offset)).collect()
        };
        let mut other = microbit();
        other.name = "other".to_owned();
        let (one, two) = (identity(&microbit()), identity(&other));
        assert_eq!(one, identity(&microbit()));
        assert!(one.iter().zip(&two).all(|(one, two)| one != two));
        assert!((1..one.len()).all(|n| !one[..n].contains(&one[n])), "{one:x?}");
    }

    #[test]
    fn the_user_has_written_nothing() {
        let mut uicr = bench("UICR", &microbit());
        assert!((0..0x100).step_by(4).all(|offset| uicr.read(offset) == ERASED));
    }
}
