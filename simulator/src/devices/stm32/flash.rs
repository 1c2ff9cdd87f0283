//! Flash memory interface of the STM32F405 and F407 (RM chapter 3): programs and erases the chip's flash memory.
//!
//! Registers and bits as they can be written (w1c: writing 1 clears; key: see [`keys`]):
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x00 | ACR | 12 DCRST, 11 ICRST, 10 DCEN, 9 ICEN, 8 PRFTEN, 2:0 LATENCY |
//! | 0x04 | KEYR | key of CR; reads 0 |
//! | 0x08 | OPTKEYR | key of OPTCR; reads 0 |
//! | 0x0c | SR | 16 BSY (read only); w1c: 7 PGSERR, 6 PGPERR, 5 PGAERR, 4 WRPERR, 1 OPERR, 0 EOP |
//! | 0x10 | CR | 31 LOCK, 25 ERRIE, 24 EOPIE, 16 STRT, 9:8 PSIZE, 6:3 SNB, 2 MER, 1 SER, 0 PG |
//! | 0x14 | OPTCR | 27:16 nWRP, 15:8 RDP, 7:5 user options, 3:2 BOR_LEV, 1 OPTSTRT, 0 OPTLOCK |
//!
//! An operation changes memory when it starts and is busy for the time that the data sheet gives as typical. Until then
//! the core cannot fetch from flash memory, and a store that the interface must wait for holds the bus (3.6.1).
//!
//! Wait states and caches are [`access`]'s.
//!
//! Not modelled: wait states of loads of data, so neither DCEN; that a cache may hold old bytes; a load of data from
//! flash memory during an operation, which should wait and finds the new bytes at once; the OTP area, and option bytes as
//! memory at 0x1fff c000; what the user options and the brown-out level do. Double words (PSIZE 3) need 8 to 9 V at VPP,
//! which boards have not; they are listed as not modelled, and work. LATENCY is looked at when ACR is written, and listed
//! if it is too small for the clock of that moment at 2.7 to 3.6 V.

mod access;
mod keys;
mod options;
#[cfg(test)]
mod tests;
mod times;

use bluekernel_boards::model::{Board, MemoryKind};
use serde::{Deserialize, Serialize};

use crate::clock::{ClockDomain, Picoseconds};
use crate::cpu::FetchWaits;
use crate::devices::{Context, Device, MemoryChange, NarrowStore, Protection};
use access::Access;
use keys::Lock;
use options::Options;

const ACR: u32 = 0x00;
const KEYR: u32 = 0x04;
const OPTKEYR: u32 = 0x08;
const SR: u32 = 0x0C;
const CR: u32 = 0x10;
const OPTCR: u32 = 0x14;

const SR_EOP: u32 = 1 << 0;
const SR_OPERR: u32 = 1 << 1;
const SR_WRPERR: u32 = 1 << 4;
const SR_PGAERR: u32 = 1 << 5;
const SR_PGPERR: u32 = 1 << 6;
const SR_PGSERR: u32 = 1 << 7;
const SR_BSY: u32 = 1 << 16;

const CR_PG: u32 = 1 << 0;
const CR_SER: u32 = 1 << 1;
const CR_MER: u32 = 1 << 2;
const CR_STRT: u32 = 1 << 16;
const CR_EOPIE: u32 = 1 << 24;
const CR_ERRIE: u32 = 1 << 25;
const CR_LOCK: u32 = 1 << 31;
/// The bits that keep what is written to them.
const CR_BITS: u32 = 0x0300_037F;

const OPTCR_OPTLOCK: u32 = 1 << 0;
const OPTCR_OPTSTRT: u32 = 1 << 1;

/// As many as CR.SNB can name.
const MOST_SECTORS: usize = 16;

const KEYS: [u32; 2] = [0x4567_0123, 0xCDEF_89AB];
const OPTION_KEYS: [u32; 2] = [0x0819_2A3B, 0x4C5D_6E7F];

/// How many bytes are programmed at once (CR.PSIZE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parallelism {
    Byte,
    Halfword,
    Word,
    DoubleWord,
}

/// A piece of flash memory that is erased as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sector {
    base: u32,
    size: u32,
}

/// An operation under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Operation {
    until: Picoseconds,
    /// CR.STRT or OPTCR.OPTSTRT, which read 1 until it is over.
    starts: Started,
}

/// What started an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Started {
    Store,
    Strt,
    OptStrt,
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32f4Flash {
    sectors: Vec<Sector>,
    access: Access,
    /// SR but for BSY.
    sr: u32,
    cr: u32,
    lock: Lock,
    /// What OPTCR holds, and what the option bytes do.
    wanted: Options,
    options: Options,
    option_lock: Lock,
    operation: Option<Operation>,
    /// The first half of a double word: its address and value.
    half: Option<(u32, u32)>,
}

