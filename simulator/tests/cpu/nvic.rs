//! The interrupt controller's registers, and what else shows or changes the state of exceptions: ICSR, SHCSR, AIRCR.PRIGROUP,
//! VTOR and the priority masks (Arm DDI 0403E, B1.4.3, B1.5.4, B3.2 and B3.4).

use bksim::cpu::cortex_m::{CoreModel, CortexConfig};

use crate::asm::{Code, R0, R1, R2};
use crate::rig::{self, PROGRAM, RAM, Rig, STACK, also_on_all};
use crate::told::{Tell, run, told};

const ISER: u32 = 0xe000_e100;
const ICER: u32 = 0xe000_e180;
const ISPR: u32 = 0xe000_e200;
const ICPR: u32 = 0xe000_e280;
const IABR: u32 = 0xe000_e300;
const IPR: u32 = 0xe000_e400;
const STIR: u32 = 0xe000_ef00;
const ICTR: u32 = 0xe000_e004;
const ICSR: u32 = 0xe000_ed04;
const VTOR: u32 = 0xe000_ed08;
const AIRCR: u32 = 0xe000_ed0c;
const SHPR2: u32 = 0xe000_ed1c;
const SHPR3: u32 = 0xe000_ed20;
const SHCSR: u32 = 0xe000_ed24;
/// ICSR.
const NMIPENDSET: u32 = 1 << 31;
const PENDSVSET: u32 = 1 << 28;
const PENDSVCLR: u32 = 1 << 27;
const PENDSTSET: u32 = 1 << 26;
const PENDSTCLR: u32 = 1 << 25;
const ISRPENDING: u32 = 1 << 22;
const RETTOBASE: u32 = 1 << 11;
/// MRS and MSR.
const PRIMASK: u16 = 16;
const BASEPRI: u16 = 17;
const BASEPRI_MAX: u16 = 18;
const FAULTMASK: u16 = 19;
const CPSID_F: u16 = 0xb671;

/// A handler that says a number.
fn sayer(base: u32, number: u16) -> Code {
    let mut handler = Code::at(base);
    handler.say(number).ret();
    handler
}

#[test]
fn registers_take_words_halfwords_and_bytes() {
    // DDI 0337, 6.1: NVIC registers by byte, halfword and word. strb r1, [r0, #1]; strh r1, [r0, #2]
    let pieces = [(0x7041, 0x0000_ff00), (0x8041, 0xffff_0000)];
    for (set, clear) in [(ISER, ICER), (ISPR, ICPR)] {
        for (piece, bits) in pieces {
            let mut program = Code::at(PROGRAM);
            program.cpsid_i().mov32(R1, u32::MAX).mov32(R0, set).put(&[piece]).tell(set).tell(clear);
            program.str(R1, R0, 0).mov32(R0, clear).put(&[piece]).tell(set);
            // ldrb r2, [r0, #3]; ldrh r2, [r0, #2], of the register that sets.
            program.mov32(R0, set).put(&[0x78c2, 0x8843]).mov32(R0, RAM).put(&[0x6002, 0x6043]).bkpt(0);
            let mut rig = Rig::new(&program, &[]);
            rig.run_to_breakpoint();
            assert_eq!(told(&rig), [bits, bits, !bits], "{set:#x}");
            assert_eq!([rig.word(RAM), rig.word(RAM + 4)], [!bits >> 24, !bits >> 16], "{set:#x}");
        }
    }
}

#[test]
fn lines_that_a_chip_has_not_have_no_bits() {
    // B3.4.1: registers and bits of lines that are not implemented are RAZ/WI; ICTR (B3.2.24) counts groups of 32.
    let mut program = Code::at(PROGRAM);
    program.cpsid_i();
    for register in [ISER, ISER + 4, ISPR, ISPR + 4, IPR + 0x10, IPR + 0x14] {
        program.store(register, u32::MAX).tell(register);
    }
    program.tell(ICTR).store(STIR, 20).tell(ISPR).bkpt(0);
    let config = CortexConfig { irqs: 20, prio_bits: 4, ..rig::config(false) };
    let mut rig = Rig::with(&config, &program, &[]);
    rig.run_to_breakpoint();
    assert_eq!(told(&rig), [0x000f_ffff, 0, 0x000f_ffff, 0, 0xf0f0_f0f0, 0, 0, 0x000f_ffff]);
    let mut program = Code::at(PROGRAM);
    program.tell(ICTR).bkpt(0);
    for (irqs, groups) in [(32, 0), (33, 1), (240, 7)] {
        let mut rig = Rig::with(&CortexConfig { irqs, ..rig::config(false) }, &program, &[]);
        rig.run_to_breakpoint();
        assert_eq!(told(&rig), [groups], "{irqs}");
    }
}

