//! An ELF file, read once and owned: what a loader, a debugger and a size report need of it.

use std::fmt;
use std::ops::Range;

use object::Endianness;
use object::elf;
use object::read::elf::{ElfFile, FileHeader, ProgramHeader, SectionHeader};
use object::{Object, ObjectSymbol};

use crate::symbols;

/// Why a file is not an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file does not begin like an ELF file.
    #[error("this is not an ELF file (it does not start with 7f 45 4c 46)")]
    NotElf,
    /// It does, but something in it contradicts itself.
    #[error("the ELF file is damaged: {0}")]
    Malformed(String),
    /// A line of an Intel HEX file is wrong.
    #[error("line {line} of the HEX file: {reason}")]
    Hex {
        /// The line, from 1 on.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An Intel HEX file without its last record.
    #[error("the HEX file has no end record: it was cut off")]
    HexCutOff,
    /// Bytes whose place nobody has named.
    #[error(
        "this is neither an ELF file nor an Intel HEX file; a raw binary is loaded at an address, and none is given"
    )]
    NoAddress,
    /// An address was given for a file that has its own.
    #[error("an address is for raw binaries; this is an {0} file, which has its own")]
    HasAddresses(&'static str),
    /// A raw binary that does not fit behind its address, or has no bytes.
    #[error("a raw binary of {size} bytes cannot be loaded at {address:#x}")]
    NoRoom {
        /// Its bytes.
        size: u64,
        /// The address that was given.
        address: u64,
    },
}

/// The processor family an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// 32-bit Arm.
    Arm,
    /// 64-bit Arm.
    Aarch64,
    /// 32-bit RISC-V.
    Riscv32,
    /// 64-bit RISC-V.
    Riscv64,
    /// 64-bit x86.
    X86_64,
    /// Another one, by its ELF machine number.
    Other(u16),
    /// The file does not say.
    Unstated,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arm => f.write_str("arm"),
            Self::Aarch64 => f.write_str("aarch64"),
            Self::Riscv32 => f.write_str("riscv32"),
            Self::Riscv64 => f.write_str("riscv64"),
            Self::X86_64 => f.write_str("x86-64"),
            Self::Unstated => f.write_str("a processor that the file does not name"),
            Self::Other(machine) => write!(f, "ELF machine {machine}"),
        }
    }
}

/// A piece of the file that is loaded (`PT_LOAD`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it is when the firmware runs.
    pub vaddr: u64,
    /// Where a programmer puts it.
    pub paddr: u64,
    /// What the file holds of it.
    pub data: Vec<u8>,
    /// Its bytes in memory; what is beyond `data` is zero.
    pub mem_size: u64,
    /// Whether code runs from it.
    pub execute: bool,
    /// Whether it is written.
    pub write: bool,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Where it is when the firmware runs.
    pub address: u64,
    /// Where a programmer puts it; equal to `address` if it is not loaded.
    pub load_address: u64,
    /// Bytes.
    pub size: u64,
    /// Whether it takes memory on the target.
    pub alloc: bool,
    /// Whether it is written.
    pub write: bool,
    /// Whether code runs from it.
    pub execute: bool,
    /// Whether the file holds nothing of it, like `.bss`.
    pub nobits: bool,
    range: Range<usize>,
}

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// Code.
    Function,
    /// A variable or a constant.
    Data,
    /// A label or a value of the linker's.
    Other,
}

/// A symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name as a person wrote it: demangled, without the hash.
    pub name: String,
    /// Its name in the file.
    pub raw: String,
    /// Its address; the Thumb bit of a function is cleared.
    pub address: u64,
    /// Bytes, 0 if the file does not say.
    pub size: u64,
    /// What it stands for.
    pub kind: SymbolKind,
    /// Whether other object files could see it.
    pub global: bool,
    /// Place in [`Image::sections`] of the section it is in; `None` for an absolute value.
    pub section: Option<usize>,
}

/// An ELF file of either class and byte order, or what [`Image::read`] makes of a plainer one. It owns its bytes.
#[derive(Clone, Debug)]
pub struct Image {
    pub(crate) bytes: Vec<u8>,
    pub(crate) architecture: Architecture,
    pub(crate) little_endian: bool,
    pub(crate) word_bytes: u8,
    /// `e_flags`, which each architecture defines.
    pub(crate) flags: u32,
    pub(crate) entry: u64,
    pub(crate) segments: Vec<Segment>,
    pub(crate) sections: Vec<Section>,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) build_id: Option<Vec<u8>>,
}

