//! The convex set of placements (scale, row of the eyes) that still are allowed.

/// A rule: `low ≤ p·s + q·e + r ≤ high`, px of the photo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Band {
    pub rule: &'static str,
    /// p, q, r.
    pub terms: (f64, f64, f64),
    pub low: f64,
    pub high: f64,
}

/// Corners in order around it; two for a line, one for a point, never none.
#[derive(Clone, Debug)]
pub(super) struct Polygon {
    corners: Vec<(f64, f64)>,
    /// Px by which a rule that cannot hold is broken further.
    give: f64,
}

/// Px that count as nothing; far below what a pixel grid can show, far above f64's rounding here.
const NOTHING: f64 = 1e-6;

/// As a share of the photo's height; measures of the same photo scatter by this much.
const GIVE: f64 = 0.01;

impl Band {
    pub(super) fn value(&self, scale: f64, row: f64) -> f64 {
        self.terms.0 * scale + self.terms.1 * row + self.terms.2
    }

    /// How badly a placement lies within the band: 0 in its middle, 1 and steeply more towards an end. A band open
    /// on one side is at ease `room` px away from its end.
    pub(super) fn unease(&self, scale: f64, row: f64, room: f64) -> f64 {
        let value = self.value(scale, row);
        let share = match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) => (value - (self.low + self.high) / 2.0) / ((self.high - self.low) / 2.0).max(NOTHING),
            (true, false) => ((self.low + room - value) / room).max(0.0),
            (false, true) => ((value - self.high + room) / room).max(0.0),
            (false, false) => 0.0,
        };
        let square = (share * share).min(4.0);
        // Within a tenth of the band of its end the next measurement may already see the rule broken.
        square + square * square * square * square + 150.0 * (share.abs().min(2.0) - 0.8).max(0.0)
    }
}

impl Polygon {
    /// Everything that could be a photo of a head: scales of 1/1000 to 1000, eyes up to four heights outside.
    pub(super) fn all(height: f64) -> Self {
        let (top, bottom) = (-4.0 * height, 5.0 * height);
        Self { corners: vec![(1e-3, top), (1e3, top), (1e3, bottom), (1e-3, bottom)], give: GIVE * height }
    }

    /// Keeps what meets the band. Where nothing does, keeps what comes nearest and gives the distance that is missing.
    pub(super) fn cut(&mut self, band: &Band) -> f64 {
        let mut missing = 0.0_f64;
        for (sign, limit) in [(-1.0, -band.low), (1.0, band.high)] {
            if limit.is_finite() {
                missing = missing.max(self.cut_half(|s, e| sign * band.value(s, e), limit));
            }
        }
        missing
    }

    fn cut_half(&mut self, value: impl Fn(f64, f64) -> f64, limit: f64) -> f64 {
        let least = self.corners.iter().map(|&(s, e)| value(s, e)).fold(f64::INFINITY, f64::min);
        let missing = (least - limit).max(0.0);
        // A rule that is broken anyway gives a little more, so that those above it are not held at their very end,
        // where the next measurement may find them broken too.
        let limit = limit + missing + if missing > NOTHING { self.give } else { NOTHING };
        let mut kept = Vec::with_capacity(self.corners.len() + 1);
        for (i, &corner) in self.corners.iter().enumerate() {
            let next = self.corners[(i + 1) % self.corners.len()];
            let (here, there) = (value(corner.0, corner.1) - limit, value(next.0, next.1) - limit);
            if here <= 0.0 {
                kept.push(corner);
            }
            if (here < 0.0 && there > 0.0) || (here > 0.0 && there < 0.0) {
                let share = here / (here - there);
                kept.push((corner.0 + (next.0 - corner.0) * share, corner.1 + (next.1 - corner.1) * share));
            }
        }
        if !kept.is_empty() {
            self.corners = kept;
        }
        if missing > NOTHING { missing } else { 0.0 }
    }

    /// Least and greatest scale.
    pub(super) fn scales(&self) -> (f64, f64) {
        self.corners.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &(s, _)| (low.min(s), high.max(s)))
    }

    /// Least and greatest row of the eyes at a scale between [`Self::scales`].
    pub(super) fn rows(&self, scale: f64) -> (f64, f64) {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (i, &(s0, e0)) in self.corners.iter().enumerate() {
            let (s1, e1) = self.corners[(i + 1) % self.corners.len()];
            if scale < s0.min(s1) - 1e-12 || scale > s0.max(s1) + 1e-12 {
                continue;
            }
            let rows = if (s1 - s0).abs() < 1e-12 {
                [e0, e1]
            } else {
                let e = e0 + (e1 - e0) * ((scale - s0) / (s1 - s0)).clamp(0.0, 1.0);
                [e, e]
            };
            for e in rows {
                (low, high) = (low.min(e), high.max(e));
            }
        }
        (low, high)
    }
}
