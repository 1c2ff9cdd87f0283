//! Exception entry, return, tail-chaining, priorities, masks and sleep, to the cycle.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::CoreModel;
use bksim_protocol::message::{LongWait, MaskedStretch, WaitedFor};

use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::{Cpu, DEVICE, M3, PROGRAM, RAM, Rig, STACK, also_on_all, on_every_core};

const ICSR: u32 = 0xe000_ed04;
const PENDSVSET: u32 = 1 << 28;
const SHPR2: u32 = 0xe000_ed1c;
const SHPR3: u32 = 0xe000_ed20;
const SCR: u32 = 0xe000_ed10;
const NVIC_ISER: u32 = 0xe000_e100;
const NVIC_ISPR: u32 = 0xe000_e200;
const NVIC_IPR: u32 = 0xe000_e400;
const SYST_CSR: u32 = 0xe000_e010;
const SYST_RVR: u32 = 0xe000_e014;
const SYST_CVR: u32 = 0xe000_e018;
const AIRCR: u32 = 0xe000_ed0c;

/// `store()` of asm.rs: two constants of two cycles each, then the store itself.
const STORE_BEFORE: u64 = 4;
fn store(cpu: Cpu) -> u64 {
    STORE_BEFORE + cpu.access
}

/// A handler that reads the device at `offset` and returns. The access comes two cycles behind its start.
fn reader(cpu: Cpu, base: u32, offset: u16) -> Code {
    let mut handler = cpu.code(base);
    handler.mov32(R0, DEVICE).ldr(R1, R0, offset).ret();
    handler
}
const READER_BEFORE: u64 = 2;
/// Constant, ldr, bx lr 1: what the refill would cost is part of the return.
fn reader_time(cpu: Cpu) -> u64 {
    READER_BEFORE + cpu.access + 1
}

fn access_cycles(rig: &Rig) -> Vec<(u64, u32)> {
    rig.bus.log.iter().map(|seen| (seen.0, seen.2 - DEVICE)).collect()
}

#[test]
fn systick_comes_at_the_exact_cycle() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(SYST_RVR, 99).store(SYST_CVR, 0).store(SYST_CSR, 7);
        let first_nop = program.here();
        program.nops(150).bkpt(0);
        let handler = reader(cpu, 0x200, 0);
        let mut rig = cpu.rig(&program, &[(15, &handler)]);
        rig.run_to_breakpoint();
        // The counter starts with the store to CSR; B3.3.1: from 0 it takes 1 + RELOAD ticks to the event.
        let started = 2 * store(cpu) + STORE_BEFORE;
        let event = started + 100;
        assert_eq!(access_cycles(&rig), [(event + cpu.entry + READER_BEFORE, 0)]);
        // The frame's return address is the nop that was to begin at the event: the first one began behind the store.
        let return_address = rig.word(STACK - 32 + 24);
        assert_eq!(return_address, first_nop + 2 * (event - (started + cpu.access)) as u32);
        let statistics = rig.core.statistics();
        let [systick] = &statistics.exceptions[..] else { panic!("{statistics:?}") };
        assert_eq!((systick.exception, &*systick.name, systick.latency.max), (15, "SysTick", cpu.entry));
        assert_eq!(rig.core.cycles(), started + cpu.access + 150 + cpu.entry + reader_time(cpu) + cpu.exit);
    });
}

