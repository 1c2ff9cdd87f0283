//! What a person is told about a wrong file: every message as text, against the committed one in `tests/messages/`.
//!
//! Each case changes one place of the built-in pair and reads it as a project's own. `OVERWRITE=1 cargo test` writes
//! the texts anew; the difference is then for a person to judge.

use std::fs;
use std::path::Path;

use bluekernel_boards::{Registry, SearchPath};

const BOARD: &str = include_str!("../boards/qemu-mps2-an385.toml");
const CHIP: &str = include_str!("../chips/mps2-an385.toml");
const RISCV_BOARD: &str = include_str!("../boards/qemu-virt-rv64.toml");
const RISCV_CHIP: &str = include_str!("../chips/virt-rv64.toml");
const STM32_BOARD: &str = include_str!("../boards/stm32f4-discovery.toml");
const NRF51_BOARD: &str = include_str!("../boards/microbit.toml");
const STELLARIS_BOARD: &str = include_str!("../boards/lm3s6965evb.toml");

/// Reads the pair from a project's folder and returns the message, with the folder's path taken out.
fn message(board: &str, chip: &str, name: &str) -> String {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("boards");
    for (sub, file, text) in [("boards", "mine", board), ("chips", "mine", chip)] {
        fs::create_dir_all(folder.join(sub)).unwrap();
        fs::write(folder.join(sub).join(format!("{file}.toml")), text).unwrap();
    }
    let registry = Registry::new(SearchPath::new(Some(project.path()), None));
    let checked = registry.check(name);
    let text = match &checked {
        Ok(checked) => checked.findings.iter().map(|finding| format!("{finding}\n")).collect::<Vec<_>>().join("\n"),
        Err(error) => format!("{error}\n"),
    };
    let refused = registry.board(name).is_err();
    let verdict = if refused { "refused" } else { "accepted" };
    let text = text.replace(&project.path().display().to_string(), "PROJECT").replace('\\', "/");
    format!("{text}=> {verdict}\n")
}

fn mine(board: &str) -> String {
    let names = [("\"qemu-mps2-an385\"", "chip = \"mps2-an385\""), ("\"qemu-virt-rv64\"", "chip = \"virt-rv64\"")];
    names
        .iter()
        .fold(board.to_owned(), |text, (board, chip)| text.replace(board, "\"mine\"").replace(chip, "chip = \"mine\""))
}

fn compare(case: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages").join(format!("{case}.txt"));
    if std::env::var_os("OVERWRITE").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(actual, expected, "the message of {case} changed; judge it, then OVERWRITE=1 cargo test");
}

/// A change to the board's file.
fn board_case(case: &str, from: &str, to: &str) {
    let board = mine(BOARD);
    assert!(board.contains(from), "{case}: nothing to change");
    compare(case, &message(&board.replacen(from, to, 1), CHIP, "mine"));
}

/// A change to the chip's file.
fn chip_case(case: &str, from: &str, to: &str) {
    assert!(CHIP.contains(from), "{case}: nothing to change");
    compare(case, &message(&mine(BOARD), &CHIP.replacen(from, to, 1), "mine"));
}

/// A change to the chip's file of a RISC-V machine.
fn riscv_case(case: &str, from: &str, to: &str) {
    assert!(RISCV_CHIP.contains(from), "{case}: nothing to change");
    compare(case, &message(&mine(RISCV_BOARD), &RISCV_CHIP.replacen(from, to, 1), "mine"));
}

/// A change to the file of another board with a built-in chip; only what is told about that file.
fn other_case(name: &str, board: &str, case: &str, from: &str, to: &str) {
    assert!(board.contains(from), "{case}: nothing to change");
    let project = tempfile::tempdir().unwrap();
    fs::create_dir_all(project.path().join("boards/boards")).unwrap();
    let file = project.path().join(format!("boards/boards/{name}.toml"));
    fs::write(&file, board.replacen(from, to, 1)).unwrap();
    let registry = Registry::new(SearchPath::new(Some(project.path()), None));
    let findings = registry.check(name).unwrap().findings;
    let told = findings.iter().filter(|finding| finding.file.name == file.display().to_string());
    let text = told.map(|finding| format!("{finding}\n")).collect::<Vec<_>>().join("\n");
    compare(case, &text.replace(&project.path().display().to_string(), "PROJECT").replace('\\', "/"));
}

fn stm32_case(case: &str, from: &str, to: &str) {
    other_case("stm32f4-discovery", STM32_BOARD, case, from, to);
}

fn nrf51_case(case: &str, from: &str, to: &str) {
    other_case("microbit", NRF51_BOARD, case, from, to);
}

fn stellaris_case(case: &str, from: &str, to: &str) {
    other_case("lm3s6965evb", STELLARIS_BOARD, case, from, to);
}

