//! A sequence: instructions, and the state that they start from. What is the same for all instruction sets.

/// Bytes of the window that loads and stores reach; its middle is what base registers hold.
pub const WINDOW: u32 = 256;
/// How far from the window's middle a transfer begins at most: one of 8 bytes, up to 3 off its alignment, stays inside.
pub const REACH: u32 = 116;
/// Words of the pools that windows, stacks and floating-point registers are filled from.
pub const POOL: u32 = 2048;

/// How a branch tells where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// `B<c>` T1.
    ThumbConditional,
    /// `B` T2.
    Thumb,
    /// `B<c>.W` T3.
    ThumbWideConditional,
    /// `B.W` T4 and `BL`.
    ThumbWide,
    /// `CBZ`, `CBNZ`.
    ThumbZero,
    /// RISC-V's B-type.
    Branch,
    /// RISC-V's J-type.
    Jal,
    /// `c.beqz`, `c.bnez`.
    CompressedBranch,
    /// `c.j`.
    CompressedJump,
}

/// A part of a sequence that stands or goes as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Instructions.
    Code(Vec<u8>),
    /// Instructions that begin at a multiple of 4: they look at literals among them.
    Aligned(Vec<u8>),
    /// A branch over the next units.
    Jump {
        /// How it is encoded.
        form: Jump,
        /// The encoding with an offset of 0.
        template: u32,
        /// How many units are skipped.
        over: usize,
    },
}

/// What a sequence starts with, beside its code. What an instruction set does not have is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// r0 to r12 and lr; x1 to x31.
    pub registers: Vec<u64>,
    /// The flags of APSR.
    pub flags: u32,
    /// FPSCR; fcsr.
    pub float_status: u32,
    /// CONTROL; mstatus.FS.
    pub control: u32,
    /// CCR.
    pub configuration: u32,
    /// Cycles between two interrupts.
    pub tick: u32,
    /// Where in the pools the window, the stack and the floating-point registers begin, in words.
    pub pools: [u32; 3],
}

/// A sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Its parts in order.
    pub units: Vec<Unit>,
    /// So many of the first belong to the start.
    pub opening: usize,
    /// What it starts with.
    pub start: Start,
}

impl Sequence {
    /// The same without the unit `index`.
    #[must_use]
    pub fn without(&self, index: usize) -> Self {
        let mut shorter = self.clone();
        shorter.units.remove(index);
        shorter
    }

    /// The first `count` units.
    #[must_use]
    pub fn prefix(&self, count: usize) -> Self {
        Self { units: self.units[..count.min(self.units.len())].to_vec(), ..self.clone() }
    }

    /// The code at `address`, a multiple of 4, with `pad` where alignment needs it and `end` behind it all.
    #[must_use]
    pub fn assemble(&self, pad: &[u8], end: &[u8]) -> Vec<u8> {
        let mut code = Vec::new();
        let mut starts = Vec::new();
        let mut jumps = Vec::new();
        for (index, unit) in self.units.iter().enumerate() {
            if matches!(unit, Unit::Aligned(_)) && code.len() % 4 != 0 {
                code.extend_from_slice(pad);
            }
            starts.push(code.len());
            match unit {
                Unit::Code(bytes) | Unit::Aligned(bytes) => code.extend_from_slice(bytes),
                Unit::Jump { form, template, over } => {
                    jumps.push((code.len(), *form, *template, index + 1 + over));
                    let bytes = form.bytes(*template, 4);
                    code.extend_from_slice(&bytes);
                }
            }
        }
        starts.push(code.len());
        for (at, form, template, target) in jumps {
            let target = starts[target.min(self.units.len())];
            let bytes = form.bytes(template, (target - at) as u32);
            code[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        code.extend_from_slice(end);
        code
    }
}

/// A 16-bit or 32-bit Thumb instruction as it lies in memory.
#[must_use]
pub fn thumb(word: u32, wide: bool) -> Vec<u8> {
    if wide {
        let [high, low] = [(word >> 16) as u16, word as u16].map(u16::to_le_bytes);
        [high, low].concat()
    } else {
        (word as u16).to_le_bytes().to_vec()
    }
}

/// A 16-bit or 32-bit RISC-V instruction as it lies in memory.
#[must_use]
pub fn riscv(word: u32, wide: bool) -> Vec<u8> {
    if wide { word.to_le_bytes().to_vec() } else { (word as u16).to_le_bytes().to_vec() }
}

impl Jump {
    /// The instruction that goes `distance` bytes on from its own first byte.
    fn bytes(self, template: u32, distance: u32) -> Vec<u8> {
        // PC reads as the instruction's address + 4 (DDI 0403E, A5.1.2).
        let offset = distance.wrapping_sub(4);
        let at = |value: u32, bit: u32, to: u32| (value >> bit & 1) << to;
        match self {
            Self::ThumbConditional => thumb(template | offset >> 1 & 0xFF, false),
            Self::Thumb => thumb(template | offset >> 1 & 0x7FF, false),
            // It cannot reach the instruction that follows it at once, which is a NOP here.
            Self::ThumbZero => {
                let zero = thumb(template | at(offset, 6, 9) | (offset >> 1 & 0x1F) << 3, false);
                [zero, thumb(0xBF00, false)].concat()
            }
            Self::ThumbWideConditional => {
                let signs = at(offset, 31, 26) | at(offset, 19, 11) | at(offset, 18, 13);
                thumb(template | signs | (offset >> 12 & 0x3F) << 16 | offset >> 1 & 0x7FF, true)
            }
            Self::ThumbWide => {
                let sign = offset >> 31;
                let j = |bit: u32| (!(offset >> bit) ^ sign) & 1;
                let signs = sign << 26 | j(23) << 13 | j(22) << 11;
                thumb(template | signs | (offset >> 12 & 0x3FF) << 16 | offset >> 1 & 0x7FF, true)
            }
            Self::Branch => {
                let high = at(distance, 12, 31) | (distance >> 5 & 0x3F) << 25;
                riscv(template | high | (distance >> 1 & 0xF) << 8 | at(distance, 11, 7), true)
            }
            Self::Jal => {
                let low = (distance >> 1 & 0x3FF) << 21 | at(distance, 11, 20) | distance & 0xF_F000;
                riscv(template | at(distance, 20, 31) | low, true)
            }
            Self::CompressedBranch => {
                let high = at(distance, 8, 12) | (distance >> 3 & 3) << 10;
                riscv(template | high | (distance >> 6 & 3) << 5 | (distance >> 1 & 3) << 3 | at(distance, 5, 2), false)
            }
            Self::CompressedJump => {
                let high = at(distance, 11, 12) | at(distance, 4, 11) | (distance >> 8 & 3) << 9;
                let middle = at(distance, 10, 8) | at(distance, 6, 7) | at(distance, 7, 6);
                riscv(template | high | middle | (distance >> 1 & 7) << 3 | at(distance, 5, 2), false)
            }
        }
    }
}
