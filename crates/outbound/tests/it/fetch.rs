use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chancery_kernel::Secret;
use chancery_outbound::{NetFault, Outbound, Request, Settings};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{Scripted, Told, local, settings};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-told: yes\r\n\r\nhi";

#[tokio::test]
async fn a_request_is_sent_as_it_was_written_and_its_answer_read() {
    let server = Scripted::saying(OK).await;
    let request = Request::post(server.url("/a?b=c")).bearer(&Secret::new("t0ken")).unwrap();
    let answer = local().send(request.json(&"x").unwrap()).await.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.header("x-told")), (200, &b"hi"[..], Some("yes")));
    let heard = server.heard.lock().unwrap()[0].clone();
    assert!(heard.starts_with("POST /a?b=c HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains(&format!("host: {}\r\n", server.address)), "{heard}");
    assert!(heard.contains("authorization: Bearer t0ken\r\n") && heard.contains("user-agent: Chancery/"));
    assert!(heard.ends_with("\r\n\r\n\"x\""), "{heard}");
}

#[tokio::test]
async fn our_own_network_is_refused_and_hears_nothing() {
    let server = Scripted::saying(OK).await;
    let outbound = Outbound::new(Settings { plain: settings().plain, ..Settings::default() }).unwrap();
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001", "127.1", "0.0.0.0"] {
        let refused = outbound.send(Request::get(format!("http://{host}:{port}/"))).await.unwrap_err();
        assert!(matches!(refused, NetFault::Refused { .. }), "{host}: {refused}");
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_asked_once() {
    let server = Scripted::saying(OK).await;
    let asked = Arc::new(AtomicUsize::new(0));
    // At first it stands for somebody else's address; whoever resolved it again would be led here.
    let names = Told(vec![vec!["203.0.113.7".parse().unwrap()], vec![server.address.ip()]], asked.clone());
    let open = Settings { allow: vec!["203.0.113.0/24".parse().unwrap()], ..settings() };
    let open = Settings { patience: Duration::from_millis(300), ..open };
    let outbound = Outbound::with_names(
        Settings { plain: vec!["rebind.example".parse().unwrap()], ..open },
        Box::new(names),
    );
    let url = format!("http://rebind.example:{}/", server.address.port());
    assert!(outbound.unwrap().send(Request::get(url)).await.is_err());
    assert_eq!((asked.load(Ordering::SeqCst), server.calls()), (1, 0));
}

#[tokio::test]
async fn a_name_that_stands_for_ours_among_others_never_leads_to_ours() {
    let server = Scripted::saying(OK).await;
    let names = Told(vec![vec![server.address.ip()]], Arc::default());
    let outbound = Outbound::with_names(
        Settings { plain: vec!["sly.example".parse().unwrap()], ..Settings::default() },
        Box::new(names),
    );
    let url = format!("http://sly.example:{}/", server.address.port());
    let refused = outbound.unwrap().send(Request::get(url)).await.unwrap_err();
    assert!(matches!(refused, NetFault::Refused { .. }), "{refused}");
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn without_tls_nothing_is_sent_unless_that_is_configured() {
    let server = Scripted::saying(OK).await;
    let outbound = Outbound::new(Settings { allow: settings().allow, ..Settings::default() }).unwrap();
    let refused = outbound.send(Request::get(server.url("/"))).await.unwrap_err();
    assert!(matches!(refused, NetFault::Plain { .. }), "{refused}");
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_goes_there() {
    let elsewhere = Scripted::saying(OK).await;
    let location =
        format!("HTTP/1.1 307 Go\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url("/stolen"));
    let server = Scripted::saying(location).await;
    let request = Request::post(server.url("/")).bearer(&Secret::new("t0ken")).unwrap();
    assert_eq!(local().send(request).await.unwrap().status, 307);
    assert_eq!(elsewhere.calls(), 0);
}

#[tokio::test]
async fn what_is_too_large_or_too_slow_is_cut_off() {
    let outbound = Outbound::new(Settings { patience: Duration::from_millis(400), ..settings() }).unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(20_000));
    let body = format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{}", "x".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(100));
    for large in [head, body, many] {
        let server = Scripted::saying(large).await;
        let fault = outbound.send(Request::get(server.url("/"))).await.unwrap_err();
        assert!(matches!(fault, NetFault::TooLarge { .. } | NetFault::Broken { .. }), "{fault}");
    }
    for slow in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n…"] {
        let server = Scripted::saying(slow).await;
        let began = Instant::now();
        let fault = outbound.send(Request::get(server.url("/"))).await.unwrap_err();
        assert!(matches!(fault, NetFault::TooLong { .. }), "{fault}");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    let server = Scripted::saying("SSH-2.0-OpenSSH_9.2\r\n").await;
    assert!(matches!(outbound.send(Request::get(server.url("/"))).await, Err(NetFault::Broken { .. })));
}

#[tokio::test]
async fn a_header_cannot_smuggle_another_request() {
    let bad = |name: &str, value: &str| Request::get("https://x.example").header(name, value).is_err();
    assert!(
        bad("x", "a\r\nhost: other")
            && bad("x\r\ny", "a")
            && bad("host", "other")
            && bad("transfer-encoding", "chunked")
    );
    assert!(Request::with_method("GET / HTTP/1.1\r\nx:", "https://x.example").is_err());
    assert!(Request::with_method("CONNECT", "https://x.example").is_err());
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let request = Request::post("https://hooks.example/s3cret").bearer(&Secret::new("s3cret")).unwrap();
    let request = request.json(&"s3cret").unwrap();
    assert!(!format!("{request:?}").contains("s3cret"));
    let fault = local().send(Request::get("http://127.0.0.1:9/s3cret?s3cret")).await.unwrap_err();
    assert!(!fault.to_string().contains("s3cret") && fault.to_string().contains("127.0.0.1:9"), "{fault}");
}

/// A server with a certificate of an authority of its own; returns its port and the authority.
async fn encrypted(names: &[&str]) -> (u16, String) {
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut about = rcgen::CertificateParams::default();
    about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = about.self_signed(&authority).unwrap();
    let issuer = rcgen::Issuer::new(about, authority);
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    let leaf = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(OK.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, root.pem())
}

#[tokio::test]
async fn the_other_side_proves_who_it_is() {
    let (port, root) = encrypted(&["hooks.example", "127.0.0.1"]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    std::fs::write(&file, root).unwrap();
    let here = || Box::new(Told(vec![vec!["127.0.0.1".parse().unwrap()]], Arc::default()));
    let trusting =
        || Settings { authorities: Some(file.clone()), allow: settings().allow, ..Settings::default() };
    let outbound = Outbound::with_names(trusting(), here()).unwrap();
    let call = async |outbound: &Outbound, host: &str| {
        outbound.send(Request::get(format!("https://{host}:{port}/"))).await.map(|answer| answer.status)
    };
    assert_eq!(call(&outbound, "hooks.example").await, Ok(200));
    assert_eq!(call(&outbound, "127.0.0.1").await, Ok(200));
    let other = call(&outbound, "other.example").await;
    assert!(matches!(other, Err(NetFault::Tls { .. })), "{other:?}");
    let stranger =
        Outbound::with_names(Settings { allow: settings().allow, ..Settings::default() }, here()).unwrap();
    assert!(matches!(call(&stranger, "hooks.example").await, Err(NetFault::Tls { .. })));
}

#[tokio::test]
async fn a_file_of_authorities_that_holds_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    std::fs::write(&file, "nothing").unwrap();
    let settings = Settings { authorities: Some(file), ..Settings::default() };
    assert!(matches!(Outbound::new(settings), Err(NetFault::Authorities { .. })));
}
