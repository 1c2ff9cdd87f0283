//! Tasks that do not run, and the calls that they are in: an image by another compiler, and its stacks as QEMU had them.
//!
//! `tests/fixtures/riscv.c` is the source and `riscv.sh` the command. The expected numbers are what it prints: GDB's
//! backtraces and registers where the tasks left off, and the addresses of the stacks.

use bluekernel_abi::inspect::SavedLayout;
use bluekernel_inspect::saved::{self, Saved};
use bluekernel_inspect::unwind_riscv::{self, Registers};
use bluekernel_inspect::{Image, Memory};

/// Both stacks, and their address.
struct Stacks(&'static [u8], u64);

impl Memory for Stacks {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool {
        let start = address.checked_sub(self.1).and_then(|offset| usize::try_from(offset).ok());
        let found = start.and_then(|start| self.0.get(start..start.checked_add(buffer.len())?));
        found.map(|bytes| buffer.copy_from_slice(bytes)).is_some()
    }
}

/// An image, its stacks, their address, and where the two tasks' registers lie.
struct Machine {
    image: &'static [u8],
    stacks: &'static [u8],
    stacks_at: u64,
    layout: SavedLayout,
    saved: [u64; 2],
}

impl Machine {
    fn memory(&self) -> Stacks {
        Stacks(self.stacks, self.stacks_at)
    }
}

const MACHINES: [Machine; 2] = [
    Machine {
        image: include_bytes!("fixtures/riscv32.elf"),
        stacks: include_bytes!("fixtures/riscv32.stacks"),
        stacks_at: 0x8000_1150,
        layout: SavedLayout::RiscV32,
        saved: [0x8000_12c0, 0x8000_1470],
    },
    Machine {
        image: include_bytes!("fixtures/riscv64.elf"),
        stacks: include_bytes!("fixtures/riscv64.stacks"),
        stacks_at: 0x8000_1160,
        layout: SavedLayout::RiscV64,
        saved: [0x8000_14a0, 0x8000_1800],
    },
];

fn places(calls: &[bluekernel_inspect::unwind::Call]) -> Vec<(u64, bool)> {
    calls.iter().map(|call| (call.pc, call.is_return)).collect()
}

fn saved(image: &Image, machine: &Machine, task: usize) -> Saved {
    let resume = image.address_of("__bk_resume");
    assert!(resume.is_some());
    saved::at(machine.layout, machine.saved[task], resume, &mut machine.memory()).unwrap()
}

#[test]
fn a_task_that_called_the_switch_is_where_gdb_saw_it() {
    for machine in &MACHINES {
        let image = Image::parse(machine.image).unwrap();
        let task = saved(&image, machine, 0);
        assert!(task.is_return);
        let (calls, guessed) = saved::calls(&image, &task, &mut machine.memory());
        assert!(!guessed);
        assert_eq!(places(&calls), FIRST, "{:?}", machine.layout);
    }
}

const FIRST: [(u64, bool); 3] = [(0x8000_00b4, true), (0x8000_00e0, true), (0x8000_00f8, true)];

#[test]
fn a_task_that_was_interrupted_is_where_gdb_saw_it() {
    for machine in &MACHINES {
        let image = Image::parse(machine.image).unwrap();
        let task = saved(&image, machine, 1);
        assert_eq!((task.registers[10], task.registers[8], task.registers[9]), (Some(3), Some(2), Some(0)));
        let (calls, guessed) = saved::calls(&image, &task, &mut machine.memory());
        assert!(!guessed);
        assert_eq!(
            places(&calls),
            [(0x8000_00fa, false), (0x8000_012c, true), (0x8000_0144, true)],
            "{:?}",
            machine.layout
        );
    }
}

/// What lies on the stack beyond the outermost call is guessed, too.
#[test]
fn without_tables_the_same_calls_are_guessed_first() {
    for machine in &MACHINES {
        let image = Image::parse(machine.image).unwrap();
        let task = saved(&image, machine, 0);
        let registers = Registers { pc: task.pc, x: task.registers };
        let calls = unwind_riscv::guessed_calls(&image, registers, task.is_return, &mut machine.memory());
        assert_eq!(places(&calls)[..3], FIRST, "{:?}", machine.layout);
    }
}

#[test]
fn stacks_that_cannot_be_read_end_the_list() {
    for machine in &MACHINES {
        let image = Image::parse(machine.image).unwrap();
        let task = saved(&image, machine, 0);
        assert_eq!(saved::calls(&image, &task, &mut Stacks(&[], 0)).0.len(), 1);
        assert_eq!(saved::at(machine.layout, machine.saved[0], None, &mut Stacks(&[], 0)), None);
        assert_eq!(saved::at(machine.layout, u64::MAX - 3, None, &mut machine.memory()), None);
    }
}
