//! Colors, where there is a terminal that wants them.

/// Whether to write in colors: to a terminal, unless `NO_COLOR` is set to something (https://no-color.org) or the
/// terminal is a dumb one. The caller reads the environment.
#[must_use]
pub fn color_wanted(no_color: Option<&str>, term: Option<&str>, terminal: bool) -> bool {
    terminal && no_color.is_none_or(str::is_empty) && term != Some("dumb")
}

/// What a piece of text is, not how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Title,
    Strong,
    Dim,
    Accent,
    Exhibit,
    Good,
    Bad,
    Wait,
}

/// Turns tones into the sixteen colors that every theme makes legible.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    color: bool,
}

impl Paint {
    pub const fn new(color: bool) -> Self {
        Self { color }
    }

    pub fn on(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => "",
            Tone::Title => "1;36",
            Tone::Strong => "1",
            Tone::Dim => "2",
            Tone::Accent | Tone::Exhibit => "36",
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Wait => "33",
        };
        if !self.color || code.is_empty() || text.is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
