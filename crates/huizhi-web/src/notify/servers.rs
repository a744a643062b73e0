//! Servers on this machine that behave like those outside, and one round of the loop.

use std::sync::{Arc, Mutex};

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use huizhi_outside::{Outside, OutsideSettings};
use huizhi_store::StoreError;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::begin;
use crate::app::App;

/// One round of the loop, to its end; gives how many were tried.
pub async fn tell_due(app: &App, outside: &Outside) -> Result<usize, StoreError> {
    let mut sending = JoinSet::new();
    begin(app, outside, &mut sending).await?;
    let mut tried = 0;
    while let Some(done) = sending.join_next().await {
        done.unwrap()?;
        tried += 1;
    }
    Ok(tried)
}

/// A mail server on this machine: it keeps what it takes, and answers a recipient as it is told.
pub struct Server {
    pub address: String,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        tokio::spawn(async move {
            let mut answers = answers.iter().copied();
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers.next().unwrap_or("250 OK");
                if let Some(mail) = talk(stream, answer).await {
                    kept.lock().unwrap().push(mail);
                }
            }
        });
        Self { address, taken }
    }

    pub fn mails(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

/// One connection in the words of RFC 5321; gives the mail, if it was taken.
async fn talk(stream: TcpStream, recipient: &str) -> Option<String> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 localhost ready\r\n").await.ok()?;
    let mut mail = None;
    let mut line = String::new();
    while stream.read_line(&mut line).await.ok()? > 0 {
        let word = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-localhost\r\n250 8BITMIME",
            "RCPT" => recipient,
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut text).await.ok()?;
                }
                mail = Some(text);
                "250 taken"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await.ok()?;
                break;
            }
            _ => "250 OK",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        line.clear();
    }
    mail
}

/// What a gateway, WeChat or a hook says to one request after another, and what it was asked.
pub struct Gateway {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A request.
#[derive(Clone)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Gateway {
    /// Answers in turn; with 429 goes the wish to be left alone for ten minutes.
    pub async fn start(answers: Vec<(u16, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let state = (Arc::new(Mutex::new(answers.into_iter())), Arc::clone(&asked));
        let answer = async move |request: Request| {
            let (answers, asked) = state;
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, 65_536).await.unwrap();
            let body = String::from_utf8_lossy(&body).into_owned();
            asked.lock().unwrap().push(Asked { path: parts.uri.to_string(), headers: parts.headers, body });
            let (status, said) = answers.lock().unwrap().next().unwrap_or((500, "nobody expected this"));
            let wait = (status == 429).then_some([("retry-after", "600")]);
            let status = StatusCode::from_u16(status).unwrap();
            match wait {
                Some(wait) => (status, wait, said).into_response(),
                None => (status, [("location", "http://127.0.0.1:1/")], said).into_response(),
            }
        };
        let router = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, asked }
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The operator's file, with the gateway allowed on this machine.
    pub fn outside(&self, channel: &str) -> Outside {
        let allow = format!("[[allow]]\nhost = \"127.0.0.1\"\nport = {}\nhttp = true\nprivate = true\n", self.port);
        let text = format!("{allow}\n{}", channel.replace("GATEWAY", &format!("http://127.0.0.1:{}", self.port)));
        Outside::new(OutsideSettings::from_toml(&text).unwrap(), None).unwrap()
    }
}
