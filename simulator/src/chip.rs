//! The chip that outlives the machine: what keeps its content without power, in a folder of files.
//!
//! | file | holds |
//! |---|---|
//! | `NAME.bin` | the bytes of the flash memory NAME, as a programmer would read them; erased ones are 0xff |
//! | `options.bin` | the option bytes, if the chip has a model of what programs them |
//! | `stuck.json` | bits that have worn out, if there are any: [`StuckBit`]s; written by whoever wants to see what follows |
//! | `lock` | the process that has the chip; locked as long as that lives |
//!
//! A file is made whole under another name and then renamed, and from there on only ever overwritten in place, by each
//! change as it happens. So whenever bksim is killed, the files hold what a chip would that lost its power: never less
//! than all bytes of a memory, and at worst a sector that is half erased.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bluekernel_boards::model::{Board, Memory, MemoryKind};
use serde::Deserialize;

const OPTIONS: &str = "options";

/// Why a chip cannot be used, or not be kept any more.
#[derive(Debug, thiserror::Error)]
pub enum ChipError {
    /// Somebody else has it.
    #[error(
        "the chip in {} is in use by another bksim{}: end that run first, or use another folder",
        folder.display(),
        holder.map_or_else(String::new, |id| format!(" (process {id})"))
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process that has it, if it has said so.
        holder: Option<u32>,
    },
    /// A file or folder cannot be used.
    #[error("cannot {what} {}: {error}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file is not of this chip.
    #[error(
        "{} has {found} bytes where {chip} has {wanted}: it is damaged, or another chip's. Delete it to go on with a blank one",
        path.display()
    )]
    Size {
        /// Which.
        path: PathBuf,
        /// Its bytes.
        found: u64,
        /// What it should have.
        wanted: u64,
        /// The chip.
        chip: String,
    },
    /// The list of worn-out bits makes no sense.
    #[error("{} is no list of {{\"address\", \"bit\", \"level\"}}: {error}", path.display())]
    Stuck {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// A memory's name makes no file name.
    #[error("the memory `{name}` of {chip} cannot be kept: its name cannot be that of a file")]
    Name {
        /// Its name.
        name: String,
        /// The chip.
        chip: String,
    },
}

/// A memory of the chip that keeps its content without power, and that only the chip itself can change.
pub(crate) fn keeps_content(memory: &Memory) -> bool {
    matches!(memory.kind, MemoryKind::Flash | MemoryKind::Xip) && !memory.attrs.write
}

/// A bit of flash memory that has worn out: whatever is programmed or erased, it reads as `level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StuckBit {
    /// Its byte's address.
    pub address: u64,
    /// 0 to 7.
    pub bit: u8,
    /// 0 or 1.
    pub level: u8,
}

/// A chip in a folder. Holding one proves that no other process has it.
#[derive(Debug)]
pub struct Chip {
    folder: PathBuf,
    name: String,
    memories: Vec<Kept>,
    options: Option<Kept>,
    stuck: Vec<StuckBit>,
    _lock: File,
}

/// A file that is open and of the right size.
#[derive(Debug)]
struct Kept {
    name: String,
    /// The memory's first address.
    base: u64,
    size: u64,
    path: PathBuf,
    file: File,
}

