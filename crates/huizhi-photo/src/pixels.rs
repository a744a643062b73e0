//! Pictures in memory, and how a region of one becomes another.
//!
//! Everything here is row-major with the origin at the top left, and uses only additions,
//! multiplications and comparisons in a fixed order, so that the same picture gives the same bytes
//! on x86-64, ARM and WASM.

/// A colour picture: RGB8, row-major, `width × height × 3` bytes, sRGB unless a decoder says otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Columns, px.
    pub width: u32,
    /// Rows, px.
    pub height: u32,
    /// `width × height × 3` bytes.
    pub data: Vec<u8>,
}

/// One channel: a mask, a matte (0 background … 255 person) or a luma plane; `width × height` bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Gray {
    /// Columns, px.
    pub width: u32,
    /// Rows, px.
    pub height: u32,
    /// `width × height` bytes.
    pub data: Vec<u8>,
}

/// A point in px; pixel centres lie at half-integers, as in OpenGL and CSS.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    /// Px from the left edge.
    pub x: f32,
    /// Px from the top edge.
    pub y: f32,
}

/// An axis-parallel rectangle in px.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Rect {
    /// Left edge, px.
    pub x: f32,
    /// Top edge, px.
    pub y: f32,
    /// Px, never negative.
    pub width: f32,
    /// Px, never negative.
    pub height: f32,
}

/// A map from one picture's coordinates to another's:
/// `x' = a·x + b·y + c`, `y' = d·x + e·y + f`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Affine {
    /// Coefficients in the order a, b, c, d, e, f.
    pub m: [f32; 6],
}

impl Point {
    /// A point from its coordinates.
    #[must_use]
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Distance to another point, px.
    #[must_use]
    pub fn distance(self, other: Self) -> f32 {
        libm::hypotf(self.x - other.x, self.y - other.y)
    }

    /// The point half-way to another.
    #[must_use]
    pub fn middle(self, other: Self) -> Self {
        Self::new((self.x + other.x) / 2.0, (self.y + other.y) / 2.0)
    }

    /// The point `share` of the way to another: 0 is `self`, 1 is `other`.
    #[must_use]
    pub fn towards(self, other: Self, share: f32) -> Self {
        Self::new(self.x + (other.x - self.x) * share, self.y + (other.y - self.y) * share)
    }
}

impl Rect {
    /// The smallest rectangle that holds all points; empty for none.
    #[must_use]
    pub fn around(points: &[Point]) -> Self {
        let Some(first) = points.first() else { return Self::default() };
        let (mut x0, mut y0, mut x1, mut y1) = (first.x, first.y, first.x, first.y);
        for p in points {
            x0 = x0.min(p.x);
            y0 = y0.min(p.y);
            x1 = x1.max(p.x);
            y1 = y1.max(p.y);
        }
        Self { x: x0, y: y0, width: x1 - x0, height: y1 - y0 }
    }

    /// Right edge, px.
    #[must_use]
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Bottom edge, px.
    #[must_use]
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// Centre.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Area, px².
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// The four corners, clockwise from the top left.
    #[must_use]
    pub fn corners(&self) -> [Point; 4] {
        [
            Point::new(self.x, self.y),
            Point::new(self.right(), self.y),
            Point::new(self.right(), self.bottom()),
            Point::new(self.x, self.bottom()),
        ]
    }
}

impl Affine {
    /// The map that changes nothing.
    pub const IDENTITY: Self = Self { m: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0] };

    /// Where a point goes.
    #[must_use]
    pub fn apply(&self, p: Point) -> Point {
        let [a, b, c, d, e, f] = self.m;
        Point::new(a * p.x + b * p.y + c, d * p.x + e * p.y + f)
    }

    /// First `self`, then `next`.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let [a, b, c, d, e, f] = self.m;
        let [p, q, r, s, t, u] = next.m;
        Self { m: [p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u] }
    }

    /// The map back; `None` where the map flattens the plane.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.m;
        let det = a * e - b * d;
        if det == 0.0 || !det.is_finite() {
            return None;
        }
        let (ia, ib, id, ie) = (e / det, -b / det, -d / det, a / det);
        Some(Self { m: [ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)] })
    }

    /// Length of one step of the map's domain measured in its range, px per px (geometric mean).
    #[must_use]
    pub fn scale(&self) -> f32 {
        let [a, b, _, d, e, _] = self.m;
        libm::sqrtf((a * e - b * d).abs())
    }

    /// From a `width × height` picture to the region of another that is `scale` times as coarse,
    /// turned by `radians` (positive turns the region clockwise on screen) about `centre`.
    #[must_use]
    pub fn region(centre: Point, width: f32, height: f32, scale: f32, radians: f32) -> Self {
        let (s, c) = (libm::sinf(radians) * scale, libm::cosf(radians) * scale);
        let (hx, hy) = (width / 2.0, height / 2.0);
        Self { m: [c, -s, centre.x - c * hx + s * hy, s, c, centre.y - s * hx - c * hy] }
    }
}

