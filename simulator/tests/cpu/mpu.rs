//! The memory protection unit of Armv7-M (Arm DDI 0403E, B3.5): its registers, what regions permit, and the faults of
//! loads, stores and fetches.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::config::Architecture;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};
use bksim_protocol::message::FaultReport;

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::rig::{self, DEVICE, PROGRAM, RAM, Rig, STACK, also_on_all};

pub(crate) const TYPE: u32 = 0xe000_ed90;
pub(crate) const CTRL: u32 = 0xe000_ed94;
pub(crate) const RNR: u32 = 0xe000_ed98;
pub(crate) const RBAR: u32 = 0xe000_ed9c;
pub(crate) const RASR: u32 = 0xe000_eda0;
pub(crate) const SHCSR: u32 = 0xe000_ed24;

/// MPU_CTRL (B3.5.5).
pub(crate) const ENABLE: u32 = 1;
pub(crate) const HFNMIENA: u32 = 2;
pub(crate) const PRIVDEFENA: u32 = 4;
/// MPU_RASR (B3.5.9).
pub(crate) const XN: u32 = 1 << 28;

/// RASR.AP.
pub(crate) const fn access(permission: u32) -> u32 {
    permission << 24
}

/// RASR.SIZE and ENABLE for a region of 2^`log` bytes.
pub(crate) const fn size(log: u32) -> u32 {
    (log - 1) << 1 | 1
}

/// MMFSR bits, the lowest byte of CFSR (B3.2.15).
pub(crate) const IACCVIOL: u32 = 1;
pub(crate) const DACCVIOL: u32 = 1 << 1;
pub(crate) const MMARVALID: u32 = 1 << 7;

/// HardFault, MemManage, BusFault and UsageFault each have a BKPT here, 16 bytes apart.
pub(crate) const HANDLERS: u32 = 0x200;

/// Somewhere in RAM, at the begin of 4 KiB.
pub(crate) const PLACE: u32 = RAM + 0x2000;

/// The same core with a unit of eight regions.
pub(crate) fn protected(config: &CortexConfig) -> CortexConfig {
    CortexConfig { mpu_regions: 8, ..config.clone() }
}

impl Code {
    /// Sets a region up, on Armv8-M one that means the same.
    pub(crate) fn region(&mut self, number: u32, base: u32, attributes: u32) -> &mut Self {
        self.store(RNR, number);
        if rig::config(false).model.architecture() != Architecture::V8M {
            return self.store(RBAR, base).store(RASR, attributes);
        }
        let Some(ap) = [1, 3, 5, 6].iter().position(|ap| attributes & access(7) == access(*ap)) else {
            panic!("Armv8-M has no such permission");
        };
        let last = base + ((1_u64 << ((attributes >> 1 & 0x1f) + 1)) - 1) as u32;
        self.store(RBAR, base | (ap as u32) << 1 | attributes >> 28 & 1).store(RASR, last & !0x1f | 1)
    }

    /// Flash may be executed and the stack used by everybody, regions 7 and 6; the unit is switched on.
    pub(crate) fn protect(&mut self, control: u32) -> &mut Self {
        self.region(7, 0, access(6) | size(16)).region(6, STACK - 0x400, access(3) | size(10));
        self.store(CTRL, control | ENABLE)
    }

    /// Goes on unprivileged: `movs r0, #1; msr control, r0; isb`.
    pub(crate) fn unprivileged(&mut self) -> &mut Self {
        self.movs(R0, 1).msr(20, R0).put(&[0xf3bf, 0x8f6f])
    }
}

/// A rig with a BKPT in every fault handler, run to a BKPT; where that was, and the report.
pub(crate) fn run(config: &CortexConfig, program: &Code) -> (u32, Option<FaultReport>, Rig) {
    let handlers: Vec<(u32, Code)> = (3..=6)
        .map(|exception| {
            let mut handler = Code::at(HANDLERS + 0x10 * (exception - 3));
            handler.bkpt(0);
            (exception, handler)
        })
        .collect();
    let handlers: Vec<(u32, &Code)> = handlers.iter().map(|(exception, code)| (*exception, code)).collect();
    let mut rig = Rig::with(config, program, &handlers);
    let pc = rig.run_to_breakpoint();
    (pc, rig.core.fault_report(), rig)
}

