//! Firmware: which bytes of a file go where, and whether the core could start from them.
//!
//! Everything that would otherwise show as a lockup at the first instruction is an error with a name here.

#[cfg(test)]
mod tests;

use bluekernel_boards::model::{Board, Memory};
use bluekernel_inspect::{Architecture, Core, Image, ImageError};

/// Why firmware cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum FirmwareError {
    /// Not a firmware file, or a damaged one.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// For another architecture.
    #[error("the firmware is for {found}; the board {board} has {wanted}")]
    Architecture {
        /// What the file says.
        found: String,
        /// The board.
        board: String,
        /// Its architecture.
        wanted: String,
    },
    /// For another core of the same architecture.
    #[error(
        "the firmware was built for {found}; the board {board} has {wanted}, which cannot run that. Build it for {target}"
    )]
    Core {
        /// What the file says.
        found: String,
        /// The board.
        board: String,
        /// Its core.
        wanted: String,
        /// A Rust target that suits it.
        target: String,
    },
    /// There is nothing to load.
    #[error("the firmware has no loadable segment: is it an object file, or was it linked without a linker script?")]
    Empty,
    /// A segment lies where the board has no memory.
    #[error(
        "the firmware puts {size} bytes at {address:#010x}, where {board} has no memory; it has {memories}. Was it linked for another board?"
    )]
    Outside {
        /// First address.
        address: u64,
        /// Bytes.
        size: u64,
        /// The board.
        board: String,
        /// The memories in words.
        memories: String,
    },
    /// Two segments share load addresses.
    #[error("two segments of the firmware overlap: {first:#010x} with {size} bytes, and {second:#010x}")]
    Overlap {
        /// First address of the one below.
        first: u64,
        /// Its bytes.
        size: u64,
        /// First address of the one above.
        second: u64,
    },
    /// Nothing is loaded where the core starts.
    #[error(
        "the firmware has no vector table: nothing is loaded at {address:#010x}, where the core looks for it (the start of {memory})"
    )]
    NoVectorTable {
        /// Where it should be.
        address: u64,
        /// The memory's name.
        memory: String,
    },
    /// Nothing is loaded where a RISC-V core begins.
    #[error(
        "nothing of the firmware is loaded at {address:#010x}, where the core begins (in {memory}): was it linked for another board?"
    )]
    NoStart {
        /// The first instruction.
        address: u64,
        /// The memory's name.
        memory: String,
    },
    /// The vector table's first words are not a stack pointer and a Thumb address.
    #[error("at {address:#010x} there is no vector table: {reason}")]
    VectorTable {
        /// Where it should be.
        address: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// Firmware that fits the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firmware {
    /// The bytes and their load addresses, by address.
    pub pieces: Vec<(u32, Vec<u8>)>,
    /// Where the core looks first: the vector table of a Cortex-M, the first instruction of a RISC-V core.
    pub vector_table: u32,
    /// The first instruction.
    pub entry: u32,
    /// The RTT control block, if the ELF has its symbol.
    pub rtt: Option<u32>,
    /// Where variables are: (first address, bytes); the board's default RAM if the file has none. Without the symbol
    /// the RTT control block is searched here.
    pub variables: Vec<(u32, u32)>,
}

impl Firmware {
    /// Reads a firmware file for a board; `address` is where a raw binary is loaded.
    ///
    /// # Errors
    /// [`FirmwareError`] if it cannot run there.
    pub fn read(file: &[u8], address: Option<u64>, board: &Board) -> Result<Self, FirmwareError> {
        let image = Image::read(file, address)?;
        let wanted = architecture(board);
        let fits = [wanted, Architecture::Unstated].contains(&image.architecture());
        if !fits || !image.little_endian() {
            let order = if image.little_endian() { "" } else { ", big-endian" };
            return Err(FirmwareError::Architecture {
                found: format!("{}{order}", image.architecture()),
                board: board.name.clone(),
                wanted: format!("{} ({})", board.chip.arch, board.chip.core),
            });
        }
        let core = Core { arch: &board.chip.arch, name: &board.chip.core, float: board.chip.fpu != "none" };
        if let Some(found) = image.exceeds(core) {
            return Err(FirmwareError::Core {
                found,
                board: board.name.clone(),
                wanted: format!("{} ({})", board.chip.arch, board.chip.core),
                target: board.chip.target.clone(),
            });
        }
        let mut pieces = Vec::new();
        let mut variables = Vec::new();
        for segment in image.segments().iter().filter(|segment| segment.mem_size > 0) {
            if !segment.data.is_empty() {
                pieces.push((check_inside(board, segment.paddr, segment.data.len() as u64)?, segment.data.clone()));
            }
            let start = check_inside(board, segment.vaddr, segment.mem_size)?;
            if segment.write {
                variables.push((start, segment.mem_size as u32));
            }
        }
        if variables.is_empty() {
            variables = default_ram(board);
        }
        if pieces.is_empty() {
            return Err(FirmwareError::Empty);
        }
        pieces.sort();
        for pair in pieces.windows(2) {
            let [(first, bytes), (second, _)] = pair else { continue };
            if u64::from(*first) + bytes.len() as u64 > u64::from(*second) {
                let (first, second) = (u64::from(*first), u64::from(*second));
                return Err(FirmwareError::Overlap { first, size: bytes.len() as u64, second });
            }
        }
        let (vector_table, entry) = match wanted {
            Architecture::Arm => check_vector_table(board, &pieces)?,
            _ => check_start(board, &pieces)?,
        };
        let rtt = image.address_of("_SEGGER_RTT").and_then(|address| u32::try_from(address).ok());
        Ok(Self { pieces, vector_table, entry, rtt, variables })
    }
}

