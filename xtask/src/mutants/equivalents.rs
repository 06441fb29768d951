//! The mutants that no test can notice.

use anyhow::{Result, ensure};

/// Paragraphs: the reason in lines that begin with `#`, and a line for each mutant, as cargo-mutants names it but without the
/// position. Two mutants of the same name have two lines.
const LIST: &str = include_str!("../../equivalent_mutants.txt");

/// The mutants of a package that were judged equivalent, and were not met yet.
pub(super) struct Equivalents<'a>(Vec<&'a str>);

impl Equivalents<'static> {
    pub(super) fn of(package: &str) -> Result<Self> {
        Self::read(LIST, package)
    }
}

impl<'a> Equivalents<'a> {
    fn read(list: &'a str, package: &str) -> Result<Self> {
        let mut mutants = Vec::new();
        for paragraph in list.trim_end().split("\n\n") {
            ensure!(paragraph.starts_with('#'), "no reason is given for {paragraph}");
            mutants.extend(paragraph.lines().filter(|line| line.starts_with(&format!("crates/{package}/"))));
        }
        Ok(Self(mutants))
    }

    /// Takes a mutant off the list. `false` if it is not on it.
    pub(super) fn take(&mut self, mutant: &str) -> bool {
        let position = self.0.iter().position(|name| is_named(mutant, name));
        position.map(|position| self.0.swap_remove(position)).is_some()
    }

    pub(super) fn left(self) -> impl Iterator<Item = &'a str> {
        self.0.into_iter()
    }
}

/// Compares names, of which the first has a position: `FILE:LINE:COLUMN: CHANGE` is `FILE: CHANGE`.
fn is_named(mutant: &str, name: &str) -> bool {
    let Some(((file, change), (named_file, named_change))) = mutant.split_once(": ").zip(name.split_once(": ")) else {
        return false;
    };
    change == named_change && file.split(':').next() == Some(named_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_excuses_one_mutant_wherever_it_stands_in_its_file() {
        let list =
            "# About the list.\n\n# One.\ncrates/a/src/x.rs: replace + with * in f\n\n# Other.\ncrates/b/src/x.rs: y\n";
        let mut equivalents = Equivalents::read(list, "a").unwrap();
        assert!(!equivalents.take("crates/a/src/y.rs:7:3: replace + with * in f"));
        assert!(!equivalents.take("crates/a/src/x.rs:7:3: replace + with - in f"));
        assert!(equivalents.take("crates/a/src/x.rs:7:3: replace + with * in f"));
        assert!(!equivalents.take("crates/a/src/x.rs:9:3: replace + with * in f"));
        assert_eq!(equivalents.left().count(), 0);
    }

    #[test]
    fn an_entry_needs_a_reason() {
        assert!(Equivalents::read("# About the list.\n\ncrates/a/src/x.rs: y\n", "b").is_err());
        assert!(Equivalents::of("bambora-core").is_ok());
    }
}
