//! Rules for selectors: of labels (affinity, spread) and of nodes.

use super::{At, Errors, metadata, text};

const NOT_AN_OPERATOR: &str = "not a valid selector operator";
const VALUES_NEEDED: &str = "must be specified when `operator` is 'In' or 'NotIn'";
const VALUES_FORBIDDEN: &str = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";

/// Checks a label selector; absent is fine.
pub(super) fn labels(selector: &At<'_>, errors: &mut Errors) {
    metadata::labels(&selector.field("matchLabels"), errors);
    for requirement in selector.field("matchExpressions").items() {
        operator(&requirement, false, errors);
        errors.passes(&requirement.field("key"), text::qualified_name);
        values(&requirement, errors);
    }
}

/// Checks one term of a node selector. Values are labels, unless the term is only a preference.
pub(super) fn node_term(term: &At<'_>, strict: bool, errors: &mut Errors) {
    for requirement in term.field("matchExpressions").items() {
        operator(&requirement, true, errors);
        errors.passes(&requirement.field("key"), text::qualified_name);
        if strict {
            values(&requirement, errors);
        }
    }
    for requirement in term.field("matchFields").items() {
        let field_values = requirement.field("values");
        match requirement.field("operator").text() {
            "In" | "NotIn" => {
                if field_values.len() != 1 {
                    errors.required(
                        &field_values,
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
                    );
                }
            }
            _ => errors.invalid_text(&requirement.field("operator"), NOT_AN_OPERATOR),
        }
        let key = requirement.field("key");
        if key.text() == "metadata.name" {
            for value in field_values.items() {
                errors.passes(&value, text::dns_subdomain);
            }
        } else {
            errors.invalid_text(&key, "not a valid field selector key");
        }
    }
}

fn operator(requirement: &At<'_>, of_nodes: bool, errors: &mut Errors) {
    let values = requirement.field("values");
    match requirement.field("operator").text() {
        "In" | "NotIn" if values.is_empty() => errors.required(&values, VALUES_NEEDED),
        "Exists" | "DoesNotExist" if !values.is_empty() => errors.forbidden(&values, VALUES_FORBIDDEN),
        "Gt" | "Lt" if of_nodes && values.len() != 1 => {
            errors.required(&values, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        "Gt" | "Lt" if of_nodes => {}
        _ => errors.invalid_text(&requirement.field("operator"), NOT_AN_OPERATOR),
    }
}

fn values(requirement: &At<'_>, errors: &mut Errors) {
    for value in requirement.field("values").items() {
        errors.passes(&value, text::label_value);
    }
}