#[test]
fn pendsv_is_tail_chained_behind_systick() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(SHPR3, 0x00ff_0000).store(SYST_RVR, 99).store(SYST_CVR, 0).store(SYST_CSR, 7);
        program.nops(120).bkpt(0);
        let mut systick = cpu.code(0x200);
        systick.mov32(R0, ICSR).mov32(R1, PENDSVSET).str(R1, R0, 0).ret();
        let pendsv = reader(cpu, 0x240, 4);
        let mut rig = cpu.rig(&program, &[(15, &systick), (14, &pendsv)]);
        rig.run_to_breakpoint();
        let event = 3 * store(cpu) + STORE_BEFORE + 100;
        let pended = event + cpu.entry + 4;
        let pendsv_starts = pended + cpu.access + 1 + cpu.tail_chain;
        assert_eq!(access_cycles(&rig), [(pendsv_starts + READER_BEFORE, 4)]);
        let back = pendsv_starts + reader_time(cpu) + cpu.exit;
        let switch = rig.core.statistics().context_switch.expect("one switch");
        assert_eq!((switch.count, switch.max), (1, back - pended));
    });
}

#[test]
fn svc_enters_behind_itself_and_returns() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.movs(R0, 7).svc(5).mov32(R2, DEVICE).str(R1, R2, 0).bkpt(0);
        // r1 := IPSR and LR; the frame's r1 is overwritten so that the program sees it.
        let mut handler = cpu.code(0x200);
        handler.mrs(R1, 5).put(&[0x9101]); // str r1, [sp, #4]
        handler.put(&[0x4672]); // mov r2, lr
        handler.mov32(R3, RAM).str(R2, R3, 0).ret();
        let mut rig = cpu.rig(&program, &[(11, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.word(STACK - 32 + 24), PROGRAM + 4, "behind the SVC");
        assert_eq!(rig.word(RAM), 0xffff_fff9, "thread mode, main stack (table B1-8)");
        // movs 1, svc 1; handler: mrs, str, mov 1, constant 2, str, bx 1; then constant 2.
        let store = 2 + cpu.entry + cpu.mrs + 2 * cpu.access + 4 + cpu.exit + 2;
        assert_eq!(rig.bus.log, [(store, program.here() - 4, DEVICE, 4, Some(11))]);
        assert_eq!(rig.register(13), STACK);
    });
}

#[test]
fn a_store_that_pends_an_interrupt_is_its_last_instruction() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1).movs(R3, 0).store(NVIC_ISPR, 1);
        let behind = program.here();
        program.movs(R3, 1).bkpt(0);
        let handler = reader(cpu, 0x200, 0);
        let mut rig = cpu.rig(&program, &[(16, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.word(STACK - 32 + 24), behind);
        let pended = store(cpu) + 1 + STORE_BEFORE;
        assert_eq!(access_cycles(&rig), [(pended + cpu.access + cpu.entry + READER_BEFORE, 0)]);
        assert_eq!(rig.core.statistics().exceptions[0].latency.max, cpu.access + cpu.entry);
    });
}

