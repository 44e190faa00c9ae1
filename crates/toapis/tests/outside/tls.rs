//! Real handshakes: the ways of adding a CA, HTTP/2, certificates that are not good, hosts of pictures, handshakes that break off.

use axum::http::Version;
use toapis::{Client, ClientBuilder, ErrorKind, ImageRequest};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::origin::{Authority, Origin, PNG, Seen, service};

/// Far enough ahead.
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
async fn a_ca_that_was_added_is_trusted_for_the_api_and_for_the_pictures() {
    let authority = Authority::new();
    let origin = trusted(&authority, BOTH).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    // A bundle as companies hand it out: with words around it, and more than one in it.
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
        let saved = folder.path().join(format!("{number}.png"));
        done.images()[0].save(&saved).await.unwrap();
        assert_eq!(std::fs::read(saved).unwrap(), PNG);
    }
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered_and_http_1_where_it_is_not() {
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
async fn a_certificate_that_is_not_good_is_told_as_such_and_nothing_is_sent() {
    let (ours, stranger) = (Authority::new(), Authority::new());
    for (name, until, trusted, says) in [
        ("wrong.example", GOOD, Some(&ours), "not valid for name"),
        ("127.0.0.1", 2021, Some(&ours), "expired"),
        // A CA of the same name, which did not sign it.
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
fn a_root_certificate_that_is_none_is_told_when_the_client_is_built() {
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
async fn a_picture_of_a_host_that_is_not_trusted_leaves_no_file() {
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
    let folder = tempfile::tempdir().unwrap();
    let error = done.images()[0]
        .save(folder.path().join("a.png"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(files.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_breaks_the_handshake_off_was_sent_nothing_and_is_tried_again() {
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
