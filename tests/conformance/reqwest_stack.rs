//! reqwest, as in `examples/embed_in_reqwest.rs`.

use bambora_conformance::Suite;
use tokio::runtime::Runtime;

use crate::embed_in_reqwest::{carry, client};

pub(crate) fn suite() -> Suite {
    let runtime = Runtime::new().unwrap();
    Suite::asynchronous(
        "reqwest",
        move |future| runtime.block_on(future),
        |settings| {
            let client = client(settings.connect_timeout, settings.total_timeout).unwrap();
            let limit = settings.body_limit;
            move |request| {
                let client = client.clone();
                async move { carry(&client, request, limit).await }
            }
        },
    )
    .known_failure("unsolicited_101", "hands on a 101 as an answer")
    .known_failure(
        "header_limit/over",
        "has no limit on the length of a head that can be set",
    )
}
