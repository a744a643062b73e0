//! Names of the mesh points in use. "Left" and "right" are the person's own, so the right eye is on the left
//! side of the picture. Numbers: MediaPipe's canonical face mesh, 468 points plus 5 for each iris.

/// Right eye, corner at the temple.
pub const RIGHT_EYE_OUTER: usize = 33;
/// Right eye, corner at the nose.
pub const RIGHT_EYE_INNER: usize = 133;
/// Left eye, corner at the temple.
pub const LEFT_EYE_OUTER: usize = 263;
/// Left eye, corner at the nose.
pub const LEFT_EYE_INNER: usize = 362;
/// Right upper lid, from the outer to the inner corner.
pub const RIGHT_UPPER_LID: [usize; 7] = [246, 161, 160, 159, 158, 157, 173];
/// Right lower lid, from the outer to the inner corner.
pub const RIGHT_LOWER_LID: [usize; 7] = [7, 163, 144, 145, 153, 154, 155];
/// Left upper lid, from the outer to the inner corner.
pub const LEFT_UPPER_LID: [usize; 7] = [466, 388, 387, 386, 385, 384, 398];
/// Left lower lid, from the outer to the inner corner.
pub const LEFT_LOWER_LID: [usize; 7] = [249, 390, 373, 374, 380, 381, 382];
/// Right iris: centre, then right, top, left, bottom of its rim.
pub const RIGHT_IRIS: [usize; 5] = [468, 469, 470, 471, 472];
/// Left iris, the same.
pub const LEFT_IRIS: [usize; 5] = [473, 474, 475, 476, 477];
/// Right brow, upper edge from the temple to the nose.
pub const RIGHT_BROW_UPPER: [usize; 5] = [70, 63, 105, 66, 107];
/// Right brow, lower edge from the temple to the nose.
pub const RIGHT_BROW_LOWER: [usize; 5] = [46, 53, 52, 65, 55];
/// Left brow, upper edge from the temple to the nose.
pub const LEFT_BROW_UPPER: [usize; 5] = [300, 293, 334, 296, 336];
/// Left brow, lower edge from the temple to the nose.
pub const LEFT_BROW_LOWER: [usize; 5] = [276, 283, 282, 295, 285];
/// Where the right ear meets the face.
pub const RIGHT_TRAGION: usize = 234;
/// Where the left ear meets the face.
pub const LEFT_TRAGION: usize = 454;
/// Lowest point of the chin.
pub const CHIN: usize = 152;
/// Highest mesh point of the forehead; the hairline is above it.
pub const FOREHEAD: usize = 10;
/// Tip of the nose.
pub const NOSE_TIP: usize = 1;
/// Where the nose meets the upper lip.
pub const SUBNASAL: usize = 2;
/// Bridge of the nose between the eyes.
pub const NOSE_BRIDGE: usize = 168;
/// Corner of the mouth, person's right.
pub const MOUTH_RIGHT: usize = 61;
/// Corner of the mouth, person's left.
pub const MOUTH_LEFT: usize = 291;
/// Inner edge of the upper lip, right to left.
pub const UPPER_LIP_INNER: [usize; 3] = [82, 13, 312];
/// Inner edge of the lower lip, right to left.
pub const LOWER_LIP_INNER: [usize; 3] = [87, 14, 317];
/// Outer rim of the lips, clockwise from the person's right corner.
pub const LIPS_OUTER: [usize; 20] =
    [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146];
/// Rim of the opening of the mouth, clockwise from the person's right corner.
pub const LIPS_INNER: [usize; 20] =
    [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95];
/// The face's outline, clockwise from the forehead.
pub const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
