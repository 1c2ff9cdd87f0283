//! The tables against objdump, which nobody here wrote.

use super::*;
use crate::profile::{PROFILES, Set};
use crate::report::disassemble;

/// Each row many times over, with fields by chance: it is the instruction that its name says.
#[test]
fn rows_are_what_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    for wide in [false, true] {
        let isa = Isa { wide, atomic: true, float: 64 };
        let generator = Generator::new(isa, 0x8040_0300);
        let mut n = Numbers::new(1);
        let (mut code, mut names) = (Vec::new(), Vec::new());
        for (row, format) in groups(isa).iter().flatten().zip(generator.formats.iter().flatten()) {
            for _ in 0..20 {
                let roles = Roles::choose(&mut n);
                if format.pattern.width('w') > 0 {
                    names.push("andi");
                }
                names.push(row.0);
                code.extend(generator.fill(format, &mut n, roles));
            }
        }
        let listing = disassemble(Set::Riscv(isa), &code, 0, folder.path()).unwrap();
        let read: Vec<&str> = listing.lines().map(|line| line.split('\t').nth(2).unwrap_or_default()).collect();
        assert_eq!(read.len(), names.len());
        for (index, (read, name)) in read.iter().zip(names).enumerate() {
            let read = read.trim_start_matches("c.");
            assert!(name.split('|').any(|name| read.starts_with(name)), "instruction {index}: {read}, not {name}");
        }
    }
}

/// Branches go to the start of a unit: behind one, two or three of them.
#[test]
fn branches_reach_their_targets() {
    let folder = tempfile::tempdir().unwrap();
    let isa = Isa { wide: false, atomic: false, float: 0 };
    let forms = [
        (Jump::Branch, 0x63, 4),
        (Jump::Jal, 0x6F, 4),
        (Jump::CompressedBranch, 0xC001, 2),
        (Jump::CompressedJump, 0xA001, 2),
    ];
    for (form, template, len) in forms {
        for over in 0..40 {
            let mut units = vec![Unit::Jump { form, template, over }];
            units.extend((0..over + 1).map(|_| Unit::Code(vec![0x13, 0, 0, 0])));
            let code = Sequence { units, opening: 0, start: Start::default() }.assemble(&[], &[]);
            let listing = disassemble(Set::Riscv(isa), &code, 0x1000, folder.path()).unwrap();
            let target = format!("0x{:x}", 0x1000 + len + 4 * over);
            let first = listing.lines().next().unwrap();
            assert!(first.ends_with(&target), "{form:?} over {over}: {first}, not {target}");
        }
    }
}

/// Nothing that objdump does not know, in any profile.
#[test]
fn sequences_are_known_instructions() {
    let folder = tempfile::tempdir().unwrap();
    for profile in PROFILES {
        let Set::Riscv(isa) = profile.set else { continue };
        let generator = Generator::new(isa, 0x8040_0300);
        let mut code = Vec::new();
        for seed in 0..500 {
            let sequence = generator.sequence(&mut Numbers::new(seed), seed % 2 == 1);
            let units = sequence.units.into_iter().filter(|unit| match unit {
                Unit::Code(code) => code.iter().any(|byte| *byte != 0 && *byte != 0xFF),
                Unit::Aligned(_) => false,
                Unit::Jump { .. } => true,
            });
            code.extend(Sequence { units: units.collect(), ..sequence }.assemble(&[0x01, 0x00], &[]));
        }
        let listing = disassemble(profile.set, &code, 0, folder.path()).unwrap();
        let wrong = listing.lines().find(|line| {
            let read = line.split('\t').nth(2).unwrap_or_default();
            read.starts_with('.') || read.starts_with("0x") || read.contains("unimp")
        });
        assert_eq!(wrong, None, "{}", profile.name);
    }
}
