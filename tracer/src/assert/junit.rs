//! The report as JUnit XML, which every build server reads.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::check::{Report, Verdict};

impl Report {
    /// The report as a JUnit document. `budgets` and `recording` are the files' names. The same report gives the same
    /// bytes: no time of day and no host stand in it.
    ///
    /// # Errors
    /// None that memory gives: the document is made in it.
    pub fn to_junit(&self, budgets: &str, recording: &str) -> std::io::Result<String> {
        let tests = self.budgets.len().to_string();
        let failures = self.budgets.iter().filter(|outcome| outcome.verdict != Verdict::Holds).count().to_string();
        let counts = [("tests", tests.as_str()), ("failures", failures.as_str()), ("errors", "0"), ("time", "0")];
        let (budgets_name, recording) = (clean(budgets), clean(recording));
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let suites = writer.create_element("testsuites").with_attribute(("name", "bkctl trace assert"));
        suites.with_attributes(counts).write_inner_content(|writer| {
            let suite = writer.create_element("testsuite").with_attribute(("name", budgets_name.as_str()));
            suite.with_attributes(counts).with_attribute(("skipped", "0")).write_inner_content(|writer| {
                for outcome in &self.budgets {
                    let (title, line) = (clean(&outcome.title()), outcome.line.to_string());
                    let case = writer.create_element("testcase").with_attributes([
                        ("classname", budgets_name.as_str()),
                        ("name", title.as_str()),
                        ("file", budgets_name.as_str()),
                        ("line", line.as_str()),
                        ("time", "0"),
                    ]);
                    if outcome.verdict == Verdict::Holds {
                        case.write_inner_content(|writer| {
                            let found = clean(&format!("{}: measured {}", outcome.budget, outcome.found));
                            writer.create_element("system-out").write_text_content(BytesText::new(&found)).map(drop)
                        })?;
                        continue;
                    }
                    case.write_inner_content(|writer| {
                        let message = clean(&format!("{}: {}", outcome.budget, outcome.why));
                        let failure = writer.create_element("failure").with_attribute(("message", message.as_str()));
                        let kind = if outcome.verdict == Verdict::Fails { "fails" } else { "cannot-be-shown" };
                        let words = clean(&outcome.explanation(&recording));
                        failure.with_attribute(("type", kind)).write_text_content(BytesText::new(&words)).map(drop)
                    })?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
        let mut bytes = writer.into_inner();
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(std::io::Error::other)
    }
}

/// `text` without the characters that XML 1.0 (section 2.2) does not have, such as most control characters: they become
/// `?`. Names come from a firmware.
fn clean(text: &str) -> String {
    let has =
        |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if has(c) { c } else { '?' }).collect()
}
