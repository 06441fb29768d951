//! Java's HttpClient.

use bambora_conformance::Suite;

use crate::shim::shim;

pub(crate) fn http_client() -> Option<Suite> {
    let classes = env!("CARGO_TARGET_TMPDIR");
    let probe = format!("javac -d {classes} JavaHttpClientShim.java && java --version | sed 's/[a-z]* //'");
    // A process does not run for long enough to need better code.
    let command = format!("java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp {classes} JavaHttpClientShim");
    let suite = shim("HttpClient of Java", "17", &probe, &command)?
        .known_failure("bad_content_length/negative", "ignores a length that is negative")
        .known_failure("bad_content_length/plus", "accepts a sign in a length")
        .known_failure("bad_content_length/two_differing", "takes one of two lengths")
        .known_failure("bodyless/204", "rejects a 204 with a length")
        .known_failure("tls_rejects/no_tls_at_all", "reports a server without TLS like a connection that broke")
        .known_failure("tls_no_close_notify", "accepts an end without `close_notify`")
        .known_failure("early_response", "accepts a response that came before the request")
        .known_failure("odd_status/2000", "reads the first three digits")
        .known_failure("header_limit/over", "accepts a head of 300 kB")
        .known_failure("header_limit/too_many", "accepts 5,000 headers")
        .known_failure("header_hygiene/cr", "accepts a lone CR")
        .known_failure("header_hygiene/fold", "joins a folded header, as HTTP/1.1 once allowed")
        .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0, which has none");
    Some(suite)
}
