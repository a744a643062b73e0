//! The sealed files in a bucket: a real S3 server, with real signatures, in this process.

use huizhi_domain::clock::Zone;
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::Role;
use huizhi_store::{Blobs, Bucket, Keys, OsEntropy, Settings, Store, StoreError};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{Bench, on_both};

/// Starts a server on a folder of the bench; gives the bucket and how to stop it.
async fn serve(bench: &Bench, secret_key: &str) -> (Bucket, JoinHandle<()>) {
    let folder = bench.folder.path().join("s3");
    std::fs::create_dir_all(folder.join("photos")).unwrap();
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(&folder).unwrap());
    service.set_auth(SimpleAuth::from_single("city", "right secret"));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            connections.spawn(async move {
                let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    let (name, region, access_key) = ("photos".to_owned(), "cn-south".to_owned(), "city".to_owned());
    (Bucket { endpoint, name, region, access_key, secret_key: secret_key.to_owned() }, server)
}

async fn store(bench: &Bench, bucket: &Bucket) -> Store {
    Store::open(Settings {
        place: bench.place.clone(),
        blobs: Blobs::s3(bucket).unwrap(),
        keys: Keys::in_folder(&bench.folder.path().join("keys")).unwrap(),
        clock: bench.clock.clone(),
        entropy: Box::new(OsEntropy),
        zone: Zone::CHINA,
        issuer: "HZ".parse().unwrap(),
    })
    .await
    .unwrap()
}

#[test]
fn a_receipt_comes_to_be_with_its_photo_in_a_bucket() {
    on_both(|mut bench| async move {
        let (bucket, _server) = serve(&bench, "right secret").await;
        bench.store = store(&bench, &bucket).await;
        let one = bench.staff("one", Role::Reviewer).await;
        let (order, _) = bench.waiting("a").await;
        bench.decide_next(&one, Opinion::Accept).await;
        assert_eq!(bench.issue().await, 1);
        assert_eq!(bench.store.receipt_photo(order.id).await.unwrap().unwrap(), b"id photo a");
        bench.store.delete_photos(order.id).await.unwrap();
        assert_eq!(bench.store.receipt_photo(order.id).await.unwrap(), None);
        let left = std::fs::read_dir(bench.folder.path().join("s3/photos")).unwrap().flatten();
        let left: Vec<_> = left.filter(|entry| entry.file_type().unwrap().is_file()).collect();
        assert!(left.is_empty(), "{left:?}");
    });
}

#[test]
fn a_bucket_that_refuses_leaves_nothing_half_done() {
    on_both(|mut bench| async move {
        let (bucket, _server) = serve(&bench, "wrong secret").await;
        bench.store = store(&bench, &bucket).await;
        let order = bench.draft().await;
        let sent = bench.store.receive_photo(order.id, b"photo").await;
        assert!(matches!(sent, Err(StoreError::Blob { .. })), "{sent:?}");
        assert!(bench.store.photos(order.id).await.unwrap().is_empty());
    });
}
