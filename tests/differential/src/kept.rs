//! Seeds that once showed something: they run first, every time. A change of the generator makes other sequences of them;
//! then they are seeds like any other, and the defects that they showed have tests of their own.

/// One a line: profile, seed, and behind `#` what it showed.
const SEEDS: &str = include_str!("../seeds.txt");

/// Those of a profile.
pub fn seeds(profile: &str) -> impl Iterator<Item = u64> {
    SEEDS.lines().filter_map(move |line| {
        let mut words = line.split_whitespace();
        (words.next()? == profile).then(|| words.next()?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::PROFILES;

    #[test]
    fn every_line_is_read() {
        let lines = SEEDS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).count();
        assert_eq!(PROFILES.iter().map(|profile| seeds(profile.name).count()).sum::<usize>(), lines);
    }
}
