//! What unprivileged code may do beyond memory (Arm DDI 0403E, B1.3.1): the private peripheral bus (B3.1.1, B3.2), special
//! registers (B5.2), and privileged code that asks as it does (A7.7.67 and its neighbours).

use crate::asm::{Code, R0, R1, R2, R3, R4, R5, R6};
use crate::mpu::{BUS_FAULT, MEM_MANAGE, PLACE, PRIVDEFENA, access, program, protected, run, size};
use crate::rig::{self, Rig, also_on_all};

/// CCR, and its bit USERSETMPEND (B3.2.8).
const CCR: u32 = 0xe000_ed14;
const USERSETMPEND: u32 = 1 << 1;
/// STIR (B3.2.26).
const STIR: u32 = 0xe000_ef00;
const PRECISERR: u32 = 0x8200;

#[test]
fn the_private_peripheral_bus_is_out_of_reach() {
    // B3.1.1: a BusFault, for every register of it and by bytes and halfwords, too: DWT, FPB, SysTick, NVIC, SCB, MPU, ROM
    // table. ldr, ldrb, ldrh, str, strb, strh.
    let addresses =
        [0xe000_1000, 0xe000_2000, 0xe000_e010, 0xe000_e100, 0xe000_e400, 0xe000_ed00, 0xe000_ed90, 0xe00f_f000];
    for address in addresses {
        for instruction in [0x680a, 0x780a, 0x880a, 0x600a, 0x700a, 0x800a] {
            let (program, _) = program(|code| {
                code.unprivileged().mov32(R1, address).put(&[instruction]);
            });
            let (pc, report, _) = run(&rig::config(false), &program);
            let report = report.expect("a fault");
            assert_eq!((pc, report.cfsr, report.bfar), (BUS_FAULT, PRECISERR, Some(address)), "{instruction:04x}");
        }
    }
}

#[test]
fn the_software_trigger_can_be_opened() {
    // B3.2.26 and B3.2.8: with USERSETMPEND, for stores only.
    for (open, load, faults) in [(false, false, true), (true, false, false), (true, true, true)] {
        let (program, _) = program(|code| {
            code.store(CCR, 1 << 9 | if open { USERSETMPEND } else { 0 });
            code.unprivileged().mov32(R1, STIR).movs(R2, 5);
            if load {
                code.ldr(R2, R1, 0)
            } else {
                code.str(R2, R1, 0)
            };
        });
        let (pc, report, mut rig) = run(&rig::config(false), &program);
        assert_eq!(report.is_some(), faults, "open {open}, load {load}");
        if faults {
            assert_eq!((pc, report.map(|report| report.bfar)), (BUS_FAULT, Some(Some(STIR))));
        }
        let pending = rig.core.debugger_read(&mut rig.bus, 0xe000_e200, 4);
        assert_eq!(pending, Ok(if faults { 0 } else { 1 << 5 }));
    }
}

#[test]
fn special_registers_read_as_zero_and_ignore_writes() {
    // B5.2.2 and B5.2.3: of all that MRS reads, unprivileged code sees APSR and CONTROL; of all that MSR writes, APSR.
    let (program, _) = program(|code| {
        code.mov32(R1, rig::RAM + 0x4000).msr(9, R1); // PSP
        code.movs(R0, 0x40).msr(17, R0); // BASEPRI
        code.unprivileged().mov32(R0, 0xffff_ffff);
        for special in [8, 9, 16, 17, 19, 20] {
            code.msr(special, R0);
        }
        code.put(&[0xb672, 0xb671]); // cpsid i; cpsid f
        code.mrs(R1, 8).mrs(R2, 9).mrs(R3, 16).mrs(R4, 17).mrs(R5, 19).mrs(R6, 20);
        code.mov32(R0, 0xf800_0000).put(&[0xf380, 0x8800]).mrs(R0, 3); // msr apsr_nzcvq, r0; mrs r0, xpsr
    });
    let (_, report, rig) = run(&rig::config(false), &program);
    assert_eq!(report, None);
    assert_eq!([1, 2, 3, 4, 5, 6].map(|index| rig.register(index)), [0, 0, 0, 0, 0, 1]);
    assert_eq!(rig.register(0), 0xf800_0000, "APSR is everybody's; EPSR reads as zero");
}

