//! A bad line: between two services, requests are cut off, delayed, doubled, kept back and said again, by a seed.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long the line holds a request back at most.
const LATE_MS: u64 = 2500;

/// What the line does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It never arrives.
    Lost,
    /// It arrives in half.
    Half,
    /// It arrives, and its answer does not.
    AnswerLost,
    /// The answer arrives in half.
    AnswerHalf,
    /// Both take long, so that later ones overtake.
    Late,
    /// It arrives twice at once.
    Double,
    /// It arrives again when its answer has long been heard.
    Again,
    /// Somebody else answers: a page that is no answer.
    Other,
    /// The answer's last byte is another. Never drawn, because a draw keeps to what lines do by themselves.
    Changed,
}

impl Fault {
    const fn of(draw: u64) -> Self {
        match draw % 100 {
            0..45 => Self::None,
            45..53 => Self::Lost,
            53..57 => Self::Half,
            57..66 => Self::AnswerLost,
            66..70 => Self::AnswerHalf,
            70..82 => Self::Late,
            82..90 => Self::Double,
            90..96 => Self::Again,
            _ => Self::Other,
        }
    }
}

/// The line. It ends with the test's process.
pub(crate) struct Line {
    /// Where it is spoken into: `http://127.0.0.1:…`.
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// Where it leads to.
    target: Mutex<String>,
    seed: AtomicU64,
    /// Whether nothing gets through at all.
    down: AtomicBool,
    /// What it does to every request, instead of what is drawn.
    always: Mutex<Option<Fault>>,
    counts: Mutex<BTreeMap<Fault, usize>>,
}

impl Line {
    /// A line that draws its faults by a seed, and leads nowhere yet.
    pub(crate) fn new(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            target: Mutex::default(),
            seed: AtomicU64::new(seed),
            down: AtomicBool::new(false),
            always: Mutex::default(),
            counts: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || shared.carry(stream));
            }
        });
        Self { url, shared }
    }

    /// Leads it to a service.
    pub(crate) fn lead_to(&self, url: &str) {
        let place = url.replace("http://localhost", "127.0.0.1");
        *self.shared.target.lock().unwrap() = place;
    }

    /// Takes it down, or up again.
    pub(crate) fn down(&self, down: bool) {
        self.shared.down.store(down, Ordering::SeqCst);
    }

    /// Does the same to every request from now on.
    pub(crate) fn always(&self, fault: Fault) {
        *self.shared.always.lock().unwrap() = Some(fault);
    }

    /// How often it did what.
    pub(crate) fn counts(&self) -> BTreeMap<Fault, usize> {
        self.shared.counts.lock().unwrap().clone()
    }
}

impl Shared {
    /// `SplitMix64`: the same seed gives the same faults, in the order in which requests come.
    fn draw(&self) -> u64 {
        let mut z = self.seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Carries one request. Broken connections are what this is for.
    fn carry(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        let Some(request) = read_request(&mut stream) else { return };
        let always = *self.always.lock().unwrap();
        let drawn = || always.unwrap_or_else(|| Fault::of(self.draw()));
        let fault = if self.down.load(Ordering::SeqCst) { Fault::Lost } else { drawn() };
        *self.counts.lock().unwrap().entry(fault).or_default() += 1;
        let late = Duration::from_millis(self.draw() % LATE_MS);
        let answer = match fault {
            Fault::Lost => None,
            Fault::Half => {
                self.send(&request[..request.len() / 2], false);
                None
            }
            Fault::AnswerLost => {
                self.send(&request, true);
                None
            }
            Fault::AnswerHalf => self.send(&request, true).map(|answer| answer[..answer.len() / 2].to_vec()),
            Fault::Late => {
                std::thread::sleep(late);
                let answer = self.send(&request, true);
                std::thread::sleep(late / 2);
                answer
            }
            Fault::Double => std::thread::scope(|scope| {
                let other = scope.spawn(|| self.send(&request, true));
                let answer = self.send(&request, true);
                if self.draw().is_multiple_of(2) { answer } else { other.join().unwrap() }
            }),
            Fault::None | Fault::Again => self.send(&request, true),
            Fault::Changed => self.send(&request, true).map(|mut answer| {
                let last = answer.len() - 1;
                answer[last] ^= 1;
                answer
            }),
            Fault::Other => Some(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nwelcome".to_vec()),
        };
        if let Some(answer) = answer {
            let _ = stream.write_all(&answer);
        }
        let _ = stream.shutdown(Shutdown::Both);
        if fault == Fault::Again {
            std::thread::sleep(late);
            self.send(&request, true);
        }
    }

    /// Sends what there is of a request; gives the whole answer where one is waited for.
    fn send(&self, request: &[u8], hear: bool) -> Option<Vec<u8>> {
        let place = self.target.lock().unwrap().clone();
        let mut stream = TcpStream::connect(place).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        stream.write_all(request).ok()?;
        let mut answer = Vec::new();
        if hear {
            stream.read_to_end(&mut answer).ok()?;
        }
        (!answer.is_empty()).then_some(answer)
    }
}

/// A whole request, with `connection: close` so that its answer has an end.
fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = [0; 16 * 1024];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend(&part[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    while bytes.len() < end + 4 + length {
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend(&part[..count]);
    }
    let mut request = format!("{head}\r\nconnection: close\r\n\r\n").into_bytes();
    request.extend(&bytes[end + 4..]);
    Some(request)
}
