//! Data whose values are not shown.

use openedx_events::filters::{Context, FormData};
use serde_json::json;

#[test]
fn debug_shows_names_only() {
    let context: Context = [("email", json!("ada@example.org"))].into_iter().collect();
    let form: FormData = [("username", "ada"), ("password", "secret")].into_iter().collect();
    assert_eq!(format!("{context:?} {form:?}"), r#"Context {"email"} FormData {"username", "password"}"#);
}

#[test]
fn hidden_fields_come_back_whatever_was_set_meanwhile() {
    let mut form: FormData =
        [("a", "1"), ("password", "x"), ("a", "2"), ("password", "y")].into_iter().collect();
    let hidden = form.hide(&["password", "old_password"]);
    assert_eq!((form.get("password"), form.get("a")), (None, Some("2")));
    assert!(!format!("{hidden:?}").contains('x'));
    form.set("password", "forged");
    form.set("a", "3");
    form.restore(hidden);
    assert_eq!(form.get_all("password").collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(form.iter().next(), Some(("a", "3")));
    form.remove("a");
    assert_eq!(form.get("a"), None);
}
