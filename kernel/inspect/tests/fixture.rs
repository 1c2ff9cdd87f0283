//! The reader against a small ELF file made by another compiler and linker, described by another reader.
//!
//! `tests/fixtures/kernel.c` is the source and `build.sh` the command. Expected numbers come from that source and from
//! binutils: `arm-none-eabi-size`, `readelf -lSsn`, `objdump --dwarf=decodedline`, `objcopy -O binary`.

use bluekernel_abi::TaskState;
use bluekernel_abi::inspect::SavedLayout;
use bluekernel_inspect::footprint::{Footprint, Totals};
use bluekernel_inspect::image::{Architecture, Image, ImageError, SymbolKind};
use bluekernel_inspect::source::{Lines, Location};
use bluekernel_inspect::types::Types;
use bluekernel_inspect::{KernelTable, Memory, TableError, live};

const ELF: &[u8] = include_bytes!("fixtures/kernel.elf");
/// The same source for a core with a floating-point unit, with the second version of the table.
const FLOAT: &[u8] = include_bytes!("fixtures/kernel-float.elf");
const REGIONS: [(&str, u64, u64); 2] = [("FLASH", 0, 64 * 1024), ("RAM", 0x2000_0000, 16 * 1024)];

fn image() -> Image {
    Image::parse(ELF).unwrap()
}

#[test]
fn segments_entry_and_build_id_are_those_of_readelf() {
    let image = image();
    assert_eq!((image.architecture(), image.entry()), (Architecture::Arm, 0x19));
    assert_eq!(image.build_id_hex().unwrap(), "00112233445566778899aabbccddeeff01234567");
    let seen: Vec<_> =
        image.segments().iter().map(|s| (s.vaddr, s.paddr, s.data.len(), s.mem_size, s.execute, s.write)).collect();
    assert_eq!(
        seen,
        [
            (0, 0, 0x74, 0x74, true, false),
            (0x2000_0000, 0x74, 0x24, 0x24, false, true),
            (0x2000_0028, 0x98, 0, 0x310, false, true)
        ]
    );
    let data = image.section(".data").unwrap();
    assert_eq!((data.address, data.load_address, data.size), (0x2000_0000, 0x74, 36));
}

/// `arm-none-eabi-readelf -A`: Tag_CPU_arch v7, profile Microcontroller, no Tag_FP_arch in the one; v7E-M and
/// Tag_FP_arch VFPv4-D16 in the other.
#[test]
fn build_attributes_say_which_cores_can_run_it() {
    let plain = image().arm_attributes().unwrap();
    assert_eq!((plain.cpu_arch, plain.profile, plain.fp_arch, plain.name().as_str()), (10, b'M', 0, "armv7-m"));
    assert!(plain.runs_on("armv7-m", false) && plain.runs_on("armv7e-m", true) && !plain.runs_on("armv6-m", false));
    let float = Image::parse(FLOAT).unwrap().arm_attributes().unwrap();
    assert_eq!((float.cpu_arch, float.profile, float.fp_arch), (13, b'M', 6));
    assert_eq!(float.name(), "armv7e-m with floating point");
    assert!(float.runs_on("armv7e-m", true) && !float.runs_on("armv7e-m", false) && !float.runs_on("armv7-m", false));
}

#[test]
fn symbols_are_demangled_and_free_of_the_thumb_bit() {
    let image = image();
    let by_name = |name: &str| image.symbols().iter().find(|symbol| symbol.name == name).unwrap();
    let add = by_name("blinky::add");
    assert_eq!((add.address, add.size, add.kind), (8, 16, SymbolKind::Function));
    assert_eq!(by_name("blinky::READY").raw, "_ZN6blinky5READY17h0123456789abcdefE");
    assert_eq!(image.address_of("Reset"), Some(0x18));
    assert_eq!(image.address_of("initial_sp"), Some(0x2000_4000));
    assert_eq!(image.address_of("no such symbol"), None);
    assert!(!image.symbols().iter().any(|symbol| symbol.name.starts_with('$')), "mapping symbols name nothing");
    assert!(!image.symbols().iter().any(|symbol| symbol.name == "record"), "it is in a section that is not loaded");
    let (symbol, offset) = image.symbol_at(0x2000_002c).unwrap();
    assert_eq!((symbol.name.as_str(), offset), ("blinky::READY", 4));
    assert!(image.symbol_at(0x2000_0034).is_none(), "behind the twelve bytes of READY");
}

