//! RISC-V sequences (The RISC-V Instruction Set Manual, Volume I, 20191213). Reserved encodings are not generated.
//!
//! A sequence keeps three registers to itself: sp and two others, of which one can be named by compressed instructions,
//! point to the middle of the window. All others are data.

mod atomic;
mod base;
mod compressed;
mod float;

use crate::numbers::Numbers;
use crate::pattern::Pattern;
use crate::sequence::{Jump, POOL, REACH, Sequence, Start, Unit, WINDOW, riscv};

/// What is to be generated, beside I, M and C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa {
    /// 64 bits.
    pub wide: bool,
    /// A.
    pub atomic: bool,
    /// Bits of floating-point registers: 0, 32 (F) or 64 (F and D).
    pub float: u32,
}

/// A line of a table: the mnemonics that a disassembler may give it, the drawing, and what limits its fields.
///
/// | letter | field |
/// |---|---|
/// | `d` | destination, at times x0 |
/// | `n`, `m` | source |
/// | `b` | a base register that is kept |
/// | `w` | an aligned copy of one |
/// | `o` | an offset of 12 bits from the base |
/// | `t`, `s` | loaded, stored |
/// | `v` | a rounding mode |
/// | `F`, `G`, `H`, `J` | a register of single precision |
/// | `P`, `Q`, `R`, `T` | a register of double precision |
/// | any other | whatever comes |
struct Row(&'static str, &'static str, Rule);

/// What limits the fields of a [`Row`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Nothing.
    Any,
    /// `d`, `m` and `t` are not x0, and `i` is not 0: those are other instructions.
    NotZero,
    /// A transfer of so many bytes: mostly aligned.
    Memory(u32),
    /// LR or SC: an interrupt between would be seen.
    Exclusive,
}

struct Format {
    pattern: Pattern,
    rule: Rule,
}

