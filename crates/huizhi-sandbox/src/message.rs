//! What is asked of a worker, and what it answers. Pictures travel beside the JSON, so the types can be stored as
//! JSON with the pictures kept elsewhere.

use huizhi_photo::make::MakeOptions;
use huizhi_photo::spec::FileFormat;
use huizhi_photo::{Obstacle, Verdict};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::PhotoFault;
use crate::film::{Film, FilmRequest};
use crate::frame::{Frame, FrameError, Most};

/// Limits on what goes to a worker: the specification as text, and a photo. The engine's own limit on files is lower.
pub(crate) const ASKED: Most = Most { header: 1024 * 1024, part: 16 * 1024 * 1024 };
/// Limits on what a worker may answer: reports and marks are some 100 KB, a sheet of A4 at 300 dpi some MB.
pub(crate) const ANSWERED: Most = Most { header: 4 * 1024 * 1024, part: 32 * 1024 * 1024 };

/// The document that a photo is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Document {
    /// Id or Chinese name of one that comes with the engine: `cn-resident-id`.
    Id(String),
    /// A specification of the operator's own, as the TOML text of `specs/documents`.
    Toml(String),
}

/// When an ID photo is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Making {
    /// Never: the photo is judged only.
    No,
    /// Unless the verdict is 需要重拍.
    #[default]
    IfUsable,
    /// Wherever there is a face, whatever the verdict.
    Always,
}

/// What the citizen may choose of the made photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Background, sRGB; `None` takes the document's first.
    pub background: Option<[u8; 3]>,
    /// Whether exposure and white balance are mended where they are clearly off.
    pub tone: bool,
}

impl Default for Choices {
    fn default() -> Self {
        let MakeOptions { background, tone } = MakeOptions::default();
        Self { background, tone }
    }
}

/// Asks for a judgement, and for the ID photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeRequest {
    /// What the photo is for.
    pub document: Document,
    /// Whether an ID photo is made.
    pub making: Making,
    /// How it is made.
    pub choices: Choices,
    /// The file as it was sent in.
    #[serde(skip)]
    pub photo: Vec<u8>,
}

/// Asks for a made photo on paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRequest {
    /// Says how large the photo is on paper.
    pub document: Document,
    /// `five-inch`, `six-inch`, `a4` or `letter`.
    pub paper: String,
    /// How many; `None` is as many as fit.
    pub count: Option<u32>,
    /// A line at the foot; empty is none.
    pub caption: String,
    /// PDF or a picture.
    pub form: SheetForm,
    /// The made photo.
    #[serde(skip)]
    pub photo: Vec<u8>,
}

/// Asks for the writing of a picture, cut out: a name that no font has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InkRequest {
    /// The file as it was sent in.
    #[serde(skip)]
    pub photo: Vec<u8>,
}

/// Asks for a picture anew: upright, without metadata, no larger than a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureRequest {
    /// The file as it was sent in.
    #[serde(skip)]
    pub photo: Vec<u8>,
}

/// What a sheet is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SheetForm {
    /// Tagged PDF in true millimetres.
    Pdf {
        /// Its title.
        title: String,
        /// Language of title and description, BCP 47.
        language: String,
        /// What each photo shows, for those who cannot see it.
        photo: String,
    },
    /// JPEG at the paper's density.
    Jpeg,
}

/// Anything that a worker is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Judge a photo.
    Judge(JudgeRequest),
    /// Lay out a sheet.
    Sheet(SheetRequest),
    /// Cut writing out.
    Ink(InkRequest),
    /// Measure a film.
    Film(FilmRequest),
    /// Encode a picture anew.
    Picture(PictureRequest),
}

/// A judged photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The answer in a word; also in the report.
    #[serde(deserialize_with = "verdict")]
    pub verdict: Verdict,
    /// `huizhi_photo::Report`; docs/report.md describes it.
    pub report: Value,
    /// Columns of the upright picture, px.
    pub width: u32,
    /// Rows of the upright picture, px.
    pub height: u32,
    /// Columns and rows of the preview, px.
    pub preview_size: [u32; 2],
    /// SVG with a numbered mark for each finding, to lay over the preview.
    pub marks: String,
    /// The ID photo, where one was made.
    pub made: Option<Made>,
    /// Why none was made though it was asked.
    pub not_made: Option<NotMade>,
    /// The picture upright, newly encoded as JPEG without metadata, its longer side at most 1,200 px.
    #[serde(skip)]
    pub preview: Vec<u8>,
}

