//! Which option a message names if a network is in the way.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::thread;

use crate::command::{at, run};
use crate::connect_proxy::{ConnectProxy, Tunnel};
use crate::network::{PASSWORD, commands, sandbox, shown, write};
use crate::tls_front::{Authority, TlsFront, config};

/// Refuses in HTTP, as nginx does if there is no client certificate, and says where.
fn server_of_400() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let _ = client.read(&mut [0; 64 * 1024]).unwrap();
            let page = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
            client.write_all(page.as_bytes()).unwrap();
        }
    });
    address.to_string()
}

#[test]
fn a_server_that_wants_a_client_certificate_is_noticed_however_it_refuses() {
    let (sandbox, authority, clients) = (sandbox(), Authority::new(), Authority::new());
    let folder = tempfile::tempdir().unwrap();
    let ca = write(folder.path(), "ca.pem", &authority.pem());
    let (own, of_a_namesake) = (clients.client(), Authority::new().client());
    let of_a_namesake =
        write(folder.path(), "other.pem", &format!("{}{}", of_a_namesake.certificate, of_a_namesake.key));
    let self_signed = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    let self_signed = format!("{}{}", self_signed.cert.pem(), self_signed.signing_key.serialize_pem());
    let self_signed = write(folder.path(), "self-signed.pem", &self_signed);
    let own = write(folder.path(), "own.pem", &format!("{}{}", own.certificate, own.key));
    let query = |front: &TlsFront, options: &[&Path]| {
        let mut command = at(&front.base_url());
        command.args(["query", "A", "--cacert"]).arg(&ca);
        options.iter().for_each(|path| {
            command.arg("--client-cert").arg(path);
        });
        run(&mut command)
    };
    let fronts = [
        TlsFront::start(&sandbox, &authority, Some(&clients)),
        TlsFront::start_with_tls_12(&sandbox, &authority, Some(&clients)),
    ];
    for front in &fronts {
        let without = query(front, &[]);
        assert!(without.stderr.contains("may want a client certificate: name one with --client-cert"), "{without:?}");
        for other in [&of_a_namesake, &self_signed] {
            let refused = query(front, &[other]);
            assert!(
                refused.stderr.contains("another client certificate than the one that --client-cert names"),
                "{refused:?}"
            );
        }
        assert!(sandbox.requests().is_empty());
    }
    for front in &fronts {
        assert_eq!(query(front, &[&own]).code, 0);
    }
    let in_http = TlsFront::start_to(&server_of_400(), config(&authority, None, rustls::DEFAULT_VERSIONS));
    let without = query(&in_http, &[]);
    assert!(without.stderr.contains("may want a client certificate"), "{without:?}");
    for mut command in commands(&in_http.base_url(), folder.path()).into_iter().take(3) {
        let without = run(command.arg("--cacert").arg(&ca));
        assert!(shown(&without).contains("may want a client certificate"), "{without:?}");
    }
    assert!(!shown(&query(&in_http, &[&own])).contains("--client-cert"));
    let in_clear_text = run(at(&format!("http://{}", server_of_400())).args(["query", "A"]));
    assert!(!shown(&in_clear_text).contains("--client-cert"), "{in_clear_text:?}");
}

#[test]
fn an_authoritys_own_certificate_cannot_be_a_servers() {
    let (sandbox, authority, folder) = (sandbox(), Authority::new(), tempfile::tempdir().unwrap());
    let front = TlsFront::start_with_own(&sandbox, &authority);
    let ca = write(folder.path(), "ca.pem", &authority.pem());
    for options in [vec![], vec![Path::new("--cacert"), &ca]] {
        let refused = run(at(&front.base_url()).args(["query", "A"]).args(options));
        assert_eq!(refused.code, 4, "{refused:?}");
        assert!(refused.stderr.contains("have the server use one that the authority issued"), "{refused:?}");
    }
}

#[test]
fn an_option_that_is_given_already_is_named_as_such() {
    let (sandbox, authority, folder) = (sandbox(), Authority::new(), tempfile::tempdir().unwrap());
    let front = TlsFront::start(&sandbox, &authority, None);
    let other = write(folder.path(), "other.pem", &Authority::new().pem());
    let other = other.to_str().unwrap();
    for (options, advice) in [
        (&[][..], "of a private authority, name that with --cacert, or use --system-roots"),
        (
            &["--cacert", other],
            "of another authority than --cacert names, name that with --cacert too, or use --system-roots",
        ),
        (&["--system-roots"], "of an authority that the system does not trust, name that with --cacert\n"),
        (
            &["--cacert", other, "--system-roots"],
            "of another authority than --cacert names, name that with --cacert too\n",
        ),
    ] {
        let refused = run(at(&front.base_url()).args(["query", "A"]).args(options).env("SSL_CERT_FILE", other));
        assert!(refused.stderr.contains(advice), "{options:?}: {refused:?}");
    }
    let proxy = ConnectProxy::start(|_| Tunnel::Refuse(407));
    let mut query = at(&sandbox.base_url());
    query.args(["query", "A", "--proxy", &proxy.url()]);
    let without = run(&mut query);
    assert!(without.stderr.contains("set BAMBORA_PROXY_USER"), "{without:?}");
    let with_others = run(query.env("BAMBORA_PROXY_USER", "shop").env("BAMBORA_PROXY_PASSWORD", PASSWORD));
    assert!(with_others.stderr.contains("other credentials than those in BAMBORA_PROXY_USER"), "{with_others:?}");
}

#[test]
fn an_address_where_nobody_is_leads_to_the_options_that_name_addresses() {
    let sandbox = sandbox();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let nobody = "127.0.0.1:1";
    let query = |base_url: &str, options: &[&str]| run(at(base_url).args(["query", "A"]).args(options));
    for (proxy, advice) in [
        (silent.as_str(), "check --proxy; if the proxy is only slow, use a longer --connect-timeout"),
        (&format!("http://{nobody}"), "check --proxy\n"),
    ] {
        let refused = query(&sandbox.base_url(), &["--proxy", proxy, "--connect-timeout", "0.2"]);
        assert_eq!(refused.code, 4, "{refused:?}");
        assert!(refused.stderr.contains(advice), "{refused:?}");
    }
    // Nobody can register this name.
    let unknown = query("https://payments.example", &["--proxy", "http://proxy.invalid:3128"]);
    assert!(unknown.stderr.contains("check --proxy"), "{unknown:?}");
    let behind_a_firewall = query(&format!("https://{nobody}"), &[]);
    assert!(behind_a_firewall.stderr.contains("name that with --proxy"), "{behind_a_firewall:?}");
    let of_this_machine = query(&format!("http://{nobody}"), &[]);
    assert!(!shown(&of_this_machine).contains("--proxy"), "{of_this_machine:?}");
}