#[test]
fn a_store_in_an_it_block_that_pends_an_interrupt_is_its_last_instruction() {
    let mut program = Code::at(PROGRAM);
    program.store(NVIC_ISER, 1).mov32(R0, NVIC_ISPR).movs(R1, 1).movs(R2, 0).cmp(R2, 0);
    program.put(&[0xbf01, 0x3201, 0x6001, 0x3202, 0x3204]); // itttt eq: adds r2,#1; str r1,[r0]; adds r2,#2; adds r2,#4
    let behind = program.here() - 4;
    program.bkpt(0);
    // The handler sees r2 as it was interrupted, and the frame's ITSTATE with two instructions to go.
    let mut handler = Code::at(0x200);
    handler.mov32(R0, RAM).str(R2, R0, 0).ret();
    let mut rig = Rig::new(&program, &[(16, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!(rig.word(RAM), 1);
    assert_eq!(rig.word(STACK - 32 + 24), behind);
    // ITSTATE 0000'0001 advances to 0000'0010, 0000'0100 (A7.3.2); bits 7:2 are xPSR[15:10], bits 1:0 xPSR[26:25].
    assert_eq!(rig.word(STACK - 32 + 28) & 0x0600_fc00, 1 << 10);
    assert_eq!(rig.register(2), 7, "the rest of the block runs behind the return");
}

#[test]
fn a_more_important_interrupt_pre_empts() {
    on_every_core(|cpu| {
        // Interrupt 0 at 0x80 pends interrupt 1 at 0x40 in its handler.
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 3).store(NVIC_IPR, 0x4080).store(NVIC_ISPR, 1).nop().bkpt(0);
        let mut low = cpu.code(0x200);
        low.store(NVIC_ISPR, 2).store(DEVICE, 1).ret();
        let high = reader(cpu, 0x280, 4);
        let mut rig = cpu.rig(&program, &[(16, &low), (17, &high)]);
        rig.run_to_breakpoint();
        let order: Vec<u64> = access_cycles(&rig).into_iter().map(|(_, register)| u64::from(register)).collect();
        assert_eq!(order, [4, 0]);
    });
}

#[test]
fn a_more_important_interrupt_of_the_same_group_waits() {
    let mut program = Code::at(PROGRAM);
    program.store(AIRCR, 0x05fa_0000 | 7 << 8).store(NVIC_ISER, 3).store(NVIC_IPR, 0x4080).store(NVIC_ISPR, 1);
    program.nop().bkpt(0);
    let mut low = Code::at(0x200);
    low.store(NVIC_ISPR, 2).store(DEVICE, 1).ret();
    let high = reader(M3, 0x280, 4);
    let mut rig = Rig::new(&program, &[(16, &low), (17, &high)]);
    rig.run_to_breakpoint();
    let order: Vec<u64> = access_cycles(&rig).into_iter().map(|(_, register)| u64::from(register)).collect();
    assert_eq!(order, [0, 4]);
}

#[test]
fn primask_holds_off_until_it_is_cleared() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1);
        let cpsid = program.here();
        program.cpsid_i().store(NVIC_ISPR, 1).nops(20).cpsie_i();
        let behind = program.here();
        program.nops(3).bkpt(0);
        let handler = reader(cpu, 0x200, 0);
        let mut rig = cpu.rig(&program, &[(16, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.word(STACK - 32 + 24), behind);
        // From the end of CPSID to the end of CPSIE.
        let masked = store(cpu) + 20 + cpu.cps;
        let longest = MaskedStretch { cycles: masked, from: u64::from(cpsid), to: u64::from(behind) - 2 };
        assert_eq!(rig.core.statistics().longest_masked, Some(longest));
        let cleared = store(cpu) + cpu.cps + masked;
        assert_eq!(access_cycles(&rig), [(cleared + cpu.entry + READER_BEFORE, 0)]);
        let pended = store(cpu) + cpu.cps + STORE_BEFORE;
        let statistics = rig.core.statistics();
        let cycles = cleared + cpu.entry - pended;
        assert_eq!(statistics.exceptions[0].latency.max, cycles);
        let waited_for = Some(WaitedFor::Mask { cycles: masked, from: longest.from, to: longest.to });
        assert_eq!(statistics.exceptions[0].longest, [LongWait { cycles, pended_at: pended, waited_for }]);
    });
}

