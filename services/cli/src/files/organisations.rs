//! Organisations as CSV: `id`, `name`, and optionally `kind`, `code` (or `gss_code`) and `population`.
use serde::Deserialize;
use soundings_proto::consultation::v1 as proto;

use crate::failure::{Failure, Outcome};

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    #[serde(default)]
    official_name: String,
    #[serde(default)]
    kind: String,
    #[serde(default, alias = "gss_code")]
    code: String,
    #[serde(default)]
    population: Option<i64>,
}

/// Reads organisations with their ids; `from` names where the text comes from.
pub fn read(from: &str, text: &str) -> Outcome<Vec<(String, proto::Organisation)>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut organisations = Vec::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| Failure::usage(format!("{from}: {error}")))?;
        let kind = match row.kind.as_str() {
            "" | "council" => proto::OrganisationKind::Council,
            "public_body" => proto::OrganisationKind::PublicBody,
            "voluntary" => proto::OrganisationKind::Voluntary,
            "other" => proto::OrganisationKind::Other,
            unknown => {
                let text = "kind must be council, public_body, voluntary or other";
                return Err(Failure::usage(format!("{from}: {}: {text}, not {unknown:?}", row.id)));
            }
        };
        let display_name = if row.official_name.is_empty() { row.name } else { row.official_name };
        let population = row.population.unwrap_or(0);
        let organisation = proto::Organisation {
            display_name,
            kind: kind.into(),
            code: row.code,
            population,
            ..Default::default()
        };
        organisations.push((row.id, organisation));
    }
    Ok(organisations)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_seeds_organisations_can_be_read() {
        let councils = read("seed", include_str!("../../seed/councils.csv")).ok().unwrap();
        assert_eq!((councils.len(), councils[0].1.code.as_str()), (32, "S12000034"));
        assert_eq!(
            read("housing", include_str!("../../seed/housing/organisations.csv")).ok().unwrap().len(),
            8
        );
    }

    #[test]
    fn an_unknown_kind_is_refused_by_its_row() {
        let failure = format!("{:?}", read("x.csv", "id,name,kind\nA,B,guild\n").unwrap_err());
        assert!(failure.contains("A: kind must be"), "{failure}");
    }
}
