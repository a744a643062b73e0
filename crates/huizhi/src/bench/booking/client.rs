//! A client of our own for the measurement: HTTP/1.1, one connection that is kept, one request at a time. A general one would take more of the
//! two cores than the service that is measured.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A head or body that is longer is none that the service sends here.
const LONGEST: usize = 1 << 20;

/// A connection.
pub struct Client {
    stream: TcpStream,
    /// What was read and belongs to the answer that is being read.
    read: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("connecting to the service")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(4096) })
    }

    /// Sends a request, as it goes over the line, and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|part| part == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let (status, length) = parts(self.read.get(..head).unwrap_or_default())?;
        while self.read.len() < head + length {
            self.more().await?;
        }
        let body = self.read.get(head..head + length).unwrap_or_default().to_vec();
        self.read.drain(..head + length);
        Ok(Answer { status, body })
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.read.len() < LONGEST, "an answer of more than {LONGEST} bytes");
        ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the service closed the connection");
        Ok(())
    }
}

/// Status and length of the body.
fn parts(head: &[u8]) -> anyhow::Result<(u16, usize)> {
    let head = std::str::from_utf8(head).context("a head that is no text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let status = status.context("an answer without a status")?;
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().context("a length that is no number")?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("a body in pieces: {value}");
        }
    }
    Ok((status, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_are_told_apart_however_they_arrive() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            for part in ["HTTP/1.1 201 Created\r\ncontent-", "length: 2\r\n\r\n{", "}HTTP/1.1 204 No Content\r\n\r\n"] {
                stream.write_all(part.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
            stream
        });
        let mut client = Client::connect(address).await.unwrap();
        let first = client.send(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        assert_eq!((first.status, first.body.as_slice()), (201, b"{}".as_slice()));
        assert_eq!(client.send(b"GET / HTTP/1.1\r\n\r\n").await.unwrap().status, 204);
        drop(served.await.unwrap());
        assert!(client.send(b"GET / HTTP/1.1\r\n\r\n").await.is_err());
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(parts(b"nonsense\r\n\r\n").is_err());
        assert!(parts(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(parts(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n").is_err());
    }
}
