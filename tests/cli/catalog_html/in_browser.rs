//! The page in a browser: search, links, keyboard, copying.

use openedx_events_tests::wait_until;
use serde_json::{Value, json};

use super::Page;
use super::browser::{Browser, DOWN, ENTER, ESCAPE, TAB, UP};

const DESKTOP: u32 = 1280;
const PHONE: u32 = 360;
const ENROLLED: &str = "org.openedx.learning.course.enrollment.created.v1";

const COUNT: &str = "document.querySelector('output').value";
const SHOWN: &str = "[...document.querySelectorAll('article')].filter(it => it.checkVisibility()).length";
const FOCUSED: &str = "document.activeElement.closest('article')?.id ?? document.activeElement.id";
const OPEN: &str = "[...document.querySelectorAll('article > details[open]')].map(it => it.parentElement.id)";
/// The open event is in view, and below the search, which sticks to the top.
const IN_VIEW: &str = "(() => {
    const top = document.querySelector('article > details[open]').getBoundingClientRect().top;
    return top >= document.querySelector('.bar').getBoundingClientRect().bottom && top < innerHeight / 2;
})()";

#[test]
fn searching() {
    let Some(browser) = Browser::open(DESKTOP, false) else { return };
    let page = Page::new(&[]);
    browser.go(&page.path, "");
    let (all, articles) = (page.counted(), page.number_of("<article "));
    assert!(all.starts_with("75 events"), "{all}");
    assert_eq!((browser.text(COUNT), browser.value(SHOWN)), (all.clone(), json!(articles)));
    // By its name, in any order and case.
    browser.press("/Created ENROLLMENT");
    assert_eq!(browser.text(FOCUSED), "q");
    let shown = browser.value(SHOWN);
    assert_eq!(browser.text(COUNT), format!("{shown} of {all}"));
    assert_eq!(
        browser.value(&format!("document.getElementById('{ENROLLED}').checkVisibility()")),
        json!(true)
    );
    assert!(browser.text("location.search").contains("q=Created+ENROLLMENT"));
    // The address brings it back.
    let search = browser.text("location.search");
    browser.go(&page.path, &search);
    assert_eq!(browser.value(SHOWN), shown);
    // Groups without results are gone.
    let empty = "[...document.querySelectorAll('main section')].filter(it => it.checkVisibility() && !it.querySelector('article:not([hidden])')).length";
    assert_eq!(browser.value(empty), json!(0));
    // By the path of a field, and by its meaning.
    for words in ["enrollment.user.pii.email", "in what course_key enrolled"] {
        browser.press(ESCAPE);
        browser.press(words);
        assert_eq!(
            browser.value(&format!("document.getElementById('{ENROLLED}').checkVisibility()")),
            json!(true),
            "{words}"
        );
    }
    browser.press(ESCAPE);
    browser.press("enrollment qqq");
    let none = browser.text(COUNT);
    assert!(
        none.starts_with("No event ") && none.ends_with("has all of this. Escape clears the search."),
        "{none}"
    );
    browser.press(ESCAPE);
    assert_eq!((browser.text(COUNT), browser.text("location.search")), (all.clone(), String::new()));
    browser.click("input[value=personal]");
    assert_eq!(browser.text(COUNT), format!("39 of {all}"));
    browser.check_quiet();
}

#[test]
fn links_to_an_event() {
    let Some(browser) = Browser::open(DESKTOP, false) else { return };
    let page = Page::new(&[]);
    browser.go(&page.path, &format!("#{ENROLLED}"));
    assert_eq!(browser.value(OPEN), json!([ENROLLED]));
    assert_eq!(browser.value(IN_VIEW), json!(true));
    assert_eq!(browser.text(FOCUSED), ENROLLED);
    // A link that a search hides ends the search.
    browser.go(&page.path, &format!("?q=certificate#{ENROLLED}"));
    assert_eq!((browser.value(OPEN), browser.text(COUNT)), (json!([ENROLLED]), page.counted()));
    // What is opened is in the address soon, and can be passed on.
    let other = "org.openedx.authz.role_assignment.created";
    browser.click(&format!("article[id='{other}'] summary"));
    wait_until("it is in the address", || browser.text("location.hash") == format!("#{other}"));
    // A link that is followed within the page.
    browser.value("void (location.hash = '#org.openedx.authz.role_assignment.deleted')");
    wait_until("it is open", || browser.value(OPEN).as_array().map(Vec::len) == Some(3));
    // No event, and no element.
    browser.go(&page.path, "#%25nothing");
    assert_eq!(browser.value(OPEN), json!([]));
    browser.check_quiet();
}

