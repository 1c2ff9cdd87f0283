//! Wrong usage and configuration: one clear message, exit code 2 (3 for builds, 4 for targets), nothing half-written.

use std::fs;
use std::path::Path;

use bluekernel_e2e::{MPS2, bkctl, programs, run, scratch};

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("exists").next().is_none()
}

#[test]
fn an_unknown_board_is_answered_with_the_nearest() {
    let folder = scratch();
    run(&mut bkctl(folder.path(), &["new", "x", "--board", "qemu-mps2-an358"]))
        .exits(2)
        .one_error()
        .says(&["qemu-mps2-an358", "qemu-mps2-an385"]);
    assert!(is_empty(folder.path()), "something was left behind");
}

#[test]
fn an_unknown_template_is_answered_with_the_list() {
    let folder = scratch();
    run(&mut bkctl(folder.path(), &["new", "x", "--board", MPS2.name, "--template", "blinki"]))
        .exits(2)
        .one_error()
        .says(&["blinki", "blinky"]);
    assert!(is_empty(folder.path()), "something was left behind");
}

#[test]
fn a_folder_that_is_not_empty_stays_as_it_is() {
    let folder = scratch();
    let project = folder.path().join("mine");
    fs::create_dir(&project).expect("made");
    fs::write(project.join("thesis.txt"), "years of work").expect("written");
    run(&mut bkctl(folder.path(), &["new", "mine", "--board", MPS2.name]))
        .exits(2)
        .one_error()
        .says(&["mine", "not empty"]);
    let names: Vec<_> = fs::read_dir(&project).expect("exists").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names, ["thesis.txt"]);
    assert_eq!(fs::read_dir(folder.path()).expect("exists").count(), 1);
}

#[test]
fn a_file_in_the_way_stays_as_it_is() {
    let folder = scratch();
    fs::write(folder.path().join("mine"), "text").expect("written");
    run(&mut bkctl(folder.path(), &["new", "mine", "--board", MPS2.name])).exits(2).one_error().says(&["not a folder"]);
    assert_eq!(fs::read_to_string(folder.path().join("mine")).expect("there"), "text");
}

#[test]
fn an_empty_folder_is_taken() {
    let folder = scratch();
    fs::create_dir(folder.path().join("mine")).expect("made");
    MPS2.project(folder.path(), "mine");
    assert!(folder.path().join("mine/bk.toml").is_file());
}

#[test]
fn names_that_cannot_be_crates_are_refused() {
    let folder = scratch();
    for name in ["2fast", "with space", "größe", "fn", "std", "cortex-m-rt", "bluekernel", "a.b", ".."] {
        run(&mut bkctl(folder.path(), &["new", name, "--board", MPS2.name])).exits(2).one_error();
    }
    assert!(is_empty(folder.path()), "something was left behind");
}

#[test]
fn no_folder_to_make_the_project_in() {
    let folder = scratch();
    run(&mut bkctl(folder.path(), &["new", "no/such/folder/x", "--board", MPS2.name])).exits(2).one_error();
    assert!(is_empty(folder.path()));
}

#[test]
fn outside_a_project() {
    let folder = scratch();
    for arguments in [&["build"][..], &["size"], &["sim"], &["trace", "view"], &["trace", "record"]] {
        run(&mut bkctl(folder.path(), arguments)).exits(2).one_error().says(&["bk.toml", "help:"]);
    }
}

#[test]
fn a_broken_bk_toml_is_told_with_its_line() {
    let folder = scratch();
    fs::write(folder.path().join("bk.toml"), "schema = 1\nbord = \"x\"\nkit = \"0\"\n").expect("written");
    run(&mut bkctl(folder.path(), &["size"])).exits(2).one_error().says(&["bk.toml", "line 2", "bord"]);
}

#[test]
fn an_elf_for_another_architecture() {
    let folder = scratch();
    let foreign = programs().join("bkctl");
    let foreign = foreign.to_str().expect("UTF-8");
    for command in ["size", "sim"] {
        run(&mut bkctl(folder.path(), &[command, foreign, "--board", MPS2.name]))
            .exits(2)
            .one_error()
            .says(&["thumbv7m-none-eabi"]);
    }
}

