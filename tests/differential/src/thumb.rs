//! Thumb sequences, of Armv6-M to Armv8-M. The encodings are those of Arm DDI 0419 and DDI 0403E, chapter "Alphabetical
//! list of Thumb instructions"; what those call UNPREDICTABLE is not generated.
//!
//! A sequence keeps three registers to itself, other ones in each: two that point to the middle of the window, of which
//! one is low, and a small index. All others, and lr, are data.

mod dsp;
mod float;
mod it;
mod stack;
mod v6m;
mod v7m;
mod v8m;

use crate::numbers::Numbers;
use crate::pattern::Pattern;
use crate::sequence::{Jump, POOL, REACH, Sequence, Start, Unit, WINDOW, thumb};

/// What is to be generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Isa {
    /// Thumb-2 and IT blocks.
    pub v7m: bool,
    /// The DSP extension.
    pub dsp: bool,
    /// What Armv8-M Mainline adds.
    pub v8m: bool,
    /// Single precision.
    pub float: bool,
    /// What FPv5 adds.
    pub fpv5: bool,
    /// Double precision.
    pub double: bool,
}

/// A line of a table: the mnemonics that a disassembler may give it, the drawing, and what limits its fields.
///
/// | letter | field |
/// |---|---|
/// | `d`, `h` | destination; a second one |
/// | `n`, `m`, `a` | source; `k` is `m` once more |
/// | `b`, `x` | a base register that is kept; an index |
/// | `w` | a base register that is written: a copy |
/// | `o` | an offset from the base, in units of the rule's scale |
/// | `t`, `u` | loaded; loaded second |
/// | `s`, `r` | stored; stored second |
/// | `y`, `z` | least significant bit and what ends a bit field |
/// | any other | whatever comes |
struct Row(&'static str, &'static str, Rule);

/// What limits the fields of a [`Row`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Nothing.
    Any,
    /// May not stand in an IT block.
    OutsideIt,
    /// `i` is not 0: that is another instruction.
    NotZero,
    /// `i` is a modified immediate constant: a byte of 0 in several places is UNPREDICTABLE (A5.3.2).
    Modified,
    /// `t` shifts right and `i` by 0: that is another instruction.
    Saturate,
    /// `y` to `z`, which may not be lower.
    Field,
    /// `z` + 1 bits from `y` on.
    Extract,
    /// Not both registers are low: UNPREDICTABLE.
    High,
    /// A transfer whose offset counts so many bytes.
    Memory(u32),
    /// The same, exclusively: an interrupt between would be seen.
    Exclusive(u32),
}

