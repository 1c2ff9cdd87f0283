//! A few RISC-V encodings (unprivileged specification 20191213, chapter 24; privileged specification 20211203,
//! chapter 8), enough for the programs of these tests.
//!
//! `encodings` at the end compares them with what the GNU assembler makes of the same instructions.

/// Registers by their names in the calling convention.
pub(crate) const ZERO: u32 = 0;
pub(crate) const RA: u32 = 1;
pub(crate) const SP: u32 = 2;
pub(crate) const T0: u32 = 5;
pub(crate) const T1: u32 = 6;
pub(crate) const T2: u32 = 7;
pub(crate) const S0: u32 = 8;
pub(crate) const S1: u32 = 9;
pub(crate) const A0: u32 = 10;
pub(crate) const A1: u32 = 11;
pub(crate) const A2: u32 = 12;
pub(crate) const A3: u32 = 13;
pub(crate) const A4: u32 = 14;
pub(crate) const A5: u32 = 15;

/// A piece of code at a known address.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) base: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Code {
    pub(crate) fn at(base: u32) -> Self {
        Self { base, bytes: Vec::new() }
    }

    /// The address of the next instruction.
    pub(crate) fn here(&self) -> u32 {
        self.base + self.bytes.len() as u32
    }

    pub(crate) fn word(&mut self, word: u32) -> &mut Self {
        self.bytes.extend(word.to_le_bytes());
        self
    }

    pub(crate) fn words(&mut self, words: &[u32]) -> &mut Self {
        words.iter().for_each(|word| self.bytes.extend(word.to_le_bytes()));
        self
    }

    pub(crate) fn half(&mut self, half: u16) -> &mut Self {
        self.bytes.extend(half.to_le_bytes());
        self
    }

    /// An instruction with a register and an immediate.
    fn i(&mut self, opcode: u32, funct3: u32, rd: u32, rs1: u32, immediate: i32) -> &mut Self {
        assert!((-2048..4096).contains(&immediate));
        self.word((immediate.cast_unsigned() & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode)
    }

    fn s(&mut self, funct3: u32, rs2: u32, rs1: u32, offset: i32) -> &mut Self {
        let offset = offset.cast_unsigned();
        let high = (offset >> 5 & 0x7f) << 25;
        self.word(high | rs2 << 20 | rs1 << 15 | funct3 << 12 | (offset & 0x1f) << 7 | 0x23)
    }

    pub(crate) fn addi(&mut self, rd: u32, rs1: u32, immediate: i32) -> &mut Self {
        self.i(0x13, 0, rd, rs1, immediate)
    }

    pub(crate) fn nop(&mut self) -> &mut Self {
        self.addi(ZERO, ZERO, 0)
    }

    pub(crate) fn nops(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.nop();
        }
        self
    }

    /// `lui rd, high; addi rd, rd, low`: two instructions, whatever the value. On a core of 64 bits the sign is extended.
    pub(crate) fn li(&mut self, rd: u32, value: u32) -> &mut Self {
        let low = (value << 20).cast_signed() >> 20;
        let high = value.wrapping_sub(low.cast_unsigned());
        self.word(high & 0xffff_f000 | rd << 7 | 0x37).addi(rd, rd, low)
    }

    /// The same without the sign: `slli rd, rd, 32; srli rd, rd, 32` follow.
    pub(crate) fn li_unsigned(&mut self, rd: u32, value: u32) -> &mut Self {
        self.li(rd, value).i(0x13, 1, rd, rd, 32).i(0x13, 5, rd, rd, 32)
    }

    pub(crate) fn auipc(&mut self, rd: u32, high: u32) -> &mut Self {
        self.word(high << 12 | rd << 7 | 0x17)
    }

    pub(crate) fn add(&mut self, rd: u32, rs1: u32, rs2: u32) -> &mut Self {
        self.word(rs2 << 20 | rs1 << 15 | rd << 7 | 0x33)
    }

    pub(crate) fn lw(&mut self, rd: u32, rs1: u32, offset: i32) -> &mut Self {
        self.i(0x03, 2, rd, rs1, offset)
    }

    /// A load by its funct3.
    pub(crate) fn load(&mut self, funct3: u32, rd: u32, rs1: u32, offset: i32) -> &mut Self {
        self.i(0x03, funct3, rd, rs1, offset)
    }

    pub(crate) fn sw(&mut self, rs2: u32, rs1: u32, offset: i32) -> &mut Self {
        self.s(2, rs2, rs1, offset)
    }

    /// A store by its funct3.
    pub(crate) fn store(&mut self, funct3: u32, rs2: u32, rs1: u32, offset: i32) -> &mut Self {
        self.s(funct3, rs2, rs1, offset)
    }

    pub(crate) fn jalr(&mut self, rd: u32, rs1: u32, offset: i32) -> &mut Self {
        self.i(0x67, 0, rd, rs1, offset)
    }

    pub(crate) fn jal(&mut self, rd: u32, to: u32) -> &mut Self {
        let offset = to.wrapping_sub(self.here());
        let high = (offset >> 20 & 1) << 31 | (offset >> 1 & 0x3ff) << 21 | (offset >> 11 & 1) << 20;
        self.word(high | (offset >> 12 & 0xff) << 12 | rd << 7 | 0x6f)
    }

    /// `j .`
    pub(crate) fn hang(&mut self) -> &mut Self {
        self.jal(ZERO, self.here())
    }

    /// A branch by its funct3.
    pub(crate) fn branch(&mut self, funct3: u32, rs1: u32, rs2: u32, to: u32) -> &mut Self {
        let offset = to.wrapping_sub(self.here());
        let high = (offset >> 12 & 1) << 31 | (offset >> 5 & 0x3f) << 25;
        let low = (offset >> 1 & 0xf) << 8 | (offset >> 11 & 1) << 7;
        self.word(high | rs2 << 20 | rs1 << 15 | funct3 << 12 | low | 0x63)
    }

    pub(crate) fn bne(&mut self, rs1: u32, rs2: u32, to: u32) -> &mut Self {
        self.branch(1, rs1, rs2, to)
    }

    /// What follows only if the branch, by its funct3, is not taken.
    pub(crate) fn unless(&mut self, funct3: u32, rs1: u32, rs2: u32, body: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = Self::at(self.here() + 4);
        body(&mut inner);
        self.branch(funct3, rs1, rs2, inner.here());
        self.bytes.extend(inner.bytes);
        self
    }

    /// `csrrw rd, csr, rs1`
    pub(crate) fn csrrw(&mut self, rd: u32, csr: u32, rs1: u32) -> &mut Self {
        self.i(0x73, 1, rd, rs1, csr.cast_signed())
    }

    /// `csrrs rd, csr, rs1`
    pub(crate) fn csrrs(&mut self, rd: u32, csr: u32, rs1: u32) -> &mut Self {
        self.i(0x73, 2, rd, rs1, csr.cast_signed())
    }

    /// `csrrc rd, csr, rs1`
    pub(crate) fn csrrc(&mut self, rd: u32, csr: u32, rs1: u32) -> &mut Self {
        self.i(0x73, 3, rd, rs1, csr.cast_signed())
    }

    /// `csrr rd, csr`
    pub(crate) fn csrr(&mut self, rd: u32, csr: u32) -> &mut Self {
        self.csrrs(rd, csr, ZERO)
    }

    /// `li t6, value; csrw csr, t6`: three instructions.
    pub(crate) fn csrw(&mut self, csr: u32, value: u32) -> &mut Self {
        const T6: u32 = 31;
        self.li(T6, value).csrrw(ZERO, csr, T6)
    }

    /// `csrsi csr, bits`
    pub(crate) fn csrsi(&mut self, csr: u32, bits: u32) -> &mut Self {
        self.i(0x73, 6, ZERO, bits, csr.cast_signed())
    }

    /// `csrci csr, bits`
    pub(crate) fn csrci(&mut self, csr: u32, bits: u32) -> &mut Self {
        self.i(0x73, 7, ZERO, bits, csr.cast_signed())
    }

    pub(crate) fn ecall(&mut self) -> &mut Self {
        self.word(0x0000_0073)
    }

    pub(crate) fn ebreak(&mut self) -> &mut Self {
        self.word(0x0010_0073)
    }

    pub(crate) fn mret(&mut self) -> &mut Self {
        self.word(0x3020_0073)
    }

    pub(crate) fn sret(&mut self) -> &mut Self {
        self.word(0x1020_0073)
    }

    pub(crate) fn wfi(&mut self) -> &mut Self {
        self.word(0x1050_0073)
    }

    pub(crate) fn fence_i(&mut self) -> &mut Self {
        self.word(0x0000_100f)
    }

    /// An atomic instruction by its funct5, of 4 or 8 bytes.
    pub(crate) fn amo(&mut self, funct5: u32, size: u32, rd: u32, rs2: u32, rs1: u32) -> &mut Self {
        let funct3 = if size == 8 { 3 } else { 2 };
        self.word(funct5 << 27 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x2f)
    }

    /// `lr.w rd, (rs1)`
    pub(crate) fn lr(&mut self, rd: u32, rs1: u32) -> &mut Self {
        self.amo(2, 4, rd, 0, rs1)
    }

    /// `sc.w rd, rs2, (rs1)`
    pub(crate) fn sc(&mut self, rd: u32, rs2: u32, rs1: u32) -> &mut Self {
        self.amo(3, 4, rd, rs2, rs1)
    }
}