/// Where MemManage's BKPT is.
pub(crate) const MEM_MANAGE: u32 = HANDLERS + 0x10;
pub(crate) const BUS_FAULT: u32 = HANDLERS + 0x20;

/// Enables the faults, does what `fill` says, and ends in `bkpt 9`. The program, and where `fill` began.
pub(crate) fn program(fill: impl FnOnce(&mut Code)) -> (Code, u32) {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, 7 << 16);
    let here = program.here();
    fill(&mut program);
    program.bkpt(9);
    (program, here)
}

fn m3() -> CortexConfig {
    protected(&rig::config(false))
}

/// What a load or store at the end of `fill` comes to: MMFAR, or `None` for no fault.
fn violation(fill: impl FnOnce(&mut Code)) -> Option<u32> {
    let (program, _) = program(fill);
    let (pc, report, _) = run(&m3(), &program);
    let report = report?;
    assert_eq!((pc, report.cfsr), (MEM_MANAGE, DACCVIOL | MMARVALID), "{}", report.summary);
    report.mmfar
}

#[test]
fn registers_keep_what_they_have() {
    // B3.5.4-10: eight regions; the base without bits 4:0, behind it RNR; RASR without its reserved bits.
    let mut rig = Rig::with(&m3(), &Code::at(PROGRAM), &[]);
    let mut write = |address, value| rig.core.debugger_write(&mut rig.bus, address, 4, value).unwrap();
    write(RNR, 3);
    write(RBAR, 0xffff_ffe0);
    write(RASR, u32::MAX);
    write(RBAR + 8, 0x2000_0035); // the first alias, with VALID: region 5
    write(TYPE, u32::MAX);
    write(CTRL, 0xffff_fffe);
    let mut rig_read = |address| rig.core.debugger_read(&mut rig.bus, address, 4).unwrap();
    assert_eq!([TYPE, CTRL, RNR, RBAR, RASR].map(&mut rig_read), [0x800, 6, 5, 0x2000_0025, 0]);
    assert_eq!([RBAR + 8, RBAR + 16, RBAR + 24].map(&mut rig_read), [0x2000_0025; 3]);
    rig.core.debugger_write(&mut rig.bus, RNR, 4, 3).unwrap();
    let mut rig_read = |address| rig.core.debugger_read(&mut rig.bus, address, 4).unwrap();
    assert_eq!([RBAR, RASR, RASR + 24].map(&mut rig_read), [0xffff_ffe3, 0x173f_ff3f, 0x173f_ff3f]);
    // By halfwords, too: SIZE and ENABLE are one, the attributes the other.
    rig.core.debugger_write(&mut rig.bus, RASR, 2, 0x0009).unwrap();
    rig.core.debugger_write(&mut rig.bus, RNR, 4, 8).unwrap();
    let mut rig_read = |address| rig.core.debugger_read(&mut rig.bus, address, 4).unwrap();
    assert_eq!([RASR, RNR].map(&mut rig_read), [0x173f_0009, 3], "there is no region 8");
}

#[test]
fn without_a_unit_there_is_nothing() {
    let mut rig = Rig::with(&rig::config(false), &Code::at(PROGRAM), &[]);
    for address in (TYPE..TYPE + 0x34).step_by(4) {
        rig.core.debugger_write(&mut rig.bus, address, 4, u32::MAX).unwrap();
        assert_eq!(rig.core.debugger_read(&mut rig.bus, address, 4), Ok(0), "{address:#x}");
    }
}

#[test]
fn the_smallest_region_is_exact() {
    // 32 bytes that nobody may read, in a region that everybody may (B3.5.9, SIZE 4).
    for (offset, wanted) in [(0, None), (0x3c, None), (0x40, Some(0x40)), (0x5c, Some(0x5c)), (0x60, None)] {
        let got = violation(|code| {
            code.region(0, PLACE, access(3) | size(12)).region(1, PLACE + 0x40, access(0) | size(5));
            code.protect(0).mov32(R1, PLACE).ldr(R2, R1, offset);
        });
        assert_eq!(got, wanted.map(|offset: u32| PLACE + offset), "{offset:#x}");
    }
}

