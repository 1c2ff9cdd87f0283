//! Finding files, and what comes out of the built-in pair.

use std::fs;
use std::path::Path;

use bluekernel_boards::diagnostic::Severity;
use bluekernel_boards::model::{Contexts, Nvic, Plic};
use bluekernel_boards::registry::Place;
use bluekernel_boards::{Board, BoardError, Registry, SearchPath, generate};

const BOARD: &str = include_str!("../boards/qemu-mps2-an385.toml");

fn built_in() -> Board {
    Registry::new(SearchPath::built_in()).board("qemu-mps2-an385").unwrap()
}

fn put(folder: &Path, kind: &str, name: &str, text: &str) {
    fs::create_dir_all(folder.join(kind)).unwrap();
    fs::write(folder.join(kind).join(format!("{name}.toml")), text).unwrap();
}

#[test]
fn every_built_in_board_is_without_a_finding() {
    let registry = Registry::new(SearchPath::built_in());
    assert!(!registry.names().is_empty());
    for name in registry.names() {
        assert_eq!(registry.check(&name).unwrap().findings, [], "{name}");
    }
}

/// QEMU's `info mtree` and Arm's CMSDK_CM3.h, the numbers that code relies on.
#[test]
fn the_an385_is_what_its_sources_say() {
    let board = built_in();
    assert_eq!((board.core_hz, board.chip.nvic()), (25_000_000, Some(&Nvic { irqs: 32, prio_bits: 3 })));
    let memory: Vec<_> = board.chip.memory.iter().map(|m| (m.name.as_str(), m.base, m.size, m.aliases.len())).collect();
    assert_eq!(
        memory,
        [
            ("ssram1", 0, 0x40_0000, 1),
            ("ssram23", 0x2000_0000, 0x40_0000, 1),
            ("blockram", 0x0100_0000, 0x4000, 3),
            ("psram", 0x2100_0000, 0x100_0000, 0),
        ]
    );
    let uart3 = board.peripheral("UART3").unwrap();
    assert_eq!((uart3.base, uart3.irqs[0].number, uart3.irqs[1].number), (0x4000_7000, 18, 19));
    let numbers: Vec<u16> = board.interrupts().iter().map(|irq| irq.number).collect();
    // All of the header's but SPI (11), I2S (14), TSC (15), ADCSPI (22), SHIELDSPI (23), whose devices are not listed.
    let expected: Vec<u16> = (0..32).filter(|number| ![11, 14, 15, 22, 23].contains(number)).collect();
    assert_eq!(numbers, expected);
}

/// The device tree of QEMU 7.2's machine virt, and SiFive's FE310-G000 manual.
#[test]
fn the_riscv_machines_are_what_their_sources_say() {
    let registry = Registry::new(SearchPath::built_in());
    for (name, contexts) in [("qemu-virt-rv32", Contexts::Machine), ("qemu-virt-rv64", Contexts::MachineSupervisor)] {
        let board = registry.board(name).unwrap();
        assert_eq!(board.chip.plic(), Some(&Plic { sources: 96, priorities: 7, contexts }));
        assert_eq!((board.chip.irqs(), board.chip.nvic()), (97, None));
        let clocks: Vec<_> = board.chip.fixed_clocks.iter().map(|(name, hz)| (name.as_str(), *hz)).collect();
        assert_eq!(clocks, [("timebase", 10_000_000), ("uart", 3_686_400)]);
        let uart = board.peripheral("UART0").unwrap();
        assert_eq!((uart.base, uart.irqs[0].number, uart.clock.as_deref()), (0x1000_0000, 10, Some("uart")));
        assert_eq!(board.regions(), [("RAM".to_owned(), 0x8000_0000, 128 << 20)], "code and variables share it");
        assert!(generate::memory_x(&board).contains("RAM : ORIGIN = 0x80000000, LENGTH = 0x8000000"));
        assert!(generate::memory_x(&board).contains("REGION_ALIAS(\"FLASH\", RAM);"));
        let text = generate::board_rs(&board);
        assert!(text.contains("bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);"));
        assert!(text.contains("bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 10_000_000);"));
        let json = serde_json::to_string(&board).unwrap();
        assert_eq!(serde_json::from_str::<Board>(&json).unwrap(), board);
    }
    let board = registry.board("hifive1").unwrap();
    assert_eq!((board.hse_hz, board.chip.reset_hz), (Some(16_000_000), 13_800_000));
    let regions = board.regions();
    assert_eq!(regions[0], ("FLASH".to_owned(), 0x2040_0000, 12 << 20), "behind the boot loader");
    assert_eq!(regions[1], ("RAM".to_owned(), 0x8000_0000, 16 << 10));
    let numbers: Vec<u16> = board.interrupts().iter().map(|irq| irq.number).collect();
    assert_eq!(numbers, (1..=51).collect::<Vec<_>>(), "all sources have an owner");
}

