//! A journal and its runs, against a server in the same process. Each measurement is a process, so that its peak memory is its own.
//!
//! `cargo xtask bench` runs it and writes the tables.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bambora_batch::{Format, InvalidLines, Journal, References, Runner};
use bambora_core::{
    Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken, Outcome, PaymentReference,
};
use bambora_hyper::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Requests under way at once.
const JOBS: usize = 64;

fn main() -> Result<()> {
    // cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [what, payments] = arguments[..] else {
        eprintln!("cargo xtask bench runs this");
        return Ok(());
    };
    let payments = payments.parse()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let taken = runtime.block_on(async {
        match what {
            "run" => run(payments).await,
            "bare" => bare(payments).await,
            "import" => import(payments),
            "resume" => resume(payments).await,
            other => Err(format!("no measurement {other}").into()),
        }
    })?;
    println!("{}", serde_json::json!({ "seconds": taken.as_secs_f64(), "peak_mib": peak_memory()? }));
    Ok(())
}

/// A list of references as a stream: it takes no memory.
struct List {
    numbers: std::ops::Range<usize>,
    line: Vec<u8>,
}

impl std::io::Read for List {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.line.is_empty()
            && let Some(number) = self.numbers.next()
        {
            self.line = format!("ORDER-2026-{number}\n").into_bytes();
        }
        let length = self.line.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(self.line.drain(..length)) {
            *to = from;
        }
        Ok(length)
    }
}

fn import_list(journal: &Journal, payments: usize) -> Result<()> {
    let list = std::io::BufReader::new(List { numbers: 0..payments, line: Vec::new() });
    let list = References::new(list, &Format::Lines)?;
    journal.import(list, InvalidLines::Refuse)?;
    Ok(())
}

fn import(payments: usize) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let api = api(1)?;
    let journal = Journal::open(folder.path().join("night.journal"), api.merchant())?;
    let begun = Instant::now();
    import_list(&journal, payments)?;
    Ok(begun.elapsed())
}

async fn run(payments: usize) -> Result<Duration> {
    let server = Server::start().await?;
    let folder = tempfile::tempdir()?;
    let client = client(server.port)?;
    let journal = Journal::open(folder.path().join("night.journal"), client.api().merchant())?;
    import_list(&journal, payments)?;
    let begun = Instant::now();
    let run = Runner::new(&journal, &client).jobs(JOBS).run();
    // In a task, as a program's handlers are.
    let summary = tokio::spawn(run).await??;
    let taken = begun.elapsed();
    if summary.progress.canceled != payments as u64 {
        return Err(summary.to_string().into());
    }
    Ok(taken)
}

/// The same client without a journal.
async fn bare(payments: usize) -> Result<Duration> {
    let server = Server::start().await?;
    let client = client(server.port)?;
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..JOBS {
        let (client, next) = (client.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= payments as u64 {
                    return true;
                }
                let Ok(reference) = PaymentReference::new(format!("ORDER-2026-{number}")) else {
                    return false;
                };
                if !matches!(client.cancel(&reference).await, Outcome::Canceled(_)) {
                    return false;
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        if !done? {
            return Err("a payment was not canceled".into());
        }
    }
    Ok(begun.elapsed())
}

/// The time from opening the journal to the first request, if all but a thousandth is done.
async fn resume(payments: usize) -> Result<Duration> {
    let server = Server::start().await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("night.journal");
    let client = client(server.port)?;
    let journal = Journal::open(&path, client.api().merchant())?;
    import_list(&journal, payments)?;
    journal.close().await?;
    let writer = rusqlite::Connection::open(&path)?;
    writer.execute(
        "update payment set status = 'canceled', confirmation = 'response', started = added, finished = added, runs = 1, \
         attempts = 1 where id <= ?1",
        [payments - payments / 1_000],
    )?;
    writer.close().map_err(|(_, error)| error)?;

    let begun = Instant::now();
    let journal = Journal::open(&path, client.api().merchant())?;
    let run = tokio::spawn(Runner::new(&journal, &client).jobs(JOBS).run());
    server.first.notified().await;
    let taken = begun.elapsed();
    run.await??;
    Ok(taken)
}

fn client(port: u16) -> Result<Client> {
    Ok(Client::builder().reuse_connections(true).build(api(port)?)?)
}

fn api(port: u16) -> Result<Api> {
    let credentials = Credentials::new(
        MerchantNumber::new("123456789")?,
        MerchantToken::new("abcdefg")?,
        MerchantSecret::new("7AQu7FGB2Kwm")?,
    );
    Ok(Api::new(credentials).with_base_url(BaseUrl::new(&format!("http://127.0.0.1:{port}"))?))
}

/// A server that cancels every payment.
struct Server {
    port: u16,
    first: Arc<tokio::sync::Notify>,
}

impl Server {
    async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let first = Arc::new(tokio::sync::Notify::new());
        let arrived = Arc::clone(&first);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let arrived = Arc::clone(&arrived);
                // The client may close its connection at any time.
                tokio::spawn(async move { serve(socket, &arrived).await.ok() });
            }
        });
        Ok(Self { port, first })
    }
}

async fn serve(mut socket: TcpStream, arrived: &tokio::sync::Notify) -> Result<()> {
    socket.set_nodelay(true)?;
    let mut request = Vec::with_capacity(1_024);
    loop {
        while !request.ends_with(b"\r\n\r\n") {
            if socket.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        arrived.notify_one();
        let head = std::str::from_utf8(&request)?;
        let reference = head.split('/').nth(2).ok_or("no reference")?;
        let body = format!(r#"{{"payment": "{reference}", "state": "Canceled"}}"#);
        let response = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(response.as_bytes()).await?;
        request.clear();
    }
}

/// The process's peak memory in MiB. 0 where the system does not tell.
fn peak_memory() -> Result<f64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return Ok(0.0);
    };
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.unwrap_or("0").parse::<f64>()? / 1_024.0)
}