#[test]
fn a_byte_is_a_byte() {
    // ldrb r2, [r1, #31] is the last byte of the region below, #0 of the next one the first.
    for (halfword, wanted) in [(0x7fca, None), (0x780a, Some(PLACE + 0x20))] {
        let got = violation(|code| {
            let base = if halfword == 0x780a { PLACE + 0x20 } else { PLACE };
            code.region(0, PLACE, access(3) | size(5)).protect(0).mov32(R1, base).put(&[halfword]);
        });
        assert_eq!(got, wanted);
    }
}

#[test]
fn the_higher_region_wins() {
    // B3.5.3: where regions overlap, the one with the higher number counts, however large.
    for (low, high, wanted) in [(0, 3, None), (3, 0, Some(PLACE))] {
        let got = violation(|code| {
            code.region(1, PLACE, access(low) | size(5)).region(4, RAM, access(high) | size(16));
            code.protect(0).mov32(R1, PLACE).ldr(R2, R1, 0);
        });
        assert_eq!(got, wanted);
    }
}

#[test]
fn parts_that_are_taken_out_show_what_is_below() {
    // B3.5.9, SRD: the third and the eighth part of 256 bytes, 32 bytes each.
    for (offset, wanted) in
        [(0x1f, None), (0x3c, None), (0x40, Some(0x40)), (0x5c, Some(0x5c)), (0x60, None), (0xe0, Some(0xe0))]
    {
        let got = violation(|code| {
            code.region(2, PLACE, access(3) | 1 << 15 | 1 << 10 | size(8)).protect(0);
            code.mov32(R1, PLACE + (offset & !3)).ldr(R2, R1, 0);
        });
        assert_eq!(got, wanted.map(|offset: u32| PLACE + offset), "{offset:#x}");
    }
    // The same page, first where it is taken out and then where it is not: both with their own region's rights.
    let got = violation(|code| {
        code.region(1, PLACE, access(3) | size(12)).region(2, PLACE, access(5) | 1 << 8 | size(8)).protect(0);
        code.mov32(R1, PLACE).str(R2, R1, 0).str(R2, R1, 0x20);
    });
    assert_eq!(got, Some(PLACE + 0x20));
}

#[test]
fn access_permissions() {
    // Table B3-16: (privileged may read, write; others may read, write).
    let table = [
        (0, [false, false, false, false]),
        (1, [true, true, false, false]),
        (2, [true, true, true, false]),
        (3, [true, true, true, true]),
        (5, [true, false, false, false]),
        (6, [true, false, true, false]),
        (7, [true, false, true, false]),
    ];
    for (permission, may) in table {
        for (index, may) in may.into_iter().enumerate() {
            let got = violation(|code| {
                code.region(0, PLACE, access(permission) | size(10)).protect(0);
                if index > 1 {
                    code.unprivileged();
                }
                code.mov32(R1, PLACE);
                if index % 2 == 0 {
                    code.ldr(R2, R1, 8)
                } else {
                    code.str(R2, R1, 8)
                };
            });
            assert_eq!(got, (!may).then_some(PLACE + 8), "AP {permission}, {index}");
        }
    }
}

#[test]
fn the_background_is_for_privileged_code() {
    // B3.5.5: without PRIVDEFENA there is none, and never for unprivileged code.
    for (control, unprivileged, wanted) in
        [(0, false, Some(PLACE)), (PRIVDEFENA, false, None), (PRIVDEFENA, true, Some(PLACE)), (0, true, Some(PLACE))]
    {
        let got = violation(|code| {
            code.protect(control);
            if unprivileged {
                code.unprivileged();
            }
            code.mov32(R1, PLACE).ldr(R2, R1, 0);
        });
        assert_eq!(got, wanted, "CTRL {control}");
    }
}

#[test]
fn the_private_peripheral_bus_is_never_protected() {
    // B3.5.3: it always has the default map. CPUID.
    let (program, _) = program(|code| {
        code.region(0, 0, size(32)).region(1, 0, access(6) | size(16)).store(CTRL, ENABLE);
        code.mov32(R1, 0xe000_ed00).ldr(R2, R1, 0);
    });
    let (_, report, rig) = run(&m3(), &program);
    assert_eq!((report, rig.register(2)), (None, 0x412f_c231));
}

