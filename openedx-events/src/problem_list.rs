//! All that is wrong with something, in one text: [`write_problems`].

use std::fmt;

/// Writes one problem as it is, and several as a list behind their number. `with` says what they are problems with, such as
/// ` with the settings`.
pub(crate) fn write_problems(
    f: &mut fmt::Formatter<'_>,
    problems: &[impl fmt::Display],
    with: &str,
) -> fmt::Result {
    if let [problem] = problems {
        return problem.fmt(f);
    }
    write!(f, "{} problems{with}:", problems.len())?;
    problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
}