impl Chip {
    /// Takes the chip of a board in `folder`. What is not there is made: blank.
    ///
    /// # Errors
    /// [`ChipError`]; what is there has then not been changed.
    pub fn open(folder: &Path, board: &Board) -> Result<Self, ChipError> {
        fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
        let lock = lock(folder)?;
        let mut memories = Vec::new();
        for memory in board.chip.memory.iter().filter(|memory| keeps_content(memory)) {
            let Memory { name, base, size, .. } = memory;
            if !is_file_name(name) {
                return Err(ChipError::Name { name: name.clone(), chip: board.chip.name.clone() });
            }
            let blank = || vec![0xFF; *size as usize];
            memories.push(Kept::open(folder, name, (*base, *size), &board.chip.name, blank)?);
        }
        let stuck = stuck_bits(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            name: board.chip.name.clone(),
            memories,
            options: None,
            stuck,
            _lock: lock,
        })
    }

    /// The content of a memory; `None` for one that keeps none.
    ///
    /// # Errors
    /// [`ChipError::File`].
    pub fn memory(&mut self, name: &str) -> Result<Option<Vec<u8>>, ChipError> {
        let kept = self.memories.iter_mut().find(|kept| kept.name == name);
        kept.map(Kept::read).transpose()
    }

    /// The memories that are kept: first address and bytes.
    #[must_use]
    pub fn places(&self) -> Vec<(u64, usize)> {
        self.memories.iter().map(|kept| (kept.base, kept.size as usize)).collect()
    }

    /// The option bytes, which are `new` if there are none yet.
    ///
    /// # Errors
    /// [`ChipError`].
    pub fn options(&mut self, new: &[u8]) -> Result<Vec<u8>, ChipError> {
        let extent = (0, new.len() as u64);
        let kept = self.options.insert(Kept::open(&self.folder, OPTIONS, extent, &self.name, || new.to_vec())?);
        kept.read()
    }

    /// What becomes of bytes that are programmed or erased, where bits have worn out.
    pub fn wear(&self, address: u64, bytes: &mut [u8]) {
        for stuck in &self.stuck {
            let place = stuck.address.checked_sub(address).and_then(|offset| usize::try_from(offset).ok());
            if let Some(byte) = place.and_then(|place| bytes.get_mut(place)) {
                let mask = 1 << (stuck.bit & 7);
                *byte = if stuck.level & 1 == 0 { *byte & !mask } else { *byte | mask };
            }
        }
    }

    /// Keeps bytes that have changed; an address that no memory keeps is passed over.
    ///
    /// # Errors
    /// [`ChipError::File`].
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), ChipError> {
        let end = address.saturating_add(bytes.len() as u64);
        let kept = self.memories.iter_mut().find(|kept| address >= kept.base && end <= kept.base + kept.size);
        kept.map_or(Ok(()), |kept| kept.write(address - kept.base, bytes))
    }

    /// Keeps option bytes.
    ///
    /// # Errors
    /// [`ChipError::File`].
    pub fn write_options(&mut self, bytes: &[u8]) -> Result<(), ChipError> {
        self.options.as_mut().map_or(Ok(()), |kept| kept.write(0, bytes))
    }
}

impl Kept {
    fn open(
        folder: &Path,
        name: &str,
        (base, size): (u64, u64),
        chip: &str,
        new: impl FnOnce() -> Vec<u8>,
    ) -> Result<Self, ChipError> {
        let path = folder.join(format!("{name}.bin"));
        if !path.try_exists().map_err(failed("look for", &path))? {
            let unfinished = folder.join(format!("{name}.bin.new"));
            fs::write(&unfinished, new()).map_err(failed("make", &unfinished))?;
            fs::rename(&unfinished, &path).map_err(failed("make", &path))?;
        }
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed("open", &path))?;
        let found = file.metadata().map_err(failed("open", &path))?.len();
        if found != size {
            return Err(ChipError::Size { path, found, wanted: size, chip: chip.to_owned() });
        }
        Ok(Self { name: name.to_owned(), base, size, path, file })
    }

    fn read(&mut self) -> Result<Vec<u8>, ChipError> {
        let mut bytes = vec![0; self.size as usize];
        let read = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(failed("read", &self.path)).map(|()| bytes)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), ChipError> {
        let written = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.write_all(bytes));
        written.map_err(failed("write", &self.path))
    }
}

/// The list of worn-out bits; empty without a file.
fn stuck_bits(folder: &Path) -> Result<Vec<StuckBit>, ChipError> {
    let path = folder.join("stuck.json");
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| ChipError::Stuck { path, error }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed("read", &path)(error)),
    }
}

/// Locks the folder for this process, and writes down which that is.
fn lock(folder: &Path) -> Result<File, ChipError> {
    let path = folder.join("lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = file.map_err(failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Where a lock keeps others from reading, it stays unsaid.
            let _ = file.read_to_string(&mut text);
            return Err(ChipError::InUse { folder: folder.to_owned(), holder: text.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
    }
    let id = std::process::id();
    let noted = file.set_len(0).and_then(|()| writeln!(file, "{id}"));
    noted.map_err(failed("write", &path))?;
    Ok(file)
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ChipError {
    let path = path.to_owned();
    move |error| ChipError::File { what, path, error }
}

/// Whether a memory's name can stand in front of `.bin` in a file name, and is not the option bytes'.
fn is_file_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.chars().all(fits) && name != OPTIONS
}
