//! What cannot be done is said before anything is erased: no probe, no such board, firmware of another chip.

use bluekernel_e2e::device::{Rig, text};
use bluekernel_e2e::{MPS2, STM32F4, bkctl, programs, run, scratch};

#[test]
fn no_probe() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    for command in ["flash", "run", "attach"] {
        rig.with(command, &elf, &["--target", "probe"]).exits(4).one_error().says(&[
            "no debug probe",
            "CMSIS-DAP",
            "ST-Link",
            "J-Link",
            "--target sim",
        ]);
    }
    let numbers = ["read", "0x08000000", "4"];
    for command in [&["reset"][..], &["erase"], &numbers, &["probe", "info"]] {
        run(rig.bkctl(command).args(["--target", "probe:0483:3748"])).exits(4).one_error().says(&["0483:3748"]);
    }
    // To look is no failure.
    run(&mut rig.bkctl(&["probe", "list"])).exits(0).says(&["no debug probe"]);
    assert_eq!(run(&mut rig.bkctl(&["probe", "list", "--format", "json"])).exits(0).json()["schema"], "bk.probes/1");
}

#[test]
fn a_probe_behind_a_socket_that_nobody_serves() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    for address in ["unix:/no/such/socket", "tcp:127.0.0.1:1"] {
        let target = format!("probe:20b7:9db1:{address}");
        rig.with("flash", &elf, &["--target", &target])
            .exits(4)
            .one_error()
            // The whole chain of causes, down to the system's own words.
            .says(&["target: probe", address, "cannot open the probe", "os error", "help:"]);
    }
}

#[test]
fn a_selector_that_is_none() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    for wrong in ["probe:stlink", "probe:", "probe:0483", "moon"] {
        rig.with("flash", &elf, &["--target", wrong]).exits(2).one_error().says(&[wrong.trim_start_matches("probe:")]);
    }
}

#[test]
fn a_board_that_no_probe_reaches() {
    let folder = scratch();
    let elf = MPS2.fixture().elf();
    for command in [&["flash", elf][..], &["run", elf], &["attach", elf], &["reset"], &["read", "0", "4"], &["erase"]] {
        run(bkctl(folder.path(), command).args(["--board", MPS2.name]))
            .exits(2)
            .one_error()
            .says(&[MPS2.name, "bkctl sim"]);
    }
}

#[test]
fn outside_a_project_and_without_a_board() {
    let folder = scratch();
    for command in [&["flash"][..], &["run"], &["attach"], &["reset"], &["read", "0", "4"], &["erase"]] {
        run(&mut bkctl(folder.path(), command)).exits(2).one_error().says(&["bk.toml", "--board"]);
    }
}

#[test]
fn firmware_of_another_chip() {
    let rig = Rig::new();
    // A Cortex-M3 whose code is at 0.
    rig.with("flash", &MPS2.fixture().elf, &[]).exits(2).one_error().says(&[
        "fixture.elf",
        "segment 0",
        "0x00000000",
        "flash 0x08000000..0x08100000",
        STM32F4.name,
    ]);
    // Another architecture.
    rig.with("flash", &programs().join("bkctl"), &[]).exits(2).one_error().says(&["x86-64", "thumbv7em-none-eabihf"]);
    assert!(!rig.chip().exists(), "the chip was touched");
}

#[test]
fn firmware_that_is_larger_than_the_chip() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT", "FAR"]);
    rig.with("flash", &elf, &[]).exits(2).one_error().says(&["app.elf", "0x080ffff0", "outside the flash"]);
    assert!(!rig.chip().exists(), "the chip was touched");
}

#[test]
fn no_elf_and_a_damaged_one() {
    let rig = Rig::new();
    rig.with("flash", "none.elf".as_ref(), &[]).exits(2).one_error().says(&["none.elf"]);
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    let bytes = std::fs::read(&elf).expect("built");
    for length in [0, 5, 60, bytes.len() / 2] {
        std::fs::write(&elf, &bytes[..length]).expect("written");
        let done = rig.with("flash", &elf, &["--dry-run"]);
        assert!(matches!(done.code, 0 | 2), "{length} bytes: {}", done.err);
        assert!(!done.err.contains("panicked"), "{}", done.err);
    }
}

#[test]
fn addresses_and_lengths_that_make_no_sense() {
    let rig = Rig::new();
    for wrong in [["flash", "4"], ["0x08000000", "-1"], ["0xffffffff", "2"], ["0", "0xffffffffffff"]] {
        let done = run(rig.bkctl(&["read"]).args(wrong)).exits(2);
        assert!(done.err.contains("error:"), "{}", done.err);
    }
    assert!(!rig.chip().exists(), "the chip was touched");
}

#[test]
fn the_simulators_own_commands_do_not_take_a_probe() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    rig.with("sim", &elf, &["--target", "probe"]).exits(2).one_error().says(&["simulator", "bkctl run"]);
    let record = rig.with("trace", "record".as_ref(), &[text(&elf), "--target", "probe", "--pace", "1x"]);
    record.exits(2).one_error().says(&["--pace"]);
}

/// It is told before anybody looks for a probe, let alone programs a chip: here there is none.
#[test]
fn a_live_view_that_is_asked_for_wrongly() {
    let rig = Rig::new();
    let elf = rig.firmware("app", &["ENDING=EXIT"]);
    let view = |arguments: &[&str]| {
        let mut view = rig.bkctl(&["trace", "view", text(&elf), "--target", "probe"]);
        run(view.args(arguments).env("XDG_CONFIG_HOME", rig.path())).one_error()
    };
    view(&[]).exits(4).says(&["no debug probe"]);
    view(&["--pace", "1x"]).exits(2).says(&["--pace"]);
    view(&["--hold-back", "objects"]).exits(2).says(&["--hold-back", "simulator"]);
    std::fs::create_dir(rig.path().join("bkctl")).expect("made");
    std::fs::write(rig.path().join("bkctl/keys.toml"), "zom-in = 'w'\n").expect("written");
    view(&[]).exits(2).says(&["keys.toml:1", "`zom-in` is no action"]);
}