#[test]
fn a_software_trigger_makes_an_interrupt_pending_and_active() {
    // B3.2.26 and B3.4.8.
    let mut program = Code::at(PROGRAM);
    program.store(ISER, 1 << 9).store(STIR, 9).tell(IABR).tell(ISPR).bkpt(0);
    let mut handler = Code::at(0x200);
    handler.tell(IABR).tell(ISPR).ret();
    assert_eq!(run(&program, &[(16 + 9, &handler)]), [1 << 9, 0, 0, 0]);
}

#[test]
fn a_disabled_interrupt_stays_pending() {
    // B3.4.5: what is disabled does not come, and comes once it is enabled.
    let mut program = Code::at(PROGRAM);
    program.store(ISER, 3).store(ICER, 1).tell(ISER).store(ISPR, 1).nop().tell(ISPR).store(ISER, 1).tell(ISPR).bkpt(0);
    assert_eq!(run(&program, &[(16, &sayer(0x200, 7))]), [2, 1, 7, 0]);
}

#[test]
fn the_state_register_shows_what_is_active_and_pending() {
    // B3.2.4. SysTick, PendSV and interrupt 3 are pending in the handler of interrupt 5, which is more important.
    let mut program = Code::at(PROGRAM);
    program.store(SHPR3, 0x60c0_0000).store(IPR, 0x40 << 24).store(IPR + 4, 0x20 << 8).store(ISER, 1 << 3 | 1 << 5);
    program.tell(ICSR).store(ISPR, 1 << 5).tell(ICSR).bkpt(0);
    let mut handler = Code::at(0x200);
    handler.tell(ICSR).store(ICSR, PENDSTSET).tell(ICSR).store(ICSR, PENDSVSET).store(ISPR, 1 << 3).tell(ICSR);
    handler.store(ICSR, PENDSTCLR).store(ICSR, PENDSVCLR).tell(ICSR).store(ICPR, 1 << 3).tell(ICSR).ret();
    let others = [14, 15, 19].map(|exception| (exception, sayer(0x300, 9)));
    let mut handlers = vec![(21, &handler)];
    handlers.extend(others.iter().map(|(exception, code)| (*exception, code)));
    let words = run(&program, &handlers);
    // RETTOBASE is not known in thread mode.
    assert_eq!([words[0], words[6]].map(|word| word & !RETTOBASE), [0, 0]);
    let pending = |exception: u32| exception << 12;
    let active = 21 | RETTOBASE;
    assert_eq!(
        words[1..6],
        [
            active,
            active | PENDSTSET | pending(15),
            active | PENDSTSET | PENDSVSET | ISRPENDING | pending(19),
            active | ISRPENDING | pending(19),
            active,
        ]
    );
}

#[test]
fn in_a_nested_handler_there_is_something_to_return_to() {
    let mut program = Code::at(PROGRAM);
    program.store(IPR, 0x0040).store(ISER, 3).store(ISPR, 1).nop().bkpt(0);
    let mut outer = Code::at(0x200);
    outer.store(ISPR, 2).tell(ICSR).ret();
    let mut inner = Code::at(0x280);
    inner.tell(ICSR).ret();
    assert_eq!(run(&program, &[(16, &outer), (17, &inner)]), [17, 16 | RETTOBASE]);
}

#[test]
fn what_is_pending_but_masked() {
    // VECTPENDING knows BASEPRI and FAULTMASK, and not PRIMASK (Arm DUI 0553A, table 4-15; DUI 0552A, the same).
    let mut program = Code::at(PROGRAM);
    program.cpsid_i().store(IPR, 0x60).store(ISER, 1).store(ISPR, 1).tell(ICSR);
    for basepri in [0x80, 0x60, 0x20] {
        program.movs(R0, basepri).msr(BASEPRI, R0).tell(ICSR);
    }
    program.movs(R0, 0).msr(BASEPRI, R0).put(&[CPSID_F]).tell(ICSR).bkpt(0);
    let words = run(&program, &[]).into_iter().map(|word| word & !RETTOBASE).collect::<Vec<_>>();
    let pending = ISRPENDING | 16 << 12;
    assert_eq!(words, [pending, pending, ISRPENDING, ISRPENDING, ISRPENDING]);
}

