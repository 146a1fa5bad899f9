//! What a key costs. The counter counts per thread, so the other tests do not matter.

use allocation_counter::{AllocationInfo, measure};
use openedx_events::keys::{CCXLocator, CourseKey, UsageKey};

const VERSION: &str = "version@519665f6223ebd6980884f2b";
const BLOCK: &str = "block-v1:edX+DemoX+R1+type@problem+block@p1";

/// The allocations that making the value took, of which `count_current` are still there.
fn making<T>(make: impl FnOnce() -> T) -> (T, AllocationInfo) {
    let mut value = None;
    let info = measure(|| value = Some(make()));
    (value.expect("it was made"), info)
}

#[test]
fn a_canonical_text_costs_one_allocation() {
    for text in [
        "course-v1:edX+DemoX+R1",
        "edX/DemoX/R1",
        "library-v1:edX+L1",
        "ccx-v1:edX+DemoX+R1+ccx@1",
        "course-v1:version@519665f6223ebd6980884f2b",
    ] {
        let (key, info) = making(|| text.parse::<CourseKey>());
        assert_eq!((key.unwrap().as_str(), info.count_total), (text, 1));
    }
    for text in [BLOCK, "i4x://edX/DemoX/problem/p1@draft", "lb:OrgX:lib1:problem:p1", "location:a+b+c+d+e"] {
        let (key, info) = making(|| text.parse::<UsageKey>());
        assert_eq!((key.unwrap().as_str(), info.count_total), (text, 1));
    }
}

#[test]
fn no_more_is_kept_of_any_other_text() {
    for text in [
        "slashes:a+b+c".to_owned(),
        "course-v1:a+b+c+type@x".to_owned(),
        format!("course-v1:a+b+branch@c+{VERSION}"),
        "ccx-v1:a+b+c+VERSION@519665F6223EBD6980884F2B+ccx@1".to_owned(),
    ] {
        let (key, info) = making(|| text.parse::<CourseKey>());
        assert_ne!(key.unwrap().as_str(), text);
        assert_eq!(info.count_current, 1, "{text}");
        assert!(info.count_total <= 3, "{text}: {info:?}");
    }
    let (key, info) = making(|| "block-v1:a+b+c+block@x".parse::<UsageKey>());
    assert_eq!((key.unwrap().block_type(), info.count_current), (None, 1));
}

#[test]
fn an_aside_keeps_its_text_and_the_key_in_it() {
    for text in [
        "aside-usage-v1:i4x://edX/DemoX/problem/p1::tag",
        "aside-usage-v2:lb$:edX$:DemoX$:problem$:p1::tag",
        "aside-usage-v2:aside-usage-v2$:lb$$$:a$$$:b$$$:c$$$:d$:$:in::out",
    ] {
        let (key, info) = making(|| text.parse::<UsageKey>());
        // The two texts, and what holds them.
        assert_eq!((key.unwrap().as_str(), info.count_current), (text, 3));
    }
}

#[test]
fn a_clone_and_a_look_cost_nothing() {
    let aside: UsageKey = "aside-usage-v2:lb$:a$:b$:c$:d::tag".parse().unwrap();
    let block: UsageKey = BLOCK.parse().unwrap();
    let ccx: CCXLocator = format!("ccx-v1:a+b+{VERSION}+ccx@1").parse().unwrap();
    let ((), info) = making(|| {
        let copies = (aside.clone(), block.clone(), ccx.clone());
        assert_eq!((aside.block_id(), aside.aside_type().as_deref()), ("d", Some("tag")));
        assert_eq!(
            (block.org(), block.run(), block.block_type()),
            (Some("edX"), Some("R1"), Some("problem"))
        );
        assert_eq!((ccx.as_str().len(), ccx.course(), ccx.ccx()), (45, Some("b"), "1"));
        assert!(copies == (aside.clone(), block.clone(), ccx.clone()));
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn the_course_of_a_block_is_one_allocation() {
    let block: UsageKey = BLOCK.parse().unwrap();
    let (key, info) = making(|| block.course_key());
    assert_eq!(key.unwrap().as_str(), "course-v1:edX+DemoX+R1");
    assert_eq!(info.count_current, 1);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn keys_are_small_and_an_option_of_one_is_no_larger() {
    assert_eq!((size_of::<CourseKey>(), size_of::<Option<CourseKey>>()), (40, 40));
    assert_eq!((size_of::<CCXLocator>(), size_of::<Option<CCXLocator>>()), (40, 40));
    assert_eq!((size_of::<UsageKey>(), size_of::<Option<UsageKey>>()), (48, 48));
}
