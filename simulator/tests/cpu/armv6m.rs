//! Where Armv6-M is not as Armv7-M: registers, priorities, time (Arm DDI 0419, parts A and B). What both have in common
//! is shown for all cores by `exceptions`.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::rig::{DEVICE, M0, M0_PLUS, PROGRAM, RAM, Rig, on_armv6m};

const VTOR: u32 = 0xe000_ed08;
const AIRCR: u32 = 0xe000_ed0c;
const SHPR2: u32 = 0xe000_ed1c;
const NVIC_ISER: u32 = 0xe000_e100;
const NVIC_ISPR: u32 = 0xe000_e200;
const NVIC_IPR: u32 = 0xe000_e400;
const STIR: u32 = 0xe000_ef00;

const HANDLER: u32 = 0x200;

/// What software reads of a word after reset, and after it has written ones to it.
fn before_and_after(config: &CortexConfig, address: u32) -> (u32, u32) {
    let mut program = Code::armv6m_at(PROGRAM);
    program.mov32(R0, address).ldr(R1, R0, 0).mov32(R2, u32::MAX).str(R2, R0, 0).ldr(R3, R0, 0).bkpt(0);
    let mut rig = Rig::with(config, &program, &[]);
    rig.run_to_breakpoint();
    (rig.register(1), rig.register(3))
}

#[test]
fn registers_after_reset_and_their_writable_bits() {
    on_armv6m(|cpu| {
        let is_plus = cpu.model == CoreModel::CortexM0Plus;
        let cpuid = if is_plus { 0x410c_c601 } else { 0x410c_c200 };
        let vtor = if is_plus { 0xffff_ff00 } else { 0 };
        for (address, reset, ones) in [
            (0xe000_e014, 0, 0x00ff_ffff), // SYST_RVR: 24 bits
            (NVIC_ISER, 0, u32::MAX),
            (NVIC_IPR, 0, 0xc0c0_c0c0),        // IPR0: two bits each (B3.4.7)
            (NVIC_IPR + 0x1c, 0, 0xc0c0_c0c0), // IPR7
            (0xe000_ed00, cpuid, cpuid),       // DDI 0432C and 0484C, table 4-1
            (VTOR, 0, vtor),
            (AIRCR, 0xfa05_0000, 0xfa05_0000), // no PRIGROUP, and no write without the key
            (0xe000_ed10, 0, 0x16),            // SCR: SEVONPEND, SLEEPDEEP, SLEEPONEXIT
            (0xe000_ed14, 0x208, 0x208),       // CCR: STKALIGN, UNALIGN_TRP, for good (B3.2.8)
            (SHPR2, 0, 0xc000_0000),
            (0xe000_ed20, 0, 0xc0c0_0000), // SHPR3
        ] {
            assert_eq!(before_and_after(&cpu.config(false), address), (reset, ones), "{address:#x}");
        }
    });
}

#[test]
fn registers_that_only_armv7_m_has_are_reserved() {
    // ACTLR, ICTR; ISER1, ICPR1, IABR0, IPR8; SHPR1, SHCSR, CFSR, HFSR, MMFAR, BFAR, AFSR; ID_PFR0; CPACR; FPCCR; ITM, DWT's
    // control and cycle counter, a vector catch, the breakpoint unit: zero, whatever is written.
    on_armv6m(|cpu| {
        for address in [
            0xe000_e008,
            0xe000_e004,
            0xe000_e104,
            0xe000_e284,
            0xe000_e300,
            0xe000_e420,
            0xe000_ed18,
            0xe000_ed24,
            0xe000_ed28,
            0xe000_ed2c,
            0xe000_ed34,
            0xe000_ed38,
            0xe000_ed3c,
            0xe000_ed40,
            0xe000_ed88,
            0xe000_ef34,
            0xe000_0000,
            0xe000_1000,
            0xe000_1004,
            0xe000_edfc,
            0xe000_2000,
        ] {
            assert_eq!(before_and_after(&cpu.config(false), address), (0, 0), "{address:#x}");
        }
    });
}

#[test]
fn interrupts_that_a_chip_has_not_have_no_bits() {
    let config = CortexConfig { irqs: 18, ..M0.config(false) };
    assert_eq!(before_and_after(&config, NVIC_ISER), (0, 0x3_ffff));
    assert_eq!(before_and_after(&config, NVIC_IPR + 16), (0, 0xc0c0));
    assert_eq!(before_and_after(&config, NVIC_IPR + 20), (0, 0));
}

#[test]
fn a_software_trigger_register_does_not_exist() {
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1).store(STIR, 0).nop().bkpt(0);
        let mut handler = cpu.code(HANDLER);
        handler.bkpt(1);
        assert_eq!(cpu.rig(&program, &[(16, &handler)]).run_to_breakpoint(), program.here() - 2);
    });
}

