//! Recordings: what is written opens again, and what cannot be opened says why.

mod common;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use bluekernel_tracer::model::{Note, Trace};
use bluekernel_tracer::recording::{FORMAT_VERSION, Header, Recording, RecordingError, Writer};
use bluekernel_tracer::text::{self, Style};
use bluekernel_tracer::wire::{Decoder, Item};
use common::golden;
use common::scenario::{header, script};
use proptest::prelude::*;

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.bkt");
    fs::write(&path, bytes).unwrap();
    (directory, path)
}

/// A whole recording as bytes, put together by hand from the table in the documentation.
fn by_hand() -> Vec<u8> {
    let json = serde_json::to_vec(&header()).unwrap();
    let mut bytes = vec![0x89, 0x42, 0x4b, 0x54, 0x0d, 0x0a, 0x1a, 0x0a, 1, 0, 0, 0];
    bytes.extend(u32::try_from(json.len()).unwrap().to_le_bytes());
    bytes.extend(json);
    bytes.extend(script().encoder.bytes);
    bytes
}

#[test]
fn what_is_written_is_what_the_documentation_says() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.bkt");
    let mut writer = Writer::create(&path, &header()).unwrap();
    for piece in script().encoder.bytes.chunks(7) {
        writer.write(piece).unwrap();
    }
    assert_eq!(writer.written(), fs::metadata(&path).unwrap().len());
    let hash = writer.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), by_hand());
    let recording = Recording::open(&path).unwrap();
    assert_eq!((recording.header, recording.stream), (header(), script().encoder.bytes));
    // An independent judge of the hash, where there is one.
    if let Ok(output) = Command::new("sha256sum").arg(&path).output() {
        assert!(String::from_utf8_lossy(&output.stdout).starts_with(&hash));
    }
}

#[test]
fn what_was_written_so_far_is_readable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.bkt");
    let mut writer = Writer::create(&path, &header()).unwrap();
    assert!(Recording::open(&path).unwrap().stream.is_empty());
    let bytes = script().encoder.bytes;
    let (first, second) = bytes.split_at(40);
    writer.write(first).unwrap();
    assert_eq!(Recording::open(&path).unwrap().stream, first);
    writer.write(second).unwrap();
    // Not finished: as if the program had been killed.
    assert_eq!(Recording::open(&path).unwrap().stream, bytes);
}

/// A disk with room for `left` bytes.
struct Full<'a> {
    bytes: &'a mut Vec<u8>,
    left: usize,
}

impl Write for Full<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = bytes.len().min(self.left);
        self.bytes.extend(&bytes[..count]);
        self.left -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_before_it_is_lost() {
    let mut bytes = Vec::new();
    let room = by_hand().len() - 10;
    let mut writer = Writer::new(Full { bytes: &mut bytes, left: room }, &header()).unwrap();
    let error = writer.write(&script().encoder.bytes).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    drop(writer);
    let recording = Recording::parse(Path::new("run.bkt"), bytes).unwrap();
    assert!(script().encoder.bytes.starts_with(&recording.stream));
    assert!(!Trace::of(&recording).lanes().is_empty());
}

#[test]
fn each_bad_file_has_its_words() {
    let open = |bytes: &[u8]| {
        let (_directory, path) = file(bytes);
        Recording::open(&path).unwrap_err()
    };
    let good = by_hand();
    assert!(matches!(open(b""), RecordingError::Empty { .. }));
    assert!(open(b"\x7fELF\x01\x01").to_string().contains("is not a BlueKernel recording (.bkt): it is an ELF file"));
    assert!(open(b"hello").to_string().contains("is not a BlueKernel recording"));
    assert!(open(b"{\"a\": 1}").to_string().contains("it is JSON"));
    assert!(open(&script().encoder.bytes).to_string().contains("without the header"));
    // A text conversion turned CR LF into LF.
    assert!(open(b"\x89BKT\n\x1a\n\x01\0\0\0").to_string().contains("text conversion"));
    for cut in [3, 8, 9, 15, 16, 40] {
        let error = open(&good[..cut]);
        assert!(matches!(error, RecordingError::Truncated { .. }), "{cut}: {error}");
        assert!(error.to_string().contains("cut off inside its header"));
    }
    let mut newer = good.clone();
    newer[8] = 9;
    assert!(matches!(open(&newer), RecordingError::NewerVersion { found: 9, known: FORMAT_VERSION, .. }));
    assert!(open(&newer).to_string().contains("open it with a newer kit"));
    let mut damaged = good.clone();
    damaged[16] = b'!';
    assert!(matches!(open(&damaged), RecordingError::Header { .. }));
    let missing = Recording::open(Path::new("no/such/file.bkt")).unwrap_err();
    assert!(matches!(missing, RecordingError::Io { .. }));
    let mut header = header();
    header.schema = "other/1".to_owned();
    let mut bytes = Vec::new();
    Writer::new(&mut bytes, &header).unwrap();
    assert!(open(&bytes).to_string().contains("schema `other/1`"));
}

