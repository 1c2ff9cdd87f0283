//! The memory protection unit: its registers, and what they permit. PMSAv7 (Arm DDI 0403E, B3.5), PMSAv6 (DDI 0419, B3.5)
//! and PMSAv8 (DDI 0553, B11 and D1.2) differ in what a region is, and that is all that [`v7`] and [`v8`] tell.
//!
//! [`Mpu::check`] is the manual's ValidateAddress: the specification. What enforces it, engine and exception model, works
//! with the [`ProtectionMap`] that is made from it whenever a register changes:
//!
//! ```text
//!  address ──▶ private peripheral bus? ──▶ default map
//!          ──▶ regions: v6, v7: the hit with the highest number; v8: the one hit, and two forbid everything
//!          ──▶ no hit: privileged with PRIVDEFENA? ──▶ default map, else nothing is permitted
//! ```
//!
//! Above 0xE0000000 nothing is ever executable. The unit is not asked at all while it is off, by reads of the vector
//! table, and at a priority below 0 without HFNMIENA.

mod enforce;
mod v7;
mod v8;

use serde::{Deserialize, Serialize};

use super::config::{Architecture, CoreModel};
use crate::cpu::protection::{Permissions, ProtectionMap, Right, Rights, Violation};

/// MPU_CTRL bits (B3.5.5).
const ENABLE: u32 = 1;
const HFNMIENA: u32 = 1 << 1;
const PRIVDEFENA: u32 = 1 << 2;

/// Bit 0 of RASR and of RLAR.
const REGION_ENABLE: u32 = 1;
/// More than [`CoreModel::mpu_regions`] are on no core.
const MOST_REGIONS: usize = 16;

/// The private peripheral bus, where the default map always holds.
const PRIVATE: std::ops::Range<u32> = 0xe000_0000..0xe010_0000;
/// Where the default map changes (table B3-1), and the private peripheral bus.
const DEFAULT_BORDERS: [u32; 5] = [0x4000_0000, 0x6000_0000, 0xa000_0000, PRIVATE.start, PRIVATE.end];

/// A region as its two registers hold it: RBAR, and RASR or, in v8, RLAR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Region {
    base: u32,
    attributes: u32,
}

/// The registers of the unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mpu {
    model: CoreModel,
    /// None, and the core has no unit: its registers read as zero.
    regions: Vec<Region>,
    control: u32,
    number: u32,
    /// MAIR0 and MAIR1 of v8: kept, since there are no caches that they could tell anything.
    attributes: [u32; 2],
    /// How often what is in force has changed.
    #[serde(skip)]
    generation: u64,
}

/// What access a core without a unit, or with its unit off, permits at an address (table B3-1).
pub(crate) fn default_permissions(address: u32) -> Permissions {
    let never = matches!(address, 0x4000_0000..0x6000_0000 | 0xa000_0000..);
    Permissions::both(Rights::new(true, true, !never))
}

impl Mpu {
    /// A unit of so many regions, off.
    pub(crate) fn new(model: CoreModel, regions: u8) -> Self {
        let regions = vec![Region::default(); regions.into()];
        Self { model, regions, control: 0, number: 0, attributes: [0; 2], generation: 0 }
    }

    pub(crate) fn reset(&mut self) {
        let generation = self.generation + 1;
        *self = Self { generation, ..Self::new(self.model, self.regions.len() as u8) };
    }

    /// Whether the unit is asked: it is on, and the priority is not negative, or HFNMIENA is set.
    pub(crate) fn is_asked(&self, negative_priority: bool) -> bool {
        self.control & ENABLE != 0 && (!negative_priority || self.control & HFNMIENA != 0)
    }

    /// Whether [`Mpu::is_asked`] depends on the priority.
    pub(crate) fn depends_on_priority(&self) -> bool {
        self.control & (ENABLE | HFNMIENA) == ENABLE
    }

