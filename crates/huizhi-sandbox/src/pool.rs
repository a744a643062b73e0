//! The parent's side: a bounded number of workers, one photo each, the next ones already started.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use huizhi_photo::{Limits, PhotoError};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::PhotoFault;
use crate::child::{Program, Worker};
use crate::confinement::Confinement;
use crate::error::SandboxError;
use crate::film::{Film, FilmRequest};
use crate::message::{
    Answer, InkRequest, JudgeRequest, Judged, Picture, PictureRequest, Request, Sheet, SheetRequest, Terms,
};

/// How much the photos may take of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Photos at a time. As many processes wait beside them, started in advance.
    pub pool: usize,
    /// Photos that may wait beyond that.
    pub queue: usize,
    /// Longest time for one photo, s, waiting in the queue not counted. Files that keep the engine busy end by CPU time; this is for what
    /// stands still, and leaves a good photo its time on a busy machine.
    pub wall_s: u64,
    /// Most CPU time of one process, its start included, s.
    pub cpu_s: u64,
    /// Most address space of one process, MiB; docs/sandbox.md has what photos need.
    pub memory_mib: u64,
    /// Serve even where this machine cannot confine the workers. They are still processes of their own, with a time limit.
    pub insecure_no_sandbox: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let pool = std::thread::available_parallelism().map_or(1, usize::from);
        Self { pool, queue: 8 * pool, wall_s: 30, cpu_s: 6, memory_mib: 768, insecure_no_sandbox: false }
    }
}

/// A running pool. Clones share it; the last one dropped ends the waiting processes.
#[derive(Clone)]
pub struct Workers {
    pool: Arc<Pool>,
}

struct Pool {
    program: Program,
    settings: Settings,
    terms: Terms,
    /// Photos that are being worked on.
    running: Semaphore,
    /// Those and the ones that wait.
    admitted: Semaphore,
    spare: Mutex<Vec<Worker>>,
    /// Spare workers that are being started.
    starting: AtomicUsize,
    /// How long a photo takes here, ms: a moving mean.
    typical_ms: AtomicU64,
}

impl Workers {
    /// Checks what the kernel offers and starts the first workers; returns when one is ready.
    ///
    /// # Errors
    /// [`SandboxError::Unconfined`] where the kernel lacks Landlock or seccomp and
    /// [`Settings::insecure_no_sandbox`] is not set; [`SandboxError::Start`] where a worker does not come up.
    pub async fn start(program: Program, settings: Settings) -> Result<Self, SandboxError> {
        let confinement = Confinement::probe();
        let confined = confinement.is_complete();
        if confined {
            tracing::info!(%confinement, "photos are read in confined processes");
        } else if settings.insecure_no_sandbox {
            tracing::warn!(%confinement, "photos are read in processes that are NOT confined");
        } else {
            return Err(SandboxError::Unconfined(confinement));
        }
        let terms = Terms { memory_bytes: settings.memory_mib * 1024 * 1024, cpu_s: settings.cpu_s, confined };
        let pool = settings.pool.max(1);
        let first = Worker::start(&program, &terms).await?;
        let workers = Self {
            pool: Arc::new(Pool {
                program,
                settings,
                terms,
                running: Semaphore::new(pool),
                admitted: Semaphore::new(pool + settings.queue),
                spare: Mutex::new(vec![first]),
                starting: AtomicUsize::new(0),
                typical_ms: AtomicU64::new(1000),
            }),
        };
        workers.refill();
        Ok(workers)
    }

    /// Judges a photo, and makes the ID photo as asked.
    ///
    /// # Errors
    /// All of [`SandboxError`] but [`SandboxError::Unconfined`].
    pub async fn judge(&self, request: JudgeRequest) -> Result<Judged, SandboxError> {
        Limits::default().check_bytes(request.photo.len()).map_err(|e| fault(&e, &request.photo))?;
        match self.ask(Request::Judge(request)).await? {
            Answer::Judged(judged) => Ok(*judged),
            Answer::Fault(fault) => Err(fault.into()),
            Answer::Sheet(_) | Answer::Ink(_) | Answer::Film(_) | Answer::Picture(_) => Err(beside_the_point()),
        }
    }

    /// Puts a made photo on paper.
    ///
    /// # Errors
    /// All of [`SandboxError`] but [`SandboxError::Unconfined`].
    pub async fn sheet(&self, request: SheetRequest) -> Result<Sheet, SandboxError> {
        Limits::default().check_bytes(request.photo.len()).map_err(|e| fault(&e, &request.photo))?;
        match self.ask(Request::Sheet(request)).await? {
            Answer::Sheet(sheet) => Ok(sheet),
            Answer::Fault(fault) => Err(fault.into()),
            Answer::Judged(_) | Answer::Ink(_) | Answer::Film(_) | Answer::Picture(_) => Err(beside_the_point()),
        }
    }

    /// Cuts the writing out of a picture, as PNG; `None` where there is none to be seen.
    ///
    /// # Errors
    /// All of [`SandboxError`] but [`SandboxError::Unconfined`].
    pub async fn ink(&self, photo: Vec<u8>) -> Result<Option<Vec<u8>>, SandboxError> {
        Limits::default().check_bytes(photo.len()).map_err(|e| fault(&e, &photo))?;
        match self.ask(Request::Ink(InkRequest { photo })).await? {
            Answer::Ink(ink) => Ok(Some(ink.file).filter(|file| !file.is_empty())),
            Answer::Fault(fault) => Err(fault.into()),
            Answer::Judged(_) | Answer::Sheet(_) | Answer::Film(_) | Answer::Picture(_) => Err(beside_the_point()),
        }
    }