#[test]
fn basepri_holds_off_by_priority() {
    for (basepri, taken) in [(0x40, false), (0x60, true), (0x20, false)] {
        let mut program = Code::at(PROGRAM);
        program.store(NVIC_ISER, 1).store(NVIC_IPR, 0x40).movs(R0, basepri).msr(17, R0).store(NVIC_ISPR, 1);
        program.nops(3).store(DEVICE, 1).bkpt(0);
        let handler = reader(M3, 0x200, 4);
        let mut rig = Rig::new(&program, &[(16, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.bus.log.len(), if taken { 2 } else { 1 }, "BASEPRI {basepri:#x}");
    }
}

#[test]
fn wfi_wakes_by_systick() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(SYST_RVR, 999).store(SYST_CVR, 0).store(SYST_CSR, 7).wfi().bkpt(0);
        let handler = reader(cpu, 0x200, 0);
        let mut rig = cpu.rig(&program, &[(15, &handler)]);
        assert_eq!(rig.run(1_000_000), CoreStop::Asleep);
        let asleep = rig.core.cycles();
        assert_eq!(asleep, 3 * store(cpu) + cpu.wfi);
        assert_eq!(rig.run(1_000_000), CoreStop::Asleep, "still");
        let event = 2 * store(cpu) + STORE_BEFORE + 1000;
        assert_eq!(rig.core.next_event(), Some(event));
        rig.core.sleep_until(event - 10);
        assert_eq!((rig.core.cycles(), rig.run(1_000_000)), (event - 10, CoreStop::Asleep));
        rig.core.sleep_until(event + 500);
        assert_eq!(rig.core.cycles(), event, "not behind the core's own event");
        rig.run_to_breakpoint();
        assert_eq!(access_cycles(&rig), [(event + cpu.entry + READER_BEFORE, 0)]);
        assert_eq!(rig.core.statistics().sleep_cycles, event - asleep);
    });
}

#[test]
fn with_primask_wfi_wakes_and_the_handler_waits() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1).cpsid_i().wfi().store(DEVICE, 1).cpsie_i().nop().bkpt(0);
        let handler = reader(cpu, 0x200, 4);
        let mut rig = cpu.rig(&program, &[(16, &handler)]);
        assert_eq!(rig.run(1_000_000), CoreStop::Asleep);
        rig.core.set_irq(0, true, rig.core.cycles());
        rig.core.set_irq(0, false, rig.core.cycles());
        rig.run_to_breakpoint();
        assert_eq!(rig.bus.log.iter().map(|seen| seen.2 - DEVICE).collect::<Vec<_>>(), [0, 4]);
    });
}

#[test]
fn wfe_takes_the_event_first() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        // The first WFE finds SEV's event and clears it; the second one sleeps.
        program.sev().nop().wfe().movs(R0, 1).wfe().movs(R0, 2).bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        assert_eq!(rig.run(1_000_000), CoreStop::Asleep);
        assert_eq!((rig.register(0), rig.pc()), (1, PROGRAM + 10));
        // With SEVONPEND an interrupt that becomes pending wakes it, though it is not enabled (B1.5.18).
        let mut program = cpu.code(PROGRAM);
        program.store(SCR, 1 << 4).wfe().bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        assert_eq!(rig.run(1_000_000), CoreStop::Asleep);
        rig.core.set_irq(3, true, rig.core.cycles());
        rig.run_to_breakpoint();
    });
}

#[test]
fn the_frame_is_aligned_and_says_so() {
    on_every_core(|cpu| {
        // B1.5.7: SP = (SP - 32) AND NOT 4; xPSR bit 9 tells that there were four bytes between.
        for (subtract, frame, aligned_bit) in [(0, STACK - 32, 0), (0xb081, STACK - 40, 1)] {
            let mut program = cpu.code(PROGRAM);
            program.put(&[if subtract == 0 { 0xbf00 } else { subtract }]).svc(0).bkpt(0);
            let mut handler = cpu.code(0x200);
            handler.put(&[0x4669]).mov32(R0, RAM).str(R1, R0, 0).ret(); // mov r1, sp
            let mut rig = cpu.rig(&program, &[(11, &handler)]);
            rig.run_to_breakpoint();
            assert_eq!(rig.word(RAM), frame);
            assert_eq!(rig.word(frame + 28) >> 9 & 1, aligned_bit);
            assert_eq!(rig.register(13), if subtract == 0 { STACK } else { STACK - 4 });
        }
    });
}

