//! Erasing, programming and verifying flash memory: only sectors that differ, by probe-rs and the chip's own algorithm.

use std::time::Instant;

use probe_rs::flashing::{self, DownloadOptions, FlashError, FlashProgress, ProgressEvent, ProgressOperation};
use serde::Serialize;

use super::chip::Chip;
use super::layout::Block;
use super::plan::{self, Change, Sector};
use super::{algorithm, cause, protection};
use crate::error::{Error, Exit, Result};

/// Bytes of one request to the probe.
const PIECE: usize = 4096;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Reading what is there.
    Compare,
    /// Erasing.
    Erase,
    /// Programming.
    Program,
    /// Reading back.
    Verify,
}

/// Hears how far it is.
pub trait Progress {
    /// A phase begins; it has so many bytes.
    fn begin(&mut self, phase: Phase, bytes: u64);

    /// So many bytes more are done.
    fn advance(&mut self, phase: Phase, bytes: u64);

    /// A phase is over.
    fn end(&mut self, phase: Phase);
}

/// How to program.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Erase everything first.
    pub erase_all: bool,
    /// Do not read back.
    pub no_verify: bool,
}

/// What was done, or would be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Sectors that hold a part of the firmware.
    pub sectors: usize,
    /// Of these, the ones that differed.
    pub changed: Vec<Sector>,
    /// Bytes that were erased.
    pub erased: u64,
    /// Bytes that were programmed.
    pub programmed: u64,
    /// Bytes that were read back and compared.
    pub verified: u64,
    /// Seconds of the host.
    pub seconds: f64,
}

/// What has to be done.
struct Work {
    erased_byte: u8,
    /// Erased before anything else, and not with the changes.
    erase_first: Vec<Sector>,
    changes: Vec<Change>,
    outcome: Outcome,
}

/// Brings `blocks` into the chip's flash memory. The core is reset and halted then, unless it is a dry run.
///
/// # Errors
/// Exit 1 if what is read back differs; exit 4 if probe or chip fail, or the flash memory is protected; exit 2 if the
/// board's sectors are not those of probe-rs's algorithm; exit 130 after a Ctrl-C, between two sectors.
pub fn flash(chip: &mut Chip, blocks: &[Block], options: Options, progress: &mut dyn Progress) -> Result<Outcome> {
    let started = Instant::now();
    if !options.dry_run {
        // A running firmware may write flash memory itself, and its watchdog must not bite while it is programmed.
        chip.reset_and_halt()?;
    }
    let work = match prepare(chip, blocks, options, progress) {
        Ok(work) => work,
        Err(error) => {
            // Nothing was changed: the firmware that is there goes on. The reason is what counts.
            let _ = chip.resume();
            return Err(error);
        }
    };
    let Work { erased_byte, erase_first, changes, mut outcome } = work;
    if !options.dry_run {
        erase_sectors(chip, &erase_first, progress)?;
        write(chip, &changes, erased_byte, &outcome, options.erase_all, progress)?;
        if !options.no_verify {
            outcome.verified = verify(chip, &changes, progress)?;
        }
    }
    outcome.seconds = started.elapsed().as_secs_f64();
    Ok(outcome)
}

/// Reads what is there, and says what has to be done about it.
fn prepare(chip: &mut Chip, blocks: &[Block], options: Options, progress: &mut dyn Progress) -> Result<Work> {
    let all = plan::sectors(chip.board());
    let touched = plan::touched(&all, blocks);
    let erased_byte = algorithm::check(chip, if options.erase_all { &all } else { &touched })?;
    protection::check_reading(chip)?;
    let erase_first = if options.erase_all { used(chip, &all, erased_byte, progress)? } else { Vec::new() };
    let changes = compare(chip, &touched, blocks, options.erase_all.then_some(erased_byte), progress)?;
    let changed: Vec<Sector> = changes.iter().map(|change| change.sector).collect();
    let erase = if options.erase_all { &erase_first } else { &changed };
    protection::check_writing(chip, erase)?;
    let pieces = changes.iter().flat_map(|change| plan::pieces(change, erased_byte));
    let outcome = Outcome {
        sectors: touched.len(),
        erased: erase.iter().map(|sector| sector.size).sum(),
        programmed: pieces.map(|piece| piece.data.len() as u64).sum(),
        changed,
        ..Outcome::default()
    };
    Ok(Work { erased_byte, erase_first, changes, outcome })
}

