//! The protocol, message by message.

use std::time::Duration;

use recsys_store::types::{Role, TenantId, Tier, User, UserId, now};
use serde_json::json;

use super::*;
use crate::auth::{jwt::Claims, secret::SigningKeys};

const INIT: &str = r#"{"type":"connection_init"}"#;
const ACKNOWLEDGED: &str = r#"{"type":"connection_ack"}"#;

fn tokens() -> Arc<TokenKeys> {
    let folder = tempfile::tempdir().unwrap();
    let keys = SigningKeys::load_or_create(&folder.path().join("secret.key")).unwrap();
    Arc::new(TokenKeys::new(&keys))
}

fn opened() -> (Session, Instant) {
    let now = Instant::now();
    let settings = SocketSettings { operations: 2, ..SocketSettings::default() };
    (Session::new(&settings, tokens(), Proof::default(), now), now)
}

fn ready() -> (Session, Instant) {
    let (mut session, now) = opened();
    session.receive(INIT, now).unwrap();
    (session, now)
}

/// A token for somebody, issued `ago` seconds ago.
fn token(session: &Session, ago: i64) -> String {
    let tenant = recsys_store::types::Tenant {
        id: TenantId::generate(),
        name: "Shop".into(),
        domain: "shop".into(),
        is_active: true,
        tier: Tier::Basic,
        settings: recsys_store::types::TenantSettings::default(),
        created_at: now(),
    };
    let user = User {
        id: UserId::generate(),
        email: "ada@example.org".into(),
        username: "ada".into(),
        role: Role::User,
        preferences: None,
        external_id: None,
        created_at: now(),
    };
    let issued = now() - chrono::Duration::seconds(ago);
    session.tokens.sign(&Claims::new(&user, &tenant, issued))
}

fn init(payload: &Value) -> String {
    json!({ "type": "connection_init", "payload": payload }).to_string()
}

fn subscribe(id: &str) -> String {
    json!({ "type": "subscribe", "id": id, "payload": { "query": "{ me { id } }" } }).to_string()
}

fn replied(step: Result<Step, Closing>) -> String {
    match step {
        Ok(Step::Reply(text)) => text,
        other => format!("{other:?}"),
    }
}

fn starts(step: &Result<Step, Closing>, expected: &str) -> bool {
    matches!(step, Ok(Step::Start { id, .. }) if id == expected)
}

fn code(step: Result<Step, Closing>) -> u16 {
    step.err().map_or(0, |closing| closing.frame().code)
}

#[test]
fn a_connection_is_acknowledged_once() {
    let (mut session, now) = opened();
    assert_eq!(replied(session.receive(INIT, now)), ACKNOWLEDGED);
    assert_eq!(code(session.receive(INIT, now)), 4429);
}

#[test]
fn every_place_of_the_token_is_read() {
    for name in TOKEN_FIELDS {
        for scheme in ["Bearer ", "bearer ", ""] {
            let (mut session, now) = opened();
            let value = format!("{scheme}{}", token(&session, 0));
            assert_eq!(replied(session.receive(&init(&json!({ name: value })), now)), ACKNOWLEDGED);
            let Phase::Ready { caller, until } = session.phase else { continue };
            assert!(caller.principal.is_some() && until.is_some(), "{name} {scheme}");
        }
    }
}

#[test]
fn no_token_is_nobody_and_a_bad_one_is_forbidden() {
    for payload in [json!(null), json!({}), json!({ "token": null }), json!({ "other": 1 })] {
        let (mut session, now) = opened();
        assert_eq!(replied(session.receive(&init(&payload), now)), ACKNOWLEDGED, "{payload}");
    }
    let (session, _) = opened();
    let old = token(&session, 7_200);
    let strange = token(&session, 0);
    for payload in [
        json!({ "token": "" }),
        json!({ "token": 7 }),
        json!({ "authorization": "Basic abc" }),
        json!({ "Authorization": format!("Bearer {old}") }),
        json!({ "token": strange }),
    ] {
        let (mut session, now) = opened();
        assert_eq!(code(session.receive(&init(&payload), now)), 4403, "{payload}");
    }
    let (mut session, now) = opened();
    assert_eq!(code(session.receive(&init(&json!([1])), now)), 4400);
}

