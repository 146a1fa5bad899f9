//! Texts as HTML: [`escape`] and what it is used for.

/// `openedx_events::content_authoring::signals` is `Content authoring`.
pub(super) fn group_name(module: &str) -> String {
    let segments = module.split("::").filter(|segment| !matches!(*segment, "signals" | "events" | "filters"));
    let name = segments.last().unwrap_or(module).replace('_', " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn anchor(module: &str) -> String {
    attribute(&module.replace("::", "-"))
}

/// The anchor of the filters of a module, which may have events, too.
pub(super) fn filters_anchor(module: &str) -> String {
    format!("filters:{}", anchor(module))
}

/// An event type, with its subject emphasized.
pub(super) fn heading(event_type: &str) -> String {
    let dots: Vec<_> = event_type.match_indices('.').map(|(at, _)| at).collect();
    // `org.openedx.learning.` before, and the version behind.
    let start = if dots.len() >= 4 { dots.get(2).map_or(0, |dot| dot + 1) } else { 0 };
    let version = |at: &usize| {
        let digits = event_type[*at..].strip_prefix(".v").unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let end = dots.last().copied().filter(version).unwrap_or(event_type.len());
    let soft = |text: &str| {
        if text.is_empty() { String::new() } else { format!("<span>{}</span>", breakable(text)) }
    };
    let (start, subject, end) = (&event_type[..start], &event_type[start..end], &event_type[end..]);
    format!("{}{}{}", soft(start), breakable(subject), soft(end))
}

/// Escaped, and may break behind dots and underscores.
pub(super) fn breakable(text: &str) -> String {
    escape(text).replace('.', ".<wbr>").replace('_', "_<wbr>")
}

/// A path of Rust: escaped, and may break behind its segments.
pub(super) fn breakable_path(path: &str) -> String {
    escape(path).replace("::", "::<wbr>")
}

/// A text of a doc comment: escaped except for its inline code.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let parts: Vec<_> = text.split('`').collect();
    for (place, part) in parts.iter().enumerate() {
        // A backtick without its counterpart is text.
        let is_code = place % 2 == 1 && place + 1 < parts.len();
        match (is_code, place % 2) {
            (true, _) => html.extend(["<code>", &escape(part), "</code>"]),
            (false, 1) => html.extend(["`", &escape(part)]),
            (false, _) => html.push_str(&escape(part)),
        }
    }
    html
}

/// Escapes a text for HTML, outside of attributes: quotes stay as they are, as examples and schemas are full of them.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Escapes a text for a quoted attribute.
pub(super) fn attribute(text: &str) -> String {
    escape(text).replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_taken_for_html() {
        assert_eq!(escape(r#"<a href="x">&amp;"#), r#"&lt;a href="x"&gt;&amp;amp;"#);
        assert_eq!(attribute(r#"<"&'>"#), "&lt;&quot;&amp;&#39;&gt;");
        assert_eq!(prose("a `Vec<u8>` & <b>"), "a <code>Vec&lt;u8&gt;</code> &amp; &lt;b&gt;");
        assert_eq!(prose("a ` <b>"), "a ` &lt;b&gt;");
        assert_eq!(breakable("a.b_c"), "a.<wbr>b_<wbr>c");
    }

    #[test]
    fn headings_emphasize_the_subject() {
        let of = |event_type| heading(event_type).replace("<wbr>", "");
        assert_eq!(of("org.openedx.a.b.c.v1"), "<span>org.openedx.a.</span>b.c<span>.v1</span>");
        assert_eq!(of("org.openedx.authz.role.created"), "<span>org.openedx.authz.</span>role.created");
        assert_eq!(of("plain"), "plain");
    }

    #[test]
    fn groups_are_named_after_their_module() {
        assert_eq!(group_name("openedx_events::content_authoring::signals"), "Content authoring");
        assert_eq!(group_name("openedx_events::learning::filters"), "Learning");
        assert_eq!(group_name("shop"), "Shop");
        assert_eq!(group_name("signals"), "Signals");
    }
}
