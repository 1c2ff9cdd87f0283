//! The chip that outlives bksim: kept in a folder, by one process at a time, whatever becomes of that process.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bksim_protocol::client::{Client, ClientError};
use bksim_protocol::message::{Create, Run, Stop, error_code};

#[cfg(unix)]
use super::client::script;
use super::discovery::discovery;
use super::elf::{ARM, Elf, Segment};
use super::session::BKSIM;

const FLASH: u32 = 0x0800_0000;
const MEBIBYTE: usize = 1 << 20;

/// From flash address 0x08000008 on. The listing is that of `arm-none-eabi-objdump`.
const FILL: [u16; 28] = [
    0x4808, 0x4909, 0x6041, // 08  ldr r0, =0x40023c00; ldr r1, =0x45670123; str r1, [r0, #4]   KEYR
    0x4909, 0x6041, // 0e  ldr r1, =0xcdef89ab; str r1, [r0, #4]
    0xf240, 0x2101, 0x6101, // 12  movw r1, #0x201; str r1, [r0, #16]   CR: PSIZE x32, PG
    0x4a07, 0x4b08, // 18  ldr r2, =0x08020000; ldr r3, =0x08040000
    0xf3bf, 0x8f4f, // 1c  loop: dsb
    0x6012, 0x3204, // 20  str r2, [r2]; adds r2, #4
    0x429a, 0xd1f9, // 24  cmp r2, r3; bne loop
    0xbe00, 0xbf00, // 28  bkpt 0; nop
    0x3c00, 0x4002, 0x0123, 0x4567, 0x89ab, 0xcdef, 0x0000, 0x0802, 0x0000, 0x0804, // 2c  literals
];
/// Words of sector 5, of 128 KiB.
const WORDS: usize = 32_768;

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn segment(address: u32, data: Vec<u8>) -> Segment {
    Segment { vaddr: address, paddr: address, mem_size: data.len() as u32, data, write: false }
}

/// Programs sector 5, of 128 KiB, with the address of each word: half a second of virtual time, and then BKPT.
fn fill() -> Elf {
    let mut image = words(&[0x2000_8000, FLASH + 9]);
    image.extend(FILL.iter().flat_map(|half| half.to_le_bytes()));
    Elf { segments: vec![segment(FLASH, image)], ..Elf::empty(ARM) }
}

/// A folder for a chip and for ELF files.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join("chip").join(name)
    }

    fn flash(&self) -> Vec<u8> {
        fs::read(self.file("flash.bin")).unwrap()
    }

    fn create(&self, elf: Option<&Elf>) -> Create {
        let elf = elf.map(|elf| {
            let path = self.0.path().join("firmware.elf");
            fs::write(&path, elf.bytes()).unwrap();
            path
        });
        let board = serde_json::to_value(discovery()).unwrap();
        Create { elf, chip: Some(self.0.path().join("chip")), ..Create::new(board) }
    }
}

fn bksim() -> Client {
    Client::spawn_with(BKSIM.as_ref(), "test", |_| {}).unwrap()
}

fn refused(client: &Client, create: &Create) -> String {
    let Err(ClientError::Rpc { code, message }) = client.create(create) else { panic!("it was taken") };
    assert_eq!(code, error_code::CHIP, "{message}");
    message
}

#[test]
fn a_machine_without_elf_and_chip_is_blank() {
    let client = bksim();
    let created = client.create(&Create { chip: None, ..Desk::new().create(None) }).unwrap();
    assert_eq!((created.core_hz, created.entry, created.rtt), (16_000_000, 0, None));
    assert_eq!(client.read(FLASH.into(), 4).unwrap().bytes, [0xFF; 4]);
    let stopped = client.run(Run::default()).unwrap();
    assert!(matches!(stopped.stop, Stop::Lockup { .. }), "{stopped:?}");
}

#[test]
fn a_new_chip_is_blank_and_is_kept() {
    let desk = Desk::new();
    let client = bksim();
    assert_eq!(client.create(&desk.create(None)).unwrap().entry, 0);
    assert!(desk.flash() == [0xFF; MEBIBYTE]);
    // RM0090 3.7.1: RDP 0xaa, all user options and nWRP set.
    let options = fs::read(desk.file("options.bin")).unwrap();
    assert_eq!((options.len(), options[1], &options[8..10]), (16, 0xAA, &[0xFF, 0xFF][..]));
    // The same session may build another machine of it; a machine starts with what the one before has programmed.
    client.create(&desk.create(Some(&fill()))).unwrap();
    let stopped = client.run(Run::default()).unwrap();
    assert!(matches!(stopped.stop, Stop::Breakpoint { .. }), "{stopped:?}");
    let created = client.create(&desk.create(None)).unwrap();
    assert_eq!(created.entry, u64::from(FLASH) + 8);
    assert!(client.read(FLASH.into(), MEBIBYTE as u32).unwrap().bytes == desk.flash());
}