#[test]
fn a_device_does_not_see_what_is_not_permitted() {
    // 32 bytes of the device are read only; its other registers stay out of reach.
    let (program, at) = program(|code| {
        code.region(0, DEVICE, access(6) | XN | size(5)).protect(0).mov32(R1, DEVICE).ldr(R2, R1, 4).str(R2, R1, 4);
    });
    let (pc, report, rig) = run(&m3(), &program);
    let report = report.expect("a fault");
    assert_eq!((pc, report.cfsr, report.mmfar), (MEM_MANAGE, 0x82, Some(DEVICE + 4)));
    assert_eq!(report.summary, format!("MemManage: access to 0x40000004 by {:#010x} is not permitted", report.pc));
    assert!(report.pc > u64::from(at));
    assert_eq!(rig.bus.log.len(), 1, "the load: {:x?}", rig.bus.log);
}

#[test]
fn permission_comes_before_the_bus() {
    // Nothing could store to flash, and nothing is at 0x60000000; but the unit is asked first.
    for address in [0x800, rig::NOWHERE] {
        let got = violation(|code| {
            code.protect(0).mov32(R1, address).str(R2, R1, 0);
        });
        assert_eq!(got, Some(address));
    }
    let (program, _) = program(|code| {
        code.protect(PRIVDEFENA).mov32(R1, rig::NOWHERE).str(R2, R1, 0);
    });
    let (pc, report, _) = run(&m3(), &program);
    assert_eq!((pc, report.unwrap().cfsr), (BUS_FAULT, 0x8200));
}

#[test]
fn execution() {
    // XN, nobody's region, and a region that may be read but in its last halfword begins an instruction of two.
    let wide = RAM + 0x301e;
    for (target, attributes, wanted) in [
        (PLACE, access(3) | XN | size(12), Some(PLACE)),
        (RAM + 0x3000, access(3) | size(5), None),
        (wide, access(3) | size(5), Some(wide)),
        (DEVICE, access(3) | XN | size(10), Some(DEVICE)),
    ] {
        let (program, _) = program(|code| {
            // bx lr; nop.w at the region's end
            code.store(RAM + 0x3000, 0x4770).store(RAM + 0x301c, 0xf3af_0000).store(RAM + 0x3020, 0x4770_8000);
            code.region(0, target & !0x1f, attributes).protect(0).mov32(R1, target | 1).put(&[0x4788]); // blx r1
        });
        let (pc, report, rig) = run(&m3(), &program);
        let Some(wanted) = wanted else {
            assert_eq!(report, None);
            continue;
        };
        let report = report.expect("a fault");
        assert_eq!((pc, report.cfsr, report.mmfar), (MEM_MANAGE, IACCVIOL, None), "{target:#x}");
        assert_eq!((report.pc, rig.word(STACK - 32 + 24)), (wanted.into(), wanted));
    }
}

#[test]
fn peripherals_can_be_made_executable() {
    // B3.5.3: a region's XN counts in place of the default map's. Then nothing answers the fetch.
    let (program, _) = program(|code| {
        code.region(0, DEVICE, access(3) | size(10)).protect(0).mov32(R1, DEVICE | 1).put(&[0x4788]); // blx r1
    });
    let (pc, report, _) = run(&m3(), &program);
    assert_eq!((pc, report.unwrap().cfsr), (BUS_FAULT, 1 << 8));
}

#[test]
fn code_may_run_next_to_code_that_may_not() {
    // One block of two instructions, the border between them: adds r2, #1 in 32 bytes that may be executed, then no more.
    let (program, _) = program(|code| {
        code.movs(R2, 0).store(PLACE + 0x1c, 0x3201_3201).store(PLACE + 0x20, 0x4770_3201);
        code.region(0, PLACE, access(3) | size(5)).protect(0).mov32(R1, PLACE + 0x1d).put(&[0x4788]); // blx r1
    });
    let (pc, report, rig) = run(&m3(), &program);
    let report = report.expect("a fault");
    assert_eq!((pc, report.cfsr, report.pc), (MEM_MANAGE, IACCVIOL, u64::from(PLACE + 0x20)));
    assert_eq!(rig.register(2), 2, "what was permitted has run");
}

#[test]
fn a_change_is_in_force_at_the_next_instruction() {
    let got = violation(|code| {
        code.region(0, PLACE, access(3) | size(10))
            .protect(0)
            .mov32(R1, PLACE)
            .mov32(R3, RNR)
            .mov32(R4, access(5) | size(10));
        code.str(R2, R1, 0).movs(R0, 0).str(R0, R3, 0).str(R4, R3, 8).ldr(R2, R1, 4).str(R2, R1, 4);
    });
    assert_eq!(got, Some(PLACE + 4));
}

