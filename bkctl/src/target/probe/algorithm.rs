//! What probe-rs's flash algorithm for the chip says of its sectors.

use super::chip::Chip;
use super::plan::Sector;
use crate::error::{Error, Result};

/// What an erased byte is. The sectors that probe-rs's algorithm erases must be those of the board's file: otherwise an
/// erase would take bytes along that nobody put back.
///
/// # Errors
/// Exit 2 if they are others, or there is no algorithm for one.
pub fn check(chip: &mut Chip, sectors: &[Sector]) -> Result<u8> {
    let name = chip.board().chip.name.clone();
    let target = chip.session().target();
    let mut erased = 0xff;
    for sector in sectors {
        let has_it = |range: &std::ops::Range<u64>| range.contains(&sector.address);
        let found = target
            .flash_algorithms
            .iter()
            .map(|algorithm| &algorithm.flash_properties)
            .find(|properties| has_it(&properties.address_range))
            .ok_or_else(|| {
                Error::usage(format!("probe-rs has no way to program {name} at {:#010x}", sector.address))
                    .hint("is probe_rs in the chip's file the right name?")
            })?;
        let offset = sector.address - found.address_range.start;
        let run = found.sectors.iter().filter(|run| run.address <= offset).max_by_key(|run| run.address);
        let fits = run.is_some_and(|run| run.size == sector.size && (offset - run.address).is_multiple_of(run.size));
        if !fits {
            return Err(Error::usage(format!(
                "the file of the chip {name} says that the sector at {:#010x} has {} bytes, and probe-rs's algorithm \
                 erases others there",
                sector.address, sector.size
            ))
            .hint("correct `erase` in the chip's file"));
        }
        erased = found.erased_byte_value;
    }
    Ok(erased)
}
