//! The method of `DocumentsService`.
use std::pin::Pin;

use futures::Stream;
use soundings_access::{Principal, caller, permissions};
use soundings_chassis::Problem;
use soundings_proto::portfolio::v1::{
    self as proto, documents_service_server::DocumentsService, render_document_response::Part,
};
use tonic::{Request, Response as Reply, Status};

use super::{
    external_evidence::ExternalEvidence, messages, names, procurement_messages::read_day, quotes::Quotes,
};
use crate::application::{
    Runtime,
    render_document::{self, Asked, Format, Which, no_organisation},
};

/// Bytes of one piece.
const CHUNK: usize = 64 * 1024;
/// Characters of a notice.
const NOTICE: usize = 500;

/// The service's method.
pub struct DocumentsRpc {
    runtime: Runtime,
    quotes: Quotes,
    evidence: ExternalEvidence,
}

impl DocumentsRpc {
    /// With what it works with.
    pub fn new(runtime: Runtime, quotes: Quotes, evidence: ExternalEvidence) -> Self {
        DocumentsRpc { runtime, quotes, evidence }
    }
}

type Pieces = Pin<Box<dyn Stream<Item = Result<proto::RenderDocumentResponse, Status>> + Send>>;

#[tonic::async_trait]
impl DocumentsService for DocumentsRpc {
    type RenderDocumentStream = Pieces;

    async fn render_document(
        &self,
        request: Request<proto::RenderDocumentRequest>,
    ) -> Result<Reply<Pieces>, Status> {
        let caller = caller(&request)?;
        let asked = read(&caller, request.into_inner())?;
        let rendered = render_document::render(&self.runtime, (&self.quotes, &self.evidence), asked).await?;
        let chunks: Vec<Part> =
            rendered.bytes.chunks(CHUNK).map(|chunk| Part::Chunk(chunk.to_vec())).collect();
        let parts = std::iter::once(Part::Header(rendered.header)).chain(chunks);
        let pieces = parts.map(|part| Ok(proto::RenderDocumentResponse { part: Some(part) }));
        Ok(Reply::new(Box::pin(futures::stream::iter(pieces))))
    }
}

fn read(caller: &Principal, message: proto::RenderDocumentRequest) -> Result<Asked, Problem> {
    let format = match message.format() {
        proto::DocumentFormat::Html => Format::Html,
        proto::DocumentFormat::Markdown => Format::Markdown,
        proto::DocumentFormat::Csv => Format::Csv,
        proto::DocumentFormat::Docx => Format::Docx,
        proto::DocumentFormat::Xlsx => Format::Xlsx,
        proto::DocumentFormat::Unspecified => {
            return Err(Problem::invalid_field(
                "format",
                "is missing; give HTML, MARKDOWN, CSV, DOCX or XLSX",
            ));
        }
    };
    if message.notice.chars().count() > NOTICE {
        return Err(Problem::invalid_field("notice", format!("is longer than {NOTICE} characters")));
    }
    let kind = match message.kind() {
        proto::DocumentKind::BusinessPlan => Which::BusinessPlan,
        proto::DocumentKind::Benefits => {
            Which::Benefits(message.register_version, read_day("date", &message.date)?)
        }
        proto::DocumentKind::Receipt => {
            let organisation = names::read("organisation", "organisations", &message.organisation)?;
            if !sees(caller, &organisation) {
                return Err(no_organisation(&organisation));
            }
            Which::Receipt(organisation, !message.omit_quotes)
        }
        proto::DocumentKind::Unspecified => {
            return Err(Problem::invalid_field(
                "kind",
                "is missing; give BUSINESS_PLAN, BENEFITS or RECEIPT",
            ));
        }
    };
    let ranking = messages::read_kind(message.ranking());
    Ok(Asked { kind, format, ranking, revision: message.revision, notice: message.notice })
}

/// Who speaks for an organisation sees its own receipt; of the shared office, those who may see organisations.
fn sees(caller: &Principal, organisation: &str) -> bool {
    match &caller.organisation {
        Some(own) => own == organisation,
        None => caller.has_any(permissions::SEE_ORGANISATIONS),
    }
}