/// As a programmer does it: the sectors that the file touches are erased, the others are not.
#[test]
fn an_elf_file_is_loaded_into_the_chip_that_is_there() {
    let desk = Desk::new();
    bksim().create(&desk.create(None)).unwrap();
    let mut before = vec![0x5A; MEBIBYTE];
    fs::write(desk.file("flash.bin"), &before).unwrap();
    let mut elf = fill();
    // In sector 4, of 64 KiB from 0x08010000 on, by its address and at the alias.
    elf.segments.push(segment(FLASH + 0x1_8000, vec![1, 2, 3]));
    elf.segments.push(segment(0x1_FFFF, vec![4]));
    let client = bksim();
    client.create(&desk.create(Some(&elf))).unwrap();
    before[..0x4000].fill(0xFF);
    before[0x1_0000..0x2_0000].fill(0xFF);
    let image = &elf.segments[0].data;
    before[..image.len()].copy_from_slice(image);
    before[0x1_8000..0x1_8003].copy_from_slice(&[1, 2, 3]);
    before[0x1_FFFF] = 4;
    assert!(desk.flash() == before);
    assert!(client.read(FLASH.into(), MEBIBYTE as u32).unwrap().bytes == before);
    // One that is refused has changed nothing.
    let wrong = Elf { machine: 243, ..elf };
    let Err(ClientError::Rpc { code, .. }) = client.create(&desk.create(Some(&wrong))) else { panic!() };
    assert_eq!(code, error_code::FIRMWARE);
    assert!(desk.flash() == before);
}

#[test]
#[cfg(unix)]
fn killed_while_it_programs_it_leaves_what_a_chip_would_have() {
    let desk = Desk::new();
    let client = bksim();
    client.create(&desk.create(Some(&fill()))).unwrap();
    // At a tenth of real time it takes five seconds.
    client.start(Run { until_ps: None, pace: Some(0.1) }).unwrap();
    let programmed = |flash: &[u8]| {
        let (words, _) = flash[0x2_0000..0x4_0000].as_chunks::<4>();
        let done = words.iter().take_while(|word| **word != [0xFF; 4]).count();
        for (index, word) in words.iter().enumerate() {
            let expected = if index < done { FLASH + 0x2_0000 + 4 * index as u32 } else { u32::MAX };
            assert_eq!(u32::from_le_bytes(*word), expected, "word {index} of {done}");
        }
        done
    };
    let give_up = Instant::now() + Duration::from_secs(10);
    while programmed(&desk.flash()) == 0 {
        assert!(Instant::now() < give_up, "nothing is written");
    }
    let id = client.process_id().to_string();
    assert!(std::process::Command::new("kill").args(["-9", &id]).status().unwrap().success());
    drop(client);
    let left = desk.flash();
    let done = programmed(&left);
    println!("killed behind {done} of {WORDS} words");
    assert!(done < WORDS, "too late");
    assert!(left[..0x40] == fill().segments[0].data[..] && left.len() == MEBIBYTE);

    // The next one goes on with it: what is programmed stays, and the same words over it change nothing.
    let client = bksim();
    client.create(&desk.create(None)).unwrap();
    assert!(client.read(FLASH.into(), MEBIBYTE as u32).unwrap().bytes == left);
    assert!(matches!(client.run(Run::default()).unwrap().stop, Stop::Breakpoint { .. }));
    assert_eq!(programmed(&desk.flash()), WORDS);
}

