//! The command as people run it: processes, exit codes, plain sentences.
use std::process::{Command, Output};

use pretty_assertions::assert_eq;
use serde_json::Value;
use soundings_harness::program;
use soundings_integration_tests::until;
use tempfile::TempDir;

use crate::up::{Up, path, soundings};

/// The exit code, and the one sentence on stderr.
fn refusal(done: &Output) -> (i32, String) {
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    assert_eq!(said.lines().count(), 1, "{said}");
    (done.status.code().unwrap(), said)
}

#[tokio::test]
async fn the_reference_case_runs_from_the_demo_to_a_verified_revision() {
    let mut up = Up::start(&["--seed"]).await;
    assert_eq!(up.run(&["health"]).status.code(), Some(0));
    let before = up.json(&["portfolio", "list"]);
    let demo = up.run(&["demo", "--rate", "500"]);
    let said = String::from_utf8_lossy(&demo.stdout).into_owned();
    assert!(demo.status.success() && said.contains("in 32 of 32 councils"), "{said}");
    assert!(said.contains(" rose from place "), "it explains what moved: {said}");

    let themes = up.json(&["theme", "list", "refresh-2020"]);
    let counts: Vec<_> =
        themes.as_array().unwrap().iter().map(|t| t["respondents"].as_i64().unwrap()).collect();
    assert!(
        counts.len() == 3 && counts.iter().all(|count| *count > 50),
        "the three themes emerge: {counts:?}"
    );
    let standing = |listed: &Value, id: &str| {
        let named = format!("portfolios/{id}");
        listed.as_array().unwrap().iter().find(|p| p["name"] == named.as_str()).unwrap()["standing"]
            .as_i64()
            .unwrap()
    };
    let after = up.json(&["portfolio", "list"]);
    for id in ["MW", "DBD", "SCP"] {
        assert!(standing(&after, id) <= 3, "the story's three portfolios lead: {after:#}");
        assert!(standing(&after, id) <= standing(&before, id).max(3));
    }

    let ranking = up.json(&["ranking", "get"]);
    assert!(up.json(&["verify"])["verified"].as_bool().unwrap());
    let bundle = up.run(&["ranking", "export"]).stdout;
    let file = up.folder.path().join("bundle.json");
    std::fs::write(&file, &bundle).unwrap();
    let file = file.display().to_string();
    assert_eq!(up.run(&["verify", "--bundle", &file]).status.code(), Some(0));
    let mut spoilt: Value = serde_json::from_slice(&bundle).unwrap();
    spoilt["inputs"]["inputs"]["items"]["MW-1"]["scores"]["fit"]["likely"] = 1.into();
    spoilt["inputs"]["inputs"]["items"]["MW-1"]["scores"]["fit"]["low"] = 1.into();
    std::fs::write(&file, spoilt.to_string()).unwrap();
    assert_eq!(up.run(&["verify", "--bundle", &file]).status.code(), Some(5));

    // Questions change nothing; a what-if verifies as what it is.
    let asked = up.run(&["ranking", "what-if", "--voice", "population", "--bundle", &file]);
    assert!(asked.status.success(), "{asked:?}");
    let verified = up.json(&["verify", "--bundle", &file]);
    assert!(verified["verified"].as_bool().unwrap() && verified["what_if"].as_bool().unwrap());
    let selected = up.json(&["select", "--budget", "800000"]);
    assert!(selected["best"]["proven"].as_bool().unwrap(), "{selected}");
    for question in ["influence", "robustness", "opinions", "ballots", "flip"] {
        assert_eq!(up.run(&["ranking", question]).status.code(), Some(0), "{question}");
    }
    assert_eq!(up.json(&["ranking", "get"]), ranking);

    // Killed, and started again on what it left: the same ranking, and a demo sent twice counts once.
    up.process.kill();
    up.again().await;
    assert_eq!(up.json(&["ranking", "get"]), ranking);
    assert!(up.run(&["demo", "--rate", "500"]).status.success());
    assert_eq!(up.json(&["ranking", "get"]), ranking);
    up.process.signal(rustix::process::Signal::TERM);
    assert!(up.process.exit().await.success());
}

