//! NVMC (RM 6): programs and erases the chip's flash memory.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x400 | READY | 0 READY, read only |
//! | 0x504 | CONFIG | 1:0 WEN: 0 read, 1 write, 2 erase |
//! | 0x508, 0x510 | ERASEPAGE, ERASEPCR0 | an address: its page is erased |
//! | 0x50C | ERASEALL | 1 erases all |
//! | 0x514 | ERASEUICR | 1 erases the UICR |
//!
//! The core is halted while memory is programmed or erased (RM 6.1): the bus does not complete the access until then. Words
//! alone can be programmed; a store of less is a HardFault. A store or an erase that CONFIG does not allow does nothing, as
//! in QEMU, and is listed. Operations take what the data sheet gives at most (PS 8.16).
//!
//! Not modelled: two code regions (ERASEPCR0 erases in both, as on a chip that has one), and programming the UICR, which
//! stays erased.

use bluekernel_boards::model::{Board, MemoryKind};
use serde::{Deserialize, Serialize};

use super::super::{Context, Device, MemoryChange};
use crate::clock::{MILLISECOND, Picoseconds};

const READY: u32 = 0x400;
const CONFIG: u32 = 0x504;
const ERASEPAGE: u32 = 0x508;
const ERASEALL: u32 = 0x50C;
const ERASEPCR0: u32 = 0x510;
const ERASEUICR: u32 = 0x514;

const CONFIG_WRITE: u32 = 1;
const CONFIG_ERASE: u32 = 2;

const PROGRAM: Picoseconds = MILLISECOND * 463 / 10_000;
const ERASE_PAGE: Picoseconds = MILLISECOND * 223 / 10;
const ERASE_ALL: Picoseconds = MILLISECOND * 223 / 10;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Nvmc {
    /// The flash memory: first address, bytes, bytes of a page.
    base: u32,
    size: u32,
    page: u32,
    config: u32,
    busy_until: Picoseconds,
}

impl Nrf51Nvmc {
    /// The controller of a board's flash memory.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let memory = board.chip.memory.iter().find(|memory| memory.kind == MemoryKind::Flash && !memory.attrs.write);
        let page = memory.and_then(|memory| memory.erase.first()).map_or(1, |blocks| blocks.size);
        let (base, size) = memory.map_or((0, 0), |memory| (memory.base, memory.size));
        Self { base: base as u32, size: size as u32, page: (page as u32).max(1), config: 0, busy_until: 0 }
    }

    fn change(&mut self, change: MemoryChange, duration: Picoseconds, context: &mut Context<'_>) {
        self.busy_until = self.busy_until.max(context.now).saturating_add(duration);
        context.change_memory(change);
        context.hold_until(self.busy_until);
    }

    fn erase_page(&mut self, address: u32, context: &mut Context<'_>) {
        let offset = address.wrapping_sub(self.base);
        if self.config != CONFIG_ERASE || offset >= self.size {
            context.unmodelled();
            return;
        }
        let erase = MemoryChange::Erase { address: address - offset % self.page, size: self.page };
        self.change(erase, ERASE_PAGE, context);
    }

    fn erase_all(&mut self, context: &mut Context<'_>) {
        if self.config != CONFIG_ERASE {
            context.unmodelled();
            return;
        }
        self.change(MemoryChange::Erase { address: self.base, size: self.size }, ERASE_ALL, context);
    }
}