/// A full disk, in effect: a file may not grow behind 100 blocks, of 512 or 1024 bytes.
#[test]
#[cfg(unix)]
fn a_chip_that_cannot_be_kept_any_more_ends_bksim() {
    let desk = Desk::new();
    bksim().create(&desk.create(None)).unwrap();
    let body = format!("trap '' XFSZ; ulimit -f 100; exec {BKSIM} \"$@\"");
    let program = script(desk.0.path(), &body);
    let client = Client::spawn_with(&program, "test", |_| {}).unwrap();
    client.create(&desk.create(Some(&fill()))).unwrap();
    let Err(ClientError::Died { status: Some(status), stderr }) = client.run(Run::default()) else { panic!() };
    assert_eq!(status.code(), Some(1));
    let expected = format!("cannot write {}: ", desk.file("flash.bin").display());
    assert!(stderr.contains(&expected), "{stderr}");
    assert_eq!(desk.flash().len(), MEBIBYTE);
}

#[test]
fn two_at_once_are_one_too_many() {
    let desk = Desk::new();
    let (first, second) = (bksim(), bksim());
    first.create(&desk.create(None)).unwrap();
    let message = refused(&second, &desk.create(Some(&fill())));
    let folder = desk.file("");
    let folder = folder.to_string_lossy();
    assert!(message.contains(folder.trim_end_matches('/')) && message.contains("in use by another bksim"), "{message}");
    if cfg!(unix) {
        assert!(message.contains(&format!("(process {})", first.process_id())), "{message}");
    }
    assert!(desk.flash() == [0xFF; MEBIBYTE], "and nothing has changed");
    drop(first);
    second.create(&desk.create(Some(&fill()))).unwrap();
    // A machine without the chip lets go of nothing and needs nothing.
    bksim().create(&Create { chip: None, ..desk.create(Some(&fill())) }).unwrap();
}

#[test]
fn a_file_of_the_wrong_size_is_refused_and_left_alone() {
    let desk = Desk::new();
    let client = bksim();
    for (name, size, wanted) in
        [("flash.bin", 1000, MEBIBYTE), ("flash.bin", MEBIBYTE + 1, MEBIBYTE), ("options.bin", 0, 16)]
    {
        bksim().create(&desk.create(None)).unwrap();
        fs::write(desk.file(name), vec![0; size]).unwrap();
        let message = refused(&client, &desk.create(Some(&fill())));
        let expected = format!(
            "{} has {size} bytes where stm32f407vg has {wanted}: it is damaged, or another chip's. \
             Delete it to go on with a blank one",
            desk.file(name).display()
        );
        assert_eq!(message, expected);
        assert_eq!(fs::metadata(desk.file(name)).unwrap().len(), size as u64);
        // What it says to do helps.
        fs::remove_file(desk.file(name)).unwrap();
        client.create(&desk.create(None)).unwrap();
        // Another machine takes its place and lets go of the chip.
        client.create(&Create { chip: None, ..desk.create(None) }).unwrap();
    }
}

#[test]
fn a_folder_that_cannot_be_is_refused() {
    let desk = Desk::new();
    fs::write(desk.0.path().join("chip"), "a file").unwrap();
    let message = refused(&bksim(), &desk.create(None));
    assert!(message.starts_with("cannot make the folder ") && message.contains("chip: "), "{message}");
    let hostile = |name: &str| {
        let mut board = discovery();
        board.chip.memory[0].name = name.to_owned();
        board.chip.vector_table = name.to_owned();
        Create { board: serde_json::to_value(board).unwrap(), ..Desk::new().create(None) }
    };
    for name in ["../flash", "", "options"] {
        let message = refused(&bksim(), &hostile(name));
        assert!(message.contains("cannot be that of a file"), "{message}");
    }
}

/// Option bytes that protect sector 5 survive as well: the second run cannot program it.
#[test]
fn option_bytes_are_kept() {
    let desk = Desk::new();
    bksim().create(&desk.create(None)).unwrap();
    let mut options = fs::read(desk.file("options.bin")).unwrap();
    options[8] = !(1 << 5);
    fs::write(desk.file("options.bin"), &options).unwrap();
    let client = bksim();
    client.create(&desk.create(Some(&fill()))).unwrap();
    assert!(matches!(client.run(Run::default()).unwrap().stop, Stop::Breakpoint { .. }));
    assert!(desk.flash()[0x2_0000..] == [0xFF; MEBIBYTE - 0x2_0000]);
    assert!(fs::read(desk.file("options.bin")).unwrap() == options);
}

#[test]
fn no_file_but_those_that_are_said_stays_behind() {
    let desk = Desk::new();
    bksim().create(&desk.create(Some(&fill()))).unwrap();
    let mut names: Vec<_> =
        fs::read_dir(Path::new(&desk.file(""))).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["flash.bin", "lock", "options.bin"]);
}
