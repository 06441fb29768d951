//! Networks as companies have them: private authorities, client certificates, proxies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bambora_sandbox::Sandbox;

use crate::command::{Run, at, run};
use crate::connect_proxy::{ConnectProxy, Tunnel};
use crate::tls_front::{Authority, TlsFront};

pub(crate) const PASSWORD: &str = "PASSWORDPLANTED";

pub(crate) fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    for reference in ["A", "B", "C", "D"] {
        sandbox.authorize_amount(reference, 5_000, "EUR");
    }
    sandbox
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path
}

/// Every command that talks to the API, each on a payment of its own.
pub(crate) fn commands(base_url: &str, folder: &Path) -> Vec<Command> {
    [
        &["query", "A"][..],
        &["cancel", "A", "--no-retry", "--deadline", "1"],
        &["capture", "B", "--amount", "10", "--key", "K", "--deadline", "1"],
        &["cancel", "C", "--journal", "night.journal", "--outage-limit", "0.2"],
        &["resume", "night.journal", "--outage-limit", "0.2"],
    ]
    .into_iter()
    .map(|arguments| {
        let mut command = at(base_url);
        command.args(arguments).current_dir(folder);
        command
    })
    .collect()
}

pub(crate) fn shown(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

#[test]
fn a_private_authority_is_named_or_the_message_names_the_option() {
    let (sandbox, authority, folder) = (sandbox(), Authority::new(), tempfile::tempdir().unwrap());
    let front = TlsFront::start(&sandbox, &authority, None);
    let other = write(folder.path(), "other.pem", &Authority::new().pem());
    for options in [vec![], vec!["--cacert".into(), other]] {
        for mut command in commands(&front.base_url(), folder.path()) {
            let refused = run(command.args(&options));
            assert_eq!(refused.code, 4, "{command:?}: {refused:?}");
            assert!(shown(&refused).contains("--cacert"), "{command:?}: {refused:?}");
        }
    }
    assert!(sandbox.requests().is_empty());
    let pem = write(folder.path(), "ca.pem", &authority.pem());
    for mut command in commands(&front.base_url(), folder.path()) {
        let trusted = run(command.arg("--cacert").arg(&pem));
        assert_eq!(trusted.code, 0, "{command:?}: {trusted:?}");
    }
    // The system's store, which is another one for this process.
    let system = run(at(&front.base_url()).args(["cancel", "D", "--system-roots"]).env("SSL_CERT_FILE", &pem));
    assert_eq!(system.code, 0, "{system:?}");
    // A directory makes up for the system's, and not for a file that was named.
    let mut query = at(&front.base_url());
    query.args(["query", "A", "--system-roots"]).env("SSL_CERT_DIR", folder.path());
    assert_eq!(run(&mut query).code, 0);
    let no_file = run(query.env("SSL_CERT_FILE", "/nowhere"));
    assert_eq!(no_file.code, 2, "{no_file:?}");
    assert!(no_file.stderr.contains("--system-roots: ") && no_file.stderr.contains("/nowhere"), "{no_file:?}");
    assert!(sandbox.is_canceled("A") && sandbox.is_canceled("C") && sandbox.is_canceled("D"));
    assert_eq!(sandbox.captured("B"), 10);
}

#[test]
fn a_client_certificate_is_shown_and_its_key_is_read_only_where_nobody_else_can() {
    let (sandbox, authority, clients) = (sandbox(), Authority::new(), Authority::new());
    let folder = tempfile::tempdir().unwrap();
    let front = TlsFront::start(&sandbox, &authority, Some(&clients));
    let certified = clients.client();
    let ca = write(folder.path(), "ca.pem", &authority.pem());
    let certificate = write(folder.path(), "shop.pem", &certified.certificate);
    let key = write(folder.path(), "shop.key", &certified.key);
    let both = write(folder.path(), "both.pem", &format!("{}{}", certified.certificate, certified.key));
    let cancel = |reference: &str, options: &[&Path]| {
        let mut command = at(&front.base_url());
        command.args(["cancel", reference, "--no-retry", "--deadline", "1", "--cacert"]).arg(&ca);
        for (name, value) in ["--client-cert", "--client-key"].into_iter().zip(options) {
            command.arg(name).arg(value);
        }
        run(&mut command)
    };
    let without = cancel("A", &[]);
    assert!(matches!(without.code, 4 | 5), "{without:?}");
    assert!(shown(&without).contains("--client-cert"), "{without:?}");
    assert!(sandbox.requests().is_empty());
    assert_eq!(cancel("A", &[&certificate, &key]).code, 0);
    assert_eq!(cancel("B", &[&both]).code, 0);
    for (options, cause) in [
        (&[certificate.as_path()][..], "there is no private key"),
        (&[&key, &key], "the client certificate cannot be used"),
        (&[Path::new("/nowhere")], "--client-cert /nowhere"),
    ] {
        let refused = cancel("C", options);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(cause), "{cause}: {refused:?}");
    }
    #[cfg(unix)]
    {
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let open = cancel("C", &[&certificate, &key]);
        assert_eq!(open.code, 2, "{open:?}");
        assert!(open.stderr.contains("chmod 600"), "{open:?}");
    }
}

