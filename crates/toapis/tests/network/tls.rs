//! TLS: added CAs, HTTP/2, invalid certificates, file hosts, aborted handshakes.

use axum::http::Version;
use toapis::{Client, ClientBuilder, ErrorKind, ImageRequest};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use toapis_test_support::images::PNG;

use crate::origin::{Authority, Origin, Seen, service};

/// The last year of validity of a valid certificate.
const GOOD: i32 = 2090;
const BOTH: &[&str] = &["h2", "http/1.1"];

fn at(origin: &Origin) -> ClientBuilder {
    Client::builder().api_key("sk-test").base_url(&origin.url)
}

async fn trusted(authority: &Authority, protocols: &[&str]) -> Origin {
    let files = Origin::tls(authority.issue("127.0.0.1", GOOD), protocols, |asked| {
        service(asked, "")
    })
    .await;
    let url = files.url.clone();
    let certificate = authority.issue("127.0.0.1", GOOD);
    Origin::tls(certificate, protocols, move |asked| service(asked, &url)).await
}

#[tokio::test]
async fn added_ca_is_trusted_for_api_and_images() {
    let authority = Authority::new();
    let origin = trusted(&authority, BOTH).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    // A typical bundle: comments and more than one certificate.
    let bundle = format!("Our CAs\n{}\n{}", Authority::new().pem(), authority.pem());
    std::fs::write(&file, bundle).unwrap();
    for (number, builder) in [
        at(&origin).add_root_certificate(authority.pem()),
        at(&origin).add_root_certificate(authority.der()),
        at(&origin).add_root_certificate_file(&file),
    ]
    .into_iter()
    .enumerate()
    {
        let client = builder.build().unwrap();
        let done = client.images().generate("A cat").await.unwrap();
        let saved = dir.path().join(format!("{number}.png"));
        done.images()[0].save(&saved).await.unwrap();
        assert_eq!(std::fs::read(saved).unwrap(), PNG);
    }
}

#[tokio::test]
async fn http_version_is_negotiated() {
    let authority = Authority::new();
    for (offered, spoken) in [
        (BOTH, Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ] {
        let origin = trusted(&authority, offered).await;
        let client = at(&origin)
            .add_root_certificate(authority.pem())
            .build()
            .unwrap();
        client.images().submit("A cat").await.unwrap();
        let versions: Vec<_> = origin.seen().iter().map(Seen::version).collect();
        assert_eq!(versions, [spoken], "{offered:?}");
    }
}

#[tokio::test]
async fn invalid_certificate_is_reported_and_nothing_is_sent() {
    let (ours, stranger) = (Authority::new(), Authority::new());
    for (name, until, trusted, says) in [
        ("wrong.example", GOOD, Some(&ours), "not valid for name"),
        ("127.0.0.1", 2021, Some(&ours), "expired"),
        // A CA with the same name that did not sign it.
        ("127.0.0.1", GOOD, Some(&stranger), "BadSignature"),
        ("127.0.0.1", GOOD, None, "UnknownIssuer"),
    ] {
        let origin = Origin::tls(ours.issue(name, until), BOTH, |asked| service(asked, "")).await;
        let mut builder = at(&origin);
        if let Some(authority) = trusted {
            builder = builder.add_root_certificate(authority.pem());
        }
        let client = builder.build().unwrap();
        let error = client.images().submit("A cat").await.unwrap_err();
        assert!(
            error.kind() == ErrorKind::Connect && error.outcome().unwrap().is_rejected(),
            "{error:?}"
        );
        assert!(error.message().contains(says), "{says}: {error}");
        assert_eq!(
            error.attempts(),
            1,
            "the next handshake would fail as well: {error}"
        );
        assert!(origin.seen().is_empty());
    }
}

#[test]
fn invalid_root_certificate_is_rejected_by_build() {
    let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    for bytes in ["", "no certificate", broken] {
        let builder = Client::builder()
            .api_key("sk-1")
            .add_root_certificate(bytes);
        let error = builder.build().unwrap_err();
        assert!(
            error.kind() == ErrorKind::Config && error.message().contains("root certificate"),
            "{error}"
        );
    }
    let builder = Client::builder().api_key("sk-1");
    let error = builder
        .add_root_certificate_file("/no/such.pem")
        .build()
        .unwrap_err();
    assert!(error.message().contains("/no/such.pem"), "{error}");
}

#[tokio::test]
async fn untrusted_file_host_leaves_no_file() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let files = Origin::tls(unknown.issue("127.0.0.1", GOOD), BOTH, |asked| {
        service(asked, "")
    })
    .await;
    let url = files.url.clone();
    let certificate = known.issue("127.0.0.1", GOOD);
    let origin = Origin::tls(certificate, BOTH, move |asked| service(asked, &url)).await;
    let client = at(&origin)
        .add_root_certificate(known.pem())
        .retry_policy(toapis::RetryPolicy::default().max_attempts(1))
        .build()
        .unwrap();
    let done = client.images().generate("A cat").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = done.images()[0]
        .save(dir.path().join("a.png"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert!(files.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn aborted_handshake_is_retried_and_means_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let hellos = tokio::spawn(async move {
        let mut hellos = Vec::new();
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = vec![0; 4096];
            let length = stream.read(&mut hello).await.unwrap();
            hellos.push(hello[..length].to_vec());
        }
        hellos
    });
    let client = Client::builder()
        .api_key("sk-test")
        .base_url(url)
        .retry_policy(toapis::RetryPolicy::default().max_attempts(3))
        .build()
        .unwrap();
    let error = client
        .images()
        .submit(ImageRequest::new("A cat"))
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::Connect && error.outcome().unwrap().is_rejected(),
        "{error}"
    );
    assert_eq!(error.attempts(), 3);
    for hello in hellos.await.unwrap() {
        assert_eq!(hello[..2], [0x16, 0x03], "a handshake and nothing else");
        assert!(!hello.windows(7).any(|window| window == b"sk-test"));
    }
}
