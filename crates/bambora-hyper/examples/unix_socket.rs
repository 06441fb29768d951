//! Cancels a payment over a Unix socket, behind which a program on the same machine, such as a service mesh's, passes everything on to
//! the API.
//!
//! `cargo run -p bambora-hyper --example unix_socket`

#[cfg(not(unix))]
fn main() {
    println!("there are no Unix sockets here");
}

#[cfg(unix)]
pub(crate) use unix::run;

#[cfg(unix)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    run().await
}

#[cfg(unix)]
mod unix {
    use std::error::Error;

    use bambora_hyper::{Client, PaymentReference};
    use bambora_sandbox::Sandbox;
    use tokio::io::copy_bidirectional;
    use tokio::net::{TcpStream, UnixListener, UnixStream};

    pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
        let sandbox = Sandbox::start()?;
        sandbox.authorize("ORDER-1001");
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("payments.sock");
        let listener = UnixListener::bind(&path)?;
        tokio::spawn(pass_on(listener, sandbox.base_url().trim_start_matches("http://").to_owned()));

        // The host in the base URL is for the host header, and for TLS if the URL is https.
        let client = Client::new(sandbox.api()).over(move |_host: &str, _port: u16| UnixStream::connect(path.clone()));
        let reference: PaymentReference = "ORDER-1001".parse()?;
        let canceled = client.cancel(&reference).await.into_result()?;
        println!("{reference}: {canceled}");
        Ok(())
    }

    /// The other program.
    async fn pass_on(listener: UnixListener, target: String) {
        while let Ok((mut near, _)) = listener.accept().await {
            if let Ok(mut far) = TcpStream::connect(&target).await {
                // However the connection ends, both ends see it.
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        }
    }
}
