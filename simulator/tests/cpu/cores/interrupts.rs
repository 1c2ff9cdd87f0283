//! Interrupts of a device go to all cores, and each enables what it wants; those of the SIO go to one.

use bksim_protocol::message::Stop;

use super::{BOTH, CYCLE, Engines, FIFO_RD, FIFO_WR, SIO, first, machine, run, second, word};
use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::RAM;

const ISER: u32 = 0xe000_e100;
/// Arm CMSDK APB timer: CTRL, VALUE, RELOAD, INTCLEAR.
const TIMER0: u32 = 0x4000_0000;
/// Interrupts of the timer, counted by the core that took them.
const TICKS: u32 = RAM + 0x100;
/// The last word that core 0 was sent.
const MAIL: u32 = RAM + 0x200;

/// The handlers of the timer's interrupt and of core 0's FIFO.
fn handlers() -> [Code; 2] {
    let mut timer = Code::armv6m_at(0x200);
    timer.mov32(R0, TIMER0).movs(R1, 1).str(R1, R0, 0xc);
    // Which core: r0 = TICKS + 4 * CPUID.
    timer.mov32(R0, SIO).ldr(R0, R0, 0).put(&[0x0080]).mov32(R1, TICKS).put(&[0x1840]);
    timer.ldr(R1, R0, 0).adds(R1, 1).str(R1, R0, 0).ret();
    let mut mail = Code::armv6m_at(timer.end());
    mail.mov32(R0, SIO + u32::from(FIFO_RD)).ldr(R0, R0, 0).mov32(R1, MAIL).str(R0, R1, 0).ret();
    [timer, mail]
}

/// Core 1 counts five ticks of a millisecond and tells core 0, which sleeps until it is told.
fn ticks(engines: Engines, core_0_wants_them: bool) -> ([u32; 2], u64, u64) {
    let [timer, mail] = handlers();
    let (mut one, mut other) = (first(), second());
    one.store(ISER, 1 << 15 | u32::from(core_0_wants_them)).mov32(R1, MAIL);
    let top = one.here();
    one.wfi().ldr(R0, R1, 0).cmp(R0, 0).branch_if(0, top).bkpt(0);
    other.store(ISER, 1).store(TIMER0 + 8, 99_999).store(TIMER0, 9).mov32(R2, TICKS + 4).pool();
    let top = other.here();
    other.wfi().ldr(R3, R2, 0).cmp(R3, 5).branch_if(1, top);
    other.mov32(R0, SIO + u32::from(FIFO_WR)).str(R3, R0, 0);
    let top = other.here();
    other.wfi().branch(top);
    let mut machine = machine(engines, [&one, &other], &[(16, &timer), (31, &mail)]);
    let stop = run(&mut machine);
    assert!(matches!(stop, Stop::Breakpoint { .. }), "{engines:?}: {stop:?}");
    assert_eq!(word(&machine, MAIL), 5);
    ([word(&machine, TICKS), word(&machine, TICKS + 4)], machine.now() / CYCLE, machine.instructions())
}

#[test]
fn a_core_takes_an_interrupt_while_the_other_one_sleeps() {
    let [fast, slow] = BOTH.map(|engines| ticks(engines, false));
    assert_eq!(fast, slow);
    let (counts, end, instructions) = fast;
    assert_eq!(counts, [0, 5]);
    // 5 ms are 500,000 cycles, to which the set-up, five handlers and core 0's way out add little.
    assert!((500_000..500_300).contains(&end) && instructions < 300, "{fast:?}");
}

/// The line is up for both until the first one clears it, and pends in both by then.
#[test]
fn an_interrupt_that_both_enable_both_take() {
    let [fast, slow] = BOTH.map(|engines| ticks(engines, true));
    assert_eq!(fast, slow);
    assert_eq!(fast.0, [5, 5]);
}

/// Each core has its own SysTick, at its own pace, and neither hears the other's.
#[test]
fn each_core_has_its_own_systick() {
    let mut tick = Code::armv6m_at(0x200);
    tick.mov32(R0, SIO).ldr(R0, R0, 0).put(&[0x0080]).mov32(R1, TICKS).put(&[0x1840]);
    tick.ldr(R1, R0, 0).adds(R1, 1).str(R1, R0, 0).ret();
    let systick = |code: &mut Code, reload: u32| {
        // SYST_RVR, SYST_CVR, SYST_CSR (Arm DDI 0419, B3.3).
        code.store(0xe000_e014, reload).store(0xe000_e018, 0).store(0xe000_e010, 7).pool();
        let top = code.here();
        code.wfi().branch(top);
    };
    for engines in BOTH {
        let (mut one, mut other) = (first(), second());
        systick(&mut one, 999);
        systick(&mut other, 2499);
        let mut machine = machine(engines, [&one, &other], &[(15, &tick)]);
        assert_eq!(super::run_until(&mut machine, 100_200 * CYCLE), Stop::Time);
        assert_eq!([word(&machine, TICKS), word(&machine, TICKS + 4)], [100, 40], "{engines:?}");
    }
}
