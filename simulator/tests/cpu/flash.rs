//! Stores to memory that the core cannot write: somebody else may take them, and the memory itself stays as it is. While
//! it is busy, no instruction comes from there.

use bksim::cpu::cortex_m::{self, CortexConfig};
use bksim::cpu::{Core, CoreStop};

use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::{self, Attention, DEVICE, PROGRAM, RAM, Recorder, Rig, STACK, Seen, load};

/// What the program stores to, in flash.
const TARGET: u32 = 0x800;

type Build = fn(&CortexConfig) -> Result<Box<dyn Core>, cortex_m::CpuError>;
const ENGINES: [Build; 2] = [cortex_m::new, cortex_m::new_single_step];

fn rig(build: Build, program: &Code, handlers: &[(u32, &Code)]) -> Rig {
    let mut core = build(&rig::config(false)).expect("core");
    load(&mut *core, program);
    assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(program.base | 1).to_le_bytes()));
    assert!(core.poke(TARGET, &[0xAA; 64]));
    for (exception, handler) in handlers {
        load(&mut *core, handler);
        assert!(core.poke(4 * exception, &(handler.base | 1).to_le_bytes()));
    }
    core.reset();
    Rig { core, bus: Recorder::default() }
}

/// Place in the target, size and value of what was stored.
fn stores(log: &[Seen]) -> Vec<(u32, u8, u32)> {
    let low = |size: u8, value: u32| value & (u32::MAX >> (32 - 8 * size));
    log.iter().filter_map(|&(.., address, size, value)| Some((address - TARGET, size, low(size, value?)))).collect()
}

