//! JSON text in which one line of a difference is one thing: members in a given order, one field of a schema a line.

use std::fmt::Write as _;

/// A value, its members in order.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A text, number or other value, as JSON.
    Leaf(String),
    List(Vec<Node>, Layout),
    Object(Vec<(&'static str, Node)>, Layout),
}

/// How a list or object stands in the text. One that holds a block is one, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// On one line.
    Line,
    /// Over several lines.
    Block,
}

impl Node {
    pub(super) fn text(text: &str) -> Self {
        Self::Leaf(quoted(text))
    }

    pub(super) fn number(number: u32) -> Self {
        Self::Leaf(number.to_string())
    }

    pub(super) fn value(value: &serde_json::Value) -> Self {
        Self::Leaf(value.to_string())
    }

    pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect(), Layout::Line)
    }

    /// The text, with a line feed at the end.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    /// The text without any spaces.
    pub(super) fn to_compact(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::List(items, _) => {
                let items: Vec<_> = items.iter().map(Self::to_compact).collect();
                format!("[{}]", items.join(","))
            }
            Self::Object(members, _) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, member)| format!("{}:{}", quoted(name), member.to_compact()))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    fn is_block(&self) -> bool {
        match self {
            Self::Leaf(_) => false,
            Self::List(items, layout) => *layout == Layout::Block || items.iter().any(Self::is_block),
            Self::Object(members, layout) => {
                *layout == Layout::Block || members.iter().any(|(_, member)| member.is_block())
            }
        }
    }

    fn write(&self, out: &mut String, depth: usize) {
        let is_block = self.is_block();
        match self {
            Self::Leaf(text) => out.push_str(text),
            Self::List(items, _) => {
                let items = items.iter().map(|item| (None, item));
                sequence(out, depth, is_block, ['[', ']'], items);
            }
            Self::Object(members, _) => {
                let members = members.iter().map(|(name, member)| (Some(*name), member));
                sequence(out, depth, is_block, ['{', '}'], members);
            }
        }
    }
}

fn sequence<'a>(
    out: &mut String,
    depth: usize,
    is_block: bool,
    [open, close]: [char; 2],
    items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Node)>,
) {
    let is_block = is_block && items.len() > 0;
    let break_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    out.push(open);
    for (place, (name, item)) in items.enumerate() {
        if place > 0 {
            out.push_str(if is_block { "," } else { ", " });
        }
        if is_block {
            break_line(out, depth + 1);
        }
        if let Some(name) = name {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "{}: ", quoted(name));
        }
        item.write(out, depth + 1);
    }
    if is_block {
        break_line(out, depth);
    }
    out.push(close);
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
