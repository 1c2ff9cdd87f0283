//! What a memory protection unit permits, as the manuals describe it: ValidateAddress and CheckPermission (Arm DDI 0403E,
//! B3.5.3; DDI 0419, B3.5.3), MPUCheck (DDI 0553, part E). Written down here once more, to be compared with.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Load,
    Store,
    Fetch,
}

/// A region as its two registers hold it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Region {
    pub(crate) base: u32,
    pub(crate) attributes: u32,
}

impl Region {
    /// Its last address.
    pub(crate) fn last(self, is_v8: bool) -> u32 {
        if is_v8 {
            return self.attributes | 0x1f;
        }
        let log = (self.attributes >> 1 & 0x1f) + 1;
        (self.base >> (log - 1) >> 1 << (log - 1) << 1).wrapping_add(u32::MAX >> (32 - log))
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Unit {
    pub(crate) is_v8: bool,
    pub(crate) control: u32,
    pub(crate) regions: [Region; 8],
}

impl Unit {
    /// Whether a byte may be accessed, by the pseudocode.
    pub(crate) fn permits(&self, address: u32, kind: Kind, privileged: bool) -> bool {
        let default_xn = matches!(address >> 29, 2 | 5..=7);
        let (mut ap, mut xn, mut hit) = (3, default_xn, false);
        if address >> 20 == 0xe00 || self.control & 1 == 0 {
            hit = true;
        } else if self.is_v8 {
            let of = |region: &&Region| {
                region.attributes & 1 != 0 && (region.base & !0x1f..=region.last(true)).contains(&address)
            };
            let hits: Vec<&Region> = self.regions.iter().filter(of).collect();
            match hits[..] {
                [] => hit = self.control & 4 != 0 && privileged,
                // RBAR.AP as the values of RASR.AP that mean the same.
                [region] => {
                    ap = [1, 3, 5, 6][(region.base >> 1 & 3) as usize];
                    (xn, hit) = (region.base & 1 != 0, true);
                }
                _ => return false,
            }
        } else {
            hit |= self.control & 4 != 0 && privileged;
            for region in &self.regions {
                let lsbit = (region.attributes >> 1 & 0x1f) + 1;
                if region.attributes & 1 == 0 || lsbit < 5 {
                    continue;
                }
                if lsbit < 32 && address >> lsbit != region.base >> lsbit {
                    continue;
                }
                let part = address >> (lsbit - 3) & 7;
                if lsbit >= 8 && region.attributes >> (8 + part) & 1 != 0 {
                    continue;
                }
                (ap, xn, hit) = (region.attributes >> 24 & 7, region.attributes >> 28 & 1 != 0, true);
            }
        }
        xn |= address >> 29 == 7;
        let writes = kind == Kind::Store;
        let fault = match ap {
            1 => !privileged,
            2 => !privileged && writes,
            3 => false,
            5 => !privileged || writes,
            6 | 7 => writes,
            _ => true,
        };
        hit && !fault && !(kind == Kind::Fetch && xn)
    }
}
