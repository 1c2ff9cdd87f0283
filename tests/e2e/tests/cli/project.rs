//! Generated projects: whole, locked, movable, the same ELF everywhere, and honest about what was edited.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use bluekernel_e2e::{BOARDS, Board, MORE_BOARDS, MPS2, Run, STM32F4, bkctl, command, programs, run, scratch, sha256};

/// Those that there are.
const TEMPLATES: [&str; 2] = ["blinky", "control-loop"];

/// The template's locks are committed files. After a change to the kernel's dependencies, `BK_OVERWRITE=1 cargo test -p
/// bluekernel-e2e the_lock` writes them anew, with as few changes as cargo can.
#[test]
fn the_lock_needs_no_change() {
    for board in BOARDS.into_iter().chain(MORE_BOARDS) {
        let folder = scratch();
        for name in ["a-lock", "zz-lock"] {
            let project = board.project(folder.path(), name);
            if std::env::var_os("BK_OVERWRITE").is_some() {
                run(command("cargo").current_dir(&project).args(["update", "--workspace"])).exits(0);
                let lock = fs::read_to_string(project.join("Cargo.lock")).expect("written");
                let lock = lock.replace(&format!("name = \"{name}\""), "name = \"{{name}}\"");
                let file = format!("templates/blinky/overlay/{}/Cargo.lock", board.overlay);
                fs::write(bluekernel_e2e::repository().join(file), lock).expect("written");
                continue;
            }
            run(command("cargo").current_dir(&project).args(["metadata", "--locked", "--format-version=1"])).exits(0);
        }
    }
}

#[test]
fn everything_is_there_and_no_placeholder_is_left() {
    let folder = scratch();
    for template in TEMPLATES {
        for board in BOARDS.into_iter().chain(MORE_BOARDS) {
            is_whole(board, &board.project_from(template, folder.path(), &format!("{template}-for-{}", board.name)));
        }
    }
}

fn is_whole(board: &Board, project: &Path) {
    for file in [
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        "bk.toml",
        "build.rs",
        ".cargo/config.toml",
        ".gitignore",
        "README.md",
        "LICENSE",
        "src/main.rs",
        "src/hardware.rs",
        "src/board.rs",
        "board/memory.x",
        "board/generated.toml",
        "vendor/bluekernel/Cargo.toml",
        "vendor/bluekernel/kit.toml",
        "vendor/bluekernel/LICENSE-MIT",
    ] {
        let text = fs::read_to_string(project.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!text.contains("{{"), "a placeholder is left in {file}:\n{text}");
    }
    for file in ["template.toml", "overlay"] {
        assert!(!project.join(file).exists(), "{file}");
    }
    // Where a peripheral access crate brings the vector table, it brings the names' defaults too.
    let has_access_crate = matches!(board.overlay, "nrf51" | "stm32f4");
    assert_eq!(project.join("board/device.x").exists(), !has_access_crate, "{}", board.name);
}

/// What differs between the boards is in `src/hardware.rs`: of the program, the name of the console alone.
#[test]
fn the_program_is_the_same_for_all_boards() {
    let folder = scratch();
    let program = |board: &Board| {
        let project = board.project(folder.path(), &format!("for-{}", board.overlay));
        let text = fs::read_to_string(project.join("src/main.rs")).expect("generated");
        assert!(text.contains(board.console), "{text}");
        text.replace(board.console, "CONSOLE")
    };
    assert_eq!(program(&MPS2), program(&STM32F4));
}

#[test]
fn a_clone_elsewhere_builds_the_same_elf() {
    clone_elsewhere(&MPS2);
}

#[test]
fn a_clone_elsewhere_builds_the_same_elf_with_a_hal() {
    clone_elsewhere(&STM32F4);
}

/// Clones a project to another path with nothing of ours in the environment, builds it there, compares.
fn clone_elsewhere(board: &Board) {
    let folder = scratch();
    let project = board.project(folder.path(), "movable");
    let git = |folder: &Path, arguments: &[&str]| {
        run(command("git")
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"])
            .args(arguments))
        .exits(0);
    };
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "first"]);
    let other = scratch();
    let clone = other.path().join("somewhere/else/deeper");
    git(other.path(), &["clone", "--quiet", project.to_str().expect("UTF-8"), clone.to_str().expect("UTF-8")]);

    // Another user: the registry's sources have another path there.
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cargo"), PathBuf::from);
    let other_home = other.path().join("cargo home");
    fs::create_dir(&other_home).expect("made");
    symlink(cargo_home.join("registry"), other_home.join("registry")).expect("linked");
    for file in ["config.toml", "config"] {
        if cargo_home.join(file).exists() {
            fs::copy(cargo_home.join(file), other_home.join(file)).expect("copied");
        }
    }

    let build = |folder: &Path, target_dir: &Path, home: &Path| {
        let mut cargo = command("cargo");
        cargo.env_clear();
        for variable in ["PATH", "HOME", "RUSTUP_HOME"] {
            if let Some(value) = std::env::var_os(variable) {
                cargo.env(variable, value);
            }
        }
        cargo.current_dir(folder).env("CARGO_HOME", home).env("CARGO_TARGET_DIR", target_dir).args([
            "build",
            "--release",
            "--locked",
            "--quiet",
        ]);
        run(&mut cargo).exits(0);
        target_dir.join(board.rust_target).join("release/movable")
    };
    let first = build(&project, &folder.path().join("out"), &cargo_home);
    let second = build(&clone, &other.path().join("another name for out"), &other_home);
    assert_eq!(sha256(&first), sha256(&second));

    // No path of this machine stands in it.
    let bytes = fs::read(&first).expect("built");
    let home = std::env::var("HOME").unwrap_or_default();
    for path in [folder.path().to_str().expect("UTF-8"), home.as_str()] {
        let found = path.len() > 4 && bytes.windows(path.len()).any(|window| window == path.as_bytes());
        assert!(!found, "{path} stands in the ELF");
    }
    // Git has nothing to say: whatever a build makes is ignored.
    let status = run(command("git").current_dir(&clone).args(["status", "--porcelain"])).exits(0);
    assert_eq!(status.out, "");
}

