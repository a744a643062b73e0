//! What the operator sets of support.

use huizhi_domain::office::Span;

/// How support is reached; what is empty is not shown.
#[derive(Clone, Debug, Default)]
pub struct Support {
    /// Telephone number.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// When somebody answers, as the operator writes it.
    pub hours: String,
    /// The hours of working days in which inquiries are answered; ours where there are none.
    pub open: Vec<Span>,
    /// The QR code of the operator's account in WeChat.
    pub wechat_qr: Option<QrPicture>,
}

/// A picture of a QR code, as the operator gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct QrPicture {
    /// Its media type.
    pub media: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

impl QrPicture {
    /// A file that is a PNG or a JPEG by its first bytes; `None` for others.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let media = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            _ => return None,
        };
        Some(Self { media, bytes })
    }
}

impl std::fmt::Debug for QrPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QrPicture({}, {} bytes)", self.media, self.bytes.len())
    }
}
