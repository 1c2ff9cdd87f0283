//! The bookmarks of recordings, kept in the user's state folder from one view to the next.
//!
//! A file of bookmarks is named by what stands in the recording, not by where that lies: a recording that is moved or copied
//! keeps them, and one that is written anew has none. A recording itself is never changed.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bluekernel_tracer::tui::{Marked, Notebook};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::whole;
use crate::folders;

/// The schema name of a file of bookmarks.
const SCHEMA: &str = "bk.bookmarks/1";
/// Bytes of a recording's beginning and of its end that, with its length, tell it from any other.
const ENDS: u64 = 64 << 10;
/// No person sets so many bookmarks that a file of them is larger.
const LARGEST: u64 = 1 << 20;

/// A file of bookmarks. Times are in cycles of the trace.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    schema: String,
    /// The recording's name at the time, for whoever looks into the folder.
    recording: String,
    marks: [Option<u64>; 2],
    bookmarks: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    time: u64,
    name: String,
}

/// Only this, to tell a file of another version from a broken one.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

/// The notebook of one recording.
#[derive(Debug)]
pub(super) struct Kept {
    file: PathBuf,
    /// The recording's name.
    recording: String,
    /// Why nothing is written: what is there could not be read, and must not be lost.
    refused: Option<String>,
}

impl Kept {
    /// The notebook of a recording; `None` if there is nowhere to keep one, or `recording` is no file that could be opened
    /// again.
    pub(super) fn of(recording: &Path) -> Option<Self> {
        let folder = folders::state()?.join("bookmarks");
        match fingerprint(recording) {
            Ok(name) => {
                let file = folder.join(format!("{name}.json"));
                let recording = recording.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Some(Self { file, recording, refused: None })
            }
            Err(error) => {
                tracing::info!(%error, "no bookmarks are kept");
                None
            }
        }
    }

    fn load(&self) -> Result<Marked, String> {
        let broken = |why: &dyn std::fmt::Display| {
            format!("bookmarks are not kept: {}: {why}; mend it or move it away", self.file.display())
        };
        let mut text = String::new();
        let read = |file: File| file.take(LARGEST + 1).read_to_string(&mut text);
        match File::open(&self.file).and_then(read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Marked::default()),
            Err(error) => return Err(broken(&error)),
            Ok(length) if length as u64 > LARGEST => return Err(broken(&"it is too long")),
            Ok(_) => {}
        }
        match serde_json::from_str::<Schema>(&text) {
            Ok(Schema { schema }) if schema != SCHEMA => Err(broken(&format!("it is of schema `{schema}`"))),
            _ => serde_json::from_str::<Page>(&text).map(Page::into_marked).map_err(|error| broken(&error)),
        }
    }

    fn store(&self, marked: &Marked) -> io::Result<()> {
        if marked.is_empty() {
            return match fs::remove_file(&self.file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        let bookmarks = marked.bookmarks.iter().map(|(time, name)| Entry { time: *time, name: name.clone() }).collect();
        let page =
            Page { schema: SCHEMA.to_owned(), recording: self.recording.clone(), marks: marked.marks, bookmarks };
        let text = serde_json::to_string_pretty(&page)?;
        whole::file(&self.file, |out| writeln!(out, "{text}"))
    }
}

impl Page {
    fn into_marked(self) -> Marked {
        // A name is shown on a terminal, whoever wrote it.
        let clean = |name: String| name.chars().filter(|c| !c.is_control()).collect();
        let bookmarks = self.bookmarks.into_iter().map(|entry| (entry.time, clean(entry.name))).collect();
        Marked { bookmarks, marks: self.marks }
    }
}

impl Notebook for Kept {
    fn read(&mut self) -> Result<Marked, String> {
        self.load().inspect_err(|why| self.refused = Some(why.clone()))
    }

    fn keep(&mut self, marked: &Marked) -> Result<(), String> {
        match &self.refused {
            Some(why) => Err(why.clone()),
            None => self
                .store(marked)
                .map_err(|error| format!("bookmarks are not kept: cannot write {}: {error}", self.file.display())),
        }
    }
}

/// The notebook of a run that goes on: it has no recording yet. What is marked is kept when that is whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending(Arc<Mutex<Marked>>);

impl Pending {
    /// Keeps what was marked for the run's recording, now that it is written.
    ///
    /// # Errors
    /// Why that cannot be, in a sentence.
    pub(super) fn keep_for(&self, recording: &Path) -> Result<(), String> {
        let marked = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match Kept::of(recording).filter(|_| !marked.is_empty()) {
            Some(kept) => kept
                .store(&marked)
                .map_err(|error| format!("bookmarks are not kept: cannot write {}: {error}", kept.file.display())),
            None => Ok(()),
        }
    }
}

impl Notebook for Pending {
    fn read(&mut self) -> Result<Marked, String> {
        Ok(Marked::default())
    }

    fn keep(&mut self, marked: &Marked) -> Result<(), String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone_from(marked);
        Ok(())
    }
}

