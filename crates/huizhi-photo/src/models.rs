//! The real models behind [`Finder`] and [`Matter`].

use crate::PhotoError;
use crate::decode::Portrait;
use crate::face::{self, Face, Finder};
use crate::likeness::{Likeness, Recogniser};
use crate::matte::{Matter, Silhouette};
use crate::net::{Engine, Net};
use crate::pixels::{Affine, Gray, Rgb};

/// The bytes of the five models, as stored in `models/`.
#[derive(Clone, Copy)]
pub struct Weights {
    /// `blazeface_short_128.onnx`
    pub detector: &'static [u8],
    /// `facemesh_478_256.onnx`
    pub mesh: &'static [u8],
    /// `blendshapes_52.onnx`
    pub expression: &'static [u8],
    /// `selfie_256.onnx`
    pub silhouette: &'static [u8],
    /// `modnet_dyn_f16w.onnx`; empty where no photo is made, only checked.
    pub matte: &'static [u8],
}

/// Five loaded networks.
pub struct Models {
    detector: Box<dyn Net>,
    mesh: Box<dyn Net>,
    expression: Box<dyn Net>,
    silhouette: Box<dyn Net>,
    matte: Option<Box<dyn Net>>,
    recogniser: Option<Box<dyn Recogniser + Send + Sync>>,
}

/// The mesh network's last layer of 16 × 16 cells × 128 channels: what it sees of the face's surface, by place.
const MESH_TAP: &str = "v354";
/// The silhouette network's last layer of 16 × 16 cells × 32 channels: what it sees of hair, ears, hat, clothes.
const SILHOUETTE_TAP: &str = "v247";
/// Side of the silhouette network's input and output, px.
const SILHOUETTE: u32 = 256;
/// The matting network halves its input five times.
const MATTE_STEP: u32 = 32;

impl Models {
    /// Opens the networks with an engine.
    ///
    /// # Errors
    /// [`PhotoError::Model`], naming the one that cannot be opened.
    pub fn open(engine: &dyn Engine, weights: &Weights) -> Result<Self, PhotoError> {
        Ok(Self {
            detector: engine.open("face detector", weights.detector, &[])?,
            mesh: engine.open("face mesh", weights.mesh, &[MESH_TAP])?,
            expression: engine.open("expression", weights.expression, &[])?,
            silhouette: engine.open("silhouette", weights.silhouette, &[SILHOUETTE_TAP])?,
            matte: if weights.matte.is_empty() { None } else { Some(engine.open("matte", weights.matte, &[])?) },
            recogniser: None,
        })
    }

    /// The same, which can also say how alike faces are.
    #[must_use]
    pub fn recognising(self, recogniser: impl Recogniser + Send + Sync + 'static) -> Self {
        Self { recogniser: Some(Box::new(recogniser)), ..self }
    }
}

impl Finder for Models {
    fn find(&self, portrait: &Portrait) -> Result<Vec<Face>, PhotoError> {
        face::find(self.detector.as_ref(), self.mesh.as_ref(), self.expression.as_ref(), portrait)
    }
}

impl Recogniser for Models {
    fn likeness(&self, portrait: &Portrait, face: &Face) -> Result<Likeness, PhotoError> {
        match &self.recogniser {
            Some(recogniser) => recogniser.likeness(portrait, face),
            None => Err(PhotoError::Model { name: "likeness".to_owned(), why: "it was not loaded".to_owned() }),
        }
    }
}

impl Matter for Models {
    fn matte(&self, picture: &Rgb) -> Result<Gray, PhotoError> {
        let Some(net) = &self.matte else {
            return Err(PhotoError::Model { name: "matte".to_owned(), why: "it was not loaded".to_owned() });
        };
        // The sides grow to the next multiple by repeating the edge, so that nothing is stretched.
        let up = |side: u32| side.div_ceil(MATTE_STEP) * MATTE_STEP;
        let (width, height) = (up(picture.width), up(picture.height));
        let padded = picture.sampled(&Affine::IDENTITY, width, height);
        let area = width as usize * height as usize;
        let mut input = vec![0.0; area * 3];
        for (i, pixel) in padded.data.chunks_exact(3).enumerate() {
            for channel in 0..3 {
                input[channel * area + i] = f32::from(pixel[channel]) / 127.5 - 1.0;
            }
        }
        let alpha = first(net.run(&input, [1, 3, height as usize, width as usize])?, "matte", area)?;
        let mut data = Vec::with_capacity(picture.width as usize * picture.height as usize);
        for row in alpha.chunks_exact(width as usize).take(picture.height as usize) {
            data.extend(row[..picture.width as usize].iter().map(|&a| to_byte(a)));
        }
        Ok(Gray { width: picture.width, height: picture.height, data })
    }

    fn silhouette(&self, picture: &Rgb) -> Result<Silhouette, PhotoError> {
        let small = picture.resized(SILHOUETTE, SILHOUETTE);
        let input: Vec<f32> = small.data.iter().map(|&v| f32::from(v) / 255.0).collect();
        let side = SILHOUETTE as usize;
        let mut outputs = self.silhouette.run(&input, [1, side, side, 3])?;
        let features = outputs.pop().unwrap_or_default();
        let mask = first(outputs, "silhouette", side * side)?;
        let mask = Gray { width: SILHOUETTE, height: SILHOUETTE, data: mask.iter().map(|&a| to_byte(a)).collect() };
        Ok(Silhouette { mask, features })
    }
}

fn first(outputs: Vec<Vec<f32>>, name: &str, length: usize) -> Result<Vec<f32>, PhotoError> {
    let found = outputs.into_iter().next().unwrap_or_default();
    if found.len() != length {
        return Err(PhotoError::Model {
            name: name.to_owned(),
            why: format!("{} values instead of {length}", found.len()),
        });
    }
    Ok(found)
}

fn to_byte(alpha: f32) -> u8 {
    (alpha.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}
