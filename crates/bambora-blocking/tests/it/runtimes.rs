//! Inside of which runtimes the client can be called, and which threads it starts.

use bambora_blocking::{BaseUrl, Client, PaymentReference};
use bambora_sandbox::Sandbox;

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

#[test]
fn it_works_inside_of_a_runtime() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = Client::new(sandbox.api());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        client.query(&reference()).unwrap();
        let elsewhere = client.clone();
        let task = tokio::task::spawn_blocking(move || elsewhere.query(&reference()));
        task.await.unwrap().unwrap();
    });
    assert_eq!(sandbox.requests().len(), 2);
}

/// The number of this process's threads that look names up. Each test runs in a process with others, so only these are counted.
#[cfg(target_os = "linux")]
fn lookup_threads() -> usize {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.trim() == "bambora-lookup")
        .count()
}

#[test]
#[cfg(target_os = "linux")]
fn requests_by_name_take_one_thread_which_ends_with_its_look_up() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let by_name = format!("http://localhost:{}", sandbox.address().port());
    let client = Client::new(sandbox.api().with_base_url(BaseUrl::new(&by_name).unwrap()));
    for _ in 0..100 {
        client.query(&reference()).unwrap();
        assert!(lookup_threads() <= 1);
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while lookup_threads() > 0 {
        assert!(std::time::Instant::now() < deadline, "the thread outlives its look-up");
        std::thread::yield_now();
    }
    drop(client);
}
