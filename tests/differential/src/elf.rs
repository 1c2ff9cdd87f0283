//! ELF files of one segment (System V ABI, "Object Files").

const EM_ARM: u16 = 40;
const EM_RISCV: u16 = 243;
/// EABI version 5 (Arm IHI 0044).
const EF_ARM_EABI_5: u32 = 0x0500_0000;
/// Compressed instructions (RISC-V ELF psABI).
const EF_RISCV_RVC: u32 = 1;

/// For Arm: bytes at an address, which begin with a vector table.
#[must_use]
pub fn arm(address: u32, bytes: &[u8]) -> Vec<u8> {
    let entry = bytes.get(4..8).and_then(|word| word.try_into().ok()).map_or(0, u32::from_le_bytes);
    narrow(EM_ARM, EF_ARM_EABI_5, entry, address, bytes)
}

/// For RISC-V: bytes at an address, which begin with code.
#[must_use]
pub fn riscv(address: u32, bytes: &[u8], wide: bool) -> Vec<u8> {
    if !wide {
        return narrow(EM_RISCV, EF_RISCV_RVC, address, address, bytes);
    }
    let (address, size) = (u64::from(address), bytes.len() as u64);
    let mut file = identification(2, EM_RISCV);
    file.extend([address, 64, 0].iter().flat_map(|field: &u64| field.to_le_bytes()));
    file.extend(EF_RISCV_RVC.to_le_bytes());
    file.extend([64_u16, 56, 1, 0, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    // PT_LOAD, to read, write and execute.
    file.extend([1_u32, 7].iter().flat_map(|word| word.to_le_bytes()));
    file.extend([120, address, address, size, size, 8].iter().flat_map(|field: &u64| field.to_le_bytes()));
    file.extend_from_slice(bytes);
    file
}

fn narrow(machine: u16, flags: u32, entry: u32, address: u32, bytes: &[u8]) -> Vec<u8> {
    let size = bytes.len() as u32;
    let mut file = identification(1, machine);
    file.extend([entry, 52, 0, flags].iter().flat_map(|word: &u32| word.to_le_bytes()));
    file.extend([52_u16, 32, 1, 0, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    file.extend([1, 84, address, address, size, size, 7, 4].iter().flat_map(|word: &u32| word.to_le_bytes()));
    file.extend_from_slice(bytes);
    file
}

/// The first bytes of an executable file: little-endian, of 32 (1) or 64 bits (2), version 1.
fn identification(class: u8, machine: u16) -> Vec<u8> {
    let mut file = vec![0x7F, b'E', b'L', b'F', class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0];
    file.extend(machine.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    file
}
