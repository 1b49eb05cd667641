use chrono::{DateTime, Duration, Utc};
use soundings_chassis::ManualClock;
use tonic::Code;

use super::*;
use crate::{Grant, LOCAL_ISSUER, Role, SigningKey};

const SUBMIT: &str = "/soundings.consultation.v1.ConsultationService/SubmitResponse";

struct Fixture {
    key: SigningKey,
    clock: Arc<ManualClock>,
    gate: TokenGate,
    _folder: tempfile::TempDir,
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::open_or_create(&folder.path().join("key.pem")).unwrap();
    let clock = Arc::new(ManualClock::at(noon()));
    let verifier = Verifier::from_jwks(&key.jwks().to_string(), LOCAL_ISSUER).unwrap();
    let gate = TokenGate::new(verifier, clock.clone());
    Fixture { key, clock, gate, _folder: folder }
}

fn grant(role: Role) -> Grant {
    Grant {
        subject: "p".into(),
        roles: vec![role],
        organisation: Some("GLG".into()),
        ttl: Duration::minutes(5),
    }
}

fn admit(gate: &TokenGate, path: &str, token: &str) -> Result<Principal, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    let mut extensions = Extensions::new();
    gate.admit(path, &headers, &mut extensions)?;
    Ok(extensions.get::<Principal>().cloned().unwrap())
}

#[test]
fn a_good_token_names_the_caller() {
    let f = fixture();
    let token = f.key.issue(&grant(Role::Respondent), noon()).unwrap();
    let principal = admit(&f.gate, SUBMIT, &token).unwrap();
    assert!(principal.may_act_for("GLG") && !principal.may_act_for("EDH"));
    assert_eq!(principal.roles, [Role::Respondent]);
}

#[test]
fn an_expired_token_is_refused_even_when_it_is_remembered() {
    let f = fixture();
    let token = f.key.issue(&grant(Role::Respondent), noon()).unwrap();
    assert!(admit(&f.gate, SUBMIT, &token).is_ok());
    f.clock.advance(Duration::minutes(6));
    let refused = admit(&f.gate, SUBMIT, &token).unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(refused.message().contains("expired"));
}

#[test]
fn a_token_of_another_key_and_a_changed_one_are_refused() {
    let f = fixture();
    let other = fixture().key.issue(&grant(Role::Operator), noon()).unwrap();
    assert_eq!(admit(&f.gate, SUBMIT, &other).unwrap_err().code(), Code::Unauthenticated);
    let good = f.key.issue(&grant(Role::Respondent), noon()).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let operator = f.key.issue(&grant(Role::Operator), noon()).unwrap();
    let forged = format!("{}.{}.{}", parts[0], operator.split('.').nth(1).unwrap(), parts[2]);
    assert_eq!(admit(&f.gate, SUBMIT, &forged).unwrap_err().code(), Code::Unauthenticated);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    assert_eq!(admit(&f.gate, SUBMIT, &unsigned).unwrap_err().code(), Code::Unauthenticated);
}

#[test]
fn every_method_admits_its_roles_alone_and_an_unknown_one_nobody() {
    let f = fixture();
    let unknown = [("soundings.consultation.v1.ConsultationService/Unknown", &[][..])];
    for (method, allowed) in permissions::TABLE.iter().copied().chain(unknown) {
        for role in Role::ALL {
            let token = f.key.issue(&grant(role), noon()).unwrap();
            let admitted = admit(&f.gate, &format!("/{method}"), &token);
            match admitted {
                Ok(_) => assert!(allowed.contains(&role), "{method} admits {role}"),
                Err(problem) => {
                    assert!(!allowed.contains(&role), "{method} refuses {role}");
                    assert_eq!(problem.code(), Code::PermissionDenied);
                }
            }
        }
    }
}

/// What anybody with an answer to give may do; a method that joins this list joins it here, on purpose.
#[test]
fn a_respondent_answers_reads_the_ranking_and_nothing_else() {
    let open = |(method, roles): &(&'static str, &[Role])| {
        roles.contains(&Role::Respondent).then(|| method.rsplit('/').next().unwrap())
    };
    let methods: Vec<_> = permissions::TABLE.iter().filter_map(open).collect();
    let expected = [
        "GetOrganisation",
        "ListOrganisations",
        "GetSurvey",
        "ListSurveys",
        "SubmitResponse",
        "ReviseResponse",
        "WithdrawResponse",
        "GetResponse",
        "ListResponses",
        "ListPortfolios",
        "ListProgrammes",
        "ListResources",
        "ListCriteria",
        "GetWorkItem",
        "ListWorkItems",
        "GetRanking",
        "WatchRanking",
        "ListRevisions",
        "ExplainMove",
        "CompareVoices",
        "RenderDocument",
        "SelectWork",
        "GetFrontier",
        "GetFlipDistances",
        "GetRobustness",
        "GetSecondOpinions",
        "OrderPortfolio",
        "GetBallots",
        "ElicitWeights",
        "ExplainScore",
        "GetStandingRobustness",
        "WatchRobustness",
    ];
    assert_eq!(methods, expected);
}

#[test]
fn a_key_that_joins_the_file_is_known_and_one_that_left_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let key = |name: &str| SigningKey::open_or_create(&folder.path().join(name)).unwrap();
    let (old, new) = (key("old.pem"), key("new.pem"));
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, old.jwks().to_string()).unwrap();
    let clock = Arc::new(ManualClock::at(noon()));
    let gate = TokenGate::new(Verifier::from_file(file.clone(), LOCAL_ISSUER).unwrap(), clock.clone());
    let token = |key: &SigningKey| key.issue(&grant(Role::Respondent), noon()).unwrap();
    assert!(admit(&gate, SUBMIT, &token(&old)).is_ok());

    std::fs::write(&file, new.jwks().to_string()).unwrap();
    assert!(admit(&gate, SUBMIT, &token(&new)).is_ok());
    assert!(admit(&gate, SUBMIT, &token(&old)).is_err(), "what was remembered is forgotten");
    // A file that cannot be read leaves the keys as they are, and is not read for every stranger.
    std::fs::write(&file, "rubbish").unwrap();
    clock.advance(Duration::seconds(11));
    assert!(admit(&gate, SUBMIT, &token(&old)).is_err());
    assert!(admit(&gate, SUBMIT, &token(&new)).is_ok());
}

#[test]
fn no_token_is_answered_with_what_to_send() {
    let f = fixture();
    let refused = f.gate.admit(SUBMIT, &HeaderMap::new(), &mut Extensions::new()).unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(refused.message().contains("authorization"));
}

#[test]
fn the_key_file_is_made_once_and_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/signing.pem");
    let first = SigningKey::open_or_create(&path).unwrap();
    assert_eq!(SigningKey::open_or_create(&path).unwrap().id(), first.id());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