impl Rgb {
    /// A picture of one colour.
    #[must_use]
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        let data = colour.repeat(width as usize * height as usize);
        Self { width, height, data }
    }

    /// The pixel at a column and row inside the picture.
    #[must_use]
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let i = (y as usize * self.width as usize + x as usize) * 3;
        [self.data[i], self.data[i + 1], self.data[i + 2]]
    }

    /// Sets the pixel at a column and row inside the picture.
    pub fn set(&mut self, x: u32, y: u32, colour: [u8; 3]) {
        let i = (y as usize * self.width as usize + x as usize) * 3;
        self.data[i..i + 3].copy_from_slice(&colour);
    }

    /// Luma of every pixel, BT.601 weights on gamma-coded values, as JPEG's Y.
    #[must_use]
    pub fn luma(&self) -> Gray {
        let data = self
            .data
            .chunks_exact(3)
            .map(|p| {
                let sum = 19_595 * u32::from(p[0]) + 38_470 * u32::from(p[1]) + 7_471 * u32::from(p[2]);
                ((sum + 32_768) >> 16) as u8
            })
            .collect();
        Gray { width: self.width, height: self.height, data }
    }

    /// The picture at another size: averaged over whole-pixel blocks as far as it shrinks by a whole factor
    /// (each direction by its own), then interpolated linearly.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let data = resize::<3>(&self.data, (self.width, self.height), (width, height));
        Self { width, height, data }
    }

    /// The region that `to_source` maps the target onto, `width × height` px. Where the target is
    /// coarser than the source, the source is first averaged over whole-pixel blocks, so that nothing
    /// aliases. Places outside the source repeat its edge.
    #[must_use]
    pub fn sampled(&self, to_source: &Affine, width: u32, height: u32) -> Self {
        let factor = (to_source.scale().min(64.0) as u32).min(self.width).min(self.height);
        if factor >= 2 {
            let corners = Rect { x: 0.0, y: 0.0, width: width as f32, height: height as f32 }
                .corners()
                .map(|p| to_source.apply(p));
            let (blocks, to_blocks) = self.averaged(&Rect::around(&corners), factor);
            return blocks.sampled(&to_source.then(&to_blocks), width, height);
        }
        let [a, b, c, d, e, f] = to_source.m;
        let (right, bottom) = (self.width as f32 - 1.0, self.height as f32 - 1.0);
        let stride = self.width as usize * 3;
        let mut data = vec![0; width as usize * height as usize * 3];
        for (i, target) in data.chunks_exact_mut(3).enumerate() {
            let (row, column) = (i as u32 / width, i as u32 % width);
            let (u, v) = (column as f32 + 0.5, row as f32 + 0.5);
            let x = (a * u + b * v + c - 0.5).clamp(0.0, right);
            let y = (d * u + e * v + f - 0.5).clamp(0.0, bottom);
            let (x0, y0) = (x as usize, y as usize);
            let (fx, fy) = (((x - x0 as f32) * 256.0) as u32, ((y - y0 as f32) * 256.0) as u32);
            let step_x = if x0 + 1 < self.width as usize { 3 } else { 0 };
            let step_y = if y0 + 1 < self.height as usize { stride } else { 0 };
            // One check of bounds for both pixels of a row.
            let at = y0 * stride + x0 * 3;
            let (upper, lower) = (&self.data[at..][..step_x + 3], &self.data[at + step_y..][..step_x + 3]);
            for (channel, value) in target.iter_mut().enumerate() {
                let (near, far) = (channel, channel + step_x);
                let top = u32::from(upper[near]) * (256 - fx) + u32::from(upper[far]) * fx;
                let low = u32::from(lower[near]) * (256 - fx) + u32::from(lower[far]) * fx;
                *value = ((top * (256 - fy) + low * fy + 32_768) >> 16) as u8;
            }
        }
        Self { width, height, data }
    }

    /// The part of the picture around `region`, averaged over `factor × factor` blocks, and the map
    /// from this picture's coordinates to the result's.
    fn averaged(&self, region: &Rect, factor: u32) -> (Self, Affine) {
        let clamp = |v: f32, top: u32| (v.max(0.0) as u32).min(top);
        let x0 = clamp(region.x - factor as f32, self.width.saturating_sub(factor));
        let y0 = clamp(region.y - factor as f32, self.height.saturating_sub(factor));
        let x1 = clamp(region.right() + 2.0 * factor as f32, self.width);
        let y1 = clamp(region.bottom() + 2.0 * factor as f32, self.height);
        let columns = (x1.saturating_sub(x0) / factor).max(1);
        let rows = (y1.saturating_sub(y0) / factor).max(1);
        let (stride, factor_px) = (self.width as usize * 3, factor as usize);
        let start = y0 as usize * stride + x0 as usize * 3;
        let region = (&self.data[start..], stride, (columns as usize, rows as usize));
        let data = averaged_blocks::<3>(region, (factor_px, factor_px));
        let k = 1.0 / factor as f32;
        let map = Affine { m: [k, 0.0, -(x0 as f32) * k, 0.0, k, -(y0 as f32) * k] };
        (Self { width: columns, height: rows, data }, map)
    }
}

