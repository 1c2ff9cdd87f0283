//! The cores, and what each is compared with.

use bluekernel_boards::model::Board;
use bluekernel_boards::registry::{Registry, SearchPath};

use crate::image::Target;
use crate::thumb::{self, Isa};

/// A core of bksim and the machine of QEMU that judges it.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// What it is called here, like `m3`.
    pub name: &'static str,
    /// The core, as chip files name it.
    pub core: &'static str,
    /// QEMU's machine.
    pub machine: &'static str,
    /// Sequences in an image: what the machine's memory holds.
    pub batch: u32,
    /// Where code and data are.
    pub target: Target,
    /// Its instructions.
    pub isa: Isa,
    /// The board that is closest, of those that there are.
    board: &'static str,
}

const V7M: Isa = Isa { v7m: true, dsp: false, v8m: false, float: false, fpv5: false, double: false };
const V6M: Isa = Isa { v7m: false, ..V7M };
const V7EM: Isa = Isa { dsp: true, float: true, ..V7M };
const V8M: Isa = Isa { v8m: true, fpv5: true, ..V7EM };
const MPS2: Target = Target { code: 0, ram: 0x2000_0000 };

/// All of them.
pub const PROFILES: &[Profile] = &[
    Profile { name: "m0", core: "cortex-m0", machine: "microbit", batch: 1000, target: MPS2, isa: V6M, board: "qemu-mps2-an385" },
    Profile { name: "m3", core: "cortex-m3", machine: "mps2-an385", batch: 2500, target: MPS2, isa: V7M, board: "qemu-mps2-an385" },
    Profile { name: "m4f", core: "cortex-m4f", machine: "mps2-an386", batch: 2500, target: MPS2, isa: V7EM, board: "qemu-mps2-an386" },
    Profile { name: "m7f", core: "cortex-m7f", machine: "mps2-an500", batch: 2500, target: MPS2, isa: Isa { fpv5: true, double: true, ..V7EM }, board: "qemu-mps2-an386" },
    // The machine's core starts in Secure state: these are the addresses it has there.
    Profile { name: "m33f", core: "cortex-m33f", machine: "mps2-an505", batch: 2500, target: Target { code: 0x1000_0000, ram: 0x3800_0000 }, isa: V8M, board: "qemu-mps2-an386" },
];

impl Profile {
    /// By its name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// What makes its sequences.
    #[must_use]
    pub fn generator(&self) -> thumb::Generator {
        thumb::Generator::new(self.isa, self.target.window())
    }

    /// The board that bksim is given.
    ///
    /// # Errors
    /// If the built-in board cannot be read.
    pub fn board(&self) -> anyhow::Result<Board> {
        let mut board = Registry::new(SearchPath::built_in()).board(self.board)?;
        self.core.clone_into(&mut board.chip.core);
        for (memory, base) in board.chip.memory.iter_mut().zip([self.target.code, self.target.ram]) {
            memory.base = base.into();
            memory.aliases.clear();
        }
        if !self.isa.v7m {
            // Armv6-M has no more (Arm DDI 0419, B3.4.1).
            board.chip.nvic.prio_bits = 2;
        }
        Ok(board)
    }

    /// The options of the compiler that the harness is assembled with.
    #[must_use]
    pub fn compiler(&self) -> Vec<&'static str> {
        let mut options = vec!["-mthumb"];
        options.push(match (self.isa.v8m, self.isa.v7m) {
            (true, _) => "-mcpu=cortex-m33",
            (false, true) => "-mcpu=cortex-m4",
            (false, false) => "-mcpu=cortex-m0",
        });
        let defines = [(self.isa.v7m, "-DV7M"), (self.isa.v8m, "-DV8M"), (self.isa.dsp, "-DDSP"), (self.isa.float, "-DFLOAT")];
        options.extend(defines.iter().filter(|(has, _)| *has).map(|(_, define)| *define));
        if self.isa.float {
            options.extend(["-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]);
        }
        options
    }
}