#[test]
fn operations_wait_for_the_acknowledgement() {
    let (mut session, now) = opened();
    assert_eq!(code(session.receive(&subscribe("a"), now)), 4401);
}

#[test]
fn an_id_is_free_again_after_the_end() {
    let (mut session, now) = ready();
    assert!(starts(&session.receive(&subscribe("a"), now), "a"));
    assert_eq!(code(session.receive(&subscribe("a"), now)), 4409);
    session.finished("a");
    assert!(starts(&session.receive(&subscribe("a"), now), "a"));
    let complete = r#"{"type":"complete","id":"a"}"#;
    let step = session.receive(complete, now);
    assert!(matches!(&step, Ok(Step::Stop { id }) if id == "a"), "{step:?}");
    assert!(matches!(session.receive(complete, now), Ok(Step::Nothing)), "it has ended already");
    assert!(starts(&session.receive(&subscribe("a"), now), "a"));
}

#[test]
fn one_operation_too_many_is_refused_and_the_others_go_on() {
    let (mut session, now) = ready();
    for id in ["a", "b"] {
        assert!(starts(&session.receive(&subscribe(id), now), id));
    }
    let refusal = replied(session.receive(&subscribe("c"), now));
    let refusal: Value = serde_json::from_str(&refusal).unwrap();
    assert_eq!((&refusal["type"], &refusal["id"]), (&json!("error"), &json!("c")));
    assert_eq!(refusal["payload"][0]["extensions"]["code"], "UNAVAILABLE");
    session.finished("a");
    assert!(starts(&session.receive(&subscribe("c"), now), "c"));
}

#[test]
fn what_the_protocol_does_not_know_ends_the_connection() {
    let (session, _) = opened();
    let large = "x".repeat(session.settings.message_bytes + 1);
    for (text, expected) in [
        ("hello", 4400),
        (r#"{"type":"connection_terminate"}"#, 4400),
        (r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#, 4400),
        (r#"{"type":"subscribe","id":"1","payload":{}}"#, 4400),
        (large.as_str(), 1009),
    ] {
        let (mut session, now) = ready();
        assert_eq!(code(session.receive(text, now)), expected);
    }
}

#[test]
fn pings_are_answered_at_any_time() {
    let (mut session, now) = opened();
    let ping = r#"{"type":"ping","payload":{"at":1}}"#;
    assert_eq!(replied(session.receive(ping, now)), r#"{"type":"pong"}"#);
    assert!(matches!(session.receive(r#"{"type":"pong"}"#, now), Ok(Step::Nothing)));
}

#[test]
fn who_does_not_begin_in_time_is_sent_away() {
    let (mut session, now) = opened();
    let due = now + session.settings.init_patience;
    assert_eq!(session.deadline(), due);
    assert!(matches!(session.tick(due - Duration::from_millis(1)), Ok(Step::Nothing)));
    assert_eq!(code(session.tick(due)), 4408);
}

#[test]
fn who_is_silent_is_pinged_and_then_given_up() {
    let (mut session, now) = ready();
    let interval = session.settings.ping_interval;
    assert!(matches!(session.tick(now + interval), Ok(Step::Ping)));
    session.heard(now + interval);
    assert!(matches!(session.tick(now + interval * 2), Ok(Step::Ping)));
    assert!(matches!(session.tick(now + interval * 2), Ok(Step::Nothing)), "once is enough");
    assert_eq!(code(session.tick(now + interval * 3)), 4508);
}

#[test]
fn a_token_that_expires_ends_the_connection() {
    let (mut session, now) = opened();
    let payload = json!({ "token": token(&session, 3_590) });
    session.receive(&init(&payload), now).unwrap();
    let due = session.deadline();
    assert!(due <= now + Duration::from_secs(10), "before the next ping");
    assert_eq!(code(session.tick(due)), 4403);
}
