//! The memory protection unit of Armv8-M (Arm DDI 0553, B11 and D1.2): regions by base and limit that do not overlap.

use bksim::cpu::cortex_m::{CoreModel, CortexConfig};

use crate::asm::{Code, R1, R2};
use crate::mpu::{
    CTRL, DACCVIOL, ENABLE, IACCVIOL, MEM_MANAGE, MMARVALID, PLACE, PRIVDEFENA, RASR as RLAR, RBAR, RNR, TYPE, program,
    protected, run,
};
use crate::rig::{self, PROGRAM, RAM, Rig, STACK, also_on};

const MAIR0: u32 = 0xe000_edc0;
const MAIR1: u32 = 0xe000_edc4;

/// RBAR.AP: read and write for privileged code, for all; read only for privileged code, for all.
const RW_PRIVILEGED: u32 = 0 << 1;
const RW: u32 = 1 << 1;
const RO_PRIVILEGED: u32 = 2 << 1;
const RO: u32 = 3 << 1;
const XN: u32 = 1;

fn config() -> CortexConfig {
    protected(&CortexConfig { model: rig::model(CoreModel::CortexM33F), ..rig::config(false) })
}

/// A region from `first` up to and with `last`.
fn region(code: &mut Code, number: u32, first: u32, last: u32, rights: u32) -> &mut Code {
    code.store(RNR, number).store(RBAR, first | rights).store(RLAR, last & !0x1f | 1)
}

/// Flash may be executed and the stack used by everybody; the unit is switched on.
fn protect(code: &mut Code, control: u32) -> &mut Code {
    region(code, 7, 0, 0xffff, RO);
    region(code, 6, STACK - 0x400, STACK - 1, RW | XN).store(CTRL, control | ENABLE)
}

/// What a load or store at the end of `fill` comes to: MMFAR, or `None` for no fault.
fn violation(fill: impl FnOnce(&mut Code)) -> Option<u32> {
    let (program, _) = program(fill);
    let (pc, report, _) = run(&config(), &program);
    let report = report?;
    assert_eq!((pc, report.cfsr), (MEM_MANAGE, DACCVIOL | MMARVALID), "{}", report.summary);
    report.mmfar
}

#[test]
fn registers_keep_what_they_have() {
    // D1.2: RBAR has all its bits, RLAR all but bit 4; RBAR_A1-A3 and RLAR_A1-A3 are the other regions of the same four.
    let mut rig = Rig::with(&config(), &Code::at(PROGRAM), &[]);
    let mut write = |address, value| rig.core.debugger_write(&mut rig.bus, address, 4, value).unwrap();
    write(TYPE, u32::MAX);
    write(CTRL, 0xffff_fffe);
    write(RNR, 6);
    write(RBAR, u32::MAX);
    write(RLAR, u32::MAX);
    write(RBAR + 8, 0x2000_0055); // region 5
    write(RLAR + 8, 0x2000_0065);
    write(MAIR0, 0x1234_5678);
    write(MAIR1, 0x9abc_def0);
    let mut read = |address| rig.core.debugger_read(&mut rig.bus, address, 4).unwrap();
    assert_eq!([TYPE, CTRL, RNR, RBAR, RLAR].map(&mut read), [0x800, 6, 6, 0xffff_ffff, 0xffff_ffef]);
    assert_eq!(
        [RBAR + 8, RLAR + 8, RBAR + 16, RLAR + 16].map(&mut read),
        [0x2000_0055, 0x2000_0065, u32::MAX, 0xffff_ffef]
    );
    assert_eq!([MAIR0, MAIR1].map(&mut read), [0x1234_5678, 0x9abc_def0]);
}

#[test]
fn a_region_reaches_up_to_the_end_of_its_limits_32_bytes() {
    for (offset, wanted) in [(0x1c, Some(0x1c)), (0x20, None), (0x7c, None), (0x80, Some(0x80))] {
        let got = violation(|code| {
            protect(region(code, 0, PLACE + 0x20, PLACE + 0x60, RW), 0).mov32(R1, PLACE + offset).ldr(R2, R1, 0);
        });
        assert_eq!(got, wanted.map(|offset: u32| PLACE + offset), "{offset:#x}");
    }
    // A limit below the base: no region.
    let got = violation(|code| {
        protect(region(code, 0, PLACE + 0x40, PLACE, RW), 0).mov32(R1, PLACE + 0x40).ldr(R2, R1, 0);
    });
    assert_eq!(got, Some(PLACE + 0x40));
}

#[test]
fn where_regions_overlap_nothing_is_permitted() {
    // B11.3: an address in more than one region is a fault, even where both permit the access.
    for (offset, wanted) in [(0, None), (0x40, Some(0x40)), (0x60, None)] {
        let got = violation(|code| {
            region(code, 0, PLACE, PLACE + 0x5f, RW);
            protect(region(code, 1, PLACE + 0x40, PLACE + 0x9f, RW), PRIVDEFENA);
            code.mov32(R1, PLACE + offset).ldr(R2, R1, 0);
        });
        assert_eq!(got, wanted.map(|offset: u32| PLACE + offset), "{offset:#x}");
    }
}

#[test]
fn access_permissions() {
    // D1.2, MPU_RBAR.AP: (privileged may read, write; others may read, write).
    let table = [
        (RW_PRIVILEGED, [true, true, false, false]),
        (RW, [true, true, true, true]),
        (RO_PRIVILEGED, [true, false, false, false]),
        (RO, [true, false, true, false]),
    ];
    for (rights, may) in table {
        for (index, may) in may.into_iter().enumerate() {
            let got = violation(|code| {
                protect(region(code, 0, PLACE, PLACE + 0x3ff, rights), 0);
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
            assert_eq!(got, (!may).then_some(PLACE + 8), "AP {}, {index}", rights >> 1);
        }
    }
}

#[test]
fn execute_never() {
    for (rights, wanted) in [(RW, None), (RW | XN, Some(RAM + 0x3000))] {
        let (program, _) = program(|code| {
            code.store(RAM + 0x3000, 0x4770); // bx lr
            protect(region(code, 0, RAM + 0x3000, RAM + 0x301f, rights), 0).mov32(R1, RAM + 0x3001).put(&[0x4788]);
        });
        let (pc, report, _) = run(&config(), &program);
        let Some(wanted) = wanted else {
            assert_eq!(report, None);
            continue;
        };
        let report = report.expect("a fault");
        assert_eq!((pc, report.cfsr, report.pc), (MEM_MANAGE, IACCVIOL, u64::from(wanted)));
    }
}

also_on! {
    [cortex_m33: CortexM33] {
        registers_keep_what_they_have,
        a_region_reaches_up_to_the_end_of_its_limits_32_bytes,
        where_regions_overlap_nothing_is_permitted,
        access_permissions,
        execute_never,
    }
}
