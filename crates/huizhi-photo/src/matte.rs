//! Who is person and who is background.

use crate::PhotoError;
use crate::pixels::{Gray, Rgb};

/// A coarse silhouette, and what the network saw on its way.
#[derive(Clone, Debug)]
pub struct Silhouette {
    /// 256 × 256 for the whole picture whatever its shape: 0 background … 255 person.
    pub mask: Gray,
    /// 32 channels × 16 × 16 cells over the same picture, channel by channel.
    pub features: Vec<f32>,
}

/// Separates the person from the background: the real models, or a fake in tests.
pub trait Matter {
    /// Hair-level matte of a picture in which the person stands upright: 0 background … 255 person, of the
    /// picture's own size. Costs most of what making a photo costs; give it the crop, not the photo.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where the model does not run; the operator's to mend.
    fn matte(&self, picture: &Rgb) -> Result<Gray, PhotoError>;

    /// Coarse silhouette of a picture.
    /// Cheap; for measuring, not for making.
    ///
    /// # Errors
    /// As [`Matter::matte`].
    fn silhouette(&self, picture: &Rgb) -> Result<Silhouette, PhotoError>;
}