impl Stm32f4Flash {
    /// The interface of a board's flash memory, in its reset state, with the option bytes of a new chip.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let memory = board.chip.memory.iter().find(|memory| memory.kind == MemoryKind::Flash && !memory.attrs.write);
        let mut base = memory.map_or(0, |memory| memory.base);
        let blocks = memory.into_iter().flat_map(|memory| &memory.erase);
        let sizes = blocks.flat_map(|blocks| (0..blocks.count).map(|_| blocks.size)).take(MOST_SECTORS);
        let sectors = sizes.map(|size| {
            let sector = Sector { base: base as u32, size: size as u32 };
            base = base.wrapping_add(size);
            sector
        });
        Self {
            sectors: sectors.collect(),
            access: Access::default(),
            sr: 0,
            cr: 0,
            lock: Lock::default(),
            wanted: Options::default(),
            options: Options::default(),
            option_lock: Lock::default(),
            operation: None,
            half: None,
        }
    }

    fn parallelism(&self) -> Parallelism {
        match self.cr >> 8 & 0b11 {
            0 => Parallelism::Byte,
            1 => Parallelism::Halfword,
            2 => Parallelism::Word,
            _ => Parallelism::DoubleWord,
        }
    }

    /// Ends the operation under way if its time has come.
    fn settle(&mut self, now: Picoseconds) {
        if self.operation.take_if(|operation| operation.until <= now).is_some() && self.cr & CR_EOPIE != 0 {
            self.sr |= SR_EOP;
        }
    }

    /// Waits for the operation under way; when the access takes effect.
    fn wait(&mut self, context: &mut Context<'_>) -> Picoseconds {
        self.settle(context.now);
        let Some(Operation { until, .. }) = self.operation else { return context.now };
        context.hold_until(until);
        self.settle(until);
        until
    }

    fn start(&mut self, starts: Started, at: Picoseconds, duration: Picoseconds, context: &mut Context<'_>) {
        let until = at.saturating_add(duration);
        self.operation = Some(Operation { until, starts });
        context.stall_until(until);
    }

    fn fail(&mut self, error: u32) {
        self.sr |= error;
        if self.cr & CR_ERRIE != 0 {
            self.sr |= SR_OPERR;
        }
    }

    fn sector_of(&self, address: u32) -> usize {
        self.sectors.partition_point(|sector| sector.base <= address).saturating_sub(1)
    }

    fn write_cr(&mut self, value: u32, context: &mut Context<'_>) {
        let at = self.wait(context);
        if !self.lock.is_open() {
            return;
        }
        let value = context.merge(self.cr, value);
        self.cr = value & CR_BITS;
        self.half = None;
        if value & CR_STRT != 0 {
            self.erase(at, context);
        }
        if value & CR_LOCK != 0 {
            self.lock.lock();
        }
        if self.parallelism() == Parallelism::DoubleWord {
            context.unmodelled();
        }
    }

    /// CR.STRT (3.6.3). With both SER and MER set, or none, nothing is erased.
    fn erase(&mut self, at: Picoseconds, context: &mut Context<'_>) {
        match (self.cr & CR_SER != 0, self.cr & CR_MER != 0) {
            (true, false) => {
                let number = (self.cr >> 3 & 0xF) as usize;
                let Some(&Sector { base: address, size }) = self.sectors.get(number) else {
                    context.unmodelled();
                    return;
                };
                if self.options.protects(number) {
                    return self.fail(SR_WRPERR);
                }
                context.change_memory(MemoryChange::Erase { address, size });
                self.start(Started::Strt, at, times::sector(size, self.parallelism()), context);
            }
            (false, true) if self.options.protects_any() => self.fail(SR_WRPERR),
            (false, true) => {
                self.erase_all(context);
                self.start(Started::Strt, at, times::all(self.parallelism()), context);
            }
            _ => {}
        }
    }

    fn erase_all(&self, context: &mut Context<'_>) {
        for &Sector { base: address, size } in &self.sectors {
            context.change_memory(MemoryChange::Erase { address, size });
        }
    }

    fn write_optcr(&mut self, value: u32, context: &mut Context<'_>) {
        let at = self.wait(context);
        // With read protection of level 2 the option bytes are what they are for ever (3.7.3).
        if !self.option_lock.is_open() || self.options.protection() == Protection::Chip {
            return;
        }
        let value = context.merge(self.wanted.register(), value);
        self.wanted = Options::of_register(value);
        if value & OPTCR_OPTSTRT != 0 {
            self.program_options(at, context);
        }
        if value & OPTCR_OPTLOCK != 0 {
            self.option_lock.lock();
        }
    }

    /// OPTCR.OPTSTRT (3.7.2): the option bytes become what OPTCR holds.
    fn program_options(&mut self, at: Picoseconds, context: &mut Context<'_>) {
        let mut duration = times::options(self.parallelism());
        let opened = self.options.protection() == Protection::Memory && self.wanted.protection() == Protection::Open;
        if opened {
            // From level 1 to 0: what was protected goes first (3.7.3).
            self.erase_all(context);
            duration += times::all(self.parallelism());
        }
        self.options = self.wanted;
        context.change_memory(MemoryChange::Options { bytes: self.options.bytes().to_vec() });
        self.start(Started::OptStrt, at, duration, context);
        if self.options.unmodelled() {
            context.unmodelled();
        }
    }

    /// What a store programs, by the rules of 3.6.4: address and bytes, nothing for the first half of a double word, or an
    /// error's flag.
    fn take(&mut self, address: u32, size: u8, value: u32) -> Result<Option<(u32, Vec<u8>)>, u32> {
        let half = self.half.take();
        if !self.lock.is_open() || self.cr & CR_PG == 0 {
            return Err(SR_PGSERR);
        }
        let bytes = &value.to_le_bytes()[..usize::from(size.min(4))];
        match (self.parallelism(), size) {
            (Parallelism::Byte, 1) | (Parallelism::Halfword, 2) | (Parallelism::Word, 4) => {}
            (Parallelism::DoubleWord, 4) => {
                let Some((first, low)) = half else {
                    self.half = Some((address, value));
                    return Ok(None);
                };
                if address != first.wrapping_add(4) {
                    return Err(SR_PGSERR);
                }
                if first >> 4 != address >> 4 {
                    return Err(SR_PGAERR); // It crosses a row of 128 bits.
                }
                return Ok(Some((first, [&low.to_le_bytes(), bytes].concat())));
            }
            _ => return Err(SR_PGPERR),
        }
        Ok(Some((address, bytes.to_vec())))
    }
}