/// The lines for an instruction set, in groups that are chosen among equally: what transfers comes up as often as the
/// longer list of what computes.
fn groups(isa: Isa) -> Vec<Vec<&'static Row>> {
    let groups: [(bool, &[&'static [Row]]); 6] = [
        (true, if isa.v7m { &[v6m::DATA, v7m::DATA] } else { &[v6m::DATA] }),
        (true, if isa.v7m { &[v6m::MEMORY, v7m::MEMORY] } else { &[v6m::MEMORY] }),
        (isa.dsp, &[dsp::ROWS]),
        (isa.v8m, &[v8m::ROWS]),
        (isa.float, if isa.fpv5 { &[float::SINGLE, float::SINGLE_V5] } else { &[float::SINGLE] }),
        (isa.double, &[float::DOUBLE]),
    ];
    groups.into_iter().filter(|(has, _)| *has).map(|(_, tables)| tables.iter().copied().flatten().collect()).collect()
}

/// A line, read.
#[derive(Debug)]
struct Format {
    pattern: Pattern,
    rule: Rule,
}

impl Format {
    /// Whether it is one instruction that may stand in an IT block.
    fn fits_it(&self) -> bool {
        self.rule != Rule::OutsideIt && self.pattern.width('w') == 0
    }
}

/// The registers that a sequence keeps.
#[derive(Clone, Copy, Debug)]
struct Roles {
    low_base: u32,
    high_base: u32,
    index: u32,
}

impl Roles {
    fn choose(n: &mut Numbers) -> Self {
        let low_base = n.below(8);
        let index = (low_base + 1 + n.below(7)) % 8;
        Self { low_base, high_base: 8 + n.below(5), index }
    }

    fn keeps(self, register: u32) -> bool {
        register == self.low_base || register == self.high_base || register == self.index
    }

    /// A register of data that a field of `width` bits can name.
    fn data(self, n: &mut Numbers, width: u32) -> u32 {
        loop {
            let register = any(n, width);
            if !self.keeps(register) {
                return register;
            }
        }
    }
}

/// Any register but sp and pc.
fn any(n: &mut Numbers, width: u32) -> u32 {
    match n.below(if width == 3 { 8 } else { 14 }) {
        13 => 14,
        register => register,
    }
}

/// CONTROL: the process stack is used; there is a floating-point context, which with the Security Extension is Secure
/// (SFPA) and without it has no such bit.
const SPSEL: u32 = 1 << 1;
const FPCA: u32 = 1 << 3 | 1 << 2;

/// Makes sequences.
#[derive(Debug)]
pub struct Generator {
    isa: Isa,
    middle: u32,
    formats: Vec<Vec<Format>>,
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
        let formats = groups(isa).into_iter().map(|group| group.into_iter().map(read).collect());
        Self { isa, middle: window + WINDOW / 2, formats: formats.collect() }
    }

    /// A sequence; `ticking` if it is going to be interrupted.
    #[must_use]
    pub fn sequence(&self, n: &mut Numbers, ticking: bool) -> Sequence {
        let roles = Roles::choose(n);
        let start = self.start(n, roles, ticking);
        let mut stack = stack::Stack::new();
        let mut units = Vec::new();
        if self.isa.float && start.control & FPCA == 0 {
            // The instruction that begins the context; not in an IT block: deviations.rs says why.
            units.push(Unit::Code(fill(self.first_float(), n, roles)));
        }
        let opening = units.len();
        units.extend((0..8 + n.below(17)).map(|_| self.unit(n, roles, &mut stack, ticking)));
        Sequence { units, opening, start }
    }

    fn unit(&self, n: &mut Numbers, roles: Roles, stack: &mut stack::Stack, ticking: bool) -> Unit {
        match n.below(32) {
            0..=3 if self.isa.v7m => Unit::Code(it::block(self, n, roles)),
            4 => self.jump(n),
            5 => literal(n, roles, self.isa.v7m),
            6 | 7 => stack.unit(n, roles, self.isa),
            8 | 9 => Unit::Code(self.multiple(n, roles)),
            10 if !self.isa.v7m => Unit::Code(flags(n, roles)),
            10 if n.one_in(12) => Unit::Code(thumb(0xDE00 | n.below(256), false)), // udf
            _ => loop {
                let format = self.format(n);
                if !(ticking && matches!(format.rule, Rule::Exclusive(_))) {
                    break Unit::Code(fill(format, n, roles));
                }
            },
        }
    }

    fn format(&self, n: &mut Numbers) -> &Format {
        let group = &self.formats[n.below(self.formats.len() as u32) as usize];
        &group[n.below(group.len() as u32) as usize]
    }

    fn first_float(&self) -> &Format {
        let single = usize::from(self.isa.dsp) + usize::from(self.isa.v8m) + 2;
        &self.formats[single][0]
    }

    fn start(&self, n: &mut Numbers, roles: Roles, ticking: bool) -> Start {
        let mut registers: Vec<u64> = (0..14).map(|_| n.integer(32)).collect();
        for base in [roles.low_base, roles.high_base] {
            // Off its alignment is a fault for LDM, LDRD and LDREX, for all of Armv6-M, and where CCR says so.
            let off = if n.one_in(10) { 1 + n.below(3) } else { 0 };
            registers[base as usize] = u64::from(self.middle + off);
        }
        registers[roles.index as usize] = u64::from(if n.one_in(6) { n.below(16) } else { 4 * n.below(4) });
        // STKALIGN always; DIV_0_TRP and UNALIGN_TRP at times (B3.2.8). Armv6-M has both constant.
        let traps = if n.one_in(8) { n.below(4) << 3 } else { 0 };
        // Without FPCA the first floating-point instruction begins a context: modes come from FPDSCR.
        let float = self.isa.float && !n.one_in(8);
        Start {
            registers,
            flags: (n.below(32) << 27 & if self.isa.v7m { !0 } else { 0xF000_0000 })
                | if self.isa.dsp { n.below(16) << 16 } else { 0 },
            float_status: if float { self.float_status(n) } else { 0 },
            control: SPSEL | if float { FPCA & if self.isa.v8m { !0 } else { 4 } } else { 0 },
            configuration: 0x200 | traps,
            tick: if ticking { n.below(60) } else { 0 },
            pools: std::array::from_fn(|_| 2 * n.below(POOL / 2 - 32)),
        }
    }

    /// Condition flags, AHP, DN, FZ, RMode, and cumulative flags (A2.5.3).
    fn float_status(&self, n: &mut Numbers) -> u32 {
        let modes = if n.one_in(3) { n.below(32) << 22 } else { 0 };
        n.below(16) << 28 | modes | if n.one_in(4) { n.below(256) & 0x9F } else { 0 }
    }

    /// A branch over one to three units.
    fn jump(&self, n: &mut Numbers) -> Unit {
        let over = 1 + n.below(3) as usize;
        let condition = n.below(14);
        let (form, template) = match n.below(if self.isa.v7m { 6 } else { 3 }) {
            0 => (Jump::ThumbConditional, 0xD000 | condition << 8),
            1 => (Jump::Thumb, 0xE000),
            2 => (Jump::ThumbWide, 0xF000_D000),                              // bl
            3 => (Jump::ThumbWideConditional, 0xF000_8000 | condition << 22), // b<c>.w
            4 => (Jump::ThumbWide, 0xF000_9000),                              // b.w
            _ => (Jump::ThumbZero, 0xB100 | n.below(2) << 11 | n.below(8)),   // cbz, cbnz
        };
        // CBZ reaches 126 bytes, less than the longest IT block and two more units may have.
        Unit::Jump { form, template, over: if form == Jump::ThumbZero { 1 } else { over } }
    }

    /// LDM or STM of data registers through a copy of a base; the list does not have the copy.
    fn multiple(&self, n: &mut Numbers, roles: Roles) -> Vec<u8> {
        let wide = self.isa.v7m && n.one_in(2);
        let width = if wide { 4 } else { 3 };
        let copy = roles.data(n, width);
        let load = n.one_in(2);
        let wanted = 2 + n.below(5);
        let mut list = 0_u32;
        while list.count_ones() < wanted.min(if wide { 6 } else { 4 }) {
            let register = if load { roles.data(n, width) } else { any(n, width) };
            if register != copy {
                list |= 1 << register;
            }
        }
        let mut code = mov(copy, if n.one_in(2) { roles.low_base } else { roles.high_base });
        if wide {
            // IA or DB; with or without write-back.
            let mode = n.pick(&[0xE880_0000, 0xE900_0000]) | n.below(2) << 21;
            code.extend(thumb(mode | u32::from(load) << 20 | copy << 16 | list, true));
        } else {
            code.extend(thumb(0xC000 | u32::from(load) << 11 | copy << 8 | list, false));
        }
        code
    }
}