/// The lines for an instruction set, in groups that are chosen among equally.
fn groups(isa: Isa) -> Vec<Vec<&'static Row>> {
    let (narrow, wide) = (!isa.wide, isa.wide);
    let (single, double) = (isa.float >= 32, isa.float >= 64);
    let groups: [&[(bool, &'static [Row])]; 5] = [
        &[(true, base::DATA), (wide, base::DATA_64)],
        &[(true, base::MEMORY), (wide, base::MEMORY_64), (single, float::MEMORY), (double, float::MEMORY_DOUBLE)],
        &[
            (true, compressed::ROWS),
            (wide, compressed::ROWS_64),
            (narrow && single, compressed::SINGLE),
            (double, compressed::DOUBLE),
        ],
        &[(isa.atomic, atomic::ROWS), (isa.atomic && wide, atomic::ROWS_64)],
        &[
            (single, float::SINGLE),
            (single && wide, float::SINGLE_64),
            (double, float::DOUBLE),
            (double && wide, float::DOUBLE_64),
        ],
    ];
    let rows = |tables: &&[(bool, &'static [Row])]| -> Vec<&'static Row> {
        tables.iter().filter(|(has, _)| *has).flat_map(|(_, rows)| rows.iter()).collect()
    };
    groups.iter().map(rows).filter(|rows| !rows.is_empty()).collect()
}

/// The registers that a sequence keeps, beside sp.
#[derive(Clone, Copy, Debug)]
struct Roles {
    /// x8 to x15.
    low_base: u32,
    high_base: u32,
}

const SP: u32 = 2;

impl Roles {
    fn choose(n: &mut Numbers) -> Self {
        let low_base = 8 + n.below(8);
        Self { low_base, high_base: 16 + n.below(16) }
    }

    fn keeps(self, register: u32) -> bool {
        register == self.low_base || register == self.high_base || register == SP
    }

    /// A register of data that a field of `width` bits can name; 5 bits may name x0.
    fn data(self, n: &mut Numbers, width: u32) -> u32 {
        loop {
            let register = any(n, width);
            if !self.keeps(register) {
                return encoded(register, width);
            }
        }
    }
}

/// Any register. One in 16 is x0 where the field can name it.
fn any(n: &mut Numbers, width: u32) -> u32 {
    match width {
        3 => 8 + n.below(8),
        _ if n.one_in(16) => 0,
        _ => 1 + n.below(31),
    }
}

fn encoded(register: u32, width: u32) -> u32 {
    if width == 3 { register - 8 } else { register }
}

/// Makes sequences.
pub struct Generator {
    isa: Isa,
    middle: u32,
    formats: Vec<Vec<Format>>,
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator").field("isa", &self.isa).finish_non_exhaustive()
    }
}

impl Generator {
    /// For an instruction set, and a window at an address.
    ///
    /// # Panics
    /// If a row of the tables is no drawing of 16 or 32 bits.
    #[must_use]
    pub fn new(isa: Isa, window: u32) -> Self {
        let read = |row: &Row| {
            let pattern = Pattern::parse(row.1).unwrap_or_else(|| panic!("{}: {} has not 16 or 32 bits", row.0, row.1));
            Format { pattern, rule: row.2 }
        };
        let formats = groups(isa).into_iter().map(|group| group.into_iter().map(read).collect()).collect();
        Self { isa, middle: window + WINDOW / 2, formats }
    }

    /// A sequence; `ticking` if it is going to be interrupted.
    #[must_use]
    pub fn sequence(&self, n: &mut Numbers, ticking: bool) -> Sequence {
        let roles = Roles::choose(n);
        let start = self.start(n, roles, ticking);
        let units = (0..8 + n.below(17)).map(|_| self.unit(n, roles, ticking)).collect();
        Sequence { units, opening: 0, start }
    }

    fn unit(&self, n: &mut Numbers, roles: Roles, ticking: bool) -> Unit {
        match n.below(32) {
            0..=2 => self.jump(n, roles),
            3 => self.literal(n, roles),
            4 if n.one_in(12) => Unit::Code(unknown(n)),
            5 if self.isa.float > 0 => Unit::Code(float_status(n, roles)),
            _ => loop {
                let group = &self.formats[n.below(self.formats.len() as u32) as usize];
                let format = &group[n.below(group.len() as u32) as usize];
                if !(ticking && format.rule == Rule::Exclusive) {
                    break Unit::Code(self.fill(format, n, roles));
                }
            },
        }
    }

    fn start(&self, n: &mut Numbers, roles: Roles, ticking: bool) -> Start {
        let bits = if self.isa.wide { 64 } else { 32 };
        let mut registers: Vec<u64> = (0..31).map(|_| n.integer(bits)).collect();
        for base in [roles.low_base, roles.high_base, SP] {
            let off = if n.one_in(12) { 1 + n.below(7) } else { 0 };
            registers[base as usize - 1] = u64::from(self.middle + off);
        }
        Start {
            registers,
            // Rounding modes 0 to 4; flags.
            float_status: if self.isa.float > 0 { (n.below(5) << 5) | (n.below(2) * n.below(32)) } else { 0 },
            tick: if ticking { n.below(6) } else { 0 },
            pools: std::array::from_fn(|_| 2 * n.below(POOL / 2 - 32)),
            ..Start::default()
        }
    }

    /// A branch or jump over one to three units.
    fn jump(&self, n: &mut Numbers, roles: Roles) -> Unit {
        let over = 1 + n.below(3) as usize;
        let (form, template) = match n.below(5) {
            0 | 1 => {
                let condition = n.pick(&[0, 1, 4, 5, 6, 7]);
                (Jump::Branch, any(n, 5) << 20 | any(n, 5) << 15 | condition << 12 | 0x63)
            }
            2 => (Jump::Jal, roles.data(n, 5) << 7 | 0x6F),
            3 => (Jump::CompressedBranch, 0xC001 | n.below(2) << 13 | n.below(8) << 7),
            _ => (Jump::CompressedJump, 0xA001),
        };
        Unit::Jump { form, template, over }
    }

    /// An instruction of a format, with what aligns its base in front if it needs that.
    fn fill(&self, format: &Format, n: &mut Numbers, roles: Roles) -> Vec<u8> {
        let mut code = Vec::new();
        let mut copy = 0;
        if format.pattern.width('w') > 0 {
            while copy == 0 {
                copy = roles.data(n, 5);
            }
            code = align(n, copy, roles);
        }
        let not_zero = format.rule == Rule::NotZero || !format.pattern.wide;
        let word = format.pattern.encode(|letter| {
            loop {
                let width = format.pattern.width(letter);
                let value = match letter {
                    'd' | 't' => roles.data(n, width),
                    'n' | 'm' | 's' => encoded(any(n, width), width),
                    'b' if width == 3 => encoded(roles.low_base, width),
                    'b' => n.pick(&[roles.low_base, roles.high_base, SP]),
                    'w' => copy,
                    'o' => offset(format.rule, n),
                    'v' => n.pick(&[0, 1, 2, 3, 4, 7]),
                    'F' | 'G' | 'H' | 'J' if self.isa.float == 64 => 16 + n.below(16),
                    'P' | 'Q' | 'R' | 'T' if width == 5 => n.below(16),
                    _ => n.word() & ((1 << width) - 1),
                };
                let is_zero = value == 0 && (width == 5 && "dmt".contains(letter) || letter == 'i');
                if !(not_zero && is_zero) || (letter == 'i' && format.rule != Rule::NotZero) {
                    break value;
                }
            }
        });
        code.extend(riscv(word, format.pattern.wide));
        code
    }

    /// A load relative to pc, and the literal behind a jump over it.
    fn literal(&self, n: &mut Numbers, roles: Roles) -> Unit {
        let register = 1 + n.below(31);
        if roles.keeps(register) {
            return Unit::Code(riscv(0x0001, false));
        }
        let load = n.pick(if self.isa.wide { &[2, 3, 6][..] } else { &[0, 1, 2, 4, 5][..] });
        let mut code = riscv(register << 7 | 0x17, true); // auipc
        code.extend(riscv(12 << 20 | register << 15 | load << 12 | register << 7 | 0x03, true));
        code.extend(riscv(0x00C0_006F, true)); // j 12
        code.extend(n.long().to_le_bytes());
        Unit::Aligned(code)
    }
}

/// ANDI: a base, aligned to 8 bytes. Other addresses: see deviations.rs.
fn align(n: &mut Numbers, to: u32, roles: Roles) -> Vec<u8> {
    let from = n.pick(&[roles.low_base, roles.high_base, SP]);
    riscv(0xFF8 << 20 | from << 15 | 7 << 12 | to << 7 | 0x13, true)
}

/// An instruction that there is not: all zeros and all ones by definition; or EBREAK.
fn unknown(n: &mut Numbers) -> Vec<u8> {
    let (word, wide) = n.pick(&[(0, false), (u32::MAX, true), (0x0010_0073, true), (0x9002, false)]);
    riscv(word, wide)
}

/// Reads, writes, sets or clears bits of fflags, frm or fcsr; a rounding mode that is written is a valid one.
fn float_status(n: &mut Numbers, roles: Roles) -> Vec<u8> {
    let destination = roles.data(n, 5) << 7;
    let csr = |number: u32, operation: u32, source: u32| number << 20 | source << 15 | operation << 12 | 0x73;
    let word = match n.below(4) {
        0 => csr(2, 5, n.below(5)),               // csrrwi frm
        1 => csr(1, 5 + n.below(3), n.below(32)), // csrr[wsc]i fflags
        2 => csr(n.pick(&[1, 2, 3]), 2, 0),       // csrr
        _ => csr(1, 1 + n.below(3), any(n, 5)),   // csrr[wsc] fflags
    };
    riscv(word | destination, true)
}

/// An offset of 12 bits, mostly a multiple of the transfer's size.
fn offset(rule: Rule, n: &mut Numbers) -> u32 {
    let size = if let Rule::Memory(size) = rule { size } else { 1 };
    let size = if n.one_in(12) { 1 } else { size };
    let distance = n.below(REACH / size + 1) * size;
    if n.one_in(2) { distance } else { distance.wrapping_neg() }
}

#[cfg(test)]
mod tests;
