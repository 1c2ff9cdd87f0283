//! Firmware that does a bit of everything that depends on time, for whole machines: SysTick, a timer and a UART interrupt,
//! the cycle counter, RTT in both directions, sleep; on the STM32F407 also floating point, a pin and flash programming.
//! What it finds goes into a sum, so that whatever comes at another cycle is seen in all that follows.

use std::path::Path;

use bksim::machine::{Machine, Options};
use bluekernel_boards::registry::{Registry, SearchPath};

use crate::asm::{Code, R0, R1, R2, R3, R4, R5, R6, R7};
use crate::elf::{ARM, Elf, Segment};
use crate::float_unit::{CPACR, FULL_ACCESS};

const RAM: u32 = 0x2000_0000;
const UP: u16 = 24;
const DOWN: u16 = 48;
const UP_RING: u32 = RAM + 0x100;
const DOWN_RING: u32 = RAM + 0x180;
/// Sum, and how often SysTick came.
const SUM: u32 = RAM + 0x60;

/// The board, and what is where on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mps2,
    Stm32,
}

/// The data stream of the UART.
pub(crate) fn uart(kind: Kind) -> u8 {
    bksim_protocol::frame::UART + if kind == Kind::Mps2 { 0 } else { 2 }
}

/// The sum changes by r1 and the cycle counter; r0-r3 are used.
fn add_to_sum(code: &mut Code) {
    code.mov32(R2, SUM).ldr(R3, R2, 0).put(&[0x185b, 0xea4f, 0x5333]); // adds r3, r3, r1; ror.w r3, r3, #20
    code.mov32(R0, 0xe000_1000).ldr(R1, R0, 4).put(&[0x185b]).str(R3, R2, 0); // adds r3, r3, r1
}

/// Pushes the low byte of r1 into the up ring, unless that is full.
fn send_by_rtt(code: &mut Code) {
    code.mov32(R0, RAM).ldr(R2, R0, UP + 12).ldr(R3, R0, UP + 16);
    code.put(&[0x3b01, 0xf003, 0x033f, 0x4293, 0xd007]); // subs r3, #1; and.w r3, r3, #63; cmp r3, r2; beq end
    code.mov32(R3, UP_RING).put(&[0x5499, 0x3201, 0xf002, 0x023f]); // strb r1, [r3, r2]; adds r2, #1; and.w r2, r2, #63
    code.str(R2, R0, UP + 12);
}

fn start(kind: Kind, code: &mut Code) {
    let words = [0x4747_4553, 0x5220_5245, 0x5454, 0, 1, 1, 0, UP_RING, 64, 0, 0, 0, 0, DOWN_RING, 16, 0, 0, 0];
    for (index, word) in (0..).zip(words) {
        code.store(RAM + 4 * index, word);
    }
    code.store(0xe000_edfc, 1 << 24).store(0xe000_1000, 1);
    code.store(0xe000_e014, 7_770).store(0xe000_e018, 0).store(0xe000_e010, 7);
    match kind {
        Kind::Mps2 => {
            code.store(0x4000_4010, 217).store(0x4000_4008, 0b1011); // BAUDDIV, CTRL
            code.store(0x4000_0008, 5_432).store(0x4000_0000, 9); // RELOAD, CTRL
            code.store(0xe000_e100, 1 << 8 | 1);
        }
        Kind::Stm32 => {
            code.store(0x4002_3c00, 3).store(CPACR, FULL_ACCESS); // FLASH_ACR: three wait states
            code.store(0x4002_3830, 1).store(0x4002_3840, 1 << 17 | 1); // AHB1ENR: GPIOA; APB1ENR: USART2, TIM2
            code.store(0x4000_4408, 139).store(0x4000_440c, 0x202c); // BRR; CR1: UE, RXNEIE, TE, RE
            code.store(0x4000_002c, 5_432).store(0x4000_000c, 1).store(0x4000_0000, 1); // ARR, DIER, CR1
            code.store(0xe000_e100, 1 << 28).store(0xe000_e104, 1 << 6);
            // Flash opens; words in sector 1 are programmed from the main loop.
            code.store(0x4002_3c04, 0x4567_0123).store(0x4002_3c04, 0xcdef_89ab).store(0x4002_3c10, 0x201);
        }
    }
}