#[test]
fn an_unprivileged_thread_on_the_process_stack() {
    on_every_core(|cpu| {
        let psp = RAM + 0x4000;
        let mut program = cpu.code(PROGRAM);
        program.mov32(R0, psp).msr(9, R0).movs(R0, 3).msr(20, R0).put(&[0xf3bf, 0x8f6f]); // isb
        program.svc(0).mrs(R3, 20).bkpt(0);
        let mut handler = cpu.code(0x200);
        handler.mrs(R0, 20).mov32(R1, RAM).str(R0, R1, 0).put(&[0x4670]).str(R0, R1, 4); // mov r0, lr
        handler.put(&[0x4668]).str(R0, R1, 8).mrs(R0, 9).str(R0, R1, 12).ret(); // mov r0, sp; mrs r0, psp
        let mut rig = cpu.rig(&program, &[(11, &handler)]);
        rig.run_to_breakpoint();
        // In the handler: nPRIV stays, SPSEL reads 0 (B1.4.4); EXC_RETURN says process stack; the frame is there. A
        // Cortex-M0 has no nPRIV.
        let npriv = u32::from(cpu.model != CoreModel::CortexM0);
        let expected = [npriv, 0xffff_fffd, STACK, psp - 32];
        assert_eq!([0, 4, 8, 12].map(|offset| rig.word(RAM + offset)), expected);
        assert_eq!((rig.register(3), rig.register(13)), (2 | npriv, psp));
    });
}

#[test]
fn sleep_on_exit() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(SCR, 2).store(NVIC_ISER, 1).store(NVIC_ISPR, 1);
        let behind = program.here();
        program.bkpt(0);
        let handler = reader(cpu, 0x200, 0);
        let mut rig = cpu.rig(&program, &[(16, &handler)]);
        assert_eq!(rig.run(1_000_000), CoreStop::Asleep);
        assert_eq!((rig.pc(), rig.bus.log.len()), (behind, 1));
    });
}

#[test]
fn an_interrupt_whose_line_stays_high_comes_again() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1).nops(4);
        program.hang();
        let handler = reader(cpu, 0x200, 0);
        let mut rig = cpu.rig(&program, &[(16, &handler)]);
        assert_eq!(rig.run(20), CoreStop::Horizon);
        rig.core.set_irq(0, true, 20);
        assert_eq!(
            rig.run(20 + cpu.entry + 2 * (reader_time(cpu) + cpu.tail_chain) + reader_time(cpu)),
            CoreStop::Horizon
        );
        assert_eq!(rig.bus.log.len(), 3, "tail-chained to itself");
        rig.core.set_irq(0, false, rig.core.cycles());
        rig.run(1000);
        assert!(rig.bus.log.len() <= 4);
    });
}

#[test]
fn priority_registers_take_bytes_and_keep_implemented_bits() {
    // In Armv6-M a byte there is unpredictable (Arm DDI 0419, B3.1.1); this is what becomes of it.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.mov32(R0, NVIC_IPR).movs(R1, 0xff).put(&[0x7081]); // strb r1, [r0, #2]
        program.ldr(R2, R0, 0).mov32(R0, SHPR2).put(&[0x70c1]).ldr(R3, R0, 0).bkpt(0); // strb r1, [r0, #3]
        let mut rig = cpu.rig(&program, &[]);
        rig.run_to_breakpoint();
        let bits = if cpu.is_armv6m() { 0xc0 } else { 0xe0 };
        assert_eq!((rig.register(2), rig.register(3)), (bits << 16, bits << 24));
    });
}

#[test]
fn basepri_has_as_many_bits_as_priorities() {
    let mut program = Code::at(PROGRAM);
    program.movs(R0, 0xff).msr(17, R0).mrs(R1, 17).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(1), 0xe0);
}

#[test]
fn identity() {
    let reads =
        [(0xe000_ed00, 0x412f_c231), (0xe000_ed90, 0), (0xe000_edf0, 0), (0xe000_e004, 0), (0xe000_ed0c, 0xfa05_0000)];
    for (address, value) in reads {
        let mut program = Code::at(PROGRAM);
        program.mov32(R0, address).ldr(R1, R0, 0).bkpt(0);
        let mut rig = Rig::new(&program, &[]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(1), value, "{address:#x}");
    }
}