#[test]
fn a_violation_is_exact_inside_an_it_block() {
    // itttt eq: adds r2, #1; str r1, [r3] (not permitted); adds r2, #2; str r1, [r4] (permitted)
    let (program, _) = program(|code| {
        code.region(0, PLACE, access(6) | size(10)).region(1, PLACE + 0x400, access(3) | size(10)).protect(0);
        code.mov32(R3, PLACE).mov32(R4, PLACE + 0x400).movs(R1, 9).movs(R2, 0).cmp(R2, 0);
        code.put(&[0xbf01, 0x3201, 0x6019, 0x3202, 0x6021]);
    });
    let (pc, report, rig) = run(&m3(), &program);
    let report = report.expect("a fault");
    assert_eq!((pc, report.cfsr, report.mmfar), (MEM_MANAGE, 0x82, Some(PLACE)));
    assert_eq!((report.registers[2], rig.word(PLACE + 0x400)), (1, 0), "nothing behind it has happened");
    assert_eq!(rig.word(STACK - 32 + 28) & 0x0600_fc00, 0b10 << 25, "ITSTATE of the store");
}

#[test]
fn multiple_transfers_stop_at_the_border() {
    // stmia r1!, {r2, r3, r4} across a border: the words below it are stored, and the base is as it was.
    let (program, _) = program(|code| {
        code.region(0, PLACE, access(3) | size(5)).protect(0).mov32(R1, PLACE + 0x18);
        code.movs(R2, 2).movs(R3, 3).movs(R4, 4).put(&[0xc11c]);
    });
    let (_, report, rig) = run(&m3(), &program);
    let report = report.expect("a fault");
    assert_eq!((report.mmfar, report.registers[1]), (Some(PLACE + 0x20), u64::from(PLACE + 0x18)));
    assert_eq!([0x18, 0x1c, 0x20].map(|offset| rig.word(PLACE + offset)), [2, 3, 0]);
    // ldrd r1, r2, [r1]: its first word would overwrite the base. Inside a page, and at its end.
    for (border, log) in [(PLACE + 0x20, 5), (PLACE + 0x400, 10)] {
        let (program, _) = self::program(|code| {
            code.store(border - 4, 0x77).region(0, PLACE, access(3) | size(log)).protect(0).mov32(R1, border - 4);
            code.put(&[0xe9d1, 0x1200]);
        });
        let (_, report, _) = run(&m3(), &program);
        let report = report.expect("a fault");
        assert_eq!((report.mmfar, report.registers[1]), (Some(border), u64::from(border - 4)));
    }
    // ldmia r1!, {r2, r3, r4}
    let got = violation(|code| {
        code.region(0, PLACE, access(3) | size(5)).protect(0).mov32(R1, PLACE + 0x18).put(&[0xc91c]);
    });
    assert_eq!(got, Some(PLACE + 0x20));
}

#[test]
fn an_access_that_is_not_aligned_is_checked_byte_by_byte() {
    // A3.2.1: it is made of bytes. A word two bytes in front of a border, inside a page and at its end, and by store.
    for (border, log) in [(PLACE + 0x20, 5), (PLACE + 0x400, 10)] {
        let got = violation(|code| {
            code.region(0, PLACE, access(3) | size(log)).protect(0).mov32(R1, border - 2).ldr(R2, R1, 0);
        });
        assert_eq!(got, Some(border));
        let (program, _) = program(|code| {
            code.region(0, PLACE, access(3) | size(log)).protect(0).mov32(R1, border - 2).mov32(R2, 0x4433_2211);
            code.str(R2, R1, 0);
        });
        let (_, report, rig) = run(&m3(), &program);
        assert_eq!(report.expect("a fault").mmfar, Some(border));
        assert_eq!([rig.word(border - 4), rig.word(border)], [0x2211_0000, 0], "the bytes that are permitted");
    }
    // itt eq: ldr r2, [r1] across the end of a page, add r3, #1; the load is tried at other places first.
    for (offset, wanted) in [(0x3fc, None), (0x3fd, Some(PLACE + 0x400)), (0x3f9, None)] {
        let got = violation(|code| {
            code.region(0, PLACE, access(3) | size(10)).protect(0).mov32(R1, PLACE + offset).mov32(R4, PLACE + 0x3f1);
            code.ldr(R2, R4, 0).cmp(R3, 0).put(&[0xbf04, 0x680a, 0x3301]).ldr(R2, R4, 4);
        });
        assert_eq!(got, wanted, "{offset:#x}");
    }
}