#[cfg(unix)]
#[test]
fn a_file_without_end_is_refused_by_its_beginning() {
    let error = Recording::open(Path::new("/dev/zero")).unwrap_err();
    assert!(matches!(error, RecordingError::Foreign { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_without_end_is_refused_and_one_with_an_end_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let open_while = |write: &(dyn Fn(fs::File) + std::marker::Sync)| {
        std::thread::scope(|scope| {
            // Opening one end waits for the other.
            scope.spawn(|| write(fs::OpenOptions::new().write(true).open(&pipe).unwrap()));
            Recording::open(&pipe)
        })
    };
    let error = open_while(&|mut to| {
        to.write_all(&by_hand()).unwrap();
        // Until the reader has gone.
        while to.write_all(&[0x52; 1 << 16]).is_ok() {}
    })
    .unwrap_err();
    assert!(matches!(error, RecordingError::Endless { mebibytes: 256, .. }), "{error}");
    assert!(error.to_string().ends_with("has not ended after 256 MiB: save it to a file, and open that"));
    let recording = open_while(&|mut to| to.write_all(&by_hand()).unwrap()).unwrap();
    assert_eq!(recording.stream, script().encoder.bytes);
}

#[test]
fn a_full_disk_leaves_no_half_record_in_the_count() {
    // Of each record whether it is an event, and where it begins: there the one before it ends.
    let records = |stream: &[u8]| {
        let mut decoder = Decoder::new();
        decoder.push(stream);
        let mut found = Vec::new();
        while let Some(record) = decoder.next() {
            found.push((matches!(record.item, Item::Event(_)), record.offset as usize));
        }
        found
    };
    let whole = script().encoder.bytes;
    let all = records(&whole);
    let ends = all.iter().skip(1).map(|(_, start)| *start).chain([whole.len()]);
    let event_ends: Vec<usize> = all.iter().zip(ends).filter(|((event, _), _)| *event).map(|(_, end)| end).collect();
    let front = by_hand().len() - whole.len();
    for room in 0..whole.len() {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(Full { bytes: &mut bytes, left: front + room }, &header()).unwrap();
        assert_eq!(writer.write(&whole).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(writer.written(), (front + room) as u64);
        drop(writer);
        let stream = Recording::parse(Path::new("run.bkt"), bytes).unwrap().stream;
        assert_eq!(stream, whole[..room]);
        let told = records(&stream).iter().filter(|(event, _)| *event).count();
        assert_eq!(told, event_ends.iter().filter(|end| **end <= room).count(), "{room}");
    }
}

#[test]
fn a_cut_stream_opens_and_says_so() {
    let bytes = by_hand();
    let (_directory, path) = file(&bytes[..bytes.len() - 1]);
    let trace = Trace::of(&Recording::open(&path).unwrap());
    assert_eq!(trace.notes(), [Note::Truncated { bytes: 2 }]);
}

#[test]
fn headers_of_newer_kits_with_more_fields_still_open() {
    let mut json = serde_json::to_value(header()).unwrap();
    json["later"] = serde_json::json!({"more": true});
    let header: Header = serde_json::from_value(json).unwrap();
    assert_eq!(header, common::scenario::header());
}

#[test]
fn the_golden_recording_stays_readable() {
    // Written by format version 1 and the first wire; from now on every version must read it.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/first.bkt");
    if std::env::var_os("BK_OVERWRITE").is_some() {
        fs::write(&path, by_hand()).unwrap();
    }
    let trace = Trace::of(&Recording::open(&path).unwrap());
    golden::check("first.txt", &text::timeline(&trace, trace.window(), 115, Style::Unicode));
    golden::check("first-ascii.txt", &text::timeline(&trace, 300..700, 95, Style::Ascii));
}

#[test]
fn text_lines_keep_to_their_width() {
    let trace = Trace::of(&Recording::parse(Path::new("x"), by_hand()).unwrap());
    for width in [40, 60, 80, 200] {
        let text = text::timeline(&trace, trace.window(), width, Style::Unicode);
        let lanes = text.lines().skip(1).take(9);
        for line in lanes {
            assert!(bluekernel_tracer::label::width(line) <= width, "{width}: {line}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), good in any::<bool>()) {
        let mut all = if good { by_hand()[..20].to_vec() } else { Vec::new() };
        all.extend(bytes);
        if let Ok(recording) = Recording::parse(Path::new("x"), all) {
            let _ = Trace::of(&recording);
        }
    }
}
