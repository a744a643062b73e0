//! HEIC/HEIF as phones write it. The decoder applies the container's own rotation, mirroring and crop, so
//! EXIF orientation must not be applied again.
//!
//! The container can ask for far more work than its length suggests: tiles that all point to one large
//! picture, slices that decode the same area again and again, boxes in the hundred thousands. So the
//! work is added up from the headers first, and only then done.

use heifer::heifer_hevc_dec::nal::{NalHeader, NalUnit, split_annex_b};
use heifer::heifer_hevc_dec::params::ParameterSets;
use heifer::heifer_isobmff::boxes::{ColorInfo, Property};
use heifer::heifer_isobmff::{BoxIter, HeifFile, ItemId};

use super::orientation::{self, Orientation};
use super::png::over_white;
use super::profile::Colours;
use super::{Decoded, Format};
use crate::pixels::Rgb;
use crate::{Limits, PhotoError};

/// Longest `meta` box without its `idat`, bytes. Files of phones have 1 to 4 KiB, one of 200 MP 38 KiB. The
/// parser compares every item with every property association, so this bounds a square.
const META_BYTES: usize = 256 * 1024;
/// Most tiles of a grid: 48 MP in tiles of 512 × 512 is 192.
const TILES: usize = 2_048;
/// Most items derived from each other.
const DEPTH: u32 = 3;

/// The format of an ISO base media file by its brands (bytes after `ftyp`).
pub(super) fn sniff(brand: &[u8]) -> Result<Format, PhotoError> {
    match brand.get(..4) {
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"mif2" | b"MiHE" | b"MiPr") => Ok(Format::Heic),
        Some(b"avif" | b"avis") => Err(PhotoError::Unsupported { what: "AVIF".to_owned() }),
        Some(b"hevc" | b"hevx" | b"msf1") => Err(PhotoError::Unsupported { what: "an image sequence".to_owned() }),
        Some(b"crx ") => Err(PhotoError::Unsupported { what: "camera raw".to_owned() }),
        None => Err(PhotoError::Unreadable { format: "HEIC", why: "it is cut short within its first box".to_owned() }),
        Some(_) => Err(PhotoError::Unsupported { what: "a video".to_owned() }),
    }
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    check_boxes(bytes)?;
    let file = HeifFile::parse(bytes).map_err(unreadable)?;
    let primary = file.primary_id;
    let (width, height) = size(&file, primary, 0)?;
    limits.check_pixels(u64::from(width), u64::from(height))?;
    // RGBA of the whole, and again while it is turned.
    limits.check_memory(u64::from(width), u64::from(height), 8)?;
    let mut work = Work { pixels: 2 * limits.pixels, bytes: 2 * bytes.len(), tiles: TILES, largest: limits.pixels };
    let coded = work.of(&file, primary, 0)?;
    let colours = colours(&file, primary, coded)?;
    let exif = file.exif(primary).ok().flatten().map(|e| orientation::read_exif(&e)).unwrap_or_default();
    drop(file);

    let options = heifer::Options { max_threads: 1, max_pixels: limits.pixels };
    let image = heifer::decode_rgba8(bytes, &options).map_err(|e| match e {
        heifer::Error::Unsupported(what) => PhotoError::Unsupported { what: format!("HEIC with {what}") },
        e => unreadable(e),
    })?;
    limits.check_pixels(u64::from(image.width), u64::from(image.height))?;
    let pixels = Rgb { width: image.width, height: image.height, data: over_white(image.data, 4) };
    Ok(Decoded { pixels, orientation: Orientation::Upright, colours, had_alpha: image.has_alpha, jpeg: None, exif })
}

fn unreadable(why: impl std::fmt::Display) -> PhotoError {
    PhotoError::Unreadable { format: "HEIC", why: why.to_string() }
}

/// Refuses a file whose top-level boxes don't fill it (cut short) or whose `meta` box is beyond any photo's.
fn check_boxes(bytes: &[u8]) -> Result<(), PhotoError> {
    for top in BoxIter::new(bytes) {
        let top = top.map_err(|e| unreadable(format!("{e}; it is damaged or cut short, send the whole file again")))?;
        if top.header.box_type.0 != *b"meta" {
            continue;
        }
        let mut length = 0;
        for child in BoxIter::new(top.content.get(4..).unwrap_or_default()) {
            let child = child.map_err(unreadable)?;
            if child.header.box_type.0 != *b"idat" {
                length += child.content.len();
            }
        }
        if length > META_BYTES {
            return Err(PhotoError::TooLarge {
                what: "description of the HEIC file",
                found: format!("{length} bytes"),
                limit: format!("{META_BYTES} bytes; save the photo again as JPEG"),
            });
        }
    }
    Ok(())
}

/// Declared size of an item before its turns, px.
fn size(file: &HeifFile<'_>, id: ItemId, depth: u32) -> Result<(u32, u32), PhotoError> {
    let item = file.item(id).map_err(unreadable)?;
    match &item.item_type.0 {
        b"grid" => file.grid(id).map(|g| (g.output_width, g.output_height)).map_err(unreadable),
        b"iden" if depth < DEPTH => match file.referenced_items(id, b"dimg") {
            [source] => size(file, *source, depth + 1),
            _ => Err(unreadable("a derived picture has no source")),
        },
        b"hvc1" => file
            .image_size(id)
            .map_err(unreadable)?
            .ok_or_else(|| unreadable("its size is not given; save the photo again as JPEG")),
        kind => Err(PhotoError::Unsupported {
            what: format!("HEIF holding {:?} pictures instead of HEVC", String::from_utf8_lossy(kind)),
        }),
    }
}

