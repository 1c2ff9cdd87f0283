//! Reading TOML with a memory for places: every value is asked for by name and type, what nobody asked for is an
//! error, and all errors of a file are reported at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Severity, SourceFile};
use crate::nearest::{list, nearest};

/// Where each value of a file stands, by path: `memory[0].base`.
pub(crate) type Origins = BTreeMap<String, Range<usize>>;

/// What is collected while a file is read.
pub(crate) struct Context {
    file: Arc<SourceFile>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    origins: RefCell<Origins>,
}

impl Context {
    fn error(&self, span: Range<usize>, message: String, label: String, help: Option<String>) {
        let file = Arc::clone(&self.file);
        let diagnostic = Diagnostic { severity: Severity::Error, message, file, span, label, help };
        self.diagnostics.borrow_mut().push(diagnostic);
    }
}

/// Reads `file` with `read`, which gets the outermost table. The value comes with the places of everything in it.
pub(crate) fn read_file<T>(
    file: &Arc<SourceFile>,
    read: impl FnOnce(&mut Table<'_>) -> Option<T>,
) -> Result<(T, Origins), Vec<Diagnostic>> {
    let context = Context { file: Arc::clone(file), diagnostics: RefCell::default(), origins: RefCell::default() };
    let value = match DeTable::parse(&file.text) {
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            context.error(span, format!("this is not TOML: {}", error.message()), "here".to_owned(), None);
            None
        }
        Ok(parsed) => {
            let mut table = Table::new(&context, parsed.get_ref(), 0..0, String::new());
            let value = read(&mut table);
            table.finish();
            value
        }
    };
    let mut diagnostics = context.diagnostics.into_inner();
    match value {
        Some(value) if diagnostics.is_empty() => Ok((value, context.origins.into_inner())),
        _ => {
            diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
            Err(diagnostics)
        }
    }
}

/// A TOML table that is being read.
pub(crate) struct Table<'t> {
    context: &'t Context,
    table: &'t DeTable<'t>,
    span: Range<usize>,
    path: String,
    asked: Vec<&'static str>,
    given_up: bool,
}

impl<'t> Table<'t> {
    fn new(context: &'t Context, table: &'t DeTable<'t>, span: Range<usize>, path: String) -> Self {
        context.origins.borrow_mut().insert(path.clone(), span.clone());
        Self { context, table, span, path, asked: Vec::new(), given_up: false }
    }

