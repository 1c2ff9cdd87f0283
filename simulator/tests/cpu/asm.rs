//! A few Thumb-2 encodings (Arm DDI 0403E, A7.7), enough for the programs of these tests. All but a constant's are those of
//! Armv6-M, too, which takes its constants from literals behind the code.
//!
//! `encodings` at the end compares them with what the GNU assembler makes of the same instructions.

/// General registers.
pub(crate) const R0: u16 = 0;
pub(crate) const R1: u16 = 1;
pub(crate) const R2: u16 = 2;
pub(crate) const R3: u16 = 3;
pub(crate) const R4: u16 = 4;
pub(crate) const R5: u16 = 5;
pub(crate) const R6: u16 = 6;
pub(crate) const R7: u16 = 7;

/// A piece of code at a known address.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) base: u32,
    pub(crate) halfwords: Vec<u16>,
    /// Of Armv6-M: which halfword is to load which literal.
    literals: Option<Vec<(usize, u32)>>,
}

impl Code {
    pub(crate) fn at(base: u32) -> Self {
        Self { base, halfwords: Vec::new(), literals: None }
    }

    /// A piece of Armv6-M code.
    pub(crate) fn armv6m_at(base: u32) -> Self {
        Self { literals: Some(Vec::new()), ..Self::at(base) }
    }

    /// The code as it is in memory, with its literals behind it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut whole = self.clone();
        whole.place_literals();
        whole.halfwords.iter().flat_map(|halfword| halfword.to_le_bytes()).collect()
    }

    /// Puts the literals so far here, and a branch over them: later ones will be nearer to who wants them.
    pub(crate) fn pool(&mut self) -> &mut Self {
        if self.literals.iter().flatten().next().is_none() {
            return self;
        }
        let at = self.halfwords.len();
        self.put(&[0]).place_literals();
        let words = self.halfwords.len() - at - 2;
        self.halfwords[at] = 0xe000 | words as u16;
        self
    }

    fn place_literals(&mut self) {
        let first = self.base as usize / 2;
        for (index, value) in self.literals.iter_mut().flat_map(std::mem::take) {
            if (first + self.halfwords.len()) % 2 == 1 {
                self.halfwords.push(0);
            }
            // LDR literal counts words from the instruction's address + 4, rounded down to a word.
            let words = (first + self.halfwords.len() - ((first + index + 2) & !1)) / 2;
            assert!(words < 256, "the literals are too far away");
            self.halfwords[index] |= words as u16;
            self.halfwords.extend([value as u16, (value >> 16) as u16]);
        }
    }

    /// The address behind all of it, a multiple of four.
    pub(crate) fn end(&self) -> u32 {
        (self.base + self.bytes().len() as u32).next_multiple_of(4)
    }

    /// The address of the next instruction.
    pub(crate) fn here(&self) -> u32 {
        self.base + 2 * self.halfwords.len() as u32
    }

    pub(crate) fn put(&mut self, halfwords: &[u16]) -> &mut Self {
        self.halfwords.extend_from_slice(halfwords);
        self
    }

    pub(crate) fn nop(&mut self) -> &mut Self {
        self.put(&[0xbf00])
    }

    pub(crate) fn nops(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.nop();
        }
        self
    }

    /// `movw rd, #low; movt rd, #high`; of Armv6-M `ldr rd, =value`. Two cycles, either way.
    pub(crate) fn mov32(&mut self, rd: u16, value: u32) -> &mut Self {
        if let Some(literals) = &mut self.literals {
            literals.push((self.halfwords.len(), value));
            return self.put(&[0x4800 | rd << 8]);
        }
        let half = |opcode: u16, value: u32| {
            let value = value as u16;
            [opcode | (value >> 11 & 1) << 10 | value >> 12, (value >> 8 & 7) << 12 | rd << 8 | value & 0xff]
        };
        self.put(&half(0xf240, value & 0xffff)).put(&half(0xf2c0, value >> 16))
    }

    /// `movs rd, #value`
    pub(crate) fn movs(&mut self, rd: u16, value: u16) -> &mut Self {
        self.put(&[0x2000 | rd << 8 | value])
    }

    /// `adds rd, #value`
    pub(crate) fn adds(&mut self, rd: u16, value: u16) -> &mut Self {
        self.put(&[0x3000 | rd << 8 | value])
    }

    /// `subs rd, #value`
    pub(crate) fn subs(&mut self, rd: u16, value: u16) -> &mut Self {
        self.put(&[0x3800 | rd << 8 | value])
    }

    /// `cmp rn, #value`
    pub(crate) fn cmp(&mut self, rn: u16, value: u16) -> &mut Self {
        self.put(&[0x2800 | rn << 8 | value])
    }

    /// `ldr rt, [rn, #offset]`
    pub(crate) fn ldr(&mut self, rt: u16, rn: u16, offset: u16) -> &mut Self {
        self.put(&[0x6800 | (offset / 4) << 6 | rn << 3 | rt])
    }

    /// `str rt, [rn, #offset]`
    pub(crate) fn str(&mut self, rt: u16, rn: u16, offset: u16) -> &mut Self {
        self.put(&[0x6000 | (offset / 4) << 6 | rn << 3 | rt])
    }

    /// Stores a constant: `mov32 r7, address; mov32 r6, value; str r6, [r7]`.
    pub(crate) fn store(&mut self, address: u32, value: u32) -> &mut Self {
        self.mov32(R7, address).mov32(R6, value).str(R6, R7, 0)
    }

    /// Branch with condition 0-13 to an address: `b<c>.n`
    pub(crate) fn branch_if(&mut self, condition: u16, to: u32) -> &mut Self {
        let offset = to.wrapping_sub(self.here() + 4) as i32 >> 1;
        self.put(&[0xd000 | condition << 8 | offset as u16 & 0xff])
    }

    /// `b.n`
    pub(crate) fn branch(&mut self, to: u32) -> &mut Self {
        let offset = to.wrapping_sub(self.here() + 4) as i32 >> 1;
        self.put(&[0xe000 | offset as u16 & 0x7ff])
    }

    /// `b .`
    pub(crate) fn hang(&mut self) -> &mut Self {
        self.branch(self.here())
    }

    /// `bx rm`
    pub(crate) fn bx(&mut self, rm: u16) -> &mut Self {
        self.put(&[0x4700 | rm << 3])
    }

    /// `bx lr`
    pub(crate) fn ret(&mut self) -> &mut Self {
        self.bx(14)
    }

    /// `svc #value`
    pub(crate) fn svc(&mut self, value: u16) -> &mut Self {
        self.put(&[0xdf00 | value])
    }

    /// `bkpt #value`
    pub(crate) fn bkpt(&mut self, value: u16) -> &mut Self {
        self.put(&[0xbe00 | value])
    }

    pub(crate) fn cpsid_i(&mut self) -> &mut Self {
        self.put(&[0xb672])
    }

    pub(crate) fn cpsie_i(&mut self) -> &mut Self {
        self.put(&[0xb662])
    }

    pub(crate) fn wfi(&mut self) -> &mut Self {
        self.put(&[0xbf30])
    }

    pub(crate) fn wfe(&mut self) -> &mut Self {
        self.put(&[0xbf20])
    }

    pub(crate) fn sev(&mut self) -> &mut Self {
        self.put(&[0xbf40])
    }

    /// `push {r0-r7 by mask}`, bit 8 is lr
    pub(crate) fn push(&mut self, registers: u16) -> &mut Self {
        self.put(&[0xb400 | registers])
    }

    /// `pop {r0-r7 by mask}`, bit 8 is pc
    pub(crate) fn pop(&mut self, registers: u16) -> &mut Self {
        self.put(&[0xbc00 | registers])
    }

    /// `msr sysm, rn`: 8 MSP, 9 PSP, 16 PRIMASK, 17 BASEPRI, 19 FAULTMASK, 20 CONTROL
    pub(crate) fn msr(&mut self, sysm: u16, rn: u16) -> &mut Self {
        self.put(&[0xf380 | rn, 0x8800 | sysm])
    }

    /// `mrs rd, sysm`: also 0 APSR, 3 xPSR, 5 IPSR
    pub(crate) fn mrs(&mut self, rd: u16, sysm: u16) -> &mut Self {
        self.put(&[0xf3ef, 0x8000 | rd << 8 | sysm])
    }
}

