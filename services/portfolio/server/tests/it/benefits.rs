use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_chassis::{Ids, SystemIds};
use soundings_proto::portfolio::v1::{self as proto, benefits_service_client::BenefitsServiceClient};
use tonic::Code;

use crate::{
    nats::signal,
    setup::{
        Authorised,
        Engine::{self, Postgres, Sqlite},
        Ground, World, code, fields,
    },
};

const MILLION: i64 = 1_000_000;

fn manager(world: &World) -> BenefitsServiceClient<Authorised> {
    BenefitsServiceClient::new(world.authorised("mia", &[Role::PortfolioManager]))
}

/// £600,000 a year that B brings to two thirds and C to a tenth.
fn benefit(id: &str) -> proto::Benefit {
    let source = |item: &str, share| proto::BenefitSource { work_item: format!("workItems/{item}"), share };
    let planned = |date: &str, amount| proto::PlannedAmount { date: date.into(), amount: amount * MILLION };
    proto::Benefit {
        name: format!("benefits/{id}"),
        title: "Cheaper joint contracts".into(),
        r#type: proto::BenefitType::Cashable.into(),
        sources: vec![source("B", 667), source("C", 100)],
        owner: "Director of finance".into(),
        measure: "annual contract value avoided".into(),
        unit: "GBP".into(),
        target: 600_000 * MILLION,
        profile: vec![planned("2021-03-31", 100_000), planned("2021-09-30", 600_000)],
        status: proto::BenefitStatus::Agreed.into(),
        ..Default::default()
    }
}

fn harm() -> proto::Benefit {
    proto::Benefit {
        r#type: proto::BenefitType::Disbenefit.into(),
        unit: "staff days".into(),
        owner: String::new(),
        ..benefit("D1")
    }
}

fn apply(benefits: Vec<proto::Benefit>) -> proto::ApplyBenefitsRequest {
    proto::ApplyBenefitsRequest { benefits, ..Default::default() }
}

