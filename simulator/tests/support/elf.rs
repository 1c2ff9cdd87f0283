//! A writer of small ELF files, so that the tests decide about every field and need no compiler.

/// `EM_ARM`.
pub(crate) const ARM: u16 = 40;

/// A program header's worth.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) vaddr: u32,
    pub(crate) paddr: u32,
    pub(crate) data: Vec<u8>,
    pub(crate) mem_size: u32,
    pub(crate) write: bool,
}

/// A 32-bit little-endian executable.
#[derive(Clone, Debug)]
pub(crate) struct Elf {
    pub(crate) machine: u16,
    pub(crate) segments: Vec<Segment>,
    pub(crate) symbols: Vec<(&'static str, u32)>,
    /// `e_flags`; of an Arm file that has none of its own they say version 5 of the ABI.
    pub(crate) flags: u32,
    /// A section of build attributes: its name, and what it holds.
    pub(crate) attributes: Option<(&'static str, Vec<u8>)>,
}

/// `EF_ARM_EABI_VER5`.
const EABI: u32 = 0x0500_0000;

impl Elf {
    /// An Arm executable of one segment at address 0.
    pub(crate) fn flat(data: Vec<u8>) -> Self {
        let mem_size = data.len() as u32;
        let segment = Segment { vaddr: 0, paddr: 0, data, mem_size, write: false };
        Self { machine: ARM, segments: vec![segment], ..Self::empty(ARM) }
    }

    /// An executable with nothing in it.
    pub(crate) fn empty(machine: u16) -> Self {
        let flags = if machine == ARM { EABI } else { 0 };
        Self { machine, segments: Vec::new(), symbols: Vec::new(), flags, attributes: None }
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        const HEADER: u32 = 52;
        const PROGRAM_HEADER: u32 = 32;
        const SECTION_HEADER: u32 = 40;
        let mut body = Vec::new();
        let body_at = HEADER + PROGRAM_HEADER * self.segments.len() as u32;
        let mut program_headers = Vec::new();
        for segment in &self.segments {
            let offset = body_at + body.len() as u32;
            let flags = if segment.write { 6 } else { 5 };
            let size = segment.data.len() as u32;
            program_headers.extend([1, offset, segment.vaddr, segment.paddr, size, segment.mem_size, flags, 4]);
            body.extend_from_slice(&segment.data);
        }
        let mut names = vec![0];
        let mut symbols = vec![0_u32; 4];
        for (name, value) in &self.symbols {
            // STB_GLOBAL, STT_OBJECT, SHN_ABS.
            symbols.extend([names.len() as u32, *value, 4, 0xFFF1_0011]);
            names.extend_from_slice(name.as_bytes());
            names.push(0);
        }
        let mut section_names = b"\0.symtab\0.strtab\0.shstrtab\0".to_vec();
        let (name, attributes) = self.attributes.clone().unwrap_or_default();
        let attributes_name = section_names.len() as u32;
        section_names.extend(name.as_bytes());
        section_names.push(0);
        let symbols_at = body_at + body.len() as u32;
        let symbols = words(&symbols);
        let names_at = symbols_at + symbols.len() as u32;
        let section_names_at = names_at + names.len() as u32;
        let attributes_at = section_names_at + section_names.len() as u32;
        let sections_at = attributes_at + attributes.len() as u32;
        let mut sections = vec![0; 10];
        sections.extend([1, 2, 0, 0, symbols_at, symbols.len() as u32, 2, 1, 4, 16]);
        sections.extend([9, 3, 0, 0, names_at, names.len() as u32, 0, 0, 1, 0]);
        sections.extend([17, 3, 0, 0, section_names_at, section_names.len() as u32, 0, 0, 1, 0]);
        // SHT_ARM_ATTRIBUTES, and as SHT_RISCV_ATTRIBUTES the same number.
        sections.extend([attributes_name, 0x7000_0003, 0, 0, attributes_at, attributes.len() as u32, 0, 0, 1, 0]);

        let mut file = vec![0x7F, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        file.extend([2, 0]);
        file.extend(self.machine.to_le_bytes());
        file.extend(words(&[1, 0, HEADER, sections_at, self.flags]));
        let halves = [HEADER, PROGRAM_HEADER, self.segments.len() as u32, SECTION_HEADER, 5, 3];
        file.extend(halves.iter().flat_map(|half| (*half as u16).to_le_bytes()));
        file.extend(words(&program_headers));
        file.extend(body);
        file.extend(symbols);
        file.extend(names);
        file.extend(section_names);
        file.extend(attributes);
        file.extend(words(&sections));
        file
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
