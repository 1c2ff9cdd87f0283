//! `bkctl flash`, `read`, `reset`, `erase`: the chip holds the firmware, and only what differs is written.

use std::fs;

use bluekernel_e2e::device::{FLASH, Rig, SECTOR, binary, text};
use bluekernel_e2e::{STM32F4, run};
use serde_json::{Value, json};

/// The addresses of the sectors that differed.
fn changed(answer: &Value) -> Vec<u64> {
    let sectors = answer["changed"].as_array().expect("a list");
    sectors.iter().map(|sector| sector["address"].as_u64().expect("an address")).collect()
}

#[test]
fn the_chip_holds_what_objcopy_takes_out_of_the_elf() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    let image = binary(&elf);
    assert!(image.len() > 2 * SECTOR, "the firmware fills several sectors");
    let flashed =
        rig.with("flash", &elf, &[]).exits(0).says(&["target: sim", "stm32f407vg", "3 of 3 sectors", "verified"]);
    assert!(flashed.out.is_empty(), "{}", flashed.out);
    assert_eq!(rig.read(FLASH, image.len()), image);
}

#[test]
fn a_second_flash_erases_and_writes_nothing() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    rig.with("flash", &elf, &[]).exits(0);
    let kept = fs::read(rig.chip().join("flash.bin")).expect("kept");
    rig.with("flash", &elf, &[]).exits(0).says(&["nothing to do"]);
    let answer = rig.with("flash", &elf, &["--format", "json"]).exits(0).json();
    assert_eq!((&answer["schema"], &answer["sectors"]), (&json!("bk.flash/1"), &json!(3)));
    for what in ["erased", "programmed", "verified"] {
        assert_eq!(answer[what], 0, "{what}");
    }
    assert_eq!(fs::read(rig.chip().join("flash.bin")).expect("kept"), kept);
}

#[test]
fn one_changed_byte_erases_exactly_one_sector() {
    let rig = Rig::new();
    let (first, second) = (rig.firmware("a", &["ENDING=LOOP"]), rig.firmware("b", &["ENDING=LOOP", "MARK=1"]));
    let (one, other) = (binary(&first), binary(&second));
    let differ: Vec<usize> = (0..one.len()).filter(|place| one[*place] != other[*place]).collect();
    assert_eq!(differ.len(), 1, "the compiler did what the test is about");
    rig.with("flash", &first, &[]).exits(0);
    let answer = rig.with("flash", &second, &["--format", "json"]).exits(0).json();
    assert_eq!(changed(&answer), [FLASH + (differ[0] / SECTOR * SECTOR) as u64]);
    assert_eq!(answer["erased"], SECTOR);
    assert_eq!(rig.read(FLASH, other.len()), other);
}

#[test]
fn the_rest_of_a_sector_stays_as_it_is() {
    let rig = Rig::new();
    let (first, second) = (rig.firmware("a", &["ENDING=LOOP"]), rig.firmware("b", &["ENDING=LOOP", "SHORT"]));
    let (long, short) = (binary(&first), binary(&second));
    assert!(short.len() < SECTOR && long.len() > 2 * SECTOR);
    rig.with("flash", &first, &[]).exits(0);
    let answer = rig.with("flash", &second, &["--format", "json"]).exits(0).json();
    assert_eq!((changed(&answer), &answer["sectors"]), (vec![FLASH], &json!(1)));
    // objcopy's output ends with the firmware's last byte: behind it the first firmware is still there.
    let expected = [&short[..], &long[short.len()..]].concat();
    assert_eq!(rig.read(FLASH, long.len()), expected);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let rig = Rig::new();
    let (first, second) = (rig.firmware("a", &["ENDING=LOOP"]), rig.firmware("b", &["ENDING=LOOP", "MARK=1"]));
    rig.with("flash", &first, &[]).exits(0);
    let kept = fs::read(rig.chip().join("flash.bin")).expect("kept");
    rig.with("flash", &second, &["--dry-run"]).exits(0).says(&["1 of 3 sectors", "would erase 16.0 KiB"]);
    let answer = rig.with("flash", &second, &["--dry-run", "--format", "json"]).exits(0).json();
    assert_eq!((&answer["dry_run"], &answer["erased"], &answer["verified"]), (&json!(true), &json!(SECTOR), &json!(0)));
    assert_eq!(fs::read(rig.chip().join("flash.bin")).expect("kept"), kept);
}