#[test]
fn reset_request_and_reset() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(RAM, 1).store(AIRCR, 0x05fa_0004).movs(R0, 1).hang();
        let mut rig = cpu.rig(&program, &[]);
        assert_eq!(rig.run(1_000_000), CoreStop::ResetRequest);
        assert_eq!((rig.core.cycles(), rig.register(0)), (2 * store(cpu), 0));
        rig.core.reset();
        assert_eq!((rig.core.cycles(), rig.pc(), rig.register(13)), (0, PROGRAM, STACK));
        assert_eq!(rig.word(RAM), 1, "memory stays");
        // Without its key the write is ignored.
        let mut program = cpu.code(PROGRAM);
        program.store(AIRCR, 0x0000_0004).bkpt(0);
        cpu.rig(&program, &[]).run_to_breakpoint();
    });
}

#[test]
fn semihosting() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.movs(R0, 0x18).movs(R1, 9).bkpt(0xab).movs(R2, 1).bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        assert_eq!(rig.run(100), CoreStop::Semihosting { operation: 0x18, parameter: 9 });
        rig.core.set_register(0, 77);
        rig.run_to_breakpoint();
        assert_eq!((rig.register(0), rig.register(2)), (77, 1));
    });
}

#[test]
fn a_cleared_pending_interrupt_does_not_come() {
    on_every_core(|cpu| {
        const NVIC_ICPR: u32 = 0xe000_e280;
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1).cpsid_i().store(NVIC_ISPR, 1).store(NVIC_ICPR, 1).cpsie_i().nops(3).bkpt(0);
        let handler = reader(cpu, 0x200, 0);
        let mut rig = cpu.rig(&program, &[(16, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.bus.log, []);
    });
}

#[test]
fn an_interrupt_at_every_offset_of_a_window() {
    // IT block, multiple transfer, push and pop, divide, branches: whatever is interrupted goes on as if it was not.
    let mut program = Code::at(PROGRAM);
    program.store(NVIC_ISER, 1).mov32(R0, RAM).movs(R1, 3).movs(R2, 100).movs(R3, 7);
    let top = program.here();
    program.put(&[0xfbb2, 0xf2f3]); // udiv r2, r2, r3
    program.cmp(R2, 14).put(&[0xbf0d, 0x3201, 0x6002, 0x3a01, 0x3202]); // iteet eq: adds; str [r0]; subs; adds
    program.put(&[0xc00e]).put(&[0x3808 | 4]).push(0x0f).pop(0x0f).subs(R1, 1).branch_if(1, top); // stmia r0!, ...
    program.bkpt(0);
    let handler = reader(M3, 0x200, 0);
    let undisturbed = {
        let mut rig = Rig::new(&program, &[(16, &handler)]);
        rig.run_to_breakpoint();
        (rig.core.cycles(), (0..8).map(|index| rig.register(index)).collect::<Vec<_>>())
    };
    let mut last = 0;
    for at in 8..undisturbed.0 {
        let mut rig = Rig::new(&program, &[(16, &handler)]);
        assert_eq!(rig.run(at), CoreStop::Horizon);
        let boundary = rig.core.cycles();
        rig.core.set_irq(0, true, at);
        rig.core.set_irq(0, false, at);
        rig.run_to_breakpoint();
        let registers: Vec<u32> = (0..8).map(|index| rig.register(index)).collect();
        assert_eq!(registers, undisturbed.1, "interrupted at {at}");
        // Entered at the boundary, exactly. A load or store behind a return does not share a cycle any more.
        assert_eq!(access_cycles(&rig), [(boundary + M3.entry + READER_BEFORE, 0)], "interrupted at {at}");
        let cost = M3.entry + reader_time(M3) + M3.exit;
        let cycles = rig.core.cycles() - cost;
        assert!(cycles == undisturbed.0 || cycles == undisturbed.0 + 1, "interrupted at {at}: {cycles}");
        last = at;
    }
    assert!(last > 80, "{last}");
}

#[test]
fn a_more_important_exception_during_stacking_goes_first() {
    on_every_core(|cpu| {
        // Interrupt 0 at 0x40 is pended by a store; SysTick, at 0, fires during its stacking.
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1).store(NVIC_IPR, 0x40).mov32(R0, NVIC_ISPR).movs(R1, 1);
        program.store(SYST_RVR, 13 - 1).store(SYST_CVR, 0).store(SYST_CSR, 7).str(R1, R0, 0).nops(5).bkpt(0);
        let mut systick = cpu.code(0x200);
        systick.mov32(R0, SYST_CSR).movs(R1, 0).str(R1, R0, 0).mov32(R0, DEVICE).str(R1, R0, 4).ret();
        let external = reader(cpu, 0x240, 8);
        let mut rig = cpu.rig(&program, &[(15, &systick), (16, &external)]);
        rig.run_to_breakpoint();
        // The store to CSR begins at `started`; the one to ISPR directly behind takes one cycle on a Cortex-M3.
        let started = 2 * store(cpu) + 3 + 2 * store(cpu) + STORE_BEFORE;
        let pended = started + cpu.access;
        let str = if cpu.is_armv6m() { 2 } else { 1 };
        let event = started + 13;
        let handler = pended + str + cpu.entry;
        assert!(pended + str < event && event < handler);
        // SysTick's handler: mov32 2, movs 1, str, mov32 2, then its store, str, bx 1.
        let first = handler + 5 + cpu.access;
        let second = first + cpu.access + 1 + cpu.tail_chain;
        assert_eq!(access_cycles(&rig), [(first, 4), (second + READER_BEFORE, 8)]);
        let statistics = rig.core.statistics();
        let latencies: Vec<(u32, u64)> =
            statistics.exceptions.iter().map(|entry| (entry.exception, entry.latency.max)).collect();
        assert_eq!(latencies, [(15, handler - event), (16, second - pended)]);
        // The other one waited for the end of the more important handler.
        let waits = statistics.exceptions[1].longest[0].waited_for;
        let ran = second - cpu.tail_chain - handler;
        assert_eq!(waits, Some(WaitedFor::Handler { cycles: ran, exception: 15, entry: 0x200 }));
        assert_eq!(statistics.exceptions[0].longest[0].waited_for, None);
        assert_eq!(rig.register(13), STACK);
    });
}

