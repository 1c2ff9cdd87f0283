//! Texts that people write: words of the two languages in an order of chance, some of them damaged.

use fastrand::Rng;

use super::number;

/// Words of the language of searches.
const QUERY: &[&str] = &[
    "task:",
    "isr:",
    "mark:",
    "async:",
    "counter:",
    "object:",
    "state:",
    "reason:",
    "op:",
    "dur",
    "value",
    "prio",
    ">",
    "<=",
    "=",
    "<",
    ">=",
    "-",
    " ",
    ",",
    "\"",
    "'",
    "\\",
    ":",
    "blocked",
    "ready",
    "running",
    "waiting",
    "mutex",
    "lock",
    "miss",
    "task1",
    "OBJECT2",
    "name 3",
    "2ms",
    "1.5us",
    "9",
    "18446744073709551615",
    "1e308s",
    "é",
    "中文",
    "\u{0}",
    "\t",
    "..",
    "*",
];

/// Words of the language of budgets.
const BUDGETS: &[&str] = &[
    "[budgets]\n",
    "[window]\n",
    "budgets = [",
    "]",
    "\n",
    " = ",
    "\"",
    "'",
    "a",
    "b",
    "from",
    "to",
    ",",
    "task0",
    "task1",
    "*",
    "isr",
    "cpu",
    "lint",
    "drops",
    "faults",
    "resets",
    ".",
    ".response",
    ".p99",
    ".max",
    ".blocked",
    ".mutex",
    ".\\\"OBJECT1\\\"",
    ".deadline.misses",
    ".errors",
    ".idle",
    ".stack.free",
    " < ",
    " <= ",
    " == ",
    " > ",
    " >= ",
    " != ",
    "200us",
    "0",
    "5%",
    "10ms",
    "99999999999999999999s",
    "1.5",
    "-1",
    "#",
    "{",
    "}",
    "é",
    "中文",
];

fn words(rng: &mut Rng, words: &[&str], most: usize) -> Vec<u8> {
    let mut text = String::new();
    for _ in 0..rng.usize(0..most) {
        match rng.u8(0..30) {
            0 => text.push(rng.char(..)),
            1 => text.push_str(&number(rng).to_string()),
            _ => text.push_str(words[rng.usize(..words.len())]),
        }
    }
    text.into_bytes()
}

/// A search.
pub(crate) fn query(rng: &mut Rng) -> Vec<u8> {
    words(rng, QUERY, 16)
}

/// A file of budgets: lines that are almost right, and words in any order.
pub(crate) fn budgets(rng: &mut Rng) -> Vec<u8> {
    if rng.bool() {
        return words(rng, BUDGETS, 40);
    }
    let mut text = b"[budgets]\n".to_vec();
    for line in 0..rng.usize(1..5) {
        text.extend(format!("b{line} = \"").into_bytes());
        text.extend(words(rng, &BUDGETS[13..], 6));
        text.extend(b"\"\n");
    }
    text
}