impl Device for Nrf51Nvmc {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            READY => u32::from(self.busy_until <= context.now),
            CONFIG => self.config,
            ERASEPAGE | ERASEALL | ERASEPCR0 | ERASEUICR => 0,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            READY => {}
            CONFIG => {
                self.config = value & 0b11;
                if self.config == CONFIG_WRITE | CONFIG_ERASE {
                    context.unmodelled();
                }
            }
            ERASEPAGE | ERASEPCR0 => self.erase_page(value, context),
            ERASEALL if value & 1 != 0 => self.erase_all(context),
            ERASEALL | ERASEUICR => {}
            _ => context.unmodelled(),
        }
    }

    fn programs_flash(&self) -> bool {
        true
    }

    fn program(&mut self, address: u32, size: u8, value: u32, context: &mut Context<'_>) {
        match (size, self.config) {
            (4, CONFIG_WRITE) => {
                let bytes = value.to_le_bytes().to_vec();
                self.change(MemoryChange::Program { address, bytes }, PROGRAM, context);
            }
            (4, _) => context.unmodelled(),
            _ => context.bus_error(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ClockDomain;
    use crate::devices::Effects;
    use crate::testing::microbit;

    /// The controller at a time, and what it did since the last look.
    struct Bench {
        device: Nrf51Nvmc,
        now: Picoseconds,
        seen: Effects,
    }

    impl Bench {
        fn new(config: u32) -> Self {
            let mut bench = Self { device: Nrf51Nvmc::new(&microbit()), now: 0, seen: Effects::default() };
            bench.write(CONFIG, config);
            bench
        }

        fn with<R>(&mut self, call: impl FnOnce(&mut Nrf51Nvmc, &mut Context<'_>) -> R) -> R {
            let clock = ClockDomain::new(16_000_000);
            call(&mut self.device, &mut Context::new(self.now, &clock, &mut self.seen))
        }

        fn read(&mut self, offset: u32) -> u32 {
            self.with(|device, context| device.read(offset, context))
        }

        fn write(&mut self, offset: u32, value: u32) -> Effects {
            self.with(|device, context| device.write(offset, value, context));
            std::mem::take(&mut self.seen)
        }

        fn program(&mut self, address: u32, size: u8, value: u32) -> Effects {
            self.with(|device, context| device.program(address, size, value, context));
            std::mem::take(&mut self.seen)
        }
    }

    /// RM 6.2: registers, their reset values, and the bits that can be written.
    #[test]
    fn registers() {
        let mut bench = Bench::new(0);
        for (offset, reset, ones) in
            [(0x400, 1, 1), (0x504, 0, 3), (0x508, 0, 0), (0x50C, 0, 0), (0x510, 0, 0), (0x514, 0, 0)]
        {
            assert_eq!(bench.read(offset), reset, "{offset:#x} after reset");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), ones, "{offset:#x} with ones");
        }
        assert!(bench.write(0x518, 0).unmodelled);
    }

    #[test]
    fn a_word_is_programmed_while_the_core_is_halted() {
        let mut bench = Bench::new(CONFIG_WRITE);
        let seen = bench.program(0x3_FFFC, 4, 0x1234_5678);
        let change = MemoryChange::Program { address: 0x3_FFFC, bytes: vec![0x78, 0x56, 0x34, 0x12] };
        assert_eq!((seen.memory, seen.hold_until), (vec![change], Some(46_300_000)));
        assert_eq!(bench.read(READY), 0);
        bench.now = 46_300_000;
        assert_eq!(bench.read(READY), 1);
        for size in [1, 2] {
            let seen = bench.program(0x3_FFF8, size, 0);
            assert!(seen.bus_error && seen.memory.is_empty());
        }
    }

    #[test]
    fn a_page_has_a_kibibyte() {
        let mut bench = Bench::new(CONFIG_ERASE);
        for register in [ERASEPAGE, ERASEPCR0] {
            bench.now = 0;
            bench.device.busy_until = 0;
            let seen = bench.write(register, 0x1_07FC);
            assert_eq!(seen.memory, [MemoryChange::Erase { address: 0x1_0400, size: 0x400 }]);
            assert_eq!(seen.hold_until, Some(22_300_000_000));
        }
        let seen = bench.write(ERASEALL, 1);
        assert_eq!(seen.memory, [MemoryChange::Erase { address: 0, size: 0x4_0000 }]);
        assert!(bench.write(ERASEALL, 0).memory.is_empty());
        let beyond = bench.write(ERASEPAGE, 0x4_0000);
        assert!(beyond.unmodelled && beyond.memory.is_empty());
    }

    #[test]
    fn nothing_happens_that_config_does_not_allow() {
        for config in [0, CONFIG_ERASE] {
            let seen = Bench::new(config).program(0x400, 4, 0);
            assert!(seen.unmodelled && seen.memory.is_empty() && !seen.bus_error);
        }
        for config in [0, CONFIG_WRITE] {
            for register in [ERASEPAGE, ERASEALL] {
                let seen = Bench::new(config).write(register, 1);
                assert!(seen.unmodelled && seen.memory.is_empty());
            }
        }
    }
}
