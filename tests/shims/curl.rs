//! The curl command.

use bambora_conformance::Suite;

use crate::shim::shim;

pub(crate) fn curl() -> Option<Suite> {
    let suite = shim("curl", "7.88", "curl --version | sed 's/curl //'", "python3 curl_shim.py")?
        .known_failure("bad_content_length/blank_inside", "reads the digits that a length begins with")
        .known_failure("bad_content_length/fraction", "reads the digits that a length begins with")
        .known_failure("bad_content_length/hexadecimal", "reads the digits that a length begins with")
        .known_failure("bad_content_length/list_differing", "reads the digits that a length begins with")
        .known_failure("bad_content_length/overflow", "ignores a length that overflows")
        .known_failure("bad_content_length/plus", "accepts a sign in a length")
        .known_failure("tls_rejects/common_name_only", "accepts a name that only the common name has")
        .known_failure("tls_no_close_notify", "accepts an end without `close_notify`")
        .known_failure("early_response", "accepts a response that came before the request")
        .known_failure("header_limit/too_many", "limits the length of each header, not their number")
        .known_failure("http_versions/1.0_chunked", "decodes chunks in HTTP/1.0, which has none")
        .known_failure("http_versions/2.0_line", "accepts any version");
    Some(suite)
}