    /// Measures a film. It has the time of a photo, 30 s and 6 s of CPU: 64 frames at some 35 ms (a search, and the mesh twice) and seven
    /// likenesses at some 100 ms are 3 s.
    ///
    /// # Errors
    /// All of [`SandboxError`] but [`SandboxError::Unconfined`].
    pub async fn film(&self, request: FilmRequest) -> Result<Film, SandboxError> {
        match self.ask(Request::Film(request)).await? {
            Answer::Film(film) => Ok(film),
            Answer::Fault(fault) => Err(fault.into()),
            Answer::Judged(_) | Answer::Sheet(_) | Answer::Ink(_) | Answer::Picture(_) => Err(beside_the_point()),
        }
    }

    /// Encodes a picture anew, as JPEG: upright, without metadata, its longer side at most 1,200 px.
    ///
    /// # Errors
    /// All of [`SandboxError`] but [`SandboxError::Unconfined`].
    pub async fn picture(&self, photo: Vec<u8>) -> Result<Picture, SandboxError> {
        Limits::default().check_bytes(photo.len()).map_err(|e| fault(&e, &photo))?;
        match self.ask(Request::Picture(PictureRequest { photo })).await? {
            Answer::Picture(picture) => Ok(picture),
            Answer::Fault(fault) => Err(fault.into()),
            Answer::Judged(_) | Answer::Sheet(_) | Answer::Ink(_) | Answer::Film(_) => Err(beside_the_point()),
        }
    }

    /// Whether the workers are confined; false only with [`Settings::insecure_no_sandbox`].
    #[must_use]
    pub fn are_confined(&self) -> bool {
        self.pool.terms.confined
    }

    async fn ask(&self, request: Request) -> Result<Answer, SandboxError> {
        let pool = &self.pool;
        let Ok(_admitted) = pool.admitted.try_acquire() else {
            return Err(SandboxError::Busy { retry_after_s: pool.retry_after_s() });
        };
        let Ok(_running) = pool.running.acquire().await else {
            return Err(SandboxError::Start { why: "the pool is closed".to_owned() });
        };
        let worker = self.worker().await?;
        let _refill = RefillAfter(self);
        let begun = Instant::now();
        let answer = worker.ask(request, pool.settings.wall_s).await;
        pool.took(begun.elapsed());
        answer
    }

    /// A worker that was started in advance, or else a new one.
    async fn worker(&self) -> Result<Worker, SandboxError> {
        let pool = &self.pool;
        let mut spare = pool.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // One may have died while it waited, as when the machine ran out of memory.
        while spare.as_mut().is_some_and(|worker| !worker.is_alive()) {
            spare = pool.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        }
        match spare {
            Some(worker) => Ok(worker),
            None => Worker::start(&pool.program, &pool.terms).await,
        }
    }

    /// Starts what is missing of the spare workers, beside what else goes on.
    fn refill(&self) {
        // Without a runtime the pool is being taken down.
        let Ok(runtime) = Handle::try_current() else { return };
        let spare = self.pool.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let missing =
            self.pool.settings.pool.max(1).saturating_sub(spare.len() + self.pool.starting.load(Ordering::SeqCst));
        self.pool.starting.fetch_add(missing, Ordering::SeqCst);
        drop(spare);
        for _ in 0..missing {
            let pool = Arc::clone(&self.pool);
            runtime.spawn(async move {
                let started = Worker::start(&pool.program, &pool.terms).await;
                let mut spare = pool.spare.lock().unwrap_or_else(PoisonError::into_inner);
                pool.starting.fetch_sub(1, Ordering::SeqCst);
                match started {
                    Ok(worker) => spare.push(worker),
                    // The next photo tries again and tells its sender.
                    Err(error) => tracing::error!(%error, "no spare photo worker"),
                }
            });
        }
    }
}

/// Starts the next worker when a photo is done, also where its sender has gone away. Done at once, the start would take
/// 0.1 s of CPU from the photo itself where all cores are busy: 12 MP took 920 ms so, and takes 840 ms.
struct RefillAfter<'a>(&'a Workers);

impl Drop for RefillAfter<'_> {
    fn drop(&mut self) {
        self.0.refill();
    }
}

impl Pool {
    /// A new time of one photo; the last dozen count.
    fn took(&self, time: Duration) {
        let now = time.as_millis() as u64;
        let before = self.typical_ms.load(Ordering::Relaxed);
        self.typical_ms.store((before * 7 + now) / 8, Ordering::Relaxed);
    }

    /// When half of what is before a newcomer will be done.
    fn retry_after_s(&self) -> u64 {
        let pool = self.settings.pool.max(1) as u64;
        let ahead = pool + self.settings.queue as u64;
        (ahead * self.typical_ms.load(Ordering::Relaxed) / pool / 2).div_ceil(1000).max(1)
    }
}

fn fault(error: &PhotoError, photo: &[u8]) -> SandboxError {
    PhotoFault::new(error, photo).into()
}

fn beside_the_point() -> SandboxError {
    SandboxError::Garbled { why: "it is the answer to another question".to_owned() }
}