/// Whether the chip's flash memory holds all of `blocks`.
///
/// # Errors
/// Exit 4; exit 130 after a Ctrl-C.
pub fn holds(chip: &mut Chip, blocks: &[Block]) -> Result<bool> {
    for block in blocks {
        for (number, piece) in block.data.chunks(PIECE).enumerate() {
            chip.check_stop("nothing was changed")?;
            let mut now = vec![0; piece.len()];
            chip.read_memory(block.address + (number * PIECE) as u64, &mut now)?;
            if now != piece {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Erases everything, and reads it back; the sectors that were not blank before.
///
/// # Errors
/// As [`flash`].
pub fn erase(chip: &mut Chip, progress: &mut dyn Progress) -> Result<Vec<Sector>> {
    let all = plan::sectors(chip.board());
    let erased_byte = algorithm::check(chip, &all)?;
    chip.reset_and_halt()?;
    protection::check_reading(chip)?;
    let used = used(chip, &all, erased_byte, progress)?;
    protection::check_writing(chip, &used)?;
    erase_sectors(chip, &used, progress)?;
    let blank = |sector: &Sector| vec![erased_byte; usize::try_from(sector.size).unwrap_or(0)];
    let changes: Vec<_> = used.iter().map(|sector| Change { sector: *sector, wanted: blank(sector) }).collect();
    verify(chip, &changes, progress)?;
    Ok(used)
}

/// The sectors that are not blank: to erase the others takes as long, and wears them out.
fn used(chip: &mut Chip, sectors: &[Sector], erased_byte: u8, progress: &mut dyn Progress) -> Result<Vec<Sector>> {
    progress.begin(Phase::Compare, sectors.iter().map(|sector| sector.size).sum());
    let mut used = Vec::new();
    for sector in sectors {
        let now = read(chip, sector.address, sector.size, Phase::Compare, progress)?;
        if now.iter().any(|byte| *byte != erased_byte) {
            used.push(*sector);
        }
    }
    progress.end(Phase::Compare);
    Ok(used)
}

/// Erases `sectors`.
fn erase_sectors(chip: &mut Chip, sectors: &[Sector], progress: &mut dyn Progress) -> Result<()> {
    if sectors.is_empty() {
        return Ok(());
    }
    progress.begin(Phase::Erase, sectors.iter().map(|sector| sector.size).sum());
    for sector in sectors {
        chip.check_stop("the flash memory is erased in part")?;
        let mut events = FlashProgress::new(|event| forward(&event, progress));
        let done = flashing::erase(chip.session(), &mut events, sector.address, sector.end(), false);
        drop(events);
        done.map_err(|error| failed(chip, format!("cannot erase the sector at {:#010x}", sector.address), &error))?;
    }
    progress.end(Phase::Erase);
    Ok(())
}

/// The sectors that do not hold what they must. `erased` is what they will hold when everything is erased first.
fn compare(
    chip: &mut Chip,
    sectors: &[Sector],
    blocks: &[Block],
    erased: Option<u8>,
    progress: &mut dyn Progress,
) -> Result<Vec<Change>> {
    if erased.is_none() {
        progress.begin(Phase::Compare, sectors.iter().map(|sector| sector.size).sum());
    }
    let mut changes = Vec::new();
    for sector in sectors {
        let now = match erased {
            Some(erased) => vec![erased; usize::try_from(sector.size).unwrap_or(0)],
            None => read(chip, sector.address, sector.size, Phase::Compare, progress)?,
        };
        let wanted = plan::wanted(*sector, blocks, &now);
        if wanted != now {
            changes.push(Change { sector: *sector, wanted });
        }
    }
    if erased.is_none() {
        progress.end(Phase::Compare);
    }
    Ok(changes)
}

/// Erases and programs, a few sectors at a time.
fn write(
    chip: &mut Chip,
    changes: &[Change],
    erased_byte: u8,
    outcome: &Outcome,
    is_erased: bool,
    progress: &mut dyn Progress,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    if !is_erased {
        progress.begin(Phase::Erase, outcome.erased);
    }
    progress.begin(Phase::Program, outcome.programmed);
    for batch in plan::batches(changes) {
        chip.check_stop("the firmware is programmed in part: bkctl flash completes it")?;
        let mut loader = chip.session().target().flash_loader();
        for piece in batch.iter().flat_map(|change| plan::pieces(change, erased_byte)) {
            let add = loader.add_data(piece.address, &piece.data);
            add.map_err(|error| cause::told("probe-rs cannot program this chip's flash memory", &error))?;
        }
        let mut options = DownloadOptions::new();
        options.skip_erase = is_erased;
        options.progress = FlashProgress::new(|event| forward(&event, progress));
        let first = batch.first().map_or(0, |change| change.sector.address);
        let done = loader.commit(chip.session(), options);
        done.map_err(|error| failed(chip, format!("cannot program the flash memory from {first:#010x} on"), &error))?;
    }
    if !is_erased {
        progress.end(Phase::Erase);
    }
    progress.end(Phase::Program);
    Ok(())
}

/// Reads back and compares.
fn verify(chip: &mut Chip, changes: &[Change], progress: &mut dyn Progress) -> Result<u64> {
    let total = changes.iter().map(|change| change.sector.size).sum();
    if total == 0 {
        return Ok(0);
    }
    progress.begin(Phase::Verify, total);
    for change in changes {
        let now = read(chip, change.sector.address, change.sector.size, Phase::Verify, progress)?;
        check_bytes(change, &now)?;
    }
    progress.end(Phase::Verify);
    Ok(total)
}

/// Compares what was read back.
fn check_bytes(change: &Change, now: &[u8]) -> Result<()> {
    let wrong = || now.iter().zip(&change.wanted).enumerate().filter(|(_, (now, wanted))| now != wanted);
    let Some((place, (now, wanted))) = wrong().next() else { return Ok(()) };
    let sector = change.sector.address;
    Err(Error::new(
        Exit::Failed,
        format!(
            "the flash memory does not hold what was written: at {:#010x} is {now:#04x} and should be {wanted:#04x} \
             ({} bytes of the sector at {sector:#010x} differ)",
            sector + place as u64,
            wrong().count(),
        ),
    )
    .hint("program it again; a byte that stays wrong means a worn-out sector or a bad supply"))
}

fn read(chip: &mut Chip, address: u64, size: u64, phase: Phase, progress: &mut dyn Progress) -> Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    for (number, piece) in bytes.chunks_mut(PIECE).enumerate() {
        chip.check_stop("nothing is half done, but what was written is not verified")?;
        chip.read_memory(address + (number * PIECE) as u64, piece)?;
        progress.advance(phase, piece.len() as u64);
    }
    Ok(bytes)
}

/// probe-rs's error, and what the flash controller says about it.
fn failed(chip: &mut Chip, doing: String, error: &FlashError) -> Error {
    let told = cause::told(doing, error);
    match protection::explain(chip) {
        Some(why) => told.note(&why),
        None => told,
    }
}

/// probe-rs's progress as ours.
fn forward(event: &ProgressEvent, progress: &mut dyn Progress) {
    match event {
        ProgressEvent::Progress { operation: ProgressOperation::Erase, size, .. } => {
            progress.advance(Phase::Erase, *size);
        }
        ProgressEvent::Progress { operation: ProgressOperation::Program, size, .. } => {
            progress.advance(Phase::Program, *size);
        }
        ProgressEvent::DiagnosticMessage { message } => tracing::info!(message, "flash algorithm"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stuck_bit_is_named_with_its_address() {
        let wanted: Vec<u8> = (0..=255).collect();
        let change = Change { sector: Sector { address: 0x0800_4000, size: 256 }, wanted: wanted.clone() };
        assert!(check_bytes(&change, &wanted).is_ok());
        // Bit 2 reads as 0 from 0x08004010 on.
        let now: Vec<u8> =
            wanted.iter().enumerate().map(|(place, byte)| if place < 16 { *byte } else { byte & !4 }).collect();
        let error = check_bytes(&change, &now).expect_err("differs");
        assert_eq!(error.exit(), Exit::Failed);
        assert!(error.message().contains("at 0x08004014 is 0x10 and should be 0x14"), "{}", error.message());
        // Half of the 240 bytes from there on have bit 2 set.
        assert!(error.message().contains("120 bytes"), "{}", error.message());
    }
}
