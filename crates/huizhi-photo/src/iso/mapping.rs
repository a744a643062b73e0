//! Raw value → scalar, with every parameter read from `specs/iso-29794-5.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Component;
use crate::PhotoError;

/// The table as written; embedded, so that a report needs no file at run time.
const TABLE: &str = include_str!("../../../../specs/iso-29794-5.toml");

/// Parsed once. A damaged table would leave it empty; a test reads it and keeps that from shipping.
static MAPPINGS: LazyLock<[Option<Mapping>; 28]> = LazyLock::new(|| read(TABLE).unwrap_or([const { None }; 28]));

/// The scalar of a component's raw value: 0 worst … 100 best, rounded half away from zero, then held in range.
/// A value that is no number scores 0. **Source:** ISO/IEC 29794-5:2025, quality mapping of each component;
/// all 784 values of the reference implementation's published table come out the same.
#[must_use]
pub fn scalar(component: Component, raw: f64) -> u8 {
    let value = MAPPINGS[component.index()].as_ref().map_or(f64::NAN, |mapping| mapping.value(raw));
    // `as` turns what is no number into 0.
    libm::round(value).clamp(0.0, 100.0) as u8
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "standard")]
    _standard: String,
    #[serde(rename = "source")]
    _source: String,
    component: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Component,
    code: u8,
    mapping: Mapping,
}

/// The standard's shapes of mapping; `x` is the raw value.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Mapping {
    /// `h · (a + s · S((x − x0) / w))`; with a centre, x is the distance from it.
    Sigmoid {
        h: f64,
        #[serde(default)]
        a: f64,
        #[serde(default = "one")]
        s: f64,
        x0: f64,
        w: f64,
        #[serde(default)]
        centre: Option<f64>,
    },
    /// `h · S((x − low) / w) · (1 − S((x − high) / w))`: best between low and high.
    Band { h: f64, low: f64, high: f64, w: f64 },
    /// `h · S` turned round and stretched, so that `best` and less give h, `worst` and more give 0.
    FallingSigmoid { h: f64, best: f64, worst: f64, x0: f64, w: f64 },
    /// `h · x ^ exponent`.
    Power { h: f64, exponent: f64 },
    /// `h · sin(π · k·x / (k·x + 1))`: best where k·x is 1.
    Sine { h: f64, k: f64 },
    /// `h / (x + offset)`.
    Reciprocal { h: f64, offset: f64 },
    /// `offset + slope · x`.
    Linear { offset: f64, slope: f64 },
    /// `h · max(0, cos x)²`, x in degrees.
    CosineSquared { h: f64 },
}

fn one() -> f64 {
    1.0
}

impl Mapping {
    fn value(&self, raw: f64) -> f64 {
        match *self {
            Self::Sigmoid { h, a, s, x0, w, centre } => {
                let x = centre.map_or(raw, |centre| (raw - centre).abs());
                h * (a + s * sigmoid(x, x0, w))
            }
            Self::Band { h, low, high, w } => h * sigmoid(raw, low, w) * (1.0 - sigmoid(raw, high, w)),
            Self::FallingSigmoid { h, best, worst, x0, w } => {
                let top = sigmoid(worst, x0, w);
                h * (top - sigmoid(raw.clamp(best, worst), x0, w)) / (top - sigmoid(best, x0, w))
            }
            Self::Power { h, exponent } => h * libm::pow(raw, exponent),
            Self::Sine { h, k } => h * libm::sin(k * raw / (k * raw + 1.0) * std::f64::consts::PI),
            Self::Reciprocal { h, offset } => h / (raw + offset),
            Self::Linear { offset, slope } => offset + slope * raw,
            Self::CosineSquared { h } => {
                let cosine = libm::cos(raw.to_radians()).max(0.0);
                h * cosine * cosine
            }
        }
    }
}

fn sigmoid(x: f64, x0: f64, w: f64) -> f64 {
    1.0 / (1.0 + libm::exp((x0 - x) / w))
}

fn read(text: &str) -> Result<[Option<Mapping>; 28], PhotoError> {
    let wrong = |why: String| PhotoError::Spec { id: "iso-29794-5".to_owned(), why };
    let table: Table = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
    let mut mappings = [const { None }; 28];
    for row in table.component {
        if row.code != row.name.code() {
            return Err(wrong(format!("{} has code {:#x}, it must be {:#x}", row.name, row.code, row.name.code())));
        }
        if mappings[row.name.index()].replace(row.mapping).is_some() {
            return Err(wrong(format!("{} stands twice; remove one", row.name)));
        }
    }
    match Component::ALL.into_iter().find(|c| mappings[c.index()].is_none()) {
        Some(missing) => Err(wrong(format!("{missing} is missing; add its mapping"))),
        None => Ok(mappings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_maps_every_component() {
        assert!(read(TABLE).is_ok(), "{:?}", read(TABLE).err());
    }

    #[test]
    fn a_damaged_table_is_named_not_used() {
        let wrong_code = TABLE.replace("code = 0x53", "code = 0x54");
        assert!(read(&wrong_code).is_err_and(|e| e.to_string().contains("HeadSize has code 0x54")));
        let without = TABLE.replace("name = \"EyesOpen\"\ncode = 0x4D", "name = \"MouthClosed\"\ncode = 0x4E");
        assert!(read(&without).is_err_and(|e| e.to_string().contains("MouthClosed stands twice")));
        assert!(read(&TABLE.replace("w = 2.6", "w = 2.6, q = 1.0")).is_err());
    }

    #[test]
    fn what_is_no_number_scores_zero() {
        for component in Component::ALL {
            assert_eq!(scalar(component, f64::NAN), 0, "{component}");
        }
    }

    #[test]
    fn coverings_fall_from_100_to_0() {
        let values = [-1.0, 0.0, 0.01, 0.3, 0.95, 1.0].map(|raw| scalar(Component::NoHeadCoverings, raw));
        assert_eq!((values[0], values[1], values[4], values[5]), (100, 100, 0, 0));
        assert!(values.windows(2).all(|w| w[0] >= w[1]), "{values:?}");
    }
}
