//! Serving: connections in, answers out, until the process is asked to end.
//!
//! Not `axum::serve`, which waits for slow senders without end: here a request's head has to come within ten seconds, and
//! connections are counted (security.md, row 25).

mod linger;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use self::linger::Lingering;
use crate::live::Live;

/// A head that takes longer is an attack, or a line on which no page can be used.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a head: our longest, a form with all cookies, has some 2 KB.
const HEAD_BYTES: usize = 32 * 1024;
/// Connections at a time. Each costs some 50 KB; browsers open up to six.
const CONNECTIONS: usize = 4096;
/// How long answers that have begun may take to finish when the process is asked to end.
const GRACE: Duration = Duration::from_secs(20);
/// Pause after a failed accept, such as for want of file handles.
const BREATH: Duration = Duration::from_millis(100);

/// Opens the port.
///
/// # Errors
/// The system's, such as for a port that is taken.
pub fn listen(address: std::net::SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port of a process that has just ended may be taken again.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    // Connections that come faster than they are taken wait; where the queue is full, the system breaks some of them off.
    socket.listen(CONNECTIONS as u32)
}

/// Serves until the process gets SIGTERM or SIGINT; then takes no new connection and finishes what has begun.
///
/// # Errors
/// The system gives no signals.
pub async fn serve(listener: TcpListener, live: impl Into<Live>) -> io::Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let live = live.into();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
            let (stream, peer) = listener.accept().await?;
            Ok::<_, io::Error>((permit, stream, peer))
        };
        tokio::select! {
            accepted = next => match accepted {
                Ok((permit, stream, peer)) => connection(&graceful, live.clone(), permit, stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "a connection was not taken");
                    tokio::time::sleep(BREATH).await;
                }
            },
            _ = term.recv() => break,
            _ = int.recv() => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some answers did not finish in time");
    }
    Ok(())
}

fn connection(
    graceful: &GracefulShutdown,
    live: Live,
    permit: OwnedSemaphorePermit,
    stream: TcpStream,
    peer: std::net::SocketAddr,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        live.router().oneshot(request)
    });
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    let served = graceful.watch(protocol.serve_connection(TokioIo::new(Lingering::new(stream, permit)), service));
    tokio::spawn(async move {
        // Browsers break connections off all the time; there is nobody to tell.
        let _ = served.await;
    });
}
