//! Microsoft's service, played: signed pins, and lists of revoked certificates that are fetched when they are missed.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use base64::Engine as _;
use http::Method;
use server::admin::api::{PinsAnswer, SignerRequest};
use server::config::UpstreamConfig;
use testkit::publisher::Publisher;
use testkit::tls::{Authority, Order};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{point, synchronise, synchronise_in_vain, upstream};
use crate::harness::{Estate, drafts};

/// A name that pins can be for.
const HOST: &str = "localhost";

/// Serves lists over plain HTTP: `/root` and `/update`.
struct Shelf {
    url: String,
    lists: Arc<Mutex<[Option<Vec<u8>>; 2]>>,
}

impl Shelf {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let lists: Arc<Mutex<[Option<Vec<u8>>; 2]>> = Arc::default();
        let serving = Arc::clone(&lists);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut head = vec![0; 4_096];
                let bytes = socket.read(&mut head).await.unwrap_or(0);
                let place = usize::from(!String::from_utf8_lossy(&head[..bytes]).starts_with("GET /root"));
                let list = serving.lock().unwrap()[place].clone();
                let (status, body) = list.map_or((404, Vec::new()), |list| (200, list));
                let head =
                    format!("HTTP/1.1 {status} Thus\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = socket.write_all(&[head.as_bytes(), &body].concat()).await;
            }
        });
        Self { url, lists }
    }

    fn put(&self, root: Option<Vec<u8>>, update: Option<Vec<u8>>) {
        *self.lists.lock().unwrap() = [root, update];
    }
}

/// Pins for the host, signed by a key that is trusted.
async fn import(estate: &Estate, root: &Authority, issuers: [&Authority; 2]) {
    let authority = |name: &str, authority: &Authority| {
        let certificate = base64::prelude::BASE64_STANDARD.encode(authority.der());
        serde_json::json!({ "name": name, "certificate": certificate })
    };
    let text = serde_json::json!({
        "version": 7, "not_before": "2020-01-01T00:00:00Z", "not_after": "2100-01-01T00:00:00Z",
        "upstreams": [{ "hosts": [HOST], "roots": [authority("root", root)],
            "intermediates": [authority("update", issuers[0]), authority("backup", issuers[1])] }],
    });
    let key = trust::SigningKey::generate();
    let signer = SignerRequest { signer: key.verifying_key().fingerprint(), is_trusted: true };
    let _: PinsAnswer = estate.api(Method::POST, "/api/v1/upstream/pins/signers", &signer).await;
    let file = pins::PinSet::sign(text.to_string().as_bytes(), &key).unwrap();
    let (status, body) = estate.try_api(Method::POST, "/api/v1/upstream/pins", Body::from(file)).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
}

#[tokio::test]
async fn lists_are_fetched_when_they_are_missed_and_heeded() {
    let shelf = Shelf::open().await;
    let root = Authority::root("Played Root 2011");
    let update = root.below_listed("Played Update Server CA", &format!("{}/root", shelf.url));
    let backup = root.below_listed("Played Update Server CA 2", &format!("{}/root", shelf.url));
    let order = Order::server(HOST).listed_at(&format!("{}/update", shelf.url));
    let credentials = update.issue(&order);
    let publisher = Publisher::start_tls(([127, 0, 0, 1], 0).into(), drafts(), credentials.clone()).await.unwrap();
    let url = format!("https://{HOST}:{}", publisher.address().port());
    let settings = UpstreamConfig { kind: sync::Kind::Microsoft, ..upstream(&url) };

    let estate = Estate::start().await;
    import(&estate, &root, [&update, &backup]).await;
    point(&estate, &settings).await;
    let message = synchronise_in_vain(&estate).await;
    assert!(message.contains("no list of revoked certificates tells"), "{message}");
    shelf.put(Some(b"garbage".to_vec()), Some(update.list(&[], 2030)));
    let message = synchronise_in_vain(&estate).await;
    assert!(message.contains("no list of revoked certificates tells"), "{message}");
    let forged = Authority::root("Played Root 2011");
    shelf.put(Some(forged.list(&[], 2030)), Some(update.list(&[], 2030)));
    let message = synchronise_in_vain(&estate).await;
    assert!(message.contains("not signed by who issued the chain"), "{message}");
    assert_eq!(publisher.asked(), [], "nothing was said to it");

    shelf.put(Some(root.list(&[], 2090)), Some(update.list(&[], 2090)));
    assert!(synchronise(&estate).await > 0);
    // They are kept while they are good.
    shelf.put(None, None);
    synchronise(&estate).await;

    let estate = Estate::start().await;
    import(&estate, &root, [&update, &backup]).await;
    point(&estate, &settings).await;
    shelf.put(Some(root.list(&[], 2090)), Some(update.list(&[credentials.serial()], 2090)));
    let message = synchronise_in_vain(&estate).await;
    assert!(message.contains("was revoked by who issued it"), "{message}");
    assert!(!message.contains("--accept-pin"), "nobody can accept that: {message}");
}

#[tokio::test]
async fn a_folder_of_lists_serves_as_well_and_what_is_no_list_is_left_out() {
    let root = Authority::root("Played Root 2011");
    let (update, backup) = (root.below("Played Update Server CA"), root.below("Played Update Server CA 2"));
    let credentials = update.issue(&Order::server(HOST));
    let publisher = Publisher::start_tls(([127, 0, 0, 1], 0).into(), drafts(), credentials).await.unwrap();
    let url = format!("https://{HOST}:{}", publisher.address().port());
    let folder = tempfile::tempdir().unwrap();
    for (name, list) in
        [("root.crl", root.list(&[], 2090)), ("update.crl", update.list(&[], 2090)), ("readme.txt", b"lists".to_vec())]
    {
        std::fs::write(folder.path().join(name), list).unwrap();
    }
    let crls = folder.path().to_owned();
    let estate = Estate::with(|config| config.tls.crls = Some(crls)).await;
    import(&estate, &root, [&update, &backup]).await;
    point(&estate, &UpstreamConfig { kind: sync::Kind::Microsoft, ..upstream(&url) }).await;
    assert!(synchronise(&estate).await > 0);
}
