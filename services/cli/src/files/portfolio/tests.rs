use pretty_assertions::assert_eq;

use super::*;

fn sound(text: &str) -> proto::ApplyPortfolioRequest {
    read("p.yaml", text).unwrap().sound().unwrap()
}

fn refused(text: &str) -> String {
    format!("{:?}", read("p.yaml", text).unwrap().sound().unwrap_err())
}

fn seed() -> proto::ApplyPortfolioRequest {
    sound(include_str!("../../../seed/portfolio.yaml"))
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
    assert_eq!(sound(include_str!("../../../seed/housing/portfolio.yaml")).portfolios.len(), 1);
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let failure = refused("items: [{id: X, portfolio: P, title: T, scores: {fit: 1e99}}]");
    assert!(failure.contains("p.yaml:1: item X.scores.fit: "), "{failure}");
    let small = "items: [{id: X, portfolio: P, title: T, scores: {a: 0.000001, b: 1.5, c: -3.0}}]";
    let likely: Vec<i64> = sound(small).work_items[0].scores.iter().map(|score| score.likely).collect();
    assert_eq!(likely, [1_000_000, 1_500_000_000_000, -3_000_000_000_000]);
    let failure = refused("item: []");
    assert!(failure.contains("p.yaml:1: there is no section \\\"item\\\"; give portfolios"), "{failure}");
    let failure = refused("items: [{id: X, portfolio: P, title: T, cost_gbp_k: 1.2345}]");
    assert!(failure.contains("p.yaml:1: item X.cost_gbp_k: give whole pounds"), "{failure}");
    assert!(read("p.yaml", "items: [").is_err(), "no YAML at all");
}

#[test]
fn every_fault_of_a_yaml_is_named_with_its_line() {
    let text = "portfolios:\n  - {id: P, title: One}\ncriteria:\n  - id: fit\n    title: Fit\n    lo: .nan\n    hi: 0\n    \
                direction: sideways\n    swing: 0.12345\nitems:\n  - {id: A, portfolio: P, title: T}\n  - id: B\n    \
                portfolio: P\n    scores:\n      fit: .nan\n      reach: 3\n      saving: [1, 2]\n    cost_gbp_k: -1\n    \
                colour: red\n    depends_on:\n      - A\n      - Z\n  - title: T\n    id: \"A\"\n    portfolio: Q\n";
    let read = read("p.yaml", text).unwrap();
    assert_eq!(read.request.work_items[1].scores[0].criterion, "criteria/reach", "the rest is kept");
    let fault =
        |field: &str, text: &str| proto::PortfolioFault { field: field.into(), description: text.into() };
    let told = [
        fault("criteria/fit.highest", "must be above lowest"),
        fault("workItems/B.cost_gbp", "must be £0 or more"),
        fault("workItems/B.title", "must be 1 to 300 characters"),
        fault("workItems/B.depends_on", "there is no work item \"Z\""),
        fault("work_items[2].name", "workItems/A is given twice"),
        fault("criteria.swing", "every swing is 0"),
        fault("workItems/OTHER.depends_on", "goes round"),
    ];
    let failure = format!("{:?}", read.refusal(&told, 3)).replace('\\', "");
    let lines = [
        "p.yaml:3: criteria.swing: every swing is 0",
        "p.yaml:6: criterion fit.lo: .nan is no number here",
        "p.yaml:8: criterion fit.direction: is `sideways`; give `max` or `min`",
        "p.yaml:9: criterion fit.swing: give at most three decimal places",
        "p.yaml:12: item B.title: is missing",
        "p.yaml:15: item B.scores.fit: .nan is no number here",
        "p.yaml:17: item B.scores.saving: is no score; give a number, or [low, likely, high]",
        "p.yaml:18: item B.cost_gbp_k: must be £0 or more",
        "p.yaml:19: item B.colour: is no field here",
        "p.yaml:22: item B.depends_on: there is no work item \"Z\"",
        "p.yaml:24: item A.id: workItems/A is given twice",
        "p.yaml: workItems/OTHER.depends_on: goes round",
        "and 3 more",
    ];
    let mut from = 0;
    for line in lines {
        let found = failure[from..].find(line);
        assert!(found.is_some(), "{line} in its turn in {failure}");
        from += found.unwrap();
    }
    assert!(failure.contains("12 faults in p.yaml; nothing was changed"), "{failure}");
}

#[test]
fn a_link_says_no_more_than_it_must_and_criteria_may_take_evidence() {
    let text = "criteria: [{id: e, title: E, lo: 0, hi: 1, direction: max, swing: 40, source: evidence}]\n\
                items: [{id: X, portfolio: P, title: T, links: [{theme: t, strength: 300}, \
                {theme: u, strength: 200, confidence: 500, reading: against}]}]";
    let request = sound(text);
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
    let point = |score, value| proto::ValuePoint { score, value };
    let fit = request.criteria.iter_mut().find(|criterion| criterion.name == "criteria/fit").unwrap();
    fit.points =
        vec![point(0, 0), point(fit.highest / 2, 123_456_789_012), point(fit.highest, 1_000_000_000_000)];
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
        assert_eq!(model(sound(&text)), in_order(model(request)), "{text}");
        assert_eq!(write(&model(sound(&text))).unwrap(), text, "written again, it is the same text");
    }
}

#[test]
fn items_go_out_as_csv_and_come_back_the_same() {
    let request = bound();
    let text = items_csv::write(&request.work_items, &request.criteria, &request.resources).unwrap();
    let mut expected = request.work_items;
    expected.iter_mut().for_each(|item| item.scores.sort_by(|a, b| a.criterion.cmp(&b.criterion)));
    assert_eq!(items_csv::read("items.csv", &text).unwrap().sound().unwrap().work_items, expected, "{text}");
}

#[test]
fn every_fault_of_a_csv_is_named_with_its_line() {
    let text = "id,portfolio,title,cost_gbp,score.fit,colour\n\
                A,P,One,1.5,60,red\n\
                B,P,Two,10,low,blue\n\
                C,P,Three,10,1..2,\n";
    let read = items_csv::read("i.csv", text).unwrap();
    let told = [
        proto::PortfolioFault { field: "workItems/C.cost_gbp".into(), description: "must be less".into() },
        proto::PortfolioFault { field: "work_items[2].portfolio".into(), description: "is none".into() },
    ];
    let failure = format!("{:?}", read.refusal(&told, 0));
    for fault in [
        "i.csv:1: there is no column \\\"colour\\\"",
        "i.csv:2: item A.cost_gbp: is \\\"1.5\\\"",
        "i.csv:3: item B.score.fit: is \\\"low\\\"",
        "i.csv:4: item C.score.fit: is \\\"1..2\\\"",
        "i.csv:4: item C.cost_gbp: must be less",
        "i.csv:4: item C.portfolio: is none",
    ] {
        assert!(failure.contains(fault), "{fault} in {failure}");
    }
}