also_on_all! {
    MAINLINE as mainline {
        a_store_in_an_it_block_that_pends_an_interrupt_is_its_last_instruction,
        a_more_important_interrupt_pre_empts,
        a_more_important_interrupt_of_the_same_group_waits,
        basepri_holds_off_by_priority,
        with_primask_wfi_wakes_and_the_handler_waits,
        wfe_takes_the_event_first,
        the_frame_is_aligned_and_says_so,
        an_unprivileged_thread_on_the_process_stack,
        sleep_on_exit,
        priority_registers_take_bytes_and_keep_implemented_bits,
        basepri_has_as_many_bits_as_priorities,
        semihosting,
        a_cleared_pending_interrupt_does_not_come,
    }
}

also_on_all! {
    MAINLINE as to_the_cycle {
        systick_comes_at_the_exact_cycle,
        pendsv_is_tail_chained_behind_systick,
        svc_enters_behind_itself_and_returns,
        a_store_that_pends_an_interrupt_is_its_last_instruction,
        primask_holds_off_until_it_is_cleared,
        wfi_wakes_by_systick,
        an_interrupt_whose_line_stays_high_comes_again,
        reset_request_and_reset,
        a_more_important_exception_during_stacking_goes_first,
    }
}

also_on_all! {
    AS_CORTEX_M3 as as_cortex_m3 {
        an_interrupt_at_every_offset_of_a_window,
    }
}
