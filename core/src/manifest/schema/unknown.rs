//! Fields that no Pod has: the kubelet drops them without a word, which is how typing mistakes live for years.

use super::Slot;
use crate::manifest::{Code, Diagnostic, Severity};

/// What to say about a field that is none of `slots`; `home` is the path of an object around it that has a field of this name.
pub(super) fn describe(name: &str, slots: &[Slot], home: Option<&str>) -> Diagnostic {
    let same = slots.iter().find(|slot| slot.name.eq_ignore_ascii_case(name));
    let (code, message) = match same {
        Some(slot) => (Code::WrongCase, format!("`{name}` is ignored: the field is `{}`", slot.name)),
        None => (Code::UnknownField, format!("`{name}` is ignored: there is no such field here")),
    };
    let help = match (same, home) {
        (Some(slot), _) => Some(format!("write `{}`", slot.name)),
        (None, Some("")) => Some("it belongs to the outermost object".into()),
        (None, Some(home)) => Some(format!("it belongs to `{home}`: indent it less")),
        (None, None) => nearest(name, slots).map(|near| format!("did you mean `{near}`?")),
    };
    Diagnostic { code, severity: Severity::Warning, message, field: "".into(), span: None, help }
}

/// The field that a typing mistake away from `name`, or none.
fn nearest(name: &str, slots: &[Slot]) -> Option<&'static str> {
    let most = (name.chars().count() / 3).max(1);
    let distances = slots
        .iter()
        .map(|slot| (distance(&name.to_ascii_lowercase(), &slot.name.to_ascii_lowercase()), slot.name));
    distances.filter(|(distance, _)| *distance <= most).min().map(|(_, name)| name)
}

/// How many letters must be put in, taken out, changed or swapped with a neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, l) in left.iter().enumerate() {
        let mut this = vec![row + 1];
        for (column, r) in right.iter().enumerate() {
            let change = last[column] + usize::from(l != r);
            let mut best = change.min(last[column + 1] + 1).min(this[column] + 1);
            if row > 0 && column > 0 && *l == right[column - 1] && left[row - 1] == *r {
                best = best.min(before_last[column - 1] + 1);
            }
            this.push(best);
        }
        before_last = std::mem::replace(&mut last, this);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_near() {
        assert_eq!(distance("image", "imgae"), 1);
        assert_eq!(distance("contaners", "containers"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("command", "comand"), 1);
    }
}
