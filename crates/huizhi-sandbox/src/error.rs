//! Why the pool gave no answer.

use crate::PhotoFault;
use crate::confinement::Confinement;

/// Why there is no answer, by who can mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The file or the document is at fault; [`PhotoFault::code`] says whose it is to mend.
    #[error(transparent)]
    Photo(#[from] PhotoFault),
    /// More is asked than can be done. The citizen's to mend: try again later (503).
    #[error("all workers are busy and the queue is full; try again in {retry_after_s} s")]
    Busy {
        /// When it is worth trying again, s.
        retry_after_s: u64,
    },
    /// The file kept a worker busy for too long and was given up. To a citizen: this file cannot be read.
    #[error("the photo took more than {wall_s} s")]
    TimedOut {
        /// The limit, s.
        wall_s: u64,
    },
    /// The file ended its worker. To a citizen: this file cannot be read. Logged where it happened.
    #[error("the worker died: {0}")]
    Crashed(Death),
    /// A worker cannot be started. The operator's to mend.
    #[error("a photo worker cannot be started: {why}")]
    Start {
        /// What was met.
        why: String,
    },
    /// This machine cannot confine a photo. The operator's to mend, or to allow.
    #[error("photos cannot be confined here: {0}; give --insecure-no-sandbox to serve all the same")]
    Unconfined(Confinement),
    /// The worker answered what no worker of ours answers. To a citizen: this file cannot be read.
    #[error("the worker's answer is not valid: {why}")]
    Garbled {
        /// What was wrong with it.
        why: String,
    },
}

impl SandboxError {
    /// Whether the page should say that this file cannot be read and that another one may be.
    #[must_use]
    pub fn is_the_files(&self) -> bool {
        match self {
            Self::Photo(fault) => fault.code.is_the_senders(),
            Self::TimedOut { .. } | Self::Crashed(_) | Self::Garbled { .. } => true,
            Self::Busy { .. } | Self::Start { .. } | Self::Unconfined(_) => false,
        }
    }
}

/// How a worker ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Death {
    /// It made a call that it may not make (SIGSYS): a bug of ours, or an attack.
    #[error("it made a forbidden system call")]
    Forbidden,
    /// It asked for more memory than its limit.
    #[error("it reached its limit of memory")]
    Memory,
    /// It used up its CPU time.
    #[error("it reached its limit of CPU time")]
    Cpu,
    /// Another signal ended it.
    #[error("signal {0}")]
    Signal(i32),
    /// It ended by itself.
    #[error("exit code {0}")]
    Exit(i32),
}
