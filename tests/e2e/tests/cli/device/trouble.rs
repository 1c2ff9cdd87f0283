//! Trouble on the way: protected memory, bksim killed while it is programmed, an unreadable address. One message, and the
//! next `bkctl flash` succeeds.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use bluekernel_e2e::device::{FLASH, Rig, binary, text};
use bluekernel_e2e::{children, command, finished, programs, run, signal};

/// Overwrites a byte of the simulated chip's option bytes (RM0090 rev 19, 3.6.1 table 15: the first half-word holds the
/// level of read protection in its upper byte, the one at offset 8 nWRP).
fn set_option(rig: &Rig, offset: u64, value: u8) {
    let file = rig.chip().join("options.bin");
    let mut file = OpenOptions::new().write(true).open(file).expect("the chip was used before");
    file.seek(SeekFrom::Start(offset)).expect("seeks");
    file.write_all(&[value]).expect("writes");
}

#[test]
fn a_protected_sector_is_told_before_anything_is_erased() {
    let rig = Rig::new();
    let (first, second) = (rig.firmware("a", &["ENDING=LOOP"]), rig.firmware("b", &["ENDING=LOOP", "MARK=1"]));
    rig.with("flash", &first, &[]).exits(0);
    let kept = fs::read(rig.chip().join("flash.bin")).expect("kept");
    set_option(&rig, 8, !(1 << 1)); // nWRP1
    rig.with("flash", &second, &[]).exits(4).one_error().says(&[
        "protected",
        "0x08004000",
        "nWRP",
        "Nothing was changed",
    ]);
    assert_eq!(fs::read(rig.chip().join("flash.bin")).expect("kept"), kept);
    // A protected sector that holds what it must is in nobody's way.
    rig.with("flash", &first, &[]).exits(0).says(&["nothing to do"]);
    set_option(&rig, 8, 0xff);
    rig.with("flash", &second, &[]).exits(0).says(&["verified"]);
}

#[test]
fn read_protection_is_told() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    rig.with("flash", &elf, &[]).exits(0);
    set_option(&rig, 1, 0x55);
    rig.with("flash", &elf, &[]).exits(4).one_error().says(&["read protection level 1"]);
    run(&mut rig.bkctl(&["read", "0x08000000", "4"])).exits(4).one_error().says(&["read protection level 1"]);
    set_option(&rig, 1, 0xaa);
    rig.with("flash", &elf, &[]).exits(0);
}

#[test]
fn memory_that_is_not_there() {
    run(&mut Rig::new().bkctl(&["read", "0x30000000", "4"])).exits(4).one_error().says(&[
        "4 bytes at 0x30000000",
        "FAULT",
        "help:",
    ]);
}

