//! Expected texts that stand in files. `BK_OVERWRITE=1` writes them anew; look at the difference before committing it.

use std::path::Path;

/// Compares `text` with the file `name` in `tests/golden`.
pub fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BK_OVERWRITE").is_some() {
        std::fs::write(&path, text).expect("the golden file can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} differs.\n--- expected\n{expected}\n--- found\n{text}");
}
