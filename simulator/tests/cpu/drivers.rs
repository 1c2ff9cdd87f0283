//! What firmware's drivers rely on, on whole machines: the three things that went wrong in another simulator and misled
//! people about their RTOS.

use bksim::machine::{Machine, Options};
use bksim_protocol::message::Stop;
use bluekernel_boards::model::{Board, Interrupts, Nvic};
use bluekernel_boards::registry::{Registry, SearchPath};

use crate::asm::{Code, R0, R1, R2, R3, R4, R5, R6, R7};
use crate::elf::{ARM, Elf, Segment};
use crate::rig::{Cpu, M0, M3};

/// Where results go.
const RESULT: u32 = 0x2000_0000;
const NVIC_ISER: u32 = 0xe000_e100;
const NVIC_ICPR: u32 = 0xe000_e280;

const TIMER0: u32 = 0x4000_0000;
const TIMER0_IRQ: u32 = 8;
const UART0: u32 = 0x4000_4000;
const UART0_TX_IRQ: u32 = 1;

fn board(name: &str) -> Board {
    Registry::new(SearchPath::built_in()).check(name).unwrap().board
}

/// The MPS2's FPGA with this core in it. All of it runs at 25 MHz.
fn mps2(cpu: Cpu) -> Board {
    let mut board = board("qemu-mps2-an385");
    if cpu.is_armv6m() {
        board.chip.core = "cortex-m0".into();
        board.chip.interrupts = Interrupts::Nvic(Nvic { irqs: 32, prio_bits: 2 });
        board.chip.mpu_regions = 0;
    }
    board
}

/// Runs a program to its BKPT, with a handler for one external interrupt; the words at [`RESULT`].
fn run<const N: usize>(board: &Board, code: &Code, handler: Option<(u32, &Code)>) -> [u32; N] {
    let base = board.code_memory().expect("code").base as u32;
    let mut table = vec![0x2000_8000, code.base | 1];
    let mut segments = Vec::new();
    let mut put = |address: u32, data: Vec<u8>| {
        let mem_size = data.len() as u32;
        segments.push(Segment { vaddr: address, paddr: address, data, mem_size, write: false });
    };
    if let Some((irq, handler)) = handler {
        table.resize(16 + irq as usize + 1, 0);
        table[16 + irq as usize] = handler.base | 1;
        put(handler.base, handler.bytes());
    }
    put(base, table.iter().flat_map(|word| word.to_le_bytes()).collect());
    put(code.base, code.bytes());
    segments.sort_by_key(|segment| segment.vaddr);
    let elf = Elf { segments, ..Elf::empty(ARM) };
    let mut machine = Machine::create(board, Some(&elf.bytes()), None, Options::default()).unwrap().0;
    let stop = std::iter::repeat_with(|| machine.step(None)).take(20_000).flatten().next();
    let end = Stop::Breakpoint { pc: u64::from(code.here() - 2) };
    assert_eq!(machine.stopped(stop.expect("it goes on for ever")).stop, end);
    let bytes = machine.read(u64::from(RESULT), 4 * N);
    std::array::from_fn(|index| u32::from_le_bytes(bytes[4 * index..][..4].try_into().unwrap()))
}

