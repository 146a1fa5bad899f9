//! Codecs written by hand, for one event each: what a good engineer would write who needs no other. The parts of a value
//! that are not Avro (datetimes and keys as text) are the library's, here as there.

use std::str;

use chrono::{DateTime, FixedOffset};
use openedx_events::content_authoring::data::XBlockData;
use openedx_events::content_authoring::signals::XblockDeleted;
use openedx_events::data::Map;
use openedx_events::isoformat::{IsoDateTime, push_fixed};
use openedx_events::keys::{CourseKey, UsageKey};
use openedx_events::learning::data::{
    CourseData, CourseEnrollmentData, DiscussionThreadData, UserData, UserPersonalData,
};
use openedx_events::learning::signals::{CourseEnrollmentCreated, ForumThreadCreated};

type Bytes = Vec<u8>;
/// What is wrong, and where.
pub(crate) type Fault = (&'static str, usize);

#[inline]
fn put_long(out: &mut Bytes, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

#[inline]
fn len(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

#[inline]
fn put_text(out: &mut Bytes, text: &str) {
    put_long(out, len(text.len()));
    out.extend_from_slice(text.as_bytes());
}

#[inline]
fn put_datetime(out: &mut Bytes, datetime: DateTime<FixedOffset>) -> Result<(), Fault> {
    let start = out.len();
    out.push(0);
    push_fixed(datetime, out).map_err(|_| ("datetime", start))?;
    out[start] = (out.len() - start - 1).to_le_bytes()[0] << 1;
    Ok(())
}

#[inline]
fn put_user(out: &mut Bytes, user: &UserData) {
    put_long(out, user.id);
    out.push(u8::from(user.is_active));
    put_text(out, &user.pii.username);
    put_text(out, &user.pii.email);
    put_text(out, &user.pii.name);
}

pub(crate) fn encode_enrollment(event: &CourseEnrollmentCreated, out: &mut Bytes) -> Result<(), Fault> {
    let enrollment = &event.enrollment;
    put_user(out, &enrollment.user);
    let course = &enrollment.course;
    put_text(out, course.course_key.as_str());
    put_text(out, &course.display_name);
    for datetime in [course.start, course.end] {
        match datetime {
            None => out.push(0),
            Some(datetime) => {
                out.push(2);
                put_datetime(out, datetime)?;
            }
        }
    }
    put_text(out, &enrollment.mode);
    out.push(u8::from(enrollment.is_active));
    put_datetime(out, enrollment.creation_date)?;
    match &enrollment.created_by {
        None => out.push(0),
        Some(user) => {
            out.push(2);
            put_user(out, user);
        }
    }
    Ok(())
}

pub(crate) fn encode_xblock(event: &XblockDeleted, out: &mut Bytes) {
    let block = &event.xblock_info;
    put_text(out, block.usage_key.as_str());
    put_text(out, &block.block_type);
    match &block.version {
        None => out.push(0),
        Some(version) => {
            out.push(2);
            put_text(out, version.as_str());
        }
    }
}

fn put_optional_text(out: &mut Bytes, text: Option<&str>) {
    match text {
        None => out.push(0),
        Some(text) => {
            out.push(2);
            put_text(out, text);
        }
    }
}

fn put_optional_long(out: &mut Bytes, value: Option<i64>) {
    match value {
        None => out.push(0),
        Some(value) => {
            out.push(2);
            put_long(out, value);
        }
    }
}

fn put_optional_boolean(out: &mut Bytes, value: Option<bool>) {
    match value {
        None => out.push(0),
        Some(value) => out.extend_from_slice(&[2, u8::from(value)]),
    }
}

fn put_texts(out: &mut Bytes, texts: &[String]) {
    if !texts.is_empty() {
        put_long(out, len(texts.len()));
        for text in texts {
            put_text(out, text);
        }
    }
    out.push(0);
}

pub(crate) fn encode_thread(event: &ForumThreadCreated, out: &mut Bytes) {
    let thread = &event.thread;
    put_text(out, &thread.body);
    put_text(out, &thread.commentable_id);
    put_text(out, &thread.id);
    out.push(u8::from(thread.truncated));
    put_text(out, &thread.url);
    put_user(out, &thread.user);
    put_text(out, thread.course_id.as_str());
    put_optional_text(out, thread.thread_type.as_deref());
    put_optional_boolean(out, thread.anonymous);
    put_optional_boolean(out, thread.anonymous_to_peers);
    put_optional_text(out, thread.title.as_deref());
    put_optional_boolean(out, thread.title_truncated);
    put_optional_long(out, thread.group_id);
    put_optional_long(out, thread.team_id);
    put_optional_long(out, thread.category_id);
    put_optional_text(out, thread.category_name.as_deref());
    match &thread.discussion {
        None => out.push(0),
        Some(map) => {
            out.push(2);
            if !map.is_empty() {
                put_long(out, len(map.len()));
                for (key, value) in map {
                    put_text(out, key);
                    put_text(out, value);
                }
            }
            out.push(0);
        }
    }
    put_texts(out, &thread.user_course_roles);
    put_texts(out, &thread.user_forums_roles);
    if !thread.options.is_empty() {
        put_long(out, len(thread.options.len()));
        for (key, value) in &thread.options {
            put_text(out, key);
            out.push(u8::from(*value));
        }
    }
    out.push(0);
}

/// Bytes, and how many of them have been read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    #[inline]
    fn long(&mut self) -> Result<i64, Fault> {
        // Nearly all are of one byte.
        if let Some(&byte @ 0..0x80) = self.bytes.get(self.at) {
            self.at += 1;
            let number = i64::from(byte);
            return Ok((number >> 1) ^ -(number & 1));
        }
        self.longer()
    }

    #[inline(never)]
    fn longer(&mut self) -> Result<i64, Fault> {
        let start = self.at;
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let Some(&byte) = self.bytes.get(self.at) else { return Err(("end", start)) };
            self.at += 1;
            if shift == 63 && byte > 1 {
                return Err(("long", start));
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        Err(("long", start))
    }

    #[inline]
    fn text(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        let len = usize::try_from(self.long()?).map_err(|_| ("length", start))?;
        let bytes = self.bytes[self.at..].get(..len).ok_or(("length", start))?;
        self.at += len;
        str::from_utf8(bytes).map_err(|_| ("UTF-8", start))
    }

    #[inline]
    fn string(&mut self) -> Result<String, Fault> {
        self.text().map(str::to_owned)
    }

    #[inline]
    fn boolean(&mut self) -> Result<bool, Fault> {
        let value = match self.bytes.get(self.at) {
            Some(0) => false,
            Some(1) => true,
            _ => return Err(("boolean", self.at)),
        };
        self.at += 1;
        Ok(value)
    }

    #[inline]
    fn datetime(&mut self) -> Result<DateTime<FixedOffset>, Fault> {
        let start = self.at;
        let read = self.text()?.parse().and_then(IsoDateTime::to_fixed_offset);
        read.map_err(|_| ("datetime", start))
    }

    #[inline]
    fn course_key(&mut self) -> Result<CourseKey, Fault> {
        let start = self.at;
        CourseKey::parse(self.text()?).map_err(|_| ("key", start))
    }

    #[inline]
    fn usage_key(&mut self) -> Result<UsageKey, Fault> {
        let start = self.at;
        UsageKey::parse(self.text()?).map_err(|_| ("key", start))
    }

    #[inline]
    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        let start = self.at;
        match self.long()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(("branch", start)),
        }
    }

    fn count(&mut self, least: usize) -> Result<usize, Fault> {
        let start = self.at;
        let mut count = self.long()?;
        if count < 0 {
            self.long()?;
            count = count.checked_neg().ok_or(("count", start))?;
        }
        let count = usize::try_from(count).map_err(|_| ("count", start))?;
        if count > (self.bytes.len() - self.at) / least { Err(("count", start)) } else { Ok(count) }
    }

    fn strings(&mut self) -> Result<Vec<String>, Fault> {
        let mut strings = Vec::new();
        loop {
            let count = self.count(1)?;
            if count == 0 {
                return Ok(strings);
            }
            strings.reserve(count);
            for _ in 0..count {
                strings.push(self.string()?);
            }
        }
    }

    fn map<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, Fault>) -> Result<Map<String, T>, Fault> {
        let mut entries: Vec<(String, T)> = Vec::new();
        loop {
            let count = self.count(2)?;
            if count == 0 {
                return Ok(entries.into());
            }
            entries.reserve(count);
            for _ in 0..count {
                entries.push((self.string()?, read(self)?));
            }
        }
    }

    #[inline]
    fn user(&mut self) -> Result<UserData, Fault> {
        let (id, is_active) = (self.long()?, self.boolean()?);
        let pii = UserPersonalData::builder()
            .username(self.string()?)
            .email(self.string()?)
            .name(self.string()?)
            .build();
        Ok(UserData::builder().id(id).is_active(is_active).pii(pii).build())
    }

    fn end(&self) -> Result<(), Fault> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(("left over", self.at)) }
    }
}

