//! Responses of a given day with several answers.
#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use soundings_jetstream::Disposition;
use soundings_themes::application::{ClosedAnswer, ReadAnswer, ReadResponse};

use super::{Bench, PROMPT, event};

impl Bench {
    /// Writes a new response of this day (`YYYY-MM-DD`) with these answers by question, and delivers its event.
    pub async fn say_on(&self, day: &str, response: &str, organisation: &str, answers: &[(&str, &str)]) {
        let answer = |(question, text): &(&str, &str)| ReadAnswer {
            question: (*question).into(),
            prompt: PROMPT.into(),
            text: (*text).into(),
            digest: Sha256::digest(text.to_lowercase()).iter().map(|b| format!("{b:02x}")).collect(),
            words: text.split_whitespace().count() as i64,
        };
        let written = ReadResponse {
            survey: "s".into(),
            response: response.into(),
            organisation: organisation.into(),
            revision: 1,
            time: format!("{day}T23:59:59Z").parse::<DateTime<Utc>>().unwrap(),
            answers: answers.iter().map(answer).collect(),
            closed: Vec::new(),
        };
        let name = format!("surveys/s/responses/{response}");
        self.responses.by_name.lock().unwrap().insert(name, written);
        let told = event(response, organisation, 1, false);
        assert_eq!(self.deliver(&[told]).await, [Disposition::Ack]);
    }
}

impl Bench {
    /// Adds closed answers (question, value) to a response and delivers it at its next revision.
    pub async fn choose(&self, response: &str, chosen: &[(&str, &str)]) {
        let name = format!("surveys/s/responses/{response}");
        let told = {
            let mut held = self.responses.by_name.lock().unwrap();
            let written = held.get_mut(&name).unwrap();
            written.revision += 1;
            let answer = |(question, value): &(&str, &str)| ClosedAnswer {
                question: (*question).into(),
                value: (*value).into(),
            };
            written.closed = chosen.iter().map(answer).collect();
            event(response, &written.organisation, written.revision, false)
        };
        assert_eq!(self.deliver(&[told]).await, [Disposition::Ack]);
    }
}
