//! A file of budgets: TOML with a place for every value.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::lint::{LimitError, Limits};

use super::expression::Expression;
use super::mistake::Mistake;

/// A file of budgets, not yet looked up in any recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// The budgets in the order of the file.
    pub(super) budgets: Vec<Budget>,
    /// Where the window begins and ends, as text with its place; `None`: where the recording does.
    pub(super) from: Option<(String, Range<usize>)>,
    pub(super) to: Option<(String, Range<usize>)>,
    /// From where on the lints find something worth a word.
    pub(super) limits: Limits,
}

/// One budget of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    /// What the file calls it; its text, if it has no name.
    pub(super) name: String,
    /// As it stands in the file, without spaces around it.
    pub(super) text: String,
    /// The line of the file, from 1.
    pub(super) line: usize,
    pub(super) expression: Expression,
    pub(super) source: Source,
}

/// A TOML string: its place, and where its text stands, if it stands there as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    span: Range<usize>,
    text: Option<usize>,
}

impl Source {
    /// The string `value` that stands at `span` of `file`.
    fn new(file: &str, span: Range<usize>, value: &str) -> Self {
        // Behind one quote or three; with escapes it is not found.
        let within = file.get(span.clone()).and_then(|quoted| quoted.find(value));
        Self { text: within.filter(|_| !value.is_empty()).map(|within| span.start + within), span }
    }

    /// The place in the file of `span`, a place in the string. With escapes in it, the whole string.
    pub(super) fn place(&self, span: &Range<usize>) -> Range<usize> {
        self.text.map_or_else(|| self.span.clone(), |text| text + span.start..text + span.end)
    }

    /// `mistake`, which speaks of places in the string, for the file.
    pub(super) fn locate(&self, mistake: Mistake) -> Mistake {
        Mistake { span: self.place(&mistake.span), ..mistake }
    }
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Budgets {
    /// Reads a file of budgets.
    ///
    /// # Errors
    /// Every [`Mistake`] in it, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let table = DeTable::parse(text).map_err(|error| {
            let message = format!("this is not TOML: {}", error.message());
            vec![Mistake::new(error.span().unwrap_or(0..0), message, "here")]
        })?;
        let mut reader = Reader { text, mistakes: Vec::new() };
        let budgets = reader.read(table.get_ref());
        reader.mistakes.sort_by_key(|mistake| mistake.span.start);
        if reader.mistakes.is_empty() { Ok(budgets) } else { Err(reader.mistakes) }
    }
}

/// Collects mistakes while a file is read.
struct Reader<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn read(&mut self, table: &DeTable<'_>) -> Budgets {
        let mut budgets = Budgets { budgets: Vec::new(), from: None, to: None, limits: Limits::default() };
        let mut told = false;
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("budgets", DeValue::Table(named)) => {
                    told = true;
                    for (name, value) in named {
                        self.budget(Some(name.get_ref().as_ref()), value, &mut budgets.budgets);
                    }
                }
                ("budgets", DeValue::Array(list)) => {
                    told = true;
                    list.iter().for_each(|value| self.budget(None, value, &mut budgets.budgets));
                }
                ("budgets", _) => {
                    told = true;
                    let message = "`budgets` is neither a table nor a list";
                    self.mistakes.push(Mistake::new(value.span(), message, "here").help(EXAMPLE));
                }
                ("window", DeValue::Table(window)) => self.window(window, &mut budgets),
                ("window", _) => {
                    let mistake = Mistake::new(value.span(), "`window` is no table", "here");
                    self.mistakes.push(mistake.help("[window] with from = \"10ms\" and to = \"2s\""));
                }
                ("limits", DeValue::Table(limits)) => self.limits(limits, &mut budgets.limits),
                ("limits", _) => {
                    let mistake = Mistake::new(value.span(), "`limits` is no table", "here");
                    self.mistakes.push(mistake.help("[limits] with starvation = \"50ms\""));
                }
                (other, _) => self.unknown(other, key.span(), &["budgets", "window", "limits"]),
            }
        }
        // The parser sorts by name; people read in the order of the file.
        budgets.budgets.sort_by_key(|budget| budget.source.span.start);
        if budgets.budgets.is_empty() && self.mistakes.is_empty() {
            let message = if told { "`budgets` is empty" } else { "there are no budgets" };
            let label = "nothing would be checked";
            self.mistakes.push(Mistake::new(0..0, message, label).help(EXAMPLE));
        }
        budgets
    }

    fn budget(&mut self, name: Option<&str>, value: &Value<'_>, budgets: &mut Vec<Budget>) {
        let Some((text, source)) = self.string(value) else { return };
        match Expression::parse(&text) {
            Ok(expression) => budgets.push(Budget {
                name: name.unwrap_or(text.trim()).to_owned(),
                text: text.trim().to_owned(),
                line: 1 + self.text.bytes().take(value.span().start).filter(|byte| *byte == b'\n').count(),
                expression,
                source,
            }),
            Err(mistake) => self.mistakes.push(source.locate(mistake)),
        }
    }

    fn limits(&mut self, table: &DeTable<'_>, limits: &mut Limits) {
        for (key, value) in table {
            // A count or a size needs no quotes.
            let text = match value.get_ref() {
                DeValue::String(text) => text.as_ref().to_owned(),
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
                _ => {
                    let mistake = Mistake::new(value.span(), "a limit is a string or a number", "here");
                    self.mistakes.push(mistake.help("as in starvation = \"50ms\", or idle-wakes = 10"));
                    continue;
                }
            };
            match limits.set(key.get_ref(), &text) {
                Ok(()) => {}
                Err(LimitError::Unknown { name, .. }) => {
                    let known: Vec<String> = Limits::names().map(str::to_owned).collect();
                    self.mistakes.push(Mistake::unknown("limit", &name, key.span(), &known));
                }
                Err(LimitError::Value { name, value: wrong, wanted }) => {
                    let message = format!("`{wrong}` is no value of `{name}`");
                    self.mistakes.push(Mistake::new(value.span(), message, wanted));
                }
            }
        }
    }

    fn window(&mut self, window: &DeTable<'_>, budgets: &mut Budgets) {
        for (key, value) in window {
            let end = match key.get_ref().as_ref() {
                "from" => &mut budgets.from,
                "to" => &mut budgets.to,
                other => {
                    self.unknown(other, key.span(), &["from", "to"]);
                    continue;
                }
            };
            *end = self.string(value).map(|(text, _)| (text, value.span()));
        }
    }

    fn string(&mut self, value: &Value<'_>) -> Option<(String, Source)> {
        let DeValue::String(text) = value.get_ref() else {
            self.mistakes.push(Mistake::new(value.span(), "this is no string", "in quotes, please").help(EXAMPLE));
            return None;
        };
        Some((text.as_ref().to_owned(), Source::new(self.text, value.span(), text)))
    }

    fn unknown(&mut self, key: &str, span: Range<usize>, known: &[&str]) {
        let known: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
        self.mistakes.push(Mistake::unknown("key", key, span, &known));
    }
}

