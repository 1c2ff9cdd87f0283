//! Code that programs the STM32F407's flash memory, on a whole machine: what it finds there afterwards, and how long it
//! waits. 16 MHz: a cycle is 62.5 ns, a word 256 cycles (data sheet DocID022152 rev 8, table 39: 16 us), a sector of 16
//! KiB 4,000,000 (250 ms).

use bksim::machine::{Machine, Options};
use bksim_protocol::message::{Stop, Stopped};

use crate::asm::{Code, R0, R1, R2, R3, R4, R5, R6, R7};
use crate::discovery::discovery;
use crate::elf::{ARM, Elf, Segment};

const FLASH: u32 = 0x0800_0000;
/// Where the code is: in flash, in RAM.
const IN_FLASH: u32 = FLASH + 0x400;
const IN_RAM: u32 = 0x2000_1000;
/// Sector 1, of 16 KiB.
const SECTOR: u32 = FLASH + 0x4000;
/// Where results go.
const RESULT: u32 = 0x2000_0000;

const KEYR: u32 = 0x4002_3C04;
const SR: u16 = 0x0C;
const CR: u16 = 0x10;
const PG: u32 = 1 << 0 | X32;
const ERASE: u32 = 1 << 1 | 1 << 3 | 1 << 16 | X32;
const X32: u32 = 2 << 8;
const EOPIE: u32 = 1 << 24;

const WORD: u32 = 256;
const SECTOR_ERASE: u32 = 4_000_000;

/// r0 is the interface's base from here on; CR is open. CYCCNT runs, at 4 behind r5.
fn prologue(code: &mut Code) {
    code.store(KEYR, 0x4567_0123).store(KEYR, 0xCDEF_89AB);
    code.store(0xE000_EDFC, 1 << 24).store(0xE000_1000, 1);
    code.mov32(R0, KEYR - 4).mov32(R5, 0xE000_1000);
}

/// CR := value
fn control(code: &mut Code, value: u32) {
    code.mov32(R1, value).str(R1, R0, CR);
}

/// Waits for BSY, bit 16 of SR, to be clear.
fn wait(code: &mut Code) {
    let again = code.here();
    code.ldr(R1, R0, SR).put(&[0x03c9]).branch_if(4, again); // lsls r1, r1, #15; bmi
}

/// Calls the function in [`SECTOR`], which sets r3, and keeps that.
fn call(code: &mut Code, result: u32) {
    code.mov32(R2, SECTOR | 1).put(&[0x4790]).mov32(R2, RESULT + result).str(R3, R2, 0); // blx r2
}

/// `movs r3, #value; bx lr`
fn function(value: u32) -> u32 {
    0x4770_2300 | value
}

/// A machine whose flash holds a vector table with these entries, the code, and a function that gives 1.
fn machine(code: &Code, vectors: &[(usize, u32)]) -> Machine {
    let mut table = vec![0x2000_8000_u32, code.base | 1];
    for &(exception, address) in vectors {
        table.resize(table.len().max(exception + 1), 0);
        table[exception] = address | 1;
    }
    let bytes = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let segment = |address: u32, data: Vec<u8>| Segment {
        vaddr: address,
        paddr: address,
        mem_size: data.len() as u32,
        data,
        write: false,
    };
    let code_bytes = code.halfwords.iter().flat_map(|half| half.to_le_bytes()).collect();
    let segments =
        vec![segment(FLASH, bytes(&table)), segment(code.base, code_bytes), segment(SECTOR, bytes(&[function(1)]))];
    let elf = Elf { segments, ..Elf::empty(ARM) };
    Machine::create(&discovery(), Some(&elf.bytes()), None, Options::default()).unwrap().0
}

fn run(machine: &mut Machine) -> Stopped {
    let stop = std::iter::repeat_with(|| machine.step(None)).take(20_000).flatten().next();
    machine.stopped(stop.expect("it goes on for ever"))
}

/// Runs to the BKPT at the end.
fn finish(machine: &mut Machine, code: &Code) -> Stopped {
    let stopped = run(machine);
    assert_eq!(stopped.stop, Stop::Breakpoint { pc: u64::from(code.here() - 2) });
    stopped
}

