//! `bkctl trace record --from`: recordings of what was caught without bkctl, from a serial line and from a chip's memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bksim_protocol::client::{Client, ClientEvent};
use bksim_protocol::frame;
use bksim_protocol::message::{Create, Run};
use bluekernel_e2e::{MPS2, bkctl, programs, run, scratch};
use serde_json::Value;
use tempfile::TempDir;

/// The board's RAM (DAI 0385D, table 3-1).
const RAM: u64 = 0x2000_0000;
const RAM_BYTES: usize = 4 << 20;

/// 300 ms in picoseconds.
const A_WHILE: u64 = 300_000_000_000;

/// A task that makes a mark every 10 ms, and with `trace-uart` one that sends the trace over the console.
fn firmware(folder: &Path, name: &str, feature: &str) -> PathBuf {
    let project = MPS2.project(folder, name);
    let manifest = project.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("generated");
    let changed = text.replace("\"bluekernel/trace\"", &format!("\"bluekernel/{feature}\""));
    assert!(changed.contains(&format!("bluekernel/{feature}\"")));
    fs::write(&manifest, changed).expect("written");
    // UART0 by its registers (DDI 0479, 4.3): data, state (bit 0: the buffer is full), control (bit 0: transmit), divider.
    // Without its id, no debugger finds the ring and takes a part of the trace, as bksim's does every millisecond. UART0 is
    // at its fastest, 1.6 Mbit/s: what sending itself makes of trace shall go through too.
    let line = "
        unsafe extern \"C\" {
            static mut _SEGGER_RTT: [u32; 4];
        }
        #[bluekernel::task(priority = 1, stack = 2048)]
        fn line() {
            unsafe { (&raw mut _SEGGER_RTT).write_volatile([0; 4]) };
            let uart = 0x4000_4000 as *mut u32;
            let mut frame = [0; 512];
            unsafe { uart.add(4).write_volatile(16) };
            unsafe { uart.add(2).write_volatile(1) };
            loop {
                let count = bluekernel::trace::uart::next_block(&mut frame);
                for byte in &frame[..count] {
                    while unsafe { uart.add(1).read_volatile() } & 1 != 0 {}
                    unsafe { uart.write_volatile((*byte).into()) };
                }
                if count == 0 {
                    bluekernel::sleep(bluekernel::Duration::from_millis(1));
                }
            }
        }";
    let source = format!(
        "#![no_std]\n#![no_main]\n#[allow(dead_code)]\nmod board;\n#[bluekernel::main]\nfn main() {{}}\n
         #[bluekernel::task(priority = 3, stack = 1024)]
         fn worker() {{
             loop {{
                 bluekernel::mark!(\"beat\");
                 bluekernel::sleep(bluekernel::Duration::from_millis(10));
             }}
         }}\n{}",
        if feature == "trace-uart" { line } else { "" }
    );
    fs::write(project.join("src/main.rs"), source).expect("written");
    let built = run(&mut bkctl(&project, &["build"])).exits(0);
    let elf = folder.join(format!("{feature}.elf"));
    fs::copy(built.out.trim(), &elf).expect("built");
    // Outside of any project, nothing is known but what is said.
    fs::remove_dir_all(project).expect("removed");
    elf
}

/// What 300 ms of a firmware leave: the bytes of the console, and the RAM.
fn left(folder: &Path, elf: &Path) -> (Vec<u8>, Vec<u8>) {
    let board = run(&mut bkctl(folder, &["board", "show", MPS2.name, "--format", "json"])).exits(0).json();
    let (client, events) = Client::spawn(&programs().join("bksim"), "e2e").expect("bksim starts");
    let create = Create { elf: Some(elf.to_owned()), ..Create::new(board["board"].clone()) };
    client.create(&create).expect("a machine");
    client.start(Run { until_ps: Some(A_WHILE), pace: None }).expect("it runs");
    let mut console = Vec::new();
    loop {
        match events.next().expect("bksim lives") {
            ClientEvent::Data { stream: frame::UART, chunk } => console.extend(chunk.bytes),
            ClientEvent::Stopped(stopped) => break drop(stopped.expect("the time is over")),
            ClientEvent::Died(error) => panic!("{error}"),
            ClientEvent::Data { .. } | ClientEvent::Channel(_) => {}
        }
    }
    let mut ram = Vec::new();
    while ram.len() < RAM_BYTES {
        let bytes = client.read(RAM + ram.len() as u64, 1 << 16).expect("it can be read").bytes;
        assert!(!bytes.is_empty());
        ram.extend(bytes);
    }
    (console, ram)
}

/// `record --from FILE`, and what the recording then says.
fn recorded(folder: &Path, file: &str, elf: Option<&str>, says: &str) -> Value {
    let mut command = bkctl(folder, &["trace", "record", "--from", file, "-o", "out.bkt", "--board", MPS2.name]);
    if let Some(elf) = elf {
        command.args(["--elf", elf]);
    }
    run(&mut command).exits(0).says(&[file, says, "sha256"]);
    run(&mut bkctl(folder, &["trace", "stats", "out.bkt", "--format", "json"])).exits(0).json()
}

/// How often the worker ran, by its name or by its number.
fn runs(stats: &Value, name: &str) -> u64 {
    let tasks = stats["tasks"].as_array().expect("tasks");
    let task = tasks.iter().find(|task| task["name"] == name);
    task.unwrap_or_else(|| panic!("no {name} in {tasks:#?}"))["runs"].as_u64().expect("a number")
}

