//! A list of bounded length, as JSON.

use serde::Serialize;
use serde_json::value::RawValue;

/// The most items in one response.
const MOST: usize = 1_000;
/// The bytes after which a list ends, so that no request makes the sandbox hold much more than that.
const MAX_BYTES: usize = 1024 * 1024;

/// Serializes the view of each item, until there are `limit` of them, too many, or they are long enough. Returns the list, and whether it has
/// all of them.
pub(super) fn listing<I, T: Serialize>(
    items: impl Iterator<Item = I>,
    mut view: impl FnMut(I) -> T,
    limit: Option<usize>,
) -> (Vec<Box<RawValue>>, bool) {
    let most = limit.unwrap_or(MOST).min(MOST);
    let mut listed = Vec::new();
    let mut bytes = 0;
    for item in items {
        if listed.len() >= most || bytes >= MAX_BYTES {
            return (listed, false);
        }
        // Texts, numbers, booleans and lists always serialize, and nothing else is given.
        if let Ok(json) = serde_json::value::to_raw_value(&view(item)) {
            bytes += json.get().len();
            listed.push(json);
        }
    }
    (listed, true)
}
