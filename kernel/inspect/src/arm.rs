//! What an Arm ELF file says about the cores it was built for: the section `.ARM.attributes`.
//!
//! The tags are those of "Addenda to, and Errata in, the ABI for the Arm Architecture" (Arm IHI 0045), chapter "Build
//! Attributes".

use crate::attributes::{self, Value};
use crate::image::{Architecture, Image};

/// The attributes that decide whether a core can run the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArmAttributes {
    /// `Tag_CPU_arch`: 0 to 5 are what came before v6, 10 is v7, 11 v6-M, 12 v6S-M, 13 v7E-M, 16 v8-M baseline, 17 v8-M
    /// mainline, 21 v8.1-M.
    pub cpu_arch: u64,
    /// `Tag_CPU_arch_profile`: `M`, `A`, `R`, or 0 where the architecture has none or the file does not say.
    pub profile: u8,
    /// `Tag_FP_arch`: 0 means that no floating-point instruction is used.
    pub fp_arch: u64,
}

const TAG_CPU_ARCH: u64 = 6;
const TAG_CPU_ARCH_PROFILE: u64 = 7;
const TAG_FP_ARCH: u64 = 10;

impl ArmAttributes {
    /// Whether a core of architecture `arch` (`armv7-m`, ...), with an FPU or without, can run this code. `true` for
    /// an architecture that this function does not know, and for code of before v6: assemblers say so of whatever does not
    /// name its core, and its Thumb instructions run everywhere.
    #[must_use]
    pub fn runs_on(&self, arch: &str, fpu: bool) -> bool {
        let fits = |also: &[u64]| matches!(self.cpu_arch, 0..=5 | 11 | 12) || also.contains(&self.cpu_arch);
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
        let tags = attributes::of_file(self.section_data(section), self.little_endian(), "aeabi", is_text)?;
        let mut found = ArmAttributes::default();
        for (tag, value) in tags {
            match (tag, value) {
                (TAG_CPU_ARCH, Value::Number(value)) => found.cpu_arch = value,
                (TAG_CPU_ARCH_PROFILE, Value::Number(value)) => found.profile = u8::try_from(value).unwrap_or(0),
                (TAG_FP_ARCH, Value::Number(value)) => found.fp_arch = value,
                _ => {}
            }
        }
        Some(found)
    }
}

/// Tags 4, 5, 65 and 67 are texts; above 32 the odd ones are.
fn is_text(tag: u64) -> bool {
    matches!(tag, 4 | 5 | 65 | 67) || (tag > 32 && tag % 2 == 1)
}
