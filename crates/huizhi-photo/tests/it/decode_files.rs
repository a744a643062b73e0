//! Pictures drawn here and written in every format, so that no photo of a person is needed.

use huizhi_photo::pixels::Rgb;
use jpeg_encoder::{ColorType as JpegColour, Encoder as JpegEncoder, SamplingFactor};

pub const TOP_LEFT: [u8; 3] = [200, 40, 40];
pub const TOP_RIGHT: [u8; 3] = [40, 160, 40];
pub const LOW_LEFT: [u8; 3] = [40, 40, 200];
pub const LOW_RIGHT: [u8; 3] = [220, 220, 220];

/// Four quarters of different colours: no turn and no mirroring leaves them as they are.
pub fn quarters(width: u32, height: u32) -> Rgb {
    let mut picture = Rgb::filled(width, height, TOP_LEFT);
    for y in 0..height {
        for x in 0..width {
            match (x < width / 2, y < height / 2) {
                (true, true) => {}
                (false, true) => picture.set(x, y, TOP_RIGHT),
                (true, false) => picture.set(x, y, LOW_LEFT),
                (false, false) => picture.set(x, y, LOW_RIGHT),
            }
        }
    }
    picture
}

/// A picture with detail everywhere, so that a cut anywhere hits coded data.
pub fn busy(width: u32, height: u32) -> Rgb {
    let mut random = Random(7);
    let data = (0..width * height * 3).map(|i| ((i / 3 % width) as u8).wrapping_add(random.next() as u8 / 4)).collect();
    Rgb { width, height, data }
}

/// Marsaglia's xorshift64: the same sequence on every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// How a JPEG is written; the default is an ordinary one.
#[derive(Default)]
pub struct Jpeg {
    pub progressive: bool,
    pub restart_interval: u16,
    pub subsampled: bool,
    pub exif: Vec<u8>,
    pub icc: Vec<u8>,
}

pub fn jpeg(picture: &Rgb, how: &Jpeg) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new(&mut file, 90);
    encoder.set_progressive(how.progressive);
    encoder.set_restart_interval(how.restart_interval);
    encoder.set_sampling_factor(if how.subsampled { SamplingFactor::F_2_2 } else { SamplingFactor::F_1_1 });
    if !how.exif.is_empty() {
        encoder.add_exif_metadata(&how.exif).unwrap();
    }
    if !how.icc.is_empty() {
        encoder.add_icc_profile(&how.icc).unwrap();
    }
    encoder.encode(&picture.data, picture.width as u16, picture.height as u16, JpegColour::Rgb).unwrap();
    file
}

pub fn gray_jpeg(picture: &Rgb) -> Vec<u8> {
    let mut file = Vec::new();
    let gray = picture.luma().data;
    JpegEncoder::new(&mut file, 90)
        .encode(&gray, picture.width as u16, picture.height as u16, JpegColour::Luma)
        .unwrap();
    file
}

pub fn png(picture: &Rgb) -> Vec<u8> {
    png_of(picture.width, picture.height, png::ColorType::Rgb, png::BitDepth::Eight, &picture.data, |_| {})
}

pub fn png_of(
    width: u32,
    height: u32,
    colour: png::ColorType,
    depth: png::BitDepth,
    samples: &[u8],
    more: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    more(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    file
}

/// Puts a chunk with a right checksum behind the header of a PNG.
pub fn with_chunk(file: &[u8], name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let after_header = 8 + 25;
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(data);
    let crc = crc32(&chunk[4..]);
    chunk.extend(crc.to_be_bytes());
    [&file[..after_header], &chunk, &file[after_header..]].concat()
}

/// CRC of a PNG chunk (ISO/IEC 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xEDB8_8320 } else { c >> 1 })
    })
}

pub fn webp(picture: &Rgb, exif: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut file);
    if !exif.is_empty() {
        encoder.set_exif_metadata(exif.to_vec());
    }
    encoder.encode(&picture.data, picture.width, picture.height, image_webp::ColorType::Rgb8).unwrap();
    file
}

pub fn heic(picture: &Rgb) -> Vec<u8> {
    let options = heifer::EncodeOptions { quality: 80, max_threads: 1 };
    heifer::encode_rgb8(picture.width, picture.height, &picture.data, &options).unwrap()
}

