//! The gRPC service that tells how well labelled answers are given their themes.

use std::collections::BTreeSet;

use soundings_chassis::Problem;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_evaluation_service_server::ThemeEvaluationService;
use soundings_themes_domain::{Codebook, Place};
use soundings_themes_engine::evaluate::{Evaluation, Judged, Scores, evaluate};
use tonic::{Request, Response};

use super::asking::{self, Reply};
use super::names;
use super::quality_messages::small;
use crate::application::assign_responses::assign_text;
use crate::application::{Runtime, across_threads, off_the_runtime};

/// Answers of one call.
const ANSWERS: usize = 20_000;
/// Characters of an answer.
const CHARACTERS: usize = 100_000;
/// Faults that are told at once.
const TOLD: usize = 20;
/// Of the bootstrap, so that the same answers give the same interval.
const SEED: u64 = 1;

/// Serves evaluations.
#[derive(Clone)]
pub struct EvaluationRpc {
    runtime: Runtime,
}

impl EvaluationRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }
}

/// Each answer's labels, as ids of themes in use.
fn labels(answers: &[proto::LabelledAnswer], codebook: &Codebook) -> Result<Vec<BTreeSet<String>>, Problem> {
    if !(1..=ANSWERS).contains(&answers.len()) {
        let text = format!("are {}; give 1 to {ANSWERS}", answers.len());
        return Err(Problem::invalid_field("answers", text));
    }
    let (mut all, mut wrong) = (Vec::with_capacity(answers.len()), Vec::new());
    for (at, answer) in answers.iter().enumerate() {
        let characters = answer.text.chars().count();
        if characters > CHARACTERS {
            let text = format!("has {characters} characters; at most {CHARACTERS}");
            wrong.push((format!("answers[{at}].text"), text));
        }
        let mut labels = BTreeSet::new();
        for (place, name) in answer.themes.iter().enumerate() {
            let field = format!("answers[{at}].themes[{place}]");
            let id = asking::theme_of(&field, name, &codebook.id)?;
            if codebook.theme(&id).is_some_and(|theme| theme.stands()) {
                labels.insert(id);
            } else {
                wrong.push((field, format!("the codebook has no theme {id} in use")));
            }
        }
        if wrong.len() >= TOLD {
            break;
        }
        all.push(labels);
    }
    if wrong.is_empty() { Ok(all) } else { Err(Problem::invalid(wrong)) }
}

fn scores(scores: Scores) -> proto::EvaluationScores {
    proto::EvaluationScores { precision: scores.precision, recall: scores.recall, f1: scores.f1 }
}

fn evaluation(codebook: &Codebook, found: &Evaluation) -> proto::CodebookEvaluation {
    let theme = |(id, agreement): (&String, &soundings_themes_engine::evaluate::ThemeAgreement)| {
        proto::ThemeEvaluation {
            theme: names::theme(&codebook.id, id),
            title: codebook.theme(id).map(|theme| theme.title.clone()).unwrap_or_default(),
            people: small(agreement.people),
            model: small(agreement.model),
            both: small(agreement.both),
            scores: Some(scores(agreement.scores())),
        }
    };
    proto::CodebookEvaluation {
        name: names::codebook(&codebook.id),
        codebook_version: codebook.version,
        answers: small(found.answers),
        samples_f1: found.samples_f1,
        samples_f1_low: found.samples_interval.0,
        samples_f1_high: found.samples_interval.1,
        micro: Some(scores(found.micro)),
        macro_f1: found.macro_f1,
        exact_share: found.accuracy,
        themes: found.themes.iter().map(theme).collect(),
        ..proto::CodebookEvaluation::default()
    }
}

#[tonic::async_trait]
impl ThemeEvaluationService for EvaluationRpc {
    async fn evaluate_codebook(
        &self,
        request: Request<proto::EvaluateCodebookRequest>,
    ) -> Reply<proto::CodebookEvaluation> {
        let message = request.into_inner();
        let id = asking::codebook_id("name", &message.name)?;
        let codebooks = self.runtime.codebooks.clone();
        let current = codebooks.current(self.runtime.db.read()).await.map_err(Problem::from)?;
        let ready = current.get(&id).cloned().ok_or_else(|| Problem::not_found("codebook", &message.name))?;
        let people = labels(&message.answers, &ready.codebook)?;
        let model_version = codebooks.model_version();
        let learned_version =
            ready.learned.as_ref().map(|learned| learned.version.clone()).unwrap_or_default();
        let evaluated = off_the_runtime(move || {
            let model = across_threads(&message.answers, |answer| {
                let given = assign_text(&ready, codebooks.encoder(), &answer.text).into_iter();
                let stands = given.filter_map(|theme| match ready.codebook.place(&theme) {
                    Place::Stands(id) => Some(id.to_owned()),
                    Place::Retired | Place::Gone => None,
                });
                stands.collect::<BTreeSet<String>>()
            });
            let judged = people.into_iter().zip(model).map(|(people, model)| Judged { people, model });
            evaluation(&ready.codebook, &evaluate(&judged.collect::<Vec<_>>(), SEED))
        });
        let evaluated = evaluated.await;
        Ok(Response::new(proto::CodebookEvaluation { model_version, learned_version, ..evaluated }))
    }
}
