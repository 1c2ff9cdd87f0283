//! What a RISC-V ELF file says about the cores it was built for: its flags, and the section `.riscv.attributes`.
//!
//! Both are those of the RISC-V ELF Specification (riscv-elf-psabi-doc 1.0), chapters "File Header" and "Attributes".

use std::fmt;

use crate::attributes::{self, Value};
use crate::image::{Architecture, Image};

/// What decides whether a core can run the code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiscvAttributes {
    /// `Tag_RISCV_arch`, as `rv32i2p1_m2p0_zicsr2p0`; empty if the file does not say.
    pub arch: String,
    /// Some instructions are compressed (`EF_RISCV_RVC`).
    pub compressed: bool,
    /// How floating-point arguments are passed (`EF_RISCV_FLOAT_ABI`).
    pub float_abi: FloatAbi,
}

/// In what floating-point arguments are passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FloatAbi {
    /// In integer registers.
    #[default]
    Soft,
    /// In registers of single precision.
    Single,
    /// In registers of double precision.
    Double,
    /// In registers of quadruple precision.
    Quad,
}

impl FloatAbi {
    /// The extension whose registers it needs.
    const fn letter(self) -> Option<char> {
        match self {
            Self::Soft => None,
            Self::Single => Some('f'),
            Self::Double => Some('d'),
            Self::Quad => Some('q'),
        }
    }
}

const EF_RISCV_RVC: u32 = 1;
const TAG_ARCH: u64 = 5;

/// What extensions with longer names are a part of, or mean by themselves: those that have instructions which a core
/// without them does not know. Others are left alone.
const LONG: [(&str, Option<char>); 12] = [
    ("zmmul", Some('m')),
    ("zaamo", Some('a')),
    ("zalrsc", Some('a')),
    ("zca", Some('c')),
    ("zcf", Some('f')),
    ("zcd", Some('d')),
    ("zfh", None),
    ("zb", None),
    ("zk", None),
    ("zv", None),
    ("zcb", None),
    ("zcm", None),
];

impl RiscvAttributes {
    /// The register width that the code is for, if the file says.
    fn width(&self) -> Option<&str> {
        ["rv32", "rv64"].into_iter().find(|width| self.arch.starts_with(width))
    }

    /// The extensions that the code uses, by their letters, and longer names that no letter stands for.
    fn extensions(&self) -> Vec<String> {
        let letter = |letter: char| letter.to_string();
        let mut found = Vec::new();
        for part in self.arch.split('_') {
            let part = part.strip_prefix("rv32").or(part.strip_prefix("rv64")).unwrap_or(part);
            if part.starts_with('z') {
                let known = LONG.iter().find(|(name, _)| part.starts_with(name));
                let own = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'p');
                found.extend(known.map(|(_, of)| of.map_or_else(|| own.to_owned(), letter)));
            } else if !part.starts_with(['s', 'x']) {
                let versions = |c: &char| c.is_ascii_digit() || *c == 'p';
                found.extend(part.chars().filter(|c| !versions(c)).map(letter));
            }
        }
        found.extend(self.compressed.then(|| letter('c')));
        found.extend(self.float_abi.letter().map(letter));
        found
    }

    /// Whether a core such as `rv32imac` or `rv64gc` can run this code: its registers are as wide, and it has those that
    /// floating-point arguments are passed in. `true` for a name that says no such thing.
    ///
    /// The extensions decide nothing: they are what the compiler was allowed to use, which is often all that there is. The
    /// official tests of integer instructions are built for rv32g. What a core does not have is an illegal instruction.
    #[must_use]
    pub fn runs_on(&self, core: &str) -> bool {
        let (Some(width), Some(letters)) = (core.get(..4), core.get(4..)) else { return true };
        if !["rv32", "rv64"].contains(&width) {
            return true;
        }
        let letters = letters.replace('g', "imafd");
        let passes = self.float_abi.letter().is_none_or(|letter| letters.contains(letter));
        self.width().is_none_or(|wanted| wanted == width) && passes
    }
}

/// In words, for messages.
impl fmt::Display for RiscvAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.width().unwrap_or("riscv "))?;
        let mut told = Vec::new();
        for extension in self.extensions() {
            if !told.contains(&extension) {
                f.write_str(if extension.len() > 1 { "_" } else { "" })?;
                f.write_str(&extension)?;
                told.push(extension);
            }
        }
        match self.float_abi {
            FloatAbi::Soft => Ok(()),
            FloatAbi::Single => f.write_str(" with the single-precision ABI"),
            FloatAbi::Double => f.write_str(" with the double-precision ABI"),
            FloatAbi::Quad => f.write_str(" with the quad-precision ABI"),
        }
    }
}