fn record(date: &str, pounds: i64) -> proto::RecordActualRequest {
    proto::RecordActualRequest {
        benefit: "benefits/B1".into(),
        actual: Some(proto::ActualAmount {
            date: date.into(),
            amount: pounds * MILLION,
            evidence: "ledger".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

async fn review(world: &World, date: &str, register_version: i64) -> proto::BenefitsReview {
    let request = proto::ReviewStatusRequest { date: date.into(), register_version };
    manager(world).review_status(request).await.unwrap().into_inner()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn measurements_come_with_the_register_or_not_at_all(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut client = manager(&world);
    let measured = |days: &[(&str, i64)]| {
        let actuals = days.iter().map(|(day, pounds)| record(day, *pounds).actual.unwrap());
        proto::Benefit { actuals: actuals.collect(), ..benefit("B1") }
    };
    let late = measured(&[("2021-03-31", 90_000), ("2999-01-01", 1)]);
    assert_eq!(fields(client.apply_benefits(apply(vec![harm(), late])).await), ["benefits/B1.actuals.date"]);
    let none = client.list_benefits(proto::ListBenefitsRequest::default()).await.unwrap().into_inner();
    assert_eq!(none.benefits, [], "nothing is half applied");
    let first = apply(vec![measured(&[("2021-03-31", 90_000), ("2021-06-30", 95_000)])]);
    assert_eq!(client.apply_benefits(first.clone()).await.unwrap().into_inner().created, 1);
    ground.clock.advance(chrono::Duration::hours(1));
    let again = client.apply_benefits(first).await.unwrap().into_inner();
    assert_eq!((again.changed, again.unchanged), (0, 1), "who recorded it, and when, stays");
    let other = apply(vec![measured(&[("2021-06-30", 96_000)])]);
    assert_eq!(client.apply_benefits(other).await.unwrap().into_inner().changed, 1);
    let got = proto::GetBenefitRequest { name: "benefits/B1".into() };
    let actuals = client.get_benefit(got).await.unwrap().into_inner().actuals;
    let amounts: Vec<_> = actuals.iter().map(|one| (one.date.as_str(), one.amount / MILLION)).collect();
    assert_eq!(amounts, [("2021-03-31", 90_000), ("2021-06-30", 96_000)]);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_register_is_applied_whole_and_again_without_effect(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut client = manager(&world);
    let tried = proto::ApplyBenefitsRequest { validate_only: true, ..apply(vec![benefit("B1"), harm()]) };
    assert_eq!(client.apply_benefits(tried).await.unwrap().into_inner().created, 2);
    let spoilt = proto::Benefit { unit: "GBP_k".into(), ..benefit("B2") };
    let gone = proto::Benefit {
        sources: vec![proto::BenefitSource { work_item: "workItems/NONE".into(), share: 1 }],
        ..benefit("B3")
    };
    let refused = client.apply_benefits(apply(vec![benefit("B1"), spoilt, gone])).await;
    assert_eq!(fields(refused), ["benefits/B2.unit", "benefits/B3.sources"]);
    let unordered =
        proto::Benefit { profile: benefit("B1").profile.into_iter().rev().collect(), ..benefit("B1") };
    let refused = client.apply_benefits(apply(vec![unordered])).await;
    assert_eq!(fields(refused), ["benefits[0].profile[1].date"]);
    assert_eq!(review(&world, "2021-04-01", 0).await.register_version, 0, "nothing went in");

    let first = client.apply_benefits(apply(vec![benefit("B1"), harm()])).await.unwrap().into_inner();
    assert_eq!((first.created, first.changed, first.register_version), (2, 0, 2));
    let again = client.apply_benefits(apply(vec![benefit("B1"), harm()])).await.unwrap().into_inner();
    assert_eq!((again.unchanged, again.register_version), (2, 2));
    let stale = proto::Benefit { etag: "9".into(), ..benefit("B1") };
    assert_eq!(code(client.apply_benefits(apply(vec![stale])).await), Code::Aborted);
    let mut analyst = BenefitsServiceClient::new(world.authorised("ana", &[Role::Analyst]));
    assert_eq!(code(analyst.apply_benefits(apply(vec![])).await), Code::PermissionDenied);

    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = proto::ListBenefitsRequest { page_size: 1, page_token, ..Default::default() };
        let page = analyst.list_benefits(request).await.unwrap().into_inner();
        names.extend(page.benefits.into_iter().map(|b| b.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["benefits/B1", "benefits/D1"]);
    let of_a = proto::ListBenefitsRequest { work_item: "workItems/A".into(), ..Default::default() };
    assert_eq!(analyst.list_benefits(of_a).await.unwrap().into_inner().benefits, []);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_measurement_is_recorded_once_and_outlives_a_new_definition(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut client = manager(&world);
    client.apply_benefits(apply(vec![benefit("B1")])).await.unwrap();
    let get = proto::GetBenefitRequest { name: "benefits/B1".into() };
    let etag = client.get_benefit(get.clone()).await.unwrap().into_inner().etag;
    let request = proto::RecordActualRequest {
        etag: etag.clone(),
        request_id: SystemIds.next().to_string(),
        ..record("2021-03-31", 150_000)
    };
    let recorded = client.record_actual(request.clone()).await.unwrap().into_inner();
    assert_eq!((recorded.actuals.len(), recorded.actuals[0].actor.as_str()), (1, "mia"));
    assert_eq!(client.record_actual(request).await.unwrap().into_inner(), recorded, "a repeat");
    let stale = proto::RecordActualRequest { etag, ..record("2021-03-31", 1) };
    assert_eq!(code(client.record_actual(stale).await), Code::Aborted);
    let corrected = client.record_actual(record("2021-03-31", 140_000)).await.unwrap().into_inner();
    assert_eq!((corrected.actuals.len(), corrected.actuals[0].amount), (1, 140_000 * MILLION));
    for (request, field) in [
        (record("2999-01-01", 1), "actual.date"),
        (record("soon", 1), "actual.date"),
        (record("2021-03-31", 2_000_000_000), "benefits/B1.actual.amount"),
    ] {
        assert_eq!(fields(client.record_actual(request).await), [field]);
    }
    let renamed = proto::Benefit { title: "Cheaper contracts".into(), ..benefit("B1") };
    client.apply_benefits(apply(vec![renamed])).await.unwrap();
    let found = client.get_benefit(get.clone()).await.unwrap().into_inner();
    assert_eq!((found.title.as_str(), found.actuals), ("Cheaper contracts", corrected.actuals));

    let delete =
        proto::DeleteBenefitRequest { name: "benefits/B1".into(), etag: "1".into(), ..Default::default() };
    assert_eq!(code(client.delete_benefit(delete.clone()).await), Code::Aborted);
    let delete = proto::DeleteBenefitRequest { etag: found.etag, ..delete };
    client.delete_benefit(delete.clone()).await.unwrap();
    assert_eq!(code(client.get_benefit(get).await), Code::NotFound);
    assert_eq!(code(client.delete_benefit(delete).await), Code::NotFound);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_review_tells_what_was_realised_by_a_day_and_what_it_rests_on(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let events = [signal("GLG", 1, 8, &[("T1", 8)]), signal("ORK", 1, 8, &[("T1", 1), ("T2", 1)])];
    ground.nats.publish(&events).await;
    world.settled(&events).await;
    let mut client = manager(&world);
    client.apply_benefits(apply(vec![benefit("B1"), harm()])).await.unwrap();
    client.record_actual(record("2021-06-30", 150_000)).await.unwrap();

    let summer = review(&world, "2021-07-01", 0).await;
    let [one] = &summer.benefits[..] else { panic!("{summer:?}") };
    assert_eq!((one.realised, one.planned_share, one.unmeasured), (Some(250_000), 166_667, false));
    assert_eq!(one.overdue_since, "");
    assert_eq!(summer.disbenefits[0].overdue_since, "2021-03-31");
    assert_eq!((summer.overdue, summer.unmeasured), (1, 1));
    let cashable = summer.cashable.unwrap();
    assert_eq!((cashable.target, cashable.planned), (460_200 * MILLION, 76_700 * MILLION));
    assert_eq!((cashable.realised, cashable.benefits, cashable.measured), (115_050 * MILLION, 1, 1));
    let chain: Vec<_> =
        one.chain.iter().map(|c| (c.title.as_str(), &c.theme_titles[..], c.organisations)).collect();
    let titles = [["Theme T1".to_owned()], ["Theme T2".to_owned()]];
    assert_eq!(chain, [("Item B", &titles[0][..], 2), ("Item C", &titles[1][..], 1)]);

    assert_eq!(review(&world, "2021-10-01", 0).await.overdue, 2, "the last planned day passed");
    let spring = review(&world, "2021-06-29", 0).await;
    assert_eq!((spring.benefits[0].realised, spring.cashable.unwrap().realised), (None, 0));
    // The register before the measurement, as it was.
    let earlier = review(&world, "2021-07-01", 2).await;
    assert_eq!((earlier.register_version, earlier.benefits[0].realised), (2, None));
    let request =
        |date: &str, register_version| proto::ReviewStatusRequest { date: date.into(), register_version };
    assert_eq!(fields(client.review_status(request("", 0)).await), ["date"]);
    assert_eq!(code(client.review_status(request("2021-01-01", 9)).await), Code::NotFound);
    world.stop().await;
}