#[test]
fn four_levels_of_priority_and_no_grouping() {
    // B1.5.4: bits 7:6 count. Interrupt 0 at 0x80 pends 1 in its handler; 0x7f is 0x40, and pre-empts, whatever is written
    // where Armv7-M has PRIGROUP; 0xbf is 0x80, and does not.
    on_armv6m(|cpu| {
        for (priority, order) in [(0x7f, [1, 0]), (0xbf, [0, 1])] {
            let mut program = cpu.code(PROGRAM);
            program.store(AIRCR, 0x05fa_0700).store(NVIC_ISER, 3).store(NVIC_IPR, priority << 8 | 0x80);
            program.store(NVIC_ISPR, 1).nop().bkpt(0);
            let mut first = cpu.code(0x200);
            first.store(NVIC_ISPR, 2).store(DEVICE, 0).ret();
            let mut second = cpu.code(0x280);
            second.store(DEVICE, 1).ret();
            let mut rig = cpu.rig(&program, &[(16, &first), (17, &second)]);
            rig.run_to_breakpoint();
            let seen: Vec<u32> = rig.bus.log.iter().filter_map(|seen| seen.4).collect();
            assert_eq!(seen, order, "{priority:#x}");
        }
    });
}

#[test]
fn apsr_has_four_flags_and_msr_writes_nothing_else() {
    // B1.4.2 and B4.2.3: no Q, and IPSR and EPSR ignore writes.
    on_armv6m(|cpu| {
        for sysm in 0..8 {
            let mut program = cpu.code(PROGRAM);
            program.mov32(R0, u32::MAX).movs(R1, 1).msr(sysm, R0).mrs(R2, 3).mrs(R3, 5).bkpt(0);
            let mut rig = cpu.rig(&program, &[]);
            rig.run_to_breakpoint();
            let flags = if sysm < 4 { 0xf000_0000 } else { 0 };
            assert_eq!((rig.register(2), rig.register(3)), (flags, 0), "SYSm {sysm}");
        }
        // A frame's IT and Q do not come back either.
        let mut program = cpu.code(PROGRAM);
        program.svc(0).mrs(R2, 3).put(&[0x3401, 0x3401, 0x3401]).bkpt(0); // adds r4, #1
        let mut handler = cpu.code(HANDLER);
        handler.mov32(R0, 0x0e00_fc00 | 1 << 24).put(&[0x9007]).ret(); // str r0, [sp, #28]
        let mut rig = cpu.rig(&program, &[(11, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!((rig.register(2), rig.register(4)), (0, 3));
    });
}

#[test]
fn an_interrupt_at_every_offset_of_a_window() {
    // Multiple transfers, push and pop, calls, branches, CONTROL and flags: whatever is interrupted goes on as if it was not.
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(NVIC_ISER, 1).mov32(R0, RAM).movs(R1, 3).movs(R2, 100).movs(R3, 7).pool();
        let top = program.here();
        program.put(&[0x435a, 0xb2d2]).cmp(R2, 14).put(&[0xd000]); // muls r2, r3; uxtb r2; cmp; beq over one
        program.put(&[0xc00e, 0x380c]).push(0x0f).pop(0x0f).msr(0, R2).mrs(R4, 0); // stmia r0!, {r1-r3}; subs r0, #12
        program.put(&[0xf000, 0xf801, 0xe001, 0x3301, 0x4770]); // bl: adds r3, #1; bx lr
        program.movs(R4, 2).msr(20, R4).movs(R4, 0).msr(20, R4).subs(R1, 1).branch_if(1, top).bkpt(0);
        let mut handler = cpu.code(HANDLER);
        handler.mov32(R0, DEVICE).ldr(R1, R0, 0).ret();
        let start = |at| {
            let mut rig = cpu.rig(&program, &[(16, &handler)]);
            // Both stacks have room.
            let mut begin = cpu.code(0x300);
            begin.mov32(R0, RAM + 0x6000).msr(9, R0).mov32(R0, PROGRAM | 1).bx(R0);
            crate::rig::load(&mut *rig.core, &begin);
            assert!(rig.core.poke(4, &0x301_u32.to_le_bytes()));
            rig.core.reset();
            (at > 0).then(|| assert_eq!(rig.run(at), CoreStop::Horizon));
            rig
        };
        let state = |rig: &Rig| (0..8).map(|index| rig.register(index)).collect::<Vec<_>>();
        let mut undisturbed = start(0);
        undisturbed.run_to_breakpoint();
        let mut last = 0;
        for at in 30..undisturbed.core.cycles() {
            let mut rig = start(at);
            let boundary = rig.core.cycles();
            rig.core.set_irq(0, true, at);
            rig.core.set_irq(0, false, at);
            rig.run_to_breakpoint();
            assert_eq!(state(&rig), state(&undisturbed), "interrupted at {at}");
            // The device is read two cycles into the handler, which takes five.
            assert_eq!(rig.bus.log.iter().map(|seen| seen.0).collect::<Vec<_>>(), [boundary + cpu.entry + 2]);
            assert_eq!(rig.core.cycles(), undisturbed.core.cycles() + cpu.entry + 5 + cpu.exit, "interrupted at {at}");
            last = at;
        }
        assert!(last > 120, "{last}");
    });
}

#[test]
fn time_is_that_of_the_core() {
    // movs, three subs, two branches taken and one not, bl, bx, mrs, dmb, pop with PC, muls: DDI 0432C and 0484C, table 3-1.
    for (cpu, branch, link, special, pop) in [(M0, 3, 4, 4, 4 + 2), (M0_PLUS, 2, 3, 3, 3 + 2)] {
        let mut program = cpu.code(PROGRAM);
        program.movs(R1, 3);
        let top = program.here();
        program.subs(R1, 1).branch_if(1, top).put(&[0xf000, 0xf802]).bkpt(0); // bl over bkpt and nop
        program.nop().push(0x110).put(&[0xf000, 0xf803]); // push {r4, lr}; bl behind the pop
        program.mrs(R2, 3).pop(0x110); // mrs r2, xpsr; pop {r4, pc}
        program.put(&[0xf3bf, 0x8f5f, 0x434a, 0x4770]); // dmb; muls r2, r1; bx lr
        let mut rig = cpu.rig(&program, &[]);
        rig.run_to_breakpoint();
        let expected = 1 + 3 + 2 * branch + 1 + 2 * link + 3 + special + 1 + branch + special + pop;
        assert_eq!(rig.core.cycles(), expected, "{:?}", cpu.model);
    }
}

#[test]
fn only_the_cortex_m0_plus_moves_its_vector_table() {
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(RAM + 0x100 + 11 * 4, 0x281).store(VTOR, RAM + 0x1ff).svc(0);
        let mut here = cpu.code(HANDLER);
        here.bkpt(0);
        let mut there = cpu.code(0x280);
        there.bkpt(1);
        let mut rig = cpu.rig(&program, &[(11, &here)]);
        crate::rig::load(&mut *rig.core, &there);
        let expected = if cpu.model == CoreModel::CortexM0Plus { 0x280 } else { HANDLER };
        assert_eq!(rig.run_to_breakpoint(), expected);
    });
}

