//! The pictures on a sheet, decoded: the PNG painter draws them, and nothing unreadable gets as far as paper.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::error::PaperError;
use crate::sheet::Photo;

/// Most px of a side: a made photo has at most 1,200, the picture of a name is a strip.
const MOST_PX: u32 = 4096;

/// A photo's sides on paper, mm.
const SIDES_MM: std::ops::RangeInclusive<f32> = 10.0..=60.0;

/// Greatest difference between a photo's shape in px and in mm, as print sheets allow it (huizhi-photo, `make::sheet`).
const SHAPE_TOLERANCE: f32 = 0.02;

/// A picture's sides, px.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Pixels, RGBA without transparency, row by row.
pub(crate) struct Pixels {
    pub(crate) size: Size,
    pub(crate) rgba: Vec<u8>,
}

/// The photo's pixels.
pub(crate) fn photo(photo: &Photo) -> Result<Pixels, PaperError> {
    let fault = |why: String| PaperError::Picture { what: "photo", why };
    let (width, height) = (photo.width_mm, photo.height_mm);
    if !SIDES_MM.contains(&width) || !SIDES_MM.contains(&height) {
        return Err(fault(format!("{width}×{height} mm; sides of 10 to 60 mm can be printed")));
    }
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(MOST_PX as usize)
        .set_max_height(MOST_PX as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(photo.jpeg.as_slice()), options);
    let rgba = decoder.decode().map_err(|e| fault(format!("{e:?}")))?;
    let (columns, rows) = decoder.dimensions().ok_or_else(|| fault("it has no size".to_owned()))?;
    let off = (columns as f32 * height) / (rows as f32 * width) - 1.0;
    if off.abs() > SHAPE_TOLERANCE {
        return Err(fault(format!("{columns}×{rows} px are not shaped like {width}×{height} mm")));
    }
    Ok(Pixels { size: Size { width: columns as u32, height: rows as u32 }, rgba })
}

/// The pixels of the picture of a name.
pub(crate) fn name(bytes: &[u8]) -> Result<Pixels, PaperError> {
    let fault = |why: String| PaperError::Picture { what: "name", why };
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| fault(e.to_string()))?;
    let size = Size { width: reader.info().width, height: reader.info().height };
    if size.width > MOST_PX || size.height > MOST_PX || size.width < 8 || size.height < 8 {
        return Err(fault(format!("{}×{} px; sides of 8 to {MOST_PX} px can be printed", size.width, size.height)));
    }
    let length = reader.output_buffer_size().ok_or_else(|| fault("it is too large".to_owned()))?;
    let mut data = vec![0; length];
    let frame = reader.next_frame(&mut data).map_err(|e| fault(e.to_string()))?;
    data.truncate(frame.buffer_size());
    let on_white = |value: u8, alpha: u8| {
        let alpha = u16::from(alpha);
        ((u16::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    let pixel = |p: &[u8]| match *p {
        [g] => [g, g, g, 255],
        [g, a] => [on_white(g, a), on_white(g, a), on_white(g, a), 255],
        [r, g, b] => [r, g, b, 255],
        [r, g, b, a] => [on_white(r, a), on_white(g, a), on_white(b, a), 255],
        _ => [255; 4],
    };
    let samples = frame.color_type.samples();
    let rgba: Vec<u8> = data.chunks_exact(samples).flat_map(pixel).collect();
    Ok(Pixels { size, rgba })
}
