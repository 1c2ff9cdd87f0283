//! Firmware that ends in every way there is, and firmware that has never heard of this kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bluekernel_e2e::{MPS2, bkctl, command, run, scratch};
use tempfile::TempDir;

/// A foreign firmware: sleeps for ever, with no interrupt that could wake it.
pub(crate) const SLEEPS: &str = "1: wfi\n b 1b";
/// A foreign firmware: an undefined instruction, and another one in the handler.
const LOCKS_UP: &str = "udf #0";
/// A foreign firmware: never ends, never sleeps.
const SPINS: &str = "1: b 1b";
/// A foreign firmware: never ends, and needs more than a cycle for most of its instructions.
const COMPUTES: &str = "movs r0, #100\n1: udiv r1, r0, r0\n strd r0, r1, [sp, #-8]\n ldrd r0, r1, [sp, #-8]\n b 1b";
/// A foreign firmware: writes a word to the console by semihosting (SYS_WRITE0), then ends with exit code 0
/// (SYS_EXIT, ADP_Stopped_ApplicationExit): Arm's Semihosting for AArch32 and AArch64, chapter 5.
const GREETS: &str = "movs r0, #4\n adr r1, 2f\n bkpt 0xab\n movs r0, #0x18\n ldr r1, =0x20026\n bkpt 0xab\n1: b 1b\n .align 2\n2: .asciz \"hello\\n\"\n .align 2";

/// Assembles a firmware of a vector table and `reset`, without any library, by the Rust toolchain alone.
pub(crate) fn build_foreign(folder: &Path, name: &str, reset: &str) {
    let source = format!(
        "#![no_std]\n#![no_main]\nuse core::arch::global_asm;\nglobal_asm!(r#\"\n\
         .section .vectors, \"a\"\n .word 0x20010000, reset, fault, fault, fault, fault, fault\n\
         .text\n .thumb\n .global reset\n .thumb_func\nreset:\n {reset}\n .pool\n .thumb_func\nfault:\n udf #1\n\"#);\n\
         #[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! {{ loop {{}} }}\n"
    );
    fs::write(folder.join("foreign.rs"), source).expect("written");
    let script = "ENTRY(reset) SECTIONS { .vectors 0 : { KEEP(*(.vectors)) } .text : { *(.text .text.*) } /DISCARD/ : { *(.ARM.*) } }";
    fs::write(folder.join("foreign.ld"), script).expect("written");
    run(command("rustc")
        .current_dir(folder)
        .args(["--target", "thumbv7m-none-eabi", "--crate-type", "bin", "--edition", "2021", "-C", "panic=abort"])
        .args(["-C", "link-arg=-Tforeign.ld", "-C", "link-arg=--nmagic", "-o", name, "foreign.rs"]))
    .exits(0);
}

/// The ELF of one of the kernel's firmwares below.
fn firmware(name: &str) -> PathBuf {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, folder) = BUILT.get_or_init(|| {
        let folder = scratch();
        let project = MPS2.project(folder.path(), "endings");
        fs::remove_file(project.join("src/main.rs")).expect("generated");
        fs::create_dir(project.join("src/bin")).expect("made");
        let manifest = project.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("generated");
        let (start, end) = (text.find("[[bin]]").expect("there"), text.find("[features]").expect("there"));
        let mut bins = String::new();
        for (name, main) in ENDINGS {
            let source = format!(
                "#![no_std]\n#![no_main]\n#[path = \"../board.rs\"]\n#[allow(dead_code)]\nmod board;\n\
                 #[bluekernel::main]\nfn main() {{ {main} }}\n"
            );
            fs::write(project.join(format!("src/bin/{name}.rs")), source).expect("written");
            bins.push_str(&format!("[[bin]]\nname = \"{name}\"\ntest = false\nbench = false\n\n"));
        }
        fs::write(&manifest, format!("{}{bins}{}", &text[..start], &text[end..])).expect("written");
        for (name, _) in ENDINGS {
            let built = run(&mut bkctl(&project, &["build", "--bin", name])).exits(0);
            fs::copy(built.out.trim(), folder.path().join(format!("{name}.elf"))).expect("built");
        }
        let elves = folder.path().to_owned();
        (folder, elves)
    });
    folder.join(format!("{name}.elf"))
}

