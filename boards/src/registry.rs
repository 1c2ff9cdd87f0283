//! Finding boards: the project's `boards/` folder first, then the user's, then what is built in.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Severity, SourceFile};
use crate::lint::{self, File};
use crate::model::{Board, Chip};
use crate::nearest::{list, nearest};
use crate::reader::{Origins, read_file};
use crate::{board_file, chip_file};

/// The files that every copy of this crate carries.
const BUILT_IN: [(Kind, &str, &str); 20] = [
    (Kind::Board, "hifive1", include_str!("../boards/hifive1.toml")),
    (Kind::Board, "lm3s6965evb", include_str!("../boards/lm3s6965evb.toml")),
    (Kind::Board, "microbit", include_str!("../boards/microbit.toml")),
    (Kind::Board, "qemu-mps2-an385", include_str!("../boards/qemu-mps2-an385.toml")),
    (Kind::Board, "qemu-mps2-an386", include_str!("../boards/qemu-mps2-an386.toml")),
    (Kind::Board, "qemu-mps2-an500", include_str!("../boards/qemu-mps2-an500.toml")),
    (Kind::Board, "qemu-mps2-an505", include_str!("../boards/qemu-mps2-an505.toml")),
    (Kind::Board, "qemu-virt-rv32", include_str!("../boards/qemu-virt-rv32.toml")),
    (Kind::Board, "qemu-virt-rv64", include_str!("../boards/qemu-virt-rv64.toml")),
    (Kind::Board, "stm32f4-discovery", include_str!("../boards/stm32f4-discovery.toml")),
    (Kind::Chip, "fe310-g000", include_str!("../chips/fe310-g000.toml")),
    (Kind::Chip, "lm3s6965", include_str!("../chips/lm3s6965.toml")),
    (Kind::Chip, "mps2-an385", include_str!("../chips/mps2-an385.toml")),
    (Kind::Chip, "mps2-an386", include_str!("../chips/mps2-an386.toml")),
    (Kind::Chip, "mps2-an500", include_str!("../chips/mps2-an500.toml")),
    (Kind::Chip, "mps2-an505", include_str!("../chips/mps2-an505.toml")),
    (Kind::Chip, "nrf51822", include_str!("../chips/nrf51822.toml")),
    (Kind::Chip, "stm32f407vg", include_str!("../chips/stm32f407vg.toml")),
    (Kind::Chip, "virt-rv32", include_str!("../chips/virt-rv32.toml")),
    (Kind::Chip, "virt-rv64", include_str!("../chips/virt-rv64.toml")),
];

/// The two kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Board,
    Chip,
}

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Self::Board => "boards",
            Self::Chip => "chips",
        }
    }
}

/// Folders that are searched before what is built in. Each may hold `boards/` and `chips/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPath {
    folders: Vec<PathBuf>,
}

impl SearchPath {
    /// Only what is built in.
    #[must_use]
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The `boards` folder of the project at `project`, then the `user` folder; what is not there is passed over.
    #[must_use]
    pub fn new(project: Option<&Path>, user: Option<&Path>) -> Self {
        let folders = [project.map(|folder| folder.join("boards")), user.map(Path::to_owned)];
        Self { folders: folders.into_iter().flatten().collect() }
    }

    /// The folders, in the order of search.
    #[must_use]
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }
}

/// Where a board's file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this file.
    File(PathBuf),
    /// In this program.
    BuiltIn,
}

/// Why there is no board.
#[derive(Clone, Debug)]
pub enum BoardError {
    /// No file has this name.
    Unknown {
        /// The name as typed.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
        /// All known names.
        known: Vec<String>,
    },
    /// A file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The files are there but say what cannot be.
    Invalid(Vec<Diagnostic>),
}

impl BoardError {
    /// The message, of one line or many; with terminal colours if asked for.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        match self {
            Self::Unknown { name, nearest, known } => {
                let guess = nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                let known = list(known.iter().map(String::as_str));
                format!("there is no board `{name}`{guess}\nknown boards: {known}")
            }
            Self::Unreadable { path, why } => format!("{} cannot be read: {why}", path.display()),
            Self::Invalid(diagnostics) => {
                let messages: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.render(colour)).collect();
                messages.join("\n\n")
            }
        }
    }
}

impl fmt::Display for BoardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for BoardError {}

/// A board and everything that lint has to say about it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The board.
    pub board: Board,
    /// Errors and warnings, with the lines of the files.
    pub findings: Vec<Diagnostic>,
}

/// Serves boards by name.
#[derive(Clone, Debug)]
pub struct Registry {
    search: SearchPath,
}

impl Registry {
    /// A registry over `search` and what is built in.
    #[must_use]
    pub fn new(search: SearchPath) -> Self {
        Self { search }
    }

