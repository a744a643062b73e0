//! Receipts as PDF and PNG.
//!
//! A [`ReceiptSheet`] says what stands on the sheet, a [`Look`] from [`Templates`] how it looks in its city; [`pdf()`] and [`png()`] draw one
//! and the same layout. Nothing is read but fonts of the system, and only where [`Fonts::with_system`] asked for them; no clock, no
//! network, no randomness: the same sheet gives the same bytes.

#![forbid(unsafe_code)]

// So that tests inside and outside the crate share their sample.
#[cfg(test)]
extern crate self as huizhi_paper;

mod error;
mod fonts;
mod layout;
mod paper;
mod pdf_file;
mod picture;
mod png_file;
mod sheet;
mod template;
mod words;

pub use error::PaperError;
pub use fonts::Fonts;
pub use paper::Paper;
pub use sheet::{Name, Photo, ReceiptSheet};
pub use template::{Line, Look, Templates, template_files};

use picture::Pixels;

/// Narrowest and widest picture, px: below, the QR code's modules are too small; above, no phone shows it.
const WIDTHS_PX: std::ops::RangeInclusive<u32> = 480..=2160;

/// The sheet as a PDF for a paper: tagged, its text can be extracted, its fonts are embedded, the photo has its true size.
///
/// # Errors
/// [`PaperError`], by cause; each says whose fault it is.
pub fn pdf(sheet: &ReceiptSheet, paper: Paper, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    picture::photo(&sheet.photo)?;
    let name = name_picture(sheet, fonts)?;
    let layout = layout::lay_out(sheet, &paper.format(), fonts, name.as_ref().map(|n| n.size))?;
    let files = pdf_file::Files { photo: &sheet.photo.jpeg, name: name.and(sheet.name_picture.as_deref()) };
    pdf_file::write(&layout, &files, fonts)
}

/// The sheet as a PNG for the phone, to press long and save; 1080 px suit today's phones. It is as high as it needs to be, about
/// four times its width.
///
/// # Errors
/// [`PaperError`], by cause; each says whose fault it is.
pub fn png(sheet: &ReceiptSheet, fonts: &Fonts, width_px: u32) -> Result<Vec<u8>, PaperError> {
    if !WIDTHS_PX.contains(&width_px) {
        return Err(PaperError::Width(width_px));
    }
    let pictures = png_file::Pictures { photo: picture::photo(&sheet.photo)?, name: name_picture(sheet, fonts)? };
    let layout = layout::lay_out(sheet, &paper::phone(width_px), fonts, pictures.name.as_ref().map(|n| n.size))?;
    let page = layout.pages.first().ok_or(PaperError::Width(width_px))?;
    png_file::write(page, &pictures, fonts, width_px)
}

/// The picture of the name, where it is given and needed.
fn name_picture(sheet: &ReceiptSheet, fonts: &Fonts) -> Result<Option<Pixels>, PaperError> {
    match (&sheet.name, &sheet.name_picture) {
        (Some(name), Some(bytes)) if !fonts.missing(name).is_empty() => picture::name(bytes).map(Some),
        _ => Ok(None),
    }
}
