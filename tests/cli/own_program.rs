//! The commands in a program of somebody's own: `own_cli.rs`.

use crate::process::own;

const PLACED: &str = "org.example.shop.order.placed.v1";

fn order(number: i64) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"{PLACED}","id":"0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f","source":"shop","#
    ) + &format!(
        r#""data":{{"number":{number},"item":{{"name":"lamp"}},"customer":{{"email":"ada@example.org"}}}}}}"#
    )
}

#[test]
fn list_shows_its_events_and_receivers() {
    let ran = own(&["list"], b"");
    assert_eq!(ran.code, Some(0));
    let lines = ran.lines();
    let place = lines.iter().position(|line| *line == PLACED).expect("a line");
    assert_eq!(
        lines[place + 1],
        "    ORDER_PLACED, own_cli, 2 receivers, key number, personal data, schema e01fee733027e8dd"
    );
    assert!(lines.iter().any(|line| line.starts_with("    ORDER_CANCELLED, own_cli, no receivers, schema ")));
    assert!(ran.stderr.contains("own_cli: 2 events, 2 receivers"), "{}", ran.stderr);
}

#[test]
fn describe_shows_the_fields_and_the_receivers_in_order() {
    let ran = own(&["describe", PLACED], b"");
    assert_eq!(ran.code, Some(0));
    // How the compiler names the file depends on where it was called.
    let text = ran.stdout.replace("tests/cli/", "").replace("cli/own_cli.rs", "own_cli.rs");
    assert_eq!(text, include_str!("described.txt"));
}

#[test]
fn describe_in_json() {
    let described = own(&["describe", PLACED, "--format", "json"], b"").json_lines().remove(0);
    assert_eq!(described["minor_version"], 3);
    let fields = &described["fields"];
    assert_eq!(fields[0]["required"], true);
    assert_eq!(fields[1]["type"], "Payment or null");
    assert_eq!(fields[1]["variants"], serde_json::json!(["card", "account"]));
    assert_eq!(fields[1]["required"], false);
    let item = &fields[2]["fields"];
    assert_eq!(item[1]["default"], "1");
    assert_eq!(item[2]["type"], "list of Item");
    assert_eq!(item[2]["fields"], serde_json::Value::Null);
    assert_eq!(fields[3]["fields"][0]["personal_data"], true);
    let receivers = &described["receivers"];
    assert_eq!(receivers[0]["path"], "own_cli::reserve");
    assert_eq!(receivers[0]["priority"], 10);
    assert_eq!(receivers[0]["delivery"], serde_json::Value::Null);
    assert_eq!(receivers[1]["is_async"], true);
    assert_eq!(
        receivers[1]["delivery"],
        serde_json::json!({
            "max_attempts": 8, "initial_backoff": "90s", "max_backoff": "1h", "timeout": "1500ms", "dedup": true
        })
    );
}

#[test]
fn send_reports_which_receivers_failed() {
    let lines = [order(1), order(-1), order(13)].join("\n");
    let ran = own(&["send"], lines.as_bytes());
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stderr.lines().last(), Some("1 sent, 0 bad lines, 2 failed"));
    let lines = ran.lines();
    assert_eq!(lines[0], format!("1 ok {PLACED} 0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f 2 receivers"));
    assert!(lines[1].starts_with(&format!("2 failed {PLACED} ")), "{}", lines[1]);
    assert!(lines[1].contains("; own_cli::reserve ("), "{}", lines[1]);
    assert!(lines[1].ends_with(r"): order -1 cannot be met:\nout of stock"), "{}", lines[1]);
    assert!(lines[2].contains("; own_cli::bill ("), "{}", lines[2]);
    assert!(lines[2].ends_with("panicked: no billing of order 13"), "{}", lines[2]);
    assert!(!ran.stdout.contains("ada@"));
}

#[test]
fn send_reports_them_in_json() {
    let ran = own(&["send", "--format", "json"], [order(-1), order(2)].join("\n").as_bytes());
    let lines = ran.json_lines();
    assert_eq!(lines[0]["outcome"], "failed");
    assert_eq!(lines[0]["receivers"], 2);
    assert_eq!(lines[0]["errors"].as_array().map(Vec::len), Some(1));
    assert_eq!(lines[0]["errors"][0]["error"], "order -1 cannot be met:\nout of stock");
    assert_eq!(lines[1]["outcome"], "ok");
    assert_eq!(lines[1]["undelivered"], serde_json::Value::Null);
}

#[test]
fn personal_data_is_not_shown() {
    let secret = "ada@example.org";
    let customer = r#"{"email":"ada@example.org"}"#;
    let lines = [
        order(1).replace(customer, r#"{"email":{"work":"ada@example.org"}}"#),
        order(1).replace(customer, r#"["ada@example.org"]"#),
        order(1).replace(customer, r#"{"email":"x","addresses":{"ada@example.org":7}}"#),
        order(1)
            .replace(customer, r#"{"email":"x","addresses":{"ada@example.org":"a","ada@example.org":"b"}}"#),
        order(1).replace(customer, r#"{"email":"ada@example.org","email":"ada@example.org"}"#),
        order(1).replace(customer, r#"{"email":"ada@example.org","addresses":"ada@example.org"}"#),
        format!("\"{secret}\""),
        order(1).replace("\"data\":{", "\"data\":\"ada@example.org\",\"dat\":{"),
    ];
    for format in ["human", "json"] {
        let ran = own(&["send", "--format", format], lines.join("\n").as_bytes());
        assert_eq!(ran.stderr, "0 sent, 8 bad lines, 0 failed\n");
        assert!(!ran.stdout.contains(secret), "{}", ran.stdout);
    }
}