/// MOV (register) T1.
fn mov(to: u32, from: u32) -> Vec<u8> {
    thumb(0x4600 | (to & 8) << 4 | from << 3 | to & 7, false)
}

/// BIC (immediate) T1: `bic.w to, from, #7`.
fn bic7(to: u32, from: u32) -> Vec<u8> {
    thumb(0xF020_0007 | from << 16 | to << 8, true)
}

/// MSR APSR for Armv6-M, of N, Z, C and V alone: see deviations.rs.
fn flags(n: &mut Numbers, roles: Roles) -> Vec<u8> {
    let register = roles.data(n, 3);
    let value = thumb(0x2000 | register << 8 | n.below(16) << 4, false);
    [value, thumb(0x0600 | register << 3 | register, false), thumb(0xF380_8800 | register << 16, true)].concat()
}

/// LDR (literal), or ADR, and the literal behind a branch over it.
fn literal(n: &mut Numbers, roles: Roles, v7m: bool) -> Unit {
    let mut code = Vec::new();
    if v7m && n.one_in(2) {
        // ldr.w, ldrb.w, ldrh.w, ldrsb.w, ldrsh.w; PC is 4 on, the literal 8: b.w lies between.
        let load = n.pick(&[0xF8DF_0000_u32, 0xF89F_0000, 0xF8BF_0000, 0xF99F_0000, 0xF9BF_0000]);
        code.extend(thumb(load | roles.data(n, 4) << 12 | 4, true));
        code.extend(thumb(0xF000_B802, true));
    } else {
        code.extend(thumb(0x4800 | roles.data(n, 3) << 8, false));
        code.extend(thumb(0xE001, false));
    }
    code.extend(n.word().to_le_bytes());
    Unit::Aligned(code)
}

