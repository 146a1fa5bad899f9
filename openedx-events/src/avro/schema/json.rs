//! JSON text with members in a given order, laid out so that each line of a diff is one item.

/// A value, its members in order.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    /// A string, number or other value, as JSON.
    Leaf(String),
    List(Vec<Json>, Layout),
    Object(Vec<(&'static str, Json)>, Layout),
}

/// The layout of a list or object in [`Json::to_lines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// On one line.
    Line,
    /// Over several lines.
    Block,
}

/// Where spaces and line feeds go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spacing {
    None,
    /// According to the layout of each list and object.
    Layout,
    /// As if each were a block.
    Pretty,
}

impl Json {
    pub(crate) fn string(text: &str) -> Self {
        Self::Leaf(quoted(text))
    }

    pub(crate) fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(texts.into_iter().map(Self::string).collect(), Layout::Line)
    }

    /// A list, which is a block if it holds one.
    pub(crate) fn list(items: Vec<Self>, layout: Layout) -> Self {
        let layout = if items.iter().any(Self::is_block) { Layout::Block } else { layout };
        Self::List(items, layout)
    }

    /// An object, which is a block if it holds one.
    pub(crate) fn object(members: Vec<(&'static str, Self)>, layout: Layout) -> Self {
        let layout = if members.iter().any(|(_, member)| member.is_block()) { Layout::Block } else { layout };
        Self::Object(members, layout)
    }

    fn is_block(&self) -> bool {
        matches!(self, Self::List(_, Layout::Block) | Self::Object(_, Layout::Block))
    }

    /// The text without any spaces.
    pub(crate) fn to_compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Spacing::None, 0);
        out
    }

    /// The text with blocks over several lines and a line feed at the end.
    pub(crate) fn to_lines(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Spacing::Layout, 0);
        out.push('\n');
        out
    }

    /// The text with every list and object over several lines, and a line feed at the end.
    pub(crate) fn to_pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Spacing::Pretty, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, spacing: Spacing, depth: usize) {
        match self {
            Self::Leaf(text) => out.push_str(text),
            Self::List(items, layout) => {
                let items = items.iter().map(|item| (None, item));
                sequence(out, (spacing, *layout), depth, ['[', ']'], items);
            }
            Self::Object(members, layout) => {
                let members = members.iter().map(|(name, member)| (Some(*name), member));
                sequence(out, (spacing, *layout), depth, ['{', '}'], members);
            }
        }
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Leaf(number.to_string())
    }
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Self {
        Self::Leaf(value.to_string())
    }
}

fn sequence<'a>(
    out: &mut String,
    (spacing, layout): (Spacing, Layout),
    depth: usize,
    [open, close]: [char; 2],
    items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Json)>,
) {
    let is_block = items.len() > 0
        && match spacing {
            Spacing::None => false,
            Spacing::Layout => layout == Layout::Block,
            Spacing::Pretty => true,
        };
    let space = if spacing == Spacing::None { "" } else { " " };
    let break_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    out.push(open);
    for (index, (name, item)) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if is_block {
            break_line(out, depth + 1);
        } else if index > 0 {
            out.push_str(space);
        }
        if let Some(name) = name {
            out.push_str(&quoted(name));
            out.push(':');
            out.push_str(space);
        }
        item.write(out, spacing, depth + 1);
    }
    if is_block {
        break_line(out, depth);
    }
    out.push(close);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
