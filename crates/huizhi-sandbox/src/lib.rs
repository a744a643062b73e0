//! The photo engine in a process that may do nothing else.
//!
//! A photo is bytes from a stranger, and decoders have had holes. So every photo is read in a process of its own that has
//! no files, no network, no other program, little memory and little time ([`worker`]), and the service only ever
//! sees what that process answers ([`Workers`]). Each process serves one photo: nothing of one citizen's photo can reach
//! the next. Processes are started in advance, so that nobody waits for it.
//!
//! ```text
//! huizhi serve ── Workers ──┬─ spawn ─► huizhi photo-worker: limits ► no files ► networks ► seccomp ► ready
//!                           ├─ request ─►  decode ► judge ► make
//!                           └─ answer ◄──  report, preview, marks, ID photo                        ► exit
//! ```
//!
//! What is forbidden, what it costs and how that was measured is in docs/sandbox.md.

#![forbid(unsafe_code)]

mod child;
mod confinement;
mod desk;
mod error;
mod fault;
mod film;
mod frame;
mod jail;
mod message;
mod pool;
pub mod worker;

pub use child::Program;
pub use confinement::Confinement;
pub use desk::Desk;
pub use error::{Death, SandboxError};
pub use fault::{FaultCode, PhotoFault};
pub use film::{Film, FilmRequest, Seen};
pub use message::{
    Answer, Choices, Document, Ink, InkRequest, JudgeRequest, Judged, Made, Making, NotMade, Picture, PictureRequest,
    Request, Sheet, SheetForm, SheetRequest,
};
pub use pool::{Settings, Workers};