/// What their `main` does.
const ENDINGS: &[(&str, &str)] = &[
    ("exit-0", "bluekernel::exit(0)"),
    ("exit-3", "bluekernel::exit(3)"),
    // 0x6000_0000: no memory of the board (DAI 0385D, chapter 3).
    ("bus-fault", "unsafe { core::ptr::read_volatile(0x6000_0000 as *const u32) };"),
    ("spin", "loop { core::hint::spin_loop() }"),
];

fn sim(folder: &Path, elf: &Path, arguments: &[&str]) -> bluekernel_e2e::Run {
    run(bkctl(folder, &["sim", "--board", MPS2.name]).arg(elf).args(arguments))
}

#[test]
fn exit_codes() {
    let folder = scratch();
    sim(folder.path(), &firmware("exit-0"), &[]).exits(0);
    sim(folder.path(), &firmware("exit-3"), &[]).exits(1).says(&["exit code 3"]);
    sim(folder.path(), &firmware("exit-3"), &["--exit-code=firmware"]).exits(3);
    sim(folder.path(), &firmware("exit-0"), &["--exit-code=firmware"]).exits(0);
    let json = sim(folder.path(), &firmware("exit-3"), &["--format", "json"]).exits(1).json();
    assert_eq!(json["schema"], "bk.sim/1");
    assert_eq!(json["firmware_exit"], 3);
    assert_eq!(json["exit"], 1);
}

#[test]
fn a_fault_is_told_with_its_address() {
    let folder = scratch();
    let done = sim(folder.path(), &firmware("bus-fault"), &["--for", "1s", "--trace", "run.bkt"]).exits(1);
    assert!(done.err.contains("0x60000000"), "{}", done.err);
    // What was recorded before opens.
    run(&mut bkctl(folder.path(), &["trace", "stats", "run.bkt"])).exits(0);
}

#[test]
fn a_lock_up() {
    let folder = scratch();
    build_foreign(folder.path(), "lockup.elf", LOCKS_UP);
    sim(folder.path(), Path::new("lockup.elf"), &["--for", "1s"]).exits(1).says(&["locked up"]);
}

#[test]
fn firmware_that_never_ends() {
    let folder = scratch();
    build_foreign(folder.path(), "spin.elf", SPINS);
    for elf in [Path::new("spin.elf"), &firmware("spin")] {
        let start = std::time::Instant::now();
        sim(folder.path(), elf, &["--timeout", "1"]).exits(124).says(&["--timeout"]);
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
        sim(folder.path(), elf, &["--for", "1ms"]).exits(0);
    }
}

#[test]
fn foreign_firmware_runs() {
    let folder = scratch();
    build_foreign(folder.path(), "greets.elf", GREETS);
    let done = sim(folder.path(), Path::new("greets.elf"), &["--for", "1s"]).exits(0);
    assert_eq!(done.out, "hello\n");
    let size = run(&mut bkctl(folder.path(), &["size", "greets.elf", "--board", MPS2.name])).exits(0);
    assert!(size.out.contains(".text"), "{}", size.out);
}

/// A millisecond of 25 MHz is 25,000 cycles, and with the plain clock as many instructions.
#[test]
fn the_instruction_clock_counts_an_instruction_for_a_cycle() {
    let folder = scratch();
    build_foreign(folder.path(), "computes.elf", COMPUTES);
    let counts = |options: &[&str]| {
        let options = [&["--for", "1ms", "--format", "json"], options].concat();
        let answer = sim(folder.path(), Path::new("computes.elf"), &options).exits(0).json();
        let statistics = &answer["statistics"];
        [&statistics["cycles"], &statistics["instructions"]].map(|count| count.as_u64().expect("a number"))
    };
    assert_eq!(counts(&["--ips"]), [25_000, 25_000]);
    // 12 + 3 + 3 + 3 cycles for four instructions, by the core's table.
    let [cycles, instructions] = counts(&[]);
    assert!((25_000..25_012).contains(&cycles) && (4_760..4_764).contains(&instructions), "{cycles} {instructions}");
}

