//! One budget as text: `ctrl.response.p99 < 200us`.
//!
//! ```text
//! budget = part { "." part } ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) number [ unit ]
//! part   = letters, digits, "_", "-", ":", "*"  |  "'" anything "'"  |  '"' anything '"'
//! ```

use std::ops::Range;

use super::mistake::Mistake;
use super::quantity::{Comparison, Limit};

/// A budget, not yet looked up in any recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expression {
    /// What is measured: at least one part.
    pub(super) parts: Vec<Part>,
    /// How it must stand to the limit.
    pub(super) comparison: Comparison,
    /// The limit.
    pub(super) limit: Limit,
}

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Without quotes.
    pub(super) text: String,
    /// Whether it stood in quotes: then it is a name, never a word of the language.
    pub(super) quoted: bool,
    /// The bytes it takes.
    pub(super) span: Range<usize>,
}

impl Expression {
    /// Reads one budget. Places in the mistake are bytes of `text`.
    ///
    /// # Errors
    /// The first [`Mistake`].
    pub(super) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut cursor = Cursor { text, at: 0 };
        let parts = cursor.path()?;
        let comparison = cursor.comparison()?;
        let limit = cursor.limit()?;
        Ok(Self { parts, comparison, limit })
    }
}

/// A place in the text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Takes the characters that `fits` says belong together.
    fn take(&mut self, fits: impl Fn(char) -> bool) -> (&'a str, Range<usize>) {
        let rest = self.rest();
        let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let from = self.at;
        self.at += length;
        (rest.get(..length).unwrap_or(""), from..self.at)
    }

    fn path(&mut self) -> Result<Vec<Part>, Mistake> {
        let mut parts = Vec::new();
        loop {
            self.skip_spaces();
            parts.push(self.part(parts.is_empty())?);
            self.skip_spaces();
            if !self.rest().starts_with('.') {
                return Ok(whole_percentile(parts));
            }
            self.at += 1;
        }
    }

    fn part(&mut self, first: bool) -> Result<Part, Mistake> {
        let from = self.at;
        if let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '\'' | '"')) {
            self.at += 1;
            let (text, _) = self.take(|c| c != quote);
            if self.rest().is_empty() {
                return Err(Mistake::new(
                    from..self.at,
                    "the quotes do not end",
                    format!("{quote} is missing behind it"),
                ));
            }
            self.at += 1;
            return Ok(Part { text: text.to_owned(), quoted: true, span: from..self.at });
        }
        let (text, span) = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '*'));
        if text.is_empty() {
            let next = self.rest().chars().next();
            let span = from..from + next.map_or(0, char::len_utf8);
            return Err(match next {
                Some(c) if !c.is_ascii() => Mistake::new(span, format!("a name with `{c}` stands in quotes"), "here")
                    .help("as in '中文'.cpu < 10%"),
                _ if first => Mistake::new(span, "a budget begins with what is measured", "here")
                    .help("as in ctrl.response.p99 < 200us, or drops == 0"),
                _ => Mistake::new(span, "a word is missing behind the point", "here")
                    .help("names with other characters than letters, digits, _ and - stand in quotes: 'my task'.cpu"),
            });
        }
        Ok(Part { text: text.to_owned(), quoted: false, span })
    }

    fn comparison(&mut self) -> Result<Comparison, Mistake> {
        let from = self.at;
        let (text, span) = self.take(|c| matches!(c, '<' | '>' | '=' | '!'));
        Ok(match text {
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::More,
            ">=" => Comparison::AtLeast,
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "" => {
                let length = self.rest().chars().next().map_or(0, char::len_utf8);
                let mistake = Mistake::new(from..from + length, "a comparison is missing", "one of < <= > >= == !=");
                return Err(mistake.help("names with spaces stand in quotes: 'my task'.cpu < 10%"));
            }
            other => {
                return Err(Mistake::new(span, format!("`{other}` is no comparison"), "one of < <= > >= == !="));
            }
        })
    }

    fn limit(&mut self) -> Result<Limit, Mistake> {
        self.skip_spaces();
        let (number, span) = self.take(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
        if number.is_empty() {
            let span = span.start..span.start + self.rest().len();
            return Err(Mistake::new(span, "a number is missing", "the limit, as in 200us, 40% or 0"));
        }
        self.skip_spaces();
        let (unit, unit_span) = self.take(|c| c.is_alphabetic() || c == '%');
        self.skip_spaces();
        if !self.rest().is_empty() {
            let span = self.at..self.text.len();
            return Err(Mistake::new(span, "a budget ends behind its limit", "more than one budget needs more lines"));
        }
        Limit::new(number, span, unit, unit_span)
    }
}

/// `p99.9` is one word, though a point stands in it.
fn whole_percentile(mut parts: Vec<Part>) -> Vec<Part> {
    if let [.., percentile, tenths] = &mut parts[..]
        && !percentile.quoted
        && (percentile.text.as_str(), tenths.text.as_str()) == ("p99", "9")
    {
        percentile.text.push_str(".9");
        percentile.span.end = tenths.span.end;
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        Expression::parse(text).unwrap().parts.into_iter().map(|part| part.text).collect()
    }

    fn mistake(text: &str) -> (String, Range<usize>) {
        let mistake = Expression::parse(text).unwrap_err();
        (mistake.message, mistake.span)
    }

    #[test]
    fn reads_paths_with_and_without_quotes() {
        assert_eq!(parts("ctrl.response.p99 < 200us"), ["ctrl", "response", "p99"]);
        assert_eq!(parts("  ctrl . blocked . app::TOTAL . max<=1 ms "), ["ctrl", "blocked", "app::TOTAL", "max"]);
        assert_eq!(parts("'a.b c'.cpu != 40 %"), ["a.b c", "cpu"]);
        assert_eq!(parts("\"it's\".runs > 1_000"), ["it's", "runs"]);
        assert_eq!(parts("drops==0"), ["drops"]);
        assert_eq!(parts("*.response.p99.9 < 1s"), ["*", "response", "p99.9"]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        assert_eq!(mistake(""), ("a budget begins with what is measured".to_owned(), 0..0));
        assert_eq!(mistake("< 5us"), ("a budget begins with what is measured".to_owned(), 0..1));
        assert_eq!(mistake("中.cpu < 1%"), ("a name with `中` stands in quotes".to_owned(), 0..3));
        assert_eq!(mistake("ctrl..cpu < 1%"), ("a word is missing behind the point".to_owned(), 5..6));
        assert_eq!(mistake("my task.cpu < 1%"), ("a comparison is missing".to_owned(), 3..4));
        assert_eq!(mistake("ctrl.cpu"), ("a comparison is missing".to_owned(), 8..8));
        assert_eq!(mistake("ctrl.cpu =< 1%"), ("`=<` is no comparison".to_owned(), 9..11));
        assert_eq!(mistake("ctrl.cpu < fast"), ("a number is missing".to_owned(), 11..15));
        assert_eq!(mistake("ctrl.cpu < 1.2.3%"), ("`1.2.3` is not a number".to_owned(), 11..16));
        assert_eq!(mistake("a.response.max < 5 minutes"), ("unknown unit `minutes`".to_owned(), 19..26));
        assert_eq!(mistake("drops == 0 && x == 1"), ("a budget ends behind its limit".to_owned(), 11..20));
        assert_eq!(mistake("'ctrl.cpu < 1%"), ("the quotes do not end".to_owned(), 0..14));
        let long = "drops == 1234567890123456789";
        assert_eq!(mistake(long).0, "`1234567890123456789` has more digits than can be compared exactly");
    }
}