fn words<const N: usize>(machine: &Machine, address: u32) -> [u32; N] {
    let bytes = machine.read(u64::from(address), 4 * N);
    std::array::from_fn(|index| u32::from_le_bytes(bytes[4 * index..][..4].try_into().unwrap()))
}

/// As a flash algorithm does it.
fn reprogram() -> Code {
    let mut code = Code::at(IN_RAM);
    prologue(&mut code);
    call(&mut code, 0);
    control(&mut code, ERASE);
    wait(&mut code);
    control(&mut code, PG);
    code.mov32(R2, SECTOR).mov32(R1, function(2)).str(R1, R2, 0);
    wait(&mut code);
    call(&mut code, 4);
    code.bkpt(0);
    code
}

#[test]
fn code_in_ram_replaces_code_in_flash_which_then_runs() {
    let code = reprogram();
    let mut machine = machine(&code, &[]);
    let stopped = finish(&mut machine, &code);
    assert_eq!(words(&machine, RESULT), [1, 2]);
    assert_eq!(words(&machine, SECTOR), [function(2), u32::MAX]);
    assert_eq!(words(&machine, SECTOR - FLASH), [function(2)], "at the alias, too");
    assert_eq!(words(&machine, FLASH), [0x2000_8000], "the sector in front of it is as it was");
    // The two operations, and between them and around them less than 200 instructions.
    let operations = u64::from(SECTOR_ERASE + WORD);
    assert!((operations..operations + 400).contains(&stopped.cycles), "{}", stopped.cycles);
}

#[test]
fn where_such_a_run_is_cut_changes_nothing() {
    let code = reprogram();
    let whole = finish(&mut machine(&code, &[]), &code);
    let mut machine = machine(&code, &[]);
    for until in [1, 999_937, 125_000_001, 249_999_999, 250_001_234, 250_007_000].map(|ns: u64| ns * 1000) {
        while machine.step(Some(until)).is_none() {}
    }
    assert_eq!(finish(&mut machine, &code), whole);
    assert_eq!(words(&machine, RESULT), [1, 2]);
}

#[test]
fn code_in_flash_stands_still_until_the_operation_is_over() {
    let mut code = Code::at(IN_FLASH);
    prologue(&mut code);
    code.mov32(R1, ERASE).ldr(R2, R5, 4).str(R1, R0, CR).ldr(R3, R5, 4);
    control(&mut code, PG);
    code.mov32(R6, SECTOR).mov32(R1, 0x1234_5678).ldr(R4, R5, 4).str(R1, R6, 0).ldr(R5, R5, 4);
    code.ldr(R1, R6, 0).mov32(R7, RESULT).put(&[0xc73e]).bkpt(0); // stmia r7!, {r1-r5}
    let mut machine = machine(&code, &[]);
    finish(&mut machine, &code);
    let [value, before_erase, after_erase, before_word, after_word] = words(&machine, RESULT);
    assert_eq!(value, 0x1234_5678);
    // The load takes 2 cycles; the next instruction comes when the operation, begun with the store, is over.
    assert_eq!(after_erase - before_erase, 2 + SECTOR_ERASE);
    assert_eq!(after_word - before_word, 2 + WORD);
}

#[test]
fn code_in_ram_waits_only_with_what_the_interface_cannot_take_yet() {
    let mut code = Code::at(IN_RAM);
    prologue(&mut code);
    control(&mut code, PG);
    code.mov32(R6, SECTOR + 0x100).mov32(R1, 0x0F0F_F0F0).mov32(R2, 0x00FF_00FF);
    // One word: goes on at once. A second one is taken when the first is done.
    code.ldr(R3, R5, 4).str(R1, R6, 0).ldr(R4, R5, 4).str(R2, R6, 4).ldr(R5, R5, 4);
    code.put(&[0x1ae3, 0x1b2c]); // subs r3, r4, r3; subs r4, r5, r4
    // The rest by one STM, and over the first word again: bits only go to 0.
    code.put(&[0xf106, 0x0708, 0xc706]).str(R2, R6, 0); // add.w r7, r6, #8; stmia r7!, {r1, r2}
    wait(&mut code);
    code.mov32(R7, RESULT).put(&[0xc718]).bkpt(0); // stmia r7!, {r3, r4}
    let mut machine = machine(&code, &[]);
    finish(&mut machine, &code);
    // ldr 2 and str 1, since singles share a cycle; the second str begins 1 + 1 behind the first one, and ends with it.
    assert_eq!(words(&machine, RESULT), [3, 256 - 1]);
    assert_eq!(
        words(&machine, SECTOR + 0x100),
        [0x0F0F_F0F0 & 0x00FF_00FF, 0x00FF_00FF, 0x0F0F_F0F0, 0x00FF_00FF, u32::MAX]
    );
}

