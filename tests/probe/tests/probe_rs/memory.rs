//! Memory, devices and identification, through the access port.

use probe_rs::MemoryInterface;
use probe_rs::architecture::arm::dp::DpAddress;
use probe_rs::architecture::arm::memory::Component;

use super::firmware::{at, starting_at};
use super::rig::Rig;

const RAM: u64 = 0x2000_0000;

#[test]
fn memory_of_every_width_and_across_the_counter_s_wrap() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    // 3 KiB across two of the kilobytes at which TAR wraps.
    let bytes: Vec<u8> = (0..3072_u32).map(|index| (index * 7 + index / 256) as u8).collect();
    core.write_8(RAM + 0x3fd, &bytes).unwrap();
    let mut read = vec![0; bytes.len()];
    core.read_8(RAM + 0x3fd, &mut read).unwrap();
    assert_eq!(read, bytes);
    assert_eq!(rig.client.read(RAM + 0x3fd, 3072).unwrap().bytes, bytes, "bksim's own look at it");
    core.write_word_16(RAM + 2, 0xbeef).unwrap();
    core.write_word_32(RAM + 4, 0x0123_4567).unwrap();
    core.write_word_64(RAM + 8, 0x0011_2233_4455_6677).unwrap();
    assert_eq!(core.read_word_32(RAM).unwrap() >> 16, 0xbeef);
    assert_eq!(core.read_word_8(RAM + 5).unwrap(), 0x45);
    assert_eq!(core.read_word_16(RAM + 6).unwrap(), 0x0123);
    assert_eq!(core.read_word_64(RAM + 8).unwrap(), 0x0011_2233_4455_6677);
    let words: Vec<u32> = (0..1000_u32).map(|index| index.wrapping_mul(0x0101_0101)).collect();
    core.write_32(RAM + 0x1100, &words).unwrap();
    let mut read = vec![0; words.len()];
    core.read_32(RAM + 0x1100, &mut read).unwrap();
    assert_eq!(read, words);
}

#[test]
fn devices_answer_as_they_do_the_core() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    // TIMER0: RELOAD, and VALUE, which a store sets (Arm DDI 0479, CMSDK APB timer).
    core.write_word_32(0x4000_0008, 4711).unwrap();
    core.write_word_32(0x4000_0004, 42).unwrap();
    assert_eq!((core.read_word_32(0x4000_0008).unwrap(), core.read_word_32(0x4000_0004).unwrap()), (4711, 42));
    // A look at a peripheral that is not modelled is not the firmware's.
    core.read_word_32(0x4001_0000).unwrap();
    assert!(rig.client.statistics().unwrap().unmodelled.is_empty());
    // CPUID: Cortex-M3.
    assert_eq!(core.read_word_32(0xe000_ed00).unwrap() >> 4 & 0xfff, 0xc23);
}

#[test]
fn an_access_that_fails_does_no_harm() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.write_word_32(RAM, 0x5555_aaaa).unwrap();
    for _ in 0..3 {
        assert!(core.read_word_32(0x6000_0000).is_err());
        let mut block = [0; 64];
        assert!(core.read_32(0x6000_0000, &mut block).is_err());
        assert!(core.write_32(0x6000_0000, &block).is_err());
        assert_eq!(core.read_word_32(RAM).unwrap(), 0x5555_aaaa);
    }
    // It begins in memory and leaves it: 0x20800000 is the end of the SSRAM's mirror.
    let mut block = [0; 8];
    assert!(core.read_32(0x2080_0000 - 16, &mut block).is_err());
    assert!(core.read_32(0x2080_0000 - 32, &mut block).is_ok());
}

#[test]
fn the_rom_table_names_the_core_s_parts() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let components = session.get_arm_components(DpAddress::Default).unwrap();
    let [table] = components.as_slice() else { panic!("{components:?}") };
    let Component::Class1RomTable(id, table) = &table.component else { panic!("{table:?}") };
    assert_eq!(id.component_address(), 0xe00f_f000);
    let parts = table.entries().map(|entry| {
        let id = entry.component().id();
        let part = id.peripheral_id().determine_part().map(|part| part.name());
        (id.component_address(), part)
    });
    assert_eq!(
        parts.collect::<Vec<_>>(),
        [
            (0xe000_e000, Some("Cortex-M3 SCS")),
            (0xe000_1000, Some("Cortex-M3 DWT")),
            (0xe000_2000, Some("Cortex-M3 FBP")),
            (0xe000_0000, Some("Cortex-M3 ITM")),
        ]
    );
}
