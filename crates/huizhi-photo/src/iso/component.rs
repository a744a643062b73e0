//! The standard's names and codes.

use serde::{Deserialize, Serialize};

/// A quality component of ISO/IEC 29794-5:2025; the number is the standard's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Component {
    /// One number for the whole picture, from a recognition network.
    UnifiedQualityScore = 0x41,
    /// Mean luminance gradient of the background.
    BackgroundUniformity = 0x42,
    /// How far the light of the two cheeks is alike, 0…1.
    IlluminationUniformity = 0x43,
    /// Mean luminance of the face, 0…1.
    LuminanceMean = 0x44,
    /// Variance of the face's luminance.
    LuminanceVariance = 0x45,
    /// Share of the face that is nearly black, 0…1.
    UnderExposurePrevention = 0x46,
    /// Share of the face that is nearly white, 0…1.
    OverExposurePrevention = 0x47,
    /// Entropy of the face's luminance, bits.
    DynamicRange = 0x48,
    /// Votes of a random forest over 26 features.
    Sharpness = 0x49,
    /// Traces of JPEG or JPEG 2000, from a network.
    CompressionArtifacts = 0x4A,
    /// Distance of the cheeks' colour from the range of skin, CIELAB units.
    NaturalColour = 0x4B,
    /// Area of the second largest face as a share of the largest.
    SingleFacePresent = 0x4C,
    /// Opening of the more closed eye as a share of the eye-to-chin distance.
    EyesOpen = 0x4D,
    /// Opening of the mouth as a share of the eye-to-chin distance.
    MouthClosed = 0x4E,
    /// Covered share of the eyes, from a network.
    EyesVisible = 0x4F,
    /// Covered share of the mouth, from a network.
    MouthOcclusionPrevention = 0x50,
    /// Covered share of the face, from a network.
    FaceOcclusionPrevention = 0x51,
    /// Distance of the eye centres, px, as if the head were not turned.
    InterEyeDistance = 0x52,
    /// Eye-to-chin distance as a share of the picture's height.
    HeadSize = 0x53,
    /// Room to the left of the face, inter-eye distances.
    LeftwardCropOfTheFaceImage = 0x54,
    /// Room to the right of the face, inter-eye distances.
    RightwardCropOfTheFaceImage = 0x55,
    /// Room above the eyes, eye-to-chin distances.
    MarginAboveOfTheFaceImage = 0x56,
    /// Room below the eyes, eye-to-chin distances.
    MarginBelowOfTheFaceImage = 0x57,
    /// Turn of the head, degrees.
    HeadPoseYaw = 0x58,
    /// Nod of the head, degrees.
    HeadPosePitch = 0x59,
    /// Tilt of the head, degrees.
    HeadPoseRoll = 0x5A,
    /// How neutral the expression is, from networks.
    ExpressionNeutrality = 0x5B,
    /// Share of cloth and hat above the face, from a network.
    NoHeadCoverings = 0x5C,
}

impl Component {
    /// All 28, in the order of their codes.
    pub const ALL: [Self; 28] = [
        Self::UnifiedQualityScore,
        Self::BackgroundUniformity,
        Self::IlluminationUniformity,
        Self::LuminanceMean,
        Self::LuminanceVariance,
        Self::UnderExposurePrevention,
        Self::OverExposurePrevention,
        Self::DynamicRange,
        Self::Sharpness,
        Self::CompressionArtifacts,
        Self::NaturalColour,
        Self::SingleFacePresent,
        Self::EyesOpen,
        Self::MouthClosed,
        Self::EyesVisible,
        Self::MouthOcclusionPrevention,
        Self::FaceOcclusionPrevention,
        Self::InterEyeDistance,
        Self::HeadSize,
        Self::LeftwardCropOfTheFaceImage,
        Self::RightwardCropOfTheFaceImage,
        Self::MarginAboveOfTheFaceImage,
        Self::MarginBelowOfTheFaceImage,
        Self::HeadPoseYaw,
        Self::HeadPosePitch,
        Self::HeadPoseRoll,
        Self::ExpressionNeutrality,
        Self::NoHeadCoverings,
    ];

    /// The standard's code, 0x41…0x5C.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The component with a code; `None` for codes of other things.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.code() == code)
    }

    /// Whether [`super::measure`] can give it; the others need networks.
    #[must_use]
    pub const fn is_computed(self) -> bool {
        !matches!(
            self,
            Self::UnifiedQualityScore
                | Self::Sharpness
                | Self::CompressionArtifacts
                | Self::EyesVisible
                | Self::MouthOcclusionPrevention
                | Self::FaceOcclusionPrevention
                | Self::ExpressionNeutrality
                | Self::NoHeadCoverings
        )
    }

    /// Place in [`Self::ALL`].
    pub(super) const fn index(self) -> usize {
        (self as u8 - Self::UnifiedQualityScore as u8) as usize
    }
}

/// The standard's name, in CamelCase.
impl std::fmt::Display for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_run_from_41_to_5c_without_a_gap() {
        let codes: Vec<u8> = Component::ALL.into_iter().map(Component::code).collect();
        assert_eq!(codes, (0x41..=0x5C).collect::<Vec<u8>>());
        assert_eq!(Component::from_code(0x53), Some(Component::HeadSize));
        assert_eq!(Component::from_code(0x5D), None);
        assert_eq!(Component::ALL.into_iter().filter(|c| c.is_computed()).count(), 20);
    }
}
