//! A Temporal server of a test's own, with its database in a file.

use std::env;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use temporalio_client::errors::WorkflowInteractionError;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, UntypedWorkflow, Url, WorkflowCountOptions,
    WorkflowDescribeOptions, tonic,
};

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Engine {
    port: u16,
    folder: TempDir,
    dynamic: Vec<String>,
    server: Option<Child>,
}

pub(crate) fn temporal_cli() -> Command {
    Command::new(env::var_os("BAMBORA_TEMPORAL_CLI").unwrap_or_else(|| "temporal".into()))
}

impl Engine {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with other values of its dynamic configuration.
    pub(crate) async fn start_with(dynamic: &[&str]) -> Self {
        let dynamic: Vec<_> = dynamic.iter().map(|&setting| setting.to_owned()).collect();
        for _ in 0..5 {
            // The port is free now, and most likely still in a moment.
            let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            let folder = tempfile::tempdir().unwrap();
            let mut engine = Self { port, folder, dynamic: dynamic.clone(), server: None };
            engine.spawn();
            if engine.is_ready().await {
                return engine;
            }
        }
        panic!("no Temporal server started: is the program `temporal` there?");
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("temporal.db")
    }

    fn spawn(&mut self) {
        let port = self.port.to_string();
        let mut command = temporal_cli();
        command.args(["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "never"]);
        command.args(["--port", port.as_str(), "--search-attribute", "BamboraStatus=Keyword"]);
        for setting in &self.dynamic {
            command.args(["--dynamic-config-value", setting.as_str()]);
        }
        let server =
            command.arg("--db-filename").arg(self.database()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.server = Some(server.expect("install the program `temporal`, or say in BAMBORA_TEMPORAL_CLI where it is"));
    }

    /// `false` if the server ended instead.
    async fn is_ready(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.server.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            if let Some(client) = connect(&self.address()).await {
                // The server listens before its parts are ready.
                let query = "BamboraStatus = 'working'";
                let visibility = client.count_workflows(query, WorkflowCountOptions::default()).await;
                let handle = client.get_workflow_handle::<UntypedWorkflow>("nobody's");
                let history = handle.describe(WorkflowDescribeOptions::default()).await;
                // A server that does not know its namespace yet says the same of the namespace.
                let is_of_workflow = |status: &tonic::Status| !status.message().starts_with("Namespace");
                if visibility.is_ok()
                    && matches!(&history, Err(WorkflowInteractionError::NotFound(status)) if is_of_workflow(status))
                {
                    return true;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    pub(crate) async fn client(&self) -> Client {
        connect(&self.address()).await.unwrap()
    }

    /// Returns the folder that everything is stored in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// kill -9, and the same database on the same port again.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.kill();
        self.spawn();
        assert!(self.is_ready().await, "the server did not come back");
    }

    fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

pub(crate) async fn connect(address: &str) -> Option<Client> {
    let url = Url::from_str(&format!("http://{address}")).unwrap();
    let connection = Connection::connect(ConnectionOptions::new(url).build()).await.ok()?;
    Client::new(connection, ClientOptions::new("default").build()).ok()
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.kill();
    }
}