#[test]
fn nothing_is_stored_behind_a_byte_that_is_not_permitted() {
    // str r2, [r1], unaligned: its first two bytes are not permitted, its last two are, in another page.
    let border = PLACE + 0x400;
    let (program, _) = program(|code| {
        code.region(0, PLACE, access(3) | size(12)).region(1, border - 0x20, access(6) | size(5)).protect(0);
        code.mov32(R1, border - 2).mov32(R2, 0x4433_2211).str(R2, R1, 0);
    });
    let (_, report, rig) = run(&m3(), &program);
    assert_eq!(report.expect("a fault").mmfar, Some(border - 2));
    assert_eq!([rig.word(border - 4), rig.word(border)], [0, 0]);
}

#[test]
fn the_first_access_of_a_page_leaves_no_it_block_behind() {
    // cmp r3, r3; itt eq; ldr r2, [r1]; ldr r2, [r1]; cmp with another result; b; the next block is not in an IT block.
    let (program, _) = program(|code| {
        code.region(0, PLACE, access(6) | size(12)).protect(0).mov32(R1, PLACE).movs(R3, 0).movs(R4, 0);
        code.put(&[0x429b, 0xbf04, 0x680a, 0x680a]).cmp(R3, 1);
        code.branch(code.here() + 2).movs(R4, 7).adds(R4, 1);
    });
    let (_, report, rig) = run(&m3(), &program);
    assert_eq!((report, rig.register(4)), (None, 8));
}

#[test]
fn without_mem_manage_it_is_a_hard_fault() {
    // B1.5.14: not enabled, so it escalates; HFSR.FORCED.
    let mut program = Code::at(PROGRAM);
    program.protect(0).mov32(R1, PLACE).ldr(R2, R1, 0).bkpt(9);
    let (pc, report, _) = run(&m3(), &program);
    let report = report.expect("a fault");
    assert_eq!((pc, report.cfsr, report.hfsr, report.mmfar), (HANDLERS, 0x82, 1 << 30, Some(PLACE)));
    assert!(report.summary.starts_with("HardFault, escalated from MemManage"), "{}", report.summary);
}

#[test]
fn the_unit_is_off_at_negative_priorities() {
    // B3.5.5, HFNMIENA: the HardFault handler, and code with FAULTMASK, are under the unit only with it.
    for (control, wanted) in [(0, 0x55), (HFNMIENA, 0)] {
        let mut program = Code::at(PROGRAM);
        program.store(PLACE, 0x55).protect(control).put(&[0xde00]); // udf
        let mut handler = Code::at(0x300);
        handler.mov32(R1, PLACE).movs(R2, 0).ldr(R2, R1, 0).bkpt(1);
        let mut rig = Rig::with(&m3(), &program, &[(3, &handler)]);
        let stop = rig.run(1_000_000);
        assert_eq!(matches!(stop, CoreStop::Lockup), wanted == 0, "{stop:?}");
        assert_eq!(rig.register(2), wanted, "a fault in HardFault locks up");

        let (program, _) = self::program(|code| {
            code.store(PLACE, 0x55).protect(control).mov32(R1, PLACE).movs(R2, 0);
            code.put(&[0xb671]).ldr(R2, R1, 0).put(&[0xb661]).nop().ldr(R3, R1, 0); // cpsid f; ...; cpsie f
        });
        let mut rig = Rig::with(&m3(), &program, &[]);
        let stop = rig.run(1_000_000);
        let (summary, pc) = rig.core.fault_report().map(|it| (it.summary, it.pc)).unwrap_or_default();
        assert_eq!((rig.register(2), matches!(stop, CoreStop::Lockup)), (wanted, true), "{summary}");
        assert_eq!(
            summary.contains("HardFault"),
            wanted != 0,
            "{summary}: with FAULTMASK back, the load faults, {pc:#x}"
        );
    }
}