impl Image {
    /// What flags and build attributes say; `None` if this is no RISC-V file.
    #[must_use]
    pub fn riscv_attributes(&self) -> Option<RiscvAttributes> {
        if !matches!(self.architecture(), Architecture::Riscv32 | Architecture::Riscv64) {
            return None;
        }
        let section = self.section(".riscv.attributes").map(|section| self.section_data(section)).unwrap_or_default();
        let float_abi = match self.flags >> 1 & 3 {
            0 => FloatAbi::Soft,
            1 => FloatAbi::Single,
            2 => FloatAbi::Double,
            _ => FloatAbi::Quad,
        };
        let arch = arch(section, self.little_endian()).unwrap_or_default();
        Some(RiscvAttributes { arch, compressed: self.flags & EF_RISCV_RVC != 0, float_abi })
    }
}

/// `Tag_RISCV_arch`. Odd tags are texts.
fn arch(section: &[u8], little_endian: bool) -> Option<String> {
    let tags = attributes::of_file(section, little_endian, "riscv", |tag| tag % 2 == 1)?;
    tags.into_iter().find_map(|(tag, value)| match value {
        Value::Text(text) if tag == TAG_ARCH => Some(String::from_utf8_lossy(text).to_lowercase()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `.riscv.attributes` of `riscv64-unknown-elf-as -march=rv64imafdc -mabi=lp64d`, GNU binutils 2.40.
    fn section() -> Vec<u8> {
        let arch = b"rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zmmul1p0\0";
        let mut section = b"A".to_vec();
        section.extend((4 + 6 + 5 + 1 + arch.len() as u32).to_le_bytes());
        section.extend(b"riscv\0\x01");
        section.extend((5 + 1 + arch.len() as u32).to_le_bytes());
        section.push(5);
        section.extend(arch);
        section
    }

    fn built(arch: &str, float_abi: FloatAbi) -> RiscvAttributes {
        RiscvAttributes { arch: arch.to_owned(), compressed: false, float_abi }
    }

    #[test]
    fn the_section_names_the_extensions() {
        let arch = arch(&section(), true).unwrap();
        assert_eq!(arch, "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zmmul1p0");
        let attributes = built(&arch, FloatAbi::Double);
        assert_eq!(attributes.to_string(), "rv64imafdc with the double-precision ABI");
        assert!(attributes.runs_on("rv64gc") && !attributes.runs_on("rv64imac") && !attributes.runs_on("rv32imafc"));
    }

    #[test]
    fn a_core_must_have_the_registers_not_every_extension_that_might_be_used() {
        let rust = built("rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0_zmmul1p0_zaamo1p0_zalrsc1p0_zca1p0", FloatAbi::Soft);
        for core in ["rv32imac", "rv32imafc", "something"] {
            assert!(rust.runs_on(core), "{core}");
        }
        assert!(rust.runs_on("rv32imc") && !rust.runs_on("rv64gc"));
        assert!(built("rv32i2p1_m2p0_a2p1_f2p2_d2p2", FloatAbi::Soft).runs_on("rv32imac"), "the official tests");
        assert_eq!(rust.to_string(), "rv32imac");
        assert_eq!(built("rv32i2p1_m2p0_zba1p0", FloatAbi::Soft).to_string(), "rv32im_zba");
        assert!(built("rv32e1p9_svinval1p0_zicntr2p0", FloatAbi::Soft).runs_on("rv32imc"));
    }

    #[test]
    fn flags_count_without_the_section() {
        assert!(RiscvAttributes::default().runs_on("rv32imc"));
        let single = built("", FloatAbi::Single);
        assert!(single.runs_on("rv32imafc") && single.runs_on("rv64gc") && !single.runs_on("rv32imac"));
        assert_eq!(single.to_string(), "riscv f with the single-precision ABI");
        assert!(!built("", FloatAbi::Double).runs_on("rv32imafc"));
    }

    #[test]
    fn damaged_sections_say_nothing() {
        let section = section();
        assert_eq!(arch(&[], true), None);
        for length in 0..section.len() {
            assert_eq!(arch(&section[..length], true), None, "{length} bytes");
        }
    }
}
