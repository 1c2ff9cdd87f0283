//! Where the two sides are known to differ, and what the manual says to it. The fewer the better.

use crate::profile::Profile;
use crate::report::Difference;

/// A known deviation.
#[derive(Clone, Copy, Debug)]
pub struct Deviation {
    /// The profiles that show it.
    pub profiles: &'static [&'static str],
    /// The instruction, as objdump's mnemonic begins: the shortest form of the sequence has it.
    pub mnemonic: &'static str,
    /// The only things that may differ.
    pub fields: &'static [&'static str],
    /// Who deviates, and from what.
    pub reason: &'static str,
}

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[];

/// Whether the table has it.
#[must_use]
pub fn is_known(profile: &Profile, difference: &Difference) -> bool {
    DEVIATIONS.iter().any(|deviation| {
        deviation.profiles.contains(&profile.name)
            && difference.listing.lines().any(|line| line.split('\t').any(|word| word.starts_with(deviation.mnemonic)))
            && difference.fields.iter().all(|field| deviation.fields.contains(&field.name.as_str()))
    })
}
