//! `huizhi photo make`

use std::path::{Path, PathBuf};

use clap::Args;
use huizhi_photo::make::background::Doubt;
use huizhi_photo::make::certificate::Certificate;
use huizhi_photo::make::crop::Shortfall;
use huizhi_photo::make::encode::Note;
use huizhi_photo::make::{self, Edit, IdPhoto, MakeOptions};
use huizhi_photo::pixels::Point;
use huizhi_photo::spec::{Catalog, FileFormat};
use huizhi_photo::{Limits, Obstacle, PhotoError, Report, Severity, Spec, Verdict, overlay};
use serde::Serialize;

use super::{Common, Desk, Told, check};
use crate::models::{Networks, Purpose};
use crate::{Exit, UsageError, files};

/// Options of `make`.
#[derive(Args)]
pub struct Options {
    /// The photo; `-` is the standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the ID photo goes; `-` is the standard output [default: NAME.DOCUMENT.jpg here]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The background's colour, one that the document allows: white, blue, red … [default: its first]
    #[arg(long, value_name = "COLOUR")]
    background: Option<String>,
    /// Leave exposure and white balance as they are.
    #[arg(long)]
    keep_tone: bool,
    /// Write the report as JSON, too.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the photo as taken with numbered marks, as PNG or JPEG by the name's ending.
    #[arg(long, value_name = "FILE")]
    annotate: Option<PathBuf>,
    #[command(flatten)]
    networks: Networks,
    #[command(flatten)]
    common: Common,
}

/// A made photo, as it is told.
#[derive(Serialize)]
pub struct Made {
    /// Where it was written.
    pub file: String,
    /// Length of the file.
    pub size_bytes: usize,
    /// Density written into it, px per inch.
    pub dpi: u16,
    /// IJG quality of a JPEG.
    pub quality: Option<u8>,
    /// The photo's corners in px of the upright source, clockwise from the top left.
    pub region: [Point; 4],
    /// What was changed, in order.
    pub edits: Vec<Edit>,
    /// Rules that could not hold.
    pub shortfalls: Vec<Shortfall>,
    /// Why a person should look at the edges.
    pub doubt: Option<Doubt>,
    /// What was unusual in encoding.
    pub notes: Vec<Note>,
    /// The file, measured again.
    pub certificate: Certificate,
}

/// Makes the photo and says what was found.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let catalog = Catalog::built_in()?;
    let spec = super::document(&catalog, &options.common.document)?;
    let made_options = MakeOptions {
        background: options.background.as_deref().map(|name| background(&catalog, spec, name)).transpose()?,
        tone: !options.keep_tone,
    };
    let output = options.output.clone().unwrap_or_else(|| PathBuf::from(name(&super::stem(&options.file), spec)));
    let to_standard = output.as_os_str() == files::STANDARD;
    if to_standard && options.common.output.json {
        let why = "the photo and the JSON cannot both go to the standard output; name a file with -o".to_owned();
        return Err(UsageError(why).into());
    }
    for written in
        [Some(output.as_path()), options.report.as_deref(), options.annotate.as_deref()].into_iter().flatten()
    {
        super::not_the_same(&options.file, written)?;
    }
    if let Some(marked) = &options.annotate {
        check::picture_format(marked)?;
    }

    let shown = options.file.display().to_string();
    let bytes = files::read(&options.file, Limits::default().file_bytes)?;
    let desk = Desk::open(Purpose::Make, crate::models::threads(), &options.networks)?;
    let failed = |error: PhotoError| anyhow::Error::from(error).context(shown.clone());
    let (analysis, report) = super::judge(&desk, &bytes, spec).map_err(failed)?;
    if let Some(marked) = &options.annotate {
        check::write_picture(marked, &overlay::draw(&analysis.portrait, &report.findings))?;
    }
    let mut told = Told { file: shown.clone(), ..Told::default() };
    let mut exit = check::exit_of(&report);
    // Whoever asks for one photo gets it wherever there is a face: the verdict stands beside it.
    match photo(&desk, &analysis, spec, &made_options) {
        Ok(photo) => {
            files::write(&output, &photo.encoded.bytes)?;
            if !photo.certificate.holds() || photo.doubt.is_some() {
                exit = exit.max(Exit::DoesNotFit);
            }
            told.made = Some(made(photo, &output, spec));
        }
        Err(PhotoError::NotMade(obstacle)) => {
            told.not_made = Some(obstacle.to_string());
            told.obstacle = Some(obstacle);
            exit = exit.max(Exit::DoesNotFit);
        }
        Err(PhotoError::Make { why }) => {
            told.not_made = Some(why);
            exit = exit.max(Exit::DoesNotFit);
        }
        Err(error) => return Err(failed(error)),
    }
    told.report = Some(report);
    let json = super::to_json(std::slice::from_ref(&told), &options.networks)?;
    if let Some(path) = &options.report {
        files::write(path, json.as_bytes())?;
    }
    if options.common.output.json {
        files::say(&json)?;
    } else {
        let said = super::printer(&options.common.output)?.told(&told);
        if to_standard {
            eprint!("{said}");
        } else {
            files::say(&said)?;
        }
    }
    Ok(exit)
}