    fn child_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        self.context.origins.borrow_mut().insert(self.child_path(key), value.span());
        Some(value)
    }

    fn missing(&self, key: &str, wanted: &str) {
        let place = if self.path.is_empty() { "the file".to_owned() } else { format!("`{}`", self.path) };
        self.context.error(
            self.span.clone(),
            format!("{place} does not say `{key}`"),
            format!("`{key}` is missing"),
            Some(format!("add `{key} = ...`: {wanted}")),
        );
    }

    fn convert<T: FromToml>(&self, key: &str, value: &Spanned<DeValue<'t>>) -> Option<T> {
        match T::from_toml(value.get_ref()) {
            Ok(converted) => Some(converted),
            Err(why) => {
                self.error_at(value.span(), key, &why, T::WANTED);
                None
            }
        }
    }

    fn error_at(&self, span: Range<usize>, key: &str, why: &str, wanted: &str) {
        let path = self.child_path(key);
        self.context.error(span, format!("`{path}` {why}"), format!("expected {wanted}"), None);
    }

    /// A value that must be there.
    pub(crate) fn required<T: FromToml>(&mut self, key: &'static str) -> Option<T> {
        match self.get(key) {
            Some(value) => self.convert(key, value),
            None => {
                self.missing(key, T::WANTED);
                None
            }
        }
    }

    /// A value that may be there. `Some(None)` if it is not, `None` if it is wrong.
    pub(crate) fn optional<T: FromToml>(&mut self, key: &'static str) -> Option<Option<T>> {
        match self.get(key) {
            Some(value) => self.convert(key, value).map(Some),
            None => Some(None),
        }
    }

    /// A list that may be there: empty if it is not.
    pub(crate) fn values<T: FromToml>(&mut self, key: &'static str) -> Option<Vec<T>> {
        let Some(value) = self.get(key) else { return Some(Vec::new()) };
        let Some(array) = value.get_ref().as_array() else {
            self.error_at(value.span(), key, "is not a list", &format!("a list of items, each {}", T::WANTED));
            return None;
        };
        let items: Vec<Option<T>> = array.iter().map(|item| self.convert(key, item)).collect();
        items.into_iter().collect()
    }

    /// A table that must be there.
    pub(crate) fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Table<'_>) -> Option<T>) -> Option<T> {
        if self.table.get(key).is_none() {
            self.asked.push(key);
            let span = self.span.clone();
            let message = format!("there is no `[{}]`", self.child_path(key));
            self.context.error(span, message, "in this file".to_owned(), Some(format!("add a table `[{key}]`")));
            return None;
        }
        self.optional_table(key, read).flatten()
    }

    /// A table that may be there. `Some(None)` if it is not, `None` if it is wrong.
    pub(crate) fn optional_table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Table<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        let Some(value) = self.get(key) else { return Some(None) };
        let path = self.child_path(key);
        let Some(table) = value.get_ref().as_table() else {
            self.error_at(value.span(), key, "is not a table", &format!("`[{path}]` with keys below it"));
            return None;
        };
        let mut table = Table::new(self.context, table, value.span(), path);
        let result = read(&mut table);
        table.finish();
        result.map(Some)
    }

    /// A list of tables that may be there: empty if it is not.
    pub(crate) fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Table<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(value) = self.get(key) else { return Some(Vec::new()) };
        let path = self.child_path(key);
        let wanted = format!("one or more `[[{path}]]`, or a list of `{{ ... }}`");
        let Some(array) = value.get_ref().as_array() else {
            self.error_at(value.span(), key, "is not a list of tables", &wanted);
            return None;
        };
        let mut items = Vec::new();
        let mut complete = true;
        for (index, item) in array.iter().enumerate() {
            let Some(table) = item.get_ref().as_table() else {
                self.error_at(item.span(), key, "holds something that is not a table", &wanted);
                complete = false;
                continue;
            };
            let mut table = Table::new(self.context, table, item.span(), format!("{path}[{index}]"));
            match read(&mut table) {
                Some(item) => items.push(item),
                None => complete = false,
            }
            table.finish();
        }
        complete.then_some(items)
    }

    /// A table that may be there, with names of the file's own for keys: empty if it is not.
    pub(crate) fn named<T: FromToml>(&mut self, key: &'static str) -> Option<Vec<(String, T)>> {
        let Some(value) = self.get(key) else { return Some(Vec::new()) };
        let path = self.child_path(key);
        let Some(table) = value.get_ref().as_table() else {
            self.error_at(value.span(), key, "is not a table", &format!("`{path} = {{ NAME = ... }}`"));
            return None;
        };
        let names = Table::new(self.context, table, value.span(), path);
        let items: Vec<Option<(String, T)>> = table
            .iter()
            .map(|(name, value)| {
                let name: &str = name.get_ref();
                self.context.origins.borrow_mut().insert(names.child_path(name), value.span());
                Some((name.to_owned(), names.convert(name, value)?))
            })
            .collect();
        items.into_iter().collect()
    }

    /// A word out of a fixed set.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let typed: String = self.required(key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == typed) {
            return Some(*value);
        }
        let known = words.iter().map(|(word, _)| *word);
        let help = nearest(&typed, known.clone()).map(|word| format!("did you mean `{word}`?"));
        let span = self.table.get(key).map_or(0..0, Spanned::span);
        let (message, label) = (format!("`{}` cannot be `{typed}`", self.child_path(key)), list(known));
        self.context.error(span, message, format!("expected one of {label}"), help);
        None
    }

    /// Reports the value of `key`, which was read before, as wrong.
    pub(crate) fn reject(&self, key: &str, message: String, label: &str, help: Option<String>) {
        let span = self.table.get(key).map_or_else(|| self.span.clone(), Spanned::span);
        self.context.error(span, message, label.to_owned(), help);
    }

    /// The table is of a kind that cannot be understood: what else is in it is nobody's error.
    pub(crate) fn give_up(&mut self) {
        self.given_up = true;
    }

    /// Every key that nobody asked for is an error.
    fn finish(self) {
        if self.given_up {
            return;
        }
        for key in self.table.keys().filter(|key| !self.asked.contains(&key.get_ref().as_ref())) {
            let name: &str = key.get_ref();
            let place = if self.path.is_empty() { "the file".to_owned() } else { format!("`{}`", self.path) };
            let help = match nearest(name, self.asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys here: {}", list(self.asked.iter().copied())),
            };
            let message = format!("unknown key `{name}` in {place}");
            self.context.error(key.span(), message, "nothing reads this".to_owned(), Some(help));
        }
    }
}