#[test]
fn a_pem_file_that_cannot_be_used_is_named_with_its_option() {
    let (sandbox, authority, folder) = (sandbox(), Authority::new(), tempfile::tempdir().unwrap());
    let certified = authority.client();
    let pem = authority.pem();
    let damaged = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned();
    let file = |name: &str, text: &str| write(folder.path(), name, text).to_str().unwrap().to_owned();
    let ca = file("ca.pem", &pem);
    let cut = file("cut.pem", pem.rsplit_once("-----END").unwrap().0);
    let trusted = file("trusted.pem", &format!("{}{pem}", pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE")));
    let no_x509 = file("no-x509.pem", &damaged.replace("PRIVATE KEY", "CERTIFICATE"));
    let certificate = file("shop.pem", &certified.certificate);
    let encrypted = file("encrypted.key", &certified.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    let damaged = file("damaged.key", &damaged);
    let no_key = file("none.key", "none");
    let open = file("open.pem", &certified.certificate);
    #[cfg(unix)]
    fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let another = "if it is in another file, name that with --client-key";
    for (options, named, advice) in [
        (
            &["--cacert", &ca, "--cacert", &cut][..],
            format!("--cacert {cut}: certificate 1 "),
            "give X.509 certificates in PEM",
        ),
        (&["--cacert", &ca, "--cacert", &trusted], format!("--cacert {trusted}: certificate 1 "), "BEGIN CERTIFICATE"),
        (&["--cacert", &no_x509], format!("--cacert {no_x509}: certificate 1 "), "in PEM"),
        (
            &["--client-cert", &certificate, "--client-key", &encrypted],
            format!("--client-key {encrypted}: "),
            "decrypted",
        ),
        (
            &["--client-cert", &certificate, "--client-key", &damaged],
            format!("--client-key {damaged}: "),
            "not supported",
        ),
        (
            &["--client-cert", &certificate, "--client-key", &no_key],
            format!("--client-key {no_key}: "),
            "give one in PEM",
        ),
        (&["--client-cert", &certificate], format!("--client-cert {certificate}: "), another),
        (&["--client-cert", &open], format!("--client-cert {open}: "), another),
    ] {
        let refused = run(at(&sandbox.base_url()).args(["query", "A"]).args(options));
        assert_eq!(refused.code, 2, "{options:?}: {refused:?}");
        assert!(refused.stderr.contains(&named) && refused.stderr.contains(advice), "{options:?}: {refused:?}");
        // The bytes of the file, or of a reader's own words.
        assert!(!refused.stderr.contains("[45, 45") && !refused.stderr.contains("in DER"), "{refused:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_proxy_opens_the_tunnel_and_its_password_does_not_show() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let proxy = ConnectProxy::start(|_| Tunnel::Open);
    for mut command in commands(&sandbox.base_url(), folder.path()) {
        let through = run(command
            .args(["--proxy", &proxy.url()])
            .env("BAMBORA_PROXY_USER", "shop")
            .env("BAMBORA_PROXY_PASSWORD", PASSWORD));
        assert_eq!(through.code, 0, "{command:?}: {through:?}");
        assert!(!shown(&through).contains(PASSWORD), "{through:?}");
    }
    let heads = proxy.heads();
    assert_eq!(heads.len(), sandbox.connections());
    assert!(heads.iter().all(|head| head.contains("proxy-authorization: Basic ")), "{heads:?}");

    let wants_credentials = ConnectProxy::start(|_| Tunnel::Refuse(407));
    let refused = run(at(&sandbox.base_url()).args(["cancel", "D", "--no-retry", "--proxy", &wants_credentials.url()]));
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.stderr.contains("BAMBORA_PROXY_PASSWORD"), "{refused:?}");
    assert!(!sandbox.is_canceled("D"));
    let half =
        run(at(&sandbox.base_url()).args(["cancel", "D", "--proxy", &proxy.url()]).env("BAMBORA_PROXY_USER", "shop"));
    assert_eq!(half.code, 2, "{half:?}");
}

#[test]
fn a_password_in_the_proxys_url_is_refused_and_not_repeated() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    for url in [
        "http://shop:PASSWORDPLANTED@127.0.0.1:1",
        "shop:PASSWORDPLANTED@127.0.0.1:1",
        "http://127.0.0.1:PASSWORDPLANTED",
    ] {
        for mut command in commands(&sandbox.base_url(), folder.path()) {
            let refused = run(command.args(["--proxy", url, "--json"]));
            assert!(!shown(&refused).contains(PASSWORD), "{command:?}: {refused:?}");
            if command.get_args().any(|argument| argument == "resume") {
                continue; // There is no journal to resume.
            }
            assert_eq!(refused.code, 2, "{command:?}: {refused:?}");
            assert_eq!(refused.object()["status"], "usage");
            assert!(refused.stderr.contains("--proxy: "), "{command:?}: {refused:?}");
            let names_variables = refused.stderr.contains("BAMBORA_PROXY_USER and BAMBORA_PROXY_PASSWORD");
            assert_eq!(names_variables, url.contains('@'), "{command:?}: {refused:?}");
        }
    }
    assert!(sandbox.requests().is_empty() && fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn no_credentials_go_to_a_proxy_on_another_machine_in_clear_text() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    for mut command in commands(&sandbox.base_url(), folder.path()) {
        // An address that is nobody's, for documentation.
        let refused = run(command.args(["--proxy", "http://192.0.2.2:3128", "--connect-timeout", "0.2"]));
        assert_eq!(refused.code, 2, "{command:?}: {refused:?}");
        if !command.get_args().any(|argument| argument == "resume") {
            assert!(refused.stderr.contains("--base-url, --proxy: "), "{command:?}: {refused:?}");
        }
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn an_api_that_only_a_proxy_reaches_needs_the_option_that_the_message_names() {
    // Nobody can register this name.
    let base_url = "https://payments.invalid";
    let (sandbox, authority, folder) = (sandbox(), Authority::new(), tempfile::tempdir().unwrap());
    let front = TlsFront::start(&sandbox, &authority, None);
    let proxy = ConnectProxy::start_to(Some(front.address()), |_| Tunnel::Open);
    let ca = write(folder.path(), "ca.pem", &authority.pem());
    for mut command in commands(base_url, folder.path()) {
        let direct = run(command.args(["--connect-timeout", "2", "--cacert"]).arg(&ca));
        assert_eq!(direct.code, 4, "{command:?}: {direct:?}");
        assert!(shown(&direct).contains("name that with --proxy"), "{command:?}: {direct:?}");
    }
    assert!(sandbox.requests().is_empty());
    for mut command in commands(base_url, folder.path()) {
        let through = run(command.args(["--proxy", &proxy.url(), "--cacert"]).arg(&ca));
        assert_eq!(through.code, 0, "{command:?}: {through:?}");
    }
    assert!(sandbox.is_canceled("A") && sandbox.is_canceled("C"));
}

#[test]
fn a_limit_of_time_that_is_too_short_is_named() {
    let sandbox = sandbox();
    let fault: bambora_sandbox::Fault = "skip-then-ok".parse().unwrap();
    sandbox.fault(bambora_sandbox::Operation::Query, "A", fault.held());
    let query = |options: &[&str]| run(at(&sandbox.base_url()).args(["query", "A"]).args(options));
    let late = query(&["--timeout", "0.3"]);
    assert_eq!(late.code, 5, "{late:?}");
    assert!(late.stderr.contains("use a longer --timeout"), "{late:?}");
    sandbox.release();
    for options in [["--timeout", "3", "--connect-timeout", "3"], ["--timeout", "0", "--connect-timeout", "1"]] {
        let wrong = query(&options);
        assert_eq!(wrong.code, 2, "{wrong:?}");
        assert!(wrong.stderr.contains("--connect-timeout, --timeout: "), "{wrong:?}");
    }
}

#[test]
fn timeouts_are_kept_and_the_next_command_has_all_options() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let fault: bambora_sandbox::Fault = "apply-then-ok".parse().unwrap();
    sandbox.fault(bambora_sandbox::Operation::Cancel, "A", fault.held());
    let proxy = ConnectProxy::start(|_| Tunnel::Open);
    sandbox.fault_always(bambora_sandbox::Operation::Query, "skip-then-drop".parse().unwrap());
    let ended = run(at(&sandbox.base_url())
        .args(["cancel", "A", "--journal", "night.journal", "--deadline", "0.5", "--proxy", &proxy.url()])
        .args(["--timeout", "0.3", "--connect-timeout", "0.2"])
        .current_dir(folder.path()));
    assert_eq!(ended.code, 5, "{ended:?}");
    let expected = format!("--proxy {} --connect-timeout 0.2 --timeout 0.3 night.journal", proxy.url());
    assert!(ended.stdout.contains(&expected), "{ended:?}");
    sandbox.recover();
}