#[test]
fn without_a_mouse() {
    let Some(browser) = Browser::open(DESKTOP, false) else { return };
    let page = Page::new(&[]);
    browser.go(&page.path, "");
    // The first stop is the link to the events.
    browser.press(TAB);
    assert_eq!(browser.text("document.activeElement.className"), "skip");
    assert_eq!(browser.value("document.activeElement.getBoundingClientRect().left >= 0"), json!(true));
    let articles = "[...document.querySelectorAll('article')].map(it => it.id)";
    let ids: Vec<String> = serde_json::from_value(browser.value(articles)).expect("texts");
    for (keys, expected) in [
        ("/", "q"),
        (DOWN, &ids[0]),
        ("j", &ids[1]),
        (DOWN, &ids[2]),
        ("k", &ids[1]),
        (UP, &ids[0]),
        (UP, "q"),
    ] {
        browser.press(keys);
        assert_eq!(browser.text(FOCUSED), expected);
    }
    // The focus is visible.
    browser.press(DOWN);
    let outline = "getComputedStyle(document.activeElement).outlineStyle + parseInt(getComputedStyle(document.activeElement).outlineWidth)";
    assert_eq!(browser.text(outline), "solid3");
    // Enter opens and closes.
    browser.press(ENTER);
    assert_eq!(browser.value(OPEN), json!([ids[0]]));
    browser.press(ENTER);
    assert_eq!(browser.value(OPEN), json!([]));
    // From the search straight to the first result.
    browser.press("/enrollment.created");
    browser.press(ENTER);
    assert_eq!((browser.value(OPEN), browser.text(FOCUSED)), (json!([ENROLLED]), ENROLLED.to_owned()));
    // Its buttons are reached by Tab.
    browser.press(TAB);
    assert_eq!(browser.text("document.activeElement.ariaLabel"), "Copy the example");
    browser.press(ESCAPE);
    assert_eq!((browser.text(FOCUSED), browser.text(COUNT)), ("q".to_owned(), page.counted()));
    // Letters in the search are text.
    browser.press("jk/");
    assert_eq!(browser.text("document.activeElement.value"), "jk/");
    browser.check_quiet();
}

#[test]
fn copying_an_example_and_a_schema() {
    let Some(browser) = Browser::open(DESKTOP, false) else { return };
    let page = Page::new(&[]);
    browser.go(&page.path, &format!("#{ENROLLED}"));
    browser.dev_tools(
        "Browser.grantPermissions",
        &json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
    );
    for (open, button, member, expected) in [
        ("", "Copy the example", "type", json!(ENROLLED)),
        ("article details[open] details summary", "Copy the schema", "name", json!("CloudEvent")),
    ] {
        if !open.is_empty() {
            browser.click(open);
        }
        browser.click(&format!("article details[open] button[aria-label='{button}']"));
        let what = button.trim_start_matches("Copy the ");
        let said = format!("The {what} has been copied.");
        wait_until(&said, || browser.text("document.getElementById('said').textContent") == said);
        let copied = browser.text("navigator.clipboard.readText()");
        let copied: Value = serde_json::from_str(&copied).expect("JSON");
        assert_eq!(copied[member], expected, "{copied}");
    }
    browser.check_quiet();
}

