//! The gRPC service of decisions on statements, and of how far the model agrees with them.

use soundings_access::{Principal, caller};
use soundings_chassis::Problem;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::review_service_server::ReviewService;
use soundings_themes_domain::quality::quality;
use soundings_themes_domain::{Codebook, MentionAct, StatementKey};
use soundings_themes_engine::statement;
use tonic::{Request, Response, Status};

use super::asking::{self, Method, Reply};
use super::{names, quality_messages, quotes, review_messages, stance_messages, status_mapping};
use crate::application::assign_responses::scores_of;
use crate::application::decide_mention::{Command, decide_mention};
use crate::application::draw_sample::{Open, draw_sample};
use crate::application::explain_mention::{Explanation, explain};
use crate::application::theme_figures::Reviews;
use crate::application::{Runtime, off_the_runtime};
use crate::store::audit_draws::Draw;
use crate::store::mentions::{self, StoredMention};
use crate::store::{assignments, codebooks, learning, mention_decisions};

/// Draws that may lapse, one after another, before the caller is asked to try again.
const DRAWS: usize = 10;
/// Characters shown before and after a statement.
const AROUND: usize = 300;
/// Words that carried a learned decision, of those shown.
const LEARNED_WORDS: usize = 5;
const LONGEST_REMARK: usize = 500;

/// Serves decisions on statements.
#[derive(Clone)]
pub struct ReviewRpc {
    runtime: Runtime,
}

/// What a decision is asked with.
struct Asked {
    method: &'static str,
    principal: Principal,
    name: String,
    etag: String,
    reason: String,
    request_id: String,
    identical: bool,
}

impl ReviewRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    async fn codebook(&self, field: &str, name: &str) -> Result<Codebook, Problem> {
        let id = asking::codebook_id(field, name)?;
        let found = codebooks::find(self.runtime.db.read(), &id, false).await?;
        found.ok_or_else(|| Problem::not_found("codebook", name))
    }

    /// What the learned assigner that assigned the mention says of the theme, if it decides that.
    async fn learned_why(
        &self,
        codebook: &str,
        mention: &StoredMention,
        text: &str,
        theme: &str,
    ) -> Result<Option<proto::LearnedWhy>, Problem> {
        let conn = self.runtime.db.read();
        let Some(version) = assignments::versions_in(&mention.model_version).1 else { return Ok(None) };
        let number = learning::number_of(conn, codebook, version).await?.unwrap_or_default();
        let codebooks = &self.runtime.codebooks;
        let learned = codebooks.learned(conn, codebook, number).await?;
        let Some(learned) = learned.filter(|learned| learned.assigner.takes_over(theme)) else {
            return Ok(None);
        };
        let assigner = &learned.assigner;
        let ranked = assigner.ranked(text, codebooks.encoder());
        let words = assigner.carried_by(text, theme, LEARNED_WORDS).into_iter();
        Ok(ranked.into_iter().find(|probable| probable.theme == theme).map(|probable| proto::LearnedWhy {
            version: version.to_owned(),
            probability: probable.probability,
            assigned: probable.assigned,
            words: words.map(|f| proto::WordWeight { word: f.term, weight: f64::from(f.weight) }).collect(),
        }))
    }

    /// What the statement's nearest theme fell short of; none: the model gives the statement a theme, or cannot read it.
    async fn short_of(
        &self,
        codebook: &str,
        mention: &StoredMention,
    ) -> Result<Option<proto::ShortOf>, Problem> {
        if !mention.model.is_empty() || !mention.language.is_empty() {
            return Ok(None);
        }
        let conn = self.runtime.db.read();
        let answer = (mention.response.as_str(), mention.question.as_str());
        let thresholds = self.runtime.codebooks.thresholds();
        let ppm = |similarity: f32| (f64::from(similarity) * 1e6).round() as i32;
        let nearest = mention.runner_up.as_str();
        Ok(Some(proto::ShortOf {
            theme: if nearest.is_empty() { String::new() } else { names::theme(codebook, nearest) },
            score_ppm: i32::try_from(mention.runner_up_score).unwrap_or_default(),
            floor_ppm: ppm(thresholds.floor),
            best_ppm: mentions::best_of_answer(conn, codebook, answer).await?,
            reach_ppm: ppm(thresholds.reach),
            clear_ppm: ppm(thresholds.clear),
        }))
    }

    /// Takes a decision; `act` is told the codebook's id, which its themes must be of.
    async fn decide(
        &self,
        asked: Asked,
        act: impl FnOnce(&str) -> Result<MentionAct, Problem>,
    ) -> Reply<proto::StatementThemes> {
        let Asked { method, principal, name, etag, reason, request_id, identical } = asked;
        let (codebook, statement) = statement_ids(&name)?;
        let act = act(&codebook)?;
        let command = Command { codebook, statement, etag, act, identical };
        let method = Method { service: "ReviewService", method };
        let body = format!("{command:?}");
        let request = asking::request(method, principal.subject.clone(), reason, &request_id, &body)?;
        let decided = decide_mention(&self.runtime, &principal, &command, &request).await;
        let decided = decided.map_err(|refusal| status_mapping::mention_refusal(refusal, &name, &request_id));
        Ok(Response::new(decided?))
    }

    /// The statement to review with its answer; draws anew where the response has moved on.
    async fn sample(
        &self,
        principal: &Principal,
        codebook: &str,
        skip: bool,
    ) -> Result<Option<(Draw, StoredMention, String)>, Problem> {
        let mut open = if skip { Open::Skip } else { Open::Keep };
        for _ in 0..DRAWS {
            let drawn = draw_sample(&self.runtime, principal, codebook, open).await?;
            let Some((draw, mention)) = drawn else { return Ok(None) };
            let answer =
                quotes::answers(&self.runtime, std::slice::from_ref(&mention)).await?.pop().flatten();
            if let Some(answer) = answer {
                return Ok(Some((draw, mention, answer)));
            }
            open = Open::Lapse;
        }
        let text = "the responses that were drawn are being revised; try again";
        Err(Problem::unavailable(text, std::time::Duration::from_secs(1)))
    }
}

