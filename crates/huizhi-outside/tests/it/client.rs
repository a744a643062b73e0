//! What comes back is held within limits, whatever a server does.

use std::time::Duration;

use huizhi_outside::{Call, CallError, Limits, SystemResolver};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::{Raw, Script, client, here};

fn small() -> Limits {
    Limits { connect: Duration::from_secs(2), whole: Duration::from_secs(2), answer_bytes: 1000 }
}

async fn told(server: &Raw) -> Result<u16, CallError> {
    let caller = client(vec![here("127.0.0.1", server.address.port())], small(), Arc::new(SystemResolver));
    caller.call(Call::get(server.url("/secret-path"))).await.map(|answer| answer.status.as_u16())
}

#[tokio::test]
async fn what_the_operator_allows_is_called_by_number_and_by_name() {
    let server = Raw::start("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(told(&server).await.unwrap(), 204);
    let port = server.address.port();
    let caller = client(vec![here("relay.city.example", port)], small(), Script::new(&[&["127.0.0.1"]]));
    let answer = caller.call(Call::get(format!("http://relay.city.example:{port}/"))).await.unwrap();
    assert_eq!(answer.status, 204);
    // Not at another port, and no other host.
    for address in ["http://relay.city.example:1/", "https://relay.city.example/", "http://other.city.example/"] {
        assert!(matches!(caller.call(Call::get(address.to_owned())).await, Err(CallError::Address(_))), "{address}");
    }
    assert_eq!(server.came(), 2);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let inside = Raw::start("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let answer = format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", inside.url("/"));
    let server = Raw::start(answer).await;
    assert_eq!(told(&server).await.unwrap(), 302);
    assert_eq!(inside.came(), 0);
}

#[tokio::test]
async fn long_answers_are_cut_off_whether_they_say_their_length_or_not() {
    for answer in [
        format!("HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{}", "x".repeat(2000)),
        format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2000)),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n", "x".repeat(2000)),
    ] {
        let server = Raw::start(answer).await;
        assert!(matches!(told(&server).await, Err(CallError::TooLong { .. })));
    }
    let server = Raw::start(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1000))).await;
    assert_eq!(told(&server).await.unwrap(), 200);
}

#[tokio::test]
async fn silence_nonsense_and_broken_lines_are_told_apart() {
    let silent = Raw::behave(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let dripping = Raw::behave(|mut stream| async move {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let closing = Raw::behave(|stream| async move { drop(stream) }).await;
    let no_http = Raw::start("220 mail.example ESMTP\r\n").await;
    let half = Raw::start("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    for (server, code) in
        [(&silent, "time-out"), (&dripping, "time-out"), (&closing, "broken"), (&no_http, "broken"), (&half, "broken")]
    {
        let error = told(server).await.err().unwrap();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let nobody = client(vec![here("127.0.0.1", 1)], small(), Arc::new(SystemResolver));
    let error = nobody.call(Call::get("http://127.0.0.1:1/".to_owned())).await.err().unwrap();
    assert_eq!(error.code(), "connect", "{error}");
}

#[tokio::test]
async fn a_server_without_tls_where_tls_is_asked_is_no_connection() {
    let server = Raw::start("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let port = server.address.port();
    let caller = client(vec![here("127.0.0.1", port)], small(), Arc::new(SystemResolver));
    let error = caller.call(Call::get(format!("https://127.0.0.1:{port}/"))).await.err().unwrap();
    assert_eq!(error.code(), "connect", "{error}");
}
