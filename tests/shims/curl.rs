//! The curl command.

use bambora_conformance::Suite;

use crate::shim;

pub(crate) fn curl() -> Option<Suite> {
    let suite = shim("curl", "7.88", "curl --version | sed 's/curl //'", "python3 curl_shim.py")?;
    Some(suite)
}