impl Gray {
    /// A plane of one value.
    #[must_use]
    pub fn filled(width: u32, height: u32, value: u8) -> Self {
        Self { width, height, data: vec![value; width as usize * height as usize] }
    }

    /// The value at a column and row inside the plane.
    #[must_use]
    pub fn at(&self, x: u32, y: u32) -> u8 {
        self.data[y as usize * self.width as usize + x as usize]
    }

    /// The value nearest to a point; places outside give `None`.
    #[must_use]
    pub fn near(&self, p: Point) -> Option<u8> {
        if p.x < 0.0 || p.y < 0.0 || p.x >= self.width as f32 || p.y >= self.height as f32 {
            return None;
        }
        Some(self.at(p.x as u32, p.y as u32))
    }

    /// The plane at another size, interpolated linearly; its edge is repeated outwards.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let map = stretch((width, height), (self.width, self.height));
        // Where each target position lies: the first of two source positions, the second, and how far towards it, in 1/256.
        let places = |target: u32, scale: f32, source: u32| -> Vec<(usize, usize, u32)> {
            let place = |i: u32| {
                let at = ((i as f32 + 0.5) * scale).clamp(0.5, source as f32 - 0.5) - 0.5;
                let first = at as usize;
                (first, (first + 1).min(source as usize - 1), ((at - first as f32) * 256.0) as u32)
            };
            if source == 0 { Vec::new() } else { (0..target).map(place).collect() }
        };
        let columns = places(width, map.m[0], self.width);
        let mut data = Vec::with_capacity(width as usize * height as usize);
        for (upper, lower, fy) in places(height, map.m[4], self.height) {
            let row = |y: usize| &self.data[y * self.width as usize..][..self.width as usize];
            let (upper, lower) = (row(upper), row(lower));
            data.extend(columns.iter().map(|&(left, right, fx)| {
                let top = u32::from(upper[left]) * (256 - fx) + u32::from(upper[right]) * fx;
                let low = u32::from(lower[left]) * (256 - fx) + u32::from(lower[right]) * fx;
                ((top * (256 - fy) + low * fy + 32_768) >> 16) as u8
            }));
        }
        Self { width, height, data }
    }

    /// The region that `to_source` maps the target onto; outside the source lies `outside`.
    #[must_use]
    pub fn sampled(&self, to_source: &Affine, width: u32, height: u32, outside: u8) -> Self {
        let mut data = Vec::with_capacity(width as usize * height as usize);
        for row in 0..height {
            for column in 0..width {
                data.push(self.smooth(to_source.apply(Point::new(column as f32 + 0.5, row as f32 + 0.5)), outside));
            }
        }
        Self { width, height, data }
    }

    /// The value at a point, interpolated linearly between the four nearest pixels; those outside are `outside`.
    #[must_use]
    pub fn smooth(&self, p: Point, outside: u8) -> u8 {
        let value = |x: i64, y: i64| -> i32 {
            if x < 0 || y < 0 || x >= i64::from(self.width) || y >= i64::from(self.height) {
                return i32::from(outside);
            }
            i32::from(self.data[y as usize * self.width as usize + x as usize])
        };
        let (x, y) = (p.x - 0.5, p.y - 0.5);
        let (x0, y0) = (libm::floorf(x), libm::floorf(y));
        let (fx, fy) = (((x - x0) * 256.0) as i32, ((y - y0) * 256.0) as i32);
        let (x0, y0) = (x0 as i64, y0 as i64);
        let top = value(x0, y0) * (256 - fx) + value(x0 + 1, y0) * fx;
        let low = value(x0, y0 + 1) * (256 - fx) + value(x0 + 1, y0 + 1) * fx;
        ((top * (256 - fy) + low * fy + 32_768) >> 16) as u8
    }
}