#[test]
fn a_completion_interrupt_comes_after_the_time_on_the_wire() {
    // A driver starts a transfer, and lets go of its lock a little later. Two characters of 2,170 clocks (10 bits of 217)
    // follow each other: the transmitter asks for more when the first one has left, and not at the next tick.
    for cpu in [M3, M0] {
        let mut code = cpu.code(0x400);
        code.store(TIMER0 + 8, u32::MAX).store(TIMER0, 1).store(UART0 + 16, 217);
        code.mov32(R0, UART0).mov32(R1, TIMER0).mov32(R4, RESULT).movs(R2, 1).str(R2, R0, 8); // transmitter on
        code.movs(R3, 0x61).ldr(R5, R1, 4).str(R3, R0, 0); // r5: the time of the first character
        let again = code.here();
        code.ldr(R3, R0, 4).put(&[0x07db]).branch_if(1, again); // the buffer is full: lsls r3, #31; bne
        code.movs(R3, 5).str(R3, R0, 8).store(NVIC_ISER, 1 << UART0_TX_IRQ); // with interrupt
        code.movs(R2, 1).str(R2, R4, 0).movs(R3, 0x62).str(R3, R0, 0); // lock; the second character
        code.nops(60).movs(R2, 0).str(R2, R4, 0).wfi(); // unlock
        code.put(&[0x1bad]).str(R5, R4, 8).bkpt(0); // subs r5, r5, r6: the timer counts down
        let mut handler = cpu.code(0x200);
        handler.ldr(R6, R1, 4).ldr(R7, R4, 0).str(R7, R4, 4); // the time; the lock as it is found
        handler.movs(R3, 1).str(R3, R0, 12).ret(); // INTCLEAR
        let [lock, found, clocks] = run(&mps2(cpu), &code, Some((UART0_TX_IRQ, &handler)));
        assert_eq!((lock, found), (0, 0), "the lock was free");
        // A sixteenth of a bit to the shifter, the first character, and then the interrupt's entry.
        let wire = 217 / 16 + 2_170;
        assert!((wire..wire + 60).contains(&clocks), "{clocks}");
    }
}

#[test]
fn a_pending_interrupt_that_the_driver_takes_back_does_not_come() {
    // TIMER0's interrupt is pending behind PRIMASK. Taken back at the device and at the NVIC, it is gone; at the NVIC alone,
    // where the device still asks for it, it is not.
    for cpu in [M3, M0] {
        for (at_device, expected) in [(true, 0), (false, 1)] {
            let mut code = cpu.code(0x400);
            code.store(RESULT, 0).cpsid_i().store(NVIC_ISER, 1 << TIMER0_IRQ);
            code.store(TIMER0 + 8, 20).store(TIMER0, 9).nops(60).store(TIMER0, 0); // it has fired, and stands still
            if at_device {
                code.store(TIMER0 + 12, 1);
            }
            code.store(NVIC_ICPR, 1 << TIMER0_IRQ).cpsie_i().nops(4).bkpt(0);
            let mut handler = cpu.code(0x200);
            handler.store(RESULT, 1).store(TIMER0 + 12, 1).ret();
            let [came] = run(&mps2(cpu), &code, Some((TIMER0_IRQ, &handler)));
            assert_eq!(came, expected, "{:?}, at the device: {at_device}", cpu.model);
        }
    }
}

#[test]
fn a_timer_counts_its_own_clock_and_not_the_cores() {
    // RM0090, 7.2: with APB1 at a quarter of the core's clock its timers have twice that, a half.
    const RCC_CFGR: u32 = 0x4002_3808;
    const APB1ENR: u32 = 0x4002_3840;
    const TIM2: u32 = 0x4000_0000;
    let mut code = Code::at(0x0800_0400);
    code.store(RCC_CFGR, 0b101 << 10).store(APB1ENR, 1).store(TIM2, 1);
    code.store(0xe000_edfc, 1 << 24).store(0xe000_1000, 1); // CYCCNT counts the core's
    code.mov32(R0, TIM2 + 0x24).mov32(R1, 0xe000_1004).mov32(R4, RESULT);
    code.ldr(R2, R0, 0).ldr(R3, R1, 0).nops(1_000).ldr(R5, R0, 0).ldr(R6, R1, 0);
    code.put(&[0x1aad, 0x1af6]).str(R5, R4, 0).str(R6, R4, 4).bkpt(0); // subs r5, r5, r2; subs r6, r6, r3
    let [ticks, cycles] = run(&board("stm32f4-discovery"), &code, None);
    assert!(cycles >= 1_000 && cycles.abs_diff(2 * ticks) <= 1, "{ticks} ticks in {cycles} cycles");
}
