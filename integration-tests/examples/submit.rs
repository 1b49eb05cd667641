//! Submits one response as a survey front-end in Rust would.
//!
//! usage: submit TOKEN TEXT [ADDRESS [SURVEY [QUESTION]]]
#![expect(clippy::print_stdout, reason = "it prints what was accepted")]
use soundings_proto::consultation::v1::{
    Answer, Response, SubmitResponseRequest, answer::Value,
    consultation_service_client::ConsultationServiceClient,
};
use tonic::{Request, metadata::MetadataValue};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(token), Some(text)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: submit TOKEN TEXT [ADDRESS [SURVEY [QUESTION]]]");
    };
    let address = arguments.next().unwrap_or_else(|| "http://127.0.0.1:7101".to_owned());
    let survey = arguments.next().unwrap_or_else(|| "refresh-2020".to_owned());
    let question = arguments.next().unwrap_or_else(|| "help".to_owned());
    let mut consultation = ConsultationServiceClient::connect(address).await?;

    let mut request = Request::new(SubmitResponseRequest {
        parent: format!("surveys/{survey}"),
        response: Some(Response {
            organisation: "organisations/ORK".to_owned(),
            answers: vec![Answer { question, value: Some(Value::Text(text)), ..Answer::default() }],
            ..Response::default()
        }),
        // Keep the id and send it again on every retry: the response then counts once.
        request_id: new_request_id(),
    });
    request.metadata_mut().insert("authorization", MetadataValue::try_from(format!("Bearer {token}"))?);
    let accepted = consultation.submit_response(request).await?.into_inner();
    println!("{}", accepted.name);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a front-end makes its own request ids")]
fn new_request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
