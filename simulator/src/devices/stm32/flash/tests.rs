//! RM0090 rev 19, chapter 3; times of the data sheet DocID022152 rev 8, tables 39 and 40.

use super::access::{DCRST, ICEN, ICRST, PRFTEN};
use super::*;
use crate::clock::{MILLISECOND, SECOND};
use crate::devices::Effects;
use crate::testing::discovery;

const FLASH: u32 = 0x0800_0000;
const MICROSECOND: Picoseconds = MILLISECOND / 1000;
/// Bits of CR.
const PSIZE: u32 = 8;
const SNB: u32 = 3;
const X32: u32 = 2 << PSIZE;

/// The interface on a clock of 16 MHz, driven by hand; everything it did since the last look.
struct Bench {
    device: Stm32f4Flash,
    clock: ClockDomain,
    now: Picoseconds,
    seen: Effects,
}

impl Bench {
    fn new() -> Self {
        let device = Stm32f4Flash::new(&discovery());
        Self { device, clock: ClockDomain::new(16_000_000), now: 0, seen: Effects::default() }
    }

    /// One whose CR is open and holds these bits.
    fn open(cr: u32) -> Self {
        let mut bench = Self::new();
        bench.write(KEYR, 0x4567_0123).write(KEYR, 0xCDEF_89AB).write(CR, cr);
        bench.take();
        bench
    }

    /// One whose option bytes can be changed.
    fn open_options() -> Self {
        let mut bench = Self::open(X32);
        bench.write(OPTKEYR, 0x0819_2A3B).write(OPTKEYR, 0x4C5D_6E7F);
        bench
    }