/// Starts `bkctl flash` and kills its bksim after `wait`; its exit code.
fn flash_and_kill(rig: &Rig, elf: &std::path::Path, wait: Duration) -> i32 {
    let child = rig.bkctl(&["flash", text(elf)]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let start = Instant::now();
    let bksim = loop {
        if let Some(pid) = children(child.id()).first() {
            break *pid;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "bksim does not start");
        thread::sleep(Duration::from_millis(1));
    };
    thread::sleep(wait);
    // It may have ended in time.
    let _ = command("kill").args(["-s", "KILL", &bksim.to_string()]).stderr(Stdio::null()).status();
    let done = finished(child.wait_with_output().expect("ends"));
    assert!(start.elapsed() < Duration::from_secs(30), "bkctl hangs: {}", done.err);
    if done.code == 5 {
        assert!(done.err.contains("bksim"), "{}", done.err);
        done.one_error().code
    } else {
        done.exits(0).code
    }
}

#[test]
fn bksim_killed_while_programming_and_the_next_flash_mends_it() {
    let rig = Rig::new();
    let firmware = [rig.firmware("a", &["ENDING=LOOP"]), rig.firmware("b", &["ENDING=EXIT"])];
    let mut killed = 0;
    for seed in 1..=20_u64 {
        // Knuth's multiplicative hash, as a time within what programming takes.
        let wait = ((seed * 2_654_435_761) >> 16) % 900;
        println!("seed {seed}: bksim is killed after {wait} ms");
        let elf = &firmware[seed as usize % 2];
        killed += usize::from(flash_and_kill(&rig, elf, Duration::from_millis(wait)) == 5);
        rig.with("flash", elf, &[]).exits(0);
        let image = binary(elf);
        assert_eq!(rig.read(FLASH, image.len()), image, "seed {seed}, after {wait} ms");
    }
    assert!(killed >= 10, "only {killed} were killed in time");
}

/// A bit that has worn out and cannot be cleared: the comparison says where, and a chip without it is programmed again.
#[test]
fn a_stuck_bit_is_found_by_the_comparison() {
    let rig = Rig::new();
    let elf = rig.firmware("a", &["ENDING=EXIT"]);
    let image = binary(&elf);
    let place = (0x400..image.len()).find(|at| image[*at] & 0x10 == 0).expect("a clear bit");
    let address = FLASH + place as u64;
    fs::create_dir_all(rig.chip()).expect("made");
    let stuck = rig.chip().join("stuck.json");
    fs::write(&stuck, format!("[{{\"address\": {address}, \"bit\": 4, \"level\": 1}}]")).expect("written");
    let at = format!("{address:#010x}");
    rig.with("flash", &elf, &[]).exits(1).one_error().says(&[&at, "help:"]);
    fs::write(&stuck, "bits").expect("written");
    rig.with("flash", &elf, &[]).one_error().says(&["stuck.json"]);
    fs::remove_file(&stuck).expect("removed");
    rig.with("flash", &elf, &[]).exits(0);
    assert_eq!(rig.read(FLASH, image.len()), image);
}

#[test]
fn bksim_killed_while_the_firmware_runs() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=LOOP"]);
    let said = rig.path().join("said.txt");
    let child = rig
        .bkctl(&["run", text(&elf)])
        .stdout(fs::File::create(&said).expect("made"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    super::super::simulator_trouble::wait_for(&said, 40);
    signal(children(child.id())[0], "KILL");
    finished(child.wait_with_output().expect("ends")).exits(5).one_error().says(&["bksim"]);
    rig.with("flash", &elf, &[]).exits(0);
}

#[test]
fn a_chip_that_somebody_else_has() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=LOOP"]);
    let said = rig.path().join("said.txt");
    let mut child = rig
        .bkctl(&["run", text(&elf)])
        .stdout(fs::File::create(&said).expect("made"))
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    super::super::simulator_trouble::wait_for(&said, 40);
    let done = rig.with("flash", &elf, &[]).one_error().says(&["in use"]);
    assert!(matches!(done.code, 2 | 5), "{}", done.err);
    signal(child.id(), "INT");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    rig.with("flash", &elf, &[]).exits(0);
}

#[test]
fn a_damaged_chip_is_told_with_the_file() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    rig.with("flash", &elf, &[]).exits(0);
    fs::write(rig.chip().join("flash.bin"), "not a megabyte").expect("written");
    let done = rig.with("flash", &elf, &[]).one_error().says(&["flash.bin"]);
    assert!(matches!(done.code, 2 | 5), "{}", done.err);
    fs::remove_file(rig.chip().join("flash.bin")).expect("was there");
    rig.with("flash", &elf, &[]).exits(0).says(&["3 of 3 sectors"]);
}

#[test]
fn no_bksim() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    fs::copy(programs().join("bkctl"), rig.path().join("bkctl")).expect("copied");
    let mut alone = command(rig.path().join("bkctl"));
    alone.current_dir(rig.path()).env("PATH", rig.path()).args(["flash", text(&elf)]);
    run(&mut alone).exits(5).one_error().says(&["bksim", "install.sh"]);
}
