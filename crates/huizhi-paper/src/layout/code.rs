//! The QR code.

use qrcode::{Color, EcLevel, QrCode};

use crate::error::PaperError;

/// White modules around it, as ISO/IEC 18004 asks.
const QUIET: usize = 4;

/// A QR code of a size.
#[derive(Clone)]
pub(crate) struct Code {
    /// Modules in a row, without the quiet zone.
    modules: usize,
    dark: Vec<bool>,
    /// Side of a module, mm.
    pub(crate) module: f32,
}

/// A row of dark modules side by side: where it begins, in modules with the quiet zone, and how many.
pub(crate) struct Dark {
    pub(crate) column: usize,
    pub(crate) row: usize,
    pub(crate) count: usize,
}

impl Code {
    /// The code of a text with the largest module that fits a width, error correction M.
    pub(super) fn fit(text: &str, modules: &[f32], width: f32) -> Result<Self, PaperError> {
        let too_long = || PaperError::Code { bytes: text.len() };
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| too_long())?;
        let side = (code.width() + 2 * QUIET) as f32;
        let module = modules.iter().copied().find(|m| side * m <= width).ok_or_else(too_long)?;
        let dark = code.to_colors().into_iter().map(|c| c == Color::Dark).collect();
        Ok(Self { modules: code.width(), dark, module })
    }

    /// Modules in a row with the quiet zone.
    pub(crate) fn side_modules(&self) -> usize {
        self.modules + 2 * QUIET
    }

    /// Its side with the quiet zone, mm.
    pub(crate) fn side(&self) -> f32 {
        self.side_modules() as f32 * self.module
    }

    /// Its dark modules, row by row.
    pub(crate) fn dark(&self) -> Vec<Dark> {
        let mut found: Vec<Dark> = Vec::new();
        for (at, _) in self.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            let (column, row) = (at % self.modules + QUIET, at / self.modules + QUIET);
            match found.last_mut() {
                Some(last) if last.row == row && last.column + last.count == column => last.count += 1,
                _ => found.push(Dark { column, row, count: 1 }),
            }
        }
        found
    }
}