/// Words by riscv64-unknown-elf-as 2.40 (`-march=rv64gc`, `.option norvc`), at address 0x100.
#[test]
fn encodings() {
    let mut code = Code::at(0x100);
    code.addi(A0, A1, -3).li(A0, 0x1234_5fff).auipc(T0, 0x12345).add(A0, A1, A2).lw(A0, SP, -4).load(5, A0, A1, 6);
    code.sw(A0, SP, -4)
        .store(1, A2, S0, 33)
        .jalr(RA, T1, 12)
        .jal(RA, 0x100)
        .branch(6, A0, A1, 0x200)
        .bne(A0, A1, 0x100);
    code.csrrw(A0, 0x340, A1).csrrs(A0, 0x300, ZERO).csrrc(A0, 0x304, A2).csrsi(0x300, 8).csrci(0x300, 8);
    code.lr(A0, A1).sc(A0, A2, A1).amo(0, 4, A0, A2, A1).amo(0x1c, 8, T0, T1, T2).fence_i();
    let words: Vec<u32> = code.bytes.chunks(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap())).collect();
    assert_eq!(
        words,
        [
            0xffd5_8513,
            0x1234_6537,
            0xfff5_0513,
            0x1234_5297,
            0x00c5_8533,
            0xffc1_2503,
            0x0065_d503,
            0xfea1_2e23,
            0x02c4_10a3,
            0x00c3_00e7,
            0xfd9f_f0ef,
            0x0cb5_6a63,
            0xfcb5_18e3,
            0x3405_9573,
            0x3000_2573,
            0x3046_3573,
            0x3004_6073,
            0x3004_7073,
            0x1005_a52f,
            0x18c5_a52f,
            0x00c5_a52f,
            0xe063_b2af,
            0x0000_100f
        ]
    );
}