#[test]
fn erase_all_takes_along_what_the_firmware_does_not_cover() {
    let rig = Rig::new();
    let (first, second) = (rig.firmware("a", &["ENDING=LOOP"]), rig.firmware("b", &["ENDING=LOOP", "SHORT"]));
    rig.with("flash", &first, &[]).exits(0);
    rig.with("flash", &second, &["--erase-all", "--no-verify"]).exits(0).says(&["erased 48.0 KiB", "not verified"]);
    let (long, short) = (binary(&first).len(), binary(&second));
    let now = rig.read(FLASH, long);
    assert_eq!(now[..short.len()], short);
    assert!(now[short.len()..].iter().all(|byte| *byte == 0xff));
}

#[test]
fn erase_leaves_a_blank_chip() {
    let rig = Rig::new();
    rig.with("flash", &rig.firmware("app", &["ENDING=LOOP"]), &[]).exits(0);
    let answer = run(&mut rig.bkctl(&["erase", "--format", "json"])).exits(0).json();
    assert_eq!((&answer["schema"], &answer["sectors"]), (&json!("bk.erase/1"), &json!(12)));
    assert_eq!(answer["erased"].as_array().map(Vec::len), Some(3), "the others were blank");
    assert!(rig.read(FLASH, 4 * SECTOR).iter().all(|byte| *byte == 0xff));
    run(&mut rig.bkctl(&["erase"])).exits(0).says(&["erased 0 of 12 sectors"]);
}

#[test]
fn progress_is_told_in_events() {
    let rig = Rig::new();
    let flashed = rig.with("flash", &rig.firmware("app", &["ENDING=LOOP", "SHORT"]), &["--format", "json"]).exits(0);
    let events: Vec<Value> = flashed.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for phase in ["compare", "erase", "program", "verify"] {
        let of_phase: Vec<_> = events.iter().filter(|event| event["phase"] == phase).collect();
        let (first, last) = (of_phase.first().expect(phase), of_phase.last().expect(phase));
        assert_eq!((&first["schema"], &first["done"]), (&json!("bk.event/1"), &json!(0)), "{phase}");
        assert_eq!(last["done"], last["total"], "{phase}");
    }
}

#[test]
fn read_writes_bytes_to_a_pipe_and_hexadecimal_to_json() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    rig.with("flash", &elf, &[]).exits(0);
    let piped = rig.bkctl(&["read", "0x0800_0000", "0x100"]).output().expect("runs");
    assert_eq!(piped.stdout, binary(&elf)[..0x100]);
    let answer = run(&mut rig.bkctl(&["read", "0x08000000", "256", "--format", "json"])).exits(0).json();
    let hex: String = piped.stdout.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&answer["schema"], &answer["hex"]), (&json!("bk.read/1"), &json!(hex)));
}

#[test]
fn a_halted_reset_stands_at_the_reset_handler() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    rig.with("flash", &elf, &[]).exits(0);
    let symbols = run(bluekernel_e2e::command("arm-none-eabi-nm").arg(&elf)).exits(0).out;
    let handler = symbols.lines().find(|line| line.ends_with(" Reset_Handler")).expect("a symbol");
    let address = u64::from_str_radix(handler.split(' ').next().unwrap_or_default(), 16).expect("hexadecimal");
    let answer = run(&mut rig.bkctl(&["reset", "--halt", "--format", "json"])).exits(0).json();
    assert_eq!((&answer["halted"], &answer["pc"]), (&json!(true), &json!(address)));
    run(&mut rig.bkctl(&["reset"])).exits(0).says(&["the core runs"]);
}

#[test]
fn probe_info_names_the_core() {
    let answer = run(&mut Rig::new().bkctl(&["probe", "info", "--format", "json"])).exits(0).json();
    assert_eq!((&answer["schema"], &answer["architecture"]), (&json!("bk.probe.info/1"), &json!("arm")));
    assert_eq!(answer["probe_rs_target"], "STM32F407VGTx");
}

#[test]
fn outside_a_project_the_chip_is_blank_each_time() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    fs::remove_file(rig.path().join("bk.toml")).expect("was there");
    for _ in 0..2 {
        rig.with("flash", &elf, &["--board", STM32F4.name]).exits(0).says(&["keeps nothing", "3 of 3 sectors"]);
    }
    assert!(!rig.path().join("target").exists());
    assert!(text(&elf).ends_with("app.elf"));
}
