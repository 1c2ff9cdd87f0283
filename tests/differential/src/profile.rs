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
const MPS2: Target = Target { code: 0, ram: 0x2000_0000 };

/// All of them.
pub const PROFILES: &[Profile] = &[
    Profile { name: "m0", core: "cortex-m0", machine: "microbit", batch: 1000, target: MPS2, isa: V6M, board: "qemu-mps2-an385" },
    Profile { name: "m3", core: "cortex-m3", machine: "mps2-an385", batch: 10_000, target: MPS2, isa: V7M, board: "qemu-mps2-an385" },
    Profile { name: "m4f", core: "cortex-m4f", machine: "mps2-an386", batch: 10_000, target: MPS2, isa: V7EM, board: "qemu-mps2-an386" },
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
        let defines = [(self.isa.v7m, "-DV7M"), (self.isa.dsp, "-DDSP"), (self.isa.float, "-DFLOAT")];
        options.extend(defines.iter().filter(|(has, _)| *has).map(|(_, define)| *define));
        if self.isa.float {
            options.extend(["-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]);
        }
        options
    }
}