fn made(name: &str, feature: &str) -> (TempDir, Vec<u8>, Vec<u8>) {
    let folder = scratch();
    let elf = firmware(folder.path(), name, feature);
    let (console, ram) = left(folder.path(), &elf);
    fs::write(folder.path().join("ram.bin"), &ram).expect("written");
    (folder, console, ram)
}

#[test]
fn a_dead_chip_with_a_flight_recorder_tells_its_last_events() {
    let (folder, _, ram) = made("flight", "trace-flight");
    let here = folder.path();
    // A run every 10 ms, the first at once.
    let stats = recorded(here, "ram.bin", Some("trace-flight.elf"), "flight recorder");
    assert!((29..=31).contains(&runs(&stats, "worker")), "{stats:#}");
    // The trace says itself how fast its clock runs.
    recorded(here, "ram.bin", None, "flight recorder");
    core_file(here, &ram);
    assert_eq!(recorded(here, "ram.core", Some("trace-flight.elf"), "flight recorder")["tasks"], stats["tasks"]);
}

#[test]
fn the_ring_of_rtt_in_a_chip_that_nobody_listened_to() {
    let (folder, _, ram) = made("unheard", "trace");
    let here = folder.path();
    let stats = recorded(here, "ram.bin", Some("trace.elf"), "ring of RTT");
    assert!((29..=31).contains(&runs(&stats, "worker")), "{stats:#}");
    core_file(here, &ram);
    assert_eq!(recorded(here, "ram.core", None, "ring of RTT")["clock_hz"], stats["clock_hz"]);
    run(&mut bkctl(here, &["trace", "record", "--from", "ram.bin", "-o", "none.bkt"])).exits(2).one_error().says(&[
        "ram.bin",
        "does not say at which address",
        "--elf ELF",
    ]);
    assert!(!here.join("none.bkt").exists());
}

#[test]
fn a_serial_line_gives_the_whole_trace() {
    let (folder, console, _) = made("line", "trace-uart");
    let here = folder.path();
    fs::write(here.join("line.bin"), &console).expect("written");
    let stats = recorded(here, "line.bin", Some("trace-uart.elf"), "a serial line");
    assert!((29..=31).contains(&runs(&stats, "worker")), "{stats:#}");
    // A pipe does as well as a file.
    let pipe = format!("cat line.bin | '{}' trace record --from /dev/stdin", programs().join("bkctl").display());
    run(Command::new("sh").current_dir(here).args(["-c", &pipe])).exits(0).says(&["a serial line", "run.bkt"]);
    let same = run(&mut bkctl(here, &["trace", "stats", "run.bkt", "--format", "json"])).exits(0).json();
    assert_eq!(same["clock_hz"], stats["clock_hz"]);
}

#[test]
fn names_of_another_firmware_are_refused() {
    let (folder, ..) = made("mistaken", "trace-flight");
    let other = MPS2.fixture().elf();
    let wrong = ["trace", "record", "--from", "ram.bin", "--elf", other];
    run(&mut bkctl(folder.path(), &wrong))
        .exits(2)
        .one_error()
        .says(&[other, "is not the firmware that ram.bin is from"]);
    assert!(!folder.path().join("run.bkt").exists());
}

#[test]
fn what_is_no_trace_is_refused() {
    let folder = scratch();
    fs::write(folder.path().join("text"), "Dear diary, today I recorded nothing.").expect("written");
    fs::write(folder.path().join("empty"), "").expect("written");
    for (file, words) in [
        ("text", "it is no trace"),
        ("empty", "it is empty"),
        ("none", "cannot read none"),
        (".", "cannot be read"),
        (MPS2.fixture().elf(), "the firmware as it was built has not"),
        ("/dev/zero", "no picture of a chip's memory has more than 64 MiB"),
    ] {
        run(&mut bkctl(folder.path(), &["trace", "record", "--from", file])).exits(2).one_error().says(&[file, words]);
        assert!(!folder.path().join("run.bkt").exists());
    }
}

/// Makes an ELF core file of the RAM with a tool that is not ours: the toolchain's objcopy puts the bytes into a segment,
/// and the type of the file (offset 16 of its header) is changed to that of a core, 4.
fn core_file(folder: &Path, ram: &[u8]) {
    fs::write(folder.join("ram.s"), ".section .ram, \"aw\"\n.incbin \"ram.bin\"\n").expect("written");
    fs::write(
        folder.join("core.rs"),
        "#![no_std]\n#![no_main]\ncore::arch::global_asm!(include_str!(\"ram.s\"));\n\
        #[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }\n",
    )
    .expect("written");
    let script = format!("SECTIONS {{ .ram {RAM:#x} : {{ KEEP(*(.ram)) }} /DISCARD/ : {{ *(.ARM.*) }} }}");
    fs::write(folder.join("core.ld"), script).expect("written");
    run(bluekernel_e2e::command("rustc")
        .current_dir(folder)
        .args(["--target", "thumbv7m-none-eabi", "--crate-type", "bin", "--edition", "2021", "-C", "panic=abort"])
        .args(["-C", "link-arg=-Tcore.ld", "-C", "link-arg=--nmagic", "-o", "ram.core", "core.rs"]))
    .exits(0);
    let mut core = fs::read(folder.join("ram.core")).expect("linked");
    assert!(core.len() > ram.len());
    core[16] = 4;
    fs::write(folder.join("ram.core"), core).expect("written");
}
