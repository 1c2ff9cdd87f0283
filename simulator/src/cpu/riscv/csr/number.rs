//! Numbers of control and status registers (privileged specification, tables 2.2 to 2.6).

pub(crate) const FFLAGS: u16 = 0x001;
pub(crate) const FRM: u16 = 0x002;

pub(crate) const SSTATUS: u16 = 0x100;
pub(crate) const SIE: u16 = 0x104;
pub(crate) const STVEC: u16 = 0x105;
pub(crate) const SCOUNTEREN: u16 = 0x106;
pub(crate) const SENVCFG: u16 = 0x10a;
pub(crate) const SSCRATCH: u16 = 0x140;
pub(crate) const SEPC: u16 = 0x141;
pub(crate) const SCAUSE: u16 = 0x142;
pub(crate) const STVAL: u16 = 0x143;
pub(crate) const SIP: u16 = 0x144;
pub(crate) const SATP: u16 = 0x180;

pub(crate) const MSTATUS: u16 = 0x300;
pub(crate) const MISA: u16 = 0x301;
pub(crate) const MEDELEG: u16 = 0x302;
pub(crate) const MIDELEG: u16 = 0x303;
pub(crate) const MIE: u16 = 0x304;
pub(crate) const MTVEC: u16 = 0x305;
pub(crate) const MCOUNTEREN: u16 = 0x306;
pub(crate) const MENVCFG: u16 = 0x30a;
pub(crate) const MSTATUSH: u16 = 0x310;
pub(crate) const MENVCFGH: u16 = 0x31a;
pub(crate) const MCOUNTINHIBIT: u16 = 0x320;
/// mhpmevent3 to mhpmevent31.
pub(crate) const MHPMEVENT3: u16 = 0x323;
pub(crate) const MHPMEVENT31: u16 = 0x33f;
pub(crate) const MSCRATCH: u16 = 0x340;
pub(crate) const MEPC: u16 = 0x341;
pub(crate) const MCAUSE: u16 = 0x342;
pub(crate) const MTVAL: u16 = 0x343;
pub(crate) const MIP: u16 = 0x344;
/// pmpcfg0 to pmpcfg3.
pub(crate) const PMPCFG0: u16 = 0x3a0;
pub(crate) const PMPCFG3: u16 = 0x3a3;
/// pmpaddr0 to pmpaddr15.
pub(crate) const PMPADDR0: u16 = 0x3b0;
pub(crate) const PMPADDR15: u16 = 0x3bf;

pub(crate) const MCYCLE: u16 = 0xb00;
pub(crate) const MINSTRET: u16 = 0xb02;
/// mhpmcounter3 to mhpmcounter31.
pub(crate) const MHPMCOUNTER3: u16 = 0xb03;
pub(crate) const MHPMCOUNTER31: u16 = 0xb1f;
/// What is added for the upper half of a counter, where registers are of 32 bits.
pub(crate) const UPPER: u16 = 0x80;

pub(crate) const CYCLE: u16 = 0xc00;
pub(crate) const TIME: u16 = 0xc01;
pub(crate) const INSTRET: u16 = 0xc02;
/// hpmcounter31.
pub(crate) const HPMCOUNTER31: u16 = 0xc1f;

pub(crate) const MVENDORID: u16 = 0xf11;
pub(crate) const MARCHID: u16 = 0xf12;
pub(crate) const MIMPID: u16 = 0xf13;
pub(crate) const MHARTID: u16 = 0xf14;
pub(crate) const MCONFIGPTR: u16 = 0xf15;
