//! reqwest, as in `examples/embed_in_reqwest.rs`.

use bambora_conformance::{Capability, Suite};
use tokio::runtime::Builder;

use crate::embed_in_reqwest::{carry, client, tls};

pub(crate) fn suite() -> Suite {
    Suite::asynchronous(
        "reqwest",
        || {
            // By default, a runtime checks its timers once every 61 polls of tasks. A server that sends without end makes a poll
            // of reqwest's task take so long that this can be seconds.
            let runtime = Builder::new_multi_thread()
                .enable_all()
                .event_interval(1)
                .build();
            let runtime = runtime.unwrap();
            move |future| runtime.block_on(future)
        },
        |settings| {
            let tls = tls(&settings.root_certificates).unwrap();
            let client = client(tls, settings.connect_timeout, settings.total_timeout).unwrap();
            let limit = settings.body_limit;
            move |request| {
                let client = client.clone();
                async move { carry(&client, request, limit).await }
            }
        },
    )
    .opt_out(Capability::HttpsOnly, "sends what it is given")
    .known_failure("unsolicited_101", "returns a 101 as a response")
    .known_failure(
        "header_limit/over",
        "has no configurable limit on the length of a head",
    )
}
