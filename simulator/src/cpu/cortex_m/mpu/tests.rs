use super::*;

/// Marsaglia's xorshift, 64 bits.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as u32
    }
}

/// A unit with random regions in the same few KiB, and some anywhere.
fn random(model: CoreModel, n: &mut Numbers) -> Mpu {
    let mut mpu = Mpu::new(model, 8);
    mpu.write(0xd94, n.next() & PRIVDEFENA | ENABLE, u32::MAX);
    for number in 0..8 {
        let anywhere = n.next().is_multiple_of(4);
        let base = if anywhere { n.next() } else { 0x2000_0000 | n.next() & 0x1fff };
        mpu.write(0xd98, number, u32::MAX);
        mpu.write(0xd9c, base & !v7::VALID, u32::MAX);
        let attributes = if mpu.is_v8() {
            base.saturating_add(n.next() & 0xfff) & !0x1f | n.next() & 1
        } else {
            // Of 32 bytes to 16 KiB, mostly.
            let log = if anywhere { n.next() & 0x1f } else { 4 + n.next() % 10 };
            n.next() & !0x3e | log << 1
        };
        mpu.write(0xda0, attributes, u32::MAX);
    }
    mpu
}

#[test]
fn the_map_says_what_the_specification_says() {
    let mut n = Numbers(0x9e37_79b9_7f4a_7c15);
    for model in [CoreModel::CortexM0Plus, CoreModel::CortexM3, CoreModel::CortexM33F] {
        for _ in 0..200 {
            let mpu = random(model, &mut n);
            let map = mpu.map();
            for trial in 0..100 {
                let address = match trial % 3 {
                    0 => n.next(),
                    1 => mpu.regions[(n.next() & 7) as usize].base.wrapping_add(n.next() & 0x3f).wrapping_sub(0x20),
                    _ => 0x2000_0000 | n.next() & 0x3fff,
                };
                let size = [1, 2, 4, 8, 32, 104][(n.next() % 6) as usize];
                for right in [Right::Read, Right::Write, Right::Execute] {
                    for privileged in [false, true] {
                        let specified = mpu.check(address, size, right, privileged);
                        let mapped = map.check(address, size, right, privileged);
                        assert_eq!(mapped, specified, "{address:#x}, {size}, {right:?}, {privileged}: {mpu:x?}");
                    }
                }
            }
        }
    }
}

#[test]
fn regions_that_the_manuals_leave_open() {
    // B3.5.8, B3.5.9: a size below 32 bytes is no region here; bits of the base below the size do not count; access
    // permission 4 permits nothing; less than 256 bytes have no parts that could be taken out.
    let with = |base: u32, attributes: u32| {
        let mut mpu = Mpu::new(CoreModel::CortexM3, 8);
        mpu.write(0xd94, ENABLE, u32::MAX);
        mpu.write(0xd9c, base, u32::MAX);
        mpu.write(0xda0, attributes, u32::MAX);
        mpu.check(0x2000_0000, 4, Right::Read, true).is_ok()
    };
    assert!(with(0x2000_0000, 3 << 24 | 4 << 1 | 1) && !with(0x2000_0000, 3 << 24 | 3 << 1 | 1));
    assert!(with(0x2000_0ee0, 3 << 24 | 11 << 1 | 1), "4 KiB");
    assert!(with(0x9000_0000, 3 << 24 | 31 << 1 | 1), "all 4 GiB");
    assert!(!with(0x2000_0000, 4 << 24 | 11 << 1 | 1));
    assert!(with(0x2000_0000, 3 << 24 | 0xff00 | 6 << 1 | 1) && !with(0x2000_0000, 3 << 24 | 0x0100 | 7 << 1 | 1));
}

#[test]
fn it_is_asked_as_its_control_register_says() {
    // B3.5.5: (CTRL, at what priority; whether it is asked).
    let cases = [(0, false, false), (ENABLE, false, true), (ENABLE, true, false)];
    for (control, negative, asked) in
        cases.into_iter().chain([(ENABLE | HFNMIENA, true, true), (HFNMIENA, true, false)])
    {
        let mut mpu = Mpu::new(CoreModel::CortexM4F, 8);
        mpu.write(0xd94, control, u32::MAX);
        assert_eq!(mpu.is_asked(negative), asked, "{control}, {negative}");
    }
}
