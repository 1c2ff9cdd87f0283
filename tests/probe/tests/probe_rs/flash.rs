//! The flash memory of the STM32F407VG, programmed by probe-rs's own algorithm, which nobody here wrote and which the
//! simulated core executes: it judges the model of the flash controller, and the debug port under load.

use probe_rs::flashing::{DownloadOptions, FlashError, FlashLoader, FlashProgress};
use probe_rs::{CoreStatus, MemoryInterface, Session};

use super::rig::{PATIENCE, Rig};

const FLASH: u64 = 0x0800_0000;
/// The first four sectors have 16 KiB each (RM0090, table 5).
const SECTOR: u64 = 16 << 10;

/// `b .` behind a vector table, and numbers for the rest.
fn image(len: usize) -> Vec<u8> {
    let mut image: Vec<u8> =
        [0x2002_0000_u32, 0x0800_0009, 0xe7fe_e7fe].iter().flat_map(|it| it.to_le_bytes()).collect();
    image.extend((image.len()..len).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8));
    image
}

fn loader(session: &Session, address: u64, data: &[u8]) -> FlashLoader {
    let mut loader = session.target().flash_loader();
    loader.add_data(address, data).unwrap();
    loader
}

fn program(session: &mut Session, address: u64, data: &[u8]) -> Result<(), FlashError> {
    let mut options = DownloadOptions::default();
    options.verify = true;
    loader(session, address, data).commit(session, options)
}

#[test]
fn a_blank_chip_is_programmed_verified_and_run() {
    let rig = Rig::blank_discovery();
    let mut session = rig.attach();
    let image = image(40 << 10);
    program(&mut session, FLASH, &image).unwrap();
    assert_eq!(rig.client.read(FLASH, image.len() as u32).unwrap().bytes, image, "bksim's own look at it");
    let mut core = session.core(0).unwrap();
    let mut read = vec![0; image.len()];
    core.read(FLASH, &mut read).unwrap();
    assert_eq!(read, image);
    // A flash controller at work takes its time: three sectors of 16 KiB take 250 ms each to erase (DS8626, flash memory
    // programming), of virtual time.
    let cycles = rig.client.statistics().unwrap().cycles;
    assert!(cycles > 16_000_000 / 2, "{cycles}");
    assert_eq!(core.reset_and_halt(PATIENCE).unwrap().pc, FLASH + 8);
    core.run().unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
}

#[test]
fn another_image_replaces_the_first_and_leaves_the_other_sectors() {
    let rig = Rig::blank_discovery();
    let mut session = rig.attach();
    let first = image(40 << 10);
    program(&mut session, FLASH, &first).unwrap();
    // Bits that were programmed become ones again: the sector was erased.
    let second: Vec<u8> = first[..1000].iter().map(|byte| !byte).collect();
    program(&mut session, FLASH + SECTOR, &second).unwrap();
    let flash = rig.client.read(FLASH, 40 << 10).unwrap().bytes;
    let (start, end) = (SECTOR as usize, 2 * SECTOR as usize);
    assert_eq!(flash[start..start + second.len()], second);
    assert!(flash[start + second.len()..end].iter().all(|byte| *byte == 0xff));
    assert_eq!((&flash[..start], &flash[end..]), (&first[..start], &first[end..]));
}

#[test]
fn verifying_tells_what_differs() {
    let rig = Rig::blank_discovery();
    let mut session = rig.attach();
    let image = image(2048);
    program(&mut session, FLASH, &image).unwrap();
    let mut other = image.clone();
    other[1234] ^= 4;
    loader(&session, FLASH, &image).verify(&mut session, &mut FlashProgress::empty()).unwrap();
    let error = loader(&session, FLASH, &other).verify(&mut session, &mut FlashProgress::empty()).unwrap_err();
    assert!(matches!(error, FlashError::Verify), "{error:?}");
}

#[test]
fn a_store_to_locked_flash_changes_nothing() {
    let rig = Rig::blank_discovery();
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    // RM0090, 3.9.6: the control register is locked after reset; the store is a programming error or a bus error, and
    // the memory stays.
    let _ = core.write_word_32(FLASH, 0);
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0xffff_ffff);
    // What the chip says of itself: DBGMCU_IDCODE, DEV_ID 0x413 (RM0090, 38.6.1).
    assert_eq!(core.read_word_32(0xe004_2000).unwrap() & 0xfff, 0x413);
}