impl Device for Stm32f4Flash {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        self.settle(context.now);
        let started = self.operation.map(|operation| operation.starts);
        let flag = |condition: bool, bit: u32| if condition { bit } else { 0 };
        match offset {
            ACR => self.access.register(),
            KEYR | OPTKEYR => 0,
            SR => self.sr | flag(started.is_some(), SR_BSY),
            CR => self.cr | flag(!self.lock.is_open(), CR_LOCK) | flag(started == Some(Started::Strt), CR_STRT),
            OPTCR => {
                let locked = flag(!self.option_lock.is_open(), OPTCR_OPTLOCK);
                self.wanted.register() | locked | flag(started == Some(Started::OptStrt), OPTCR_OPTSTRT)
            }
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        self.settle(context.now);
        let turned = match offset {
            KEYR => self.lock.turn(value, KEYS),
            OPTKEYR => self.option_lock.turn(value, OPTION_KEYS),
            _ => Ok(()),
        };
        match offset {
            KEYR | OPTKEYR if turned.is_err() => context.bus_error(),
            KEYR | OPTKEYR => {}
            ACR => self.access.write(value, context),
            SR => self.sr &= !value,
            CR => self.write_cr(value, context),
            OPTCR => self.write_optcr(value, context),
            _ => context.unmodelled(),
        }
    }

    fn deadline(&self, _: &ClockDomain) -> Option<Picoseconds> {
        self.operation.filter(|_| self.cr & CR_EOPIE != 0).map(|operation| operation.until)
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        self.settle(context.now);
    }

    fn lines(&self) -> u32 {
        let raised = |enable: u32, flag: u32| self.cr & enable != 0 && self.sr & flag != 0;
        u32::from(raised(CR_EOPIE, SR_EOP) || raised(CR_ERRIE, SR_OPERR))
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }

    fn programs_flash(&self) -> bool {
        true
    }

    fn program(&mut self, address: u32, size: u8, value: u32, context: &mut Context<'_>) {
        let at = self.wait(context);
        match self.take(address, size, value) {
            Err(error) => self.fail(error),
            Ok(None) => {}
            Ok(Some((address, _))) if self.options.protects(self.sector_of(address)) => self.fail(SR_WRPERR),
            Ok(Some((address, bytes))) => {
                context.change_memory(MemoryChange::Program { address, bytes });
                self.start(Started::Store, at, times::PROGRAM, context);
            }
        }
    }

    fn fetch_waits(&self) -> Option<FetchWaits> {
        self.access.waits()
    }

    fn options(&self) -> Option<Vec<u8>> {
        Some(self.options.bytes().to_vec())
    }

    fn load_options(&mut self, bytes: &[u8]) {
        if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
            self.options = Options::of_bytes(bytes);
            self.wanted = self.options;
        }
    }

    fn protection(&self) -> Protection {
        self.options.protection()
    }
}