/// A value of one TOML item.
pub(crate) trait FromToml: Sized {
    /// What is expected, for messages.
    const WANTED: &'static str;

    /// Converts, or says what is wrong: "is not a number".
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String>;
}

impl FromToml for String {
    const WANTED: &'static str = "text in quotes";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| format!("is {}, not text", article(value)))?;
        if text.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
    }
}

impl FromToml for bool {
    const WANTED: &'static str = "`true` or `false`";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| format!("is {}, not true or false", article(value)))
    }
}

fn integer<T: TryFrom<u64>>(value: &DeValue<'_>) -> Result<T, String> {
    let number = value.as_integer().ok_or_else(|| format!("is {}, not a whole number", article(value)))?;
    let parsed = u64::from_str_radix(number.as_str(), number.radix()).ok().and_then(|number| T::try_from(number).ok());
    parsed.ok_or_else(|| "is out of range".to_owned())
}

macro_rules! integers {
    ($($type:ty: $wanted:literal;)*) => { $(
        impl FromToml for $type {
            const WANTED: &'static str = $wanted;

            fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
                integer(value)
            }
        }
    )* };
}

integers! {
    u8: "a whole number from 0 to 255";
    u16: "a whole number from 0 to 65535";
    u32: "a whole number from 0 to 4294967295";
    u64: "a whole number, like 25_000_000 or 0x4000_0000";
}

/// A number of bytes: `1024`, `"64KiB"`, `"4MiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl FromToml for Size {
    const WANTED: &'static str = "a number of bytes, or text like \"128KiB\" or \"4MiB\"";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        match value.as_str() {
            Some(text) => parse_size(text).map(Size),
            None if value.is_integer() => integer(value).map(Size),
            None => Err(format!("is {}, not a size", article(value))),
        }
    }
}

fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let unit_start = text.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(text.len());
    let (digits, unit) = (text[..unit_start].replace('_', ""), text[unit_start..].trim());
    let factor: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(format!("has the unit {unit:?}: sizes are in B, KiB, MiB or GiB (1 KiB is 1024 bytes)")),
    };
    let number: u64 = digits.parse().map_err(|_| "is not a size".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "is out of range".to_owned())
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units_only() {
        assert_eq!(parse_size("128KiB"), Ok(131_072));
        assert_eq!(parse_size("4 MiB"), Ok(4_194_304));
        assert_eq!(parse_size("1_024"), Ok(1024));
        assert_eq!(parse_size("2GiB"), Ok(2_147_483_648));
        assert!(parse_size("64KB").unwrap_err().contains("1 KiB is 1024 bytes"));
        assert!(parse_size("KiB").is_err() && parse_size("").is_err() && parse_size("-1").is_err());
        assert!(parse_size("99999999999999999999").is_err());
        assert!(parse_size("18446744073709551615KiB").unwrap_err().contains("range"));
    }
}