#[test]
fn a_second_violation_overwrites_the_address() {
    // B3.2.17: MMFAR holds the address of the last one; MMARVALID stays until the firmware clears it.
    let (program, _) = program(|code| {
        code.protect(0).mov32(R1, PLACE).ldr(R2, R1, 0);
    });
    let mut handler = Code::at(0x300);
    handler.mov32(R3, 0xe000_ed28).ldr(R0, R3, 0).ldr(R1, R3, 12).str(R0, R3, 0).ldr(R2, R3, 0).bkpt(1);
    let mut rig = Rig::with(&m3(), &program, &[(4, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!([0, 1, 2].map(|index| rig.register(index)), [0x82, PLACE, 0]);
}

#[test]
fn a_reset_switches_it_off() {
    let (program, _) = program(|code| {
        code.protect(0);
    });
    let (_, _, mut rig) = run(&m3(), &program);
    rig.core.reset();
    assert_eq!([CTRL, RASR].map(|address| rig.core.debugger_read(&mut rig.bus, address, 4)), [Ok(0), Ok(0)]);
    rig.run_to_breakpoint();
    assert_eq!(rig.core.fault_report(), None, "the program could set it up again");
}

#[test]
fn a_saved_state_brings_its_protection_along() {
    // bkpt 0xab; the region is closed; bkpt 0xab; the load. Other regions were in force where the states go.
    let (program, _) = program(|code| {
        code.region(0, PLACE, access(3) | size(10)).protect(0).mov32(R1, PLACE).bkpt(0xab);
        code.region(0, PLACE, access(0) | size(10)).mov32(R1, PLACE).bkpt(0xab).ldr(R2, R1, 0);
    });
    let mut handler = Code::at(MEM_MANAGE);
    handler.bkpt(0);
    let mut rig = Rig::with(&m3(), &program, &[(4, &handler)]);
    let stop = |rig: &mut Rig| rig.run(u64::MAX);
    assert!(matches!(stop(&mut rig), CoreStop::Semihosting { .. }));
    let open = rig.core.save();
    assert!(matches!(stop(&mut rig), CoreStop::Semihosting { .. }));
    let closed = rig.core.save();
    for single_step in [false, true] {
        let build = if single_step { cortex_m::new_single_step } else { cortex_m::new };
        rig.core = build(&m3()).expect("core");
        for (state, faults) in [(&closed, true), (&open, false), (&closed, true)] {
            assert!(rig.core.restore(state));
            if !faults {
                // The same load, with the region as it was.
                let mut load = Code::at(rig.pc());
                load.ldr(R2, R1, 0).bkpt(9);
                rig::load(&mut *rig.core, &load);
            }
            let pc = rig.run_to_breakpoint();
            assert_eq!(pc == MEM_MANAGE, faults, "{single_step}, {pc:#x}");
        }
    }
}

#[test]
fn as_many_regions_as_a_core_may_have() {
    for (model, regions) in [(CoreModel::CortexM3, 16), (CoreModel::CortexM0, 8)] {
        let config = CortexConfig { model, mpu_regions: regions, ..rig::config(false) };
        assert!(bksim::cpu::cortex_m::new(&config).is_err(), "{model:?}");
    }
}

also_on_all! {
    ARMV7M as armv7m {
        registers_keep_what_they_have,
        the_smallest_region_is_exact,
        a_byte_is_a_byte,
        the_higher_region_wins,
        parts_that_are_taken_out_show_what_is_below,
        access_permissions,
        the_background_is_for_privileged_code,
        a_device_does_not_see_what_is_not_permitted,
        permission_comes_before_the_bus,
        execution,
        peripherals_can_be_made_executable,
        code_may_run_next_to_code_that_may_not,
        a_change_is_in_force_at_the_next_instruction,
        a_violation_is_exact_inside_an_it_block,
        multiple_transfers_stop_at_the_border,
        an_access_that_is_not_aligned_is_checked_byte_by_byte,
        nothing_is_stored_behind_a_byte_that_is_not_permitted,
        the_first_access_of_a_page_leaves_no_it_block_behind,
        without_mem_manage_it_is_a_hard_fault,
        the_unit_is_off_at_negative_priorities,
        a_second_violation_overwrites_the_address,
        a_reset_switches_it_off,
        a_saved_state_brings_its_protection_along,
    }
}
