//! Licences, per binary: GPL only in bksim, and nothing in bksim that the GPL-2.0 does not allow.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

fn metadata() -> Metadata {
    MetadataCommand::new().exec().expect("cargo metadata")
}

/// Everything that ends up in a binary of `name`: normal dependencies, transitively. Procedural macros and what they
/// need run at build time only and are left out.
fn closure(metadata: &Metadata, name: &str) -> BTreeSet<PackageId> {
    let nodes: BTreeMap<_, _> =
        metadata.resolve.as_ref().expect("resolve").nodes.iter().map(|node| (&node.id, node)).collect();
    let is_macro = |id: &PackageId| metadata[id].targets.iter().any(|target| target.is_proc_macro());
    let root = metadata.packages.iter().find(|package| package.name.as_str() == name).expect("package").id.clone();
    let mut seen = BTreeSet::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for dependency in &nodes[&id].deps {
            let is_normal = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if is_normal && !is_macro(&dependency.pkg) {
                open.push(dependency.pkg.clone());
            }
        }
    }
    seen
}

/// The alternatives that a licence expression offers. `A/B` is an old way to write `A OR B`.
fn alternatives(expression: &str) -> Vec<&str> {
    expression.split(" OR ").flat_map(|part| part.split('/')).map(|part| part.trim_matches(['(', ')', ' '])).collect()
}

/// Licences whose code may be linked with GPL-2.0-only code. Apache-2.0 alone is not among them.
const GPL2_COMPATIBLE: &[&str] = &[
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unlicense",
    "CC0-1.0",
    "BSL-1.0",
    "GPL-2.0",
    "GPL-2.0-only",
    "Unicode-3.0",
    "Apache-2.0 WITH LLVM-exception",
];

fn is_gpl2_compatible(expression: &str) -> bool {
    // `(A OR B) AND C`: every conjunct must offer an alternative that fits.
    expression.split(" AND ").all(|part| alternatives(part).iter().any(|licence| GPL2_COMPATIBLE.contains(licence)))
}

#[test]
fn bksim_links_only_what_gpl2_allows() {
    let metadata = metadata();
    let wrong: Vec<_> = closure(&metadata, "bksim")
        .iter()
        .map(|id| &metadata[id])
        .filter(|package| !package.license.as_deref().is_some_and(is_gpl2_compatible))
        .map(|package| format!("{} {:?}", package.name, package.license))
        .collect();
    assert!(wrong.is_empty(), "not compatible with GPL-2.0-only: {wrong:?}");
}

#[test]
fn gpl_stays_in_bksim() {
    let metadata = metadata();
    for name in
        ["bkctl", "bluekernel-tracer", "bksim-protocol", "bluekernel-boards", "bluekernel-inspect", "bluekernel"]
    {
        for id in closure(&metadata, name) {
            let licence = metadata[&id].license.as_deref().unwrap_or("none");
            let has_free_alternative = alternatives(licence).iter().any(|one| !one.contains("GPL"));
            assert!(has_free_alternative, "{name} would link {} ({licence})", metadata[&id].name);
        }
    }
}

#[test]
fn our_own_crates_say_their_licence() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    for package in &metadata.packages {
        let expected = if package.name.as_str() == "bksim" { "GPL-2.0-only" } else { "MIT OR Apache-2.0" };
        assert_eq!(package.license.as_deref(), Some(expected), "{}", package.name);
    }
}

#[test]
fn the_expressions_are_read_as_meant() {
    assert!(is_gpl2_compatible("MIT OR Apache-2.0"));
    assert!(is_gpl2_compatible("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(is_gpl2_compatible("Unlicense/MIT"));
    assert!(!is_gpl2_compatible("Apache-2.0"));
    assert!(!is_gpl2_compatible("MIT AND Apache-2.0"));
}