fn statement_ids(name: &str) -> Result<(String, StatementKey), Problem> {
    let found = names::statement_in(name).map(|(codebook, key)| (codebook.to_owned(), key));
    let form = "must be codebooks/{codebook}/statements/{statement}, as a mention's statement is named";
    found.ok_or_else(|| Problem::invalid_field("name", form))
}

#[tonic::async_trait]
impl ReviewService for ReviewRpc {
    async fn move_mention(
        &self,
        request: Request<proto::MoveMentionRequest>,
    ) -> Reply<proto::StatementThemes> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let (name, etag, request_id, identical) = (m.name, m.etag, m.request_id, m.identical);
        let reason = asking::reason(&m.reason)?;
        let asked = Asked { method: "MoveMention", principal, name, etag, reason, request_id, identical };
        self.decide(asked, |codebook| {
            let from = asking::theme_of("from_theme", &m.from_theme, codebook)?;
            let to = asking::theme_of("to_theme", &m.to_theme, codebook)?;
            if from == to {
                return Err(Problem::invalid_field(
                    "to_theme",
                    "is the theme that the statement is to leave",
                ));
            }
            Ok(MentionAct::Move { from, to })
        })
        .await
    }

    async fn reject_mention(
        &self,
        request: Request<proto::RejectMentionRequest>,
    ) -> Reply<proto::StatementThemes> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let (name, etag, request_id, identical) = (m.name, m.etag, m.request_id, m.identical);
        let reason = asking::reason(&m.reason)?;
        let asked = Asked { method: "RejectMention", principal, name, etag, reason, request_id, identical };
        self.decide(asked, |codebook| match m.theme.as_str() {
            "" => Ok(MentionAct::RejectAll),
            theme => Ok(MentionAct::Reject { theme: asking::theme_of("theme", theme, codebook)? }),
        })
        .await
    }

    async fn accept_mention(
        &self,
        request: Request<proto::AcceptMentionRequest>,
    ) -> Reply<proto::StatementThemes> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let (name, etag, request_id, identical) = (m.name, m.etag, m.request_id, m.identical);
        let reason = asking::reason(&m.reason)?;
        let asked = Asked { method: "AcceptMention", principal, name, etag, reason, request_id, identical };
        self.decide(asked, |codebook| {
            Ok(MentionAct::Accept { theme: asking::theme_of("theme", &m.theme, codebook)? })
        })
        .await
    }

    async fn add_mention(&self, request: Request<proto::AddMentionRequest>) -> Reply<proto::StatementThemes> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let (name, etag, request_id, identical) = (m.name, m.etag, m.request_id, m.identical);
        let reason = asking::reason(&m.reason)?;
        let asked = Asked { method: "AddMention", principal, name, etag, reason, request_id, identical };
        self.decide(asked, |codebook| {
            Ok(MentionAct::Add { theme: asking::theme_of("theme", &m.theme, codebook)? })
        })
        .await
    }

    async fn undo_mention_decision(
        &self,
        request: Request<proto::UndoMentionDecisionRequest>,
    ) -> Reply<proto::StatementThemes> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let (name, etag, request_id, identical) = (m.name, m.etag, m.request_id, false);
        let (method, reason) = ("UndoMentionDecision", asking::reason(&m.reason)?);
        let asked = Asked { method, principal, name, etag, reason, request_id, identical };
        self.decide(asked, |_| Ok(MentionAct::Undo)).await
    }

    async fn next_audit_sample(
        &self,
        request: Request<proto::NextAuditSampleRequest>,
    ) -> Reply<proto::AuditSample> {
        let principal = caller(&request)?;
        let message = request.into_inner();
        let codebook = self.codebook("parent", &message.parent).await?;
        let Some((draw, mention, answer)) = self.sample(&principal, &codebook.id, message.skip).await? else {
            return Err(Problem::not_found("statement that nobody has reviewed in", &message.parent).into());
        };
        let (start, end) = (small(mention.start), small(mention.end));
        let before = statement::slice(&answer, start.saturating_sub(AROUND), start);
        let last = answer.chars().count().min(end + AROUND);
        Ok(Response::new(proto::AuditSample {
            statement: names::statement(&codebook.id, &draw.statement),
            response: names::response(&mention.survey, &mention.response),
            organisation: names::organisation(&mention.organisation),
            question: mention.question.clone(),
            text: quotes::words(&mention, &answer).unwrap_or_default(),
            before: before.unwrap_or_default().to_owned(),
            after: statement::slice(&answer, end, last).unwrap_or_default().to_owned(),
            draw: draw.number,
            seed: draw.seed,
            candidates: draw.candidates,
        }))
    }

    async fn record_review(
        &self,
        request: Request<proto::RecordReviewRequest>,
    ) -> Reply<proto::StatementThemes> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let reason = m.reason.trim().to_owned();
        if reason.chars().count() > LONGEST_REMARK || reason.contains('\0') {
            let text = format!("must have at most {LONGEST_REMARK} characters, none of them NUL");
            return Err(Problem::invalid_field("reason", text).into());
        }
        let (name, etag, request_id, identical) = (m.name, String::new(), m.request_id, false);
        let asked = Asked { method: "RecordReview", principal, name, etag, reason, request_id, identical };
        self.decide(asked, |codebook| {
            let theme =
                |(i, name): (usize, &String)| asking::theme_of(&format!("themes[{i}]"), name, codebook);
            let themes = m.themes.iter().enumerate().map(theme).collect::<Result<_, _>>()?;
            Ok(MentionAct::Review { themes })
        })
        .await
    }

    async fn get_quality(
        &self,
        request: Request<proto::GetQualityRequest>,
    ) -> Reply<proto::GetQualityResponse> {
        let codebook = self.codebook("name", &request.into_inner().name).await?;
        let reviews = Reviews::read(self.runtime.db.read(), &codebook).await?;
        let overall = quality(&reviews.drawn);
        let without = quality(&reviews.without_generic(&codebook));
        let named = |(theme, of): (&String, &_)| proto::NamedQuality {
            theme: names::theme(&codebook.id, theme),
            quality: Some(quality_messages::theme_quality(of)),
        };
        Ok(Response::new(proto::GetQualityResponse {
            overall: Some(quality_messages::quality(&overall)),
            without_generic: Some(quality_messages::quality(&without)),
            themes: overall.themes.iter().map(named).collect(),
            chosen_reviews: quality_messages::small(reviews.chosen),
        }))
    }

    async fn explain_mention(
        &self,
        request: Request<proto::ExplainMentionRequest>,
    ) -> Reply<proto::MentionExplanation> {
        let principal = caller(&request)?;
        let message = request.into_inner();
        let (codebook, statement) = statement_ids(&message.name)?;
        let book = self.codebook("name", &names::codebook(&codebook)).await?;
        let conn = self.runtime.db.read();
        let there = mentions::of_statement(conn, &codebook, &statement).await?;
        let first = there.first().filter(|first| principal.may_act_for(&first.organisation));
        let first = first.ok_or_else(|| Problem::not_found("statement", &message.name))?;
        let decisions = mention_decisions::of_statement(conn, &codebook, &statement).await?;
        let answer = quotes::read_answers(&self.runtime, std::slice::from_ref(first)).await?.pop().flatten();
        let answer = answer.ok_or_else(|| moved_on(&message.name))?;
        let text = quotes::words(first, &answer.text).ok_or_else(|| moved_on(&message.name))?;
        let asked = match message.theme.as_str() {
            "" => Some(first.theme.clone()).filter(|theme| !theme.is_empty()),
            name => Some(asking::theme_of("theme", name, &codebook)?),
        };
        if asked.as_ref().is_some_and(|theme| book.theme(theme).is_none()) {
            return Err(Problem::not_found("theme", &message.theme).into());
        }
        let codebooks = self.runtime.codebooks.clone();
        let ready = codebooks.current(conn).await.map_err(Problem::from)?.get(&codebook).cloned();
        let ready = ready.ok_or_else(|| Problem::not_found("codebook", &names::codebook(&codebook)))?;
        let (of, words, at) = (asked.clone(), text.clone(), (first.start, first.end));
        let explained = off_the_runtime(move || {
            let encoder = codebooks.encoder();
            let scores = scores_of(&ready, encoder, &answer, at);
            explain((&ready.codebook, &ready.assigner), of.as_deref(), (&words, &scores), encoder)
        });
        let explained = explained.await;
        // A theme that only people put statements under has no words to be near to.
        let (theme, why) = explained.unwrap_or_else(|| (asked.unwrap_or_default(), Explanation::default()));
        let learned = self.learned_why(&codebook, first, &text, &theme).await?;
        let short_of = self.short_of(&codebook, first).await?;
        let last = mention_decisions::last_standing(&decisions, &book);
        let theme_name = |id: &str| if id.is_empty() { String::new() } else { names::theme(&codebook, id) };
        let near = |(theme, score): &(String, i32)| proto::NearTheme {
            theme: theme_name(theme),
            similarity: f64::from(*score) / 1e6,
        };
        Ok(Response::new(proto::MentionExplanation {
            statement: Some(review_messages::statement(&book, &statement, &there, last)),
            theme: theme_name(&theme),
            nearest: why
                .nearest
                .into_iter()
                .map(|(text, similarity)| proto::NearText { text, similarity: f64::from(similarity) })
                .collect(),
            words: why
                .words
                .into_iter()
                .map(|(word, weight)| proto::WordWeight { word, weight: f64::from(weight) })
                .collect(),
            themes: why.themes.iter().map(near).collect(),
            model_version: first.model_version.clone(),
            codebook_version: first.codebook_version,
            decisions: decisions.iter().map(|kept| review_messages::decision(&codebook, kept)).collect(),
            text,
            language: first.language.clone(),
            one_word: first.one_word,
            position: stance_messages::position(first.position_towards).into(),
            act: stance_messages::act(first.act).into(),
            evidence_rich: first.evidence_rich,
            learned,
            short_of,
        }))
    }
}

fn moved_on(name: &str) -> Status {
    let text = "the response has been revised since; read its mentions again";
    Problem::failed_precondition("RESPONSE_REVISED", name, text).into()
}

fn small(place: i64) -> usize {
    usize::try_from(place).unwrap_or_default()
}
