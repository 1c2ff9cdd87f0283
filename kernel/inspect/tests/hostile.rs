//! Whatever a file holds, reading it ends with a value, not with a panic.

use bluekernel_inspect::footprint::Footprint;
use bluekernel_inspect::image::Image;
use bluekernel_inspect::live;
use bluekernel_inspect::source::Lines;
use bluekernel_inspect::unwind::{Registers, Unwinder, guessed_calls};
use proptest::prelude::*;

const ELF: &[u8] = include_bytes!("fixtures/kernel.elf");
const CODE: &[u8] = include_bytes!("fixtures/code.elf");

/// Everything the crate offers, on one file.
fn read_all(bytes: &[u8]) {
    let Ok(image) = Image::read(bytes, None) else { return };
    let _ = (
        image.objects(),
        image.address_of("Reset"),
        image.build_id_hex(),
        image.arm_attributes().map(|arm| arm.name()),
    );
    let _ = Footprint::of(&image, &[("FLASH", 0, 0x1_0000), ("RAM", 0x2000_0000, 0x4000)]);
    if let Ok(Some(table)) = image.kernel() {
        let _ = table.names().count();
        let _ = live::tasks(&table, &mut &image);
        let _ = live::current(&table, &mut &image);
    }
    let _ = image.code_beneath(&["blinky", "traced::trace"]);
    let lines = Lines::new(&image);
    for address in [0, 8, 0x20, 0x2000_0000, u64::from(u32::MAX), u64::MAX] {
        let _ = image.symbol_at(address);
        let _ = lines.as_ref().map(|lines| (lines.location(address), lines.frames(address)));
    }
    if let Some(unwinder) = Unwinder::new(&image) {
        for symbol in image.symbols() {
            for value in [0x2000_0100, u32::MAX] {
                let mut registers = Registers { r: [value; 16], psp: value };
                registers.r[15] = u32::try_from(symbol.address).unwrap_or(value);
                let _ = unwinder.calls(registers, &mut &image).len();
                let _ = guessed_calls(&image, registers, &mut &image).len();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// A few bytes of a sound file are changed, then some of the end is missing.
    #[test]
    fn a_damaged_file_never_panics(
        changes in prop::collection::vec((0..ELF.len(), any::<u8>()), 1..8),
        missing in prop_oneof![Just(0), 0..ELF.len()],
    ) {
        let mut bytes = ELF.to_vec();
        for (place, value) in changes {
            bytes[place] = value;
        }
        bytes.truncate(bytes.len() - missing);
        read_all(&bytes);
    }

    /// The debug information of functions and their copies gets any bytes.
    #[test]
    fn damaged_functions_never_panic(changes in prop::collection::vec((0..CODE.len(), any::<u8>()), 1..40)) {
        let mut bytes = CODE.to_vec();
        for (place, value) in changes {
            bytes[place] = value;
        }
        if let Ok(image) = Image::parse(&bytes) {
            let _ = image.code_beneath(&["traced::trace", "traced::rtt::said"]);
        }
    }

    /// The build attributes get any bytes.
    #[test]
    fn damaged_attributes_never_panic(changes in prop::collection::vec((0_usize..45, any::<u8>()), 1..6)) {
        let image = Image::parse(ELF).unwrap();
        let section = image.section_data(image.section(".ARM.attributes").unwrap());
        let start = ELF.windows(section.len()).position(|window| window == section).unwrap();
        let mut bytes = ELF.to_vec();
        for (place, value) in changes {
            bytes[start + place] = value;
        }
        read_all(&bytes);
    }

    /// Headers get the values that overflow: the file header, the program headers, the section headers.
    #[test]
    fn damaged_headers_never_panic(
        table in prop_oneof![Just(0), Just(52), Just(ELF.len() - 18 * 40)],
        changes in prop::collection::vec((0_usize..160, prop_oneof![
            Just(0_u32), Just(1), Just(u32::MAX), Just(0x8000_0000), Just(0x7fff_ffff), any::<u32>()
        ]), 1..4),
    ) {
        let mut bytes = ELF.to_vec();
        for (word, value) in changes {
            let place = table + word * 4;
            if let Some(field) = bytes.get_mut(place..place + 4) {
                field.copy_from_slice(&value.to_le_bytes());
            }
        }
        read_all(&bytes);
    }

    /// The kernel's records get any words: what they point to may not exist.
    #[test]
    fn a_damaged_table_never_panics(words in prop::collection::vec((0_usize..23, any::<u32>()), 1..5)) {
        let image = Image::parse(ELF).unwrap();
        let record = image.section_data(image.section(".bk.kernel").unwrap());
        let start = ELF.windows(record.len()).position(|window| window == record).unwrap();
        let mut bytes = ELF.to_vec();
        for (word, value) in words {
            bytes[start + 4 * word..][..4].copy_from_slice(&value.to_le_bytes());
        }
        read_all(&bytes);
    }

    #[test]
    fn any_bytes_behind_the_magic_never_panic(class in 1_u8..3, order in 1_u8..3, rest in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = vec![0x7f, b'E', b'L', b'F', class, order, 1];
        bytes.extend(rest);
        read_all(&bytes);
    }

    /// Records of every kind in any order, sound ones and others.
    #[test]
    fn a_hex_file_never_panics(
        records in prop::collection::vec((any::<u16>(), 0_u8..8, prop::collection::vec(any::<u8>(), 0..18), 0_u8..20), 0..12),
        tail in "[:0-9A-Fa-f\n\r ]{0,40}",
    ) {
        let mut text = String::new();
        for (offset, kind, data, damage) in records {
            let mut bytes = vec![data.len() as u8, (offset >> 8) as u8, offset as u8, kind];
            bytes.extend(data);
            let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg();
            bytes.push(if damage == 0 { !sum } else { sum });
            text.push(':');
            text.extend(bytes.iter().map(|byte| format!("{byte:02X}")));
            text.push('\n');
        }
        read_all(format!("{text}:00000001FF\n").as_bytes());
        read_all(format!("{text}{tail}").as_bytes());
    }
}
