//! The reference case from before the consultation to the published documents, as the office would live through it.
use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use serde_json::Value;
use soundings_integration_tests::until;

use crate::up::Up;

/// The portfolios that the partnership enhanced, and what each answers to.
const ENHANCED: [(&str, &str); 3] = [("MW", "T1"), ("DBD", "T2"), ("SCP", "T3")];

fn standing(listed: &Value) -> BTreeMap<String, i64> {
    let each = listed.as_array().unwrap().iter();
    each.map(|p| (last(&p["name"]), p["standing"].as_i64().unwrap())).collect()
}

/// Place and value of each item.
fn places(ranking: &Value) -> BTreeMap<String, (i64, i64)> {
    let each = ranking["items"].as_array().unwrap().iter();
    let of = |item: &Value| (item["rank"].as_i64().unwrap(), item["value"].as_i64().unwrap());
    each.map(|item| (last(&item["work_item"]), of(item))).collect()
}

fn last(name: &Value) -> String {
    name.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn councils_are_consulted_three_portfolios_rise_and_the_documents_say_why() {
    let up = Up::start(&["--seed"]).await;

    // Before: the rules are registered, and nobody has said anything.
    let before = up.json(&["ranking", "get"]);
    let stood = standing(&up.json(&["portfolio", "list"]));
    let told = String::from_utf8(up.run(&["portfolio", "criteria"]).stderr).unwrap();
    let rules = told.trim().rsplit(' ').next().unwrap();
    assert_eq!(before["scoring_model"], rules);
    assert_eq!((&before["revision"], &before["respondents"]), (&1.into(), &0.into()));
    let untouched = up.text(&["document", "receipt", "GLG", "--format", "md", "--file", "-"]);

    // During: a third of the responses are in; councils that are silent could still move the line.
    up.text(&["demo", "--rate", "500", "--limit", "80"]);
    let during = up.json(&["ranking", "get"]);
    assert!(during["revision"].as_i64() > before["revision"].as_i64());
    assert_eq!(during["scoring_model"], rules, "answers change no rule");
    let mut answered = during["organisations_answered"].as_i64().unwrap();
    assert!((1..32).contains(&answered), "{answered}");
    let influence = up.json(&["ranking", "influence", "--line", "8"]);
    assert_eq!(influence["organisations"].as_array().unwrap().len() as i64, answered, "{influence}");

    // What the analysts of another firm said is evidence of its own, and no council's voice.
    let demanded = places(&up.json(&["ranking", "get"]));
    let themes = ENHANCED.map(|(_, theme)| format!("refresh-2020/{theme}"));
    let conversation = ["--source", "Gartner", "--citation", "conversations with its analysts, autumn 2020"];
    let add =
        ["evidence", "add", &themes[0], &themes[1], &themes[2], "--date", "2020-10-14", "--strength", "3"];
    up.json(&[&add[..], &conversation].concat());
    assert_eq!(places(&up.json(&["ranking", "get"])), demanded);

    // After: every council has answered, and the survey is closed.
    up.text(&["demo", "--rate", "500"]);
    up.text(&["survey", "close", "refresh-2020", "--yes"]);
    let after = up.json(&["ranking", "get"]);
    answered = after["organisations_answered"].as_i64().unwrap();
    assert_eq!((answered, &after["respondents"]), (32, &241.into()));
    let stands = standing(&up.json(&["portfolio", "list"]));
    for (portfolio, theme) in ENHANCED {
        assert!(stands[portfolio] <= 3, "{portfolio} leads: {stands:?}");
        assert!(stands[portfolio] <= stood[portfolio], "{portfolio} did not sink: {stood:?} to {stands:?}");
        let name = format!("refresh-2020/{theme}");
        assert_eq!(up.json(&["evidence", "list", &name])[0]["source"], "Gartner");
    }
    assert!(ENHANCED.iter().any(|(portfolio, _)| stands[*portfolio] < stood[*portfolio]), "some rose");

    // Why: what moved adds up to the last digit, down to councils and their words.
    let (was, is) = (places(&before), places(&after));
    let risen = is.iter().max_by_key(|(id, (rank, _))| was[*id].0 - rank).unwrap().0;
    let ask = ["ranking", "explain", risen, "--from", "1"];
    let why = until("an explanation with quotes", async || {
        let why = up.json(&ask);
        let parts = why["parts"].as_array().unwrap().iter();
        let themes = parts.flat_map(|part| part["themes"].as_array().into_iter().flatten());
        let quoted = themes.flat_map(|theme| theme["quotes"].as_array().into_iter().flatten()).count();
        (quoted > 0).then_some(why)
    })
    .await;
    let parts = why["parts"].as_array().unwrap();
    let sum: i64 = parts.iter().map(|part| part["delta"].as_i64().unwrap()).sum();
    assert_eq!(sum, is[risen].1 - was[risen].1);
    let voices = up.text(&["ranking", "voices"]);
    assert!(voices.contains("τ"), "{voices}");

    // A plan of what fits the budget; two of the office stand behind it.
    let propose = ["plan", "propose", "MW-1", "SCP-1", "SCP-2", "DBD-1", "--budget", "400000"];
    let plan = up.json(&[&propose[..], &["--title", "2021", "--reason", "As the board agreed"]].concat());
    assert_eq!(last(&plan["name"]), "1");
    up.json(&["plan", "approve", "1"]);
    assert_eq!(up.json(&["plan", "publish", "1"])["state"], "PLAN_STATE_PUBLISHED");
    assert_eq!(up.json(&["plan", "drift"])["share_ppm"], 0);

    // The two documents and a council's receipt say so, with the revision that they are of.
    let stamp = format!("revision {}", after["revision"]);
    let document =
        |kind: &[&str]| up.text(&[&["document"], kind, &["--format", "md", "--file", "-"]].concat());
    let programme = document(&["business-plan"]);
    let benefits = document(&["benefits"]);
    let receipt = document(&["receipt", "GLG"]);
    for text in [&programme, &benefits, &receipt] {
        assert!(text.to_lowercase().contains(&stamp), "{text}");
    }
    for told in [
        "Modern Workplace",
        "Driven By Data",
        "Supply Chain",
        "Supporting staff whilst they work remotely",
        "Strategic importance and use of data for operational needs",
        "Cost optimisation",
        "Gartner",
        "Key actions",
        "Outcomes",
    ] {
        assert!(programme.contains(told), "the programme of work tells of {told}: {programme}");
    }
    assert!(receipt.contains("Glasgow") && receipt != untouched, "{receipt}");
    assert!(receipt.contains("Cost optimisation"), "{receipt}");
    assert_eq!(document(&["business-plan"]), programme, "the same revision reads the same");

    // Anybody can compute it again, under another voice too.
    assert!(up.json(&["verify"])["verified"].as_bool().unwrap());
}
