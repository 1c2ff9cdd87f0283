//! Test finisher, of QEMU's machine virt ("sifive,test1" in its device tree): firmware ends the simulation.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x0 | finisher (write only) | 31:16 code, 15:0 what: 0x5555 pass, 0x3333 fail, 0x7777 reset |
//!
//! Passed is exit code 0. Failed is the exit code in the store, of which QEMU hands on eight bits; one of 0 is 1 here, since
//! nobody should take it for a success. Whatever else is written does nothing.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause};

const FINISHER: u32 = 0x0;

const PASS: u32 = 0x5555;
const FAIL: u32 = 0x3333;
const RESET: u32 = 0x7777;

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SifiveTest {}

impl Device for SifiveTest {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        if offset != FINISHER {
            context.unmodelled();
        }
        0
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match (offset, value & 0xFFFF) {
            (FINISHER, PASS) => context.exit(0),
            (FINISHER, FAIL) => context.exit((value >> 16).max(1).cast_signed()),
            (FINISHER, RESET) => context.reset(ResetCause::Software),
            _ => context.unmodelled(),
        }
    }

    /// A store of 16 bits is as good as one of 32.
    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Zeros
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    fn written(value: u32) -> Bench<SifiveTest> {
        let mut bench = Bench::new();
        bench.at(7).write(0, value);
        bench
    }

    /// QEMU hw/misc/sifive_test.c.
    #[test]
    fn what_is_written_ends_the_run() {
        for (value, code) in [(0x5555, 0), (0x3333 | 3 << 16, 3), (0x3333 | 0xFFFF << 16, 0xFFFF), (0x3333, 1)] {
            let bench = written(value);
            assert_eq!((bench.exits, bench.resets, bench.unmodelled), (vec![(7, code)], vec![], 0), "{value:#x}");
        }
        assert_eq!(written(0x7777).resets, [(7, ResetCause::Software)]);
    }

    #[test]
    fn nothing_else_does_anything() {
        for value in [0, 1, 0x5554, 0x5555_0000] {
            let bench = written(value);
            assert_eq!((bench.exits, bench.resets, bench.unmodelled), (vec![], vec![], 1), "{value:#x}");
        }
        let mut bench = Bench::<SifiveTest>::new();
        assert_eq!((bench.read(0), bench.unmodelled), (0, 0));
        assert_eq!((bench.read(4), bench.write(4, 0x5555).unmodelled), (0, 2));
        assert_eq!(bench.exits, []);
    }
}
