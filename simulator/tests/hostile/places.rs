//! Where a hostile program reaches, and with what: the board's own memories and devices more often than nowhere.

use bluekernel_boards::model::Board;

use crate::numbers::Numbers;

/// What a board has.
pub(crate) struct Places {
    /// First address and bytes of each memory and each device.
    ranges: Vec<(u32, u32)>,
    /// What the architecture puts at fixed addresses.
    registers: &'static [u32],
    /// Where the program is, and where its variables could be.
    pub(crate) code: u32,
    pub(crate) ram: (u32, u32),
}

impl Places {
    pub(crate) fn of(board: &Board, registers: &'static [u32]) -> Self {
        let code = board.code_memory().expect("memory for code");
        let data = board.data_memory().expect("memory for data");
        let memories = board.chip.memory.iter().flat_map(|memory| {
            std::iter::once(memory.base).chain(memory.aliases.iter().copied()).map(|base| (base, memory.size))
        });
        let devices = board.chip.peripherals.iter().map(|device| (device.base, device.size));
        Self {
            ranges: memories.chain(devices).map(|(base, size)| (base as u32, size as u32)).collect(),
            registers,
            code: (code.base + board.linker.flash_offset) as u32,
            ram: (data.base as u32, data.size as u32),
        }
    }

    /// An address to be touched.
    pub(crate) fn address(&self, n: &mut Numbers) -> u32 {
        let exact = match n.below(16) {
            0..=4 => self.registers[n.below(self.registers.len() as u64) as usize],
            5..=11 => {
                let (base, size) = self.ranges[n.below(self.ranges.len() as u64) as usize];
                // Registers are at the beginning of a device.
                let reach = if n.one_in(2) { size.min(0x80) } else { size };
                base.wrapping_add(n.below(reach.max(1).into()) as u32 & !3)
            }
            12 => self.ram.0.wrapping_add(n.below(self.ram.1.into()) as u32 & !3),
            13 => self.code.wrapping_add(n.below(0x1000) as u32 & !3),
            14 => {
                // The edges of what there is.
                let (base, size) = self.ranges[n.below(self.ranges.len() as u64) as usize];
                base.wrapping_add(size * n.below(2) as u32).wrapping_sub(n.below(2) as u32 * 4)
            }
            _ => n.below(1 << 32) as u32,
        };
        if n.one_in(12) { exact.wrapping_add(n.below(4) as u32) } else { exact }
    }

    /// A value to be written.
    pub(crate) fn value(&self, n: &mut Numbers) -> u32 {
        match n.below(8) {
            0 => 0,
            1 => u32::MAX,
            2 => 1 << n.below(32),
            3 => n.below(16) as u32,
            4 => n.below(1 << 16) as u32,
            5 => self.address(n),
            // AIRCR's and the watchdogs' keys are among the chosen few.
            6 => [0x05fa_0000, 0x05fa_0004, 0x05fa_0300, 0xa05f_0001, 0x4567_0123, 0xcdef_89ab, 0xcccc, 0x1acc_e551]
                [n.below(8) as usize],
            _ => n.below(1 << 32) as u32,
        }
    }
}

/// Flips some bits of an image.
pub(crate) fn damage(n: &mut Numbers, image: &mut [u8]) {
    for _ in 0..1 + n.below(24) {
        let at = n.below(image.len() as u64) as usize;
        image[at] ^= 1 << n.below(8);
    }
}
