//! Node's fetch.

use bambora_conformance::{Capability, Suite};

use crate::shim::shim;

pub(crate) fn fetch() -> Option<Suite> {
    let suite = shim("fetch of Node", "20", "node -p process.versions.node", "node node_fetch_shim.mjs")?
        .opt_out(Capability::Tls, "takes other root certificates from the environment only")
        .opt_out(Capability::ConnectTimeout, "has none that can be set")
        .reuses_connections()
        .known_failure(
            "nothing_added",
            "adds headers that browsers send, such as `accept-encoding` and `sec-fetch-mode`",
        )
        .known_failure("truncated_close_delimited_reset", "returns a truncated body as a whole one")
        .known_failure("identical_content_lengths", "accepts one `content-length` only")
        .known_failure("unasked_gzip", "decodes codings by itself")
        .known_failure("informational/100_joined", "breaks off at a 100 that it did not ask for")
        .known_failure("informational/100_split", "breaks off at a 100 that it did not ask for")
        .known_failure("header_hygiene/fold", "joins a folded header, as HTTP/1.1 once allowed")
        .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0, which has none")
        .known_failure("http_versions/2.0_line", "accepts any version");
    Some(suite)
}
