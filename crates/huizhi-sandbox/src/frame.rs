//! Messages on a pipe: three lengths, a JSON header, two parts of raw bytes.
//!
//! ```text
//! u32 LE header length │ u32 LE first part │ u32 LE second part │ header │ first │ second
//! ```
//!
//! Both ends refuse lengths over their limits before they allocate, and grow a buffer only as bytes arrive: the other
//! end may have been taken over by a photo.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes before the header.
const PREFIX: usize = 12;

/// How long a message may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    /// The header, bytes.
    pub header: usize,
    /// Each part, bytes.
    pub part: usize,
}

/// One message. A part that a message does not need is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame {
    /// JSON.
    pub header: Vec<u8>,
    /// Raw bytes.
    pub parts: [Vec<u8>; 2],
}

/// Why a message could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The other end closed the pipe between two messages.
    #[error("the other end hung up")]
    Closed,
    /// The message ended too early, or the pipe broke.
    #[error("the message broke off: {0}")]
    Broken(#[from] io::Error),
    /// A length over the limit.
    #[error("the message announces {found} bytes, the limit is {limit}")]
    TooLong {
        /// Bytes announced.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The header is not what was expected.
    #[error("the message cannot be understood: {0}")]
    Header(#[from] serde_json::Error),
}

impl Frame {
    /// A message of a header and parts.
    pub fn new(header: &impl Serialize, parts: [Vec<u8>; 2]) -> Result<Self, FrameError> {
        Ok(Self { header: serde_json::to_vec(header)?, parts })
    }

    /// The header as a value.
    pub fn header<T: DeserializeOwned>(&self) -> Result<T, FrameError> {
        Ok(serde_json::from_slice(&self.header)?)
    }

    /// The lengths and the header, which go before the parts.
    pub fn head(&self, most: &Most) -> Result<Vec<u8>, FrameError> {
        let mut head = Vec::with_capacity(PREFIX + self.header.len());
        let lengths =
            [(self.header.len(), most.header), (self.parts[0].len(), most.part), (self.parts[1].len(), most.part)];
        for (found, limit) in lengths {
            let length = u32::try_from(within(found, limit)?).map_err(|_| FrameError::TooLong { found, limit })?;
            head.extend_from_slice(&length.to_le_bytes());
        }
        head.extend_from_slice(&self.header);
        Ok(head)
    }

    /// Writes the message and flushes.
    pub fn write(&self, to: &mut impl Write, most: &Most) -> Result<(), FrameError> {
        to.write_all(&self.head(most)?)?;
        for part in &self.parts {
            to.write_all(part)?;
        }
        Ok(to.flush()?)
    }

    /// Reads one message.
    pub fn read(from: &mut impl Read, most: &Most) -> Result<Self, FrameError> {
        let mut prefix = Vec::new();
        from.take(PREFIX as u64).read_to_end(&mut prefix)?;
        let lengths = lengths(&prefix, most)?;
        let mut bodies = [Vec::new(), Vec::new(), Vec::new()];
        for (body, length) in bodies.iter_mut().zip(lengths) {
            from.take(length as u64).read_to_end(body)?;
            whole(body, length)?;
        }
        Ok(Self::of(bodies))
    }

    /// Reads one message without holding a thread.
    pub async fn receive(from: &mut (impl AsyncRead + Unpin), most: &Most) -> Result<Self, FrameError> {
        let mut prefix = Vec::new();
        (&mut *from).take(PREFIX as u64).read_to_end(&mut prefix).await?;
        let lengths = lengths(&prefix, most)?;
        let mut bodies = [Vec::new(), Vec::new(), Vec::new()];
        for (body, length) in bodies.iter_mut().zip(lengths) {
            (&mut *from).take(length as u64).read_to_end(body).await?;
            whole(body, length)?;
        }
        Ok(Self::of(bodies))
    }

    fn of([header, first, second]: [Vec<u8>; 3]) -> Self {
        Self { header, parts: [first, second] }
    }
}

fn lengths(prefix: &[u8], most: &Most) -> Result<[usize; 3], FrameError> {
    if prefix.is_empty() {
        return Err(FrameError::Closed);
    }
    whole(prefix, PREFIX)?;
    let at = |i: usize| prefix[i..].first_chunk().map_or(0, |b| u32::from_le_bytes(*b) as usize);
    Ok([within(at(0), most.header)?, within(at(4), most.part)?, within(at(8), most.part)?])
}

fn within(found: usize, limit: usize) -> Result<usize, FrameError> {
    if found > limit { Err(FrameError::TooLong { found, limit }) } else { Ok(found) }
}

fn whole(body: &[u8], length: usize) -> Result<(), FrameError> {
    if body.len() == length { Ok(()) } else { Err(FrameError::Broken(io::ErrorKind::UnexpectedEof.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Most = Most { header: 64, part: 1000 };

    fn message() -> Vec<u8> {
        let mut bytes = Vec::new();
        Frame::new(&"hello", [vec![1, 2, 3], Vec::new()]).unwrap().write(&mut bytes, &MOST).unwrap();
        bytes
    }

    #[test]
    fn a_message_comes_out_as_it_went_in() {
        let frame = Frame::read(&mut message().as_slice(), &MOST).unwrap();
        assert_eq!(frame.header::<String>().unwrap(), "hello");
        assert_eq!(frame.parts, [vec![1, 2, 3], Vec::new()]);
    }

    #[test]
    fn a_message_cut_anywhere_is_refused() {
        let bytes = message();
        assert!(matches!(Frame::read(&mut [].as_slice(), &MOST), Err(FrameError::Closed)));
        for end in 1..bytes.len() {
            assert!(matches!(Frame::read(&mut &bytes[..end], &MOST), Err(FrameError::Broken(_))), "cut at {end}");
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_anything_is_read() {
        for place in 0..3 {
            let mut bytes = message();
            bytes[place * 4..][..4].copy_from_slice(&u32::MAX.to_le_bytes());
            assert!(matches!(Frame::read(&mut bytes.as_slice(), &MOST), Err(FrameError::TooLong { .. })));
        }
        let long = Frame { header: vec![b' '; 65], parts: Default::default() };
        assert!(matches!(long.head(&MOST), Err(FrameError::TooLong { found: 65, limit: 64 })));
    }
}