/// A made ID photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Of the file.
    pub format: FileFormat,
    /// Columns, px.
    pub width: u32,
    /// Rows, px.
    pub height: u32,
    /// Density written into the file, px per inch.
    pub dpi: u16,
    /// IJG quality of a JPEG.
    pub quality: Option<u8>,
    /// Whether the finished file keeps every rule of the document.
    pub holds: bool,
    /// `huizhi_photo::make::certificate::Certificate`: the file, measured again.
    pub certificate: Value,
    /// List of `huizhi_photo::make::Edit`: what was changed, in order.
    pub edits: Value,
    /// List of `huizhi_photo::make::crop::Shortfall`: rules that could not hold.
    pub shortfalls: Value,
    /// `huizhi_photo::make::background::Doubt` or null: why a person should look at the edges.
    pub doubt: Value,
    /// List of `huizhi_photo::make::encode::Note`: what was unusual in encoding.
    pub notes: Value,
    /// The photo's corners in px of the upright source, clockwise from the top left.
    pub region: Value,
    /// The file.
    #[serde(skip)]
    pub file: Vec<u8>,
}

/// Why no ID photo was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotMade {
    /// In English, for logs.
    pub message: String,
    /// The same for programs, and for words in the reader's language; absent where it is the document's fault.
    pub obstacle: Option<Obstacle>,
}

/// A sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Photos on it.
    pub placed: u32,
    /// Photos that were asked and found no room.
    pub left_out: u32,
    /// `huizhi_photo::make::sheet::Plan`: where everything lies.
    pub plan: Value,
    /// PDF or JPEG.
    #[serde(skip)]
    pub file: Vec<u8>,
}

/// Writing, cut out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ink {
    /// PNG, dark on white; empty where there is no writing to be seen.
    #[serde(skip)]
    pub file: Vec<u8>,
}

/// A picture, encoded anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Columns, px.
    pub width: u32,
    /// Rows, px.
    pub height: u32,
    /// JPEG.
    #[serde(skip)]
    pub file: Vec<u8>,
}

/// Anything that a worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To [`Request::Judge`].
    Judged(Box<Judged>),
    /// To [`Request::Sheet`].
    Sheet(Sheet),
    /// To [`Request::Ink`].
    Ink(Ink),
    /// To [`Request::Film`].
    Film(Film),
    /// To [`Request::Picture`].
    Picture(Picture),
    /// The photo, or the document, gives no answer.
    Fault(PhotoFault),
}

/// What a worker has to keep to; the first message to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// Address space, bytes.
    pub memory_bytes: u64,
    /// CPU time of its whole life, s.
    pub cpu_s: u64,
    /// Whether it jails itself.
    pub confined: bool,
}

/// A worker's first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Opening {
    /// Jailed as asked, networks open.
    Ready,
    /// It cannot work.
    Failed(String),
}

impl Request {
    pub(crate) fn into_frame(mut self) -> Result<Frame, FrameError> {
        let photo = match &mut self {
            Self::Judge(JudgeRequest { photo, .. })
            | Self::Sheet(SheetRequest { photo, .. })
            | Self::Ink(InkRequest { photo })
            | Self::Picture(PictureRequest { photo })
            | Self::Film(FilmRequest { photo, .. }) => std::mem::take(photo),
        };
        Frame::new(&self, [photo, Vec::new()])
    }

    pub(crate) fn from_frame(frame: Frame) -> Result<Self, FrameError> {
        let mut request: Self = frame.header()?;
        let [first, _] = frame.parts;
        match &mut request {
            Self::Judge(JudgeRequest { photo, .. })
            | Self::Sheet(SheetRequest { photo, .. })
            | Self::Ink(InkRequest { photo })
            | Self::Picture(PictureRequest { photo })
            | Self::Film(FilmRequest { photo, .. }) => *photo = first,
        }
        Ok(request)
    }
}

impl Answer {
    pub(crate) fn into_frame(mut self) -> Result<Frame, FrameError> {
        let parts = match &mut self {
            Self::Judged(judged) => {
                let file = judged.made.as_mut().map(|made| std::mem::take(&mut made.file));
                [std::mem::take(&mut judged.preview), file.unwrap_or_default()]
            }
            Self::Sheet(Sheet { file, .. }) | Self::Ink(Ink { file }) | Self::Picture(Picture { file, .. }) => {
                [std::mem::take(file), Vec::new()]
            }
            Self::Film(_) | Self::Fault(_) => Default::default(),
        };
        Frame::new(&self, parts)
    }

    pub(crate) fn from_frame(frame: Frame) -> Result<Self, FrameError> {
        let mut answer: Self = frame.header()?;
        let [first, second] = frame.parts;
        match &mut answer {
            Self::Judged(judged) => {
                judged.preview = first;
                if let Some(made) = &mut judged.made {
                    made.file = second;
                }
            }
            Self::Sheet(Sheet { file, .. }) | Self::Ink(Ink { file }) | Self::Picture(Picture { file, .. }) => {
                *file = first;
            }
            Self::Film(_) | Self::Fault(_) => {}
        }
        Ok(answer)
    }
}

/// Reads the engine's verdict, which the engine itself only writes.
fn verdict<'de, D: Deserializer<'de>>(from: D) -> Result<Verdict, D::Error> {
    #[derive(Deserialize)]
    #[serde(remote = "Verdict", rename_all = "lowercase")]
    enum Read {
        Fits,
        Review,
        Retake,
    }
    Read::deserialize(from)
}
