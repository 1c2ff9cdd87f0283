//! Bookmarks of a recording are there again when it is opened the next time, and nothing that lies about them is harmful.

use std::fs;
use std::path::{Path, PathBuf};

use bluekernel_e2e::{MPS2, bkctl, repository, run, scratch, sha256};

use crate::terminal::Terminal;

/// The only file of bookmarks below `state`.
fn kept(state: &Path) -> PathBuf {
    let files = fs::read_dir(state.join("bkctl/bookmarks")).expect("a folder of bookmarks");
    let files: Vec<_> = files.map(|entry| entry.expect("readable").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// A terminal in `folder` whose viewer keeps bookmarks below `state` there.
fn terminal(folder: &Path) -> Option<Terminal> {
    let terminal = Terminal::open(folder, 100, 24)?;
    terminal.wait("the shell", |screen| screen.contains("ready>"));
    terminal.type_line(&format!("export XDG_STATE_HOME='{}/state'", folder.display()));
    Some(terminal)
}

fn view(terminal: &Terminal, file: &str) {
    terminal.type_line(&format!("clear; bkctl trace view {file}"));
    terminal.wait("the timeline", |screen| screen.contains("recorded") && screen.contains("q quit"));
}

#[test]
fn bookmarks_outlive_the_viewer_and_a_move_of_the_recording() {
    let folder = scratch();
    let (here, state) = (folder.path(), folder.path().join("state"));
    fs::copy(repository().join("tests/golden/healthy.bkt"), here.join("run.bkt")).expect("copied");
    let hash = sha256(&here.join("run.bkt"));
    let Some(terminal) = terminal(here) else { return };
    view(&terminal, "run.bkt");
    // Two marks and a bookmark; each is kept as soon as it is set, whatever becomes of the viewer then.
    for key in [".", "m", ".", ".", "m", "."] {
        terminal.key(key);
    }
    terminal.wait("the measure", |screen| screen.contains("B-A "));
    terminal.type_line(":bookmark first try");
    terminal.wait("the bookmark", |screen| screen.contains("bookmark first try"));
    assert!(fs::read_to_string(kept(&state)).expect("there").contains("first try"));
    terminal.key("q");
    terminal.is_sane();
    fs::create_dir(here.join("elsewhere")).expect("made");
    fs::rename(here.join("run.bkt"), here.join("elsewhere/other.bkt")).expect("moved");
    view(&terminal, "elsewhere/other.bkt");
    terminal.wait("the words", |screen| screen.contains("a bookmark from the last time"));
    terminal.key("'");
    terminal.wait("its name", |screen| screen.contains("bookmark first try"));
    terminal.key("j");
    terminal.wait("the measure again", |screen| screen.contains("B-A "));
    // Taken away again, nothing is left behind.
    terminal.key("b");
    terminal.wait("the words", |screen| screen.contains("bookmark first try taken away"));
    terminal.key("Escape");
    terminal.wait("no measure", |screen| !screen.contains("B-A ") && !screen.contains("taken away"));
    terminal.key("q");
    terminal.is_sane();
    assert_eq!(fs::read_dir(state.join("bkctl/bookmarks")).expect("there").count(), 0);
    assert_eq!(sha256(&here.join("elsewhere/other.bkt")), hash, "a recording is never changed");
}

#[test]
fn a_broken_file_of_bookmarks_is_one_message_and_left_alone() {
    let folder = scratch();
    let here = folder.path();
    fs::copy(repository().join("tests/golden/healthy.bkt"), here.join("run.bkt")).expect("copied");
    let Some(terminal) = terminal(here) else { return };
    view(&terminal, "run.bkt");
    terminal.key("b");
    terminal.wait("the words", |screen| screen.contains("bookmark 1"));
    terminal.key("q");
    terminal.is_sane();
    let file = kept(&here.join("state"));
    fs::write(&file, "{\"schema\": \"bk.bookmarks/1\", \"book").expect("written");
    view(&terminal, "run.bkt");
    terminal.wait("the words", |screen| screen.contains("bookmarks are not kept: "));
    terminal.key("b");
    terminal.wait("them again", |screen| screen.contains("bookmark 1, but bookmarks are not kept: "));
    terminal.key("q");
    terminal.is_sane();
    assert_eq!(fs::read_to_string(&file).expect("there"), "{\"schema\": \"bk.bookmarks/1\", \"book");
}

/// While a run goes on it has no recording yet; what was marked meanwhile is there when that is opened.
#[test]
fn bookmarks_of_a_live_view_are_kept_with_its_recording() {
    let folder = scratch();
    let here = folder.path();
    let Some(terminal) = terminal(here) else { return };
    let fixture = MPS2.fixture();
    let board = MPS2.name;
    for (keep, count) in [("", 0), ("--trace run.bkt", 1)] {
        let elf = fixture.elf();
        terminal.type_line(&format!("clear; bkctl trace view --board {board} --elf '{elf}' --for 50ms {keep}"));
        terminal.wait("the end", |screen| screen.contains("the time asked for is over"));
        terminal.type_line(":bookmark seen live");
        terminal.wait("the bookmark", |screen| screen.contains("bookmark seen live"));
        assert!(!here.join("state/bkctl/bookmarks").exists(), "there is no recording yet");
        terminal.key("q");
        terminal.is_sane();
        let kept = fs::read_dir(here.join("state/bkctl/bookmarks")).map_or(0, Iterator::count);
        assert_eq!(kept, count, "{keep}");
    }
    run(bkctl(here, &["trace", "stats", "run.bkt"]).env("XDG_STATE_HOME", here.join("state"))).exits(0);
    view(&terminal, "run.bkt");
    terminal.key("'");
    terminal.wait("its name", |screen| screen.contains("bookmark seen live"));
    terminal.key("q");
    terminal.is_sane();
}