const EXAMPLE: &str = "as in: budgets = [\"ctrl.response.p99 < 200us\", \"drops == 0\"]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_have_names_or_are_a_list() {
        let named = "# why\n[window]\nfrom = '10ms'\n[budgets]\nz = \"a.cpu < 1%\" # first\na = 'drops == 0'\n";
        let budgets = Budgets::parse(named).unwrap();
        let found: Vec<_> = budgets.budgets.iter().map(|b| (b.name.as_str(), b.text.as_str(), b.line)).collect();
        assert_eq!(found, [("z", "a.cpu < 1%", 5), ("a", "drops == 0", 6)]);
        assert_eq!((budgets.from.map(|(text, _)| text).as_deref(), budgets.to), (Some("10ms"), None));
        let limits =
            Budgets::parse("budgets = ['drops == 0']\n[limits]\nstarvation = '50ms'\nidle-wakes = 1_0\n").unwrap();
        assert_eq!(limits.limits, Limits { starvation_us: 50_000, idle_wakes: 10, ..Limits::default() });
        let list = Budgets::parse("budgets = [\n  'drops == 0',\n  ' a.cpu < 1% ',\n]").unwrap();
        let found: Vec<_> = list.budgets.iter().map(|b| (b.name.as_str(), b.line)).collect();
        assert_eq!(found, [("drops == 0", 2), ("a.cpu < 1%", 3)]);
    }

    /// The mistakes of `text`: what is wrong, and the text at its place.
    fn mistakes(text: &str) -> Vec<(String, String)> {
        let mistakes = Budgets::parse(text).unwrap_err();
        mistakes.into_iter().map(|mistake| (mistake.message, text[mistake.span].to_owned())).collect()
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let text = "budget = []\n[budgets]\na = 5\nb = \"x.cpu ! 1%\"\nc = 'd\u{e9}.cpu < 1%'\n[window]\nform = '1s'\n
            [limits]\nstarvation = \"50\"\nstorm = 1\nidle-wakes = true\n";
        let expected = [
            ("unknown key `budget`", "budget"),
            ("this is no string", "5"),
            ("`!` is no comparison", "!"),
            ("a comparison is missing", "\u{e9}"),
            ("unknown key `form`", "form"),
            ("`50` is no value of `starvation`", "\"50\""),
            ("unknown limit `storm`", "storm"),
            ("a limit is a string or a number", "true"),
        ];
        assert_eq!(mistakes(text), expected.map(|(message, place)| (message.to_owned(), place.to_owned())));
        // With escapes places cannot be counted: the whole string.
        assert_eq!(
            mistakes(r#"budgets = ["\u0061.cpu"]"#),
            [("a comparison is missing".to_owned(), r#""\u0061.cpu""#.to_owned())]
        );
        assert_eq!(mistakes("")[0].0, "there are no budgets");
        assert_eq!(mistakes("budgets = []")[0].0, "`budgets` is empty");
        assert!(mistakes("budgets = [").remove(0).0.starts_with("this is not TOML"));
    }
}
