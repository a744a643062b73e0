//! The papers, and how large everything is on each.

use serde::Deserialize;

/// What a receipt is printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// 210 × 297 mm.
    A4,
    /// 148 × 210 mm.
    A5,
    /// The 80 mm roll of a counter's thermal printer: black and white, as long as needed.
    #[serde(rename = "slip-80mm")]
    Slip80mm,
}

impl Paper {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::A4, Self::A5, Self::Slip80mm];
}

/// Sizes of a paper, mm. Letters are given by their em.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) width: f32,
    /// `None`: a roll.
    pub(crate) height: Option<f32>,
    pub(crate) margin: f32,
    pub(crate) title: f32,
    pub(crate) number: f32,
    pub(crate) validity: f32,
    pub(crate) body: f32,
    pub(crate) small: f32,
    /// Whether there is ink between black and white: a thermal printer has none.
    pub(crate) grey: bool,
    /// Whether a field's label stands above its value instead of beside it.
    pub(crate) stacked: bool,
    /// Whether the QR code stands below the photo at the side; else in a row of its own.
    pub(crate) code_at_side: bool,
    /// The photo's size as a share of its true size.
    pub(crate) photo_scale: f32,
    /// Modules of the QR code to try, the largest first. None is below 0.3386 mm, the least of TR-03170.
    pub(crate) modules: Vec<f32>,
}

/// Dots of office printers and of receipt printers, mm: a module of whole dots has straight edges.
const OFFICE_DOT: f32 = 25.4 / 300.0;
const ROLL_DOT: f32 = 25.4 / 203.2;

impl Paper {
    pub(crate) fn format(self) -> Format {
        match self {
            Self::A4 => Format {
                width: 210.0,
                height: Some(297.0),
                margin: 18.0,
                title: 7.2,
                number: 9.2,
                validity: 6.4,
                body: 4.6,
                small: 3.5,
                grey: true,
                stacked: false,
                code_at_side: true,
                photo_scale: 1.0,
                modules: vec![5.0 * OFFICE_DOT, 4.0 * OFFICE_DOT],
            },
            Self::A5 => Format {
                width: 148.0,
                height: Some(210.0),
                margin: 11.0,
                title: 5.6,
                number: 6.4,
                validity: 5.0,
                body: 3.75,
                small: 3.2,
                grey: true,
                stacked: false,
                code_at_side: true,
                photo_scale: 1.0,
                modules: vec![5.0 * OFFICE_DOT, 4.0 * OFFICE_DOT],
            },
            // Printers of 80 mm reach 72 mm; 4 mm at each side stay white.
            Self::Slip80mm => Format {
                width: 80.0,
                height: None,
                margin: 5.0,
                title: 5.2,
                number: 5.2,
                validity: 5.2,
                body: 3.9,
                small: 3.3,
                grey: false,
                stacked: true,
                code_at_side: false,
                photo_scale: 1.0,
                modules: vec![4.0 * ROLL_DOT, 3.0 * ROLL_DOT],
            },
        }
    }
}

/// Width of the phone's picture in its own mm: letters of 4.6 mm then are 18 px of a phone's 360.
pub(crate) const PHONE_MM: f32 = 90.0;

/// The picture for a phone, so many px wide. The modules of its QR code are whole px.
pub(crate) fn phone(width_px: u32) -> Format {
    let px = PHONE_MM / width_px as f32;
    Format {
        width: PHONE_MM,
        height: None,
        margin: 5.0,
        title: 6.0,
        number: 5.9,
        validity: 6.2,
        body: 4.6,
        small: 3.9,
        grey: true,
        stacked: true,
        code_at_side: false,
        photo_scale: 1.25,
        modules: (3..=24).rev().map(|n| n as f32 * px).filter(|m| *m <= 0.72).collect(),
    }
}
