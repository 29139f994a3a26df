//! Label selectors, as kubectl's `-l` writes them and as objects hold them.

use std::fmt;

use serde_json::Value;

use super::{ApiError, meta};

/// What labels must be like. An empty one takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
    Above(i64),
    Below(i64),
}

impl Selector {
    /// Reads `app=web,tier!=db,env in (a, b),!old,new`.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let wrong = || ApiError::BadRequest(format!("unable to parse requirement: {text}"));
        let mut all = Vec::new();
        for piece in split(text) {
            let piece = piece.trim();
            if piece.is_empty() {
                continue;
            }
            let set = |sign: &str| {
                let (key, rest) = piece.split_once(sign)?;
                let inner = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
                Some((key.trim(), inner.split(',').map(|value| value.trim().to_owned()).collect()))
            };
            let (key, wanted) = if let Some((key, values)) = set(" notin ") {
                (key, Test::NotIn(values))
            } else if let Some((key, values)) = set(" in ") {
                (key, Test::In(values))
            } else if let Some((key, value)) = piece.split_once("!=") {
                (key.trim(), Test::NotIn(vec![value.trim().to_owned()]))
            } else if let Some((key, value)) = piece.split_once("==").or_else(|| piece.split_once('=')) {
                (key.trim(), Test::In(vec![value.trim().to_owned()]))
            } else if let Some(key) = piece.strip_prefix('!') {
                (key.trim(), Test::Missing)
            } else {
                (piece, Test::Exists)
            };
            if key.is_empty() || key.contains([' ', '(', ')']) {
                return Err(wrong());
            }
            all.push(Requirement { key: key.to_owned(), test: wanted });
        }
        Ok(Self(all))
    }

    /// The selector of an object: `matchLabels` and `matchExpressions`, or plain labels.
    #[must_use]
    pub fn of_object(value: &Value) -> Self {
        let labels = |value: &Value| -> Vec<Requirement> {
            let one = |(key, value): (&String, &Value)| {
                let test = Test::In(vec![value.as_str().unwrap_or_default().to_owned()]);
                Requirement { key: key.clone(), test }
            };
            value.as_object().into_iter().flatten().map(one).collect()
        };
        if value.get("matchLabels").is_none() && value.get("matchExpressions").is_none() {
            return Self(labels(value));
        }
        let mut all = value.get("matchLabels").map(labels).unwrap_or_default();
        all.extend(value.get("matchExpressions").map(|it| Self::of_expressions(it).0).unwrap_or_default());
        Self(all)
    }

    /// A list of `key`, `operator`, `values`, as selectors and node affinity have it.
    #[must_use]
    pub fn of_expressions(value: &Value) -> Self {
        let one = |value: &Value| {
            let key = value.get("key")?.as_str()?.to_owned();
            let values: Vec<String> = value
                .get("values")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            let number = || values.first().and_then(|value| value.parse().ok());
            let test = match value.get("operator")?.as_str()? {
                "In" => Test::In(values),
                "NotIn" => Test::NotIn(values),
                "Exists" => Test::Exists,
                "DoesNotExist" => Test::Missing,
                "Gt" => Test::Above(number()?),
                "Lt" => Test::Below(number()?),
                _ => return None,
            };
            Some(Requirement { key, test })
        };
        Self(value.as_array().into_iter().flatten().filter_map(one).collect())
    }

    /// Whether labels are as it wants them.
    #[must_use]
    pub fn matches(&self, labels: &meta::Pairs) -> bool {
        self.holds(|key| meta::get(labels, key).map(|value| &**value))
    }

    /// Whether whatever has these values is as it wants it.
    #[must_use]
    pub fn holds<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|Requirement { key, test }| {
            let value = value_of(key);
            let is_in = |values: &[String]| value.is_some_and(|value| values.iter().any(|it| it == value));
            let number = || value.and_then(|value| value.parse::<i64>().ok());
            match test {
                Test::In(values) => is_in(values),
                Test::NotIn(values) => !is_in(values),
                Test::Exists => value.is_some(),
                Test::Missing => value.is_none(),
                Test::Above(than) => number().is_some_and(|value| value > *than),
                Test::Below(than) => number().is_some_and(|value| value < *than),
            }
        })
    }

    /// Whether it takes everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As `kubectl describe` prints it; `<none>` for an empty one.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("<none>");
        }
        for (n, Requirement { key, test }) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            match test {
                Test::In(values) if values.len() == 1 => write!(f, "{key}={}", values[0])?,
                Test::In(values) => write!(f, "{key} in ({})", values.join(","))?,
                Test::NotIn(values) if values.len() == 1 => write!(f, "{key}!={}", values[0])?,
                Test::NotIn(values) => write!(f, "{key} notin ({})", values.join(","))?,
                Test::Exists => f.write_str(key)?,
                Test::Missing => write!(f, "!{key}")?,
                Test::Above(than) => write!(f, "{key}>{than}")?,
                Test::Below(than) => write!(f, "{key}<{than}")?,
            }
        }
        Ok(())
    }
}

/// Parts between commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_take_what_kubectl_would() {
        let labels: meta::Pairs = vec![("app".into(), "web".into()), ("tier".into(), "front".into())];
        let takes = |text: &str| Selector::parse(text).unwrap().matches(&labels);
        assert!(
            ["", "app=web", "app==web,tier", "tier in (front, back)", "!old", "app!=db", "x notin (a)"]
                .into_iter()
                .all(takes)
        );
        assert!(!["app=db", "!app", "old", "app in (a,b)", "tier notin (front)"].into_iter().any(takes));
        assert!(Selector::parse("a b c").is_err());
        let object = json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "old", "operator": "DoesNotExist"}]});
        assert!(Selector::of_object(&object).matches(&labels));
        assert_eq!(Selector::of_object(&object).to_string(), "app=web,!old");
        assert!(!Selector::of_object(&json!({"app": "db"})).matches(&labels));
    }
}
