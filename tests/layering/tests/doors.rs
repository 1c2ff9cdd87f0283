//! Who may import whom: the table of the book's architecture chapter, against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Each of our crates with what it may import of ours in a build.
const DOORS: &[(&str, &[&str])] = &[
    ("bluekernel-abi", &[]),
    ("bluekernel-core", &["bluekernel-abi"]),
    ("bluekernel-arch", &["bluekernel-abi"]),
    ("bluekernel-inspect", &["bluekernel-abi"]),
    ("bluekernel-macros", &[]),
    ("bluekernel", &["bluekernel-abi", "bluekernel-core", "bluekernel-arch", "bluekernel-macros"]),
    ("bluekernel-boards", &[]),
    ("bluekernel-mps2", &[]),
    ("bksim-protocol", &[]),
    ("bksim", &["bluekernel-abi", "bluekernel-inspect", "bluekernel-boards", "bksim-protocol"]),
    ("bluekernel-tracer", &["bluekernel-abi", "bluekernel-inspect"]),
    ("bkctl", &["bluekernel-abi", "bluekernel-inspect", "bluekernel-tracer", "bluekernel-boards", "bksim-protocol"]),
];

#[test]
fn every_edge_has_a_door() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let doors: BTreeMap<&str, &[&str]> = DOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let Some(allowed) = doors.get(package.name.as_str()) else {
            // The crates under tests/ may import anything of ours by its public interface.
            assert!(package.manifest_path.as_str().contains("/tests/"), "{} has no row in DOORS", package.name);
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            if ours.contains(dependency.name.as_str()) && !allowed.contains(&dependency.name.as_str()) {
                wrong.push(format!("{} -> {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "no door for: {wrong:?}");
}

#[test]
fn tests_do_not_open_doors_between_rooms_either() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let doors: BTreeMap<&str, &[&str]> = DOORS.iter().copied().collect();
    for package in metadata.packages.iter().filter(|package| doors.contains_key(package.name.as_str())) {
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Development) {
            let (from, to) = (package.name.as_str(), dependency.name.as_str());
            let is_forbidden = match from {
                "bksim" => matches!(to, "bluekernel" | "bluekernel-tracer" | "bkctl"),
                "bluekernel-tracer" => matches!(to, "bluekernel" | "bksim"),
                "bkctl" => to == "bksim",
                _ => false,
            };
            assert!(!is_forbidden, "{from} imports {to} in its tests");
        }
    }
}
