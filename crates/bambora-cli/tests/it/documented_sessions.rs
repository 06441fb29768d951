//! What the documentation shows is what the command does.

#[test]
fn every_session_in_the_documentation() {
    trycmd::TestCases::new().case("../../docs/cli.md");
}
