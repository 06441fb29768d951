//! Node's fetch.

use bambora_conformance::{Capability, Suite};

use crate::shim;

pub(crate) fn fetch() -> Option<Suite> {
    let suite = shim("fetch of Node", "20", "node -p process.versions.node", "node node_fetch_shim.mjs")?
        .opt_out(Capability::Tls, "takes other root certificates from the environment only")
        .opt_out(Capability::ConnectTimeout, "has none that can be set");
    Some(suite)
}
