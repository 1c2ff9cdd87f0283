//! Colours: the palette of Okabe and Ito, which people with any kind of colour vision can tell apart, in the nearest of
//! the 256 colours that terminals share. Colour never carries information alone.

use ratatui::style::{Color, Modifier, Style};

use crate::model::Class;

const ORANGE: Color = Color::Indexed(214);
const SKY_BLUE: Color = Color::Indexed(74);
const GREEN: Color = Color::Indexed(36);
const VERMILION: Color = Color::Indexed(166);
const PURPLE: Color = Color::Indexed(175);
const YELLOW: Color = Color::Indexed(221);
const GREY: Color = Color::Indexed(244);

/// Text.
pub(super) const fn plain() -> Style {
    Style::new()
}

/// Text that stands back.
pub(super) const fn faint() -> Style {
    Style::new().fg(GREY)
}

/// Headings.
pub(super) const fn heading() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// What is selected.
pub(super) const fn selected() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// What must not be overlooked.
pub(super) const fn alarm() -> Style {
    Style::new().fg(PURPLE).add_modifier(Modifier::BOLD)
}

/// Marks A and B, and the cursor.
pub(super) const fn marker() -> Style {
    Style::new().fg(ORANGE).add_modifier(Modifier::BOLD)
}

/// Moments and values of user code.
pub(super) const fn user() -> Style {
    Style::new().fg(YELLOW)
}

/// A state in a lane.
pub(super) const fn state(class: Class) -> Style {
    let colour = match class {
        Class::Running => GREEN,
        Class::Interrupted => VERMILION,
        Class::Ready => ORANGE,
        Class::Waiting => SKY_BLUE,
        Class::Sleeping | Class::Dormant => GREY,
        Class::Unknown => PURPLE,
    };
    Style::new().fg(colour)
}
