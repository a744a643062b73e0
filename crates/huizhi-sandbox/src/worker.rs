//! The child's side: a process that answers one request and can do nothing else.

use std::io;
use std::process;

use huizhi_photo::PhotoError;
use huizhi_photo::models::Models;

use crate::desk::Desk;
use crate::frame::{Frame, FrameError};
use crate::jail;
use crate::message::{ANSWERED, ASKED, Answer, Opening, Request, Terms};

/// Serves one request from the standard input to the standard output, and ends the process. `models` opens the
/// networks, with one thread, from weights within the program: no file can be read at that time any more.
pub fn serve(models: impl FnOnce() -> Result<Models, PhotoError>) -> ! {
    serve_with(|| {
        let desk = Desk::open(models()?)?;
        Ok(move |request: &Request| desk.answer(request))
    })
}

/// As [`serve`], with another engine. `open` runs without access to files, and what it returns runs fully jailed; any
/// thread that it needs must have run before `open` returns.
pub fn serve_with<H: FnMut(&Request) -> Answer>(open: impl FnOnce() -> Result<H, PhotoError>) -> ! {
    // Only the place: a message might quote the photo.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            eprintln!("panic at {}:{}", place.file(), place.line());
        }
    }));
    let code = match converse(open) {
        // The pool is gone, or needed no worker any more.
        Ok(()) | Err(FrameError::Closed) => 0,
        Err(error) => {
            eprintln!("photo worker: {error}");
            1
        }
    };
    process::exit(code)
}

fn converse<H: FnMut(&Request) -> Answer>(open: impl FnOnce() -> Result<H, PhotoError>) -> Result<(), FrameError> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let terms: Terms = Frame::read(&mut input, &ASKED)?.header()?;
    let opened = confined(&terms, open);
    let opening = opened.as_ref().map_or_else(|why| Opening::Failed(why.clone()), |_| Opening::Ready);
    Frame::new(&opening, Default::default())?.write(&mut output, &ANSWERED)?;
    let Ok(mut handler) = opened else { return Ok(()) };
    let request = Request::from_frame(Frame::read(&mut input, &ASKED)?)?;
    let answer = handler(&request).into_frame()?.write(&mut output, &ANSWERED);
    // The process ends now; taking the networks apart would only cost time.
    std::mem::forget(handler);
    answer
}

/// Opens the engine between the two halves of the jail.
fn confined<H>(terms: &Terms, open: impl FnOnce() -> Result<H, PhotoError>) -> Result<H, String> {
    if terms.confined {
        jail::limit(terms)?;
        jail::hide_files()?;
    }
    let handler = open().map_err(|e| e.to_string())?;
    if terms.confined {
        jail::lock()?;
    }
    Ok(handler)
}
