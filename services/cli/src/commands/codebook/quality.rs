//! How far the model and people agree.
use soundings_proto::themes::v1 as proto;

use crate::{
    commands::{full_name, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number},
};

fn columns() -> Vec<Column<proto::NamedQuality>> {
    fn of(named: &proto::NamedQuality) -> proto::ThemeQuality {
        named.quality.unwrap_or_default()
    }
    fn rate(named: &proto::NamedQuality, rate: fn(&proto::ThemeQuality) -> f64) -> String {
        if of(named).enough { format!("{:.2}", rate(&of(named))) } else { "not enough".to_owned() }
    }
    vec![
        column("theme", |q| last_part(&q.theme)),
        number("both", |q| of(q).both.to_string()),
        number("model alone", |q| of(q).model_only.to_string()),
        number("person alone", |q| of(q).person_only.to_string()),
        number("precision", |q| rate(q, |of| of.precision)),
        number("recall", |q| rate(q, |of| of.recall)),
        number("f1", |q| rate(q, |of| of.f1)),
    ]
}

/// Shows it.
pub async fn show(to: &Connection<'_>, format: Format, codebook: &str) -> Outcome {
    let request = proto::GetQualityRequest { name: full_name("codebooks", codebook) };
    let told = to.reviews()?.get_quality(request).await?.into_inner();
    if !format.is_table() && format != Format::Csv {
        return output::value(format, &output::json(&told)?);
    }
    output::list(format, &told.themes, &columns())?;
    if format.is_table() {
        output::note(format!("all themes: {}", sentence(told.overall)));
        output::note(format!(
            "without \"other\" and \"no reason given\": {}",
            sentence(told.without_generic)
        ));
        if told.chosen_reviews > 0 {
            output::note(format!(
                "{} reviews of statements that were not drawn are not counted",
                told.chosen_reviews
            ));
        }
    }
    Ok(())
}

fn sentence(quality: Option<proto::Quality>) -> String {
    let quality = quality.unwrap_or_default();
    if !quality.enough {
        return format!("not enough: {} reviews of the 30 that it takes", quality.reviews);
    }
    format!(
        "samples-F1 {:.2} ({:.2} to {:.2}) over {} reviews",
        quality.samples_f1, quality.samples_f1_low, quality.samples_f1_high, quality.reviews
    )
}
