//! Looks by role. Colour never carries information alone: every state has a glyph of its own, and what matters is bold,
//! underlined or reversed in every theme, [`Theme::MONO`] included.

use ratatui::style::{Color, Modifier, Style};

use crate::model::Class;
use crate::raster::Ink;

/// How each role looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    name: &'static str,
    /// Text, and what lies behind everything.
    pub(super) plain: Style,
    /// Text that stands back.
    pub(super) faint: Style,
    /// Headings.
    pub(super) heading: Style,
    /// What is selected.
    pub(super) selected: Style,
    /// What must not be overlooked: losses, errors.
    pub(super) alarm: Style,
    /// The cursor, marks and bookmarks.
    pub(super) marker: Style,
    /// Arrows from who wakes to who is woken.
    pub(super) flow: Style,
    /// Moments and values of user code.
    pub(super) user: Style,
    /// The states of a lane, by [`Class`].
    states: [Style; Class::COUNT],
}

/// Colours of one theme, by role.
struct Palette {
    back: Color,
    text: Color,
    faint: Color,
    alarm: Color,
    marker: Color,
    flow: Color,
    user: Color,
    running: Color,
    interrupted: Color,
    ready: Color,
    waiting: Color,
    quiet: Color,
}

impl Theme {
    /// The palette of Okabe and Ito (<https://jfly.uni-koeln.de/color/>), which people with any kind of colour vision
    /// can tell apart, in the nearest of the 256 colours that terminals share, on the terminal's own background.
    pub const COLOUR_BLIND_SAFE: Self = Self::of(
        "colour-blind-safe",
        &Palette {
            back: Color::Reset,
            text: Color::Reset,
            faint: Color::Indexed(244),
            alarm: Color::Indexed(175),
            marker: Color::Indexed(214),
            flow: Color::Indexed(175),
            user: Color::Indexed(221),
            running: Color::Indexed(36),
            interrupted: Color::Indexed(166),
            ready: Color::Indexed(214),
            waiting: Color::Indexed(74),
            quiet: Color::Indexed(244),
        },
    );

    /// Bright colours on a dark background.
    pub const DARK: Self = Self::of(
        "dark",
        &Palette {
            back: Color::Indexed(234),
            text: Color::Indexed(252),
            faint: Color::Indexed(245),
            alarm: Color::Indexed(204),
            marker: Color::Indexed(222),
            flow: Color::Indexed(213),
            user: Color::Indexed(229),
            running: Color::Indexed(114),
            interrupted: Color::Indexed(209),
            ready: Color::Indexed(221),
            waiting: Color::Indexed(75),
            quiet: Color::Indexed(242),
        },
    );

    /// Deep colours on a white background.
    pub const LIGHT: Self = Self::of(
        "light",
        &Palette {
            back: Color::Indexed(231),
            text: Color::Indexed(235),
            faint: Color::Indexed(242),
            alarm: Color::Indexed(161),
            marker: Color::Indexed(130),
            flow: Color::Indexed(127),
            user: Color::Indexed(94),
            running: Color::Indexed(28),
            interrupted: Color::Indexed(160),
            ready: Color::Indexed(172),
            waiting: Color::Indexed(25),
            quiet: Color::Indexed(247),
        },
    );

    /// No colour at all.
    pub const MONO: Self = Self {
        name: "mono",
        plain: Style::new(),
        faint: Style::new(),
        heading: Style::new().add_modifier(Modifier::BOLD),
        selected: Style::new().add_modifier(Modifier::REVERSED),
        alarm: Style::new().add_modifier(Modifier::BOLD),
        marker: Style::new().add_modifier(Modifier::BOLD),
        flow: Style::new().add_modifier(Modifier::BOLD),
        user: Style::new(),
        states: [Style::new(); Class::COUNT],
    };

    /// Every theme; the first is the default.
    pub const ALL: [Self; 4] = [Self::COLOUR_BLIND_SAFE, Self::DARK, Self::LIGHT, Self::MONO];

    /// The theme called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The one behind this one in [`Theme::ALL`].
    #[must_use]
    pub(super) fn next(&self) -> Self {
        let place = Self::ALL.iter().position(|theme| theme.name == self.name).unwrap_or(0);
        Self::ALL[(place + 1) % Self::ALL.len()]
    }

    /// A state in a lane.
    pub(super) const fn state(&self, class: Class) -> Style {
        self.states[class as usize]
    }

    /// A cell of a row.
    pub(super) const fn ink(&self, ink: Ink) -> Style {
        match ink {
            Ink::State(class) => self.state(class),
            Ink::User => self.user,
            Ink::Lost => self.alarm,
        }
    }

    const fn of(name: &'static str, palette: &Palette) -> Self {
        let plain = Style::new().fg(palette.text).bg(palette.back);
        let mut states = [plain.fg(palette.quiet); Class::COUNT];
        states[Class::Running as usize] = plain.fg(palette.running);
        states[Class::Interrupted as usize] = plain.fg(palette.interrupted);
        states[Class::Ready as usize] = plain.fg(palette.ready);
        states[Class::Waiting as usize] = plain.fg(palette.waiting);
        states[Class::Unknown as usize] = plain.fg(palette.alarm);
        Self {
            name,
            plain,
            faint: plain.fg(palette.faint),
            heading: plain.add_modifier(Modifier::BOLD),
            selected: plain.add_modifier(Modifier::REVERSED),
            alarm: plain.fg(palette.alarm).add_modifier(Modifier::BOLD),
            marker: plain.fg(palette.marker).add_modifier(Modifier::BOLD),
            flow: plain.fg(palette.flow).add_modifier(Modifier::BOLD),
            user: plain.fg(palette.user),
            states,
        }
    }
}
