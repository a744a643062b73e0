//! Servers on this machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use huizhi_outside::{Allowed, Client, ClientSettings, Limits, Resolver, Rules};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A listener that counts who comes, and answers each with the same bytes.
pub struct Raw {
    pub address: SocketAddr,
    came: Arc<AtomicUsize>,
}

impl Raw {
    /// Answers requests with bytes, then closes the connection.
    pub async fn start(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Vec<u8> = answer.into();
        Self::behave(move |mut stream| {
            let answer = answer.clone();
            async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    /// Does with each connection as told.
    pub async fn behave<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listener.local_addr().unwrap().port());
        let came = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&came);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(each(stream));
            }
        });
        Self { address, came }
    }

    pub fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Answers each question with the next of its lists; the last one stays.
pub struct Script(Mutex<Vec<Vec<IpAddr>>>, pub AtomicUsize);

impl Script {
    pub fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().rev().map(|list| list.iter().map(|it| it.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new(answers.collect()), AtomicUsize::new(0)))
    }
}

impl Resolver for Script {
    fn resolve(&self, _: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop().unwrap() } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

/// This machine at a port, as an operator names it.
pub fn here(host: &str, port: u16) -> Allowed {
    Allowed { host: host.to_owned(), port: Some(port), http: true, private: true }
}

/// A client that may call what is named.
pub fn client(allowed: Vec<Allowed>, limits: Limits, resolver: Arc<dyn Resolver>) -> Client {
    let rules = Rules { allowed, only_allowed: false };
    Client::new(ClientSettings { rules, limits, resolver, trusted: Vec::new() }).unwrap()
}