    fn with<R>(&mut self, call: impl FnOnce(&mut Stm32f4Flash, &mut Context<'_>) -> R) -> R {
        call(&mut self.device, &mut Context::new(self.now, &self.clock, &mut self.seen))
    }

    fn read(&mut self, offset: u32) -> u32 {
        self.with(|device, context| device.read(offset, context))
    }

    fn write(&mut self, offset: u32, value: u32) -> &mut Self {
        self.with(|device, context| device.write(offset, value, context));
        self
    }

    fn program(&mut self, address: u32, size: u8, value: u32) -> &mut Self {
        self.with(|device, context| device.program(address, size, value, context));
        self
    }

    /// Lets time pass, firing what is due on the way.
    fn wait(&mut self, time: Picoseconds) -> &mut Self {
        let until = self.now + time;
        while let Some(due) = self.device.deadline(&self.clock).filter(|due| *due <= until) {
            self.now = due;
            self.with(|device, context| device.fire(context));
        }
        self.now = until;
        self
    }

    fn take(&mut self) -> Effects {
        std::mem::take(&mut self.seen)
    }

    /// The status behind a store to memory, and whether memory was changed.
    fn status_of(&mut self, address: u32, size: u8, value: u32) -> (u32, bool) {
        self.program(address, size, value);
        (self.read(SR), !self.take().memory.is_empty())
    }
}

fn programmed(address: u32, bytes: &[u8]) -> Vec<MemoryChange> {
    vec![MemoryChange::Program { address, bytes: bytes.to_vec() }]
}

/// 3.9, reset values: CR 0x80000000, OPTCR 0x0fffaaed, the others 0.
#[test]
fn reset_values() {
    let mut bench = Bench::new();
    for (offset, value) in [(ACR, 0), (KEYR, 0), (OPTKEYR, 0), (SR, 0), (CR, 1 << 31), (OPTCR, 0x0FFF_AAED)] {
        assert_eq!(bench.read(offset), value, "offset {offset:#x}");
    }
    assert_eq!((bench.device.lines(), bench.device.protection()), (0, Protection::Open));
    assert!(!bench.take().unmodelled);
    // OPTCR1 is the F42x's.
    bench.read(0x18);
    assert!(bench.take().unmodelled);
}

/// Which bits exist, in the tables of 3.9.
#[test]
fn bits_that_can_be_written() {
    let mut bench = Bench::open(0);
    bench.write(ACR, !0);
    assert_eq!(bench.read(ACR), 0x1F07);
    bench.write(CR, !(CR_LOCK | CR_STRT));
    assert_eq!(bench.read(CR), 0x0300_037F);
    bench.write(CR, CR_LOCK);
    assert_eq!(bench.read(CR), CR_LOCK);
    let mut bench = Bench::open_options();
    bench.write(OPTCR, !(OPTCR_OPTSTRT | OPTCR_OPTLOCK));
    assert_eq!(bench.read(OPTCR), 0x0FFF_FFEC);
    bench.write(OPTCR, OPTCR_OPTLOCK);
    assert_eq!(bench.read(OPTCR), 1);
}

/// RM 3.5.1 and 3.5.2: LATENCY is in core cycles; the head of `access.rs` has the table.
#[test]
fn wait_states_are_what_acr_says() {
    let mut bench = Bench::new();
    let mut waits = |acr: u32| {
        bench.write(ACR, acr);
        bench.device.fetch_waits().map(|waits| (waits.line, waits.sequential, waits.branch))
    };
    assert_eq!(waits(0), None, "none after reset");
    assert_eq!(waits(5), Some((16, 5, 5)));
    assert_eq!(waits(5 | PRFTEN), Some((16, 0, 5)));
    assert_eq!(waits(5 | PRFTEN | ICEN), None);
    assert_eq!(waits(7), Some((16, 7, 7)));
}

/// ACR, bits 12 and 11: "can be written only when the cache is disabled".
#[test]
fn a_cache_that_is_on_cannot_be_reset() {
    let mut bench = Bench::new();
    bench.write(ACR, ICEN).write(ACR, ICEN | ICRST | DCRST);
    assert_eq!(bench.read(ACR), ICEN | DCRST);
    bench.write(ACR, 0).write(ACR, ICRST);
    assert_eq!(bench.read(ACR), ICRST);
}

/// 3.5.1: 0 wait states up to 30 MHz, 5 up to 168 MHz.
#[test]
fn too_few_wait_states_are_listed() {
    for (hertz, latency, enough) in [
        (30_000_000, 0, true),
        (30_000_001, 0, false),
        (60_000_000, 1, true),
        (168_000_000, 4, false),
        (168_000_000, 5, true),
    ] {
        let mut bench = Bench::new();
        bench.clock = ClockDomain::new(hertz);
        bench.write(ACR, latency);
        assert_eq!(bench.take().unmodelled, !enough, "{latency} at {hertz}");
    }
}

#[test]
fn the_keys_open_cr_and_lock_closes_it() {
    let mut bench = Bench::new();
    bench.write(CR, CR_PG);
    assert_eq!(bench.read(CR), CR_LOCK, "closed: the store is lost");
    bench.write(KEYR, 0x4567_0123).write(KEYR, 0xCDEF_89AB);
    assert_eq!(bench.write(CR, CR_PG).read(CR), CR_PG);
    bench.write(CR, CR_LOCK).write(CR, CR_PG);
    assert_eq!(bench.read(CR), CR_LOCK);
    bench.write(KEYR, 0x4567_0123).write(KEYR, 0xCDEF_89AB);
    assert_eq!(bench.read(CR), 0, "and can be opened again");
    assert!(!bench.take().bus_error);
}

/// 3.6.1: "Any wrong sequence" is a bus error and locks CR until the next reset.
#[test]
fn a_wrong_key_locks_until_reset() {
    let sequences: [&[u32]; 4] = [&[0], &[0xCDEF_89AB], &[0x4567_0123, 0x4567_0123], &[0x4567_0123, 0xCDEF_89AA]];
    for sequence in sequences {
        let mut bench = Bench::new();
        let (last, before) = sequence.split_last().unwrap();
        for key in before {
            assert!(!bench.write(KEYR, *key).take().bus_error);
        }
        assert!(bench.write(KEYR, *last).take().bus_error, "{sequence:x?}");
        // From now on the right sequence is wrong as well.
        assert!(bench.write(KEYR, 0x4567_0123).take().bus_error);
        bench.write(KEYR, 0xCDEF_89AB);
        assert_eq!(bench.read(CR), CR_LOCK);
    }
    // The lock of the option bytes is another one, of the same kind.
    let mut bench = Bench::new();
    assert!(bench.write(OPTKEYR, 0x4567_0123).take().bus_error);
    bench.write(OPTKEYR, 0x0819_2A3B).write(OPTKEYR, 0x4C5D_6E7F).write(KEYR, 0x4567_0123).write(KEYR, 0xCDEF_89AB);
    assert_eq!((bench.read(OPTCR) & OPTCR_OPTLOCK, bench.read(CR)), (1, 0));
}

/// 3.6.4: byte, halfword, word with x8, x16, x32; the memory is busy for 16 us.
#[test]
fn programming_takes_16_microseconds() {
    for (psize, size, bytes) in [(0, 1, &[0x78][..]), (1, 2, &[0x78, 0x56]), (2, 4, &[0x78, 0x56, 0x34, 0x12])] {
        let mut bench = Bench::open(psize << PSIZE | CR_PG);
        bench.wait(MILLISECOND).program(FLASH + 0x1_0004, size, 0x1234_5678);
        let seen = bench.take();
        assert_eq!(seen.memory, programmed(FLASH + 0x1_0004, bytes));
        assert_eq!((seen.stall_until, seen.hold_until), (Some(MILLISECOND + 16 * MICROSECOND), None));
        assert_eq!(bench.read(SR), SR_BSY);
        assert_eq!(bench.wait(16 * MICROSECOND - 1).read(SR), SR_BSY);
        assert_eq!(bench.wait(1).read(SR), 0, "EOP needs EOPIE");
    }
}

#[test]
fn a_store_that_the_rules_forbid_programs_nothing() {
    let pg = CR_PG | X32;
    let cases = [
        // PGSERR: "the control register has not been correctly configured".
        (X32, 0, 4, SR_PGSERR),
        (X32 | CR_LOCK, 0, 4, SR_PGSERR),
        (pg | CR_LOCK, 0, 4, SR_PGSERR),
        // PGPERR: the size is not that of PSIZE.
        (pg, 0, 1, SR_PGPERR),
        (pg, 2, 2, SR_PGPERR),
        (CR_PG, 0, 4, SR_PGPERR),
        (CR_PG | 1 << PSIZE, 0, 4, SR_PGPERR),
        (CR_PG | 3 << PSIZE, 0, 1, SR_PGPERR),
    ];
    for (cr, offset, size, error) in cases {
        let mut bench = Bench::open(cr);
        let (status, changed) = bench.status_of(FLASH + offset, size, 0);
        assert_eq!((status, changed), (error, false), "CR {cr:#x}, {size} bytes at {offset}");
        bench.write(SR, 0);
        assert_eq!(bench.read(SR), error);
        bench.write(SR, error);
        assert_eq!(bench.read(SR), 0, "writing 1 clears");
    }
}

/// x64: two words one behind the other, inside a row of 128 bits.
#[test]
fn a_double_word_is_programmed_with_its_second_half() {
    let mut bench = Bench::open(CR_PG | 3 << PSIZE);
    assert_eq!(bench.status_of(FLASH + 8, 4, 0x0403_0201), (0, false));
    bench.program(FLASH + 12, 4, 0x0807_0605);
    assert_eq!(bench.take().memory, programmed(FLASH + 8, &[1, 2, 3, 4, 5, 6, 7, 8]));
    bench.wait(16 * MICROSECOND);
    assert_eq!(bench.read(SR), 0);
    bench.program(FLASH + 12, 4, 0);
    assert_eq!(bench.status_of(FLASH + 16, 4, 0), (SR_PGAERR, false));
    bench.write(SR, !0).program(FLASH + 8, 4, 0);
    assert_eq!(bench.status_of(FLASH + 16, 4, 0), (SR_PGSERR, false));
    assert!(bench.write(CR, 3 << PSIZE).take().unmodelled, "VPP");
}

/// Table 5: sectors 0 to 3 of 16 KiB, 4 of 64 KiB, 5 to 11 of 128 KiB. Erase times in ms with x8, x16, x32, x64.
#[test]
fn a_sector_is_erased_in_the_time_of_its_size() {
    let table = [
        (0, 0x0800_0000, 16, [400, 300, 250, 230]),
        (3, 0x0800_C000, 16, [400, 300, 250, 230]),
        (4, 0x0801_0000, 64, [1200, 700, 550, 490]),
        (5, 0x0802_0000, 128, [2000, 1300, 1000, 875]),
        (11, 0x080E_0000, 128, [2000, 1300, 1000, 875]),
    ];
    for (number, address, kibibytes, times) in table {
        for (psize, time) in times.into_iter().enumerate() {
            let cr = CR_SER | number << SNB | (psize as u32) << PSIZE;
            let mut bench = Bench::open(cr);
            bench.write(CR, cr | CR_STRT);
            let seen = bench.take();
            assert_eq!(seen.memory, [MemoryChange::Erase { address, size: kibibytes << 10 }]);
            assert_eq!(seen.stall_until, Some(time * MILLISECOND));
            assert_eq!((bench.read(CR), bench.read(SR)), (cr | CR_STRT, SR_BSY));
            bench.wait(time * MILLISECOND - 1);
            assert_eq!(bench.read(SR), SR_BSY);
            assert_eq!((bench.wait(1).read(SR), bench.read(CR)), (0, cr), "STRT falls with BSY");
        }
    }
    // There is no sector 12.
    let mut bench = Bench::open(0);
    bench.write(CR, CR_SER | 12 << SNB | CR_STRT);
    let seen = bench.take();
    assert!(seen.unmodelled && seen.memory.is_empty());
}

#[test]
fn a_mass_erase_erases_every_sector() {
    for (psize, time) in [16_000, 11_000, 8_000, 6_900].into_iter().enumerate() {
        let mut bench = Bench::open(0);
        bench.write(CR, CR_MER | (psize as u32) << PSIZE | CR_STRT);
        let seen = bench.take();
        let erased = seen.memory.iter().map(|change| match change {
            MemoryChange::Erase { size, .. } => *size,
            other => panic!("{other:?}"),
        });
        assert_eq!(erased.sum::<u32>(), 1 << 20);
        assert_eq!(seen.stall_until, Some(time * MILLISECOND));
    }
}

/// 3.6.3: with MER and SER both set neither is done; without either there is nothing to start.
#[test]
fn an_erase_that_is_not_clear_is_none() {
    for cr in [CR_SER | CR_MER, 0, CR_PG] {
        let mut bench = Bench::open(0);
        bench.write(CR, cr | CR_STRT);
        assert_eq!((bench.read(SR), bench.read(CR), bench.take().memory), (0, cr, vec![]));
    }
}

/// 3.7.4: an nWRP bit of 0 protects its sector, and the whole memory from a mass erase.
#[test]
fn a_protected_sector_is_neither_programmed_nor_erased() {
    let mut bench = Bench::open_options();
    bench.write(OPTCR, 0x0FFF_AAEC & !(1 << (16 + 4)) | OPTCR_OPTSTRT).wait(SECOND);
    bench.write(CR, X32 | CR_PG).take();
    assert_eq!(bench.status_of(0x0801_0000, 4, 0), (SR_WRPERR, false));
    assert_eq!(bench.status_of(0x0801_FFFC, 4, 0), (SR_WRPERR, false));
    bench.write(SR, !0);
    assert_eq!(bench.status_of(0x0800_FFFC, 4, 0), (SR_BSY, true), "the last word of sector 3");
    assert_eq!(bench.wait(SECOND).status_of(0x0802_0000, 4, 0), (SR_BSY, true), "the first of sector 5");
    for erase in [CR_SER | 4 << SNB, CR_MER] {
        bench.wait(SECOND).write(SR, !0).take();
        bench.write(CR, erase | CR_STRT);
        assert_eq!((bench.read(SR), bench.take().memory), (SR_WRPERR, vec![]));
    }
}

/// 3.6.1: a write of CR while BSY is set stalls the bus. A store to memory waits as well.
#[test]
fn stores_wait_for_the_operation_under_way() {
    let mut bench = Bench::open(X32 | CR_PG);
    bench.program(FLASH, 4, 0).take();
    bench.wait(MICROSECOND).program(FLASH + 4, 4, 0);
    let seen = bench.take();
    assert_eq!((seen.hold_until, seen.stall_until), (Some(16 * MICROSECOND), Some(32 * MICROSECOND)));
    bench.wait(15 * MICROSECOND).write(CR, X32);
    assert_eq!(bench.take().hold_until, Some(32 * MICROSECOND));
    bench.wait(16 * MICROSECOND).write(CR, X32);
    assert_eq!(bench.take().hold_until, None);
    // Reading waits for nothing.
    bench.write(CR, X32 | CR_SER | CR_STRT).take();
    bench.read(SR);
    bench.write(SR, !0).write(ACR, 0);
    assert_eq!(bench.take().hold_until, None);
}

/// 3.6.5: EOP with EOPIE at the end of an operation, OPERR with ERRIE at an error; both raise the interrupt.
#[test]
fn interrupts() {
    let mut bench = Bench::open(X32 | CR_PG | CR_EOPIE);
    bench.program(FLASH, 4, 0);
    assert_eq!(bench.device.deadline(&bench.clock), Some(16 * MICROSECOND));
    assert_eq!(bench.wait(16 * MICROSECOND - 1).device.lines(), 0);
    assert_eq!(bench.wait(1).device.lines(), 1);
    assert_eq!(bench.read(SR), SR_EOP);
    bench.write(SR, SR_EOP);
    assert_eq!((bench.device.lines(), bench.device.deadline(&bench.clock)), (0, None));
    bench.program(FLASH, 1, 0);
    assert_eq!((bench.read(SR), bench.device.lines()), (SR_PGPERR, 0));
    bench.write(SR, !0).write(CR, X32 | CR_PG | CR_ERRIE).program(FLASH, 1, 0);
    assert_eq!((bench.read(SR), bench.device.lines()), (SR_PGPERR | SR_OPERR, 1));
    bench.write(CR, X32 | CR_PG);
    assert_eq!(bench.device.lines(), 0);
}

#[test]
fn option_bytes_are_written_by_optstrt_only() {
    let mut bench = Bench::new();
    bench.write(OPTCR, 0);
    assert_eq!(bench.read(OPTCR), 0x0FFF_AAED, "locked");
    let mut bench = Bench::open_options();
    bench.write(OPTCR, 0x0FF0_AAE8);
    assert_eq!((bench.read(OPTCR), bench.take().memory), (0x0FF0_AAE8, vec![]));
    bench.write(OPTCR, 0x0FF0_AAE8 | OPTCR_OPTSTRT);
    let seen = bench.take();
    let [MemoryChange::Options { bytes }] = &seen.memory[..] else { panic!("{seen:?}") };
    // 3.7.1: RDP and user options at 0x1fffc000, nWRP at 0x1fffc008; bits that do not exist stay erased.
    assert_eq!(bytes[..], [0xFB, 0xAA, !0, !0, !0, !0, !0, !0, 0xF0, 0xFF, !0, !0, !0, !0, !0, !0]);
    assert_eq!((bench.read(OPTCR), bench.read(SR)), (0x0FF0_AAE8 | OPTCR_OPTSTRT, SR_BSY));
    assert_eq!((bench.wait(SECOND).read(OPTCR), bench.read(SR)), (0x0FF0_AAE8, 0));
    // A chip that is switched on with them.
    let mut next = Bench::new();
    next.device.load_options(bytes);
    assert_eq!(next.read(OPTCR), 0x0FF0_AAE9);
    assert_eq!(next.device.options().as_ref(), Some(bytes));
}

/// A byte of OPTCR is written by a store of a byte: OPTCR can be accessed by word, halfword and byte.
#[test]
fn narrow_stores_write_their_bytes() {
    let mut bench = Bench::open_options();
    bench.with(|device, context| {
        context.lanes = 0xFF00;
        device.write(OPTCR, 0x5500, context);
    });
    assert_eq!(bench.read(OPTCR), 0x0FFF_55EC);
    assert_eq!(bench.device.narrow_store(), NarrowStore::Lanes);
}

/// 3.7.3: RDP 0xaa is level 0, 0xcc level 2, anything else level 1. From 1 to 0 the memory is erased; 2 is for ever.
#[test]
fn read_protection() {
    let mut bench = Bench::open_options();
    bench.write(OPTCR, 0x0FFF_55EC | OPTCR_OPTSTRT);
    assert_eq!(bench.device.protection(), Protection::Memory);
    assert_eq!(bench.take().memory.len(), 1, "no erase on the way up");
    bench.wait(SECOND).write(OPTCR, 0x0FFF_AAEC | OPTCR_OPTSTRT);
    let seen = bench.take();
    assert_eq!(bench.device.protection(), Protection::Open);
    assert_eq!(seen.memory.len(), 12 + 1);
    assert!(seen.stall_until > Some(SECOND + 8 * SECOND), "{seen:?}");

    bench.wait(10 * SECOND).write(OPTCR, 0x0FFF_CCEC | OPTCR_OPTSTRT).wait(SECOND).take();
    assert_eq!(bench.device.protection(), Protection::Chip);
    bench.write(OPTCR, 0x0FFF_AAEC | OPTCR_OPTSTRT);
    assert_eq!(
        (bench.device.protection(), bench.read(OPTCR), bench.take().memory),
        (Protection::Chip, 0x0FFF_CCEC, vec![])
    );
}

/// Erased option bytes, as after a loss of power in the middle, protect everything at level 1.
#[test]
fn option_bytes_of_another_length_are_not_taken() {
    let mut bench = Bench::new();
    bench.device.load_options(&[0xFF; 15]);
    assert_eq!(bench.read(OPTCR), 0x0FFF_AAED);
    bench.device.load_options(&[0xFF; 16]);
    assert_eq!((bench.read(OPTCR), bench.device.protection()), (0x0FFF_FFED, Protection::Memory));
}