/// `arm-none-eabi-objcopy` of an ELF file.
fn objcopy(folder: &Path, format: &str, from: &str, to: &str) {
    run(command("arm-none-eabi-objcopy").current_dir(folder).args(["-O", format, from, to])).exits(0);
}

#[test]
fn a_hex_file_and_a_raw_binary_do_what_the_elf_file_does() {
    let folder = scratch();
    build_foreign(folder.path(), "greets.elf", GREETS);
    objcopy(folder.path(), "ihex", "greets.elf", "greets.hex");
    objcopy(folder.path(), "binary", "greets.elf", "greets.bin");
    for arguments in [&["greets.hex"][..], &["greets.bin", "--address", "0"]] {
        let (file, options) = arguments.split_first().expect("a file");
        let done = sim(folder.path(), Path::new(file), &[options, &["--for", "1s"]].concat()).exits(0);
        assert_eq!(done.out, "hello\n", "{file}");
    }
}

#[test]
fn firmware_files_without_sense_are_refused() {
    let folder = scratch();
    let refused = |file: &str, options: &[&str], words: &[&str]| {
        sim(folder.path(), Path::new(file), options).exits(2).says(words).one_error();
    };
    build_foreign(folder.path(), "greets.elf", GREETS);
    objcopy(folder.path(), "ihex", "greets.elf", "greets.hex");
    objcopy(folder.path(), "binary", "greets.elf", "greets.bin");
    refused("greets.bin", &[], &["greets.bin", "raw binary", "--address"]);
    refused("greets.elf", &["--address", "0"], &["greets.elf", "ELF file, which has its own", "leave --address out"]);
    refused("greets.bin", &["--address", "0x10000000"], &["0x10000000", "has no memory"]);
    refused("greets.bin", &["--address", "0x100"], &["no vector table", "0x00000000"]);
    refused("greets.bin", &["--address", "soon"], &["--address"]);
    let hex = fs::read_to_string(folder.path().join("greets.hex")).expect("made");
    let wrong = hex.replacen("F", "E", 1);
    fs::write(folder.path().join("wrong.hex"), wrong).expect("written");
    refused("wrong.hex", &[], &["wrong.hex", "line", "checksum"]);
    let end = hex.rfind(":00000001FF").expect("an end");
    fs::write(folder.path().join("cut.hex"), &hex[..end]).expect("written");
    refused("cut.hex", &[], &["cut.hex", "no end record"]);
}

#[test]
fn a_core_that_sleeps_for_ever() {
    let folder = scratch();
    build_foreign(folder.path(), "sleeps.elf", SLEEPS);
    sim(folder.path(), Path::new("sleeps.elf"), &["--timeout", "20"]).exits(1).says(&["sleeps"]);
    sim(folder.path(), Path::new("sleeps.elf"), &["--for", "2s"]).exits(0);
}

#[test]
fn what_is_not_modelled_is_listed_or_stops_the_run() {
    let folder = scratch();
    // The watchdog's WDOGVALUE (DAI 0385D, chapter 3; DDI 0479D, table 4-12). The board's file names no model for it.
    build_foreign(folder.path(), "touch.elf", "ldr r0, =0x40008000\n ldr r1, [r0, #4]\n1: wfi\n b 1b");
    let elf = Path::new("touch.elf");
    let warned = sim(folder.path(), elf, &["--for", "1ms"]);
    let failed = sim(folder.path(), elf, &["--for", "1ms", "--unmodelled", "fail"]);
    let allowed = sim(folder.path(), elf, &["--for", "1ms", "--unmodelled", "allow"]).exits(0);
    warned.exits(0).says(&["not modelled", "0x40008004", "WATCHDOG"]);
    failed.exits(1).says(&["not modelled", "0x40008004", "WATCHDOG"]);
    assert!(!allowed.err.contains("not modelled"), "{}", allowed.err);
}