#[test]
fn the_table_says_what_the_source_says() {
    let table = image().kernel().unwrap().unwrap();
    let tasks: Vec<_> = table
        .tasks
        .iter()
        .map(|t| (t.number, t.name.as_str(), t.priority, t.control, t.stack, t.stack_bytes))
        .collect();
    // The source lists them the other way round: the number follows from the control block.
    assert_eq!(
        tasks,
        [(0, "worker", 7, 0x2000_0004, 0x2000_0238, 256), (1, "idle hands", 3, 0x2000_0014, 0x2000_0038, 512)]
    );
    assert_eq!((table.trace_clock_hz, table.current), (25_000_000, 0x2000_0000));
    let names: Vec<_> = table.names().map(|(id, name)| (id, name.into_owned())).collect();
    let expected = [(0, "worker"), (7, "idle hands"), (18, "flash étape")];
    assert_eq!(names, expected.map(|(id, name)| (id, name.to_owned())));
}

/// The only layout there was in version 1; in version 2 the source says which.
#[test]
fn both_versions_of_the_table_are_read() {
    let old = image().kernel().unwrap().unwrap();
    let new = Image::parse(FLOAT).unwrap().kernel().unwrap().unwrap();
    assert_eq!(old.saved_layout, Some(SavedLayout::CortexM));
    assert_eq!(new.saved_layout, Some(SavedLayout::CortexMFloat));
    let names = |table: &KernelTable| table.tasks.iter().map(|task| task.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&old), old.trace_clock_hz), (names(&new), new.trace_clock_hz));
}

/// The second fixture with another version in its table: the record's second word.
fn of_version(version: u32) -> Image {
    let record = Image::parse(FLOAT).unwrap();
    let record = record.section_data(record.section(".bk.kernel").unwrap());
    let place = FLOAT.windows(record.len()).position(|window| window == record).unwrap() + 4;
    let mut bytes = FLOAT.to_vec();
    bytes[place..place + 4].copy_from_slice(&version.to_le_bytes());
    Image::parse(&bytes).unwrap()
}

#[test]
fn a_table_of_another_version_is_told() {
    for version in [0, 5, u32::MAX] {
        let error = of_version(version).kernel().unwrap_err();
        assert_eq!(error, TableError::Version { found: version.into() });
    }
    // The second version has one word more than the first.
    assert!(matches!(of_version(1).kernel(), Err(TableError::Length { record: 44, bytes: 48, .. })));
}

/// READY stands 0x28 bytes from the start of RAM.
#[test]
fn variables_in_ram_are_objects_numbered_from_one() {
    for (image, step) in [(image(), 4), (of_version(3), 4), (of_version(4), 8)] {
        let number = 0x28 / step + 1;
        let objects = image.objects();
        assert!(objects.contains(&(number, "blinky::READY".to_owned())), "{objects:?}");
        assert!(!objects.iter().any(|(_, name)| name == "banner"), "constants are no objects");
        assert!(!objects.iter().any(|(_, name)| name == "current"), "a byte is no object");
        assert_eq!(image.kernel().unwrap().unwrap().object_id(0x2000_0028), Some(number));
    }
}

#[test]
fn footprint_agrees_with_binutils() {
    let footprint = Footprint::of(&image(), &REGIONS);
    // arm-none-eabi-size: text 116, data 36, bss 784; objcopy -O binary: 152 bytes.
    assert_eq!(footprint.totals, Totals { text: 116, data: 36, bss: 784 });
    assert_eq!((footprint.flash, footprint.ram), (116 + 36, 36 + 784));
    let regions: Vec<_> = footprint.regions.iter().map(|r| (r.name.as_str(), r.used, r.extent)).collect();
    // .bss is aligned to 8: four bytes of RAM lie between.
    assert_eq!(regions, [("FLASH", 152, 152), ("RAM", 820, 824)]);
    assert!(footprint.outside.is_empty());
    assert_eq!(
        footprint.stacks.iter().map(|s| (s.task.as_str(), s.bytes)).collect::<Vec<_>>(),
        [("worker", 256), ("idle hands", 512)]
    );
}

#[test]
fn every_byte_is_counted_once_by_crate_and_by_symbol() {
    let footprint = Footprint::of(&image(), &REGIONS);
    let crates: (u64, u64) = footprint.crates.iter().fold((0, 0), |sum, c| (sum.0 + c.flash, sum.1 + c.ram));
    let symbols: (u64, u64) = footprint.symbols.iter().fold((0, 0), |sum, s| (sum.0 + s.flash, sum.1 + s.ram));
    assert_eq!(crates, (footprint.flash, footprint.ram));
    assert_eq!(symbols, (footprint.flash, footprint.ram));
    let of = |name| footprint.crates.iter().find(|c| c.name == name).map(|c| (c.flash, c.ram)).unwrap();
    assert_eq!(of("blinky"), (16, 12), "add has 16 bytes of code, READY has 12 of RAM");
    // readelf -s: vectors 8, Reset 28, banner 23; tasks 32 and current 1 in both; stacks 768.
    assert_eq!(of("c"), (8 + 28 + 23 + 33, 33 + 768));
    let unknown = of("?");
    assert_eq!((unknown.0, unknown.1), (152 - 16 - 92, 820 - 12 - 801));
}

