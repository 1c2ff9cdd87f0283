//! The tables against objdump, which nobody here wrote.

use super::*;
use crate::profile::{PROFILES, Set};
use crate::report::disassemble;

const ALL: Isa = Isa { v7m: true, dsp: true, v8m: true, float: true, fpv5: true, double: true };

/// The mnemonics of a listing, in order.
fn mnemonics(code: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let listing = disassemble(Set::Thumb(ALL), code, 0, folder.path()).unwrap();
    listing.lines().map(|line| line.split('\t').nth(2).unwrap_or_default().to_owned()).collect()
}

/// Each row many times over, with fields by chance: it is the instruction that its name says.
#[test]
fn rows_are_what_they_are_called() {
    let generator = Generator::new(ALL, 0x2000_0100);
    let mut n = Numbers::new(1);
    let mut code = Vec::new();
    let mut names = Vec::new();
    for (row, format) in groups(ALL).iter().flatten().zip(generator.formats.iter().flatten()) {
        for _ in 0..20 {
            let roles = Roles::choose(&mut n);
            if format.pattern.width('w') > 0 {
                names.push(if matches!(format.rule, Rule::Exclusive(_)) { "bic" } else { "mov" });
            }
            names.push(row.0);
            code.extend(fill(format, &mut n, roles));
        }
    }
    let read = mnemonics(&code);
    assert_eq!(read.len(), names.len());
    for (index, (read, name)) in read.iter().zip(names).enumerate() {
        assert!(name.split('|').any(|name| read.starts_with(name)), "instruction {index}: {read}, not {name}");
    }
}

/// Nothing that objdump calls unpredictable or undefined, in any profile.
#[test]
fn sequences_are_predictable() {
    for profile in PROFILES {
        let Set::Thumb(isa) = profile.set else { continue };
        let generator = Generator::new(isa, 0x2000_0100);
        let mut code = Vec::new();
        for seed in 0..500 {
            let sequence = generator.sequence(&mut Numbers::new(seed), seed % 2 == 1);
            // Literals are any bits.
            let units = sequence.units.into_iter().filter(|unit| !matches!(unit, Unit::Aligned(_))).collect();
            code.extend(Sequence { units, ..sequence }.assemble(&[0x00, 0xBF], &[]));
        }
        let folder = tempfile::tempdir().unwrap();
        let listing = disassemble(Set::Thumb(ALL), &code, 0, folder.path()).unwrap();
        let wrong = listing.lines().find(|line| {
            let line = line.to_lowercase();
            line.contains("unpredictable")
                || line.contains("undefined")
                || line.contains("@ <und>")
                || line.contains(".short")
        });
        assert_eq!(wrong, None, "{}", profile.name);
    }
}

/// Branches go to the start of a unit: behind one, two or three of them.
#[test]
fn branches_reach_their_targets() {
    let block = vec![0x00, 0xBF, 0x00, 0xBF];
    let forms = [
        (Jump::ThumbConditional, 0xD000, 2),
        (Jump::Thumb, 0xE000, 2),
        (Jump::ThumbWide, 0xF000_D000, 4),
        (Jump::ThumbWide, 0xF000_9000, 4),
        (Jump::ThumbWideConditional, 0xF000_8000, 4),
        (Jump::ThumbZero, 0xB100, 4),
    ];
    for (form, template, len) in forms {
        for over in 0..5 {
            let mut units = vec![Unit::Jump { form, template, over }];
            units.extend((0..over + 1).map(|_| Unit::Code(block.clone())));
            let code = Sequence { units, opening: 0, start: Start::default() }.assemble(&[], &[]);
            let folder = tempfile::tempdir().unwrap();
            let listing = disassemble(Set::Thumb(ALL), &code, 0x1000, folder.path()).unwrap();
            let target = format!("0x{:x}", 0x1000 + len + 4 * over);
            let first = listing.lines().next().unwrap();
            assert!(first.ends_with(&target), "{form:?} over {over}: {first}, not {target}");
        }
    }
}
