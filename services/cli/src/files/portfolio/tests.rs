use pretty_assertions::assert_eq;

use super::*;

fn seed() -> proto::ApplyPortfolioRequest {
    read("seed", include_str!("../../../seed/portfolio.yaml")).ok().unwrap()
}

fn model(request: proto::ApplyPortfolioRequest) -> Model {
    let proto::ApplyPortfolioRequest { portfolios, programmes, resources, criteria, work_items, .. } =
        request;
    Model { portfolios, programmes, resources, criteria, items: work_items }
}

#[test]
fn the_seeds_portfolios_can_be_read() {
    let file = seed();
    assert_eq!((file.portfolios.len(), file.criteria.len(), file.work_items.len()), (9, 8, 24));
    assert_eq!((file.criteria[0].swing, file.criteria[0].highest), (100_000, 1_000_000_000_000));
    let ranged = file.work_items.iter().flat_map(|item| &item.scores).filter(|score| score.low.is_some());
    assert!(ranged.count() > 0);
    let housing = read("housing", include_str!("../../../seed/housing/portfolio.yaml"));
    assert_eq!(housing.ok().unwrap().portfolios.len(), 1);
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let text = "items: [{id: X, portfolio: P, title: T, scores: {fit: 1e99}}]";
    let failure = format!("{:?}", read("p.yaml", text).unwrap_err());
    assert!(failure.contains("p.yaml: items[0].scores"), "{failure}");
    let small = "items: [{id: X, portfolio: P, title: T, scores: {a: 0.000001, b: 1.5, c: -3.0}}]";
    let item = read("p.yaml", small).ok().unwrap().work_items.remove(0);
    let likely: Vec<i64> = item.scores.iter().map(|score| score.likely).collect();
    assert_eq!(likely, [1_000_000, 1_500_000_000_000, -3_000_000_000_000]);
    let failure = format!("{:?}", read("p.yaml", "item: []").unwrap_err());
    assert!(failure.contains("unknown field `item`"), "{failure}");
    let failure = read("p.yaml", "items: [{id: X, portfolio: P, title: T, cost_gbp_k: 1.2345}]").unwrap_err();
    assert!(format!("{failure:?}").contains("p.yaml: item X.cost_gbp_k: give whole pounds"), "{failure:?}");
}

#[test]
fn a_link_says_no_more_than_it_must_and_criteria_may_take_evidence() {
    let text = "criteria: [{id: e, title: E, lo: 0, hi: 1, direction: max, swing: 40, source: evidence}]\n\
                items: [{id: X, portfolio: P, title: T, links: [{theme: t, strength: 300}, \
                {theme: u, strength: 200, confidence: 500, reading: against}]}]";
    let request = read("p.yaml", text).ok().unwrap();
    assert_eq!(request.criteria[0].source(), proto::ScoreSource::Evidence);
    let links = &request.work_items[0].links;
    assert_eq!((links[0].confidence, links[0].reading()), (Some(1_000), proto::LinkReading::Raised));
    assert_eq!((links[1].confidence, links[1].reading()), (Some(500), proto::LinkReading::Against));
    let written = write(&model(request)).ok().unwrap();
    assert_eq!(
        (written.matches("confidence").count(), written.matches("reading").count()),
        (1, 1),
        "{written}"
    );
    assert!(written.contains("source: evidence"), "{written}");
}

fn bound() -> proto::ApplyPortfolioRequest {
    let mut request = seed();
    request.programmes = vec![proto::Programme {
        name: "programmes/R".into(),
        portfolio: "portfolios/MW".into(),
        title: "A programme: \"quoted\", with a colon".into(),
    }];
    request.resources = vec![proto::Resource {
        name: "resources/architects".into(),
        title: "Architects".into(),
        unit: "days".into(),
    }];
    let first = &mut request.work_items[0];
    first.programme = "programmes/R".into();
    first.owner = "The office".into();
    first.cost_gbp = 60_123;
    first.effort_centimonths = 625;
    first.needs = vec![proto::ResourceNeed { resource: "resources/architects".into(), hundredths: 1250 }];
    first.excludes = vec!["workItems/MW-2".into(), "workItems/MW-3".into()];
    first.mandatory = true;
    first.links[0].confidence = Some(600);
    first.links[0].reading = proto::LinkReading::Stance.into();
    first.key_actions = "One; two,\n\"three\"".into();
    first.scores[0].likely = 123_456_789_012_345_678;
    request
}

