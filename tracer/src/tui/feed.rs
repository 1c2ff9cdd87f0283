//! Where a viewer's bytes come from, and how it should look.

use std::ops::Range;
use std::sync::mpsc::Receiver;

use bluekernel_inspect::footprint::Footprint;

use crate::latency::Latencies;
use crate::raster::Glyphs;
use crate::recording::{Header, Recording};

use super::keys::Keymap;
use super::notebook::Notebook;
use super::theme::Theme;
use super::time_machine::TimeMachine;

/// What to show.
#[derive(Debug)]
pub enum Feed {
    /// A recording.
    Recording(Recording),
    /// A run that goes on.
    Live {
        /// The dictionary.
        header: Header,
        /// What arrives. When its sender is dropped, the feed has ended.
        receiver: Receiver<Input>,
    },
}

/// What arrives from a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes of the trace stream, in pieces of any size.
    Bytes(Vec<u8>),
    /// Text of the firmware (RTT channel 0, a UART), for the console view.
    Text(String),
    /// The run is over; why, in words. The viewer stays open.
    Ended(String),
}

/// Who stands behind the viewer, as far as there is somebody.
#[derive(Debug, Default)]
pub struct Backing {
    /// Restores the machine that the trace is of.
    pub machine: Option<Box<dyn TimeMachine>>,
    /// Keeps bookmarks and marks until the next time.
    pub notebook: Option<Box<dyn Notebook>>,
}

/// How to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which characters to draw with.
    pub glyphs: Glyphs,
    /// How things look.
    pub theme: Theme,
    /// Which key does what.
    pub keys: Keymap,
    /// Whether to listen to the mouse.
    pub mouse: bool,
    /// The window to begin with, in cycles; all of a recording, or the end of a live run, if there is none.
    pub window: Option<Range<u64>>,
    /// What the firmware takes of flash and RAM, if its ELF file is known.
    pub footprint: Option<Footprint>,
    /// What the simulator saw of the run, if it was told.
    pub latencies: Option<Latencies>,
    /// Bytes of memory that the events of a live run may take. When they take nearly so many, the oldest quarter is dropped:
    /// from the view, not from a file that the run is recorded to. What views work out of the events takes as much again at
    /// most, and twice as much while it is worked out anew.
    pub history: usize,
}

/// Events of 200 thousand a second for three quarters of a minute, or of ten thousand for a quarter of an hour.
const HISTORY: usize = 192 << 20;

impl Default for Options {
    fn default() -> Self {
        Self {
            glyphs: Glyphs::Unicode,
            theme: Theme::COLOUR_BLIND_SAFE,
            keys: Keymap::default(),
            mouse: true,
            window: None,
            footprint: None,
            latencies: None,
            history: HISTORY,
        }
    }
}

impl Options {
    /// The looks that the environment asks for: no colours if `NO_COLOR` is set and not empty (<https://no-color.org>),
    /// ASCII if neither `LC_ALL`, `LC_CTYPE` nor `LANG` (the first one that is set) names UTF-8.
    #[must_use]
    pub fn from_env() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8") || cfg!(windows);
        let glyphs = if unicode { Glyphs::Unicode } else { Glyphs::Ascii };
        let theme = if set("NO_COLOR").is_some() { Theme::MONO } else { Theme::COLOUR_BLIND_SAFE };
        Self { glyphs, theme, ..Self::default() }
    }
}