impl Image {
    /// Reads an ELF file.
    ///
    /// # Errors
    /// [`ImageError`] if the bytes are not an ELF file or contradict themselves.
    pub fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        match bytes {
            [0x7f, b'E', b'L', b'F', 1, ..] => parse::<elf::FileHeader32<Endianness>>(bytes, 4),
            [0x7f, b'E', b'L', b'F', 2, ..] => parse::<elf::FileHeader64<Endianness>>(bytes, 8),
            [0x7f, b'E', b'L', b'F', ..] => Err(ImageError::Malformed("its class is neither 32 nor 64 bits".into())),
            _ => Err(ImageError::NotElf),
        }
    }

    /// The processor family.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Whether the least significant byte of a word comes first.
    #[must_use]
    pub fn little_endian(&self) -> bool {
        self.little_endian
    }

    /// Bytes of a machine word: 4 or 8.
    #[must_use]
    pub fn word_bytes(&self) -> u8 {
        self.word_bytes
    }

    /// The entry point as the file says it; on Arm, bit 0 set means Thumb.
    #[must_use]
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// What is loaded, in the file's order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The sections, in the file's order.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section called `name`, if there is one.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// What the file holds of a section: empty for `.bss` and its like.
    #[must_use]
    pub fn section_data(&self, section: &Section) -> &[u8] {
        self.bytes.get(section.range.clone()).unwrap_or_default()
    }

    /// The symbols, by address; equal addresses in the file's order. Left out are files, sections, mapping symbols and
    /// what lies in sections that are not on the target.
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The address of the symbol with the name `raw` in the file. Global symbols come before local ones.
    #[must_use]
    pub fn address_of(&self, raw: &str) -> Option<u64> {
        let named = || self.symbols.iter().filter(|symbol| symbol.raw == raw);
        named().find(|symbol| symbol.global).or_else(|| named().next()).map(|symbol| symbol.address)
    }

    /// The function or variable that `address` lies in, and its distance from the start.
    #[must_use]
    pub fn symbol_at(&self, address: u64) -> Option<(&Symbol, u64)> {
        let end = self.symbols.partition_point(|symbol| symbol.address <= address);
        let covers = |symbol: &&Symbol| {
            symbol.kind != SymbolKind::Other && (address - symbol.address < symbol.size || symbol.address == address)
        };
        // A symbol may lie inside a longer one: a look back over a few is enough for what compilers produce.
        let symbol = self.symbols[..end].iter().rev().take(16).find(covers)?;
        Some((symbol, address - symbol.address))
    }

    /// The build id that the linker made (`--build-id`), if it made one.
    #[must_use]
    pub fn build_id(&self) -> Option<&[u8]> {
        self.build_id.as_deref()
    }

    /// The build id in hexadecimal.
    #[must_use]
    pub fn build_id_hex(&self) -> Option<String> {
        self.build_id().map(|id| id.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The bytes at run-time `address` as they are right after loading.
    pub(crate) fn initial_bytes(&self, address: u64, buffer: &mut [u8]) -> bool {
        for segment in &self.segments {
            let Some(offset) = address.checked_sub(segment.vaddr) else { continue };
            let Some(end) = offset.checked_add(buffer.len() as u64) else { continue };
            if end > segment.mem_size {
                continue;
            }
            for (place, target) in (offset..end).zip(buffer) {
                *target = usize::try_from(place).ok().and_then(|i| segment.data.get(i).copied()).unwrap_or(0);
            }
            return true;
        }
        false
    }
}

fn malformed(error: object::Error) -> ImageError {
    ImageError::Malformed(error.to_string())
}

fn parse<H: FileHeader<Endian = Endianness>>(bytes: &[u8], word_bytes: u8) -> Result<Image, ImageError> {
    let file = ElfFile::<H>::parse(bytes).map_err(malformed)?;
    let endian = file.endian();
    let segments = segments(&file, bytes)?;
    let sections = sections(&file, bytes)?;
    let architecture = match (file.elf_header().e_machine(endian), word_bytes) {
        (elf::EM_ARM, _) => Architecture::Arm,
        (elf::EM_AARCH64, _) => Architecture::Aarch64,
        (elf::EM_RISCV, 4) => Architecture::Riscv32,
        (elf::EM_RISCV, _) => Architecture::Riscv64,
        (elf::EM_X86_64, _) => Architecture::X86_64,
        (machine, _) => Architecture::Other(machine.0),
    };
    let symbols = read_symbols(&file, architecture, &sections);
    // A damaged note is as good as none: nothing but the identity of the build is lost.
    let build_id = file.build_id().ok().flatten().map(<[u8]>::to_vec);
    Ok(Image {
        bytes: bytes.to_vec(),
        architecture,
        little_endian: endian == Endianness::Little,
        word_bytes,
        flags: file.elf_header().e_flags(endian).0,
        entry: file.entry(),
        segments,
        sections,
        symbols,
        build_id,
    })
}

fn segments<H: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, H>,
    bytes: &[u8],
) -> Result<Vec<Segment>, ImageError> {
    let endian = file.endian();
    let mut segments = Vec::new();
    let mut total = 0;
    for header in file.elf_program_headers().iter().filter(|header| header.p_type(endian) == elf::PT_LOAD) {
        let data = header
            .data(endian, bytes)
            .map_err(|()| ImageError::Malformed("a segment reaches beyond the end of the file".into()))?;
        let (vaddr, paddr): (u64, u64) = (header.p_vaddr(endian).into(), header.p_paddr(endian).into());
        let mem_size: u64 = header.p_memsz(endian).into();
        if (data.len() as u64) > mem_size
            || vaddr.checked_add(mem_size).is_none()
            || paddr.checked_add(mem_size).is_none()
        {
            return Err(ImageError::Malformed("a segment does not fit its memory".into()));
        }
        // Segments of a sound file hold different bytes; many headers on the same bytes would fill our memory.
        total += data.len();
        if total > 4 * bytes.len() {
            return Err(ImageError::Malformed("its segments hold the same bytes several times".into()));
        }
        let flags = header.p_flags(endian);
        let (execute, write) = (flags.0 & elf::PF_X.0 != 0, flags.0 & elf::PF_W.0 != 0);
        segments.push(Segment { vaddr, paddr, data: data.to_vec(), mem_size, execute, write });
    }
    Ok(segments)
}