/// What decoding may still cost.
struct Work {
    /// Coded px, each counted as often as it is decoded.
    pixels: u64,
    /// Bytes of coded pictures, each counted as often as it is read.
    bytes: usize,
    tiles: usize,
    /// Largest single coded picture, px.
    largest: u64,
}

/// Colour description in the coded picture itself: primaries and transfer (ITU-T H.273).
type Vui = Option<(u16, u16)>;

impl Work {
    /// Takes the cost of an item off the budget; gives the colour description of its first coded picture.
    fn of(&mut self, file: &HeifFile<'_>, id: ItemId, depth: u32) -> Result<Vui, PhotoError> {
        if depth > DEPTH {
            return Err(unreadable("its pictures are derived from each other too often"));
        }
        let item = file.item(id).map_err(unreadable)?;
        let vui = match &item.item_type.0 {
            b"hvc1" => self.of_coded(file, id)?,
            b"grid" | b"iden" => {
                let mut first = None;
                for (i, &source) in file.referenced_items(id, b"dimg").iter().enumerate() {
                    let vui = self.of(file, source, depth + 1)?;
                    first = if i == 0 { vui } else { first };
                }
                first
            }
            kind => {
                return Err(PhotoError::Unsupported {
                    what: format!("HEIF holding {:?} pictures instead of HEVC", String::from_utf8_lossy(kind)),
                });
            }
        };
        // Any of them may be the alpha plane that the decoder takes.
        for auxiliary in file.referencing_items(id, b"auxl") {
            let alpha = file
                .item_properties(auxiliary)
                .map_err(unreadable)?
                .any(|p| matches!(p, Property::AuxiliaryType(t) if t.contains("alpha") || t.ends_with("auxid:1")));
            if alpha {
                self.of(file, auxiliary, depth + 1)?;
                break;
            }
        }
        Ok(vui)
    }

    fn of_coded(&mut self, file: &HeifFile<'_>, id: ItemId) -> Result<Vui, PhotoError> {
        let excessive = || PhotoError::TooLarge {
            what: "work to decode the HEIC file",
            found: "more than twice its picture area or its length".to_owned(),
            limit: "once; save the photo again as JPEG".to_owned(),
        };
        self.tiles = self.tiles.checked_sub(1).ok_or_else(excessive)?;
        let length = file.item_data(id).map_err(unreadable)?.len();
        self.bytes = self.bytes.checked_sub(length).ok_or_else(excessive)?;
        let stream = file.hevc_bitstream(id).map_err(unreadable)?;
        let (mut sets, mut slices) = (ParameterSets::default(), 0_u64);
        for nal in split_annex_b(&stream) {
            if NalHeader::parse(nal).map_err(unreadable)?.unit_type.is_slice() {
                slices += 1;
            } else if slices == 0 {
                sets.add(&NalUnit::parse(nal).map_err(unreadable)?).map_err(unreadable)?;
            }
        }
        let area = sets
            .sps
            .iter()
            .flatten()
            .map(|s| u64::from(s.pic_width_in_luma_samples) * u64::from(s.pic_height_in_luma_samples))
            .max()
            .unwrap_or(0);
        if area > self.largest {
            return Err(PhotoError::TooLarge {
                what: "picture area",
                found: format!("{area} px"),
                limit: format!("{} px; send it smaller", self.largest),
            });
        }
        // A slice may cover the whole picture, whatever the others have covered already.
        self.pixels = self.pixels.checked_sub(area.saturating_mul(slices)).ok_or_else(excessive)?;
        let vui = sets.sps.iter().flatten().find_map(|s| s.vui.as_ref());
        Ok(vui.map(|v| (u16::from(v.colour_primaries), u16::from(v.transfer_characteristics))))
    }
}

/// The colour space: an ICC profile of the item or of its first source, else its `nclx` box, else what
/// the coded picture says.
fn colours(file: &HeifFile<'_>, id: ItemId, vui: Vui) -> Result<Colours, PhotoError> {
    let first = file.referenced_items(id, b"dimg").first().copied();
    let mut coded = None;
    for item in [Some(id), first].into_iter().flatten() {
        for property in file.item_properties(item).map_err(unreadable)? {
            match property {
                Property::Color(ColorInfo::Icc(icc)) if !icc.is_empty() => return Ok(Colours::Icc(icc.clone())),
                Property::Color(ColorInfo::Nclx { primaries, transfer, .. }) => {
                    coded = coded.or(Some((*primaries, *transfer)));
                }
                _ => {}
            }
        }
    }
    // ITU-T H.273, tables 2 and 3.
    match coded.or(vui) {
        Some((_, 16 | 18)) => {
            Err(PhotoError::Unsupported { what: "an HDR (PQ or HLG) HEIC; take the photo without HDR. It".to_owned() })
        }
        Some((9, _)) => Ok(Colours::Bt2020),
        Some((11 | 12, _)) => Ok(Colours::DisplayP3),
        _ => Ok(Colours::Assumed),
    }
}
