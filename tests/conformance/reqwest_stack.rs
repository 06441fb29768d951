//! reqwest, as in `examples/embed_in_reqwest.rs`.

use bambora_conformance::{Capability, Suite};
use tokio::runtime::Builder;

use crate::embed_in_reqwest::{client, exchange, tls};

pub(crate) fn suite() -> Suite {
    Suite::asynchronous(
        "reqwest",
        || {
            // As it comes, a runtime looks at its timers after 61 turns of its tasks. A server that never stops sending makes a
            // turn of reqwest's take so long that this is seconds.
            let runtime = Builder::new_multi_thread().enable_all().event_interval(1).build();
            let runtime = runtime.unwrap();
            move |future| runtime.block_on(future)
        },
        |settings| {
            let tls = tls(&settings.root_certificates).unwrap();
            let client = client(tls, settings.connect_timeout, settings.total_timeout).unwrap();
            let limit = settings.body_limit;
            move |request| {
                let client = client.clone();
                async move { exchange(&client, request, limit).await }
            }
        },
    )
    .opt_out(Capability::HttpsOnly, "sends what it is given")
    .known_failure("unsolicited_101", "returns an unsolicited 101 as the response")
    .known_failure("header_limit/over", "has no limit on the length of a head")
}