fn sections<H: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, H>,
    bytes: &[u8],
) -> Result<Vec<Section>, ImageError> {
    let endian = file.endian();
    let table = file.elf_section_table();
    let mut sections = Vec::new();
    // The first header is the null section.
    for header in table.iter().skip(1) {
        let name = String::from_utf8_lossy(table.section_name(endian, header).unwrap_or_default()).into_owned();
        let (address, size): (u64, u64) = (header.sh_addr(endian).into(), header.sh_size(endian).into());
        let flags: u64 = header.sh_flags(endian).0;
        let nobits = header.sh_type(endian) == elf::SHT_NOBITS;
        let alloc = flags & elf::SHF_ALLOC.0 != 0;
        let range = match header.file_range(endian) {
            Some((start, length)) => file_range(start, length, bytes.len())
                .ok_or_else(|| ImageError::Malformed(format!("section {name:?} reaches beyond the end of the file")))?,
            None => 0..0,
        };
        if address.checked_add(size).is_none() {
            return Err(ImageError::Malformed(format!("section {name:?} reaches beyond the end of memory")));
        }
        let load_address = if alloc && !nobits { load_address(file, address, size) } else { address };
        sections.push(Section {
            name,
            address,
            load_address,
            size,
            alloc,
            write: flags & elf::SHF_WRITE.0 != 0,
            execute: flags & elf::SHF_EXECINSTR.0 != 0,
            nobits,
            range,
        });
    }
    Ok(sections)
}

fn file_range(start: u64, length: u64, file_length: usize) -> Option<Range<usize>> {
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    (end <= file_length).then_some(start..end)
}

/// Where the segment that holds a section puts it.
fn load_address<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>, address: u64, size: u64) -> u64 {
    let endian = file.endian();
    for header in file.elf_program_headers().iter().filter(|header| header.p_type(endian) == elf::PT_LOAD) {
        let (vaddr, paddr): (u64, u64) = (header.p_vaddr(endian).into(), header.p_paddr(endian).into());
        let length: u64 = header.p_filesz(endian).into();
        let Some(offset) = address.checked_sub(vaddr) else { continue };
        if offset.checked_add(size).is_some_and(|end| end <= length) {
            return paddr.checked_add(offset).unwrap_or(address);
        }
    }
    address
}

fn read_symbols<H: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, H>,
    architecture: Architecture,
    sections: &[Section],
) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for symbol in file.symbols() {
        let Ok(raw) = symbol.name() else { continue };
        let kind = match symbol.kind() {
            object::SymbolKind::Text => SymbolKind::Function,
            object::SymbolKind::Data | object::SymbolKind::Tls => SymbolKind::Data,
            object::SymbolKind::File | object::SymbolKind::Section => continue,
            _ => SymbolKind::Other,
        };
        if raw.is_empty() || symbol.is_undefined() || (kind == SymbolKind::Other && symbols::is_mapping(raw)) {
            continue;
        }
        let section = symbol.section_index().and_then(|index| index.0.checked_sub(1));
        if section.and_then(|index| sections.get(index)).is_some_and(|section| !section.alloc) {
            continue; // its address is no address on the target
        }
        let thumb = architecture == Architecture::Arm && kind == SymbolKind::Function;
        symbols.push(Symbol {
            name: symbols::demangle(raw),
            raw: raw.to_owned(),
            address: if thumb { symbol.address() & !1 } else { symbol.address() },
            size: symbol.size(),
            kind,
            global: symbol.is_global(),
            section: section.filter(|index| *index < sections.len()),
        });
    }
    symbols.sort_by_key(|symbol| symbol.address);
    symbols
}
