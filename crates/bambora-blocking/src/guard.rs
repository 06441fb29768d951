//! Watches what goes through a connection, so that a failure can be told exactly.

use std::cell::Cell;
use std::io;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use crate::withheld_authorization;

thread_local! {
    /// Whether any byte of the exchange that this thread is in was handed to the network. ureq does all of an exchange's
    /// writing on the thread that called it, and offers no way to hand anything through to a pooled connection.
    static HANDED_OVER: Cell<bool> = const { Cell::new(false) };
}

/// Forgets what was handed over: an exchange begins.
pub(crate) fn begin_exchange() {
    HANDED_OVER.set(false);
}

/// Whether any byte was handed to the network since the exchange began. TLS handshakes do not count: the server cannot see
/// a request in them.
pub(crate) fn handed_over() -> bool {
    HANDED_OVER.get()
}

/// Puts a guard around every connection.
#[derive(Debug)]
pub(crate) struct GuardConnector;

impl<In: Transport> Connector<In> for GuardConnector {
    type Out = Guard<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Guard<In>>, Error> {
        Ok(chained.map(Guard))
    }
}

/// A connection that remembers that it was written to, and on which a break is never an end.
#[derive(Debug)]
pub(crate) struct Guard<T>(T);

impl<T: Transport> Transport for Guard<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if amount > 0 {
            let output = self.0.buffers().output();
            withheld_authorization::restore(output.get_mut(..amount).unwrap_or_default())?;
            // Before the attempt: a write that fails may still have sent something.
            HANDED_OVER.set(true);
        }
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout).map_err(never_an_end)
    }

    /// A connection on which bytes are left over must not be reused: they would be taken for the next answer.
    fn is_open(&mut self) -> bool {
        !self.0.buffers().can_use_input() && self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

/// ureq takes these kinds for the end of a body without a length, and hands on what came so far as a whole.
fn never_an_end(error: Error) -> Error {
    match error {
        Error::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::ConnectionReset
            ) =>
        {
            Error::Io(io::Error::other(error))
        }
        other => other,
    }
}
