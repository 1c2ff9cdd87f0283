//! Whatever a file holds, reading it ends with a board or a message, not with a panic.

use std::fs;

use bluekernel_boards::{Registry, SearchPath, generate};
use proptest::prelude::*;

const BOARD: &str = include_str!("../boards/qemu-mps2-an385.toml");
const CHIP: &str = include_str!("../chips/mps2-an385.toml");
const RISCV_BOARD: &str = include_str!("../boards/qemu-virt-rv64.toml");
const RISCV_CHIP: &str = include_str!("../chips/virt-rv64.toml");

thread_local! {
    /// One folder a test, written over for each case: making folders costs more than reading them.
    static PROJECT: tempfile::TempDir = tempfile::tempdir().unwrap();
}

/// Reads a pair, renders what there is to say about it, and generates if it is accepted.
fn read(board: &str, chip: &str) {
    PROJECT.with(|project| {
        let files = [("boards", "qemu-mps2-an385", board), ("chips", "mps2-an385", chip), ("chips", "virt-rv64", chip)];
        for (kind, name, text) in files {
            let folder = project.path().join("boards").join(kind);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{name}.toml")), text).unwrap();
        }
        check(&Registry::new(SearchPath::new(Some(project.path()), None)));
    });
}

fn check(registry: &Registry) {
    match registry.check("qemu-mps2-an385") {
        Err(error) => assert!(!error.render(true).is_empty()),
        Ok(checked) => {
            for finding in &checked.findings {
                assert!(!finding.render(false).is_empty() && finding.line() > 0);
            }
            let board = &checked.board;
            let _ = (generate::memory_x(board), generate::device_x(board), generate::board_rs(board));
        }
    }
}

/// The lines of a file with some taken out, doubled or moved.
fn shuffled(text: &'static str) -> impl Strategy<Value = String> {
    let lines: Vec<&str> = text.lines().collect();
    let places = 0..lines.len();
    prop::collection::vec((places.clone(), places, 0..3_u8), 0..6).prop_map(move |changes| {
        let mut lines = lines.clone();
        for (from, to, how) in changes {
            let (from, to) = (from % lines.len(), to % lines.len());
            match how {
                0 => lines.swap(from, to),
                1 => lines.insert(to, lines[from]),
                _ => drop(lines.remove(from)),
            }
        }
        lines.join("\n")
    })
}

/// A file in which some values are replaced by others of any type.
fn revalued(text: &'static str) -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("0".to_owned()),
        Just("1".to_owned()),
        Just("-1".to_owned()),
        Just("0xffff_ffff".to_owned()),
        Just("18446744073709551615".to_owned()),
        Just("99999999999999999999999".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"16EiB\"".to_owned()),
        Just("\"17179869183GiB\"".to_owned()),
        Just("[]".to_owned()),
        Just("[[]]".to_owned()),
        Just("{}".to_owned()),
        Just("[{}]".to_owned()),
        Just("1.5".to_owned()),
        Just("nan".to_owned()),
        Just("true".to_owned()),
        Just("1979-05-27".to_owned()),
        "\"\\PC{0,12}\"",
        any::<u64>().prop_map(|number| number.to_string()),
    ];
    let count = text.lines().count();
    prop::collection::vec((0..count, value), 1..5).prop_map(move |changes| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (place, value) in changes {
            if let Some((key, _)) = lines[place].clone().split_once(" = ") {
                lines[place] = format!("{key} = {value}");
            }
        }
        lines.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text(board in "(?s).{0,200}", chip in "(?s).{0,200}") {
        read(&board, &chip);
        read(BOARD, &chip);
    }

    #[test]
    fn text_that_looks_like_toml(board in r#"([a-z\[\]{}="',.0-9 \n#é中]|schema = 1\n|\[board\]\n|\[\[led\]\]\n|name = ""){0,60}"#) {
        read(&board, CHIP);
    }

    #[test]
    fn shuffled_lines(board in shuffled(BOARD), chip in shuffled(CHIP)) {
        read(&board, &chip);
        read(BOARD, &chip);
    }

    #[test]
    fn other_values(board in revalued(BOARD), chip in revalued(CHIP), riscv in revalued(RISCV_CHIP)) {
        read(&board, CHIP);
        read(BOARD, &chip);
        read(RISCV_BOARD, &riscv);
    }
}

#[test]
fn deep_nesting() {
    read(&format!("a = {}", "[".repeat(100_000)), CHIP);
    read(&format!("{} = 1", vec!["a"; 10_000].join(".")), CHIP);
}