#[test]
fn without_the_script_everything_can_be_read() {
    let Some(browser) = Browser::open(PHONE, false) else { return };
    let page = Page::new(&[]);
    browser.dev_tools("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.go(&page.path, "");
    let value = |expression: &str| {
        let answer =
            browser.dev_tools("Runtime.evaluate", &json!({"expression": expression, "returnByValue": true}));
        answer["result"]["value"].clone()
    };
    assert_eq!(value(SHOWN), json!(page.number_of("<article ")));
    assert_eq!(value("document.querySelector('form').checkVisibility()"), json!(false));
    browser.click("article summary");
    assert_eq!(value("document.querySelector('article table').checkVisibility()"), json!(true));
    assert_eq!(
        value("document.querySelector('article pre').textContent.includes('specversion')"),
        json!(true)
    );
    browser.check_quiet();
}

/// WCAG AA, in both schemes, with everything that can be open.
#[test]
fn texts_have_contrast_and_nothing_is_wider_than_the_screen() {
    // The least contrast of a text against the nearest background.
    let contrast = "(() => {
        const numbers = color => color.match(/[\\d.]+/g).map(Number);
        const light = color => {
            const [r, g, b] = numbers(color).map(it => (it /= 255) <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        let least = [21];
        for (const element of document.querySelectorAll('body *')) {
            if (![...element.childNodes].some(it => it.nodeType === 3 && it.data.trim()) || !element.checkVisibility()) continue;
            let behind = element;
            while (behind && numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
            const [one, other] = [getComputedStyle(element).color, getComputedStyle(behind ?? document.body).backgroundColor]
                .map(light).sort((a, b) => b - a);
            const ratio = (one + 0.05) / (other + 0.05);
            if (ratio < least[0]) least = [ratio, element.outerHTML.slice(0, 100)];
        }
        return least;
    })()";
    let (events, filters) = (Page::new(&[]), Page::with_filters(&[]));
    for (width, is_dark) in [(DESKTOP, false), (PHONE, true), (PHONE, false), (DESKTOP, true)] {
        let Some(browser) = Browser::open(width, is_dark) else { return };
        for (page, search) in [(&events, "?q=course"), (&filters, "?q=filter")] {
            browser.go(&page.path, search);
            browser.value("document.querySelectorAll('details').forEach(it => it.open = true)");
            let least = browser.value(contrast);
            assert!(least[0].as_f64().is_some_and(|ratio| ratio >= 4.5), "{is_dark}: {least}");
            assert_eq!(
                browser.value("document.documentElement.scrollWidth <= innerWidth"),
                json!(true),
                "{width}"
            );
            browser.check_quiet();
        }
    }
}

/// What a screen reader gets: names, roles and landmarks, also where rows are blocks.
#[test]
fn what_a_screen_reader_gets() {
    let Some(browser) = Browser::open(PHONE, false) else { return };
    let page = Page::new(&[]);
    browser.go(&page.path, &format!("#{ENROLLED}"));
    let contents = page.contents();
    wait_for_tree(
        &browser,
        &[
            ("searchbox", &format!("Search the {contents}")),
            ("navigation", &format!("Groups of {contents}")),
            ("heading", "The events of Open edX"),
            ("region", "Learning openedx_events::learning::signals"),
            ("heading", ENROLLED),
            ("rowheader", "enrollment.user.pii.email personal data"),
            ("columnheader", "Meaning"),
            ("cell", "The email address of the account."),
            ("button", "Copy the example"),
        ],
    );
    browser.check_quiet();
}

/// Waits until the tree has these roles and names, and the landmarks of every page.
fn wait_for_tree(browser: &Browser, named: &[(&str, &str)]) {
    // The browser makes the tree after the page, in its own time.
    wait_until("the tree is complete", || {
        let missing = missing_in(&browser.dev_tools("Accessibility.getFullAXTree", &json!({})), named);
        if !missing.is_empty() {
            println!("not in the tree yet: {missing:?}");
        }
        missing.is_empty()
    });
}

/// The roles and names that are not in this tree.
fn missing_in(tree: &Value, named: &[(&str, &str)]) -> Vec<String> {
    // Where a name may break, there may be a space in the tree.
    let joined = |name: &str| name.replace(". ", ".").replace(":: ", "::").replace("_ ", "_");
    let nodes: Vec<(&str, String)> = tree["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|node| node["ignored"] != json!(true))
        .filter_map(|node| {
            Some((
                node["role"]["value"].as_str()?,
                joined(node["name"]["value"].as_str().unwrap_or_default()),
            ))
        })
        .collect();
    let is_missing = |role: &str, name: Option<&str>| {
        !nodes.iter().any(|node| node.0 == role && name.is_none_or(|name| node.1 == name))
    };
    let named = named.iter().filter(|(role, name)| is_missing(role, Some(name)));
    let roles = ["main", "search", "status", "table"].into_iter().filter(|role| is_missing(role, None));
    named.map(|(role, name)| format!("{role} {name:?}")).chain(roles.map(str::to_owned)).collect()
}

/// The page of a program with filters: what has a link, is found, and is read out.
#[test]
fn filters_on_the_page() {
    let Some(browser) = Browser::open(PHONE, false) else { return };
    let page = Page::with_filters(&[]);
    let loan = "org.example.library.loan.started.v1";
    browser.go(&page.path, &format!("#{loan}"));
    assert_eq!((browser.value(OPEN), browser.value(IN_VIEW)), (json!([loan]), json!(true)));
    let all = page.counted();
    assert!(all.ends_with(" filters"), "{all}");
    assert_eq!(browser.text(COUNT), all);
    // The links to the groups.
    browser.click("nav a[href='#filters:filters_cli']");
    assert_eq!(browser.text("location.hash"), "#filters:filters_cli");
    assert_eq!(
        browser.text("document.querySelector(':target').textContent"),
        "Filters cli filters filters_cli"
    );
    // By a step, by a halt, and by a field.
    browser.press("/");
    for words in ["reference_books_stay", "loanhalt", "number behind the card"] {
        browser.press(words);
        assert_eq!(browser.text(COUNT), format!("1 of {all}"), "{words}");
        browser.press(ESCAPE);
    }
    browser.click("input[value=filter]");
    let filters = page.number_of(" data-is=\"filter\"");
    assert_eq!((browser.text(COUNT), browser.value(SHOWN)), (format!("{filters} of {all}"), json!(filters)));
    browser.press("/lent qqq");
    assert_eq!(browser.text(COUNT), "No event or filter has all of this. Escape clears the search.");
    browser.press(ESCAPE);
    // What is not in view is not read out.
    browser.go(&page.path, &format!("#{loan}"));
    wait_for_tree(
        &browser,
        &[
            ("searchbox", "Search the events and filters"),
            ("navigation", "Groups of events and filters"),
            ("region", "Filters cli filters filters_cli"),
            ("heading", loan),
            ("rowheader", "pin"),
            ("cell", "The number behind the card."),
        ],
    );
    let private =
        "document.querySelector('article[id=\"org.example.library.loan.started.v1\"] td small').textContent";
    assert_eq!(browser.text(private), "private: hidden from steps of other modules");
    let steps = browser.value("[...document.querySelectorAll('article[id=\"org.example.library.loan.started.v1\"] ol > li')].map(it => it.textContent)");
    assert_eq!(
        steps,
        json!([
            "filters_cli::reference_books_stay, priority 10",
            "filters_cli::limit, options most_days, on_holidays",
            "filters_cli::count, priority -1, passed over if it fails, states filters_cli::Asked",
        ])
    );
    browser.check_quiet();
}

#[test]
fn what_is_searched_for_word_after_word_is_shown() {
    let Some(browser) = Browser::open(DESKTOP, false) else { return };
    let page = Page::new(&[]);
    browser.go(&page.path, "");
    // With the layout that follows it, which takes most of the time. The best of several times, as the machine has other things to do.
    let times = browser.value(
        "(() => {
            const input = document.querySelector('#q');
            const words = ['c', 'course', 'course enrollment created', 'email', 'zzz', 'e', 'user.pii', ''];
            const times = new Map(words.map(word => [word, [Infinity, 0]]));
            for (let round = 0; round < 10; round++) {
                for (const word of words) {
                    input.value = word;
                    const start = performance.now();
                    input.dispatchEvent(new Event('input', { bubbles: true }));
                    document.documentElement.getBoundingClientRect();
                    const shown = [...document.querySelectorAll('article')].filter(each => each.checkVisibility());
                    times.set(word, [Math.min(times.get(word)[0], performance.now() - start), shown.length]);
                }
            }
            return [...times].map(([word, [time, shown]]) => [word, time, shown]);
        })()",
    );
    let times: Vec<(String, f64, usize)> = serde_json::from_value(times).expect("numbers");
    // It is not compared with the 16 ms of a frame: how long it takes depends on what the machine does besides.
    let (word, slowest, _) = times.iter().max_by(|one, other| one.1.total_cmp(&other.1)).expect("times");
    println!("a search over {} with its layout takes at most {slowest:.1} ms (of {word:?})", page.counted());
    let shown = |word: &str| times.iter().find(|each| each.0 == word).map(|each| each.2);
    assert_eq!((shown(""), shown("zzz")), (Some(page.number_of("<article ")), Some(0)));
    assert!(shown("course") > shown("course enrollment created"), "each word narrows it down: {times:?}");
    assert!(shown("course enrollment created") > Some(0), "{times:?}");
    browser.check_quiet();
}
