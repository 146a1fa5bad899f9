//! Opaque keys of every class and kind, as upstream writes them.

use super::Random;

/// Letters and numbers of Unicode, which is what the names in a key are made of.
const LETTERS: [char; 24] = [
    'a', 'z', 'A', 'Z', '0', '9', '_', 'é', 'ß', 'İ', 'ı', 'ſ', 'Ω', 'ж', 'א', 'ق', '日', '한', 'ก', '١',
    '²', 'Ⅷ', '𝟘', '𠀀',
];

impl Random {
    /// A key of this class.
    ///
    /// # Panics
    ///
    /// The class is not known here.
    pub(super) fn key(&mut self, class: &str) -> String {
        match class {
            "CourseKey" => match self.rng.u8(..8) {
                0 => self.library_v1(),
                1 => self.ccx(),
                2 => self.old_course(),
                _ => self.course_v1(),
            },
            "UsageKey" => self.usage(2),
            "CCXLocator" => self.ccx(),
            "LibraryLocatorV2" => format!("lib:{}", self.library_v2()),
            "LibraryUsageLocatorV2" => self.block_v2(),
            "LibraryCollectionLocator" => format!("lib-collection:{}:{}", self.library_v2(), self.slug()),
            "LibraryContainerLocator" => {
                format!("lct:{}:{}:{}", self.library_v2(), self.ascii("_.-"), self.slug())
            }
            _ => panic!("no random keys of {class}: add them"),
        }
    }

    fn course_v1(&mut self) -> String {
        format!("course-v1:{}", self.course_parts())
    }

    fn library_v1(&mut self) -> String {
        format!("library-v1:{}", self.library_parts())
    }

    fn ccx(&mut self) -> String {
        format!("ccx-v1:{}+ccx@{}", self.course_parts(), self.digits())
    }

    /// Organization, course and run with what may follow, or the version alone: beside it the others are not written
    /// unless there is a run.
    fn course_parts(&mut self) -> String {
        if self.rng.u8(..8) == 0 {
            return format!("version@{}", self.version_guid());
        }
        format!("{}+{}+{}{}", self.id(), self.id(), self.id(), self.branch_and_version())
    }

    fn library_parts(&mut self) -> String {
        format!("{}+{}{}", self.id(), self.id(), self.branch_and_version())
    }

    fn branch_and_version(&mut self) -> String {
        let mut text = String::new();
        if self.rng.u8(..4) == 0 {
            text = format!("+branch@{}", self.id());
        }
        if self.rng.u8(..4) == 0 {
            text = format!("{text}+version@{}", self.version_guid());
        }
        text
    }

    fn old_course(&mut self) -> String {
        let run = if self.rng.u8(..4) == 0 { String::new() } else { self.old_name() };
        format!("{}/{}/{run}", self.old_name(), self.old_name())
    }

    /// A usage key, with asides at most so deep in each other.
    fn usage(&mut self, asides: u8) -> String {
        match self.rng.u8(..10) {
            0 => format!("lib-block-v1:{}+type@{}+block@{}", self.library_parts(), self.id(), self.id()),
            1 => self.block_v2(),
            2 => format!(
                "ccx-block-v1:{}+ccx@{}+type@{}+block@{}",
                self.course_parts(),
                self.digits(),
                self.id(),
                self.id()
            ),
            3 => {
                let parts: Vec<String> = (0..5).map(|_| self.id()).collect();
                format!("location:{}", parts.join("+"))
            }
            4 => self.old_block(),
            5 if asides > 0 => self.aside_v1(),
            6 if asides > 0 => self.aside_v2(asides),
            _ => format!("block-v1:{}+type@{}+block@{}", self.course_parts(), self.id(), self.id()),
        }
    }

    fn block_v2(&mut self) -> String {
        format!("lb:{}:{}:{}", self.library_v2(), self.ascii("_.-"), self.slug())
    }

    fn old_block(&mut self) -> String {
        let category = if self.rng.bool() {
            "problem".to_owned()
        } else {
            // Anything goes but nothing and a slash.
            format!("c{}", self.text().replace('/', "|"))
        };
        let revision = if self.rng.bool() { format!("@{}", self.id()) } else { String::new() };
        format!("i4x://{}/{}/{category}/{}{revision}", self.old_name(), self.old_name(), self.id())
    }

    /// Holds a key that is no aside, has no `::` and does not end in `:`, for there is no escape for these.
    fn aside_v1(&mut self) -> String {
        let key = loop {
            let key = self.usage(0);
            if !key.contains("::") && !key.ends_with(':') {
                break key;
            }
        };
        let escaped = |text: &str| text.replace('$', "$$").replace("::", "$::");
        format!("aside-usage-v1:{}::{}", escaped(&key), escaped(&self.text()))
    }

    fn aside_v2(&mut self, asides: u8) -> String {
        let escaped = |text: &str| text.replace('$', "$$").replace(':', "$:");
        format!("aside-usage-v2:{}::{}", escaped(&self.usage(asides - 1)), escaped(&self.text()))
    }

    /// Organization and library of the second style.
    fn library_v2(&mut self) -> String {
        format!("{}:{}", self.ascii("_.-"), self.slug())
    }

    /// What most parts of a key are: letters, numbers and `_ - ~ . :`.
    fn id(&mut self) -> String {
        self.name("-~.:")
    }

    fn old_name(&mut self) -> String {
        self.name(".%-")
    }

    /// As an id of the second style, which may end in a line feed.
    fn slug(&mut self) -> String {
        let mut slug = self.name("-.");
        if self.rng.u8(..16) == 0 {
            slug.push('\n');
        }
        slug
    }

    fn name(&mut self, marks: &str) -> String {
        if self.rng.bool() {
            return self.ascii(marks);
        }
        let marks: Vec<char> = marks.chars().collect();
        (0..self.name_length())
            .map(|_| if self.rng.u8(..6) == 0 { self.of(&marks) } else { self.of(&LETTERS) })
            .collect()
    }

    fn ascii(&mut self, marks: &str) -> String {
        let marks: Vec<char> = marks.chars().collect();
        (0..self.name_length())
            .map(|_| if self.rng.u8(..8) == 0 { self.of(&marks) } else { self.rng.alphanumeric() })
            .collect()
    }

    fn name_length(&mut self) -> usize {
        if self.is_at_an_edge() { self.of(&[1, 2, 64, 200]) } else { self.rng.usize(1..12) }
    }

    fn version_guid(&mut self) -> String {
        format!("{:024x}", self.rng.u128(..1 << 96))
    }

    /// A CCX's number: decimal digits of any script, and `007` is not `7`.
    fn digits(&mut self) -> String {
        (0..self.rng.usize(1..8)).map(|_| self.of(&['0', '1', '7', '9', '٠', '९', '𝟘'])).collect()
    }
}
