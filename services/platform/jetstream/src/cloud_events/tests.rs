use super::*;

fn event() -> Envelope {
    Envelope {
        id: Uuid::from_u128(0x0193_5f00_0000_7000_8000_0000_0000_0001),
        source: "//soundings/themes/signals/refresh:GLG".to_owned(),
        ty: "soundings.themes.signal.recorded.v1".to_owned(),
        subject: "soundings.themes.v1.signal.recorded.refresh:GLG".to_owned(),
        aggregate_id: "refresh:GLG".to_owned(),
        sequence: 42,
        time: DateTime::from_timestamp_micros(1_795_500_000_123_456).unwrap(),
        data: vec![8, 1, 0, 255],
        dataschema: "soundings.themes.v1.SignalRecorded".to_owned(),
        correlation_id: Some("a request".to_owned()),
        causation_id: None,
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        tracestate: None,
    }
}

#[test]
fn binary_mode_round_trips_with_every_header() {
    let event = event();
    let headers = headers(&event, "SND_THEMES");
    let get = |name: &str| headers.get(name).map(|value| value.as_str().to_owned()).unwrap_or_default();
    assert_eq!(get("Nats-Msg-Id"), event.id.to_string());
    assert_eq!(get("Nats-Expected-Stream"), "SND_THEMES");
    assert_eq!(get("Content-Type"), "application/protobuf");
    assert_eq!(get("ce-datacontenttype"), "application/protobuf");
    assert_eq!(get("ce-specversion"), "1.0");
    assert_eq!(get("ce-sequence"), "00000000000000000042");
    assert_eq!(get("ce-correlationid"), "a%20request");
    assert_eq!(parse(&event.subject, Some(&headers), &event.data).unwrap(), event);
}

#[test]
fn structured_mode_round_trips() {
    let event = event();
    let body = serde_json::to_vec(&structured(&event)).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("Content-Type", "application/cloudevents+json; charset=utf-8");
    assert_eq!(parse(&event.subject, Some(&headers), &body).unwrap(), event);
}

#[test]
fn headers_are_percent_encoded_as_the_binding_says() {
    for (plain, encoded) in [
        ("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"),
        ("\"quoted\" 100%", "%22quoted%22%20100%25"),
        ("plain-ASCII_~!#", "plain-ASCII_~!#"),
        ("line\r\nbreak", "line%0D%0Abreak"),
    ] {
        assert_eq!(encode(plain), encoded);
        assert_eq!(decode(encoded).unwrap(), plain);
    }
    assert!(decode("%4").is_err());
    assert!(decode("%zz").is_err());
    assert!(decode("%FF").is_err());
}

#[test]
fn what_is_no_event_of_ours_is_malformed() {
    assert!(parse("x", None, b"hello").is_err());
    let event = event();
    for (name, value) in
        [("ce-id", "7"), ("ce-sequence", "0"), ("ce-time", "noon"), ("ce-specversion", "0.3")]
    {
        let mut headers = headers(&event, "SND_THEMES");
        headers.insert(name, value);
        assert!(parse("x", Some(&headers), &event.data).is_err(), "{name}={value}");
    }
}

#[test]
fn a_trace_that_no_header_can_hold_is_left_out() {
    for trace in ["a\r\nNats-Msg-Id: 7", "00-\u{e9}"] {
        let traced =
            Envelope { traceparent: Some(trace.to_owned()), tracestate: Some(trace.to_owned()), ..event() };
        let untraced = Envelope { traceparent: None, ..event() };
        let body = serde_json::to_vec(&structured(&traced)).unwrap();
        let mut json = HeaderMap::new();
        json.insert("Content-Type", STRUCTURED);
        assert_eq!(parse(&traced.subject, Some(&json), &body).unwrap(), untraced);
        let headers = headers(&traced, "SND_THEMES");
        assert_eq!(parse(&traced.subject, Some(&headers), &traced.data).unwrap(), untraced);
    }
}