/// The interrupt at the end of an operation wakes code in RAM, whose vectors are in flash.
#[test]
fn the_interrupt_comes_with_the_end_of_the_operation() {
    let mut code = Code::at(IN_RAM);
    prologue(&mut code);
    code.store(0xE000_E100, 1 << 4);
    code.mov32(R1, ERASE | EOPIE).ldr(R2, R5, 4).str(R1, R0, CR).wfi().hang();
    let handler = code.here();
    code.ldr(R3, R5, 4).mov32(R7, RESULT).put(&[0xc70c]).bkpt(0); // stmia r7!, {r2, r3}
    let mut machine = machine(&code, &[(16 + 4, handler)]);
    finish(&mut machine, &code);
    let [before, in_handler] = words(&machine, RESULT);
    assert_eq!(in_handler - before, 2 + SECTOR_ERASE + 12, "entry takes 12");
    let statistics = machine.statistics();
    assert_eq!(statistics.exceptions.iter().map(|it| (it.exception, it.latency.max)).collect::<Vec<_>>(), [(20, 12)]);
    assert!(statistics.unmodelled.is_empty(), "{:?}", statistics.unmodelled);
}

/// An interrupt during an erase, with its vector in flash: it has to wait for nearly all of it.
#[test]
fn an_interrupt_waits_for_its_vector() {
    let mut code = Code::at(IN_RAM);
    prologue(&mut code);
    // SysTick after 1000 cycles, once.
    code.store(0xE000_E014, 999).store(0xE000_E018, 0);
    code.mov32(R1, ERASE).mov32(R6, 0xE000_E010).movs(R7, 7).movs(R4, 0);
    code.str(R7, R6, 0).str(R1, R0, CR);
    let again = code.here();
    code.adds(R4, 1).branch(again);
    let handler = code.here();
    code.str(R4, R6, 0).mov32(R7, RESULT).str(R4, R7, 0).bkpt(0);
    let mut machine = machine(&code, &[(15, handler)]);
    finish(&mut machine, &code);
    let [counted] = words(&machine, RESULT);
    // adds 1, b 1 + 2: a thousand cycles are 250 rounds.
    assert!((245..=250).contains(&counted), "{counted}: the core ran in RAM until then");
    let statistics = machine.statistics();
    let latency = statistics.exceptions[0].latency;
    // The store to SYST_CSR, from which the counter takes 1000 cycles, takes 2; the erase begins behind it.
    assert_eq!((latency.count, latency.max), (1, u64::from(SECTOR_ERASE) - 1000 + 2));
}

/// 3.6.1: a wrong key is a bus error.
#[test]
fn a_wrong_key_is_a_bus_fault() {
    let mut code = Code::at(IN_FLASH);
    code.store(KEYR, 0x4567_0124).bkpt(9);
    let handler = code.here();
    code.bkpt(0);
    let mut machine = machine(&code, &[(3, handler)]);
    let stopped = run(&mut machine);
    let Stop::Fault { report } = &stopped.stop else { panic!("{stopped:?}") };
    assert_eq!((report.bfar, report.cfsr), (Some(KEYR), 0x8200));
}

/// Without a vector table there is nothing to start (the words there are 0xffffffff).
#[test]
fn a_blank_chip_locks_up() {
    let (mut machine, created) = Machine::create(&discovery(), None, None, Options::default()).unwrap();
    assert_eq!((created.core_hz, created.entry, created.rtt), (16_000_000, 0, None));
    assert_eq!(words(&machine, FLASH + 0xF_FFF8), [u32::MAX; 2]);
    let stopped = run(&mut machine);
    assert!(matches!(stopped.stop, Stop::Lockup { .. }), "{stopped:?}");
}
