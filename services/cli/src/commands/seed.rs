//! The reference case: councils, portfolio, codebook, benefits, contracts and survey.
use soundings_proto::consultation::v1 as proto;
use tonic::Code;

use super::{benefit, codebook, contract, organisation, portfolio, ranking::awaited::awaited, survey};
use crate::{connection::Connection, failure::Outcome, files, output};

/// The reference case's survey, and its codebook.
pub const SURVEY: &str = "refresh-2020";

/// The criterion that takes procurement evidence: what expiring contracts cost those who wait.
const CRITERION: &str = "urgency";

/// Loads the reference case, unless its survey is open or closed already: what people changed since stays.
pub async fn run(to: &Connection<'_>) -> Outcome {
    let name = format!("surveys/{SURVEY}");
    let known = match to.consultation()?.get_survey(proto::GetSurveyRequest { name: name.clone() }).await {
        Ok(known) => Some(known.into_inner()),
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(status.into()),
    };
    if known.as_ref().is_some_and(|known| known.state() != proto::SurveyState::Draft) {
        output::note("the reference case is loaded");
        return Ok(());
    }
    // The survey is opened last: were this cut short, it would all be done again.
    let councils = files::organisations::read("councils.csv", include_str!("../../seed/councils.csv"))?;
    let expected = i32::try_from(councils.len()).unwrap_or(i32::MAX);
    organisation::register(to, councils).await?;
    codebook::load(to, include_str!("../../seed/codebook.yaml").to_owned(), false).await?;
    let items = files::portfolio::read("portfolio.yaml", include_str!("../../seed/portfolio.yaml"))?;
    portfolio::apply::apply(to, items.sound()?, false).await?;
    let benefits = files::benefits::read("benefits.yaml", include_str!("../../seed/benefits.yaml"))?;
    benefit::apply(to, benefits, false).await?;
    // Portfolio hears of the councils as events, and takes no contract of one that it has not heard of.
    awaited(to, "word of the councils to portfolio", |ranking| ranking.organisations >= expected).await?;
    contract::seed(to, include_str!("../../seed/contracts.csv"), CRITERION).await?;
    if known.is_none() {
        let (id, draft) = files::survey::read("survey.yaml", include_str!("../../seed/survey.yaml"))?;
        survey::create(to, id, draft).await?;
    }
    survey::open(to, name).await?;
    output::note(
        "loaded the reference case: 32 councils, 9 portfolios, 24 work items, 3 themes, 4 benefits, 19 contracts, 1 open \
         survey",
    );
    Ok(())
}
