//! Many sequences, and what becomes of those that differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::deviations;
use crate::image::{BLOCK, Builder, Mode};
use crate::judge::{Bksim, qemu};
use crate::profile::{Generator, Profile, Set};
use crate::report::{Difference, differences, disassemble};
use crate::sequence::Sequence;

/// What a campaign has found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Found {
    /// Sequences that both have run.
    pub sequences: u64,
    /// Of these, those that ended with a fault.
    pub faults: u64,
    /// Of these, those that were interrupted on bksim.
    pub interrupted: u64,
    /// Sequences that differ as the table of deviations says, by its reason.
    pub known: BTreeMap<&'static str, u64>,
    /// Seeds of all others that differ.
    pub different: Vec<u64>,
}

impl Found {
    /// Takes what another campaign has found.
    pub fn add(&mut self, other: Self) {
        self.sequences += other.sequences;
        self.faults += other.faults;
        self.interrupted += other.interrupted;
        self.different.extend(other.different);
        for (reason, count) in other.known {
            *self.known.entry(reason).or_default() += count;
        }
    }
}

/// What runs sequences of a profile on both sides.
#[derive(Debug)]
pub struct Campaign<'a> {
    profile: &'a Profile,
    generator: Generator,
    builder: Builder,
    bksim: Bksim,
    folder: &'a Path,
    most: usize,
}

/// How a seed's sequence is run: every second image is interrupted, every second pair of images counts instructions.
fn mode(profile: &Profile, seed: u64) -> (bool, bool) {
    let block = seed / u64::from(profile.batch);
    (block % 2 == 1, block % 4 >= 2)
}

impl<'a> Campaign<'a> {
    /// Starts bksim and assembles the harness; `folder` is for files. Of the sequences that differ, `most` are looked at.
    ///
    /// # Errors
    /// If a program is missing.
    pub fn new(profile: &'a Profile, bksim: &Path, folder: &'a Path, most: usize) -> Result<Self> {
        Ok(Self {
            profile,
            generator: profile.generator(),
            builder: Builder::new(profile, folder)?,
            bksim: Bksim::new(bksim, profile)?,
            folder,
            most,
        })
    }

    /// The sequence of a seed.
    #[must_use]
    pub fn sequence(&self, seed: u64) -> Sequence {
        let (ticking, instruction_clock) = mode(self.profile, seed);
        let mut sequence = self.generator.sequence(seed, ticking);
        // By the cost table, an interrupt's entry and return take most of a short period.
        sequence.start.tick += match self.profile.set {
            _ if !ticking => 0,
            Set::Thumb(_) if instruction_clock => 2,
            Set::Thumb(_) => 60,
            // Ticks of 12.5 cycles.
            Set::Riscv(_) => 5,
        };
        sequence
    }

    /// Runs the sequences of these seeds; tells each that differs to `tell`.
    ///
    /// # Errors
    /// If a side does not run an image to its end.
    pub fn run(&self, seeds: impl IntoIterator<Item = u64>, tell: &mut dyn FnMut(&Difference)) -> Result<Found> {
        let mut found = Found::default();
        let mut batch: Vec<u64> = Vec::new();
        for seed in seeds {
            let other = batch.first().is_some_and(|first| mode(self.profile, *first) != mode(self.profile, seed));
            if other || batch.len() == self.profile.batch as usize {
                self.run_batch(&std::mem::take(&mut batch), &mut found, tell)?;
            }
            batch.push(seed);
        }
        self.run_batch(&batch, &mut found, tell)?;
        Ok(found)
    }

    /// Runs seeds of one mode.
    fn run_batch(&self, seeds: &[u64], found: &mut Found, tell: &mut dyn FnMut(&Difference)) -> Result<()> {
        let Some(mode) = seeds.first().map(|seed| mode(self.profile, *seed)) else { return Ok(()) };
        let sequences: Vec<Sequence> = seeds.iter().map(|seed| self.sequence(*seed)).collect();
        let (theirs, ours) = self.results(&sequences, mode)?;
        found.sequences += seeds.len() as u64;
        found.faults += u64::from(theirs[seeds.len()]);
        found.interrupted += if mode.0 { seeds.len() as u64 } else { 0 };
        for (index, sequence) in sequences.into_iter().enumerate() {
            if theirs[index] == ours[index] {
                continue;
            }
            if found.different.len() >= self.most {
                found.different.push(seeds[index]);
                continue;
            }
            let difference = self.look(seeds[index], sequence)?;
            match deviations::known(self.profile, &difference) {
                Some(deviation) => *found.known.entry(deviation.reason).or_default() += 1,
                None => {
                    found.different.push(difference.seed);
                    tell(&difference);
                }
            }
        }
        Ok(())
    }

    /// A number for each sequence, and the number of faults, by QEMU and by bksim.
    fn results(&self, sequences: &[Sequence], mode: (bool, bool)) -> Result<(Vec<u32>, Vec<u32>)> {
        let (theirs, ours) = self.both(sequences, mode, false)?;
        let words = |bytes: &[u8]| -> Vec<u32> {
            bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
        };
        let (theirs, ours) = (words(&theirs), words(&ours));
        let wanted = sequences.len() + 1;
        ensure!(
            theirs.len() == wanted && ours.len() == wanted,
            "{} and {} results, not {wanted}",
            theirs.len(),
            ours.len()
        );
        Ok((theirs, ours))
    }

    /// What both sides write. QEMU is never interrupted.
    fn both(&self, sequences: &[Sequence], (ticking, clock): (bool, bool), detail: bool) -> Result<(Vec<u8>, Vec<u8>)> {
        let write = |name: &str, ticking| -> Result<PathBuf> {
            let file = self.folder.join(name);
            std::fs::write(&file, self.builder.image(sequences, Mode { detail, ticking }).elf)?;
            Ok(file)
        };
        let (quiet, own) = (write("qemu.elf", false)?, write("bksim.elf", ticking)?);
        let console = self.folder.join("console");
        std::thread::scope(|scope| {
            let theirs = scope.spawn(|| qemu(self.profile, &quiet, &console));
            let ours = self.bksim.run(&own, clock);
            let theirs = theirs.join().unwrap_or_else(|_| Err(anyhow::anyhow!("QEMU's thread")));
            Ok((theirs?, ours?))
        })
    }

    /// Makes a sequence that differs shorter, and looks at what differs.
    fn look(&self, seed: u64, sequence: Sequence) -> Result<Difference> {
        let mode = mode(self.profile, seed);
        let mut shortest = sequence;
        loop {
            let units = shortest.opening..shortest.units.len();
            let mut shorter: Vec<Sequence> = units.clone().map(|count| shortest.prefix(count)).collect();
            shorter.extend(units.map(|index| shortest.without(index)));
            if shorter.is_empty() {
                break;
            }
            let (theirs, ours) = self.results(&shorter, mode)?;
            match (0..shorter.len()).find(|&index| theirs[index] != ours[index]) {
                Some(index) => shortest = shorter.swap_remove(index),
                None => break,
            }
        }
        let (theirs, ours) = self.both(std::slice::from_ref(&shortest), mode, true)?;
        ensure!(theirs.len() == BLOCK && ours.len() == BLOCK, "{} and {} bytes of detail", theirs.len(), ours.len());
        let image = self.builder.image(std::slice::from_ref(&shortest), Mode::default());
        let listing = disassemble(self.profile.set, &image.code[0], image.addresses[0], self.folder)?;
        Ok(Difference { seed, listing, fields: differences(self.profile.set, &theirs, &ours), start: shortest.start })
    }
}
