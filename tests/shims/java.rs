//! Java's HttpClient.

use std::env;

use bambora_conformance::Suite;

use crate::shim;

pub(crate) fn http_client() -> Option<Suite> {
    let classes = env::temp_dir().join("bambora-conformance-java");
    let classes = classes.display();
    let probe = format!("javac -d {classes} JavaHttpClientShim.java && java --version | sed 's/[a-z]* //'");
    // Each case starts a process, which is not worth the best code.
    let command = format!("java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp {classes} JavaHttpClientShim");
    let suite = shim("HttpClient of Java", "17", &probe, &command)?;
    Some(suite)
}