/// Names a recording by what stands in it: its length, its beginning (with the dictionary, and the build's id in that), and
/// its end. Reading all of it would make opening a long one slower.
fn fingerprint(recording: &Path) -> io::Result<String> {
    let mut file = File::open(recording)?;
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "not a file that can be opened again"));
    }
    let mut hash = Sha256::new();
    hash.update(data.len().to_le_bytes());
    let mut part = Vec::new();
    file.by_ref().take(ENDS).read_to_end(&mut part)?;
    hash.update(&part);
    part.clear();
    file.seek(SeekFrom::Start(data.len().saturating_sub(ENDS)))?;
    file.take(ENDS).read_to_end(&mut part)?;
    hash.update(&part);
    // Half of it tells any two recordings apart.
    Ok(hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook(folder: &Path) -> Kept {
        Kept { file: folder.join("bookmarks/0123.json"), recording: "run.bkt".into(), refused: None }
    }

    fn marked() -> Marked {
        Marked { bookmarks: vec![(3, "start".into()), (70_000, "\u{4e2d}".into())], marks: [Some(1), None] }
    }

    #[test]
    fn what_was_kept_is_there_again() {
        let scratch = tempfile::tempdir().unwrap();
        assert_eq!(notebook(scratch.path()).read(), Ok(Marked::default()));
        notebook(scratch.path()).keep(&marked()).unwrap();
        assert_eq!(notebook(scratch.path()).read(), Ok(marked()));
        // Nothing marked is no file, also the second time.
        for _ in 0..2 {
            notebook(scratch.path()).keep(&Marked::default()).unwrap();
            assert_eq!(fs::read_dir(scratch.path().join("bookmarks")).unwrap().count(), 0);
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_and_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("bookmarks/0123.json");
        fs::create_dir(scratch.path().join("bookmarks")).unwrap();
        let good = r#"{"schema": "bk.bookmarks/1", "recording": "", "marks": [null, null], "bookmarks": []}"#;
        for (text, words) in [
            (String::new(), "EOF while parsing a value at line 1"),
            (good[..50].to_owned(), "line 1 column 50"),
            (good.replace("/1", "/2"), "schema `bk.bookmarks/2`"),
            (good.replace("[]", r#"[{"time": -1, "name": ""}]"#), "invalid value: integer `-1`"),
            (good.replace("marks\": [", "colour\": ["), "unknown field `colour`"),
            (format!("{good}{}", " ".repeat(1 << 20)), "too long"),
        ] {
            fs::write(&file, &text).unwrap();
            let mut notebook = notebook(scratch.path());
            let why = notebook.read().unwrap_err();
            assert!(why.contains(words) && why.contains("0123.json"), "{why}");
            assert_eq!(notebook.keep(&marked()), Err(why));
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(notebook(scratch.path()).read().unwrap_err().contains("UTF-8"));
        // A folder in its place.
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(notebook(scratch.path()).read().unwrap_err().contains("0123.json"));
    }

    #[test]
    fn names_that_somebody_else_wrote_cannot_move_the_cursor() {
        let scratch = tempfile::tempdir().unwrap();
        notebook(scratch.path()).keep(&Marked { bookmarks: vec![(1, "a\x1b[2Jb\n".into())], ..marked() }).unwrap();
        assert_eq!(notebook(scratch.path()).read().unwrap().bookmarks, [(1, "a[2Jb".to_owned())]);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("bookmarks"), "a file where the folder should be").unwrap();
        let why = notebook(scratch.path()).keep(&marked()).unwrap_err();
        assert!(why.starts_with("bookmarks are not kept: cannot write "), "{why}");
    }

    #[test]
    fn recordings_are_told_apart_by_what_stands_in_them() {
        let scratch = tempfile::tempdir().unwrap();
        let print = |name: &str, bytes: &[u8]| {
            let file = scratch.path().join(name);
            fs::write(&file, bytes).unwrap();
            fingerprint(&file).unwrap()
        };
        let long = vec![7; 200_000];
        let of = |change: usize| {
            let mut other = long.clone();
            other[change] = 8;
            other
        };
        let name = print("a.bkt", &long);
        assert_eq!(print("moved.bkt", &long), name);
        for other in [of(0), of(65_535), of(199_999), long[1..].to_vec()] {
            assert_ne!(print("other.bkt", &other), name);
        }
        assert_eq!(print("short.bkt", b"x"), print("shorter.bkt", b"x"));
        assert!(fingerprint(scratch.path()).is_err(), "a folder");
    }
}
