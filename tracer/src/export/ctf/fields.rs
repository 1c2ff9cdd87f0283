//! How each kind of field stands in a CTF event: its type for the description, and its bytes.

use super::super::schema::{Kind, Row};

/// The type of `kind` in TSDL, and its size in bytes (0: as long as what it holds).
pub(super) const fn layout(kind: Kind) -> (&'static str, usize) {
    match kind {
        Kind::Task => ("enum task", 4),
        Kind::Object => ("enum object", 4),
        Kind::Exception => ("enum exception", 4),
        Kind::Mark => ("enum mark", 4),
        Kind::Reason => ("enum reason", 1),
        Kind::Op => ("enum op", 1),
        Kind::Cause => ("enum cause", 1),
        Kind::Of => ("enum of", 1),
        Kind::Flag => ("uint8_t", 1),
        Kind::Number => ("uint64_t", 8),
        Kind::Signed => ("int64_t", 8),
        Kind::Hex => ("hex64_t", 8),
        Kind::Text => ("string", 0),
        Kind::Bytes => ("uint8_t", 0),
    }
}

/// The fields of the event `name` as TSDL: `enum task task; uint64_t priority;`
pub(super) fn declaration(fields: &[(&str, Kind)]) -> String {
    let one = |(name, kind): &(&str, Kind)| match kind {
        Kind::Bytes => format!("uint32_t {name}_length; uint8_t {name}[{name}_length];"),
        _ => format!("{} {name};", layout(*kind).0),
    };
    fields.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Appends the fields of `row`.
pub(super) fn append(to: &mut Vec<u8>, row: &Row<'_>) {
    for (_, kind, number) in row.fields() {
        match kind {
            Kind::Text => text(to, &String::from_utf8_lossy(row.bytes)),
            Kind::Bytes => {
                to.extend((row.bytes.len() as u32).to_le_bytes());
                to.extend_from_slice(row.bytes);
            }
            _ => to.extend_from_slice(number.to_le_bytes().get(..layout(kind).1).unwrap_or_default()),
        }
    }
}

/// Appends a field of type `string`, which ends with a NUL.
pub(super) fn text(to: &mut Vec<u8>, text: &str) {
    to.extend(text.bytes().filter(|byte| *byte != 0));
    to.push(0);
}