/// Whether a photo is worth making unasked: not of what nobody could use.
pub fn usable(report: &Report) -> Result<(), PhotoError> {
    if report.verdict != Verdict::Retake {
        return Ok(());
    }
    let codes: Vec<&str> =
        report.findings.iter().filter(|f| f.severity == Severity::Block).map(|f| f.code.as_str()).collect();
    Err(PhotoError::NotMade(Obstacle::NotUsable { codes: codes.join(", ") }))
}

/// The ID photo of the first face.
pub fn photo(
    desk: &Desk,
    analysis: &huizhi_photo::analysis::Analysis,
    spec: &Spec,
    options: &MakeOptions,
) -> Result<IdPhoto, PhotoError> {
    let Some(face) = analysis.faces.first() else {
        return Err(PhotoError::NotMade(Obstacle::NoFace));
    };
    make::make(&analysis.portrait, face, spec, (&desk.models, &desk.models), options)
}

/// How a made photo is told.
pub fn made(photo: IdPhoto, file: &Path, spec: &Spec) -> Made {
    Made {
        file: file.display().to_string(),
        size_bytes: photo.encoded.bytes.len(),
        dpi: spec.size.as_ref().map_or(0, |size| size.dpi),
        quality: photo.encoded.quality,
        region: photo.region,
        edits: photo.edits,
        shortfalls: photo.shortfalls,
        doubt: photo.doubt,
        notes: photo.encoded.notes,
        certificate: photo.certificate,
    }
}

/// The name of a made photo's file.
pub fn name(stem: &str, spec: &Spec) -> String {
    let ending = match spec.file.as_ref().map(|file| file.format) {
        Some(FileFormat::Png) => "png",
        Some(FileFormat::Jpeg) | None => "jpg",
    };
    format!("{stem}.{}.{ending}", spec.id)
}

/// A background by name: one that the document allows or, where it names none, one that any document has.
fn background(catalog: &Catalog, spec: &Spec, name: &str) -> anyhow::Result<[u8; 3]> {
    let of = |spec: &Spec| spec.backgrounds.iter().find(|b| b.name == name).map(|b| b.rgb);
    let found = if spec.backgrounds.is_empty() { catalog.iter().find_map(of) } else { of(spec) };
    found.ok_or_else(|| {
        let mut allowed: Vec<&str> = if spec.backgrounds.is_empty() {
            catalog.iter().flat_map(|spec| &spec.backgrounds).map(|b| b.name.as_str()).collect()
        } else {
            spec.backgrounds.iter().map(|b| b.name.as_str()).collect()
        };
        allowed.sort_unstable();
        allowed.dedup();
        UsageError(format!("background {name:?} is not allowed for {}; choose {}", spec.id, allowed.join(", "))).into()
    })
}
