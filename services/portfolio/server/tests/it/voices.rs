use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_portfolio_domain::Kind::Official;
use soundings_proto::portfolio::v1::{self as proto, VoicePolicy};
use tonic::Code;

use crate::{
    nats::signal,
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, code, order,
    },
};

fn leaders(compared: &proto::CompareVoicesResponse) -> Vec<(VoicePolicy, &str, i32)> {
    let leader = |voice: &proto::VoiceRanking| voice.places[0].work_item.clone();
    compared
        .voices
        .iter()
        .map(|voice| {
            let id = if leader(voice) == "workItems/A" { "A" } else { "other" };
            (voice.policy(), id, voice.flips)
        })
        .collect()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_ranking_is_shown_under_every_voice_policy_now_and_as_it_was(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    let newest = proto::CompareVoicesRequest::default();
    assert_eq!(
        code(world.respondent().compare_voices(newest).await),
        Code::NotFound,
        "nothing is ranked yet"
    );
    world.stop().await;
    let world = ground.furnished().await;
    let before = world.ranking(Official, 0).await.unwrap();
    // One council's many respondents ask for what B does; two councils with one each do not.
    let signals = [signal("GLG", 1, 90, &[("T1", 60)]), signal("EDH", 1, 1, &[]), signal("ORK", 1, 1, &[])];
    ground.nats.publish(&signals).await;
    world.settled(&signals).await;

    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&ranking), ["A", "B", "C"]);
    let compared = world.respondent().compare_voices(newest).await.unwrap().into_inner();
    assert_eq!(compared.name, ranking.name);
    assert_eq!(
        leaders(&compared),
        [
            (VoicePolicy::Organisation, "A", 0),
            (VoicePolicy::Respondent, "other", 2),
            (VoicePolicy::Population, "A", 0),
            (VoicePolicy::OrganisationKind, "A", 0),
        ]
    );
    assert_eq!(compared.voices[0].kendall_tau_b, 1.0);
    assert!((compared.voices[1].kendall_tau_b - 1.0 / 3.0).abs() < 1e-12);
    let own = &compared.voices[0].places;
    let shown = |item: &proto::RankedItem| (item.work_item.clone(), item.rank, item.value, item.demand);
    let told: Vec<_> = own.iter().map(|p| (p.work_item.clone(), p.rank, p.value, p.demand)).collect();
    assert_eq!(told, ranking.items.iter().map(shown).collect::<Vec<_>>());

    let then = proto::CompareVoicesRequest { revision: before.revision, ..newest };
    let then = world.respondent().compare_voices(then).await.unwrap().into_inner();
    assert!(then.voices.iter().all(|voice| voice.flips == 0), "before anybody answered all agree");
    world.stop().await;
}