/// The architecture of a board's core.
fn architecture(board: &Board) -> Architecture {
    match board.chip.arch.as_str() {
        "riscv32" => Architecture::Riscv32,
        "riscv64" => Architecture::Riscv64,
        _ => Architecture::Arm,
    }
}

/// Where variables go that nothing is known of: (first address, bytes).
pub(crate) fn default_ram(board: &Board) -> Vec<(u32, u32)> {
    let default = board.chip.memory.iter().filter(|memory| memory.default);
    let ranges = default.map(|memory| Some((memory.base.try_into().ok()?, memory.size.try_into().ok()?)));
    ranges.flatten().collect()
}

/// The first addresses of a memory: its base and its aliases.
pub(crate) fn bases(memory: &Memory) -> impl Iterator<Item = u64> {
    std::iter::once(memory.base).chain(memory.aliases.iter().copied())
}

fn contains(memory: &Memory, address: u64, size: u64) -> bool {
    bases(memory)
        .any(|base| address.checked_sub(base).and_then(|at| at.checked_add(size)).is_some_and(|end| end <= memory.size))
}

fn check_inside(board: &Board, address: u64, size: u64) -> Result<u32, FirmwareError> {
    let inside = board.chip.memory.iter().any(|memory| contains(memory, address, size));
    u32::try_from(address).ok().filter(|_| inside).ok_or_else(|| FirmwareError::Outside {
        address,
        size,
        board: board.name.clone(),
        memories: describe(board),
    })
}

fn describe(board: &Board) -> String {
    let mut words = Vec::new();
    for memory in &board.chip.memory {
        for base in bases(memory) {
            words.push(format!("{} at {base:#010x} ({} KiB)", memory.name, memory.size / 1024));
        }
    }
    words.join(", ")
}

/// Where a RISC-V core begins: at the start of the memory for code, behind what belongs to somebody else. Twice, since it
/// is the first instruction, too.
fn check_start(board: &Board, pieces: &[(u32, Vec<u8>)]) -> Result<(u32, u32), FirmwareError> {
    let home = board.code_memory();
    let address = start_of_code(home, board);
    let missing = || FirmwareError::NoStart { address, memory: name_of(home) };
    let start = u32::try_from(address).map_err(|_| missing())?;
    let loaded =
        pieces.iter().any(|(first, bytes)| start.checked_sub(*first).is_some_and(|at| (at as usize) < bytes.len()));
    let executable = home.is_some_and(|memory| memory.attrs.execute && contains(memory, address, 2));
    if loaded && executable { Ok((start, start)) } else { Err(missing()) }
}

fn start_of_code(home: Option<&Memory>, board: &Board) -> u64 {
    home.map_or(0, |memory| memory.base).saturating_add(board.linker.flash_offset)
}

fn name_of(memory: Option<&Memory>) -> String {
    memory.map_or_else(|| "memory".to_owned(), |memory| memory.name.clone())
}

/// The address of the vector table and the first instruction.
fn check_vector_table(board: &Board, pieces: &[(u32, Vec<u8>)]) -> Result<(u32, u32), FirmwareError> {
    let home = board.code_memory();
    let address = start_of_code(home, board);
    let missing = || FirmwareError::NoVectorTable { address, memory: name_of(home) };
    let table = u32::try_from(address).map_err(|_| missing())?;
    let word = |at: u32| {
        let (start, bytes) = pieces.iter().rfind(|(start, _)| *start <= at)?;
        let offset = (at - start) as usize;
        Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
    };
    let (Some(stack), Some(reset)) = (word(table), word(table + 4)) else { return Err(missing()) };
    let wrong = |reason| FirmwareError::VectorTable { address, reason };
    // A full stack begins at the end of its memory, which need not be inside any.
    let stack_inside = |memory: &Memory| memory.attrs.write && contains(memory, u64::from(stack).wrapping_sub(4), 4);
    if stack % 4 != 0 || !board.chip.memory.iter().any(stack_inside) {
        return Err(wrong(format!("its first word, {stack:#010x}, is not a stack pointer into the board's RAM")));
    }
    if reset & 1 == 0 {
        return Err(wrong(format!("its reset vector, {reset:#010x}, has bit 0 clear and so is not Thumb code")));
    }
    let entry = reset & !1;
    let executable = |memory: &Memory| memory.attrs.execute && contains(memory, entry.into(), 2);
    if !board.chip.memory.iter().any(executable) {
        return Err(wrong(format!("its reset vector, {reset:#010x}, points to no memory that code can run from")));
    }
    Ok((table, entry))
}
