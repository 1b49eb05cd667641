use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{self as proto, theme_evaluation_service_server::ThemeEvaluationService};
use soundings_themes::rpc::evaluation_service::EvaluationRpc;
use tonic::Code;
use tonic_types::StatusExt;

use crate::setup::*;

fn labelled(text: &str, themes: &[&str]) -> proto::LabelledAnswer {
    let themes = themes.iter().map(|theme| Bench::theme_name(theme)).collect();
    proto::LabelledAnswer { text: text.into(), themes }
}

async fn evaluate(
    bench: &Bench,
    answers: Vec<proto::LabelledAnswer>,
) -> Result<proto::CodebookEvaluation, tonic::Status> {
    let rpc = EvaluationRpc::new(bench.runtime.clone());
    let message = proto::EvaluateCodebookRequest { name: "codebooks/cb".into(), answers };
    Ok(rpc.evaluate_codebook(Bench::by_analyst(message)).await?.into_inner())
}

#[tokio::test]
async fn labelled_answers_are_given_themes_as_responses_are_and_compared() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let answers = vec![
            labelled(COST, &["cost"]),
            labelled(&format!("{COST} {REMOTE}"), &["cost", "remote"]),
            labelled(NEITHER, &[]),
            labelled(REMOTE, &["cost"]),
        ];
        let found = evaluate(&bench, answers.clone()).await.unwrap();
        assert_eq!((found.answers, found.samples_f1, found.exact_share), (4, 0.75, 0.75));
        assert!(found.samples_f1_low < 0.75 && found.samples_f1_high > 0.75, "{found:?}");
        assert_eq!((found.codebook_version, found.learned_version.as_str()), (1, ""));
        let each: Vec<_> =
            found.themes.iter().map(|t| (t.title.as_str(), t.people, t.model, t.both)).collect();
        let remote = "Supporting staff whilst they work remotely";
        assert_eq!(each, [("Cost optimisation", 3, 2, 2), (remote, 1, 2, 1)]);
        assert_eq!(found.micro.unwrap().precision, 0.75);
        assert_eq!(evaluate(&bench, answers.clone()).await.unwrap(), found, "alike");
        // A merged theme's words count for the theme that stays.
        bench.merge(&["remote"], "cost").await.unwrap();
        let merged = answers.into_iter().map(|a| match a.themes.len() {
            2 => labelled(&a.text, &["cost"]),
            _ => a,
        });
        assert_eq!(evaluate(&bench, merged.collect()).await.unwrap().exact_share, 1.0);
        assert_eq!(bench.all_mentions().await, [], "nothing is kept");
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_named() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let fields = |status: tonic::Status| -> Vec<String> {
            let told = status.get_details_bad_request().unwrap().field_violations;
            told.into_iter().map(|violation| violation.field).collect()
        };
        assert_eq!(fields(evaluate(&bench, vec![]).await.unwrap_err()), ["answers"]);
        let wrong = vec![labelled(COST, &["cost"]), labelled(&"x".repeat(100_001), &["cost", "nope"])];
        let refused = evaluate(&bench, wrong).await.unwrap_err();
        assert_eq!(fields(refused), ["answers[1].text", "answers[1].themes[1]"]);
        let other = proto::LabelledAnswer { text: COST.into(), themes: vec!["codebooks/x/themes/y".into()] };
        assert_eq!(fields(evaluate(&bench, vec![other]).await.unwrap_err()), ["answers[0].themes[0]"]);
        let rpc = EvaluationRpc::new(bench.runtime.clone());
        let absent = proto::EvaluateCodebookRequest { name: "codebooks/no".into(), ..Default::default() };
        let refused = rpc.evaluate_codebook(Bench::by_analyst(absent)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
}