#[test]
fn a_file_that_is_no_elf_and_a_file_that_is_not_there() {
    let folder = scratch();
    fs::write(folder.path().join("text.elf"), "hello").expect("written");
    for (file, word) in [("text.elf", "ELF"), ("none.elf", "none.elf")] {
        for command in ["size", "sim"] {
            run(&mut bkctl(folder.path(), &[command, file, "--board", MPS2.name])).exits(2).one_error().says(&[word]);
        }
    }
}

#[test]
fn a_truncated_elf() {
    let folder = scratch();
    let bytes = fs::read(&MPS2.fixture().elf).expect("built");
    for length in [5, 40, 60, bytes.len() / 2, bytes.len() - 10] {
        fs::write(folder.path().join("cut.elf"), &bytes[..length]).expect("written");
        let done = run(&mut bkctl(folder.path(), &["size", "cut.elf", "--board", MPS2.name]));
        assert!(done.code == 2 || done.code == 0, "{length} bytes: {}", done.err);
        assert!(!done.err.contains("panicked"), "{}", done.err);
    }
}

#[test]
fn targets_that_are_not_there() {
    let folder = scratch();
    let elf = MPS2.fixture().elf();
    run(&mut bkctl(folder.path(), &["sim", elf, "--board", MPS2.name, "--target", "moon"]))
        .exits(2)
        .one_error()
        .says(&["moon", "--target"]);
    run(bkctl(folder.path(), &["sim", elf, "--board", MPS2.name]).env("BKCTL_TARGET", "moon"))
        .exits(2)
        .one_error()
        .says(&["moon", "BKCTL_TARGET"]);
    // The usual target of other commands is no reason to refuse this one, and its first line says where it runs.
    run(bkctl(folder.path(), &["sim", elf, "--board", MPS2.name, "--for", "1ms"]).env("BKCTL_TARGET", "probe"))
        .exits(0)
        .says(&["target: sim"]);
}

#[test]
fn times_paces_and_formats_that_make_no_sense() {
    let folder = scratch();
    let elf = MPS2.fixture().elf();
    for wrong in [
        ["--for", "2"],
        ["--for", "2parsec"],
        ["--for", "-1s"],
        ["--pace", "0x"],
        ["--pace", "fast"],
        ["--timeout", "0"],
    ] {
        let done = run(bkctl(folder.path(), &["sim", elf, "--board", MPS2.name]).args(wrong)).exits(2);
        assert!(done.err.contains(wrong[0]), "{}", done.err);
    }
}

#[test]
fn a_missing_rust_target_is_named_with_the_remedy() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "nowhere");
    // A target that rustc knows and that no project of ours installs.
    let other = "thumbv8m.base-none-eabi";
    for file in [".cargo/config.toml", "rust-toolchain.toml"] {
        let text = fs::read_to_string(project.join(file)).expect("generated");
        let text = match file {
            "rust-toolchain.toml" => {
                text.lines().filter(|line| !line.starts_with("targets")).collect::<Vec<_>>().join("\n")
            }
            _ => text.replace("thumbv7m-none-eabi", other),
        };
        fs::write(project.join(file), text).expect("written");
    }
    run(&mut bkctl(&project, &["build"]))
        .exits(3)
        .says(&[&format!("error: the Rust target {other}"), &format!("help: rustup target add {other}")]);
}

#[test]
fn no_cargo() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "lonely");
    run(bkctl(&project, &["build"]).env("PATH", folder.path())).exits(3).one_error().says(&["cargo", "rustup"]);
}

#[test]
fn code_that_does_not_compile() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "wrong");
    fs::write(project.join("src/main.rs"), "#![no_std]\n#![no_main]\nfn broken( {}\n").expect("written");
    // The compiler's own errors come first, then one of bkctl's.
    run(&mut bkctl(&project, &["sim"])).exits(3).says(&["src/main.rs", "error: cargo could not build"]);
}

#[test]
fn errors_are_json_when_asked() {
    let folder = scratch();
    let done = run(&mut bkctl(folder.path(), &["size", "--format", "json"])).exits(2);
    let error: serde_json::Value = serde_json::from_str(&done.err).expect("one JSON object on stderr");
    assert_eq!(error["schema"], "bk.error/1");
    assert_eq!(error["exit"], 2);
    assert!(done.out.is_empty());
}
