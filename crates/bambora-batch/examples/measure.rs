//! Measures runs against a small server in the same process.
//!
//! ```console
//! $ cargo run --release -p bambora-batch --example measure           # everything, with the targets
//! $ cargo run --release -p bambora-batch --example measure run 10000 # one measurement
//! ```
//!
//! Each measurement is made in a process of its own, so that its peak memory is its own.

use std::error::Error;
use std::process::{Command, Stdio};
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

/// What one measurement found.
#[derive(Debug)]
struct Measured {
    seconds: f64,
    /// The process's peak, in MiB.
    memory: f64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((what, rest)) = arguments.split_first() else {
        return everything();
    };
    let payments: usize = rest.first().map_or(Ok(100_000), |text| text.parse())?;
    let runtime = tokio::runtime::Runtime::new()?;
    let taken = runtime.block_on(async {
        match what.as_str() {
            "run" => run(payments).await,
            "bare" => bare(payments).await,
            "import" => import(payments),
            "resume" => resume(payments).await,
            other => Err(format!("no measurement {other}").into()),
        }
    })?;
    println!("{} {}", taken.as_secs_f64(), peak_memory()?);
    Ok(())
}

fn everything() -> Result<()> {
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let bare = measure("bare", 200_000)?;
        let run = measure("run", 200_000)?;
        ratios.push(bare.seconds / run.seconds);
    }
    ratios.sort_by(f64::total_cmp);
    let [_, ratio, _] = ratios[..] else {
        return Err("three ratios".into());
    };
    target("rate with a journal / without", ratio, Bound::AtLeast(0.7));

    let small = measure("run", 10_000)?;
    let middle = measure("run", 100_000)?;
    let large = measure("run", 1_000_000)?;
    println!("1,000,000 cancels took {:.1} s", large.seconds);
    target("memory of 1,000,000 [MiB]", large.memory, Bound::AtMost(64.0));
    target("memory of 1,000,000 / 10,000", large.memory / small.memory, Bound::AtMost(1.2));
    let per_payment = middle.seconds / small.seconds / 10.0;
    target("time for each of 100,000 / 10,000", per_payment, Bound::AtMost(1.1));
    let import = measure("import", 1_000_000)?.seconds;
    target("import of 1,000,000 [s]", import, Bound::AtMost(5.0));
    let resume = measure("resume", 1_000_000)?.seconds;
    target("first request, 999,000 of 1,000,000 done [s]", resume, Bound::AtMost(1.0));
    Ok(())
}

enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

fn target(what: &str, value: f64, bound: Bound) {
    let (holds, word, limit) = match bound {
        Bound::AtLeast(limit) => (value >= limit, "at least", limit),
        Bound::AtMost(limit) => (value <= limit, "at most", limit),
    };
    let verdict = if holds { "ok" } else { "MISSED" };
    println!("{what}: {value:.2} ({word} {limit}) {verdict}");
}

/// Runs this program once more.
fn measure(what: &str, payments: usize) -> Result<Measured> {
    let output =
        Command::new(std::env::current_exe()?).args([what, &payments.to_string()]).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8(output.stdout)?;
    let (seconds, memory) = text.trim().split_once(' ').ok_or("the measurement failed")?;
    let measured = Measured { seconds: seconds.parse()?, memory: memory.parse()? };
    println!("  {what} {payments}: {measured:?}");
    Ok(measured)
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
    let first = server.first.notified().await;
    let () = first;
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
