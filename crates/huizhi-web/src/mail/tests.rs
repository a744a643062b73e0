//! Mail against a server that behaves like a real one, errors included.

use std::sync::{Arc, Mutex};

use huizhi_domain::clock::{Clock, Moment};
use huizhi_domain::order::Order;
use huizhi_domain::words::Lang;
use huizhi_store::{ApplicantRecord, Judgement, Keys, NewOrder, Store};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::app::{App, Settings};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Moment {
        Moment(1_795_572_000_000)
    }
}

/// A mail server on this machine: it keeps what it takes, and answers a recipient as it is told.
struct Server {
    address: String,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answers: &'static [&'static str]) -> Self {
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

    fn mails(&self) -> Vec<String> {
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

/// An order that was submitted by somebody with an address.
async fn submitted(email: Option<&str>) -> (App, Order, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::in_folder(&folder.path().join("keys")).unwrap();
    let store =
        Store::embedded(&folder.path().join("data"), keys, Arc::new(Noon), "HZ".parse().unwrap()).await.unwrap();
    let visitor = store.visitor("browser");
    let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
    let (order, _) = store.begin_order(new, &visitor).await.unwrap();
    let mut applicant = ApplicantRecord::default();
    applicant.name = Some("𠮷小明".to_owned());
    applicant.email = email.map(str::to_owned);
    store.set_applicant(order.id, &applicant).await.unwrap();
    let photo = store.receive_photo(order.id, b"photo").await.unwrap();
    let judgement = Judgement {
        verdict: "fits".to_owned(),
        codes: Vec::new(),
        report: serde_json::json!({}),
        preview: b"preview".to_vec(),
        id_photo: Some(b"made".to_vec()),
    };
    store.judged(photo, judgement).await.unwrap();
    let terms = huizhi_domain::order::Terms { price_fen: 0, rules: "1".to_owned() };
    let order = store.submit(order.id, photo, None, terms, false).await.unwrap();
    (App::new(store, None, Settings::default()).unwrap(), order, folder)
}

#[tokio::test]
async fn a_message_is_mailed_once_and_names_nobody() {
    let (app, order, _folder) = submitted(Some("citizen@example.cn")).await;
    let server = Server::start(&[]).await;
    let mailer = Mailer::new(&server.address, "回执 <huizhi@city.example>").unwrap();
    assert!(send_all(&app, &mailer).await.unwrap());
    assert!(send_all(&app, &mailer).await.unwrap());
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: citizen@example.cn"), "{}", mails[0]);
    assert!(!mails[0].contains("𠮷小明") && !mails[0].contains(&order.id.to_string()));
}

#[tokio::test]
async fn a_busy_server_gets_the_mail_later_and_a_wrong_address_is_given_up() {
    let (app, _, _folder) = submitted(Some("citizen@example.cn")).await;
    let server = Server::start(&["451 try again later"]).await;
    let mailer = Mailer::new(&server.address, "huizhi@city.example").unwrap();
    assert!(!send_all(&app, &mailer).await.unwrap());
    assert_eq!(app.store.unmailed().await.unwrap().len(), 1);
    assert!(send_all(&app, &mailer).await.unwrap());
    assert_eq!((server.mails().len(), app.store.unmailed().await.unwrap().len()), (1, 0));

    let (app, _, _folder) = submitted(Some("nobody@example.cn")).await;
    let server = Server::start(&["550 no such user"]).await;
    let mailer = Mailer::new(&server.address, "huizhi@city.example").unwrap();
    assert!(send_all(&app, &mailer).await.unwrap());
    assert_eq!((server.mails().len(), app.store.unmailed().await.unwrap().len()), (0, 0));
}

#[tokio::test]
async fn nobody_to_write_to_is_no_fault_and_no_server_is_tried_again() {
    let (app, _, _folder) = submitted(None).await;
    let mailer = Mailer::new("smtp://127.0.0.1:1", "huizhi@city.example").unwrap();
    assert!(send_all(&app, &mailer).await.unwrap());
    assert!(app.store.unmailed().await.unwrap().is_empty());

    let (app, _, _folder) = submitted(Some("citizen@example.cn")).await;
    assert!(!send_all(&app, &mailer).await.unwrap());
    assert_eq!(app.store.unmailed().await.unwrap().len(), 1);
}

#[test]
fn every_event_has_its_words() {
    for happening in huizhi_domain::message::Happening::ALL {
        for lang in Lang::ALL {
            for part in ["subject", "text"] {
                let key = format!("mail-{part}-{}", happening.word());
                assert!(crate::words::words().pattern(lang, &key).is_some(), "{key} in {}", lang.tag());
            }
        }
    }
}

#[test]
fn a_wrong_server_is_named_without_its_password() {
    let error = Mailer::new("ftp://user:secret@host", "huizhi@city.example").err().unwrap().to_string();
    assert!(error.contains("host") && !error.contains("secret"), "{error}");
}
