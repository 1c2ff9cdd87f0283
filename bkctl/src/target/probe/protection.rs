//! Why flash memory refuses: protection and error bits of the flash controllers that bkctl knows.
//!
//! STM32F4: RM0090 rev 19, section 3.9, `FLASH_SR` and `FLASH_OPTCR`; section 3.7 for the levels of protection.

use super::chip::Chip;
use super::plan::{self, Sector};
use crate::error::{Error, Exit, Result};

/// `FLASH_SR`, from the controller's first address.
const SR: u64 = 0x0c;
/// `FLASH_OPTCR`.
const OPTCR: u64 = 0x14;

/// Refuses to go on if the option bytes keep a debugger from reading the flash memory.
///
/// # Errors
/// Exit 4 with the reason.
pub fn check_reading(chip: &mut Chip) -> Result<()> {
    let Some(controller) = stm32f4(chip) else { return Ok(()) };
    refuse(stm32f4_level(chip.read_word(controller + OPTCR)?))
}

/// Refuses to go on if the option bytes keep anybody from changing one of `sectors`.
///
/// # Errors
/// Exit 4 with the sectors.
pub fn check_writing(chip: &mut Chip, sectors: &[Sector]) -> Result<()> {
    let Some(controller) = stm32f4(chip) else { return Ok(()) };
    let option = chip.read_word(controller + OPTCR)?;
    refuse(stm32f4_protected(option, &plan::sectors(chip.board()), sectors))
}

fn refuse(why: Option<String>) -> Result<()> {
    match why {
        None => Ok(()),
        Some(why) => {
            Err(Error::new(Exit::Target, format!("the flash memory is protected: {why}. Nothing was changed"))
                .hint("the option bytes say so, and ST's STM32CubeProgrammer changes them (RM0090, 3.6)"))
        }
    }
}

/// What the flash controller says after a failure.
pub fn explain(chip: &mut Chip) -> Option<String> {
    let controller = stm32f4(chip)?;
    let status = chip.read_word(controller + SR).ok()?;
    stm32f4_errors(status)
}

/// The first address of an STM32F4's flash controller, if the chip has one.
fn stm32f4(chip: &Chip) -> Option<u64> {
    let is_it =
        |peripheral: &&bluekernel_boards::model::Peripheral| peripheral.model.as_deref() == Some("stm32f4-flash");
    chip.board().chip.peripherals.iter().find(is_it).map(|peripheral| peripheral.base)
}

/// The level of read protection, if it keeps a debugger out (RM0090, 3.7.1).
fn stm32f4_level(option: u32) -> Option<String> {
    match option >> 8 & 0xff {
        0xaa => None,
        0xcc => Some("read protection level 2, for good: this chip can never be debugged again".into()),
        _ => Some("read protection level 1: a debugger may not read it, and lifting that erases everything".into()),
    }
}

/// Those of `sectors` that are write-protected: a bit of nWRP that is clear protects its sector (RM0090, 3.7.2).
fn stm32f4_protected(option: u32, all: &[Sector], sectors: &[Sector]) -> Option<String> {
    let is_protected = |sector: &&Sector| {
        let number = all.iter().position(|one| one.address == sector.address);
        number.is_some_and(|number| number < 12 && option >> (16 + number) & 1 == 0)
    };
    let protected: Vec<_> =
        sectors.iter().filter(is_protected).map(|sector| format!("{:#010x}", sector.address)).collect();
    let what = if protected.len() == 1 { "the sector" } else { "the sectors" };
    (!protected.is_empty()).then(|| format!("{what} at {} may not be written (nWRP)", protected.join(", ")))
}

fn stm32f4_errors(status: u32) -> Option<String> {
    const ERRORS: &[(u32, &str)] = &[
        (1, "OPERR: the operation failed"),
        (4, "WRPERR: the sector is write-protected"),
        (5, "PGAERR: programming was not aligned"),
        (6, "PGPERR: the size of the write does not fit the supply voltage"),
        (7, "PGSERR: programming out of sequence"),
    ];
    let said: Vec<_> = ERRORS.iter().filter(|(bit, _)| status >> bit & 1 == 1).map(|(_, text)| *text).collect();
    (!said.is_empty()).then(|| format!("the flash controller says {}", said.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sectors() -> Vec<Sector> {
        (0..12).map(|number| Sector { address: 0x0800_0000 + number * 0x4000, size: 0x4000 }).collect()
    }

    /// RM0090 rev 19, 3.9: FLASH_OPTCR's reset value is 0x0fffaaed.
    const RESET: u32 = 0x0fff_aaed;

    #[test]
    fn a_chip_as_it_left_the_factory_refuses_nothing() {
        assert_eq!(stm32f4_level(RESET), None);
        assert_eq!(stm32f4_protected(RESET, &sectors(), &sectors()), None);
    }

    #[test]
    fn a_clear_bit_protects_its_sector_and_no_other() {
        let all = sectors();
        let option = RESET & !(1 << (16 + 3));
        assert_eq!(stm32f4_protected(option, &all, &all[..3]), None);
        let why = stm32f4_protected(option, &all, &all[2..5]).expect("refused");
        assert!(why.contains("0x0800c000") && !why.contains("0x08008000"), "{why}");
    }

    #[test]
    fn levels_of_read_protection() {
        let level = |byte: u32| stm32f4_level(RESET & !0xff00 | byte << 8).expect("refused");
        assert!(level(0x55).contains("level 1"));
        assert!(level(0x00).contains("level 1"));
        assert!(level(0xcc).contains("level 2"));
    }

    #[test]
    fn error_bits_are_named() {
        assert_eq!(stm32f4_errors(0), None);
        assert_eq!(stm32f4_errors(1 << 16), None); // busy is no error
        assert!(stm32f4_errors(1 << 4).expect("an error").contains("WRPERR"));
    }
}