pub(crate) fn decode_enrollment(bytes: &[u8]) -> Result<CourseEnrollmentCreated, Fault> {
    let mut input = Input { bytes, at: 0 };
    let user = input.user()?;
    let course = CourseData::builder()
        .course_key(input.course_key()?)
        .display_name(input.string()?)
        .maybe_start(input.optional(Input::datetime)?)
        .maybe_end(input.optional(Input::datetime)?)
        .build();
    let enrollment = CourseEnrollmentData::builder()
        .user(user)
        .course(course)
        .mode(input.string()?)
        .is_active(input.boolean()?)
        .creation_date(input.datetime()?)
        .maybe_created_by(input.optional(Input::user)?)
        .build();
    input.end()?;
    Ok(CourseEnrollmentCreated { enrollment })
}

pub(crate) fn decode_xblock(bytes: &[u8]) -> Result<XblockDeleted, Fault> {
    let mut input = Input { bytes, at: 0 };
    let xblock_info = XBlockData::builder()
        .usage_key(input.usage_key()?)
        .block_type(input.string()?)
        .maybe_version(input.optional(Input::usage_key)?)
        .build();
    input.end()?;
    Ok(XblockDeleted { xblock_info })
}

pub(crate) fn decode_thread(bytes: &[u8]) -> Result<ForumThreadCreated, Fault> {
    let mut input = Input { bytes, at: 0 };
    let mut thread = DiscussionThreadData::builder()
        .body(input.string()?)
        .commentable_id(input.string()?)
        .id(input.string()?)
        .truncated(input.boolean()?)
        .url(input.string()?)
        .user(input.user()?)
        .course_id(input.course_key()?)
        .maybe_thread_type(input.optional(Input::string)?)
        .maybe_anonymous(input.optional(Input::boolean)?)
        .maybe_anonymous_to_peers(input.optional(Input::boolean)?)
        .maybe_title(input.optional(Input::string)?)
        .maybe_title_truncated(input.optional(Input::boolean)?)
        .maybe_group_id(input.optional(Input::long)?)
        .maybe_team_id(input.optional(Input::long)?)
        .maybe_category_id(input.optional(Input::long)?)
        .maybe_category_name(input.optional(Input::string)?)
        .build();
    // What the builder would take apart and put together again.
    thread.discussion = input.optional(|input| input.map(Input::string))?;
    thread.user_course_roles = input.strings()?;
    thread.user_forums_roles = input.strings()?;
    thread.options = input.map(Input::boolean)?;
    input.end()?;
    Ok(ForumThreadCreated { thread })
}
