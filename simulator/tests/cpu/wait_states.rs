//! Wait states of the STM32F407's flash memory, as firmware sees them: FLASH_ACR and the cycle counter (RM0090 3.5; what is
//! charged for is in the head of `devices/stm32/flash/access.rs`).

use bksim::machine::{Machine, Options};
use bksim_protocol::message::Stop;

use crate::asm::{Code, R0, R1, R2, R3, R4, R5};
use crate::discovery::discovery;
use crate::elf::{ARM, Elf, Segment};

const FLASH: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;
const ACR: u32 = 0x4002_3c00;
const PRFTEN: u32 = 1 << 8;
const ICEN: u32 = 1 << 9;

/// Sets ACR, then measures four lines of straight code, and a loop of ten rounds inside a line; the code is at `base`.
/// The first figure goes to the first word of RAM, the second one to the second.
fn program(base: u32, acr: u32) -> Code {
    let mut code = Code::at(base);
    code.store(0xe000_edfc, 1 << 24).store(0xe000_1000, 1).mov32(R5, 0xe000_1000).mov32(R0, ACR);
    code.mov32(R1, acr);
    while code.here() % 16 != 14 {
        code.nop();
    }
    code.str(R1, R0, 0);
    // The line begins here, and it is the first instruction that the new setting is for.
    code.ldr(R2, R5, 4).nops(31).ldr(R4, R5, 4).put(&[0x1aa4]).movs(R1, 10).nops(5); // subs r4, r4, r2
    code.ldr(R2, R5, 4);
    let top = code.here();
    code.subs(R1, 1).branch_if(1, top).ldr(R3, R5, 4).put(&[0x1a9b]); // subs r3, r3, r2
    code.mov32(R0, RAM).str(R4, R0, 0).str(R3, R0, 4).bkpt(0);
    assert_eq!(top % 16, 2);
    code
}

fn figures(base: u32, acr: u32) -> [u64; 2] {
    let code = program(base, acr);
    let bytes = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let segment = |address: u32, data: Vec<u8>| Segment {
        vaddr: address,
        paddr: address,
        mem_size: data.len() as u32,
        data,
        write: false,
    };
    let code_bytes = code.halfwords.iter().flat_map(|half| half.to_le_bytes()).collect();
    let segments = vec![segment(FLASH, bytes(&[RAM + 0x8000, base | 1])), segment(base, code_bytes)];
    let elf = Elf { segments, ..Elf::empty(ARM) };
    let mut machine = Machine::create(&discovery(), Some(&elf.bytes()), None, Options::default()).unwrap().0;
    let stop = std::iter::repeat_with(|| machine.step(None)).take(20).flatten().next();
    assert_eq!(stop, Some(Stop::Breakpoint { pc: (code.here() - 2).into() }));
    let results = machine.read(RAM.into(), 8);
    [0, 4].map(|at| u32::from_le_bytes(*results[at..].first_chunk().unwrap()).into())
}

/// A load right behind a store, of one cycle, and 31 NOPs; a load of two, ten times SUBS, nine branches taken and one that is not.
const STRAIGHT: u64 = 1 + 31;
const LOOP: u64 = 2 + 10 + 9 * 3 + 1;

#[test]
fn nothing_is_waited_for_after_reset() {
    assert_eq!(figures(FLASH + 0x400, 0), [STRAIGHT, LOOP]);
}

#[test]
fn each_line_and_each_branch_taken_costs_the_latency() {
    for latency in 1..=7 {
        let waits = u64::from(latency);
        assert_eq!(figures(FLASH + 0x400, latency), [STRAIGHT + 4 * waits, LOOP + 9 * waits], "{latency} wait states");
    }
}

#[test]
fn prefetch_hides_the_next_line_and_not_a_branch() {
    assert_eq!(figures(FLASH + 0x400, 5 | PRFTEN), [STRAIGHT, LOOP + 9 * 5]);
}

#[test]
fn the_instruction_cache_hides_both() {
    assert_eq!(figures(FLASH + 0x400, 5 | ICEN), [STRAIGHT, LOOP]);
    assert_eq!(figures(FLASH + 0x400, 5 | ICEN | PRFTEN), [STRAIGHT, LOOP]);
}

/// Where the flash memory appears a second time it is as slow; RAM is not.
#[test]
fn wait_states_are_the_flash_memory_s() {
    assert_eq!(figures(0x400, 5), [STRAIGHT + 4 * 5, LOOP + 9 * 5]);
    assert_eq!(figures(RAM + 0x1000, 5), [STRAIGHT, LOOP]);
}
