//! Counts of themes by organisation, time, question and company, and which statements to quote, as the database adds
//! them up.

use sea_orm::Value;

pub mod by_question;
pub mod campaigns;
pub mod cooccurrence;
pub mod heatmap;
pub mod newest;
pub mod stances;
pub mod trend;
pub mod typical;

/// What of a codebook a caller asks for and may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The codebook's id.
    pub codebook: String,
    /// Only of this organisation.
    pub organisation: Option<String>,
    /// Only of this theme.
    pub theme: Option<String>,
}

impl Seen {
    /// The condition on the codebook and the organisation; its values are numbered from 1.
    fn condition(&self) -> (String, Vec<Value>) {
        let mut condition = "codebook = $1".to_owned();
        let mut values: Vec<Value> = vec![self.codebook.as_str().into()];
        if let Some(organisation) = &self.organisation {
            values.push(organisation.as_str().into());
            condition += " AND organisation = $2";
        }
        (condition, values)
    }

    /// The same, and on the theme.
    fn condition_of_theme(&self) -> (String, Vec<Value>) {
        let (mut condition, mut values) = self.condition();
        if let Some(theme) = &self.theme {
            values.push(theme.as_str().into());
            condition += &format!(" AND theme = ${}", values.len());
        }
        (condition, values)
    }
}
