//! The failure of one exchange.

use crate::delivery::TransportError;
use crate::response_error::ResponseError;

/// One request did not end in a response that confirms the operation.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No usable response: [`TransportError::delivery`] tells if the server can have seen the request.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A response that does not confirm the operation.
    #[error(transparent)]
    Response(#[from] ResponseError),
}
