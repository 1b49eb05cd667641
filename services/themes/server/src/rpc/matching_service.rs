//! The gRPC service that matches texts with themes.

use soundings_chassis::Problem;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_matching_service_server::ThemeMatchingService;
use soundings_themes_domain::Place;
use soundings_themes_engine::statement;
use tonic::{Request, Response};

use super::asking::{self, Reply};
use super::names;
use crate::application::ready_codebooks::{ModelEncoder, ReadyCodebook};
use crate::application::{Runtime, across_threads, off_the_runtime};

/// Texts of one call.
const TEXTS: usize = 200;
/// Characters of a text.
const CHARACTERS: usize = 10_000;
/// Themes of a text, where nothing is said, and the most that may be asked for.
const THEMES: (i32, i32) = (3, 20);
/// A similarity of 1.
const MILLION: i32 = 1_000_000;

/// Serves matches.
#[derive(Clone)]
pub struct MatchingRpc {
    runtime: Runtime,
}

impl MatchingRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }
}

fn check(message: &proto::MatchThemesRequest) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    if !(1..=TEXTS).contains(&message.texts.len()) {
        wrong.push(("texts".to_owned(), format!("are {}; give 1 to {TEXTS}", message.texts.len())));
    }
    for (at, text) in message.texts.iter().enumerate() {
        let characters = text.chars().count();
        if characters > CHARACTERS {
            let text = format!("has {characters} characters; at most {CHARACTERS}");
            wrong.push((format!("texts[{at}]"), text));
        }
    }
    if !(0..=THEMES.1).contains(&message.most) {
        wrong.push(("most".to_owned(), format!("is {}; give 1 to {}", message.most, THEMES.1)));
    }
    if !(-MILLION..=MILLION).contains(&message.floor_ppm) {
        let text = format!("is {}; give -{MILLION} to {MILLION}", message.floor_ppm);
        wrong.push(("floor_ppm".to_owned(), text));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Problem::invalid(wrong)) }
}

/// The nearest themes of a text, each at its place in the codebook.
fn matches(
    ready: &ReadyCodebook,
    text: &str,
    (most, floor_ppm): (usize, i32),
    encoder: &ModelEncoder,
) -> proto::TextMatches {
    let codebook = &ready.codebook;
    // A merged theme's words still draw texts, to where it was merged; so more are asked for than are told.
    let found = ready.assigner.matches(text, codebook.themes.len(), floor_ppm, encoder);
    let mut matches: Vec<proto::ThemeMatch> = Vec::new();
    for near in found {
        let Place::Stands(id) = codebook.place(&near.theme) else { continue };
        let theme = names::theme(&codebook.id, id);
        if matches.iter().any(|other| other.theme == theme) {
            continue;
        }
        let sentence = statement::slice(text, near.start, near.end).unwrap_or_default();
        matches.push(proto::ThemeMatch {
            theme,
            title: codebook.theme(id).map(|theme| theme.title.clone()).unwrap_or_default(),
            similarity_ppm: near.similarity_ppm,
            sentence: sentence.to_owned(),
            words: ready.assigner.words_that_carry(sentence, &near.theme, encoder),
        });
        if matches.len() == most {
            break;
        }
    }
    proto::TextMatches { matches }
}

#[tonic::async_trait]
impl ThemeMatchingService for MatchingRpc {
    async fn match_themes(
        &self,
        request: Request<proto::MatchThemesRequest>,
    ) -> Reply<proto::MatchThemesResponse> {
        let message = request.into_inner();
        check(&message)?;
        let id = asking::codebook_id("parent", &message.parent)?;
        let codebooks = self.runtime.codebooks.clone();
        let current = codebooks.current(self.runtime.db.read()).await.map_err(Problem::from)?;
        let ready = current.get(&id).cloned();
        let ready = ready.ok_or_else(|| Problem::not_found("codebook", &message.parent))?;
        let most = if message.most == 0 { THEMES.0 } else { message.most };
        let asked = (usize::try_from(most).unwrap_or_default(), message.floor_ppm);
        let (codebook_version, model_version) = (ready.codebook.version, codebooks.model_version());
        let texts = off_the_runtime(move || {
            across_threads(&message.texts, |text| matches(&ready, text, asked, codebooks.encoder()))
        });
        let texts = texts.await;
        Ok(Response::new(proto::MatchThemesResponse { codebook_version, model_version, texts }))
    }
}
