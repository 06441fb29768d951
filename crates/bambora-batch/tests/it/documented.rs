//! What docs/batch.md shows works as it is printed.

use std::process::Command;

use super::fixture::Fixture;

#[tokio::test]
async fn the_queries_of_the_document_work() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        assert!(std::env::var_os("BAMBORA_REQUIRE_DOCUMENTED_CALLS").is_none(), "sqlite3 is not installed");
        eprintln!("sqlite3 is not installed: the queries were not tried");
        return;
    }
    let fixture = Fixture::new(3);
    fixture.runner().run().await.unwrap();
    let document = include_str!("../../../../docs/batch.md");
    let queries = document.lines().filter_map(|line| line.strip_prefix("$ sqlite3 "));
    let folder = fixture.folder.join("");
    fixture.journal.close().await.unwrap();
    let mut tried = 0;
    for query in queries {
        let output =
            Command::new("sh").args(["-c", &format!("sqlite3 {query}")]).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{query}: {output:?}");
        assert!(output.stderr.is_empty(), "{query}: {output:?}");
        if query.ends_with(".schema") {
            let schema = String::from_utf8(output.stdout).unwrap();
            assert!(document.contains(&format!("$ sqlite3 {query}\n{schema}```\n")), "{schema}");
        }
        tried += 1;
    }
    assert_eq!(tried, 7);
}
