//! The cores, and what each is compared with.

use bluekernel_boards::model::{Board, Interrupts};
use bluekernel_boards::registry::{Registry, SearchPath};

use crate::numbers::Numbers;
use crate::sequence::Sequence;
use crate::{riscv, thumb};

/// A core of bksim and the machine of QEMU that judges it.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// What it is called here, like `m3`.
    pub name: &'static str,
    /// The core, as chip files name it.
    pub core: &'static str,
    /// QEMU's machine, and further options.
    pub machine: &'static str,
    /// Its board; or one that is like it but for the core.
    board: &'static str,
    /// Where code and data are.
    pub target: Target,
    /// Its instructions.
    pub set: Set,
    /// Sequences in an image: what the machine's memory holds.
    pub batch: u32,
}

/// Where an image and its data begin.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Code.
    pub code: u32,
    /// Data.
    pub ram: u32,
}

/// An instruction set.
#[derive(Clone, Copy, Debug)]
pub enum Set {
    /// Arm's, of microcontrollers.
    Thumb(thumb::Isa),
    /// RISC-V.
    Riscv(riscv::Isa),
}

/// What makes sequences of an instruction set.
#[derive(Debug)]
pub enum Generator {
    /// Thumb.
    Thumb(thumb::Generator),
    /// RISC-V.
    Riscv(riscv::Generator),
}

const V6M: thumb::Isa = thumb::Isa { v7m: false, dsp: false, v8m: false, float: false, fpv5: false, double: false };
const V7M: thumb::Isa = thumb::Isa { v7m: true, ..V6M };
const V7EM: thumb::Isa = thumb::Isa { dsp: true, float: true, ..V7M };
const M7F: thumb::Isa = thumb::Isa { fpv5: true, double: true, ..V7EM };
const M33F: thumb::Isa = thumb::Isa { fpv5: true, v8m: true, ..V7EM };
const RV32: riscv::Isa = riscv::Isa { wide: false, atomic: true, float: 0 };
const RV32F: riscv::Isa = riscv::Isa { float: 32, ..RV32 };
const RV64: riscv::Isa = riscv::Isa { wide: true, float: 64, ..RV32 };
const VIRT: Target = Target { code: 0x8000_0000, ram: 0x8040_0000 };
const MPS2: Target = Target { code: 0, ram: 0x2000_0000 };
/// The machine's core starts in Secure state: these are the addresses that it has there.
const SECURE: Target = Target { code: 0x1000_0000, ram: 0x3800_0000 };

/// All of them.
pub const PROFILES: &[Profile] = &[
    // QEMU has a Cortex-M0 only with 256 KiB of flash memory.
    Profile {
        name: "m0",
        core: "cortex-m0",
        machine: "microbit",
        board: "qemu-mps2-an385",
        target: MPS2,
        set: Set::Thumb(V6M),
        batch: 1000,
    },
    Profile {
        name: "m3",
        core: "cortex-m3",
        machine: "mps2-an385",
        board: "qemu-mps2-an385",
        target: MPS2,
        set: Set::Thumb(V7M),
        batch: 2500,
    },
    Profile {
        name: "m4f",
        core: "cortex-m4f",
        machine: "mps2-an386",
        board: "qemu-mps2-an386",
        target: MPS2,
        set: Set::Thumb(V7EM),
        batch: 2500,
    },
    Profile {
        name: "m7f",
        core: "cortex-m7f",
        machine: "mps2-an500",
        board: "qemu-mps2-an500",
        target: MPS2,
        set: Set::Thumb(M7F),
        batch: 2500,
    },
    Profile {
        name: "m33f",
        core: "cortex-m33f",
        machine: "mps2-an505",
        board: "qemu-mps2-an505",
        target: SECURE,
        set: Set::Thumb(M33F),
        batch: 2500,
    },
    Profile {
        name: "rv32imac",
        core: "rv32imac",
        machine: "virt -bios none -cpu rv32,f=off,d=off",
        board: "qemu-virt-rv32",
        target: VIRT,
        set: Set::Riscv(RV32),
        batch: 2500,
    },
    Profile {
        name: "rv32imafc",
        core: "rv32imafc",
        machine: "virt -bios none -cpu rv32,d=off",
        board: "qemu-virt-rv32",
        target: VIRT,
        set: Set::Riscv(RV32F),
        batch: 2500,
    },
    Profile {
        name: "rv64gc",
        core: "rv64gc",
        machine: "virt -bios none",
        board: "qemu-virt-rv64",
        target: VIRT,
        set: Set::Riscv(RV64),
        batch: 2500,
    },
];

impl Profile {
    /// By its name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// What makes its sequences.
    #[must_use]
    pub fn generator(&self) -> Generator {
        let window = self.target.ram + self.set.window();
        match self.set {
            Set::Thumb(isa) => Generator::Thumb(thumb::Generator::new(isa, window)),
            Set::Riscv(isa) => Generator::Riscv(riscv::Generator::new(isa, window)),
        }
    }

    /// The board that bksim is given.
    ///
    /// # Errors
    /// If there is no such board.
    pub fn board(&self) -> anyhow::Result<Board> {
        let mut board = Registry::new(SearchPath::built_in()).board(self.board)?;
        self.core.clone_into(&mut board.chip.core);
        if let (Set::Thumb(thumb::Isa { v7m: false, .. }), Interrupts::Nvic(nvic)) =
            (self.set, &mut board.chip.interrupts)
        {
            // Armv6-M has no more priorities (Arm DDI 0419, B3.4.1), and a Cortex-M0 no protection unit.
            nvic.prio_bits = 2;
            board.chip.mpu_regions = 0;
        }
        Ok(board)
    }
}

impl Set {
    /// From the first byte of data to the window.
    #[must_use]
    pub fn window(self) -> u32 {
        match self {
            Self::Thumb(_) => 0x100,
            Self::Riscv(_) => 0x300,
        }
    }

    /// Bytes of a register.
    #[must_use]
    pub fn register(self) -> usize {
        match self {
            Self::Riscv(riscv::Isa { wide: true, .. }) => 8,
            _ => 4,
        }
    }

    /// The bits of the largest floating-point number; 0 if there are none.
    #[must_use]
    pub fn float(self) -> u32 {
        match self {
            Self::Thumb(isa) if isa.double => 64,
            Self::Thumb(isa) => 32 * u32::from(isa.float),
            Self::Riscv(isa) => isa.float,
        }
    }

    /// What the names of its compiler, assembler and so on begin with.
    #[must_use]
    pub fn toolchain(self) -> &'static str {
        match self {
            Self::Thumb(_) => "arm-none-eabi",
            Self::Riscv(_) => "riscv64-unknown-elf",
        }
    }
}

impl Generator {
    /// The sequence of a seed; `ticking` if it is going to be interrupted.
    #[must_use]
    pub fn sequence(&self, seed: u64, ticking: bool) -> Sequence {
        let mut n = Numbers::new(seed);
        match self {
            Self::Thumb(generator) => generator.sequence(&mut n, ticking),
            Self::Riscv(generator) => generator.sequence(&mut n, ticking),
        }
    }
}