#[test]
fn unchanged_files_are_accepted_without_a_word() {
    assert_eq!(message(&mine(BOARD), CHIP, "mine"), "=> accepted\n");
    assert_eq!(message(&mine(RISCV_BOARD), RISCV_CHIP, "mine"), "=> accepted\n");
}

#[test]
fn unknown_board() {
    compare("unknown-board", &message(&mine(BOARD), CHIP, "qemu-mps2-an358"));
    compare("unknown-board-nothing-near", &message(&mine(BOARD), CHIP, "zx81"));
    compare("unknown-board-path", &message(&mine(BOARD), CHIP, "../boards/mine"));
}

#[test]
fn unreadable_toml() {
    board_case("not-toml", "title = \"Arm", "title = Arm\"");
    board_case("duplicate-key", "tier = 1", "tier = 1\ntier = 2");
}

#[test]
fn schema() {
    board_case("newer-schema", "schema = 1", "schema = 2");
    chip_case("no-schema", "schema = 1\n", "");
}

#[test]
fn keys() {
    board_case("unknown-key", "baud = 115200", "baudrate = 115200");
    chip_case("unknown-key-nothing-near", "vendor = \"Arm\"", "vendor = \"Arm\"\nweight = 12");
    board_case("unknown-table", "[qemu]", "[quemu]");
    chip_case("missing-key", "core = \"cortex-m3\"\n", "");
    board_case("missing-table", "[linker]\nstack = \"4KiB\"\n", "");
    chip_case("no-source", "source = [", "origin = [");
}

#[test]
fn values() {
    board_case("wrong-type", "baud = 115200", "baud = \"fast\"");
    chip_case("out-of-range", "prio_bits = 3", "prio_bits = 300");
    chip_case("unit", "size = \"16KiB\"", "size = \"16KB\"");
    chip_case("negative", "base = 0x2100_0000", "base = -1");
    chip_case("word", "kind = \"ram\"", "kind = \"sram\"");
    chip_case("attributes", "attrs = \"rwx\"", "attrs = \"rwz\"");
    board_case("double-width", "title = \"Arm MPS2 with", "titel = \"开发板 with");
    chip_case(
        "several-at-once",
        "name = \"psram\"\nkind = \"ram\"\nbase = 0x2100_0000",
        "name = 7\nkind = \"psram\"\nbas = 1",
    );
}

#[test]
fn unknown_chip() {
    board_case("unknown-chip", "chip = \"mine\"", "chip = \"mps2-an387\"");
}

#[test]
fn contradictions() {
    chip_case("overlap", "base = 0x4000_5000", "base = 0x4000_4800");
    chip_case("overlap-alias", "0x0100_4000, ", "0x0100_2000, ");
    chip_case("alignment", "base = 0x4001_0000", "base = 0x4001_0002");
    chip_case("beyond", "base = 0x2100_0000", "base = 0xffff_0000");
    chip_case("empty-memory", "size = \"16MiB\"", "size = 0");
    chip_case("irq-twice", "{ name = \"UART1_RX\", n = 2 }", "{ name = \"UART1_RX\", n = 0 }");
    chip_case("irq-name-twice", "{ name = \"UART1_RX\", n = 2 }", "{ name = \"UART0_RX\", n = 2 }");
    chip_case("irq-beyond", "n = 31 }", "n = 32 }");
    chip_case("target", "thumbv7m-none-eabi", "thumbv7em-none-eabihf");
    chip_case("core", "cortex-m3", "cortex-m33x");
    chip_case("no-cores", "cores = 1", "cores = 0");
    chip_case("many-cores", "cores = 1", "cores = 9");
    chip_case("out-of-range-cores", "cores = 1", "cores = 256");
    chip_case("cores-of-the-sio", "model = \"cmsdk-uart\"", "model = \"rp2040-sio\"");
    chip_case("model", "model = \"cmsdk-uart\"", "model = \"cmsdk-usart\"");
    chip_case("vector-table", "vector_table = \"ssram1\"", "vector_table = \"flash\"");
    chip_case("no-default-memory", "default = true\n", "");
    chip_case("name", "name = \"UART0\"", "name = \"Uart 0\"");
    board_case("console", "uart = \"UART0\"", "uart = \"UART9\"");
    board_case("console-without-model", "uart = \"UART0\"", "uart = \"GPIO0\"");
    board_case("time-driver", "time_driver = \"TIMER0\"", "time_driver = \"UART0\"");
    board_case(
        "systick-clock",
        "time_driver = \"TIMER0\"\ntime_counter = \"TIMER1\"\ntime_hz = 25_000_000",
        "time_driver = \"SysTick\"\ntime_hz = 1000",
    );
    board_case("time-counter-missing", "time_counter = \"TIMER1\"\n", "");
    board_case("time-counter-same", "time_counter = \"TIMER1\"", "time_counter = \"TIMER0\"");
    board_case("time-counter-other", "time_counter = \"TIMER1\"", "time_counter = \"DUALTIMER\"");
    board_case("time-counter-for-systick", "time_driver = \"TIMER0\"", "time_driver = \"SysTick\"");
    board_case("time-clock-for-cmsdk", "time_hz = 25_000_000", "time_hz = 25_000_000\ntime_clock_hz = 25_000_000");
    board_case("probe-without-chip", "method = \"none\"", "method = \"probe-rs\"");
    board_case("stack", "stack = \"4KiB\"", "stack = \"8MiB\"");
    board_case("file-name", "name = \"mine\"", "name = \"yours\"");
}