#[test]
fn bit_band_is_not_there() {
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(0x4200_0004, 1).bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        rig.run_to_breakpoint();
        assert_eq!(rig.bus.log.iter().map(|seen| (seen.2, seen.4)).collect::<Vec<_>>(), [(0x4200_0004, Some(1))]);
    });
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let refused = |config: CortexConfig| match cortex_m::new(&config) {
        Ok(_) => panic!("{config:?}"),
        Err(error) => error.to_string(),
    };
    let m0 = M0.config(false);
    assert_eq!(refused(CortexConfig { irqs: 33, ..m0.clone() }), "33 external interrupts: 1 to 32 are possible");
    assert_eq!(refused(CortexConfig { prio_bits: 3, ..m0.clone() }), "3 priority bits: 2 to 2 are possible");
    let words = "vector table at 0x8000: this core has it at 0, always";
    assert_eq!(refused(CortexConfig { vector_table: 0x8000, ..m0 }), words);
    let m0_plus = CortexConfig { vector_table: 0x80, ..M0_PLUS.config(false) };
    assert_eq!(refused(m0_plus), "vector table at 0x80: a multiple of 256 bytes is needed");
}

#[test]
fn cores_by_name() {
    assert_eq!(CoreModel::by_name("cortex-m0"), Some(CoreModel::CortexM0));
    assert_eq!(CoreModel::by_name("cortex-m0+"), Some(CoreModel::CortexM0Plus));
}

/// DDI 0419, B3.3: SysTick is an option, and an nRF51 has none. Its registers are reserved then, and no time makes it pend.
#[test]
fn a_chip_without_systick_has_no_registers_of_it() {
    let config = CortexConfig { without_systick: true, ..M0.config(false) };
    for address in [0xe000_e010, 0xe000_e014, 0xe000_e018, 0xe000_e01c] {
        assert_eq!(before_and_after(&config, address), (0, 0), "{address:#x}");
    }
    let mut program = Code::armv6m_at(PROGRAM);
    program.mov32(R0, 0xe000_e010).mov32(R1, 7).str(R1, R0, 4).str(R1, R0, 8).str(R1, R0, 0);
    program.mov32(R2, 0xe000_ed04).ldr(R3, R2, 0).ldr(R3, R2, 0).ldr(R3, R2, 0).ldr(R3, R2, 0).ldr(R3, R2, 0).bkpt(0);
    for (config, pending) in [(config, 0), (M0.config(false), 1 << 26)] {
        let mut handler = Code::armv6m_at(HANDLER);
        handler.mov32(R2, 0xe000_ed04).mov32(R3, 1 << 26).bkpt(0);
        let mut rig = Rig::with(&config, &program, &[(15, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(3) & 1 << 26, pending);
    }
}
