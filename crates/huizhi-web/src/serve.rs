//! Serving: connections in, answers out, until the process is asked to end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::routes::routes;

/// How long answers that have begun may take to finish when the process is asked to end.
const GRACE: Duration = Duration::from_secs(20);

/// Serves until the process gets SIGTERM or SIGINT; then takes no new connection and finishes what has begun.
///
/// # Errors
/// The listener fails, or the system gives no signals.
pub async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (ask, asked) = tokio::sync::watch::channel(false);
    let mut ended = asked.clone();
    let service = routes(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        // The sender lives as long as this function.
        let _ = ended.wait_for(|asked| *asked).await;
    });
    let server = server.into_future();
    tokio::pin!(server);
    tokio::select! {
        result = &mut server => return result,
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    let _ = ask.send(true);
    match tokio::time::timeout(GRACE, server).await {
        Ok(result) => result,
        Err(_) => Ok(()),
    }
}
