//! `docs`: the reference of the events.

use std::fs;
use std::path::Path;

use crate::process::{own, shipped};

#[test]
fn the_committed_page_is_that_of_the_shipped_catalog() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/catalog.md");
    let committed = fs::read_to_string(path).expect("the page");
    let ran = shipped(&["docs", "--title", "The events of Open edX"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout == committed,
        "docs/catalog.md is not current; make it again:\n\ncargo run -p openedx-events --features cli,catalog,filters -- docs \
         --title 'The events of Open edX' --out docs/catalog.md\n"
    );
}

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let page = shipped(&["docs", "--format", "markdown"], b"").stdout;
    let links: Vec<_> = page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 100, "{}", links.len());
    for link in links {
        let anchor = format!("<a id=\"{link}\"></a>");
        assert_eq!(page.matches(&anchor).count(), 1, "{link}");
    }
}

#[test]
fn a_program_of_ones_own_has_its_own_page() {
    let path = std::env::temp_dir().join(format!("openedx-events-page-{}.md", std::process::id()));
    let ran = own(&["docs", "--out", path.to_str().expect("a path")], b"");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
    let page = fs::read_to_string(&path).expect("a page");
    fs::remove_file(&path).expect("it is there");
    for line in [
        "# Events",
        "### `ORDER_PLACED`",
        "| key | `number` |",
        "| `payment` | Payment: `card`, `account` or null | `null` | How it is paid, if that is settled. |",
        "| `item` | [Item](#own-cli-item) |  | What is ordered. |",
        "| `parts` | list of [Item](#own-cli-item) | `[]` | What belongs to it. |",
        "| `email` | string |  | **Personal.** Where mail reaches them. |",
    ] {
        assert!(page.lines().any(|each| each == line), "{line}\n\n{page}");
    }

    let ran = own(&["docs", "--out", "no/such/folder/page.md"], b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("no/such/folder/page.md"), "{}", ran.stderr);
}

/// The disk is full when the page is half written.
#[cfg(unix)]
#[test]
fn a_page_that_cannot_be_written_leaves_the_old_one() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("page.md");
    fs::write(&path, "the old page").expect("written");
    // No file gets larger than a block.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" docs --out \"$1\"";
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_shipped-cli")]).arg(&path);
    let output = limited.output().expect("it ran");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: cannot write "), "{output:?}");
    assert_eq!(fs::read_to_string(&path).expect("the page"), "the old page");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[cfg(unix)]
#[test]
fn a_page_that_is_replaced_keeps_its_rights_and_links_to_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::TempDir::new().expect("a folder");
    let (path, link) = (folder.path().join("page.md"), folder.path().join("link.md"));
    fs::write(&path, "the old page").expect("written");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("set");
    symlink("page.md", &link).expect("a link");
    let ran = own(&["docs", "--out", link.to_str().expect("a path")], b"");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    assert!(fs::read_to_string(&path).expect("the page").starts_with("# Events\n"));
    assert!(link.is_symlink());
    let mode = fs::metadata(&path).expect("the page").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    // A pipe is not replaced.
    let ran = own(&["docs", "--out", "/dev/stdout"], b"");
    assert!(ran.stdout.starts_with("# Events\n"), "{}", ran.stderr);
}
