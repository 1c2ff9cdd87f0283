//! What a debugger finds out about the core without being told: the ROM table at 0xE00FF000 and the identification
//! registers of what it points to (Arm DDI 0403E, C1.2, and the Technical Reference Manuals' chapters on debug: DDI 0337I,
//! tables 7.1 and 7.2, for the Cortex-M3, DDI 0439 for the Cortex-M4, DDI 0432C for the Cortex-M0, DDI 0484C for the
//! Cortex-M0+, DDI 0489 for the Cortex-M7, 100230 for the Cortex-M33).
//!
//! | | offset in the table | address | M3 | M4 | M7 | M33 | M0 | M0+ |
//! |---|---|---|---|---|---|---|---|---|
//! | System Control Space | 0x000 | 0xE000E000 | 0x000 | 0x00C | 0x00C | 0xD21 | 0x008 | 0x008 |
//! | DWT | 0x004 | 0xE0001000 | 0x002 | 0x002 | 0x002 | 0xD21 | 0x00A | 0x00A |
//! | FPB, BPU | 0x008 | 0xE0002000 | 0x003 | 0x003 | 0x00E | 0xD21 | 0x00B | 0x00B |
//! | ITM, TPIU, ETM | 0x00C, 0x010, 0x014 | 0xE0000000, 0xE0040000, 0xE0041000 | said to be absent | | | | no entry | |
//! | the table itself | | 0xE00FF000 | 0x4C3 | 0x4C4 | 0x4C7 | 0x4C9 | 0x471 | 0x4C0 |
//!
//! The components of a Cortex-M33 have one part number, and say by DEVARCH what they are.

use super::config::{Architecture, CoreModel};

/// The entries; bit 0 says that the component is there.
const ENTRIES: [u32; 6] = [0xfff0_f003, 0xfff0_2003, 0xfff0_3003, 0xfff0_1002, 0xfff4_1002, 0xfff4_2002];
/// MEMTYPE: the whole system is visible beside the table.
const SYSTEM_MEMORY: u32 = 1;

/// What a component says of itself.
#[derive(Clone, Copy)]
struct Identity {
    part: u32,
    revision: u32,
    /// CIDR1, class in bits 7:4: 0x10 a ROM table, 0xE0 a generic IP component, 0x90 one with DEVARCH.
    class: u32,
}

/// DEVARCH of the System Control Space, DWT and FPB of Armv8-M (DDI 0553, D1.2).
const ARCHITECTURES: [u32; 3] = [0x4770_2a04, 0x4770_1a02, 0x4770_1a03];

const ROM_TABLE: u32 = 0x10;
const COMPONENT: u32 = 0xe0;
const CORESIGHT: u32 = 0x90;

impl Identity {
    /// The registers from offset 0xFD0 on. Arm's JEP106 code is 0x3B, behind four continuations.
    fn read(self, offset: u32) -> u32 {
        match offset {
            0xfd0 => 4,
            0xfe0 => self.part & 0xff,
            0xfe4 => 0xb0 | self.part >> 8,
            0xfe8 => self.revision << 4 | 0xb,
            0xff0 => 0x0d,
            0xff4 => self.class,
            0xff8 => 0x05,
            0xffc => 0xb1,
            _ => 0,
        }
    }
}

/// The parts of a core: the table, System Control Space, DWT, and the unit for breakpoints; and the revisions of the last
/// two.
fn parts(model: CoreModel) -> ([u32; 4], [u32; 2]) {
    match model {
        CoreModel::CortexM0 => ([0x471, 0x008, 0x00a, 0x00b], [0, 0]),
        CoreModel::CortexM0Plus => ([0x4c0, 0x008, 0x00a, 0x00b], [0, 0]),
        CoreModel::CortexM3 => ([0x4c3, 0x000, 0x002, 0x003], [3, 2]),
        CoreModel::CortexM4 | CoreModel::CortexM4F => ([0x4c4, 0x00c, 0x002, 0x003], [3, 2]),
        CoreModel::CortexM7 | CoreModel::CortexM7F => ([0x4c7, 0x00c, 0x002, 0x00e], [0, 0]),
        CoreModel::CortexM33 | CoreModel::CortexM33F => ([0x4c9, 0xd21, 0xd21, 0xd21], [0, 0]),
    }
}

/// Reads a word of the ROM table or of a component's identification; `None` if the address is neither.
pub(crate) fn read(model: CoreModel, address: u32) -> Option<u32> {
    let (page, offset) = (address >> 12, address & 0xffc);
    let ([table, control_space, dwt, breakpoints], [dwt_revision, breakpoints_revision]) = parts(model);
    let v8m = model.architecture() == Architecture::V8M;
    let class = if v8m { CORESIGHT } else { COMPONENT };
    let [of_control_space, of_dwt, of_breakpoints] = ARCHITECTURES;
    let (identity, architecture) = match page {
        0xe_00ff => (Identity { part: table, revision: 0, class: ROM_TABLE }, 0),
        0xe_000e => (Identity { part: control_space, revision: 0, class }, of_control_space),
        0xe_0001 => (Identity { part: dwt, revision: dwt_revision, class }, of_dwt),
        0xe_0002 => (Identity { part: breakpoints, revision: breakpoints_revision, class }, of_breakpoints),
        _ => return None,
    };
    match offset {
        0xfbc if v8m => Some(architecture),
        0xfd0.. => Some(identity.read(offset)),
        0xfcc if page == 0xe_00ff => Some(SYSTEM_MEMORY),
        _ if page == 0xe_00ff => Some(entries(model).get(offset as usize / 4).copied().unwrap_or(0)),
        _ => None,
    }
}

