//! From text to a query. Errors point at the character that is wrong.

use bluekernel_abi::BlockReason;

use crate::time;

use super::term::{Compare, Condition, Kind, Op, Query, QueryError, Term, Test};

/// The fields that are compared with a number.
const NUMBERS: [&str; 3] = ["dur", "value", "prio"];

/// More terms than anybody types: a bound for what is pasted.
const MOST_TERMS: usize = 32;

impl Query {
    /// Reads `text`; times in it are of a clock of `clock_hz`.
    ///
    /// # Errors
    /// [`QueryError`], pointing at the character.
    pub fn parse(text: &str, clock_hz: u64) -> Result<Self, QueryError> {
        let mut terms = Vec::new();
        for Token { column, text } in tokens(text)? {
            if terms.len() == MOST_TERMS {
                return Err(error(column, format!("more than {MOST_TERMS} terms")));
            }
            terms.push(term(column, &text, clock_hz)?);
        }
        if terms.is_empty() {
            return Err(error(1, "nothing to look for; such as task:ctrl state:blocked dur>2ms".to_owned()));
        }
        Ok(Self { text: text.trim().to_owned(), terms })
    }
}

/// A piece between spaces. What stood in quotes keeps its quotes off and its special characters harmless.
struct Token {
    column: usize,
    text: Vec<(char, bool)>,
}

fn error(column: usize, reason: String) -> QueryError {
    QueryError { column, reason }
}

/// Cuts the text at spaces that no quotes protect.
fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut quoted, mut within) = (None, false);
    for (at, c) in text.chars().enumerate() {
        let column = at + 1;
        match c {
            '"' => {
                quoted = if quoted.is_some() { None } else { Some(column) };
                if !within {
                    tokens.push(Token { column, text: Vec::new() });
                    within = true;
                }
            }
            c if c.is_whitespace() && quoted.is_none() => within = false,
            c => {
                if !within {
                    tokens.push(Token { column, text: Vec::new() });
                    within = true;
                }
                if let Some(token) = tokens.last_mut() {
                    token.text.push((c, quoted.is_some()));
                }
            }
        }
    }
    match quoted {
        Some(column) => Err(error(column, "these quotes are not closed".to_owned())),
        None => Ok(tokens),
    }
}

/// Reads one term that begins at `column`.
fn term(column: usize, text: &[(char, bool)], clock_hz: u64) -> Result<Term, QueryError> {
    let negated = text.len() > 1 && text.first() == Some(&('-', false));
    let (text, column) = if negated { (&text[1..], column + 1) } else { (text, column) };
    let plain = |range: &[(char, bool)]| range.iter().map(|(c, _)| *c).collect::<String>();
    let split = text.iter().position(|(c, quoted)| !quoted && matches!(c, ':' | '<' | '>' | '='));
    let test = match split {
        None if text.is_empty() => return Err(error(column, "an empty name matches everything".to_owned())),
        None => Test::Word(plain(text).to_lowercase()),
        Some(at) => {
            let field = plain(&text[..at]).to_lowercase();
            let (compare, length) = match (text[at].0, text.get(at + 1)) {
                (':', _) => (None, 1),
                ('<', Some(('=', false))) => (Some(Compare::AtMost), 2),
                ('>', Some(('=', false))) => (Some(Compare::AtLeast), 2),
                ('<', _) => (Some(Compare::Less), 1),
                ('>', _) => (Some(Compare::More), 1),
                _ => (Some(Compare::Equal), 1),
            };
            let value = &text[at + length..];
            let place = column + at + length;
            match compare {
                None => named(column, &field, place, &alternatives(value))?,
                Some(compare) => number(column, &field, compare, place, &plain(value), clock_hz)?,
            }
        }
    };
    Ok(Term { negated, test })
}

/// What stands between commas outside of quotes, with the place of each in the value.
fn alternatives(value: &[(char, bool)]) -> Vec<(usize, String)> {
    let mut list = vec![(0, String::new())];
    for (at, (c, quoted)) in value.iter().enumerate() {
        if *c == ',' && !quoted {
            list.push((at + 1, String::new()));
        } else if let Some((_, text)) = list.last_mut() {
            text.extend(c.to_lowercase());
        }
    }
    list
}

/// A term with a colon: `field:value`, whose field begins at `column` and whose value at `place`.
fn named(column: usize, field: &str, place: usize, values: &[(usize, String)]) -> Result<Test, QueryError> {
    if let Some((at, _)) = values.iter().find(|(_, value)| value.is_empty()) {
        return Err(error(place + at, format!("`{field}:` wants a name behind it")));
    }
    let texts = || values.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
    if let Some((_, kind)) = Kind::ALL.into_iter().find(|(name, _)| *name == field) {
        return Ok(Test::Name(kind, texts()));
    }
    match field {
        "object" => Ok(Test::Object(texts())),
        "state" => Ok(Test::State(chosen(field, place, values, &Condition::ALL)?)),
        "reason" => {
            let reasons = BlockReason::ALL.map(|reason| (reason.name(), reason));
            Ok(Test::Reason(chosen(field, place, values, &reasons)?))
        }
        "op" => Ok(Test::Op(chosen(field, place, values, &Op::all())?)),
        field if NUMBERS.contains(&field) => {
            Err(error(place - 1, format!("`{field}` is compared: {field}> {field}>= {field}= {field}<= {field}<")))
        }
        field => Err(error(
            column,
            format!(
                "`{field}:` is no field; there are task, isr, mark, async, counter, object, state, reason, op, and \
                 dur, value, prio with < > ="
            ),
        )),
    }
}

/// The values that were named, each one of `all`.
fn chosen<T: Copy>(
    field: &str,
    place: usize,
    values: &[(usize, String)],
    all: &[(&'static str, T)],
) -> Result<Vec<T>, QueryError> {
    let find = |(at, value): &(usize, String)| {
        all.iter().find(|(name, _)| name == value).map(|(_, found)| *found).ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
            error(place + at, format!("no {field} `{value}`; there are {}", names.join(", ")))
        })
    };
    values.iter().map(find).collect()
}

/// A term with a comparison.
fn number(
    column: usize,
    field: &str,
    compare: Compare,
    place: usize,
    value: &str,
    clock_hz: u64,
) -> Result<Test, QueryError> {
    let integer = || value.parse().map_err(|_| error(place, format!("`{value}` is no whole number")));
    match field {
        "dur" => {
            let cycles = time::parse(value, clock_hz).map_err(|wrong| error(place, wrong.to_string()))?;
            Ok(Test::Duration(compare, cycles))
        }
        "value" => Ok(Test::Value(compare, integer()?)),
        "prio" => Ok(Test::Priority(compare, integer()?)),
        field => Err(error(column, format!("`{field}` is not compared; dur, value and prio are"))),
    }
}