    /// Changes whenever what the unit permits may have changed.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    fn is_v8(&self) -> bool {
        self.model.architecture() == Architecture::V8M
    }

    /// What the unit, if it is asked, permits at an address.
    fn permissions(&self, address: u32) -> Permissions {
        if PRIVATE.contains(&address) {
            return default_permissions(address);
        }
        let hit = if self.is_v8() { v8::hit(&self.regions, address) } else { v7::hit(&self.regions, address) };
        let Some(permissions) = hit else {
            let background = self.control & PRIVDEFENA != 0;
            let privileged = if background { default_permissions(address).privileged } else { Rights::NONE };
            return Permissions { privileged, unprivileged: Rights::NONE };
        };
        permissions
    }

    /// Whether the unit, if it is asked, permits an access of `size` bytes.
    ///
    /// # Errors
    /// [`Violation`] with the first byte that it does not permit.
    pub(crate) fn check(&self, address: u32, size: u32, right: Right, privileged: bool) -> Result<(), Violation> {
        let mut bytes = (0..size).map(|offset| address.wrapping_add(offset));
        let refused = bytes.find(|&byte| !self.permissions(byte).at(privileged).has(right));
        refused.map_or(Ok(()), |address| Err(Violation { address }))
    }

    /// All that [`Mpu::check`] says.
    pub(crate) fn map(&self) -> ProtectionMap {
        let mut borders = DEFAULT_BORDERS.to_vec();
        for region in &self.regions {
            if self.is_v8() { v8::borders(*region, &mut borders) } else { v7::borders(*region, &mut borders) }
        }
        ProtectionMap::new(borders, |address| self.permissions(address))
    }

    /// A word, by its address in the System Control Space.
    pub(crate) fn read(&self, address: u32) -> u32 {
        if self.regions.is_empty() {
            return 0;
        }
        let offset = address & 0xfff;
        match offset {
            0xd90 => (self.regions.len() as u32) << 8,
            0xd94 => self.control,
            0xd98 => self.number,
            0xdc0 | 0xdc4 if self.is_v8() => self.attributes[usize::from(offset == 0xdc4)],
            _ => match self.selected(offset) {
                Some((region, Half::Base)) if self.is_v8() => self.regions[region].base,
                Some((region, Half::Base)) => self.regions[region].base | self.number & v7::REGION,
                Some((region, Half::Attributes)) => self.regions[region].attributes,
                None => 0,
            },
        }
    }

    /// Writes the bits `mask` of a word.
    pub(crate) fn write(&mut self, address: u32, value: u32, mask: u32) {
        if self.regions.is_empty() {
            return;
        }
        let offset = address & 0xfff;
        let merged = self.read(address) & !mask | value & mask;
        let (control, regions) = (self.control, self.in_force());
        match offset {
            0xd94 => self.control = merged & (ENABLE | HFNMIENA | PRIVDEFENA),
            // A number without a region is unpredictable, and is not taken.
            0xd98 if (merged as usize) < self.regions.len() => self.number = merged,
            0xdc0 | 0xdc4 if self.is_v8() => self.attributes[usize::from(offset == 0xdc4)] = merged,
            _ => match self.selected(offset) {
                Some((region, Half::Base)) if self.is_v8() => self.regions[region].base = merged,
                Some((_, Half::Base)) => self.write_base(merged),
                Some((region, Half::Attributes)) => {
                    self.regions[region].attributes = merged & self.attribute_bits();
                }
                None => {}
            },
        }
        if (control, regions) != (self.control, self.in_force()) {
            self.generation += 1;
        }
    }

    /// The regions that are on.
    fn in_force(&self) -> [Region; MOST_REGIONS] {
        let mut regions = [Region::default(); MOST_REGIONS];
        for (place, region) in regions.iter_mut().zip(&self.regions) {
            *place = if region.attributes & REGION_ENABLE != 0 { *region } else { Region::default() };
        }
        regions
    }

    /// RBAR of v6 and v7: with VALID it names the region, too.
    fn write_base(&mut self, value: u32) {
        if value & v7::VALID != 0 {
            let region = value & v7::REGION;
            if region as usize >= self.regions.len() {
                return;
            }
            self.number = region;
        }
        let smallest = if self.model.architecture() == Architecture::V6M { 0xff } else { 0x1f };
        self.regions[self.number as usize].base = value & !smallest;
    }

    fn attribute_bits(&self) -> u32 {
        match self.model.architecture() {
            Architecture::V6M => v7::ATTRIBUTES & !v7::TEX,
            Architecture::V7M => v7::ATTRIBUTES,
            Architecture::V8M => v8::LIMIT_BITS,
        }
    }

    /// The region and the register of it at an offset: RBAR and RASR or RLAR, and behind them three aliases of the pair,
    /// which v6 has not. In v8 they are the other three regions of four.
    fn selected(&self, offset: u32) -> Option<(usize, Half)> {
        let pair = offset.checked_sub(0xd9c)? / 8;
        let region = match (self.model.architecture(), pair) {
            (_, 0) | (Architecture::V7M, 1..=3) => self.number,
            (Architecture::V8M, 1..=3) => self.number & !3 | pair,
            _ => return None,
        };
        let half = if offset & 4 != 0 { Half::Base } else { Half::Attributes };
        ((region as usize) < self.regions.len()).then_some((region as usize, half))
    }
}

/// One of the two registers of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Base,
    Attributes,
}

#[cfg(test)]
mod tests;