/// Instructions in words and as halfwords, and what they store.
type Case = (&'static str, &'static [u16], &'static [(u32, u8, u32)]);

/// r0 is the target, r1 0x11223344, r2 0x55667788, Z set; the instructions, and what they store.
#[test]
fn a_store_to_read_only_memory_is_taken_once_and_changes_nothing_there() {
    const R1_HOLDS: u32 = 0x1122_3344;
    const R2_HOLDS: u32 = 0x5566_7788;
    let cases: [Case; 11] = [
        ("str r1, [r0]", &[0x6001], &[(0, 4, R1_HOLDS)]),
        ("strh r1, [r0, #2]", &[0x8041], &[(2, 2, 0x3344)]),
        ("strb r1, [r0, #3]", &[0x70c1], &[(3, 1, 0x44)]),
        ("str.w r1, [r0, #4]!", &[0xf840, 0x1f04], &[(4, 4, R1_HOLDS)]),
        ("str.w r1, [r0], #4", &[0xf840, 0x1b04], &[(0, 4, R1_HOLDS)]),
        // Unaligned: byte by byte, and none is lost.
        ("str.w r1, [r0, #1]", &[0xf8c0, 0x1001], &[(1, 1, 0x44), (2, 1, 0x33), (3, 1, 0x22), (4, 1, 0x11)]),
        ("strh.w r1, [r0, #7]", &[0xf8a0, 0x1007], &[(7, 1, 0x44), (8, 1, 0x33)]),
        ("stmia r0!, {r1, r2}", &[0xc006], &[(0, 4, R1_HOLDS), (4, 4, R2_HOLDS)]),
        ("strd r1, r2, [r0, #8]", &[0xe9c0, 0x1202], &[(8, 4, R1_HOLDS), (12, 4, R2_HOLDS)]),
        (
            "itt eq; streq r1, [r0]; streq r2, [r0, #4]",
            &[0xbf04, 0x6001, 0x6042],
            &[(0, 4, R1_HOLDS), (4, 4, R2_HOLDS)],
        ),
        ("ite eq; strheq r1, [r0]; strne r2, [r0]", &[0xbf0c, 0x8001, 0x6002], &[(0, 2, 0x3344)]),
    ];
    for (text, halfwords, expected) in cases {
        let mut program = Code::at(PROGRAM);
        program.mov32(R0, TARGET).mov32(R1, R1_HOLDS).mov32(R2, R2_HOLDS).movs(R3, 0).cmp(R3, 0);
        program.put(halfwords).adds(R3, 7).bkpt(0);
        for attention in [Attention::Unasked, Attention::Asked] {
            let mut ends = Vec::new();
            for build in ENGINES {
                let mut rig = rig(build, &program, &[]);
                rig.bus.programmer = Some(attention);
                let pc = rig.run_to_breakpoint();
                assert_eq!(stores(&rig.bus.log), expected, "{text}, {attention:?}");
                let mut memory = [0; 64];
                assert!(rig.core.peek(TARGET, &mut memory));
                assert_eq!(memory, [0xAA; 64], "{text}: nothing of it is stored");
                assert_eq!((pc, rig.register(3)), (program.here() - 2, 7), "{text}");
                ends.push((
                    rig.bus.log,
                    rig.core.cycles(),
                    (0..16).map(|it| rig.core.register(it)).collect::<Vec<_>>(),
                ));
            }
            assert_eq!(ends[0], ends[1], "{text}, {attention:?}: fast and step by step");
        }
    }
}

/// A handler, or a function in RAM, that reads the device and returns.
fn reader(base: u32) -> Code {
    let mut code = Code::at(base);
    code.mov32(R0, DEVICE).ldr(R1, R0, 0).ret();
    code
}

/// In RAM: counts to 20, calls the function whose address is in r2, ends.
fn in_ram() -> Code {
    let mut code = Code::at(RAM + 0x4000);
    code.movs(R3, 0);
    for _ in 0..20 {
        code.adds(R3, 1);
    }
    code.put(&[0x4790]).bkpt(0); // blx r2
    code
}

#[test]
fn while_flash_is_busy_code_runs_in_ram_and_stops_where_it_would_leave_it() {
    let ram = in_ram();
    let flash = reader(0x600);
    let mut start = Code::at(PROGRAM);
    start.mov32(R2, flash.base | 1).mov32(R1, ram.base | 1).bx(R1);
    for build in ENGINES {
        let mut rig = rig(build, &start, &[]);
        load(&mut *rig.core, &ram);
        load(&mut *rig.core, &flash);
        rig.core.stall_fetches(true);
        assert_eq!(rig.run(1000), CoreStop::Stalled, "the program itself is in flash");
        assert_eq!((rig.pc(), rig.core.instructions()), (PROGRAM, 0));
        rig.core.stall_fetches(false);
        // mov32 twice, bx with its refill.
        assert_eq!(rig.run(7), CoreStop::Horizon);
        assert_eq!(rig.pc(), ram.base);
        rig.core.stall_fetches(true);
        assert_eq!(rig.run(1000), CoreStop::Stalled);
        assert_eq!((rig.pc(), rig.register(3)), (flash.base, 20));
        // movs, 20 adds, blx with its refill.
        assert_eq!(rig.core.cycles(), 7 + 1 + 20 + 3);
        assert_eq!(rig.run(2000), CoreStop::Stalled, "and stays there");
        rig.core.stand_until(500);
        rig.core.stall_fetches(false);
        rig.run_to_breakpoint();
        assert_eq!(rig.bus.log.iter().map(|seen| seen.0).collect::<Vec<_>>(), [502]);
    }
}

#[test]
fn an_interrupt_whose_handler_is_in_busy_flash_waits_with_its_first_instruction() {
    let ram = in_ram();
    let mut start = Code::at(PROGRAM);
    start.store(0xe000_e100, 1).mov32(R2, 0x601).mov32(R1, ram.base | 1).bx(R1);
    let function = reader(0x600);
    let handler = reader(0x640);
    for build in ENGINES {
        let mut rig = rig(build, &start, &[(16, &handler)]);
        load(&mut *rig.core, &ram);
        load(&mut *rig.core, &function);
        while rig.pc() != ram.base {
            assert_eq!(rig.run(rig.core.cycles() + 1), CoreStop::Horizon);
        }
        rig.core.stall_fetches(true);
        let raised = rig.core.cycles();
        rig.core.set_irq(0, true, raised);
        assert_eq!(rig.run(1000), CoreStop::Stalled);
        assert_eq!(rig.pc(), handler.base, "entered, 12 cycles later");
        assert_eq!(rig.core.cycles(), raised + 12);
        rig.core.stand_until(700);
        rig.core.stall_fetches(false);
        rig.core.set_irq(0, false, 700);
        rig.run_to_breakpoint();
        let latency = rig.core.statistics().exceptions[0].latency;
        assert_eq!((latency.count, latency.max), (1, 700 - raised), "the wait is part of the latency");
        assert_eq!(rig.bus.log[0].0, 702);
    }
}

/// A fetch that is on the bus cannot be taken back: what stands in flash keeps interrupts waiting, wherever they go.
#[test]
fn a_stalled_core_takes_no_interrupt() {
    let handler = reader(RAM + 0x5000);
    let mut start = Code::at(PROGRAM);
    start.store(0xe000_e100, 1).nops(20).bkpt(0);
    for build in ENGINES {
        let mut rig = rig(build, &start, &[(16, &handler)]);
        assert_eq!(rig.run(10), CoreStop::Horizon);
        rig.core.stall_fetches(true);
        rig.core.set_irq(0, true, 10);
        assert_eq!((rig.run(1000), rig.core.cycles()), (CoreStop::Stalled, 10));
        rig.core.stand_until(100);
        rig.core.stall_fetches(false);
        rig.core.set_irq(0, false, 100);
        rig.run_to_breakpoint();
        assert_eq!(rig.bus.log.iter().map(|seen| seen.0).collect::<Vec<_>>(), [100 + 12 + 2]);
    }
}

/// What a programmer has written runs and is charged, wherever the memory appears, and if it is only part of a block.
#[test]
fn code_that_is_loaded_over_old_code_runs() {
    const ALIAS: u32 = 0x0100_0000;
    let mut config = rig::config(false);
    config.memories[0].aliases = vec![ALIAS];
    let mut function = Code::at(0x600);
    function.nops(4).movs(R3, 0).nops(2).ret();
    let changed = function.base + 8;
    let mut program = Code::at(PROGRAM);
    for base in [function.base, ALIAS + function.base] {
        // blx r0; mov r4, r5; mov r5, r3
        program.mov32(R0, base | 1).put(&[0x4780, 0x462c, 0x461d]);
    }
    program.bkpt(0);
    for build in ENGINES {
        let mut core = build(&config).expect("core");
        load(&mut *core, &program);
        load(&mut *core, &function);
        assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(PROGRAM | 1).to_le_bytes()));
        assert!(core.poke(STACK, &3_u32.to_le_bytes()));
        let mut rig = Rig { core, bus: Recorder::default() };
        let mut cycles = Vec::new();
        // movs r3, #1; movs r3, #2; ldr r3, [sp]
        for (halfword, value) in [(0x2301_u16, 1), (0x2302, 2), (0x9b00, 3)] {
            assert!(rig.core.poke(changed, &halfword.to_le_bytes()));
            // Whole blocks first, then in pieces that end inside a block.
            for piece in [1000, 1, 3] {
                rig.core.reset();
                while rig.run(rig.core.cycles() + piece) == CoreStop::Horizon {}
                assert_eq!([4, 5].map(|index| rig.register(index)), [value; 2], "in pieces of {piece}");
                cycles.push(rig.core.cycles());
            }
        }
        // A load takes a cycle more than a move, twice.
        let moves = cycles[0];
        assert_eq!(cycles, [[moves; 6].as_slice(), &[moves + 2; 3]].concat());
    }
}
