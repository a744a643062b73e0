//! Closing so that the answer arrives. A system that still has something unread breaks a closed connection off, and what was answered is lost with
//! it: whoever sends a file that is too large would see an error of the browser's instead of our page (RFC 9112, section 9.6).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

/// How long the rest of a request is read for after the answer; nginx waits as long (`lingering_timeout`).
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that is read to its end, for a while, before it is closed. It is counted until then.
pub struct Lingering(Option<(TcpStream, OwnedSemaphorePermit)>);

impl Lingering {
    pub const fn new(stream: TcpStream, permit: OwnedSemaphorePermit) -> Self {
        Self(Some((stream, permit)))
    }

    fn stream(self: Pin<&mut Self>) -> io::Result<Pin<&mut TcpStream>> {
        let stream = self.get_mut().0.as_mut().map(|(stream, _)| Pin::new(stream));
        stream.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        // Without a runtime the process is on its way out.
        let (Some((mut stream, permit)), Ok(runtime)) = (self.0.take(), Handle::try_current()) else { return };
        runtime.spawn(tokio::time::timeout(PATIENCE, async move {
            let _counted = permit;
            let mut rest = [0; 8192];
            if stream.shutdown().await.is_ok() {
                while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
            }
        }));
    }
}

impl AsyncRead for Lingering {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(context, into)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::net::TcpListener;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn an_answer_arrives_though_the_question_was_not_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let room = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&room).try_acquire_owned().unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = Lingering::new(stream, permit);
            let mut start = [0; 10];
            stream.read_exact(&mut start).await.unwrap();
            stream.write_all(b"too large").await.unwrap();
        });
        let mut sender = TcpStream::connect(address).await.unwrap();
        for _ in 0..800 {
            sender.write_all(&[1; 16_384]).await.unwrap();
        }
        let mut answer = String::new();
        sender.read_to_string(&mut answer).await.unwrap();
        assert_eq!(
            (answer.as_str(), room.available_permits()),
            ("too large", 0),
            "it is counted as long as it is there"
        );
        drop(sender);
        drop(tokio::time::timeout(PATIENCE, room.acquire()).await.unwrap().unwrap());
    }
}