/// An instruction of a format, with the copy of a base in front if it writes that.
fn fill(format: &Format, n: &mut Numbers, roles: Roles) -> Vec<u8> {
    loop {
        let values = choose(format, n, roles);
        let value = |letter| values.iter().find(|(known, _)| *known == letter).map_or(0, |(_, value)| *value);
        if is_allowed(format, value) {
            let word = format.pattern.encode(value);
            let mut code = Vec::new();
            if format.pattern.width('w') > 0 {
                let base = n.pick(&[roles.low_base, roles.high_base]);
                // An address that is not aligned: see deviations.rs.
                let exclusive = matches!(format.rule, Rule::Exclusive(_));
                code = if exclusive { bic7(value('w'), base) } else { mov(value('w'), base) };
            }
            code.extend(thumb(word, format.pattern.wide));
            return code;
        }
    }
}

fn choose(format: &Format, n: &mut Numbers, roles: Roles) -> Vec<(char, u32)> {
    let mut values: Vec<(char, u32)> = Vec::new();
    for (letter, width) in format.pattern.fields() {
        let value = match letter {
            'd' | 'h' | 'w' | 't' | 'u' => roles.data(n, width),
            'n' | 'm' | 'a' | 's' | 'r' => any(n, width),
            'b' if width == 3 => roles.low_base,
            'b' => n.pick(&[roles.low_base, roles.high_base]),
            'x' => roles.index,
            'o' => match format.rule {
                Rule::Memory(scale) | Rule::Exclusive(scale) => n.below((REACH / scale + 1).min(1 << width)),
                _ => n.below(1 << width),
            },
            'k' => values.iter().find(|(known, _)| *known == 'm').map_or(0, |(_, value)| *value),
            _ => n.word() & ((1 << width) - 1),
        };
        values.push((letter, value));
    }
    // `k` may stand in front of `m`: give both the same.
    if let Some(m) = values.iter().find(|(letter, _)| *letter == 'm').map(|(_, value)| *value) {
        values.iter_mut().filter(|(letter, _)| *letter == 'k').for_each(|(_, value)| *value = m);
    }
    values
}

/// Whether the fields make this instruction, and a predictable one.
fn is_allowed(format: &Format, value: impl Fn(char) -> u32) -> bool {
    let has = |letter| format.pattern.width(letter) > 0;
    let differ = |one, other| !has(one) || !has(other) || value(one) != value(other);
    let registers = [('d', 'h'), ('t', 'u'), ('w', 't'), ('w', 'u'), ('w', 's'), ('w', 'r'), ('w', 'd')];
    if !registers.iter().all(|(one, other)| differ(*one, *other)) {
        return false;
    }
    match format.rule {
        Rule::NotZero => value('i') != 0,
        Rule::Modified => value('i') >> 10 != 0 || value('i') >> 8 == 0 || value('i') & 0xFF != 0,
        Rule::Saturate => value('t') == 0 || value('i') != 0,
        Rule::Field => value('y') <= value('z'),
        Rule::Extract => value('y') + value('z') <= 31,
        Rule::High => value('n') > 7 || value('m') > 7,
        // STREX: the result is not the value either.
        Rule::Exclusive(_) => differ('d', 's'),
        Rule::Any | Rule::OutsideIt | Rule::Memory(_) => true,
    }
}

#[cfg(test)]
mod tests;