#[test]
fn the_project_comes_before_the_user_before_what_is_built_in() {
    let (project, user) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let search = SearchPath::new(Some(project.path()), Some(user.path()));
    let registry = Registry::new(search);
    let title = || registry.board("qemu-mps2-an385").unwrap().title;
    assert_eq!(registry.place("qemu-mps2-an385"), Some(Place::BuiltIn));
    put(user.path(), "boards", "qemu-mps2-an385", &BOARD.replace("Arm MPS2", "The user's"));
    assert!(title().starts_with("The user's"));
    put(&project.path().join("boards"), "boards", "qemu-mps2-an385", &BOARD.replace("Arm MPS2", "The project's"));
    assert!(title().starts_with("The project's"));
}

#[test]
fn a_board_of_ones_own_on_a_built_in_chip_needs_one_file() {
    let project = tempfile::tempdir().unwrap();
    let own = BOARD.replace("name = \"qemu-mps2-an385\"", "name = \"my-pcb\"").replace("UART0", "UART2");
    put(&project.path().join("boards"), "boards", "my-pcb", &own);
    let registry = Registry::new(SearchPath::new(Some(project.path()), None));
    let mut names = Registry::new(SearchPath::built_in()).names();
    names.push("my-pcb".to_owned());
    names.sort();
    assert_eq!(registry.names(), names);
    assert_eq!(registry.board("my-pcb").unwrap().console.uart.as_deref(), Some("UART2"));
}

#[test]
fn a_board_with_errors_is_no_board() {
    let project = tempfile::tempdir().unwrap();
    let own = BOARD.replace("UART0", "UART9");
    put(&project.path().join("boards"), "boards", "qemu-mps2-an385", &own);
    let registry = Registry::new(SearchPath::new(Some(project.path()), None));
    let Err(BoardError::Invalid(findings)) = registry.board("qemu-mps2-an385") else { panic!("accepted") };
    assert!(findings.iter().all(|finding| finding.severity == Severity::Error));
    // The line of `uart = "UART9"` in the file as a person counts it.
    let line = 1 + own.lines().position(|line| line.starts_with("uart = ")).unwrap();
    assert_eq!(findings[0].line(), line);
}

#[test]
fn the_hash_is_that_of_the_texts_whatever_the_line_ends() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("boards");
    let registry = Registry::new(SearchPath::new(Some(project.path()), None));
    let hash = || registry.board("qemu-mps2-an385").unwrap().hash().to_owned();
    let original = hash();
    assert_eq!(original.len(), 64);
    put(&folder, "boards", "qemu-mps2-an385", &BOARD.replace('\n', "\r\n"));
    assert_eq!(hash(), original);
    put(&folder, "boards", "qemu-mps2-an385", &BOARD.replace("tier = 1", "tier = 2"));
    assert_ne!(hash(), original);
}

#[test]
fn a_resolved_board_survives_json() {
    let board = built_in();
    let json = serde_json::to_string(&board).unwrap();
    assert_eq!(serde_json::from_str::<Board>(&json).unwrap(), board);
}

#[test]
fn regions_begin_with_flash_and_ram() {
    let mut board = built_in();
    board.linker.flash_offset = 0x1_0000;
    let regions = board.regions();
    assert_eq!(regions[0], ("FLASH".to_owned(), 0x1_0000, 0x3f_0000));
    assert_eq!(regions[1], ("RAM".to_owned(), 0x2000_0000, 0x40_0000));
    assert!(generate::memory_x(&board).contains("FLASH : ORIGIN = 0x00010000, LENGTH = 0x3f0000"));
}