#[test]
fn interrupt_controllers() {
    const PLIC: &str = "plic = { sources = 96, priorities = 7, contexts = \"MS\" }";
    const NVIC: &str = "nvic = { irqs = 32, prio_bits = 3 }";
    riscv_case("no-controller", PLIC, "");
    riscv_case("two-controllers", PLIC, &format!("{PLIC}\n{NVIC}"));
    riscv_case("nvic-on-riscv", PLIC, "nvic = { irqs = 96, prio_bits = 3 }");
    chip_case("plic-on-cortex-m", NVIC, PLIC);
    riscv_case("plic-key", "sources = 96", "interrupts = 96");
    riscv_case("plic-sources", "sources = 96", "sources = 1024");
    riscv_case("plic-priorities", "priorities = 7", "priorities = 8");
    riscv_case("plic-contexts", "contexts = \"MS\"", "contexts = \"MSU\"");
    riscv_case("plic-source-0", "irq = [{ n = 10 }]", "irq = [{ n = 0 }]");
    riscv_case("plic-source-beyond", "irq = [{ n = 10 }]", "irq = [{ n = 97 }]");
}

#[test]
fn fixed_clocks() {
    riscv_case("fixed-clocks-wrong-type", "fixed = { timebase = 10_000_000, uart = 3_686_400 }", "fixed = 10_000_000");
    riscv_case("time-mtime", "timebase = 10_000_000", "timebase = 32_768");
    let systick = RISCV_BOARD.replacen("time_driver = \"CLINT\"", "time_driver = \"SysTick\"", 1);
    compare("time-systick-on-riscv", &message(&mine(&systick), RISCV_CHIP, "mine"));
    riscv_case("fixed-clock-wrong-type", "timebase = 10_000_000", "timebase = \"10 MHz\"");
    riscv_case("fixed-clock-stands", "timebase = 10_000_000", "timebase = 0");
    riscv_case("fixed-clock-of-the-core", "timebase = 10_000_000", "timebase = 10_000_000, hclk = 125_000_000");
}

#[test]
fn a_riscv_core_and_what_is_made_for_it() {
    riscv_case("riscv-cores", "cores = 1", "cores = 4");
    riscv_case("riscv-core", "core = \"rv64gc\"", "core = \"rv64imac\"");
    riscv_case("riscv-target", "riscv64gc-unknown-none-elf", "riscv32imac-unknown-none-elf");
    riscv_case("time-csr", "time_csr = true", "time_csr = 1");
    riscv_case("riscv-beyond", "base = 0x4000_0000", "base = 0x4_0000_0000");
    board_case("machine", "machine = \"cortex-m\"", "machine = \"riscv\"");
    board_case("machine-unknown", "machine = \"cortex-m\"", "machine = \"risc-v\"");
}

#[test]
fn contradictions_about_a_prescaler() {
    stm32_case("time-16-bits", "time_driver = \"TIM2\"", "time_driver = \"TIM3\"");
    stm32_case("time-clock-missing", "time_clock_hz = 84_000_000\n", "");
    stm32_case("time-clock-not-divided", "time_hz = 1_000_000", "time_hz = 32_768");
    stm32_case("time-clock-too-fast", "time_hz = 1_000_000", "time_hz = 1_000");
    stm32_case("time-counter-for-stm32", "time_driver = \"TIM2\"", "time_driver = \"TIM2\"\ntime_counter = \"TIM5\"");
    nrf51_case("time-nrf51-16-bits", "time_driver = \"TIMER0\"", "time_driver = \"TIMER1\"");
    nrf51_case("time-nrf51-not-divided", "time_hz = 16_000_000", "time_hz = 3_200_000");
    nrf51_case("time-nrf51-too-slow", "time_hz = 16_000_000", "time_hz = 15_625");
    nrf51_case("time-counter-for-nrf51", "time_hz", "time_counter = \"TIMER1\"\ntime_hz");
}

#[test]
fn contradictions_about_other_clocks() {
    nrf51_case("time-no-systick", "time_driver = \"TIMER0\"", "time_driver = \"SysTick\"");
    stellaris_case("time-stellaris-counter", "time_counter = \"TIMER1\"\n", "");
    stellaris_case("time-stellaris-clock", "time_hz = 50_000_000", "time_hz = 12_000_000");
}
