//! What a company's network needs: nothing of it comes from the environment but a proxy's credentials, and the files that
//! `--system-roots` stands for.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bambora_client::{ClientBuilder, ClientCertificate, InvalidClientCertificate, InvalidProxy, Proxy, RootStore};
use bambora_hyper::Client;
use clap::Args;
use zeroize::Zeroizing;

use super::hints::Hints;
use super::private_file;
use super::seconds::seconds;
use crate::shell_word::{file_word, shell_word};

/// The user and the password of the proxy.
const PROXY_CREDENTIALS: [&str; 2] = ["BAMBORA_PROXY_USER", "BAMBORA_PROXY_PASSWORD"];

/// The connect timeout, if there is no shorter total timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Args, Debug)]
#[command(next_help_heading = "The network")]
pub(crate) struct Network {
    /// Trust the root certificates in this PEM file, instead of those of the web PKI; may be given more than once
    #[arg(long, value_name = "FILE")]
    cacert: Vec<PathBuf>,
    /// Trust the system's root certificates, instead of those of the web PKI
    #[arg(long)]
    system_roots: bool,
    /// Show this certificate to servers that ask for one: a PEM file, with the private key too unless --client-key names it
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// The private key of the client certificate: a PEM file that nobody else can read
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
    #[arg(
        long,
        value_name = "URL",
        value_parser = read_proxy,
        help = "Reach the API through this HTTP proxy, for example http://proxy.example:3128 [credentials, if it wants \
                some: env BAMBORA_PROXY_USER, BAMBORA_PROXY_PASSWORD]"
    )]
    proxy: Option<Result<Proxy, InvalidProxy>>,
    /// Give up on a connection after this many seconds [default: 5, or half of --timeout if that is less]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    connect_timeout: Option<Duration>,
    /// Give up on a request and its response after this many seconds: the payment is in doubt then [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
}

impl Network {
    /// Returns the builder of a client with these settings.
    pub(crate) fn client_builder(&self) -> Result<ClientBuilder<Client>, Box<dyn Error>> {
        let mut builder = Client::builder();
        if self.system_roots {
            builder = builder.root_store(RootStore::System);
        } else if !self.cacert.is_empty() {
            builder = builder.root_store(RootStore::Empty);
        }
        for path in &self.cacert {
            let text = fs::read(path).map_err(|error| about("--cacert", path, &error))?;
            builder = builder.add_root_certificates_pem(&text).map_err(|error| about("--cacert", path, &error))?;
        }
        if let Some(path) = &self.client_cert {
            builder = builder.client_certificate(self.client_certificate(path)?);
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(with_credentials(proxy.clone().map_err(refused)?)?);
        }
        if let Some(timeout) = self.timeout {
            // A short timeout alone is no mistake.
            builder = builder.total_timeout(timeout).connect_timeout(CONNECT_TIMEOUT.min(timeout / 2));
        }
        if let Some(timeout) = self.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        Ok(builder)
    }

    fn client_certificate(&self, path: &Path) -> Result<ClientCertificate, Box<dyn Error>> {
        let certificate = fs::read(path).map_err(|error| about("--client-cert", path, &error))?;
        let about_key = |error: &dyn Display| match &self.client_key {
            Some(key) => about("--client-key", key, error),
            None => {
                format!(
                    "{}; if it is in another file, name that with --client-key",
                    about("--client-cert", path, error)
                )
            }
        };
        let key = read_private(self.client_key.as_deref().unwrap_or(path)).map_err(|error| about_key(&error))?;
        let certificate = ClientCertificate::from_pem(&certificate, &key).map_err(|error| match error {
            InvalidClientCertificate::Key
            | InvalidClientCertificate::EncryptedKey
            | InvalidClientCertificate::UnsupportedKey => about_key(&error),
            error => about("--client-cert", path, &error),
        });
        Ok(certificate?)
    }

    /// Returns what to advise if a request to this kind of base URL fails.
    pub(crate) fn hints(&self, is_https: bool) -> Hints {
        Hints {
            is_https,
            has_roots: !self.cacert.is_empty(),
            has_system_roots: self.system_roots,
            has_client_certificate: self.client_cert.is_some(),
            has_proxy_credentials: PROXY_CREDENTIALS.iter().all(|name| env::var_os(name).is_some()),
        }
    }

    /// Returns these options as they are typed.
    pub(crate) fn arguments(&self) -> String {
        let mut words = String::new();
        let mut add = |option: &str, path: &Path| words.push_str(&format!(" {option} {}", file_word(path)));
        self.cacert.iter().for_each(|path| add("--cacert", path));
        self.client_cert.iter().for_each(|path| add("--client-cert", path));
        self.client_key.iter().for_each(|path| add("--client-key", path));
        if let Some(Ok(proxy)) = &self.proxy {
            words.push_str(&format!(" --proxy {}", shell_word(proxy.to_string())));
        }
        if self.system_roots {
            words.push_str(" --system-roots");
        }
        let timeouts = [("--connect-timeout", self.connect_timeout), ("--timeout", self.timeout)];
        for (option, timeout) in timeouts {
            if let Some(timeout) = timeout {
                words.push_str(&format!(" {option} {}", timeout.as_secs_f64()));
            }
        }
        words
    }
}

fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, Box<dyn Error>> {
    let mut content = Zeroizing::new(Vec::new());
    private_file::open(path)?.read_to_end(&mut content)?;
    Ok(content)
}

/// Reads the URL, and never fails: clap would repeat it, and it may hold a password.
fn read_proxy(url: &str) -> Result<Result<Proxy, InvalidProxy>, Infallible> {
    Ok(Proxy::new(url))
}

fn refused(error: InvalidProxy) -> String {
    match error {
        InvalidProxy::Userinfo => format!("--proxy: {error}, by {}", PROXY_CREDENTIALS.join(" and ")),
        error => format!("--proxy: {error}"),
    }
}

fn with_credentials(proxy: Proxy) -> Result<Proxy, Box<dyn Error>> {
    match PROXY_CREDENTIALS.map(env::var_os) {
        [None, None] => Ok(proxy),
        [Some(user), Some(password)] => {
            let password = password.into_string().map(Zeroizing::new);
            let (Ok(user), Ok(password)) = (user.into_string(), password) else {
                return Err("the proxy's user or password is not UTF-8 text: set it again".into());
            };
            Ok(proxy.basic_auth(&user, &password)?)
        }
        _ => Err(format!("the environment sets one of {}: set both", PROXY_CREDENTIALS.join(" and ")).into()),
    }
}

fn about(option: &str, path: &Path, error: &(impl Display + ?Sized)) -> String {
    format!("{option} {}: {error}", path.display())
}
