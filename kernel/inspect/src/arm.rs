//! What an Arm ELF file says about the cores it was built for: the section `.ARM.attributes`.
//!
//! The format and the tags are those of "Addenda to, and Errata in, the ABI for the Arm Architecture" (Arm IHI 0045),
//! chapter "Build Attributes".

use crate::image::{Architecture, Image};

/// The attributes that decide whether a core can run the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArmAttributes {
    /// `Tag_CPU_arch`: 10 is v7, 11 v6-M, 12 v6S-M, 13 v7E-M, 16 v8-M baseline, 17 v8-M mainline, 21 v8.1-M.
    pub cpu_arch: u64,
    /// `Tag_CPU_arch_profile`: `M`, `A`, `R`, or 0 where the architecture has none or the file does not say.
    pub profile: u8,
    /// `Tag_FP_arch`: 0 means that no floating-point instruction is used.
    pub fp_arch: u64,
}

const TAG_FILE: u64 = 1;
const TAG_CPU_ARCH: u64 = 6;
const TAG_CPU_ARCH_PROFILE: u64 = 7;
const TAG_FP_ARCH: u64 = 10;

impl ArmAttributes {
    /// Whether a core of architecture `arch` (`armv7-m`, ...), with an FPU or without, can run this code. `true` for
    /// an architecture that this function does not know: it warns, it does not forbid.
    #[must_use]
    pub fn runs_on(&self, arch: &str, fpu: bool) -> bool {
        const V6M: [u64; 2] = [11, 12];
        let fits = |also: &[u64]| V6M.contains(&self.cpu_arch) || also.contains(&self.cpu_arch);
        let instructions = match arch {
            "armv6-m" => fits(&[]),
            "armv7-m" => fits(&[10]),
            "armv7e-m" => fits(&[10, 13]),
            "armv8-m.base" => fits(&[16]),
            "armv8-m.main" => fits(&[10, 13, 16, 17]),
            _ => return true,
        };
        let application = self.profile == b'A' || self.profile == b'R';
        instructions && !application && (fpu || self.fp_arch == 0)
    }

    /// The architecture in words, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        let arch = match (self.cpu_arch, self.profile) {
            (10, b'M') => "armv7-m",
            (10, _) => "armv7",
            (11 | 12, _) => "armv6-m",
            (13, _) => "armv7e-m",
            (14, _) => "armv8",
            (16, _) => "armv8-m.base",
            (17, _) => "armv8-m.main",
            (21, _) => "armv8.1-m.main",
            _ => return format!("Arm architecture {}", self.cpu_arch),
        };
        let profile =
            if matches!(self.profile, b'A' | b'R') { format!("-{}", self.profile as char) } else { String::new() };
        let fpu = if self.fp_arch == 0 { "" } else { " with floating point" };
        format!("{arch}{}{fpu}", profile.to_lowercase())
    }
}

impl Image {
    /// The build attributes; `None` if this is no Arm file or it has none.
    #[must_use]
    pub fn arm_attributes(&self) -> Option<ArmAttributes> {
        let section = self.section(".ARM.attributes").filter(|_| self.architecture() == Architecture::Arm)?;
        let mut bytes = Bytes { data: self.section_data(section), little_endian: self.little_endian() };
        let version = bytes.byte()?;
        if version != b'A' {
            return None;
        }
        while let Some(mut vendor) = bytes.block(0) {
            if vendor.text()? != b"aeabi" {
                continue;
            }
            while !vendor.data.is_empty() {
                let before = vendor.data.len();
                let tag = vendor.number()?;
                // The length counts from the tag on.
                let mut scope = vendor.block(before - vendor.data.len())?;
                if tag == TAG_FILE {
                    return Some(attributes(&mut scope));
                }
            }
        }
        None
    }
}

fn attributes(bytes: &mut Bytes<'_>) -> ArmAttributes {
    let mut found = ArmAttributes::default();
    while let Some(tag) = bytes.number() {
        // Tags 4, 5, 65 and 67 are text; 32 is a number and text; above 32 the odd ones are text.
        let text = matches!(tag, 4 | 5 | 65 | 67) || (tag > 32 && tag % 2 == 1);
        let value = if text { bytes.text().map(|_| 0) } else { bytes.number() };
        let Some(value) = value.filter(|_| tag != 32 || bytes.text().is_some()) else { break };
        match tag {
            TAG_CPU_ARCH => found.cpu_arch = value,
            TAG_CPU_ARCH_PROFILE => found.profile = u8::try_from(value).unwrap_or(0),
            TAG_FP_ARCH => found.fp_arch = value,
            _ => {}
        }
    }
    found
}

/// The rest of some bytes.
struct Bytes<'a> {
    data: &'a [u8],
    little_endian: bool,
}

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.data.split_first()?;
        self.data = rest;
        Some(*first)
    }

    /// An unsigned LEB128.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Text that ends with a NUL.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.data.iter().position(|byte| *byte == 0)?;
        let text = &self.data[..end];
        self.data = &self.data[end + 1..];
        Some(text)
    }

    /// A block with its length in front; the length counts itself and `counted` bytes before it.
    fn block(&mut self, counted: usize) -> Option<Bytes<'a>> {
        let (length, rest) = self.data.split_first_chunk::<4>()?;
        let length = if self.little_endian { u32::from_le_bytes(*length) } else { u32::from_be_bytes(*length) };
        let length = usize::try_from(length).ok()?.checked_sub(counted + 4)?;
        let (block, rest) = rest.split_at_checked(length)?;
        self.data = rest;
        Some(Bytes { data: block, little_endian: self.little_endian })
    }
}