/// In order of id, with ranges that are none left out, as files are written.
fn in_order(mut model: Model) -> Model {
    model.portfolios.sort_by(|a, b| a.name.cmp(&b.name));
    model.items.sort_by(|a, b| a.name.cmp(&b.name));
    let prior = |c: &mut proto::Criterion| c.prior_value = c.prior_value.filter(|p| *p != 500_000_000_000);
    model.criteria.iter_mut().for_each(prior);
    model
}

#[test]
fn a_model_goes_out_as_yaml_and_comes_back_the_same() {
    for request in [seed(), bound()] {
        let text = write(&model(request.clone())).unwrap();
        assert_eq!(model(read("again", &text).unwrap()), in_order(model(request)), "{text}");
        assert_eq!(
            write(&model(read("again", &text).unwrap())).unwrap(),
            text,
            "written again, it is the same text"
        );
    }
}

#[test]
fn items_go_out_as_csv_and_come_back_the_same() {
    let request = bound();
    let text = items_csv::write(&request.work_items, &request.criteria, &request.resources).unwrap();
    let mut expected = request.work_items;
    expected.iter_mut().for_each(|item| item.scores.sort_by(|a, b| a.criterion.cmp(&b.criterion)));
    assert_eq!(items_csv::read("items.csv", &text).unwrap(), expected, "{text}");
}

#[test]
fn every_fault_of_a_csv_is_named_with_its_line() {
    let text = "id,portfolio,title,cost_gbp,score.fit,colour\n\
                A,P,One,1.5,60,red\n\
                B,P,Two,10,low,blue\n\
                C,P,Three,10,1..2,\n";
    let failure = format!("{:?}", items_csv::read("i.csv", text).unwrap_err());
    for fault in [
        "i.csv:1: there is no column \\\"colour\\\"",
        "i.csv:2: cost_gbp is \\\"1.5\\\"",
        "i.csv:3: score.fit is \\\"low\\\"",
        "i.csv:4: score.fit is \\\"1..2\\\"",
    ] {
        assert!(failure.contains(fault), "{fault} in {failure}");
    }
}

#[test]
fn a_refused_field_is_found_in_the_file() {
    let text = "portfolios:\n  - {id: P, title: One}\ncriteria:\n  - id: fit\n    title: Fit\n    lo: 0\n    hi: 0\n    \
                direction: max\n    swing: 100\nitems:\n  - {id: A, portfolio: P, title: T}\n  - id: B\n    portfolio: \
                P\n    title: T\n    depends_on:\n      - Z\n    cost_gbp_k: -1\n  - title: T\n    id: \"C\"\n    portfolio: Q\n";
    let request = read("p.yaml", text).unwrap();
    let found = |detail: &str| places::line(text, &request, detail);
    assert_eq!(found("criteria/fit.highest: must be above lowest"), Some(7));
    assert_eq!(found("workItems/A.title: must be 1 to 300 characters"), Some(11));
    assert_eq!(found("workItems/B.cost_gbp: must be 0 or more"), Some(17));
    assert_eq!(found("workItems/B.depends_on: there is no work item \"Z\""), Some(15));
    assert_eq!(found("workItems/C.portfolio: there is no portfolio"), Some(20));
    assert_eq!(found("work_items[2].name: is"), Some(18), "the entry, where it has no such field");
    assert_eq!(found("request_id: must be a UUID"), None);
}
