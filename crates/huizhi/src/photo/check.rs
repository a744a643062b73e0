//! `huizhi photo check`

use std::path::{Path, PathBuf};

use clap::Args;
use huizhi_photo::make::encode::{self, Request};
use huizhi_photo::pixels::Rgb;
use huizhi_photo::spec::{Catalog, FileFormat};
use huizhi_photo::{Limits, Report, Spec, Verdict, overlay};

use super::{Common, Desk, Told};
use crate::models::{Networks, Purpose};
use crate::{Exit, UsageError, files};

/// Options of `check`.
#[derive(Args)]
pub struct Options {
    /// Photos to judge; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the photo with numbered marks, as PNG or JPEG by the name's ending; one photo only.
    #[arg(long, value_name = "FILE")]
    annotate: Option<PathBuf>,
    #[command(flatten)]
    networks: Networks,
    #[command(flatten)]
    common: Common,
}

/// Judges each file.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let catalog = Catalog::built_in()?;
    let spec = super::document(&catalog, &options.common.document)?;
    if let Some(marked) = &options.annotate {
        if options.files.len() != 1 {
            let why = format!("--annotate takes one photo, {} were given; check them one by one", options.files.len());
            return Err(UsageError(why).into());
        }
        super::not_the_same(&options.files[0], marked)?;
        picture_format(marked)?;
    }
    let printer = super::printer(&options.common.output)?;
    let desk = Desk::open(Purpose::Check, crate::models::threads(), &options.networks)?;
    let mut exit = Exit::Fits;
    let mut photos = Vec::new();
    for file in &options.files {
        let (told, ends) = one(&desk, file, spec, options.annotate.as_deref());
        exit = exit.max(ends);
        if !options.common.output.json {
            let said = printer.told(&told);
            if told.error.is_some() { eprint!("{said}") } else { files::say(&said)? }
        }
        photos.push(told);
    }
    if options.common.output.json {
        files::say(&super::to_json(&photos, &options.networks)?)?;
    } else if let Some(marked) = &options.annotate {
        files::say(&(printer.lang.say("annotated", &[("file", &marked.display())]) + "\n"))?;
    }
    Ok(exit)
}

fn one(desk: &Desk, file: &Path, spec: &Spec, marked: Option<&Path>) -> (Told, Exit) {
    let name = file.display().to_string();
    match judged(desk, file, spec, marked) {
        Ok(report) => {
            let exit = exit_of(&report);
            (Told { file: name, report: Some(report), ..Told::default() }, exit)
        }
        Err(error) => (Told { file: name, error: Some(format!("{error:#}")), ..Told::default() }, Exit::Failed),
    }
}

fn judged(desk: &Desk, file: &Path, spec: &Spec, marked: Option<&Path>) -> anyhow::Result<Report> {
    let bytes = files::read(file, Limits::default().file_bytes)?;
    let (analysis, report) = super::judge(desk, &bytes, spec)?;
    if let Some(marked) = marked {
        write_picture(marked, &overlay::draw(&analysis.portrait, &report.findings))?;
    }
    Ok(report)
}

/// How the program ends after this report.
pub fn exit_of(report: &Report) -> Exit {
    if report.verdict == Verdict::Fits { Exit::Fits } else { Exit::DoesNotFit }
}

/// Writes a picture in the format that the name's ending says.
pub fn write_picture(path: &Path, picture: &Rgb) -> anyhow::Result<()> {
    let request =
        Request { format: picture_format(path)?, quality: Some(90), kb_min: None, kb_max: None, dpi: SCREEN_DPI };
    files::write(path, &encode::encode(picture, &request)?.bytes)
}

/// Density written into pictures for screens, px per inch; it means nothing there, but the formats ask for one.
const SCREEN_DPI: u16 = 96;

/// The format that a name's ending says.
pub fn picture_format(path: &Path) -> anyhow::Result<FileFormat> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("png") => Ok(FileFormat::Png),
        Some("jpg" | "jpeg") => Ok(FileFormat::Jpeg),
        _ => Err(UsageError(format!("{} names no picture format; end it in .png or .jpg", path.display())).into()),
    }
}