/// A HEIC grid of `columns × rows` tiles that are all the one picture of `file`, a HEIC by [`heic`] of the given
/// size (ISO/IEC 23008-12, 6.6.2.3).
pub fn heic_grid(file: &[u8], tile: (u32, u32), columns: u16, rows: u16) -> Vec<u8> {
    let wrap = |name: &[u8; 4], parts: &[&[u8]]| {
        let length = 8 + parts.iter().map(|p| p.len()).sum::<usize>();
        [&(length as u32).to_be_bytes()[..], name, &parts.concat()].concat()
    };
    let at = |name: &[u8; 4]| file.windows(4).position(|w| w == name).unwrap() - 4;
    let part = |name: &[u8; 4]| {
        let start = at(name);
        let length = u32::from_be_bytes(*file[start..].first_chunk().unwrap()) as usize;
        &file[start..start + length]
    };
    let coded = &part(b"mdat")[8..];
    let size = |w: u32, h: u32| wrap(b"ispe", &[&[0; 4], &w.to_be_bytes(), &h.to_be_bytes()]);
    let (width, height) = (tile.0 * u32::from(columns), tile.1 * u32::from(rows));
    let grid = [
        &[0, 0, (rows - 1) as u8, (columns - 1) as u8][..],
        &(width as u16).to_be_bytes(),
        &(height as u16).to_be_bytes(),
    ]
    .concat();
    let count = columns * rows;
    let sources = [1_u16.to_be_bytes(), count.to_be_bytes()].concat().into_iter();
    let sources: Vec<u8> = sources.chain([0, 2].repeat(count.into())).collect();
    let place = |item: u8, offset: usize, length: usize| {
        [&[0, item, 0, 1, 0, 0, 0, 1][..], &(offset as u32).to_be_bytes(), &(length as u32).to_be_bytes()].concat()
    };
    let info = |item: u8, kind: &[u8; 4]| wrap(b"infe", &[&[2, 0, 0, 0, 0, item, 0, 0], kind, &[0]]);
    let meta = wrap(
        b"meta",
        &[
            &[0; 4],
            &wrap(b"hdlr", &[&[0; 8], b"pict", &[0; 13]]),
            &wrap(b"pitm", &[&[0, 0, 0, 0, 0, 1]]),
            &wrap(b"iinf", &[&[0, 0, 0, 0, 0, 2], &info(1, b"grid"), &info(2, b"hvc1")]),
            &wrap(b"iref", &[&[0; 4], &wrap(b"dimg", &[&sources])]),
            &wrap(
                b"iprp",
                &[
                    &wrap(b"ipco", &[&size(width, height), &size(tile.0, tile.1), part(b"hvcC")]),
                    &wrap(b"ipma", &[&[0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1, 0, 2, 2, 2, 3]]),
                ],
            ),
            &wrap(b"iloc", &[&[1, 0, 0, 0, 0x44, 0, 0, 2], &place(1, 0, 8), &place(2, 8, coded.len())]),
            &wrap(b"idat", &[&grid, coded]),
        ],
    );
    [wrap(b"ftyp", &[b"heic\0\0\0\0mif1heic"]), meta].concat()
}

/// An EXIF block (TIFF header first, little-endian) with short numbers and texts.
pub fn exif(numbers: &[(u16, u16)], texts: &[(u16, &str)]) -> Vec<u8> {
    let count = numbers.len() + texts.len();
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    block.extend((count as u16).to_le_bytes());
    let mut values = Vec::new();
    let values_at = 8 + 2 + 12 * count + 4;
    for &(tag, value) in numbers {
        block.extend(tag.to_le_bytes());
        block.extend(3_u16.to_le_bytes());
        block.extend(1_u32.to_le_bytes());
        block.extend(u32::from(value).to_le_bytes());
    }
    for (tag, text) in texts {
        let mut text = text.as_bytes().to_vec();
        // A value of four bytes or fewer would stand in the entry itself.
        text.resize(text.len().max(4) + 1, 0);
        block.extend(tag.to_le_bytes());
        block.extend(2_u16.to_le_bytes());
        block.extend((text.len() as u32).to_le_bytes());
        block.extend(((values_at + values.len()) as u32).to_le_bytes());
        values.extend(text);
    }
    block.extend([0; 4]);
    block.extend(values);
    block
}

/// One file of each kind, drawn small, for cutting and mutating.
pub fn one_of_each() -> Vec<(&'static str, Vec<u8>)> {
    let picture = busy(96, 64);
    let exif = exif(&[(0x112, 6)], &[(0x10F, "Drawn"), (0x110, "Fixture"), (0x131, "Test")]);
    let plain = Jpeg { exif: exif.clone(), subsampled: true, ..Jpeg::default() };
    let progressive = Jpeg { progressive: true, subsampled: true, ..Jpeg::default() };
    let restarts = Jpeg { restart_interval: 3, ..Jpeg::default() };
    vec![
        ("baseline JPEG", jpeg(&picture, &plain)),
        ("progressive JPEG", jpeg(&picture, &progressive)),
        ("JPEG with restarts", jpeg(&picture, &restarts)),
        ("gray JPEG", gray_jpeg(&picture)),
        ("PNG", png(&picture)),
        ("lossless WebP", webp(&picture, &exif)),
        ("lossy WebP", include_bytes!("fixtures/quadrants_lossy.webp").to_vec()),
        ("HEIC", heic(&picture)),
        ("HEIC by x265", include_bytes!("fixtures/quadrants_turned_6.heic").to_vec()),
    ]
}