#[test]
fn software_makes_system_exceptions_pending_and_takes_them_back() {
    // SHCSR (B3.2.13): SVCALLPENDED, USGFAULTPENDED, BUSFAULTPENDED, MEMFAULTPENDED. What is not enabled waits.
    const ENABLED: u32 = 7 << 16;
    for (pended, enabled, exception) in
        [(1 << 15, 0, 11), (1 << 12, 1 << 18, 6), (1 << 14, 1 << 17, 5), (1 << 13, 1 << 16, 4)]
    {
        let handler = sayer(0x200, exception);
        let vector = [(exception.into(), &handler)];
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, pended | ENABLED).nop().say(1).bkpt(0);
        assert_eq!(run(&program, &vector), [exception.into(), 1], "{pended:#x}");
        // Behind PRIMASK it is seen, and taken back.
        let mut program = Code::at(PROGRAM);
        program.cpsid_i().store(SHCSR, pended | ENABLED).tell(SHCSR).store(SHCSR, ENABLED).tell(SHCSR).cpsie_i();
        program.nop().bkpt(0);
        assert_eq!(run(&program, &vector), [pended | ENABLED, ENABLED], "{pended:#x}");
        if enabled != 0 {
            let mut program = Code::at(PROGRAM);
            program.store(SHCSR, pended).nop().tell(SHCSR).store(SHCSR, pended | enabled).nop().say(1).bkpt(0);
            assert_eq!(run(&program, &vector), [pended, exception.into(), 1], "{pended:#x}");
        }
    }
}

#[test]
fn software_changes_what_is_active() {
    // An operating system makes SVCall inactive in its handler, and may then start another one (B3.2.13): with SVCALLACT the
    // SVC would be one of equal priority, a HardFault.
    for (cleared, expected) in [(true, vec![1, 2]), (false, vec![1, 3])] {
        let mut program = Code::at(PROGRAM);
        program.movs(R0, 0).svc(0).bkpt(9);
        let mut handler = Code::at(0x200);
        handler.cmp(R0, 0).branch_if(1, 0x240).say(1).movs(R0, 1);
        if cleared {
            handler.store(SHCSR, 0);
        }
        handler.svc(0).bkpt(8);
        let handler_end = handler.here();
        assert!(handler_end <= 0x240);
        while handler.here() < 0x240 {
            handler.nop();
        }
        handler.say(2).bkpt(0);
        let mut hard_fault = Code::at(0x300);
        hard_fault.say(3).bkpt(0);
        assert_eq!(run(&program, &[(11, &handler), (3, &hard_fault)]), expected);
    }
}

#[test]
fn every_grouping_of_priorities() {
    // B1.5.4, table B1-5: PRIGROUP n leaves bits 7:n+1 for the group. The handler of interrupt 0 makes interrupt 1 pending:
    // it pre-empts if its group is the more important one.
    for prigroup in 0..8 {
        for (first, second) in [(0x03, 0x02), (0x05, 0x02), (0x80, 0x7f), (0x80, 0x81), (0xff, 0x00), (0x30, 0x20)] {
            let mut program = Code::at(PROGRAM);
            program.store(AIRCR, 0x05fa_0000 | prigroup << 8).tell(AIRCR).store(IPR, second << 8 | first);
            program.store(ISER, 3).store(ISPR, 1).nop().bkpt(0);
            let mut outer = Code::at(0x200);
            outer.store(ISPR, 2).nop().say(1).ret();
            let inner = sayer(0x280, 2);
            let config = CortexConfig { prio_bits: 8, ..rig::config(false) };
            let mut rig = Rig::with(&config, &program, &[(16, &outer), (17, &inner)]);
            rig.run_to_breakpoint();
            let pre_empts = second >> (prigroup + 1) < first >> (prigroup + 1);
            let order = if pre_empts { [2, 1] } else { [1, 2] };
            assert_eq!(told(&rig)[1..], order, "PRIGROUP {prigroup}, {first:#x}, {second:#x}");
            assert_eq!(told(&rig)[0], 0xfa05_0000 | prigroup << 8);
        }
    }
}

#[test]
fn a_mask_that_can_only_be_raised() {
    // MSR BASEPRI_MAX (B5.2.3): written only if it masks more than before, and never by 0.
    let mut program = Code::at(PROGRAM);
    for (register, value) in
        [(BASEPRI_MAX, 0xa0), (BASEPRI_MAX, 0x60), (BASEPRI_MAX, 0x80), (BASEPRI_MAX, 0), (BASEPRI, 0xc0), (BASEPRI, 0)]
    {
        program.movs(R0, value).msr(register, R0).tell_special(BASEPRI);
    }
    // MRS BASEPRI_MAX reads BASEPRI.
    program.movs(R0, 0x40).msr(BASEPRI, R0).tell_special(BASEPRI_MAX).bkpt(0);
    assert_eq!(run(&program, &[]), [0xa0, 0x60, 0x60, 0x60, 0xc0, 0, 0x40]);
}

