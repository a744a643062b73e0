//! The parent's side of one worker process.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::error::{Death, SandboxError};
use crate::frame::{Frame, FrameError};
use crate::message::{ANSWERED, ASKED, Answer, Opening, Request, Terms};

/// The program that serves with [`crate::worker::serve`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The executable; mostly the running program's own.
    pub path: PathBuf,
    /// What makes it a worker: `photo-worker`.
    pub arguments: Vec<OsString>,
}

/// All of a worker's environment: how glibc's allocator and the engine behave.
const ENVIRONMENT: [(&str, &str); 5] = [
    // One heap for all threads: each further one would reserve 64 MiB of the address space.
    ("MALLOC_ARENA_MAX", "1"),
    // Freed memory is kept, as the process ends soon, and comes in large pages: together this takes a photo of 12 MP from
    // 57,000 page faults to 2,000 and from 734 ms to 672 ms, for 1 MB more.
    ("MALLOC_TRIM_THRESHOLD_", "1073741824"),
    ("MALLOC_MMAP_THRESHOLD_", "33554432"),
    ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
    // The threads that sort the networks' weights would otherwise be as many as processors.
    ("RTEN_NUM_THREADS", "1"),
];

/// Longest start. It takes some 0.1 s; a machine under heavy load is given time.
const START: Duration = Duration::from_secs(20);
/// Time for a process whose pipes are closed to be gone.
const GONE: Duration = Duration::from_secs(2);
/// How much of a worker's last words is kept, bytes.
const LAST_WORDS: usize = 2048;

/// A started worker that waits for its one request.
pub(crate) struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    words: JoinHandle<String>,
}

impl Worker {
    /// Starts a process, tells it its terms and waits until it is ready.
    pub async fn start(program: &Program, terms: &Terms) -> Result<Self, SandboxError> {
        let failed = |why: String| SandboxError::Start { why: format!("{}: {why}", program.path.display()) };
        let mut child = Command::new(&program.path)
            .args(&program.arguments)
            .env_clear()
            .envs(ENVIRONMENT)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| failed(e.to_string()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(failed("it has no pipes".to_owned()));
        };
        let mut worker = Self { child, input, output, words: tokio::spawn(last_words(errors)) };
        match timeout(START, worker.open(terms)).await {
            Ok(Ok(Opening::Ready)) => Ok(worker),
            Ok(Ok(Opening::Failed(why))) => Err(failed(why)),
            Ok(Err(error)) => {
                let (death, words) = worker.gone().await;
                let death = death.map_or_else(|| error.to_string(), |death| death.to_string());
                Err(failed(format!("it died while starting: {death} {words}").trim_end().to_owned()))
            }
            Err(_) => Err(failed(format!("it was not ready within {} s", START.as_secs()))),
        }
    }

    async fn open(&mut self, terms: &Terms) -> Result<Opening, FrameError> {
        send(&mut self.input, &Frame::new(terms, Default::default())?).await?;
        Frame::receive(&mut self.output, &ANSWERED).await?.header()
    }

    /// Whether it still waits.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Has a request answered within `wall_s`, and ends the process in any case.
    pub async fn ask(mut self, request: Request, wall_s: u64) -> Result<Answer, SandboxError> {
        match timeout(Duration::from_secs(wall_s), self.exchange(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(FrameError::Closed | FrameError::Broken(_))) => {
                let (death, words) = self.gone().await;
                let death = death.unwrap_or(Death::Exit(0));
                tracing::warn!(%death, %words, "a photo ended its worker");
                Err(SandboxError::Crashed(death))
            }
            Ok(Err(error @ (FrameError::TooLong { .. } | FrameError::Header(_)))) => {
                tracing::warn!(%error, "a worker answered what no worker answers");
                Err(SandboxError::Garbled { why: error.to_string() })
            }
            Err(_) => {
                // Dropping kills; here it is done at once, so that its memory is free for the next.
                let _ = timeout(GONE, self.child.kill()).await;
                tracing::warn!(wall_s, "a photo took too long and was given up");
                Err(SandboxError::TimedOut { wall_s })
            }
        }
    }

    async fn exchange(&mut self, request: Request) -> Result<Answer, FrameError> {
        send(&mut self.input, &request.into_frame()?).await?;
        Answer::from_frame(Frame::receive(&mut self.output, &ANSWERED).await?)
    }

    /// How it ended, and what it said. `None` where it did not end by itself.
    async fn gone(&mut self) -> (Option<Death>, String) {
        let status = timeout(GONE, self.child.wait()).await;
        let words = timeout(GONE, &mut self.words).await.ok().and_then(Result::ok).unwrap_or_default();
        let death = status.ok().and_then(Result::ok).map(|status| death(status, &words));
        (death, words)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.words.abort();
    }
}

async fn send(to: &mut ChildStdin, frame: &Frame) -> Result<(), FrameError> {
    to.write_all(&frame.head(&ASKED)?).await?;
    for part in &frame.parts {
        to.write_all(part).await?;
    }
    Ok(to.flush().await?)
}

/// The first words on a pipe, printable only; the rest is read and dropped, so that the worker never waits.
async fn last_words(mut from: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    // What cannot be read was not said.
    let _ = (&mut from).take(LAST_WORDS as u64).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    let printable = |b: u8| if b.is_ascii_graphic() { char::from(b) } else { ' ' };
    kept.into_iter().map(printable).collect::<String>().trim().to_owned()
}

#[cfg(unix)]
fn death(status: ExitStatus, words: &str) -> Death {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(libc::SIGSYS) => Death::Forbidden,
        // Rust's words where an allocation fails, before it aborts.
        Some(libc::SIGABRT) if words.contains("memory allocation of") => Death::Memory,
        Some(libc::SIGXCPU) => Death::Cpu,
        Some(signal) => Death::Signal(signal),
        None => Death::Exit(status.code().unwrap_or_default()),
    }
}

#[cfg(not(unix))]
fn death(status: ExitStatus, _: &str) -> Death {
    Death::Exit(status.code().unwrap_or_default())
}
