//! Writes a document of a ranking revision, computed again from what the revision counted.
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use prost::Message;
use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Inputs, Kind,
    benefits::review,
    documents::{
        Document, Stamp, benefits_report::benefits_report, business_plan::business_plan, csv_tables, html,
        markdown, receipt::receipt,
    },
};
use soundings_proto::portfolio::v1 as proto;

use super::{
    Runtime,
    explain_move::{Computed, compute_again},
    review_benefits,
};
use crate::{
    rpc::{
        external_evidence::ExternalEvidence,
        messages,
        quotes::{Asking, Quotes},
    },
    store::{benefits::Register, revisions},
    writing::{docx, xlsx},
};

/// Which document.
pub enum Which {
    /// The programme of work.
    BusinessPlan,
    /// The benefits at a version of the register (0: the newest) and a day.
    Benefits(i64, Option<NaiveDate>),
    /// An organisation's receipt, with or without its words.
    Receipt(String, bool),
}

/// What to write.
pub struct Asked {
    /// Which document.
    pub kind: Which,
    /// How it is written.
    pub format: Format,
    /// Of which ranking.
    pub ranking: Kind,
    /// The revision; 0: the newest.
    pub revision: i64,
    /// A sentence that stands at the top.
    pub notice: String,
}

/// How a document is written.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    /// A page.
    Html,
    /// Markdown.
    Markdown,
    /// Tables.
    Csv,
    /// For word processors.
    Docx,
    /// A workbook.
    Xlsx,
}

/// A document that was written.
pub struct Rendered {
    /// What it is.
    pub header: proto::DocumentHeader,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Writes a document.
pub async fn render(
    runtime: &Runtime,
    (quotes, external): (&Quotes, &ExternalEvidence),
    asked: Asked,
) -> Result<Rendered, Problem> {
    let (computed, mut stamp) = revision(runtime, asked.ranking, asked.revision).await?;
    let mut register = Register::default();
    let mut words = BTreeMap::new();
    let mut evidence = None;
    match &asked.kind {
        Which::BusinessPlan => {
            let themes = computed.inputs.themes.keys();
            let codebooks = themes.filter_map(|theme| theme.split('/').nth(1)).collect();
            evidence = external.of(codebooks).await;
        }
        Which::Benefits(version, _) => register = review_benefits::register(runtime, *version).await?,
        Which::Receipt(organisation, with_quotes) => {
            if !computed.inputs.organisations.contains_key(organisation) {
                return Err(no_organisation(organisation));
            }
            if *with_quotes {
                words = own_words(&quotes.ask(), &computed.inputs, asked.ranking, organisation).await;
            }
        }
    }
    let compose = move || {
        let Computed { inputs, ranking, .. } = &computed;
        let name = format!("{}-{}", asked.ranking.name(), stamp.revision);
        let (revision, digest) =
            (messages::revision_name(asked.ranking, stamp.revision), stamp.digest.clone());
        let (document, name) = match &asked.kind {
            Which::BusinessPlan => {
                let evidence = evidence.as_deref();
                let document = business_plan(inputs, ranking, evidence, stamp, &asked.notice);
                (document, format!("business-plan-{name}"))
            }
            Which::Benefits(_, day) => {
                let day = day.unwrap_or_else(|| newest(&stamp, &register).date_naive());
                stamp.also = from_register(&register, day);
                let found = review(&register.benefits, day);
                let name = format!("benefits-{name}-register-{}", register.version);
                (benefits_report(inputs, &found, day, stamp, &asked.notice), name)
            }
            Which::Receipt(organisation, _) => {
                let document = receipt(inputs, ranking, organisation, &words, stamp, &asked.notice);
                (document, format!("receipt-{organisation}-{name}"))
            }
        };
        let (bytes, content_type, extension) = write(&document, asked.format)?;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let file_name = format!("{name}.{extension}");
        let header = proto::DocumentHeader {
            content_type: content_type.to_owned(),
            file_name,
            size,
            revision,
            digest,
        };
        Ok(Rendered { header, bytes })
    };
    // A large portfolio takes a while, and others are served meanwhile.
    tokio::task::spawn_blocking(compose).await.map_err(Problem::internal)?
}

/// There is no such organisation, or it is not the caller's to know of.
pub fn no_organisation(id: &str) -> Problem {
    Problem::not_found("organisation", &format!("organisations/{id}"))
}

async fn revision(runtime: &Runtime, kind: Kind, revision: i64) -> Result<(Computed, Stamp), Problem> {
    let conn = runtime.db.read();
    let found = match revision {
        0 => revisions::newest(conn, kind).await,
        number => revisions::find(conn, kind, number).await,
    };
    let name = messages::revision_name(kind, revision);
    let found = found?.ok_or_else(|| Problem::not_found("revision", &name))?;
    let header = proto::Ranking::decode(found.header.as_slice()).map_err(Problem::internal)?;
    let time = header
        .create_time
        .and_then(|time| DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).ok()?));
    let stamp = Stamp {
        ranking: kind.name(),
        revision: found.revision,
        digest: found.digest.clone(),
        time: time.unwrap_or_default(),
        also: String::new(),
    };
    Ok((compute_again(runtime, kind, &found).await?, stamp))
}

/// When the newest of what a benefits document is made from was made.
fn newest(stamp: &Stamp, register: &Register) -> DateTime<Utc> {
    register.time.map_or(stamp.time, |time| time.max(stamp.time))
}

fn from_register(register: &Register, day: NaiveDate) -> String {
    let day = day.format("%-d %B %Y");
    match register.time {
        Some(time) => format!(
            "The register of benefits is version {} of {}, reviewed as of {day}.",
            register.version,
            time.format("%-d %B %Y, %H:%M:%S UTC")
        ),
        None => format!("The register of benefits is empty, reviewed as of {day}."),
    }
}

/// What an organisation's people wrote, by each theme of theirs that counts.
async fn own_words(
    asking: &Asking,
    inputs: &Inputs,
    kind: Kind,
    organisation: &str,
) -> BTreeMap<String, Vec<String>> {
    let mut words = BTreeMap::new();
    let signals = inputs.signals.values().filter_map(|signals| signals.get(organisation));
    let raised = signals.flat_map(|signal| signal.themes.iter()).filter(|(_, raised)| **raised > 0);
    for (theme, _) in raised.filter(|(theme, _)| inputs.counts(kind, theme)) {
        words.insert(theme.clone(), asking.words(theme, organisation).await);
    }
    words
}

fn write(document: &Document, format: Format) -> Result<(Vec<u8>, &'static str, &'static str), Problem> {
    Ok(match format {
        Format::Html => (html::write(document).into_bytes(), "text/html; charset=utf-8", "html"),
        Format::Markdown => (markdown::write(document).into_bytes(), "text/markdown; charset=utf-8", "md"),
        Format::Csv => {
            (csv_tables::write(document).map_err(Problem::internal)?, "text/csv; charset=utf-8", "csv")
        }
        Format::Docx => {
            let ty = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
            (docx::write(document).map_err(Problem::internal)?, ty, "docx")
        }
        Format::Xlsx => {
            let ty = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            (xlsx::write(document).map_err(Problem::internal)?, ty, "xlsx")
        }
    })
}