#[test]
fn building_twice_by_bkctl_and_by_cargo_gives_one_elf() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "both-ways");
    let built = run(&mut bkctl(&project, &["build", "--format", "json"])).exits(0).json();
    assert_eq!(built["schema"], "bk.build/1");
    let elf = built["elf"].as_str().expect("a path").to_owned();
    let kept = built["kept"].as_str().expect("a path").to_owned();
    let hash = sha256(Path::new(&elf));
    assert_eq!(sha256(Path::new(&kept)), hash);
    assert!(kept.ends_with(&format!("{}.elf", built["build_id"].as_str().expect("a build id"))), "{kept}");
    run(command("cargo").current_dir(&project).args(["build", "--release"])).exits(0);
    assert_eq!(sha256(Path::new(&elf)), hash);
}

#[test]
fn edited_and_stale_files_are_told_and_left_alone() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "edited");
    let clean = run(&mut bkctl(&project, &["build"])).exits(0);
    assert!(!clean.err.contains("note:"), "{}", clean.err);
    let edit = |file: &str, line: &str| {
        let path = project.join(file);
        let text = fs::read_to_string(&path).expect("generated");
        fs::write(&path, format!("{text}{line}")).expect("written");
        (path, format!("{text}{line}"))
    };
    let (board, text) = edit("src/board.rs", "// mine\n");
    edit("vendor/bluekernel/kernel/src/lib.rs", "// mine\n");
    let stamp = project.join("board/generated.toml");
    let old = fs::read_to_string(&stamp).expect("generated");
    let place = old.find("sha256 = \"").expect("the board's hash") + "sha256 = \"".len();
    let digit = if &old[place..=place] == "0" { "1" } else { "0" };
    fs::write(&stamp, format!("{}{digit}{}", &old[..place], &old[place + 1..])).expect("written");
    run(&mut bkctl(&project, &["build"])).exits(0).says(&[
        "src/board.rs was edited",
        "vendor/bluekernel was edited",
        "has changed since",
    ]);
    assert_eq!(fs::read_to_string(board).expect("there"), text);
}

#[test]
fn without_tracing_it_builds_and_is_smaller() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "quiet");
    let flash = |arguments: &[&str]| {
        let mut all = vec!["size", "--format", "json"];
        all.extend(arguments);
        run(&mut bkctl(&project, &all)).exits(0).json()["flash"].as_u64().expect("a number")
    };
    assert!(flash(&["--no-default-features"]) < flash(&[]));
}

/// `cargo run --release` as a person types it, where bkctl is installed.
fn cargo_run(project: &Path, arguments: &[&str]) -> Run {
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", programs().display());
    let mut cargo = command("cargo");
    cargo.current_dir(project).env("PATH", path).args(["run", "--release", "--quiet", "--"]).args(arguments);
    run(&mut cargo)
}

#[test]
fn cargo_run_is_the_simulator() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "runner");
    cargo_run(&project, &["--for", "10ms"]).exits(0).says(&[MPS2.name]);
}

/// Where there is a chip to program: flash, reset, what the firmware says, and how it ends.
#[test]
fn cargo_run_is_bkctl_run_where_a_probe_reaches_the_board() {
    let folder = scratch();
    let project = STM32F4.project(folder.path(), "programmed");
    let main = "#![no_std]\n#![no_main]\nmod board;\nuse stm32f4xx_hal as _; // the vector table\n\n\
                #[bluekernel::main]\nfn main() {\n    bluekernel::println!(\"six times seven is {}\", 6 * 7);\n    \
                bluekernel::exit(3);\n}\n";
    fs::write(project.join("src/main.rs"), main).expect("written");
    let ended = cargo_run(&project, &[]).exits(1).says(&[STM32F4.name, "exit code 3"]);
    assert_eq!(ended.out, "six times seven is 42\n");
    // The chip keeps what it was given.
    cargo_run(&project, &["--exit-code=firmware"]).exits(3).says(&["nothing to do"]);
}

#[test]
fn the_generated_code_is_clean() {
    let folder = scratch();
    for template in TEMPLATES {
        for board in BOARDS.into_iter().chain(MORE_BOARDS) {
            is_clean(&board.project_from(template, folder.path(), &format!("clean-{template}-{}", board.name)));
        }
    }
}

fn is_clean(project: &Path) {
    run(command("cargo").current_dir(project).args(["fmt", "--check"])).exits(0);
    // All targets: what an editor asks for.
    run(command("cargo").current_dir(project).args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]))
        .exits(0);
}

/// The mistakes that stand in the control loop as comments are whole lines: with one of them in, it is as clean.
#[test]
fn the_control_loops_mistakes_are_clean_code() {
    let folder = scratch();
    for (name, line) in [("inverted", "#[path = \"semaphore.rs\"]"), ("starved", "while !CHECKED.is_empty() {}")] {
        let project = MPS2.project_from("control-loop", folder.path(), name);
        let source = project.join("src/main.rs");
        let text = fs::read_to_string(&source).expect("generated");
        assert_eq!(text.matches(line).count(), 1, "{line}");
        fs::write(&source, text.replace(&format!("// {line}"), line)).expect("written");
        is_clean(&project);
    }
}