fn main_loop(kind: Kind, code: &mut Code) {
    code.mov32(R4, 0).mov32(R5, 0xe000_e010).mov32(R7, 0x0800_4000);
    let top = code.here();
    code.ldr(R1, R5, 8); // SYST_CVR
    add_to_sum(code);
    // A byte of the down ring, if there is one.
    code.mov32(R0, RAM).ldr(R2, R0, DOWN + 12).ldr(R3, R0, DOWN + 16).put(&[0x429a, 0xd009]); // cmp r2, r3; beq over
    code.mov32(R1, DOWN_RING).put(&[0x5cc9, 0x3301, 0xf003, 0x030f]).str(R3, R0, DOWN + 16); // ldrb r1, [r1, r3]; ...
    code.put(&[0x1864]); // adds r4, r4, r1
    if kind == Kind::Stm32 {
        code.vmov_to(0, R4).vcvt_from_signed(1, 0).vmul(2, 1, 1).vadd(3, 3, 2).vmov_from(R1, 3);
        code.mov32(R0, 0x4002_0000).ldr(R2, R0, 0x10).put(&[0x1889]); // GPIOA.IDR; adds r1, r1, r2
        add_to_sum(code);
        // Every 64th time: a word of flash. What is there already stays, since bits only fall.
        code.put(&[0xf014, 0x0f3f, 0xd102]).str(R3, R7, 0).put(&[0x3704, 0xbf00]); // tst r4, #63; bne; adds r7, #4
    }
    // Every eighth time it sleeps.
    code.adds(R4, 1).put(&[0xf014, 0x0f07, 0xd100]).wfi(); // tst r4, #7; bne
    let offset = top.wrapping_sub(code.here() + 4);
    code.put(&[0xf000 | (offset >> 12 & 0x7ff) as u16, 0xb800 | (offset >> 1 & 0x7ff) as u16]);
    let last = code.halfwords.len() - 2;
    code.halfwords[last] = 0xf7ff; // b.w backwards, less than 4 KiB
}

fn handlers(kind: Kind, code: &mut Code) -> Vec<(usize, u32)> {
    let mut vectors = Vec::new();
    // SysTick: counts, and every fourth time a byte by RTT.
    vectors.push((15, code.here()));
    code.mov32(R2, SUM).ldr(R1, R2, 4).adds(R1, 1).str(R1, R2, 4).put(&[0xb502]); // push {r1, lr}
    add_to_sum(code);
    code.put(&[0xe8bd, 0x4002]); // pop.w {r1, lr}
    send_by_rtt(code);
    code.ret();
    // The timer: its counter into the sum.
    let (timer, base, value, clear) = match kind {
        Kind::Mps2 => (24, 0x4000_0000, 4, (12, 1)),
        Kind::Stm32 => (44, 0x4000_0000, 0x24, (0x10, 0)),
    };
    vectors.push((timer, code.here()));
    code.mov32(R0, base).movs(R1, clear.1).str(R1, R0, clear.0).ldr(R1, R0, value);
    if kind == Kind::Stm32 {
        code.vmov_to(8, R1).vadd(9, 9, 8);
    }
    add_to_sum(code);
    code.ret();
    // The UART: what came goes back, and into the sum.
    let (receive, base, data) = match kind {
        Kind::Mps2 => (16, 0x4000_4000, 0),
        Kind::Stm32 => (54, 0x4000_4400, 4),
    };
    vectors.push((receive, code.here()));
    code.mov32(R0, base).ldr(R1, R0, data).str(R1, R0, data);
    if kind == Kind::Mps2 {
        code.movs(R2, 2).str(R2, R0, 12);
    }
    add_to_sum(code);
    code.ret();
    vectors
}

/// The machine, from reset.
pub(crate) fn machine(kind: Kind) -> Machine {
    kept(kind, None)
}

/// The same, its chip kept in a folder.
pub(crate) fn kept(kind: Kind, chip: Option<&Path>) -> Machine {
    let (board, base) = match kind {
        Kind::Mps2 => ("qemu-mps2-an385", 0),
        Kind::Stm32 => ("stm32f4-discovery", 0x0800_0000),
    };
    let board = Registry::new(SearchPath::built_in()).board(board).unwrap();
    let mut code = Code::at(base + 0x400);
    start(kind, &mut code);
    main_loop(kind, &mut code);
    let vectors = handlers(kind, &mut code);
    assert!(code.here() < base + 0x4000 && R6 != R7);
    let mut table = vec![base + 0x401; 0x60];
    table[0] = RAM + 0x8000;
    for (exception, address) in vectors {
        table[exception] = address | 1;
    }
    let mut data: Vec<u8> = table.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    data.resize(0x400, 0);
    data.extend(code.halfwords.iter().flat_map(|half| half.to_le_bytes()));
    let segment = Segment { vaddr: base, paddr: base, mem_size: data.len() as u32, data, write: false };
    let elf = Elf { segments: vec![segment], symbols: vec![("_SEGGER_RTT", RAM)], ..Elf::empty(ARM) };
    Machine::create(&board, Some(&elf.bytes()), chip, Options::default()).unwrap().0
}

/// The sum, and how often SysTick came.
pub(crate) fn sum(machine: &Machine) -> [u32; 2] {
    let bytes = machine.read(SUM.into(), 8);
    [0, 4].map(|at| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap()))
}
