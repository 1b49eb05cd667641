//! The quality gauge as messages.

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::quality::{Quality, ThemeQuality};

/// Agreement over all themes.
#[must_use]
pub fn quality(quality: &Quality) -> proto::Quality {
    let share = quality.samples_f1;
    proto::Quality {
        reviews: small(quality.reviews),
        enough: share.is_some(),
        samples_f1: share.map_or(0.0, |share| share.value),
        samples_f1_low: share.map_or(0.0, |share| share.low),
        samples_f1_high: share.map_or(0.0, |share| share.high),
    }
}

/// Agreement on one theme.
#[must_use]
pub fn theme_quality(quality: &ThemeQuality) -> proto::ThemeQuality {
    let rates = quality.rates;
    proto::ThemeQuality {
        both: small(quality.both),
        model_only: small(quality.model_only),
        person_only: small(quality.person_only),
        enough: rates.is_some(),
        precision: rates.map_or(0.0, |rates| rates.precision),
        recall: rates.map_or(0.0, |rates| rates.recall),
        f1: rates.map_or(0.0, |rates| rates.f1.value),
        f1_low: rates.map_or(0.0, |rates| rates.f1.low),
        f1_high: rates.map_or(0.0, |rates| rates.f1.high),
    }
}

/// A count as messages hold it.
pub(crate) fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