fn entries(model: CoreModel) -> &'static [u32] {
    if model.architecture() == Architecture::V6M { &ENTRIES[..3] } else { &ENTRIES }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(model: CoreModel, base: u32) -> u64 {
        let byte = |offset| u64::from(read(model, base + offset).unwrap());
        [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xfd0].into_iter().rev().fold(0, |id, offset| id << 8 | byte(offset))
    }

    #[test]
    fn the_entries_lead_to_the_components() {
        // Bits 31:12 are added to the table's address (DDI 0337I, 7.1.1).
        let base = 0xe00f_f000_u32;
        let entries: Vec<_> = (0..7).map(|index| read(CoreModel::CortexM3, base + 4 * index).unwrap()).collect();
        let present: Vec<_> =
            entries.iter().filter(|entry| **entry & 1 != 0).map(|entry| base.wrapping_add(entry & !0xfff)).collect();
        assert_eq!(present, [0xe000_e000, 0xe000_1000, 0xe000_2000]);
        assert_eq!(entries[6], 0, "the end");
        assert_eq!(read(CoreModel::CortexM3, base + 0xfcc), Some(1));
    }

    #[test]
    fn identities() {
        // As `dap info` of OpenOCD prints them for a Cortex-M3 and for a Cortex-M4.
        let (m3, m4) = (CoreModel::CortexM3, CoreModel::CortexM4F);
        assert_eq!((id(m3, 0xe00f_f000), id(m4, 0xe00f_f000)), (0x04_000b_b4c3, 0x04_000b_b4c4));
        assert_eq!((id(m3, 0xe000_e000), id(m4, 0xe000_e000)), (0x04_000b_b000, 0x04_000b_b00c));
        assert_eq!((id(m3, 0xe000_1000), id(m3, 0xe000_2000)), (0x04_003b_b002, 0x04_002b_b003));
        // And for a Cortex-M0 (STM32F0) and a Cortex-M0+ (STM32L0).
        let (m0, m0_plus) = (CoreModel::CortexM0, CoreModel::CortexM0Plus);
        assert_eq!((id(m0, 0xe00f_f000), id(m0_plus, 0xe00f_f000)), (0x04_000b_b471, 0x04_000b_b4c0));
        for model in [m0, m0_plus] {
            let own = [0xe000_e000, 0xe000_1000, 0xe000_2000].map(|base| id(model, base));
            assert_eq!(own, [0x04_000b_b008, 0x04_000b_b00a, 0x04_000b_b00b]);
            assert_eq!(read(model, 0xe00f_f00c), Some(0), "the end");
        }
        for base in [0xe00f_f000_u32, 0xe000_e000, 0xe000_1000, 0xe000_2000] {
            let preamble = [0xff0, 0xff8, 0xffc].map(|offset| read(m3, base + offset).unwrap());
            assert_eq!(preamble, [0x0d, 0x05, 0xb1], "{base:#x}");
        }
    }

    #[test]
    fn identities_of_later_cores() {
        // As `dap info` of OpenOCD prints them for a Cortex-M7 (STM32F7), and of Arm 100230 for a Cortex-M33.
        let (m7, m33) = (CoreModel::CortexM7F, CoreModel::CortexM33F);
        let bases = [0xe00f_f000_u32, 0xe000_e000, 0xe000_1000, 0xe000_2000];
        assert_eq!(bases.map(|base| id(m7, base)), [0x04_000b_b4c7, 0x04_000b_b00c, 0x04_000b_b002, 0x04_000b_b00e]);
        assert_eq!(bases.map(|base| id(m33, base)), [0x04_000b_b4c9, 0x04_000b_bd21, 0x04_000b_bd21, 0x04_000b_bd21]);
        let of_m33 = |offset| bases.map(|base| read(m33, base + offset).unwrap());
        assert_eq!(of_m33(0xff4), [0x10, 0x90, 0x90, 0x90]);
        assert_eq!(of_m33(0xfbc), [0, 0x4770_2a04, 0x4770_1a02, 0x4770_1a03]);
    }

    #[test]
    fn other_registers_are_not_its_business() {
        assert_eq!(read(CoreModel::CortexM3, 0xe000_ed00), None);
        assert_eq!(read(CoreModel::CortexM3, 0xe000_1004), None);
        assert_eq!(read(CoreModel::CortexM3, 0xe000_0ff0), None);
    }
}