#[test]
fn sections_beyond_the_board_are_told() {
    let footprint = Footprint::of(&image(), &[("FLASH", 0, 0x1000)]);
    assert_eq!(footprint.outside, [(".data".to_owned(), 0x2000_0000, 36), (".bss".to_owned(), 0x2000_0028, 784)]);
}

#[test]
fn addresses_have_source_lines() {
    let image = image();
    let lines = Lines::new(&image).unwrap();
    // objdump --dwarf=decodedline: 0x8 is line 46, 0x20 line 50.
    let line = |address| lines.location(address).map(|Location { file, line, .. }| (file, line));
    assert_eq!(line(0x8), Some(("./kernel.c".to_owned(), 46)));
    assert_eq!(line(0x20).unwrap().1, 50);
    assert_eq!(line(0x2000_0000), None);
    assert_eq!(lines.frames(0x2a)[0].function.as_deref(), Some("Reset"));
}

/// Memory after some running: one task in the middle of its stack, the other never started.
struct Ram {
    bytes: Vec<u8>,
}

impl Memory for Ram {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool {
        let Some(start) = address.checked_sub(0x2000_0000).map(|start| start as usize) else { return false };
        let Some(bytes) = self.bytes.get(start..start + buffer.len()) else { return false };
        buffer.copy_from_slice(bytes);
        true
    }
}

#[test]
fn live_tasks_are_read_from_any_memory() {
    let image = image();
    let table = image.kernel().unwrap().unwrap();
    let mut ram = Ram { bytes: vec![0; 0x400] };
    assert!((&image).read(0x2000_0000, &mut ram.bytes[..0x24]), "the initial values");
    ram.bytes[0x38..0x338].fill(0xa5);
    ram.bytes[0x238 + 100..0x338].fill(0x11); // 156 bytes of 256 used
    ram.bytes[0x00] = 0; // the worker runs
    ram.bytes[0x04 + 8] = 2;
    ram.bytes[0x14..0x18].copy_from_slice(&0x2000_0230_u32.to_le_bytes());
    ram.bytes[0x18..0x1c].copy_from_slice(&0x2000_0028_u32.to_le_bytes());
    ram.bytes[0x14 + 9] = 7; // inherited
    let tasks = live::tasks(&table, &mut ram);
    assert_eq!(live::current(&table, &mut ram), Some(Some(0)));
    assert_eq!(tasks[0].state, Some(TaskState::Running));
    assert_eq!((tasks[0].stack_used, tasks[0].waits_for), (Some(156), None));
    assert_eq!(tasks[1].state, Some(TaskState::Blocked));
    assert_eq!((tasks[1].effective_priority, tasks[1].info.priority), (Some(7), 3));
    assert_eq!((tasks[1].saved_sp, tasks[1].waits_for), (Some(0x2000_0230), Some(0x2000_0028)));
    assert_eq!(tasks[1].stack_used, Some(0));
    // Since version 3 the number is one more, and the running task's state byte says that it is ready.
    let mut table = table;
    table.version = 3;
    ram.bytes[0x00] = 1;
    ram.bytes[0x04 + 8] = 1;
    assert_eq!(live::current(&table, &mut ram), Some(Some(0)));
    assert_eq!(live::tasks(&table, &mut ram)[0].state, Some(TaskState::Running));
    ram.bytes[0x00] = 0;
    assert_eq!(live::current(&table, &mut ram), Some(None), "idle");
    assert_eq!(live::tasks(&table, &mut ram)[0].state, Some(TaskState::Ready));
    ram.bytes[0x00] = 1;
    ram.bytes.truncate(0x100);
    assert_eq!(live::tasks(&table, &mut ram)[0].stack_used, None, "its stack cannot be read");
}

#[test]
fn other_files_are_told_by_kind() {
    assert!(matches!(Image::parse(b""), Err(ImageError::NotElf)));
    assert!(matches!(Image::parse(b"MZ\x90\0"), Err(ImageError::NotElf)));
    assert!(matches!(Image::parse(b"\x7fELF"), Err(ImageError::Malformed(_) | ImageError::NotElf)));
    assert!(matches!(Image::parse(&ELF[..ELF.len() / 2]), Err(ImageError::Malformed(_))));
}

#[test]
fn members_are_where_the_compiler_put_them() {
    let types = Types::new(&image()).unwrap();
    // struct control: two pointers, then bytes.
    let offsets = ["saved_sp", "wait_object", "state", "priority"].map(|member| types.offset("control", member));
    assert_eq!(offsets, [Some(0), Some(4), Some(8), Some(9)]);
    for (structure, member) in [("control", "none"), ("none", "state"), ("control", "state.none"), ("control", "")] {
        assert_eq!(types.offset(structure, member), None, "{structure}.{member}");
    }
}