#[test]
fn what_was_ignored_has_not_happened() {
    // Back in a handler: the stack pointers, PRIMASK, BASEPRI and FAULTMASK are what privileged code has left there.
    let (program, _) = program(|code| {
        code.mov32(R1, rig::RAM + 0x4000).msr(9, R1).movs(R0, 0x40).msr(17, R0);
        code.store(0xe000_ed1c, 0x2000_0000); // SVCall is more important than BASEPRI
        code.unprivileged().mov32(R0, 0x1234_5678).msr(8, R0).msr(9, R0).msr(16, R0).msr(17, R0).msr(19, R0);
        code.put(&[0xb672, 0xb671]).svc(0); // cpsid i; cpsid f
    });
    let mut svc = Code::at(0x300);
    svc.mrs(R1, 8).mrs(R2, 9).mrs(R3, 16).mrs(R4, 17).mrs(R5, 19).mrs(R6, 20).bkpt(1);
    let mut rig = Rig::with(&rig::config(false), &program, &[(11, &svc)]);
    assert_eq!((rig.run_to_breakpoint(), rig.core.fault_report()), (svc.base + 24, None));
    let expected = [rig::STACK - 32, rig::RAM + 0x4000, 0, 0x40, 0, 1];
    assert_eq!([1, 2, 3, 4, 5, 6].map(|index| rig.register(index)), expected);
}

#[test]
fn privileged_code_can_ask_as_unprivileged_code() {
    // ldrt r2, [r1]; strt r2, [r1]; and their bytes and halfwords: what unprivileged code may not touch is a violation,
    // though the instruction is privileged. The plain ones pass.
    let unprivileged = [0xf851, 0xf811, 0xf831, 0xf911, 0xf931, 0xf841, 0xf801, 0xf821];
    for first in unprivileged {
        for (second, faults) in [(0x2e00, true), (0x2b00, false)] {
            let (program, _) = program(|code| {
                code.region(0, PLACE, access(1) | size(10)).protect(PRIVDEFENA).mov32(R1, PLACE).put(&[first, second]);
            });
            let (pc, report, _) = run(&protected(&rig::config(false)), &program);
            assert_eq!(
                report.map(|report| (pc, report.cfsr, report.mmfar)),
                faults.then_some((MEM_MANAGE, 0x82, Some(PLACE))),
                "{first:04x} {second:04x}"
            );
        }
    }
}

#[test]
fn asking_as_unprivileged_code_does_not_outlast_the_instruction() {
    // In one page: ldrt where both may, ldr where only privileged code may, and ldrt there.
    let (program, _) = program(|code| {
        code.region(0, PLACE, access(3) | size(10)).region(1, PLACE + 0x20, access(1) | size(5)).protect(0);
        code.mov32(R1, PLACE).put(&[0xf851, 0x2e00]).ldr(R3, R1, 0x20).put(&[0xf851, 0x2e04]).ldr(R3, R1, 0x24);
        code.put(&[0xf851, 0x2e20]);
    });
    let (pc, report, _) = run(&protected(&rig::config(false)), &program);
    let report = report.expect("a fault");
    assert_eq!((pc, report.mmfar), (MEM_MANAGE, Some(PLACE + 0x20)));
}

#[test]
fn asking_the_private_peripheral_bus_as_unprivileged_code() {
    // ldrt r2, [r1]: a BusFault; a device of the chip does not care.
    for (address, faults) in [(0xe000_ed00, true), (rig::DEVICE, false)] {
        let (program, _) = program(|code| {
            code.mov32(R1, address).put(&[0xf851, 0x2e00]);
        });
        let (pc, report, _) = run(&rig::config(false), &program);
        assert_eq!(report.map(|report| (pc, report.bfar)), faults.then_some((BUS_FAULT, Some(address))));
    }
}

also_on_all! {
    MAINLINE as mainline {
        the_private_peripheral_bus_is_out_of_reach,
        the_software_trigger_can_be_opened,
        special_registers_read_as_zero_and_ignore_writes,
        what_was_ignored_has_not_happened,
        privileged_code_can_ask_as_unprivileged_code,
        asking_as_unprivileged_code_does_not_outlast_the_instruction,
        asking_the_private_peripheral_bus_as_unprivileged_code,
    }
}
