//! `huizhi photo sheet`

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use huizhi_photo::make::encode::{self, Request};
use huizhi_photo::make::sheet::{self, Count, Paper, PhotoSize, Plan, pdf, raster};
use huizhi_photo::pixels::{Affine, Rgb};
use huizhi_photo::spec::{Catalog, FileFormat};
use huizhi_photo::{Limits, PhotoError, Portrait};

use super::{Common, check};
use crate::text::{Lang, number};
use crate::{Exit, UsageError, files};

/// Options of `sheet`.
#[derive(Args)]
pub struct Options {
    /// Made photos; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Paper: five-inch, six-inch, a4 or letter.
    #[arg(long, default_value = "six-inch")]
    paper: String,
    /// Size of the photos in mm [default: the document's]
    #[arg(long, value_name = "WxH")]
    size: Option<String>,
    /// How many of each photo [default: as many as fit]
    #[arg(long)]
    count: Option<u32>,
    /// A line at the foot of the sheet.
    #[arg(long, default_value = "")]
    caption: String,
    /// Where the sheet goes, as .pdf, .png or .jpg.
    #[arg(short, long, default_value = "sheet.pdf", value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Lays out and writes the sheet.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let catalog = Catalog::built_in()?;
    let size = size(options, &catalog)?;
    let paper = match Paper::supplied(&options.paper) {
        Ok(paper) => paper,
        Err(PhotoError::Spec { id, why }) => return Err(UsageError(format!("paper {id:?}: {why}")).into()),
        Err(error) => return Err(error.into()),
    };
    let pdf_wanted = options.output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"));
    if !pdf_wanted && check::picture_format(&options.output).is_err() {
        let why = format!("{} names no sheet format; end it in .pdf, .png or .jpg", options.output.display());
        return Err(UsageError(why).into());
    }
    let count = options.count.map_or(Count::AsManyAsFit, Count::Exactly);
    let asked = vec![(size, count); options.files.len()];
    let looks = sheet::Options { caption: options.caption.clone(), ..sheet::Options::default() };
    let plan = sheet::plan(&paper, &asked, &looks)?;
    let lang = options.common.output.lang();
    let bytes = if pdf_wanted { as_pdf(&plan, options, size, lang)? } else { as_pixels(&plan, options)? };
    files::write(&options.output, &bytes)?;
    if options.common.output.json {
        files::say(&format!("{}\n", serde_json::to_string_pretty(&plan)?))?;
        return Ok(Exit::Fits);
    }
    let paper_name = match lang {
        Lang::Zh => &paper.name.zh,
        Lang::En => &paper.name.en,
    };
    let shown = options.output.display();
    files::say(&format!(
        "{}\n",
        lang.say("sheet-line", &[("file", &shown), ("paper", paper_name), ("count", &plan.placed())])
    ))?;
    if plan.left_out() > 0 {
        files::say(&format!("{}\n", lang.say("sheet-left-out", &[("count", &plan.left_out())])))?;
        return Ok(Exit::DoesNotFit);
    }
    Ok(Exit::Fits)
}

fn as_pdf(plan: &Plan, options: &Options, size: PhotoSize, lang: Lang) -> anyhow::Result<Vec<u8>> {
    let mut jpegs = Vec::new();
    for file in &options.files {
        let bytes = files::read(file, Limits::default().file_bytes)?;
        // A JPEG goes in byte for byte; anything else becomes one of high quality.
        let jpeg =
            if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) { bytes } else { encoded(&picture(file, &bytes)?, plan.dpi)? };
        jpegs.push(jpeg);
    }
    let borrowed: Vec<&[u8]> = jpegs.iter().map(Vec::as_slice).collect();
    let (language, title) = match lang {
        Lang::Zh => ("zh-CN", "证件照"),
        Lang::En => ("en", "ID photos"),
    };
    let photo = format!("{title} {} × {} mm", number(size.width_mm), number(size.height_mm));
    Ok(pdf::render(plan, &borrowed, &pdf::Words { title, language, photo: &photo })?)
}

fn as_pixels(plan: &Plan, options: &Options) -> anyhow::Result<Vec<u8>> {
    let mut pictures = Vec::new();
    for file in &options.files {
        pictures.push(picture(file, &files::read(file, Limits::default().file_bytes)?)?);
    }
    let borrowed: Vec<&Rgb> = pictures.iter().collect();
    let sheet = raster::render(plan, &borrowed)?;
    match check::picture_format(&options.output)? {
        FileFormat::Jpeg => encoded(&sheet, plan.dpi),
        FileFormat::Png => {
            let request = Request { format: FileFormat::Png, quality: None, kb_min: None, kb_max: None, dpi: plan.dpi };
            Ok(encode::encode(&sheet, &request)?.bytes)
        }
    }
}

fn encoded(picture: &Rgb, dpi: u16) -> anyhow::Result<Vec<u8>> {
    let request = Request { format: FileFormat::Jpeg, quality: Some(95), kb_min: None, kb_max: None, dpi };
    Ok(encode::encode(picture, &request)?.bytes)
}

fn picture(file: &Path, bytes: &[u8]) -> anyhow::Result<Rgb> {
    let portrait =
        Portrait::decode(bytes, &Limits::default()).with_context(|| format!("cannot use {}", file.display()))?;
    Ok(portrait.sampled(&Affine::IDENTITY, portrait.width(), portrait.height()))
}

/// The size asked, or else the document's.
fn size(options: &Options, catalog: &Catalog) -> anyhow::Result<PhotoSize> {
    if let Some(text) = &options.size {
        let sides = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        let Some((width_mm, height_mm)) = sides else {
            return Err(UsageError(format!("size {text:?} is not width x height in mm; write it as 26x32")).into());
        };
        return Ok(PhotoSize { width_mm, height_mm });
    }
    let spec = super::document(catalog, &options.common.document)?;
    let size = spec.size.as_ref().and_then(|s| Some(PhotoSize { width_mm: s.width_mm?, height_mm: s.height_mm? }));
    size.ok_or_else(|| UsageError(format!("{} has no size on paper; give one with --size 35x45", spec.id)).into())
}
