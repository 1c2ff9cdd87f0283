//! The timeline in a real terminal, driven by keys through tmux.

use std::path::{Path, PathBuf};
use std::process::{Command, id};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bluekernel_e2e::{BOARDS, Board, MPS2, bkctl, children, programs, run, sha256, signal};

/// A terminal of its own, with a shell in it; closed when dropped.
pub(crate) struct Terminal(String);

impl Terminal {
    /// `None` where there is no tmux: `tests/run` installs it, a plain `cargo test` says so and goes on.
    pub(crate) fn open(folder: &Path, columns: u16, rows: u16) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let socket = format!("bk-e2e-{}-{}", id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = format!("{}:{}", programs().display(), std::env::var("PATH").expect("PATH"));
        let started = Command::new("tmux")
            .args([
                "-f",
                "/dev/null",
                "-L",
                &socket,
                "new-session",
                "-d",
                "-x",
                &columns.to_string(),
                "-y",
                &rows.to_string(),
            ])
            .args(["env", "-u", "NO_COLOR", "PS1=ready> ", "LC_ALL=C.UTF-8", &format!("PATH={path}"), "sh"])
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", bluekernel_e2e::projects_target())
            .status();
        match started {
            Ok(status) if status.success() => Some(Self(socket)),
            other => {
                eprintln!("not run: tmux: {other:?}");
                None
            }
        }
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.0]).args(arguments).output().expect("tmux");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn type_line(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.tmux(&["send-keys", "Enter"]);
    }

    pub(crate) fn key(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen satisfies `ready`; fails with the screen after half a minute.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, ready: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if ready(&screen) {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "{what} did not come:\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The shell is back, echoes, and the cursor is where a shell's is: the terminal was left sane.
    ///
    /// Types only when the prompt is there: what is typed while a program is leaving, it may still read and lose.
    #[track_caller]
    pub(crate) fn is_sane(&self) {
        self.wait("the shell again", |screen| {
            screen.lines().rev().find(|line| !line.is_empty()).is_some_and(|line| line.starts_with("ready>"))
        });
        self.type_line("echo $((6 * 7)) is sane; stty -a | grep -o ' echo ' | head -1");
        self.wait("a sane shell", |screen| screen.contains("42 is sane") && screen.contains("echo $((6 * 7))"));
        assert_eq!(self.tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]).trim(), "0 1");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

const TASKS: [&str; 9] = ["report", "blink", "alpha", "bravo", "charlie", "delta", "echo", "producer", "consumer"];

/// A recording of the board's template, made once a size: tests run at the same time.
fn recording(board: &Board, name: &str) -> PathBuf {
    let fixture = board.fixture();
    let file = fixture.beside(name);
    run(bkctl(&fixture.project, &["sim", "--for", "300ms", "--trace"]).arg(&file).arg(&fixture.elf)).exits(0);
    file
}

fn the_timeline_at(columns: u16, rows: u16) {
    BOARDS.into_iter().for_each(|board| the_timeline_of(board, columns, rows));
}

fn the_timeline_of(board: &Board, columns: u16, rows: u16) {
    let file = recording(board, &format!("view-{columns}.bkt"));
    let Some(terminal) = Terminal::open(&board.fixture().project, columns, rows) else { return };
    terminal.wait("the shell", |screen| screen.contains("ready>"));
    let elf = &board.fixture().elf;
    terminal.type_line(&format!("bkctl trace view '{}' --elf '{}'", file.display(), elf.display()));
    let first = terminal.wait("the timeline", |screen| TASKS.iter().all(|task| screen.contains(task)));
    assert!(first.contains(board.timer), "the interrupt has a lane:\n{first}");
    assert!(first.lines().all(|line| line.chars().count() <= usize::from(columns)), "{first}");
    // Zooming in changes the axis; fitting brings the first picture back.
    for _ in 0..8 {
        terminal.key("w");
    }
    terminal.wait("the zoomed picture", |screen| screen != first && TASKS.iter().all(|task| screen.contains(task)));
    terminal.key("2");
    terminal.wait("the task table", |screen| screen.contains("CPU") && TASKS.iter().all(|task| screen.contains(task)));
    // With the ELF, what it takes of each memory is known.
    terminal.key("6");
    terminal.wait("flash and RAM by crate", |screen| screen.contains("CRATE") && screen.contains(" bluekernel "));
    terminal.key("1");
    terminal.key("?");
    terminal.wait("the help", |screen| screen.contains("KEYS"));
    terminal.key("Escape");
    // An escape right before a letter is Alt and that letter.
    terminal.wait("the timeline again", |screen| !screen.contains("KEYS"));
    terminal.key("q");
    terminal.is_sane();
}

/// In its project a recording finds its firmware by the build id, also when cargo has built another one since, or its
/// folder is gone: so there are Memory and Source.
#[test]
fn the_projects_own_firmware_is_found_by_its_build_id() {
    let file = recording(&MPS2, "view-own.bkt");
    let Some(terminal) = Terminal::open(&MPS2.fixture().project, 100, 30) else { return };
    terminal.wait("the shell", |screen| screen.contains("ready>"));
    terminal.type_line("export CARGO_TARGET_DIR=/nowhere");
    terminal.type_line(&format!("bkctl trace view '{}'", file.display()));
    terminal.wait("the timeline", |screen| TASKS.iter().all(|task| screen.contains(task)));
    terminal.key("6");
    terminal.wait("flash and RAM by crate", |screen| screen.contains("CRATE") && screen.contains(" bluekernel "));
    terminal.key("1");
    for key in [".", ".", "Enter"] {
        terminal.key(key);
    }
    terminal.wait("the machine at the cursor", |screen| screen.contains("[8 Source]") && screen.contains(" pc 0x"));
    terminal.key("q");
    terminal.is_sane();
}

#[test]
fn the_timeline_at_80_by_24() {
    the_timeline_at(80, 24);
}

#[test]
fn the_timeline_at_120_by_40() {
    the_timeline_at(120, 40);
}

/// What the firmware does does not depend on who is looking: the recording made under the live view is the one made
/// without.
#[test]
fn the_live_view_shows_and_changes_nothing() {
    BOARDS.into_iter().for_each(the_live_view_of);
}

fn the_live_view_of(board: &Board) {
    let fixture = board.fixture();
    let unseen = recording(board, "unseen.bkt");
    let seen = fixture.beside("seen.bkt");
    let Some(terminal) = Terminal::open(&fixture.project, 120, 40) else { return };
    terminal.wait("the shell", |screen| screen.contains("ready>"));
    let (elf, file) = (fixture.elf(), seen.display());
    terminal.type_line(&format!("bkctl trace view --elf '{elf}' --for 300ms --pace 0.2x --trace '{file}'"));
    terminal.wait("the tasks", |screen| TASKS.iter().all(|task| screen.contains(task)));
    terminal.wait("the end", |screen| screen.contains("the time asked for is over"));
    terminal.key("q");
    let hash = sha256(&unseen);
    terminal.wait("the hash", |screen| screen.replace('\n', "").contains(&hash));
    terminal.is_sane();
    assert_eq!(sha256(&seen), hash);
}

#[test]
fn a_terminal_that_is_too_small_is_told_so() {
    let file = recording(&MPS2, "view-small.bkt");
    let Some(terminal) = Terminal::open(&MPS2.fixture().project, 40, 8) else { return };
    terminal.wait("the shell", |screen| screen.contains("ready>"));
    terminal.type_line(&format!("bkctl trace view '{}'", file.display()));
    terminal.wait("the words", |screen| screen.contains("40x8 is too small: 50x10 is needed"));
    terminal.key("q");
    terminal.is_sane();
}

/// The viewer outlives its source: it says so, what was sent can still be looked at, and is in the recording.
#[test]
fn a_source_that_vanishes_is_told_and_what_it_sent_stays() {
    let fixture = MPS2.fixture();
    let file = fixture.beside("vanished.bkt");
    let Some(terminal) = Terminal::open(&fixture.project, 120, 40) else { return };
    terminal.wait("the shell", |screen| screen.contains("ready>"));
    let elf = fixture.elf();
    terminal.type_line(&format!("bkctl trace view --elf '{elf}' --trace '{}'; echo code $?", file.display()));
    terminal.wait("the tasks", |screen| TASKS.iter().all(|task| screen.contains(task)));
    // bkctl is a child of the shell, and bksim of bkctl.
    let shell = terminal.tmux(&["display-message", "-p", "#{pane_pid}"]).trim().parse().expect("a number");
    let simulators: Vec<u32> = children(shell).into_iter().flat_map(children).collect();
    assert_eq!(simulators.len(), 1, "{simulators:?}");
    signal(simulators[0], "KILL");
    terminal.wait("the words", |screen| screen.contains("bksim"));
    terminal.key("2");
    terminal.wait("the task table", |screen| screen.contains("CPU") && TASKS.iter().all(|task| screen.contains(task)));
    terminal.key("q");
    let end = terminal.wait("the exit code", |screen| screen.contains("code 5"));
    assert_eq!(end.matches("error: ").count(), 1, "{end}");
    terminal.is_sane();
    run(bkctl(&fixture.project, &["trace", "stats"]).arg(&file)).exits(0);
}
