//! Rings that were planted, and imports that are none.

use std::fs;

use super::*;

/// Writes the files of a crate, and returns the names of those that import each other.
fn rings_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let (root, _) = files[0];
    let imports = ModuleTree::load(&folder.path().join(root)).unwrap().imports();
    let name = |file: &&Path| file.strip_prefix(&folder).unwrap().display().to_string();
    let mut rings: Vec<Vec<String>> = rings(&imports).iter().map(|ring| ring.iter().map(name).collect()).collect();
    rings.iter_mut().for_each(|ring| ring.sort());
    rings
}

#[test]
fn two_files_that_import_each_other_are_found() {
    let rings = rings_of(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use super::a::A; pub struct B;"),
    ]);
    assert_eq!(rings, [["a.rs", "b.rs"]]);
}

#[test]
fn a_ring_through_re_exports_and_folders_is_found() {
    let rings = rings_of(&[
        ("lib.rs", "mod a; mod folder; pub use a::A; pub use folder::{Renamed, c};"),
        ("a.rs", "pub struct A; impl A { fn b() { crate::Renamed::new() } }"),
        ("folder/mod.rs", "mod b; pub mod c; pub use self::b::B as Renamed;"),
        ("folder/b.rs", "use super::c; pub struct B(c::C);"),
        ("folder/c.rs", "pub struct C(crate::A);"),
        ("folder/other.rs", "this is not part of the crate"),
    ]);
    assert_eq!(rings, [["a.rs", "folder/b.rs", "folder/c.rs"]]);
}

#[test]
fn a_child_and_a_parent_that_use_each_other_are_found() {
    let rings = rings_of(&[
        ("main.rs", "mod a; fn main() { a::run(NAME) } const NAME: &str = \"\";"),
        ("a.rs", "mod b; pub(crate) fn run() { b::run() } struct Shared;"),
        ("a/b.rs", "pub(super) fn run() { let _ = super::Shared; }"),
    ]);
    assert_eq!(rings, [["a.rs", "a/b.rs"]]);
}

#[test]
fn imports_by_globs_macros_and_functions_count() {
    for import in [
        "use super::a::*; fn b(_: A) {}",
        "fn b() { println!(\"{:?}\", crate::a::A); }",
        "fn b() { assert!(super :: a :: A::new()); }",
        "fn b() { use crate::{a::A as Other}; }",
        "#[derive(Debug)] #[other(crate::a::A)] struct B;",
        "use super::*; fn b(_: A) {}",
        "mod tests { use super::super::a; fn b() -> a::A {} }",
    ] {
        let b = format!("pub struct B; {import}");
        let rings =
            rings_of(&[("lib.rs", "mod a; mod b; use a::A;"), ("a.rs", "pub struct A(crate::b::B);"), ("b.rs", &b)]);
        assert_eq!(rings, [["a.rs", "b.rs"]], "{import}");
    }
}

#[test]
fn a_path_attribute_names_the_file() {
    let rings = rings_of(&[
        ("src/lib.rs", "#[path = \"../elsewhere/a.rs\"] mod a; mod b;"),
        ("elsewhere/a.rs", "pub struct A(crate::b::B);"),
        ("src/b.rs", "pub struct B(crate::a::A);"),
    ]);
    assert_eq!(rings.len(), 1);
}

#[test]
fn imports_in_one_direction_are_no_ring() {
    let rings = rings_of(&[
        ("lib.rs", "//! [`a::A`]\nmod a; mod b; mod folder; pub use a::A; pub use b::B; pub use http::Request;"),
        (
            "a.rs",
            "//! See [`crate::B`].\nuse http::a; pub struct A(crate::Request); mod tests { use super::*; use crate::a::A; }",
        ),
        ("b.rs", "use crate::A; pub(in crate::folder) struct B(A); fn b() { let folder = 1; folder }"),
        ("folder.rs", "mod c; mod d; pub(crate) fn run(_: crate::B) { c::C; d::D }"),
        ("folder/c.rs", "use super::d::D; pub struct C(crate::B);"),
        ("folder/d.rs", "use std::collections::*; pub struct D;"),
    ]);
    assert_eq!(rings, Vec::<Vec<String>>::new());
}