#[test]
fn literals() {
    let mut code = Code::armv6m_at(0x102);
    code.mov32(R3, 0xe000_ed04).nop().mov32(R1, 0x1234_5678).bkpt(0);
    let bytes = code.bytes();
    let halfwords: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    // arm-none-eabi-as 2.40, -mthumb -mcpu=cortex-m0, at 0x102: ldr r3, 0x10c; nop; ldr r1, 0x110; bkpt 0
    assert_eq!(halfwords, [0x4b02, 0xbf00, 0x4902, 0xbe00, 0, 0xed04, 0xe000, 0x5678, 0x1234]);
    assert_eq!(code.end(), 0x114);
}

#[test]
fn encodings() {
    let mut code = Code::at(0x100);
    code.mov32(R3, 0xe000_ed04).adds(R1, 7).subs(R2, 1).cmp(R4, 9).ldr(R0, R1, 8).str(R5, R6, 4);
    code.branch_if(1, 0x104).branch(0x104).hang().ret().svc(3).bkpt(0xab).push(0x103).pop(0x103);
    code.msr(20, R0).mrs(R7, 5);
    // arm-none-eabi-as 2.40, -mthumb -mcpu=cortex-m3
    let expected = [
        0xf64e, 0x5304, // movw r3, #0xed04
        0xf2ce, 0x0300, // movt r3, #0xe000
        0x3107, // adds r1, #7
        0x3a01, // subs r2, #1
        0x2c09, // cmp r4, #9
        0x6888, // ldr r0, [r1, #8]
        0x6075, // str r5, [r6, #4]
        0xd1f7, // bne 0x104
        0xe7f6, // b 0x104
        0xe7fe, // b .
        0x4770, // bx lr
        0xdf03, // svc 3
        0xbeab, // bkpt 0xab
        0xb503, // push {r0, r1, lr}
        0xbd03, // pop {r0, r1, pc}
        0xf380, 0x8814, // msr control, r0
        0xf3ef, 0x8705, // mrs r7, ipsr
    ];
    assert_eq!(code.halfwords, expected);
}