#[test]
fn generated_files_hold_what_the_kernel_expects() {
    let board = built_in();
    let (memory, device, rust) = (generate::memory_x(&board), generate::device_x(&board), generate::board_rs(&board));
    assert!(memory.contains("  RAM : ORIGIN = 0x20000000, LENGTH = 0x400000\n"));
    assert!(device.contains("PROVIDE(UART_OVF = DefaultHandler);\n"));
    assert_eq!(device.matches("UART_OVF").count(), 1, "three UARTs share the line");
    assert!(rust.contains("pub const CORE_HZ: u32 = 25_000_000;\n"));
    assert!(rust.contains("pub const UART0: usize = 0x4000_4000;\n"));
    assert!(rust.contains("bluekernel::interrupts! {\n    32;\n    UART0_RX = 0,\n    UART0_TX = 1,\n"));
    let driver = "time_driver!(CmsdkTimer, base = 0x4000_0000, irq = TIMER0, clock = 0x4000_1000, hz = 25_000_000);\n";
    assert!(rust.ends_with(driver), "{rust}");
    for text in [&memory, &device, &rust] {
        assert!(text.lines().next().unwrap().contains(board.hash()), "the first line says what it was made from");
    }
    assert_eq!(rust, generate::board_rs(&built_in()), "the same files give the same bytes");
}

/// RM0090: TIM2 at 0x4000_0000 and RCC at 0x4002_3800 (2.3, table 1), interrupt 28 (12.2, table 61), bit 0 of APB1ENR
/// (7.3.13); with APB1 at a quarter of 168 MHz its timers run at twice that (7.2).
#[test]
fn an_stm32_timer_comes_with_its_clock() {
    let board = Registry::new(SearchPath::built_in()).check("stm32f4-discovery").unwrap().board;
    let rust = generate::board_rs(&board);
    assert!(rust.contains("pub const CORE_HZ: u32 = 168_000_000;\n"));
    assert!(rust.contains("pub const HSE_HZ: u32 = 8_000_000;\n"));
    assert!(rust.contains("pub const TIME_CLOCK_HZ: u32 = 84_000_000;\n"));
    assert!(rust.contains("    TIM2 = 28,\n"));
    let driver = "time_driver!(\n    Stm32Timer,\n    base = 0x4000_0000,\n    irq = TIM2,\n    rcc = 0x4002_3800,\n    \
                  enable = 0,\n    clock_hz = TIME_CLOCK_HZ,\n    hz = 1_000_000\n);\n";
    assert!(rust.ends_with(driver), "{rust}");
}

/// nRF51 Series Reference Manual 3.0, 10.1.2: interrupt 8 is that of 0x4000_8000.
#[test]
fn an_nrf51_timer_needs_nothing_else() {
    let board = Registry::new(SearchPath::built_in()).check("microbit").unwrap().board;
    let driver = "bluekernel::time_driver!(Nrf51Timer, base = 0x4000_8000, irq = TIMER0, hz = 16_000_000);\n";
    let rust = generate::board_rs(&board);
    assert!(rust.ends_with(driver) && rust.contains("    TIMER0 = 8,\n"), "{rust}");
}

/// LM3S6965 Data Sheet: TIMER0 and TIMER1 at 0x4003_0000 and 0x4003_1000, bits 16 and 17 of RCGC1, interrupt 19; System
/// Control at 0x400f_e000.
#[test]
fn a_stellaris_timer_comes_with_another_and_their_clocks() {
    let board = Registry::new(SearchPath::built_in()).check("lm3s6965evb").unwrap().board;
    let driver = "time_driver!(\n    StellarisTimer,\n    base = 0x4003_0000,\n    irq = TIMER0A,\n    enable = 16,\n    \
                  clock = 0x4003_1000,\n    clock_enable = 17,\n    control = 0x400f_e000,\n    hz = 50_000_000\n);\n";
    let rust = generate::board_rs(&board);
    assert!(rust.ends_with(driver) && rust.contains("    TIMER0A = 19,\n"), "{rust}");
}

#[test]
fn systick_needs_no_peripheral() {
    let mut board = built_in();
    let kernel = board.kernel.as_mut().unwrap();
    kernel.time_driver = "SysTick".to_owned();
    kernel.time_counter = None;
    assert!(generate::board_rs(&board).ends_with("bluekernel::time_driver!(SysTick, hz = 25_000_000);\n"));
    assert_eq!(bluekernel_boards::lint::check(&board), []);
}

/// The firmware of the tests is built with committed copies, as a project is. `OVERWRITE=1` renews them.
#[test]
fn the_firmware_tests_have_what_is_generated_now() {
    let board = built_in();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/firmware/board");
    for (name, text) in [
        ("memory.x", generate::memory_x(&board)),
        ("device.x", generate::device_x(&board)),
        ("board.rs", generate::board_rs(&board)),
    ] {
        let path = folder.join(name);
        if std::env::var_os("OVERWRITE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{name} is out of date: OVERWRITE=1 cargo test renews it");
    }
}