    /// The names of all boards, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.names_of(Kind::Board)
    }

    /// Where the file of board `name` is.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<Place> {
        self.find(Kind::Board, name)
    }

    /// The board `name` with its chip, without an error of lint's.
    ///
    /// # Errors
    /// [`BoardError`] if there is no such board, or if its files are wrong: all that is wrong is told at once.
    pub fn board(&self, name: &str) -> Result<Board, BoardError> {
        let Checked { board, mut findings } = self.check(name)?;
        findings.retain(|finding| finding.severity == Severity::Error);
        if findings.is_empty() { Ok(board) } else { Err(BoardError::Invalid(findings)) }
    }

    /// The board `name` with what lint says about it, for `bkctl board lint`.
    ///
    /// # Errors
    /// [`BoardError`] if there is no such board or its files cannot be understood.
    pub fn check(&self, name: &str) -> Result<Checked, BoardError> {
        let Some(place) = self.find(Kind::Board, name) else {
            let known = self.names();
            let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            return Err(BoardError::Unknown { name: name.to_owned(), nearest, known });
        };
        let board_source = load(Kind::Board, name, &place)?;
        let (file, board_origins) = read_file(&board_source, board_file::read).map_err(BoardError::Invalid)?;
        let (chip, chip_source, chip_origins) = self.chip(file.chip(), &board_source, &board_origins)?;
        let hash = hash(&board_source.text, &chip_source.text);
        let board = file.join(chip, hash);
        let mut findings = lint::check(&board);
        findings.extend(lint::file_name(File::Board, &board.name, name));
        let findings = findings.into_iter().map(|finding| {
            let (file, origins) = match finding.file {
                File::Board => (&board_source, &board_origins),
                File::Chip => (&chip_source, &chip_origins),
            };
            let span = origin(origins, &finding.key);
            let lint::Finding { severity, message, label, help, .. } = finding;
            Diagnostic { severity, message, file: Arc::clone(file), span, label, help }
        });
        let mut findings: Vec<Diagnostic> = findings.collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Ok(Checked { board, findings })
    }

    fn chip(
        &self,
        name: &str,
        board: &Arc<SourceFile>,
        origins: &Origins,
    ) -> Result<(Chip, Arc<SourceFile>, Origins), BoardError> {
        let Some(place) = self.find(Kind::Chip, name) else {
            let known = self.names_of(Kind::Chip);
            let help = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known chips: {}", list(known.iter().map(String::as_str))),
            };
            return Err(BoardError::Invalid(vec![Diagnostic {
                severity: Severity::Error,
                message: format!("there is no chip `{name}`"),
                file: Arc::clone(board),
                span: origin(origins, "board.chip"),
                label: format!("no file `chips/{name}.toml` in the project, the user's folder or built in"),
                help: Some(help),
            }]));
        };
        let source = load(Kind::Chip, name, &place)?;
        let (chip, origins) = read_file(&source, chip_file::read).map_err(BoardError::Invalid)?;
        Ok((chip, source, origins))
    }

    fn find(&self, kind: Kind, name: &str) -> Option<Place> {
        if !is_name(name) {
            return None;
        }
        let files = self.search.folders.iter().map(|folder| folder.join(kind.folder()).join(format!("{name}.toml")));
        let file = files.into_iter().find(|file| file.is_file()).map(Place::File);
        file.or_else(|| built_in(kind, name).map(|_| Place::BuiltIn))
    }

    fn names_of(&self, kind: Kind) -> Vec<String> {
        let built_in = BUILT_IN.iter().filter(|(of, ..)| *of == kind).map(|(_, name, _)| (*name).to_owned());
        let mut names: BTreeSet<String> = built_in.collect();
        for folder in &self.search.folders {
            let Ok(entries) = std::fs::read_dir(folder.join(kind.folder())) else { continue };
            let files = entries.flatten().map(|entry| entry.path());
            let stems = files.filter(|file| file.extension().is_some_and(|extension| extension == "toml"));
            names.extend(stems.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).filter(|n| is_name(n)));
        }
        names.into_iter().collect()
    }
}

/// Whether `name` can be the name of a board or chip, and so the stem of a file.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn built_in(kind: Kind, name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(of, known, _)| *of == kind && *known == name).map(|(.., text)| *text)
}

fn load(kind: Kind, name: &str, place: &Place) -> Result<Arc<SourceFile>, BoardError> {
    let (name, text) = match place {
        Place::BuiltIn => {
            let text = built_in(kind, name).unwrap_or_default().to_owned();
            (format!("built-in {}/{name}.toml", kind.folder()), text)
        }
        Place::File(path) => match std::fs::read_to_string(path) {
            Ok(text) => (path.display().to_string(), text),
            Err(error) => return Err(BoardError::Unreadable { path: path.clone(), why: error.to_string() }),
        },
    };
    Ok(Arc::new(SourceFile { name, text }))
}

/// The place of `key`, or of the nearest table around it.
fn origin(origins: &Origins, key: &str) -> std::ops::Range<usize> {
    let mut path = key;
    loop {
        if let Some(span) = origins.get(path) {
            return span.clone();
        }
        match path.rfind('.') {
            Some(dot) => path = &path[..dot],
            None => return 0..0,
        }
    }
}

fn hash(board: &str, chip: &str) -> String {
    let mut hasher = Sha256::new();
    for text in [board, chip] {
        hasher.update(text.replace("\r\n", "\n"));
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