#[tokio::test]
async fn a_file_is_imported_once_and_what_stays_out_is_told_by_line() {
    let up = Up::start(&["--seed"]).await;
    let file = up.folder.path().join("paper.csv");
    std::fs::write(&file, "organisation,help,confidence\nGLG,Laptops please.,4\nGLG,More laptops.,nine\n")
        .unwrap();
    let file = file.display().to_string();
    let import = |more: &[&str]| up.json(&[&["import", &file, "--survey", "refresh-2020"], more].concat());
    let tally = |report: &Value| {
        ["imported", "already_imported", "rejected"].map(|key| report[key].as_i64().unwrap())
    };
    assert_eq!(tally(&import(&["--dry-run"])), [1, 0, 1]);
    let report = import(&[]);
    assert_eq!(tally(&report), [1, 0, 1]);
    assert_eq!(
        (&report["reports"][0]["line"], &report["reports"][0]["field"]),
        (&3.into(), &"confidence".into())
    );
    assert_eq!(tally(&import(&[])), [0, 1, 1]);
    assert_eq!(up.json(&["response", "list", "refresh-2020"]).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn contracts_and_benefits_become_evidence_and_documents() {
    let up = Up::start(&["--seed"]).await;
    let found = up.json(&["contract", "opportunities", "--by", "product", "--at", "2026-01-01"]);
    let network = found.as_array().unwrap().iter().find(|one| one["title"] == "Wide area network").unwrap();
    assert_eq!(
        (network["organisations"].as_array().unwrap().len(), &network["contracts_without_value"]),
        (4, &1.into())
    );
    let id = network["name"].as_str().unwrap();
    let attached = up.json(&["contract", "attach", id, "SCP-2", "--by", "product", "--at", "2026-01-01"]);
    assert_eq!((&attached["raised"], &attached["actor"]), (&true.into(), &"local-operator".into()));
    assert_eq!(up.json(&["contract", "attachments", "--item", "SCP-2"])[0], attached);

    let review = up.json(&["benefit", "report", "--date", "2021-07-31"]);
    assert_eq!((&review["overdue"], &review["unmeasured"]), (&1.into(), &2.into()));
    let hours = ["benefit", "record", "B2", "2021-07-31", "4800.5", "--evidence", "time sheets"];
    assert_eq!(up.json(&hours)["actuals"][0]["amount"], 4_800_500_000_i64);
    assert_eq!(up.json(&["benefit", "report", "--date", "2021-07-31"])["unmeasured"], 1);

    up.json(&["verify"]);
    for kind in [&["business-plan"][..], &["benefits"], &["receipt", "GLG"]] {
        for format in ["html", "md", "docx", "xlsx", "csv"] {
            let file = up.folder.path().join(format!("document.{format}"));
            let file = file.display().to_string();
            let write =
                [&["document"], kind, &["--format", format, "--revision", "1", "--file", &file]].concat();
            let mut bytes = Vec::new();
            for _ in 0..2 {
                let done = up.run(&write);
                assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
                bytes.push(std::fs::read(&file).unwrap());
            }
            assert!(!bytes[0].is_empty() && bytes[0] == bytes[1], "{kind:?} as {format}");
        }
    }
    assert_eq!(up.run(&["document", "receipt", "NONE", "--file", "-"]).status.code(), Some(3));
}

#[tokio::test]
async fn exit_codes_tell_scripts_what_kind_of_failure_it_was() {
    let up = Up::start(&["--seed"]).await;
    let code = |arguments: &[&str]| up.run(arguments).status.code().unwrap();
    assert_eq!(code(&["ranking", "explain", "NOPE"]), 3);
    assert_eq!(code(&["ranking", "get", "--revision", "99"]), 3);
    assert_eq!(code(&["no-such-verb"]), 2);
    assert_eq!(code(&["survey", "close", "refresh-2020"]), 2, "no terminal to ask at, and no --yes");
    assert_eq!(
        code(&["response", "submit", "refresh-2020", "--organisation", "GLG", "--answer", "confidence=9"]),
        2
    );
    assert_eq!(code(&["survey", "close", "refresh-2020", "--yes"]), 0);
    assert_eq!(
        code(&["response", "submit", "refresh-2020", "--organisation", "GLG", "--answer", "help=Late."]),
        5
    );
    // A respondent's token closes no survey, and speaks for nobody else.
    let token = up.run(&["token", "create", "--role", "respondent", "--organisation", "GLG"]).stdout;
    let file = up.folder.path().join("token");
    std::fs::write(&file, token).unwrap();
    let file = file.display().to_string();
    assert_eq!(code(&["--token-file", &file, "survey", "open", "refresh-2020"]), 4);
    assert_eq!(code(&["--token-file", &file, "survey", "list"]), 0);
    std::fs::write(up.folder.path().join("token"), "rubbish").unwrap();
    assert_eq!(code(&["--token-file", &file, "survey", "list"]), 4);
    drop(up);

    let nobody = TempDir::new().unwrap();
    let away =
        soundings(nobody.path()).args(["--portfolio-url", "http://127.0.0.1:1", "health"]).output().unwrap();
    assert_eq!(away.status.code(), Some(6));
    let keyless = soundings(nobody.path()).args(["ranking", "get"]).output().unwrap();
    assert_eq!(refusal(&keyless).0, 4);
}

#[tokio::test]
async fn contexts_name_the_services_that_commands_go_to() {
    let up = Up::start(&[]).await;
    let addresses: Value =
        serde_json::from_slice(&std::fs::read(up.data().join("addresses.json")).unwrap()).unwrap();
    let token = up.run(&["token", "create", "--role", "analyst"]).stdout;
    let file = up.folder.path().join("token");
    std::fs::write(&file, token).unwrap();
    let home = TempDir::new().unwrap();
    let elsewhere = |arguments: &[&str]| soundings(home.path()).args(arguments).output().unwrap();
    let url = addresses["consultation"].as_str().unwrap();
    let set = ["context", "set", "office", "--consultation", url, "--token", &file.display().to_string()];
    assert!(elsewhere(&set).status.success());
    assert_eq!(elsewhere(&["survey", "list"]).status.code(), Some(4), "it is not in use yet");
    assert!(elsewhere(&["context", "use", "office"]).status.success());
    assert_eq!(elsewhere(&["survey", "list"]).status.code(), Some(0));
    assert_eq!(elsewhere(&["--context", "none", "survey", "list"]).status.code(), Some(3));
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_one_plain_sentence() {
    let folder = TempDir::new().unwrap();
    let start = |arguments: &[&str]| {
        let mut command = soundings(folder.path());
        command.arg("up").args(arguments).output().unwrap()
    };

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (code, said) = refusal(&start(&["--port", &port.to_string()]));
    assert_eq!(code, 1);
    assert!(said.contains(&format!("127.0.0.1:{port} is in use")), "{said}");

    let old = folder.path().join("old-nats-server");
    std::fs::write(&old, "#!/bin/sh\necho 'nats-server: v2.9.10'\n").unwrap();
    std::fs::set_permissions(&old, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (code, said) = refusal(&start(&["--port", "0", "--nats-server", &old.display().to_string()]));
    assert_eq!(code, 1);
    assert!(said.contains("is version 2.9, but 2.12 or newer is needed"), "{said}");

    let mut wrong_key = soundings(folder.path());
    wrong_key.args(["up", "--port", "0"]).env("SOUNDINGS_THEMES__FLOR", "0.3");
    let (code, said) = refusal(&wrong_key.output().unwrap());
    assert_eq!(code, 2);
    assert!(said.contains("unknown key SOUNDINGS_THEMES__FLOR"), "{said}");

    // A file-size limit of nothing is what a full disk looks like to a program.
    let mut full = Command::new("sh");
    full.env_clear().env("PATH", path()).env("HOME", folder.path());
    let command = format!(
        "trap '' XFSZ; ulimit -f 0; exec {} --data-dir {} up --port 0",
        program("soundings").display(),
        folder.path().join("full").display()
    );
    let done = full.args(["-c", &command]).output().unwrap();
    let (code, said) = refusal(&done);
    assert_eq!(code, 1, "{said}");
}

#[tokio::test]
async fn a_database_of_a_newer_release_and_a_second_process_are_refused() {
    let mut up = Up::start(&[]).await;
    let second = soundings(up.folder.path()).args(["up", "--port", "0"]).output().unwrap();
    let (code, said) = refusal(&second);
    assert_eq!(code, 5);
    assert!(said.contains("another `soundings up` is running"), "{said}");

    up.process.kill();
    let database = format!("sqlite:{}", up.data().join("themes.sqlite").display());
    let db = soundings_mailbox::Database::open(&database).await.unwrap();
    let tx = db.begin().await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_future', 0)";
    soundings_mailbox::sql::execute(&tx, newer, vec![]).await.unwrap();
    soundings_mailbox::database::commit(tx).await.unwrap();
    db.close().await.unwrap();
    let done = soundings(up.folder.path()).args(["up", "--port", "0", "--log", "off"]).output().unwrap();
    let (code, said) = refusal(&done);
    assert_eq!(code, 1);
    assert!(said.contains("the themes database: the database was written by a newer version"), "{said}");
}

#[tokio::test]
async fn an_analyst_corrects_themes_and_takes_it_back() {
    let up = Up::start(&["--seed"]).await;
    let submit = |organisation: &str, words: &str| {
        let answer = format!("help={words}");
        let submit =
            ["response", "submit", "refresh-2020", "--organisation", organisation, "--answer", &answer];
        assert!(up.run(&submit).status.success());
    };
    let licences = "Software licences go up in price every year and we cannot negotiate alone.";
    submit("GLG", licences);
    submit("EDH", licences);
    let tally = |theme: &str| {
        let listed = up.json(&["theme", "list", "refresh-2020", "--retired"]);
        let of = |t: &&Value| t["name"] == format!("codebooks/refresh-2020/themes/{theme}");
        listed.as_array().unwrap().iter().find(of).map(|t| t["respondents"].as_i64().unwrap())
    };
    until("both responses", async || (tally("T3") == Some(2)).then_some(())).await;
    let because = ["--reason", "it is so"];
    let mentions = up.json(&["theme", "mentions", "refresh-2020/T3"]);
    let first = mentions[0]["statement"].as_str().unwrap();

    let moved = up.json(&[&["mention", "move", first, "--from", "T3", "--to", "T1"][..], &because].concat());
    assert_eq!(moved["themes"][0], "codebooks/refresh-2020/themes/T1");
    assert_eq!(moved["model_themes"][0], "codebooks/refresh-2020/themes/T3");
    assert_eq!((tally("T1"), tally("T3")), (Some(1), Some(1)));
    let why = up.json(&["mention", "explain", first]);
    assert_eq!(
        (why["decisions"][0]["action"].as_str(), why["text"].as_str()),
        (Some("move"), Some(licences))
    );

    let second = mentions[1]["statement"].as_str().unwrap();
    let split = ["theme", "split", "refresh-2020/T3", "--into", "T4", "--title", "Licences"];
    let split = up.json(&[&split[..], &["--statement", second], &because].concat());
    assert_eq!((&split["mentions"], &split["exemplars"][0]), (&1.into(), &licences.into()));
    let preview = up.json(&["codebook", "preview", "refresh-2020"]);
    assert_eq!((&preview["pending"], &preview["responses_read"]), (&true.into(), &2.into()));
    let etag = preview["etag"].as_str().unwrap();
    let confirm = ["codebook", "confirm", "refresh-2020", "--etag"];
    let stale = up.run(&[&confirm[..], &["0000000000000000"], &because].concat());
    assert_eq!(refusal(&stale).0, 5);
    let confirmed = up.json(&[&confirm[..], &[etag], &because].concat());
    assert_eq!(confirmed["reassignment_pending"], false);
    let merged = up.json(&[&["theme", "merge", "refresh-2020/T3", "--theme", "T4"][..], &because].concat());
    assert_eq!(merged["respondents"], 1);
    up.json(&[&["codebook", "undo", "refresh-2020", "--count", "3"][..], &because].concat());
    until("the counts of before", async || (tally("T3") == Some(1)).then_some(())).await;
    assert_eq!((tally("T1"), tally("T4")), (Some(1), None), "what was decided on the mention stays");
    let events = up.json(&["codebook", "events", "refresh-2020"]);
    let told: Vec<_> = events.as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert_eq!(told, ["undo", "merge", "confirm", "split", "load"]);

    let sample = up.json(&["mention", "sample", "refresh-2020"]);
    let drawn = sample["statement"].as_str().unwrap();
    up.json(&["mention", "review", drawn, "--theme", "T3"]);
    let quality = up.json(&["codebook", "quality", "refresh-2020"]);
    assert_eq!((&quality["overall"]["reviews"], &quality["overall"]["enough"]), (&1.into(), &false.into()));
    let add = ["evidence", "add", "refresh-2020/T1", "--source", "Gartner", "--citation", "p. 4"];
    up.json(&[&add[..], &["--date", "2020-10-14", "--strength", "4"]].concat());
    assert_eq!(up.json(&["evidence", "list", "refresh-2020/T1"])[0]["strength"], 4);

    let export = up.run(&["codebook", "export", "refresh-2020"]);
    let file = up.folder.path().join("codebook.yaml");
    std::fs::write(&file, export.stdout).unwrap();
    let loaded = up.json(&["codebook", "load", &file.display().to_string()]);
    assert_eq!(loaded["version"], 5, "what was exported says what is there");
}
