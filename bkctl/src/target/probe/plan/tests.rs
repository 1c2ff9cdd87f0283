//! The sectors of the STM32F407VG: RM0090 rev 19, table 5.

use super::*;
use crate::target::boards;

const KIB: u64 = 1024;
const FLASH: u64 = 0x0800_0000;

fn block(address: u64, data: &[u8]) -> Block {
    Block { address, data: data.to_vec() }
}

fn sector(address: u64, size: u64) -> Sector {
    Sector { address, size }
}

fn chip() -> Vec<Sector> {
    sectors(&boards::find("stm32f4-discovery", None).expect("built in"))
}

#[test]
fn the_sectors_are_those_of_the_manual() {
    let starts: Vec<u64> = chip().iter().map(|sector| sector.address - FLASH).collect();
    let expected = [0, 16, 32, 48, 64, 128, 256, 384, 512, 640, 768, 896].map(|kib: u64| kib * KIB);
    assert_eq!(starts, expected);
    assert_eq!(chip().last().map(Sector::end), Some(FLASH + 1024 * KIB));
}

#[test]
fn only_sectors_with_a_part_of_the_firmware_are_touched() {
    let all = chip();
    // Two bytes on both sides of a border, and one at the very end of a sector.
    let blocks = [block(FLASH + 16 * KIB - 1, &[1, 2]), block(FLASH + 128 * KIB - 1, &[3])];
    assert_eq!(touched(&all, &blocks), [all[0], all[1], all[4]]);
    assert_eq!(touched(&all, &[block(FLASH + 16 * KIB, &[1])]), [all[1]]);
}

#[test]
fn what_the_firmware_does_not_cover_stays_as_it_is() {
    let one = sector(FLASH, 8);
    let now = [10, 11, 12, 13, 14, 15, 16, 17];
    let blocks = [block(FLASH - 2, &[1, 2, 3]), block(FLASH + 4, &[5, 6]), block(FLASH + 7, &[8, 9])];
    assert_eq!(wanted(one, &blocks, &now), [3, 11, 12, 13, 5, 6, 16, 8]);
    assert_eq!(wanted(one, &[block(FLASH + 8, &[1])], &now), now);
}

#[test]
fn erased_cells_are_not_programmed() {
    let mut bytes = vec![0xff; 1024];
    let change = |wanted: &[u8]| Change { sector: sector(FLASH, 1024), wanted: wanted.to_vec() };
    assert_eq!(pieces(&change(&bytes), 0xff), []);
    bytes[0] = 1;
    bytes[300] = 2;
    bytes[1023] = 3;
    let found = pieces(&change(&bytes), 0xff);
    let places: Vec<_> = found.iter().map(|piece| (piece.address - FLASH, piece.data.len())).collect();
    assert_eq!(places, [(0, 512), (768, 256)]);
    // Together with erased bytes in between they are the whole sector.
    let mut sum = vec![0xff; 1024];
    for piece in &found {
        let start = (piece.address - FLASH) as usize;
        sum[start..start + piece.data.len()].copy_from_slice(&piece.data);
    }
    assert_eq!(sum, bytes);
}

#[test]
fn batches_hold_every_change_once_and_few_bytes() {
    let change = |sector: &Sector| Change { sector: *sector, wanted: Vec::new() };
    let changes: Vec<Change> = chip().iter().map(change).collect();
    let batches = batches(&changes);
    let lengths: Vec<_> = batches.iter().map(|batch| batch.len()).collect();
    // 4 x 16 KiB, 64 KiB, and each 128 KiB alone.
    assert_eq!(lengths, [4, 1, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(batches.concat(), changes);
    assert!(super::batches(&[]).is_empty());
}
