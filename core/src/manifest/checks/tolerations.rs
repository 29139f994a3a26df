//! Rules for tolerations.

use super::{At, Errors, text};

/// Checks `tolerations`.
pub(super) fn check(list: &At<'_>, errors: &mut Errors) {
    for toleration in list.items() {
        let [key, operator, value, effect] =
            ["key", "operator", "value", "effect"].map(|name| toleration.field(name));
        if key.text().is_empty() {
            if operator.text() != "Exists" {
                let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
                errors.invalid_text(&operator, detail);
            }
        } else {
            errors.passes(&key, text::qualified_name);
        }
        if toleration.field("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            errors.invalid_text(&effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match operator.text() {
            "" | "Equal" => {
                let problems = text::label_value(value.text());
                if !problems.is_empty() {
                    errors.invalid(&operator, value.text(), problems.join(";"));
                }
            }
            "Exists" => {
                if !value.text().is_empty() {
                    errors.invalid(
                        &operator,
                        value.text(),
                        "value must be empty when `operator` is 'Exists'",
                    );
                }
            }
            // Comparisons are known, and switched off.
            other @ ("Lt" | "Gt") => errors.not_supported(&operator, other, &["Equal", "Exists", "Lt", "Gt"]),
            other => errors.not_supported(&operator, other, &["Equal", "Exists"]),
        }
        if !effect.text().is_empty() {
            errors.one_of(&effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
    }
}
