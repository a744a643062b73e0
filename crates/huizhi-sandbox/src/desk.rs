//! The engine, opened once, that answers a request: the same functions inside a worker and without one.

use huizhi_photo::analysis::{self, Analysis};
use huizhi_photo::check::{self, Rule};
use huizhi_photo::make::encode::{self, Request as Encoding};
use huizhi_photo::make::sheet::{self, Count, Paper, PhotoSize, pdf, raster};
use huizhi_photo::make::{self, IdPhoto, MakeOptions};
use huizhi_photo::models::Models;
use huizhi_photo::pixels::{Affine, Point, Rgb};
use huizhi_photo::probe::{self, Probe};
use huizhi_photo::report::{self, Report};
use huizhi_photo::spec::{Catalog, FileFormat};
use huizhi_photo::{Finding, Limits, Matter, Obstacle, PhotoError, Portrait, Severity, Spec, Verdict, ink, overlay};
use serde::Serialize;
use serde_json::Value;

use crate::PhotoFault;
use crate::film;
use crate::message::{
    Answer, Document, Ink, JudgeRequest, Judged, Made, Making, NotMade, Picture, Request, Sheet, SheetForm,
    SheetRequest,
};

/// Longer side of a preview, px: sharp on a phone of 400 px at three device pixels each.
const PREVIEW_LONG_PX: u32 = 1200;
/// IJG quality of a preview.
const PREVIEW_QUALITY: u8 = 85;
/// Density written into a preview, px per inch; it means nothing on a screen.
const SCREEN_DPI: u16 = 96;

/// Networks, probes, rules and documents.
pub struct Desk {
    models: Models,
    probes: Vec<Probe>,
    rules: Vec<Rule>,
    catalog: Catalog,
}

impl Desk {
    /// Reads probes, rules and documents, and runs the networks once: that starts their thread and sorts their weights,
    /// which the first photo would wait for.
    ///
    /// # Errors
    /// [`PhotoError::Spec`] and [`PhotoError::Model`]; the operator's to mend.
    pub fn open(models: Models) -> Result<Self, PhotoError> {
        let blank = Portrait::from_pixels(Rgb::filled(64, 64, [128; 3]))?;
        huizhi_photo::Finder::find(&models, &blank)?;
        models.silhouette(blank.working())?;
        Ok(Self { models, probes: probe::built_in()?, rules: check::built_in()?, catalog: Catalog::built_in()? })
    }

    /// Answers a request.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Answer {
        let (answer, photo) = match request {
            Request::Judge(request) => {
                (self.judge(request).map(|judged| Answer::Judged(Box::new(judged))), &request.photo)
            }
            Request::Sheet(request) => (self.sheet(request).map(Answer::Sheet), &request.photo),
            Request::Ink(request) => (written(&request.photo).map(Answer::Ink), &request.photo),
            Request::Picture(request) => (anew(&request.photo).map(Answer::Picture), &request.photo),
            Request::Film(request) => {
                (film::measured(&self.models, &self.models, request).map(Answer::Film), &request.photo)
            }
        };
        answer.unwrap_or_else(|error| Answer::Fault(PhotoFault::new(&error, photo)))
    }

    fn spec(&self, document: &Document) -> Result<Spec, PhotoError> {
        match document {
            Document::Id(id) => self.catalog.find(id).cloned(),
            Document::Toml(text) => Spec::from_toml(text),
        }
    }

    fn judge(&self, request: &JudgeRequest) -> Result<Judged, PhotoError> {
        let spec = self.spec(&request.document)?;
        let portrait = Portrait::decode(&request.photo, &Limits::default())?;
        let analysis = analysis::examine(portrait, &self.models, &self.models, &self.probes)?;
        let report = report::report(&analysis, &spec, &self.rules);
        let (preview, preview_size) = preview(&analysis.portrait)?;
        let (made, not_made) = match self.make(&analysis, &report, &spec, request) {
            Ok(made) => (made, None),
            Err(error @ (PhotoError::Make { .. } | PhotoError::NotMade(_))) => (None, Some(not_made(&error))),
            Err(error) => return Err(error),
        };
        Ok(Judged {
            verdict: report.verdict,
            width: analysis.portrait.width(),
            height: analysis.portrait.height(),
            marks: marks(&report.findings, &analysis.portrait, preview_size),
            report: json(&report)?,
            preview_size,
            made,
            not_made,
            preview,
        })
    }

    fn make(
        &self,
        analysis: &Analysis,
        report: &Report,
        spec: &Spec,
        request: &JudgeRequest,
    ) -> Result<Option<Made>, PhotoError> {
        match request.making {
            Making::No => return Ok(None),
            Making::IfUsable if report.verdict == Verdict::Retake => {
                let blocking = report.findings.iter().filter(|f| f.severity == Severity::Block);
                let codes = blocking.map(|f| f.code.as_str()).collect::<Vec<_>>().join(", ");
                return Err(PhotoError::NotMade(Obstacle::NotUsable { codes }));
            }
            Making::IfUsable | Making::Always => {}
        }
        let face = analysis.faces.first().ok_or(PhotoError::NotMade(Obstacle::NoFace))?;
        let options = MakeOptions { background: request.choices.background, tone: request.choices.tone };
        let photo = make::make(&analysis.portrait, face, spec, (&self.models, &self.models), &options)?;
        made(photo, spec).map(Some)
    }

    fn sheet(&self, request: &SheetRequest) -> Result<Sheet, PhotoError> {
        let spec = self.spec(&request.document)?;
        let size = spec.size.as_ref().and_then(|s| Some(PhotoSize { width_mm: s.width_mm?, height_mm: s.height_mm? }));
        let no_size = || PhotoError::Spec { id: spec.id.clone(), why: "it has no size on paper".to_owned() };
        let count = request.count.map_or(Count::AsManyAsFit, Count::Exactly);
        let looks = sheet::Options { caption: request.caption.clone(), ..sheet::Options::default() };
        let plan = sheet::plan(&Paper::supplied(&request.paper)?, &[(size.ok_or_else(no_size)?, count)], &looks)?;
        let picture = || {
            let portrait = Portrait::decode(&request.photo, &Limits::default())?;
            Ok::<_, PhotoError>(portrait.sampled(&Affine::IDENTITY, portrait.width(), portrait.height()))
        };
        let file = match &request.form {
            SheetForm::Pdf { title, language, photo } => {
                // The file goes in byte for byte where it is a whole JPEG, so that it prints as it was certified.
                let picture = picture()?;
                let is_jpeg = request.photo.starts_with(&[0xFF, 0xD8, 0xFF]);
                let jpeg = if is_jpeg { request.photo.clone() } else { jpeg(&picture, PRINT_QUALITY, plan.dpi)? };
                pdf::render(&plan, &[&jpeg], &pdf::Words { title, language, photo })?
            }
            SheetForm::Jpeg => jpeg(&raster::render(&plan, &[&picture()?])?, PRINT_QUALITY, plan.dpi)?,
        };
        Ok(Sheet { placed: plan.placed(), left_out: plan.left_out(), plan: json(&plan)?, file })
    }
}