/// The nearest multiple of `step`. Where a network looks is snapped before pixels are taken from there: networks differ in
/// their last digits from machine to machine, and a snapped place gives the same bytes on all of them.
pub(crate) fn snapped(value: f32, step: f32) -> f32 {
    libm::roundf(value / step) * step
}

/// The nearest of the lengths whose neighbours differ by about 1 %; as [`snapped`], for scales.
pub(crate) fn snapped_length(length: f32) -> f32 {
    let step = libm::exp2f(libm::floorf(libm::log2f(length.max(1e-3))) - 6.0);
    snapped(length.max(1e-3), step)
}

/// The map from a picture of one size to one of another, corner on corner.
fn stretch(from: (u32, u32), to: (u32, u32)) -> Affine {
    let x = to.0 as f32 / from.0 as f32;
    let y = to.1 as f32 / from.1 as f32;
    Affine { m: [x, 0.0, 0.0, 0.0, y, 0.0] }
}

/// Debug output names the size only: a picture may be a face, and faces stay out of logs.
impl std::fmt::Debug for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgb({}×{})", self.width, self.height)
    }
}

impl std::fmt::Debug for Gray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gray({}×{})", self.width, self.height)
    }
}

/// Another size of an interleaved picture of `N` channels, for [`Rgb::resized`] and [`Gray::resized`].
fn resize<const N: usize>(data: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    if from.0.min(from.1).min(to.0).min(to.1) == 0 {
        return vec![0; to.0 as usize * to.1 as usize * N];
    }
    // Sums of a block's column stand in 16 bits: 255 × 128 fits.
    let factor = |from: u32, to: u32| (from / to).clamp(1, 128) as usize;
    let (across, down) = (factor(from.0, to.0), factor(from.1, to.1));
    let averaged;
    let (blocks, columns, rows) = if across * down > 1 {
        let (columns, rows) = (from.0 as usize / across, from.1 as usize / down);
        averaged = averaged_blocks::<N>((data, from.0 as usize * N, (columns, rows)), (across, down));
        (&averaged[..], columns, rows)
    } else {
        (data, from.0 as usize, from.1 as usize)
    };
    let x_steps = steps(from.0, to.0, across, columns);
    let y_steps = steps(from.1, to.1, down, rows);
    let mut target = Vec::with_capacity(to.0 as usize * to.1 as usize * N);
    // One more pixel than there are blocks: the last has itself as its neighbour.
    let mut mixed = vec![0_u16; (columns + 1) * N];
    for (y, fy) in y_steps {
        let top = &blocks[y * columns * N..][..columns * N];
        let low = &blocks[(y + 1).min(rows - 1) * columns * N..][..columns * N];
        for ((mixed, &top), &low) in mixed.iter_mut().zip(top).zip(low) {
            *mixed = u16::from(top) * (256 - fy) + u16::from(low) * fy;
        }
        mixed.copy_within((columns - 1) * N..columns * N, columns * N);
        for &(x, fx) in &x_steps {
            let both = &mixed[x * N..][..2 * N];
            let (near, far) = (u32::from(256 - fx), u32::from(fx));
            let pixel: [u8; N] = std::array::from_fn(|channel| {
                ((u32::from(both[channel]) * near + u32::from(both[channel + N]) * far + 32_768) >> 16) as u8
            });
            target.extend_from_slice(&pixel);
        }
    }
    target
}

/// For each target position the source block to its left and how far it lies towards the next, in 1/256.
fn steps(from: u32, to: u32, factor: usize, blocks: usize) -> Vec<(usize, u16)> {
    let scale = f64::from(from) / f64::from(to) / factor as f64;
    (0..to)
        .map(|i| {
            let at = ((f64::from(i) + 0.5) * scale - 0.5).clamp(0.0, (blocks - 1) as f64);
            (at as usize, ((at - (at as usize) as f64) * 256.0) as u16)
        })
        .collect()
}