#[test]
fn hard_fault_and_nmi_cannot_mask_faults() {
    // B5.2.1 and B5.2.3: CPSID f and MSR FAULTMASK work at a priority above -1 only.
    let set: [&[u16]; 2] = [&[CPSID_F], &[0xf380, 0x8813]]; // cpsid f; msr faultmask, r0
    for piece in set {
        let mut program = Code::at(PROGRAM);
        program.movs(R0, 1).put(piece).tell_special(FAULTMASK).movs(R0, 0).msr(FAULTMASK, R0).movs(R0, 1);
        program.store(ICSR, NMIPENDSET).nop().tell_special(FAULTMASK).put(&[0xde00]).bkpt(9);
        let mut nmi = Code::at(0x200);
        nmi.movs(R0, 1).put(piece).tell_special(FAULTMASK).ret();
        let mut hard_fault = Code::at(0x280);
        hard_fault.movs(R0, 1).put(piece).tell_special(FAULTMASK).bkpt(0);
        assert_eq!(run(&program, &[(2, &nmi), (3, &hard_fault)]), [1, 0, 0, 0], "{piece:04x?}");
    }
}

#[test]
fn masks_are_one_bit() {
    // B1.4.3: PRIMASK and FAULTMASK have bit 0.
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, 0xffff_fffe).mov32(R1, u32::MAX);
    for mask in [PRIMASK, FAULTMASK] {
        program.msr(mask, R0).tell_special(mask).msr(mask, R1).tell_special(mask);
    }
    program.bkpt(0);
    assert_eq!(run(&program, &[]), [0, 1, 0, 1]);
}

#[test]
fn the_vector_table_goes_where_it_is_put() {
    // B3.2.5; bits 31:30 came with the Cortex-M7 (DDI 0489; DDI 0337 and 0439: TBLOFF is 29:7).
    let model = rig::model(CoreModel::CortexM3);
    let all = match model {
        CoreModel::CortexM3 | CoreModel::CortexM4 | CoreModel::CortexM4F => 0x3fff_ff80,
        _ => 0xffff_ff80,
    };
    let table = RAM + 0x480;
    let mut program = Code::at(PROGRAM);
    program.store(table + 4 * 11, 0x301).store(VTOR, u32::MAX).tell(VTOR).store(VTOR, table + 0x7f).tell(VTOR);
    program.svc(0).store(VTOR, 0).svc(0).bkpt(0);
    let (moved, own) = (sayer(0x300, 1), sayer(0x200, 2));
    // Its vector is interrupt 200's, which nobody asks for: the handler must only be loaded.
    let words = run(&program, &[(11, &own), (200, &moved)]);
    assert_eq!(words, [all, table, 1, 2]);
}

#[test]
fn system_priorities_by_byte_and_reserved_ones() {
    // B3.2.10-12: SHPR1 has no byte for exception 7, SHPR2 only SVCall's, SHPR3 none for 13.
    let mut program = Code::at(PROGRAM);
    for register in [0xe000_ed18, SHPR2, SHPR3] {
        program.store(register, u32::MAX).tell(register);
    }
    program.mov32(R0, SHPR3).movs(R1, 0x40).put(&[0x70c1]).ldr(R2, R0, 0).mov32(R0, RAM).str(R2, R0, 0).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint(); // strb r1, [r0, #3]
    assert_eq!(told(&rig), [0x00e0_e0e0, 0xe000_0000, 0xe0e0_00e0]);
    assert_eq!(rig.word(RAM), 0x40e0_00e0);
    assert_eq!(rig.register(13), STACK);
}

also_on_all! {
    MAINLINE as mainline {
        registers_take_words_halfwords_and_bytes,
        lines_that_a_chip_has_not_have_no_bits,
        a_software_trigger_makes_an_interrupt_pending_and_active,
        a_disabled_interrupt_stays_pending,
        the_state_register_shows_what_is_active_and_pending,
        in_a_nested_handler_there_is_something_to_return_to,
        what_is_pending_but_masked,
        software_makes_system_exceptions_pending_and_takes_them_back,
        software_changes_what_is_active,
        every_grouping_of_priorities,
        a_mask_that_can_only_be_raised,
        hard_fault_and_nmi_cannot_mask_faults,
        masks_are_one_bit,
        the_vector_table_goes_where_it_is_put,
        system_priorities_by_byte_and_reserved_ones,
    }
}