fn written(photo: &[u8]) -> Result<Ink, PhotoError> {
    let picture = Portrait::decode(photo, &Limits::default())?;
    Ok(Ink { file: ink::png(&picture)?.unwrap_or_default() })
}

fn anew(photo: &[u8]) -> Result<Picture, PhotoError> {
    let (file, [width, height]) = preview(&Portrait::decode(photo, &Limits::default())?)?;
    Ok(Picture { width, height, file })
}

/// IJG quality of what is printed.
const PRINT_QUALITY: u8 = 95;

fn jpeg(picture: &Rgb, quality: u8, dpi: u16) -> Result<Vec<u8>, PhotoError> {
    let asked = Encoding { format: FileFormat::Jpeg, quality: Some(quality), kb_min: None, kb_max: None, dpi };
    Ok(encode::encode(picture, &asked)?.bytes)
}

/// The whole picture, smaller, and its size.
fn preview(portrait: &Portrait) -> Result<(Vec<u8>, [u32; 2]), PhotoError> {
    let long = portrait.width().max(portrait.height());
    let side = |px: u32| {
        let fitted = (u64::from(px) * u64::from(PREVIEW_LONG_PX) + u64::from(long) / 2) / u64::from(long.max(1));
        if long > PREVIEW_LONG_PX { (fitted as u32).max(1) } else { px }
    };
    let (width, height) = (side(portrait.width()), side(portrait.height()));
    let (x, y) = (portrait.width() as f32 / width as f32, portrait.height() as f32 / height as f32);
    let picture = portrait.sampled(&Affine { m: [x, 0.0, 0.0, 0.0, y, 0.0] }, width, height);
    Ok((jpeg(&picture, PREVIEW_QUALITY, SCREEN_DPI)?, [width, height]))
}

/// The findings' marks in px of the preview.
fn marks(findings: &[Finding], portrait: &Portrait, [width, height]: [u32; 2]) -> String {
    let (x, y) = (width as f32 / portrait.width() as f32, height as f32 / portrait.height() as f32);
    let scaled: Vec<Finding> = findings
        .iter()
        .map(|finding| Finding {
            place: finding.place.iter().map(|p| Point::new(p.x * x, p.y * y)).collect(),
            ..finding.clone()
        })
        .collect();
    overlay::svg(&scaled, width, height)
}

fn made(photo: IdPhoto, spec: &Spec) -> Result<Made, PhotoError> {
    Ok(Made {
        format: spec.file.as_ref().map_or(FileFormat::Jpeg, |file| file.format),
        width: photo.picture.width,
        height: photo.picture.height,
        dpi: spec.size.as_ref().map_or(0, |size| size.dpi),
        quality: photo.encoded.quality,
        holds: photo.certificate.holds(),
        certificate: json(&photo.certificate)?,
        edits: json(&photo.edits)?,
        shortfalls: json(&photo.shortfalls)?,
        doubt: json(&photo.doubt)?,
        notes: json(&photo.encoded.notes)?,
        region: json(&photo.region)?,
        file: photo.encoded.bytes,
    })
}

fn not_made(error: &PhotoError) -> NotMade {
    let obstacle = match error {
        PhotoError::NotMade(obstacle) => Some(obstacle.clone()),
        _ => None,
    };
    NotMade { message: error.to_string(), obstacle }
}

/// By way of text, which keeps 0.1 as 0.1: the shorter numbers of `f32` would grow digits that mean nothing.
fn json(value: &impl Serialize) -> Result<Value, PhotoError> {
    let text = serde_json::to_string(value);
    let parsed = text.and_then(|text| serde_json::from_str(&text));
    parsed.map_err(|e| PhotoError::Make { why: format!("the answer has no JSON form: {e}") })
}