/// Appends the mean of each `across` pixels of a row of column sums.
#[expect(clippy::inline_always, reason = "the loops unroll only where the number stands in the call")]
#[inline(always)]
fn means_across<const N: usize>(sums: &[u16], across: usize, area: u32, share: u64, means: &mut Vec<u8>) {
    means.extend(sums.chunks_exact(across * N).flat_map(|block| {
        let mut total = [area / 2; N];
        for pixel in block.chunks_exact(N) {
            for channel in 0..N {
                total[channel] += u32::from(pixel[channel]);
            }
        }
        total.map(|t| ((u64::from(t) * share) >> 40) as u8)
    }));
}

/// Means over `columns × rows` blocks of `across × down` px, of a picture whose rows are `stride` bytes apart. Sums of a
/// block's column stand in 16 bits: `down` is at most 128.
fn averaged_blocks<const N: usize>(
    (data, stride, (columns, rows)): (&[u8], usize, (usize, usize)),
    (across, down): (usize, usize),
) -> Vec<u8> {
    let used = columns * across * N;
    let area = (across * down) as u32;
    // One over the area in 40 binary places: with sums under 2²² this gives the same as the division.
    let share = (1_u64 << 40).div_ceil(u64::from(area));
    let mut means = Vec::with_capacity(columns * rows * N);
    let mut sums = vec![0_u16; used];
    for row in 0..rows {
        // Downwards first: a plain addition of rows, which the compiler turns into vector code.
        let line = |i: usize| &data[(row * down + i) * stride..][..used];
        let mut next = match down {
            1 => {
                add_up(&mut sums, [line(0)]);
                1
            }
            2 => {
                add_up(&mut sums, [line(0), line(1)]);
                2
            }
            _ => {
                add_up(&mut sums, [line(0), line(1), line(2)]);
                3
            }
        };
        while next < down {
            for (sum, &value) in sums.iter_mut().zip(line(next)) {
                *sum += u16::from(value);
            }
            next += 1;
        }
        // A 12 MP photo comes to 1,024 px by 3, a 48 MP one by 7: with the number known, the inner loops unroll.
        match across {
            1 => means_across::<N>(&sums, 1, area, share, &mut means),
            2 => means_across::<N>(&sums, 2, area, share, &mut means),
            3 => means_across::<N>(&sums, 3, area, share, &mut means),
            4 => means_across::<N>(&sums, 4, area, share, &mut means),
            _ => means_across::<N>(&sums, across, area, share, &mut means),
        }
    }
    means
}

/// Sums of some rows, column by column; one pass over all of them keeps the sums in registers.
fn add_up<const ROWS: usize>(sums: &mut [u16], rows: [&[u8]; ROWS]) {
    let rows = rows.map(|row| &row[..sums.len()]);
    for (i, sum) in sums.iter_mut().enumerate() {
        *sum = rows.iter().map(|row| u16::from(row[i])).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_by_a_whole_factor_is_the_mean_of_each_block() {
        let picture = Rgb { width: 4, height: 2, data: (0..24).map(|v| v * 10).collect() };
        let small = picture.resized(2, 1);
        assert_eq!(small.data, [75, 85, 95, 135, 145, 155]);
        assert!(picture.resized(4, 2) == picture);
    }

    #[test]
    fn a_plain_picture_stays_plain_at_any_size() {
        let plain = Rgb::filled(37, 53, [200, 100, 7]);
        for (width, height) in [(1, 1), (5, 90), (36, 52), (100, 3), (37, 53)] {
            assert!(plain.resized(width, height) == Rgb::filled(width, height, [200, 100, 7]));
        }
        assert!(plain.resized(0, 5).data.is_empty());
    }

    #[test]
    fn a_slope_keeps_its_place_when_it_shrinks() {
        let slope = Gray { width: 250, height: 8, data: (0..2000).map(|i| (i % 250) as u8).collect() };
        let small = slope.resized(70, 8);
        for x in 2..68_u16 {
            let expected = (f32::from(x) + 0.5) * 250.0 / 70.0 - 0.5;
            assert!((f32::from(small.at(u32::from(x), 3)) - expected).abs() < 1.5);
        }
    }
}
